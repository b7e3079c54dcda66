/// `a=candidate` (RFC 8839 §5.1): an address that might be reached.
public struct ICECandidate: SDPAttributeValue {
  /// `candidate`
  public static var attribute: AttributeName { .candidate }

  /// Where the address comes from.
  public enum Kind: Sendable, Hashable {
    case host, srflx, prflx, relay
    /// Another word.
    case other(String)

    /// The word behind `typ`.
    public var text: String {
      switch self {
      case .host: "host"
      case .srflx: "srflx"
      case .prflx: "prflx"
      case .relay: "relay"
      case .other(let text): text
      }
    }

    init(_ text: String) {
      switch text {
      case "host": self = .host
      case "srflx": self = .srflx
      case "prflx": self = .prflx
      case "relay": self = .relay
      default: self = .other(text)
      }
    }
  }

  /// A pair that RFC 8839 does not know: `tcptype active`, `generation 0`.
  public struct Extension: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String
  }

  /// The same for candidates that stand or fall together; 1 to 32 characters.
  public let foundation: String
  /// 1 for RTP, 2 for RTCP; at most 256.
  public let component: UInt16
  /// `UDP` or another word, as it was written; it compares without case.
  public let transport: String
  /// The higher the better.
  public let priority: UInt32
  /// The address; a name under `.local` where a browser hides it.
  public let host: SDPHost
  /// The port.
  public let port: UInt16
  /// Where it comes from.
  public let kind: Kind
  /// The address behind it, `raddr`.
  public let relatedHost: SDPHost?
  /// The port behind it, `rport`.
  public let relatedPort: UInt16?
  /// Everything else in order.
  public let extensions: [Extension]

  /// A candidate over UDP; nil when the foundation is malformed or the component out of range.
  public init?(
    foundation: String, component: UInt16, priority: UInt32, host: SDPHost, port: UInt16, kind: Kind,
    relatedHost: SDPHost? = nil, relatedPort: UInt16? = nil
  ) {
    guard (1...32).contains(foundation.utf8.count), foundation.consists(of: \.isICECharacter),
      (1...256).contains(component), kind.text.consists(of: \.isSDPToken)
    else { return nil }
    self.foundation = foundation
    self.component = component
    self.transport = "UDP"
    self.priority = priority
    self.host = host
    self.port = port
    self.kind = Kind(kind.text)
    self.relatedHost = relatedHost
    self.relatedPort = relatedPort
    self.extensions = []
  }

  /// Whether it is one over UDP.
  public var isUDP: Bool { transport.equalsIgnoringCase("udp") }

  /// The value of an extension; nil when it is not there.
  public func value(of name: String) -> String? { extensions.first { $0.name == name }?.value }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let foundation = scanner.run { $0.isICECharacter }
    guard (1...32).contains(foundation.count) else { throw scanner.error(.malformedToken, at: foundation.lowerBound) }
    self.foundation = scanner.text(foundation)
    try scanner.expectBlank()
    component = try scanner.iceComponent()
    try scanner.expectBlank()
    transport = try scanner.tokenText()
    try scanner.expectBlank()
    priority = UInt32(truncatingIfNeeded: try scanner.number(upTo: UInt64(UInt32.max)))
    try scanner.expectBlank()
    host = try scanner.host()
    try scanner.expectBlank()
    port = UInt16(truncatingIfNeeded: try scanner.number(upTo: 65_535))
    try scanner.expectBlank()
    let typ = try scanner.token()
    guard scanner.matches(typ, "typ") else { throw scanner.error(.unexpectedByte, at: typ.lowerBound) }
    try scanner.expectBlank()
    kind = Kind(try scanner.tokenText())
    var relatedHost: SDPHost?
    var relatedPort: UInt16?
    var extensions: [Extension] = []
    while scanner.skipBlanks(), !scanner.isAtEnd {
      let name = try scanner.word()
      try scanner.expectBlank()
      if relatedHost == nil, extensions.isEmpty, scanner.matches(name, "raddr") {
        relatedHost = try scanner.host()
      } else if relatedPort == nil, extensions.isEmpty, scanner.matches(name, "rport") {
        relatedPort = UInt16(truncatingIfNeeded: try scanner.number(upTo: 65_535))
      } else {
        let value = try scanner.word()
        extensions.append(Extension(name: scanner.text(name), value: scanner.text(value)))
      }
    }
    self.relatedHost = relatedHost
    self.relatedPort = relatedPort
    self.extensions = extensions
  }

  /// Appends `1 1 UDP 2130706431 192.0.2.1 8998 typ host`.
  public func write(into bytes: inout [UInt8]) {
    func space() { bytes.append(UInt8(ascii: " ")) }
    bytes.append(text: foundation)
    space()
    bytes.append(number: component)
    space()
    bytes.append(text: transport)
    space()
    bytes.append(number: priority)
    space()
    host.write(into: &bytes)
    space()
    bytes.append(number: port)
    bytes.append(text: " typ ")
    bytes.append(text: kind.text)
    if let relatedHost {
      bytes.append(text: " raddr ")
      relatedHost.write(into: &bytes)
    }
    if let relatedPort {
      bytes.append(text: " rport ")
      bytes.append(number: relatedPort)
    }
    for part in extensions {
      space()
      bytes.append(text: part.name)
      space()
      bytes.append(text: part.value)
    }
  }
}
