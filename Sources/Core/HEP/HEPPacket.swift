public import Wire

/// One packet of the Homer encapsulation protocol, version 3 (HEP3, also called EEP): a copy of something that went over
/// the network, with what its headers said, for a capture server (HEP3 rev. 37, "General protocol structure").
///
///      0     4      6
///     ┌─────┬──────┬──────────────────────────────────────────────┐
///     │HEP3 │length│ chunk │ chunk │ …                             │
///     └─────┴──────┴──┬────────────────────────────────────────────┘
///                     └─ vendor (2), type (2), length (2), payload; every length counts itself and what stands before it
///
/// A value of this type is a packet that can be judged: who sent what to whom, when, and who saw it. The standard makes no
/// chunk mandatory; one without these is refused.
public struct HEPPacket: Sendable, Hashable {
  /// Who sent it to whom, when, and what it is.
  public var envelope: HEPEnvelope
  /// Who saw it.
  public var agent: HEPAgent
  /// For how many seconds the capture server shall hold the session to the agent.
  public var keepAliveTimer: UInt16?
  /// What ties it to other packets: for SIP the Call-ID. Never empty.
  public var correlationID: [UInt8]?
  /// What was seen.
  public var payload: HEPPayload

  /// A packet. An empty correlation id is none.
  public init(
    envelope: HEPEnvelope, agent: HEPAgent, keepAliveTimer: UInt16? = nil, correlationID: [UInt8]? = nil,
    payload: HEPPayload
  ) {
    self.envelope = envelope
    self.agent = agent
    self.keepAliveTimer = keepAliveTimer
    self.correlationID = correlationID?.isEmpty == true ? nil : correlationID
    self.payload = payload
  }
}

/// What the headers around a captured payload said.
public struct HEPEnvelope: Sendable, Hashable {
  /// Who sent it.
  public var source: SocketAddress
  /// To whom.
  public var destination: SocketAddress
  /// What carried it.
  public var protocolID: IPProtocolID
  /// When; to the microsecond, from 1970 to 2106.
  public var time: UTCTimestamp
  /// What the payload is.
  public var protocolType: HEPProtocolType

  /// An envelope.
  public init(
    source: SocketAddress, destination: SocketAddress, protocolID: IPProtocolID, time: UTCTimestamp,
    protocolType: HEPProtocolType
  ) {
    self.source = source
    self.destination = destination
    self.protocolID = protocolID
    self.time = time
    self.protocolType = protocolType
  }
}

/// Who captures: the same in every packet of one agent.
public struct HEPAgent: Sendable, Hashable {
  /// The capture agent's number.
  public let id: UInt32
  /// Its name; 1 to ``HEPLimits/maxTextBytes`` bytes.
  public let nodeName: [UInt8]?
  /// What the capture server knows it by; 1 to ``HEPLimits/maxTextBytes`` bytes. Sent in clear.
  public let authenticateKey: [UInt8]?

  /// An agent; an empty name or key is none.
  public init(id: UInt32, nodeName: [UInt8]? = nil, authenticateKey: [UInt8]? = nil) throws(HEPError) {
    guard (nodeName?.count ?? 0) <= HEPLimits.maxTextBytes else { throw .tooLong(.nodeName) }
    guard (authenticateKey?.count ?? 0) <= HEPLimits.maxTextBytes else { throw .tooLong(.authenticateKey) }
    self.id = id
    self.nodeName = nodeName?.isEmpty == true ? nil : nodeName
    self.authenticateKey = authenticateKey?.isEmpty == true ? nil : authenticateKey
  }
}

/// What was captured.
public enum HEPPayload: Sendable, Hashable {
  /// As it was.
  case captured([UInt8])
  /// Compressed by the agent; handed on as it came.
  case compressed([UInt8])
}

/// The number of a protocol over IP (IANA).
public struct IPProtocolID: RawRepresentable, Sendable, Hashable {
  /// The number.
  public let rawValue: UInt8

  /// Any number.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// TCP, and what runs over it.
  public static let tcp = IPProtocolID(rawValue: 6)
  /// UDP.
  public static let udp = IPProtocolID(rawValue: 17)
  /// SCTP.
  public static let sctp = IPProtocolID(rawValue: 132)
}

/// What a payload is (HEP3 rev. 37, "Capture protocol types").
public struct HEPProtocolType: RawRepresentable, Sendable, Hashable {
  /// The number.
  public let rawValue: UInt8

  /// Any number.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A SIP message.
  public static let sip = HEPProtocolType(rawValue: 1)
  /// RTCP as JSON.
  public static let rtcpJSON = HEPProtocolType(rawValue: 5)
  /// A line of a log or an event, text or JSON. Not in the standard's list; what Homer's servers and agents use.
  public static let log = HEPProtocolType(rawValue: 100)
}
