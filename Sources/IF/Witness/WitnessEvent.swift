import Wire

/// One thing that happened, as a part of the proxy tells it to IF.witness (DOMAIN §8): everything a record holds except
/// its number and its place in the chain.
///
/// A value, made on a reactor: no JSON, no hashing and no clock here. The writer turns it into a line
/// (``WitnessChain``). Absent members are left out of the record, never written as null.
public struct WitnessEvent: Sendable, Equatable {
  /// When it happened, by the wall clock of the part that tells it.
  public var time: UTCTimestamp
  /// What happened.
  public var name: WitnessEventName
  /// Which part tells it: `sip`, `guard`, `process`, `config`; later `h323`, `webrtc`, `evidence`.
  public var component: String
  /// The identifier that ties one escalation's records together (DOMAIN §3).
  public var traceID: String?
  /// The SIP Call-ID or the H.323 call identifier.
  public var callID: String?
  /// The SIP method, also for a response (of its CSeq).
  public var method: String?
  /// The SIP status code.
  public var status: Int?
  /// The other side of the socket, as the socket knows it.
  public var peer: WitnessPeer?
  /// What else is worth knowing: direction, rule, second peer, counters. Order does not matter; of two details with one
  /// key the first counts.
  public var details: [WitnessDetail]

  /// A new event; whatever does not apply is left out.
  public init(
    time: UTCTimestamp, name: WitnessEventName, component: String, traceID: String? = nil, callID: String? = nil,
    method: String? = nil, status: Int? = nil, peer: WitnessPeer? = nil, details: [WitnessDetail] = []
  ) {
    self.time = time
    self.name = name
    self.component = component
    self.traceID = traceID
    self.callID = callID
    self.method = method
    self.status = status
    self.peer = peer
    self.details = details
  }
}

extension WitnessEvent {
  /// Appends the event as canonical JSON: what its record will hold but for number and hashes. For whoever is told of it
  /// elsewhere.
  public func appendJSON(to output: inout [UInt8]) {
    let writer = RecordWriter()
    writer.writeHead(self, to: &output)
    writer.writeTail(self, place: nil, to: &output)
  }
}

/// The far side of a connection or datagram: facts of the socket, never of the message (DOMAIN §5).
public struct WitnessPeer: Sendable, Hashable {
  /// Its address and port.
  public var address: SocketAddress
  /// `udp`, `tcp`, `tls`, `ws` or `wss`.
  public var transport: String
  /// The TLS version (`TLSv1.3`), absent where there is no TLS.
  public var tls: String?

  /// The far side at an address.
  public init(address: SocketAddress, transport: String, tls: String? = nil) {
    self.address = address
    self.transport = transport
    self.tls = tls
  }
}

/// One member of a record's `details`.
public struct WitnessDetail: Sendable, Equatable {
  /// The member's name, `snake_case`. Names that could hold a secret are refused: ``WitnessLimits/withheldDetails``.
  public var key: String
  /// Its value.
  public var value: WitnessValue

  /// A named value.
  public init(_ key: String, _ value: WitnessValue) {
    self.key = key
    self.value = value
  }
}

/// A value in a record's `details`: JSON without fractions and without null.
public enum WitnessValue: Sendable, Equatable {
  /// Text.
  case text(String)
  /// A whole number. Beyond ±(2^53 − 1) it is written as text, since JSON numbers are doubles (RFC 8785 §3.2.2.3).
  case integer(Int64)
  /// True or false.
  case bool(Bool)
  /// A second peer, in the same form as the record's own.
  case peer(WitnessPeer)
  /// Several values.
  case list([WitnessValue])
  /// Nested members.
  case members([WitnessDetail])
}

extension WitnessValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  /// Text from a literal.
  public init(stringLiteral value: String) { self = .text(value) }
  /// A number from a literal.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// Truth from a literal.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}
