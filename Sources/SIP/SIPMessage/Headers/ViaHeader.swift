import Wire

/// One value of Via (RFC 3261 §20.42): a hop that the request took and the response will take back.
public struct ViaHeader: SIPValue {
  /// `Via`
  public static var headerName: SIPHeaderName? { .via }

  /// `SIP`; other protocols are read and kept.
  public let protocolName: String
  /// `2.0`
  public let protocolVersion: String
  /// `UDP`, `TCP`, `TLS`, `WS`, `WSS`, or any token (RFC 4475 §3.1.1.10), as it is written.
  public let transport: String
  /// The host of `sent-by`.
  public let host: SIPHost
  /// The port of `sent-by`; nil when none is written.
  public let port: UInt16?
  /// The parameters.
  public let parameters: HeaderParameters

  /// What a `branch` of RFC 3261 starts with (§8.1.1.7).
  public static let magicCookie = "z9hG4bK"

  /// A hop of these parts.
  ///
  /// - Throws: `malformedToken` when the transport is no token, `malformedPort` for port 0, `malformedParameter` when
  ///   `branch`, `received`, `rport`, `maddr` or `ttl` is not what it must be.
  public init(
    transport: String, host: SIPHost, port: UInt16? = nil, parameters: HeaderParameters
  ) throws(SIPParseError) {
    guard transport.consists(of: .token) else { throw SIPParseError(.malformedToken, at: 0) }
    guard port != 0 else { throw SIPParseError(.malformedPort, at: 0) }
    try ViaHeader.check(parameters)
    protocolName = "SIP"
    protocolVersion = "2.0"
    self.transport = transport
    self.host = host
    self.port = port
    self.parameters = parameters
  }

  /// A hop as a client adds it: with a branch, and asking for `rport` (RFC 3581) unless told otherwise.
  public init(
    transport: String, host: SIPHost, port: UInt16? = nil, branch: String, asksForPort: Bool = true
  ) throws(SIPParseError) {
    var parameters = HeaderParameters()
    try parameters.set("branch", to: branch)
    if asksForPort { try parameters.set("rport") }
    try self.init(transport: transport, host: host, port: port, parameters: parameters)
  }

  /// Reads one Via value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    protocolName = try scanner.tokenString()
    try scanner.expectSeparator(UInt8(ascii: "/"))
    protocolVersion = try scanner.tokenString()
    try scanner.expectSeparator(UInt8(ascii: "/"))
    transport = try scanner.tokenString()
    try scanner.expectWhiteSpace()
    (host, port) = try scanner.hostPort(spaced: true)
    let behind = scanner.position
    parameters = try HeaderParameters(scanning: &scanner)
    do throws(SIPParseError) {
      try ViaHeader.check(parameters)
    } catch {
      throw scanner.error(error.reason, at: behind)
    }
  }

  /// Appends the value.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: protocolName)
    bytes.append(UInt8(ascii: "/"))
    bytes.append(ascii: protocolVersion)
    bytes.append(UInt8(ascii: "/"))
    bytes.append(ascii: transport)
    bytes.append(UInt8(ascii: " "))
    bytes.append(host, port: port)
    parameters.write(into: &bytes)
  }

  /// `via-params` (§25.1). RFC 2543 let a `branch` come without value or absent; only its form is checked here.
  private static func check(_ parameters: HeaderParameters) throws(SIPParseError) {
    func check(_ name: String, _ isValid: (String) -> Bool) throws(SIPParseError) {
      guard let parameter = parameters[name] else { return }
      guard let value = parameter.rawValue, isValid(value) else { throw SIPParseError(.malformedParameter, at: 0) }
    }
    try check("branch") { $0.consists(of: .token) }
    try check("received") { ViaHeader.host($0)?.address != nil }
    try check("maddr") { ViaHeader.host($0) != nil }
    try check("ttl") { URIParameters.ttl($0) != nil }
    if parameters["rport"]?.rawValue != nil { try check("rport") { ViaHeader.portNumber($0) != nil } }
  }

  /// With or without brackets round an IPv6 address (RFC 5118 §4.5).
  private static func host(_ text: String) -> SIPHost? {
    let utf8 = text.utf8
    return SIPHost(lenient: utf8.span)
  }

  private static func portNumber(_ text: String) -> UInt16? {
    guard text.consists(of: .digit), let port = UInt16(text), port > 0 else { return nil }
    return port
  }
}

extension ViaHeader {
  /// The transport, if it is one we know.
  public var transportToken: SIPTransportToken {
    let utf8 = transport.utf8
    return SIPTransportToken(utf8.span, 0..<utf8.count)
  }

  /// The branch that names the transaction; RFC 2543 clients have none.
  public var branch: String? { parameters.value(of: "branch") }

  /// Whether the branch is unique by RFC 3261: it starts with the magic cookie and goes on behind it
  /// (RFC 4475 §3.2.1).
  public var hasUniqueBranch: Bool {
    guard let branch, branch.utf8.count > ViaHeader.magicCookie.utf8.count else { return false }
    return branch.utf8.starts(with: ViaHeader.magicCookie.utf8)
  }

  /// `received=`: the address that the request came from.
  public var received: IPAddress? { parameters.value(of: "received").flatMap(ViaHeader.host)?.address }

  /// `maddr=`: where the response goes instead.
  public var maddr: SIPHost? { parameters.value(of: "maddr").flatMap(ViaHeader.host) }

  /// `ttl=`, for multicast.
  public var ttl: UInt8? { parameters.value(of: "ttl").flatMap(URIParameters.ttl) }

  /// What `rport` says (RFC 3581 §3): absent, a request for the port, or the port that was seen.
  public var rport: ViaField.RPort {
    guard let parameter = parameters["rport"] else { return .absent }
    return parameter.rawValue.flatMap(ViaHeader.portNumber).map { .value($0) } ?? .empty
  }
}

extension [UInt8] {
  /// Appends `host` or `host:port`.
  mutating func append(_ host: SIPHost, port: UInt16?) {
    host.write(into: &self)
    guard let port else { return }
    append(UInt8(ascii: ":"))
    Decimal.append(UInt64(port), to: &self)
  }
}
