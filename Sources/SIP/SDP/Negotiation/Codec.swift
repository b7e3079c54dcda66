/// A codec, or something else with a payload type, that our side can send and receive.
public struct Codec: Sendable, Hashable {
  /// The name as `a=rtpmap` has it; it compares without case.
  public var encodingName: String
  /// Ticks of the RTP timestamp in a second.
  public var clockRate: UInt32
  /// Audio channels.
  public var channels: UInt8
  /// What we say in `a=fmtp`; empty for nothing.
  public var parameters: String
  /// The number to offer it under; nil for the static one, the one it had before, or the next free dynamic one.
  public var payloadType: UInt8?

  /// A codec.
  public init(
    _ encodingName: String, _ clockRate: UInt32, channels: UInt8 = 1, parameters: String = "",
    payloadType: UInt8? = nil
  ) {
    self.encodingName = encodingName
    self.clockRate = clockRate
    self.channels = channels
    self.parameters = parameters
    self.payloadType = payloadType
  }

  /// G.711 µ-law.
  public static let pcmu = Codec("PCMU", 8_000)
  /// G.711 A-law.
  public static let pcma = Codec("PCMA", 8_000)
  /// G.722; its clock rate is 8,000 for historical reasons (RFC 3551 §4.5.2).
  public static let g722 = Codec("G722", 8_000)
  /// Opus (RFC 7587 §7).
  public static let opus = Codec("opus", 48_000, channels: 2, parameters: "useinbandfec=1")
  /// Comfort noise (RFC 3389).
  public static let comfortNoise = Codec("CN", 8_000)

  /// Keys as events (RFC 4733), of a clock rate that one of the stream's codecs has.
  public static func telephoneEvent(_ clockRate: UInt32 = 8_000, _ events: TelephoneEvents = .dtmf) -> Codec {
    Codec("telephone-event", clockRate, parameters: events.description)
  }

  /// The codec that a format stands for.
  public init(_ format: PayloadFormat) {
    self.init(
      format.map.encodingName, format.map.clockRate, channels: format.map.channels, parameters: format.parameters,
      payloadType: format.payloadType)
  }

  /// The mapping to a number; nil when this is no codec that can be written.
  func map(_ payloadType: UInt8) -> RTPMap? { RTPMap(payloadType, encodingName, clockRate, channels: channels) }

  /// The number of RFC 3551; nil when there is none.
  var staticPayloadType: UInt8? {
    (0..<35).first {
      guard let map = RTPMap.staticMap(of: $0) else { return false }
      return map.encodingName.equalsIgnoringCase(encodingName) && map.clockRate == clockRate && map.channels == channels
    }
  }

  /// Whether a format of the other side is this codec.
  func matches(_ format: PayloadFormat) -> Bool {
    Codec.areCompatible(map(0), parameters, format.map, format.parameters)
  }

  var isTelephoneEvent: Bool { encodingName.equalsIgnoringCase("telephone-event") }
}

extension Codec {
  /// Whether two formats are one codec in one configuration (RFC 3264 §6.1).
  ///
  /// Name, clock rate and channels, and those parameters that change what the bytes mean. Two old mistakes are forgiven:
  /// G.722 with its sampling rate as clock rate, and Opus without its two channels.
  static func areCompatible(_ left: RTPMap?, _ leftParameters: String, _ right: RTPMap, _ rightParameters: String)
    -> Bool
  {
    guard let left, left.encodingName.equalsIgnoringCase(right.encodingName) else { return false }
    let name = left.encodingName.lowercased()
    let isG722 = name == "g722" && [left.clockRate, right.clockRate].allSatisfy { $0 == 8_000 || $0 == 16_000 }
    guard left.clockRate == right.clockRate || isG722, left.channels == right.channels || name == "opus" else {
      return false
    }
    func agree(_ parameter: String, default missing: String, prefix: Int = .max) -> Bool {
      let ours = FormatParameters.value(of: parameter, in: leftParameters) ?? missing
      let theirs = FormatParameters.value(of: parameter, in: rightParameters) ?? missing
      return String(ours.prefix(prefix)).equalsIgnoringCase(String(theirs.prefix(prefix)))
    }
    switch name {
    // RFC 6184 §8.1: the profile is the first byte of profile-level-id; levels may differ.
    case "h264": return agree("packetization-mode", default: "0") && agree("profile-level-id", default: "42", prefix: 2)
    // RFC 4867 §8.1: another framing altogether.
    case "amr", "amr-wb": return agree("octet-align", default: "0")
    // RFC 5577 §4.1.
    case "g7221": return agree("bitrate", default: "")
    // RFC 9628 §6.
    case "vp9": return agree("profile-id", default: "0")
    default: return true
    }
  }
}
