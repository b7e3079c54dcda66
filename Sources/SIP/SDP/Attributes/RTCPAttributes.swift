/// `a=rtcp` (RFC 3605): where RTCP is wanted when it is not the port behind RTP's.
public struct RTCPAddress: SDPAttributeValue {
  /// `rtcp`
  public static var attribute: AttributeName { .rtcp }
  /// The port.
  public let port: UInt16
  /// The address; nil when it is RTP's.
  public let address: ConnectionAddress?

  /// A port, at another address if one is given.
  public init(port: UInt16, address: ConnectionAddress? = nil) {
    self.port = port
    self.address = address
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    port = UInt16(truncatingIfNeeded: try scanner.number(upTo: 65_535))
    scanner.skipBlanks()
    guard !scanner.isAtEnd else {
      address = nil
      return
    }
    let start = scanner.position
    guard let address = try ConnectionAddress.scan(&scanner) else { throw scanner.error(.malformedAddress, at: start) }
    self.address = address
  }

  /// Appends `53020 IN IP4 126.16.64.4`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(number: port)
    if let address {
      bytes.append(UInt8(ascii: " "))
      address.write(into: &bytes)
    }
  }
}

/// `a=rtcp-fb` (RFC 4585 §4.2): a kind of feedback that a side takes.
public struct RTCPFeedback: SDPAttributeValue {
  /// `rtcp-fb`
  public static var attribute: AttributeName { .rtcpFeedback }
  /// The payload type it is for; nil for `*`, all of them.
  public let payloadType: UInt8?
  /// `ack`, `nack`, `ccm`, `trr-int`, `transport-cc` and others.
  public let kind: String
  /// What stands behind it: `pli`, `fir`, milliseconds; empty when nothing does.
  public let parameters: String

  /// Feedback of a kind; nil when a part could not be written.
  public init?(_ payloadType: UInt8?, _ kind: String, _ parameters: String = "") {
    guard payloadType ?? 0 < 128, kind.consists(of: \.isSDPToken), parameters.isLineText,
      parameters.utf8.first?.isBlank != true, parameters.utf8.last?.isBlank != true
    else { return nil }
    self.payloadType = payloadType
    self.kind = kind
    self.parameters = parameters
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    payloadType = scanner.skip(UInt8(ascii: "*")) ? nil : try scanner.payloadType()
    try scanner.expectBlank()
    kind = try scanner.tokenText()
    if !scanner.isAtEnd, !scanner.skipBlanks() { throw scanner.unexpected() }
    let rest = scanner.rest()
    parameters = scanner.text(rest)
  }

  /// Appends `96 nack pli`.
  public func write(into bytes: inout [UInt8]) {
    if let payloadType { bytes.append(number: payloadType) } else { bytes.append(UInt8(ascii: "*")) }
    bytes.append(UInt8(ascii: " "))
    bytes.append(text: kind)
    if !parameters.isEmpty {
      bytes.append(UInt8(ascii: " "))
      bytes.append(text: parameters)
    }
  }
}

/// `a=extmap` (RFC 8285 §8): the number of an RTP header extension.
public struct ExtensionMap: SDPAttributeValue {
  /// `extmap`
  public static var attribute: AttributeName { .extmap }
  /// 1 to 14 for one-byte headers, to 255 for two-byte ones, 4096 to 4351 while more are offered than there is room for.
  public let id: UInt16
  /// Which way it is sent; nil when nothing is said, which means as the media.
  public let direction: MediaDirection?
  /// What it is.
  public let uri: String
  /// What only the extension understands; mostly empty.
  public let parameters: String

  /// An extension; nil when a part is out of range or could not be written.
  public init?(_ id: UInt16, _ uri: String, direction: MediaDirection? = nil, parameters: String = "") {
    guard ExtensionMap.isValid(id), uri.consists(of: { $0 > 0x20 && $0 != 0x7F }), parameters.isLineText,
      parameters.utf8.first?.isBlank != true, parameters.utf8.last?.isBlank != true
    else { return nil }
    self.id = id
    self.direction = direction
    self.uri = uri
    self.parameters = parameters
  }

  private static func isValid(_ id: UInt16) -> Bool { (1...255).contains(id) || (4_096...4_351).contains(id) }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let start = scanner.position
    id = UInt16(truncatingIfNeeded: try scanner.number(upTo: 4_351))
    guard ExtensionMap.isValid(id) else { throw scanner.error(.numberOutOfRange, at: start) }
    if scanner.skip(UInt8(ascii: "/")) {
      let place = scanner.position
      let name = try scanner.tokenText()
      guard let direction = MediaDirection(AttributeName(name)) else {
        throw scanner.error(.unknownValue, at: place)
      }
      self.direction = direction
    } else {
      direction = nil
    }
    try scanner.expectBlank()
    let uri = try scanner.word()
    self.uri = scanner.text(uri)
    scanner.skipBlanks()
    let rest = scanner.rest()
    parameters = scanner.text(rest)
  }

  /// Appends `2/sendonly urn:ietf:params:rtp-hdrext:toffset`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(number: id)
    if let direction {
      bytes.append(UInt8(ascii: "/"))
      bytes.append(text: direction.attribute.text)
    }
    bytes.append(UInt8(ascii: " "))
    bytes.append(text: uri)
    if !parameters.isEmpty {
      bytes.append(UInt8(ascii: " "))
      bytes.append(text: parameters)
    }
  }
}
