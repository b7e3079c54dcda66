/// `a=rtpmap` (RFC 8866 §6.6): which encoding a payload type stands for.
public struct RTPMap: SDPAttributeValue {
  /// `rtpmap`
  public static var attribute: AttributeName { .rtpmap }
  /// 0 to 127.
  public let payloadType: UInt8
  /// The name of the media subtype, as it was written; it compares without case.
  public let encodingName: String
  /// Ticks of the RTP timestamp in a second, at least 1.
  public let clockRate: UInt32
  /// Audio channels, at least 1.
  public let channels: UInt8

  /// A mapping; nil when a part is out of its range or the name is no token.
  public init?(_ payloadType: UInt8, _ encodingName: String, _ clockRate: UInt32, channels: UInt8 = 1) {
    guard payloadType < 128, encodingName.consists(of: \.isSDPToken), clockRate > 0, channels > 0 else { return nil }
    self.payloadType = payloadType
    self.encodingName = encodingName
    self.clockRate = clockRate
    self.channels = channels
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    payloadType = try scanner.payloadType()
    try scanner.expectBlank()
    encodingName = try scanner.tokenText()
    try scanner.expect(UInt8(ascii: "/"))
    let rateStart = scanner.position
    clockRate = UInt32(truncatingIfNeeded: try scanner.number(upTo: UInt64(UInt32.max)))
    guard clockRate > 0 else { throw scanner.error(.numberOutOfRange, at: rateStart) }
    guard scanner.skip(UInt8(ascii: "/")) else {
      channels = 1
      return
    }
    let channelStart = scanner.position
    channels = UInt8(truncatingIfNeeded: try scanner.number(upTo: 255))
    guard channels > 0 else { throw scanner.error(.numberOutOfRange, at: channelStart) }
  }

  /// Appends `111 opus/48000/2`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(number: payloadType)
    bytes.append(UInt8(ascii: " "))
    bytes.append(text: encodingName)
    bytes.append(UInt8(ascii: "/"))
    bytes.append(number: clockRate)
    if channels > 1 {
      bytes.append(UInt8(ascii: "/"))
      bytes.append(number: channels)
    }
  }
}

extension RTPMap {
  /// What the static payload types of RFC 3551 §6 stand for without `a=rtpmap`; nil for unassigned and dynamic ones.
  public static func staticMap(of payloadType: UInt8) -> RTPMap? {
    switch payloadType {
    case 0: RTPMap(0, "PCMU", 8_000)
    case 3: RTPMap(3, "GSM", 8_000)
    case 4: RTPMap(4, "G723", 8_000)
    case 5: RTPMap(5, "DVI4", 8_000)
    case 6: RTPMap(6, "DVI4", 16_000)
    case 7: RTPMap(7, "LPC", 8_000)
    case 8: RTPMap(8, "PCMA", 8_000)
    case 9: RTPMap(9, "G722", 8_000)
    case 10: RTPMap(10, "L16", 44_100, channels: 2)
    case 11: RTPMap(11, "L16", 44_100)
    case 12: RTPMap(12, "QCELP", 8_000)
    case 13: RTPMap(13, "CN", 8_000)
    case 14: RTPMap(14, "MPA", 90_000)
    case 15: RTPMap(15, "G728", 8_000)
    case 16: RTPMap(16, "DVI4", 11_025)
    case 17: RTPMap(17, "DVI4", 22_050)
    case 18: RTPMap(18, "G729", 8_000)
    case 25: RTPMap(25, "CelB", 90_000)
    case 26: RTPMap(26, "JPEG", 90_000)
    case 28: RTPMap(28, "nv", 90_000)
    case 31: RTPMap(31, "H261", 90_000)
    case 32: RTPMap(32, "MPV", 90_000)
    case 33: RTPMap(33, "MP2T", 90_000)
    case 34: RTPMap(34, "H263", 90_000)
    default: nil
    }
  }
}

extension SDPScanner {
  /// A payload type, 0 to 127.
  @_lifetime(self: copy self)
  mutating func payloadType() throws(SDPError) -> UInt8 { UInt8(truncatingIfNeeded: try number(upTo: 127)) }
}
