public import Wire

/// A room of the council as the API shows it. A copy: it does not follow the room.
public struct CouncilRoomView: Sendable, Equatable {
  /// Its name: `council-…`.
  public var id: String
  /// What ties its records together (DOMAIN §3).
  public var traceID: String?
  /// When it began.
  public var startedAt: UTCTimestamp
  /// When it ends though nobody leaves; nil: when it is empty.
  public var endsAt: UTCTimestamp?
  /// How many may be in it.
  public var capacity: Int
  /// Who is in it, in the order in which they came.
  public var participants: [CouncilParticipantView]

  /// A room.
  public init(
    id: String, traceID: String?, startedAt: UTCTimestamp, endsAt: UTCTimestamp?, capacity: Int,
    participants: [CouncilParticipantView]
  ) {
    self.id = id
    self.traceID = traceID
    self.startedAt = startedAt
    self.endsAt = endsAt
    self.capacity = capacity
    self.participants = participants
  }

  /// For a list; with `isWhole`, with everybody in it.
  public func json(at now: UTCTimestamp, isWhole: Bool = false) -> JSONValue {
    var object = JSONObject()
    object["id"] = .string(id)
    if let traceID { object["trace_id"] = .string(traceID) }
    object["started"] = .string(startedAt.rfc3339)
    object["seconds"] = .integer(max((now - startedAt).components.seconds, 0))
    if let endsAt { object["ends"] = .string(endsAt.rfc3339) }
    object["capacity"] = .integer(Int64(capacity))
    object["count"] = .integer(Int64(participants.count))
    if isWhole { object["participants"] = .array(participants.map { $0.json(at: now) }) }
    return .object(object)
  }
}

/// Somebody in a room.
public struct CouncilParticipantView: Sendable, Equatable {
  /// How they came.
  public enum Kind: String, Sendable, Hashable, CaseIterable { case h323, sip, webrtc }

  /// Where they stand.
  public enum State: String, Sendable, Hashable, CaseIterable {
    /// Their media is not open yet.
    case joining
    /// They are heard, and hear.
    case connected
    /// They have put the room on hold.
    case held
  }

  /// The number that names them in this room; never used again.
  public var number: UInt64
  /// What they are called: an alias, a URI, a display name. Their own word.
  public var name: String
  /// The guardian of the registry they are, where that is known: `if://guardian/…`.
  public var guardian: String?
  /// How they came.
  public var kind: Kind
  /// Where they stand.
  public var state: State
  /// Whether the operator has muted them.
  public var isMuted: Bool
  /// Whether they speak now.
  public var isSpeaking: Bool
  /// When they came.
  public var joinedAt: UTCTimestamp
  /// The H.323 call identifier, or the Call-ID.
  public var callID: String?
  /// Where their signalling comes from.
  public var address: SocketAddress?
  /// The codec: `PCMU`.
  public var codec: String?
  /// RTP packets of theirs that came.
  public var packets: UInt64
  /// RTP packets of theirs that did not.
  public var lost: Int64
  /// Their interarrival jitter.
  public var jitter: Duration?

  /// Somebody.
  public init(
    number: UInt64, name: String, guardian: String? = nil, kind: Kind, state: State, isMuted: Bool = false,
    isSpeaking: Bool = false, joinedAt: UTCTimestamp, callID: String? = nil, address: SocketAddress? = nil,
    codec: String? = nil, packets: UInt64 = 0, lost: Int64 = 0, jitter: Duration? = nil
  ) {
    self.number = number
    self.name = name
    self.guardian = guardian
    self.kind = kind
    self.state = state
    self.isMuted = isMuted
    self.isSpeaking = isSpeaking
    self.joinedAt = joinedAt
    self.callID = callID
    self.address = address
    self.codec = codec
    self.packets = packets
    self.lost = lost
    self.jitter = jitter
  }

  /// As the API shows them.
  public func json(at now: UTCTimestamp) -> JSONValue {
    var object = JSONObject()
    object["number"] = .integer(Int64(clamping: number))
    object["name"] = .string(name)
    if let guardian { object["guardian"] = .string(guardian) }
    object["kind"] = .string(kind.rawValue)
    object["state"] = .string(state.rawValue)
    object["muted"] = .bool(isMuted)
    object["speaking"] = .bool(isSpeaking)
    object["joined"] = .string(joinedAt.rfc3339)
    object["seconds"] = .integer(max((now - joinedAt).components.seconds, 0))
    if let callID { object["call_id"] = .string(callID) }
    if let address { object["address"] = .string(address.description) }
    if let codec { object["codec"] = .string(codec) }
    object["packets"] = .integer(Int64(clamping: packets))
    object["lost"] = .integer(lost)
    if let jitter { object["jitter_us"] = .integer(jitter.saturatingNanoseconds / 1_000) }
    return .object(object)
  }
}

/// A call that was let in.
public struct CouncilAdmissionView: Sendable, Equatable {
  /// Who has let it in.
  public enum Authority: String, Sendable, Equatable {
    /// The gatekeeper, by RAS.
    case gatekeeper
    /// IF.guard; it came by SIP, through the gateway.
    case gateway
  }

  /// The call identifier of H.225.0, 32 hex digits.
  public var callIdentifier: String
  /// Who has let it in.
  public var authority: Authority
  /// The room, or whom else it goes to.
  public var destination: String
  /// Whose call it is: a guardian, or the user who calls by SIP.
  public var party: String
  /// The SIP Call-ID, of the gateway's.
  public var callID: String?
  /// Bits a second in both directions.
  public var bandwidth: Int64
  /// What ties its records together.
  public var traceID: String?
  /// When it was admitted; nil where that is not known.
  public var admittedAt: UTCTimestamp?

  /// An admission.
  public init(
    callIdentifier: String, authority: Authority, destination: String, party: String, callID: String?, bandwidth: Int64,
    traceID: String?, admittedAt: UTCTimestamp?
  ) {
    self.callIdentifier = callIdentifier
    self.authority = authority
    self.destination = destination
    self.party = party
    self.callID = callID
    self.bandwidth = bandwidth
    self.traceID = traceID
    self.admittedAt = admittedAt
  }

  /// As the API shows it.
  public func json(at now: UTCTimestamp) -> JSONValue {
    var object = JSONObject()
    object["id"] = .string(callIdentifier)
    object["by"] = .string(authority.rawValue)
    object["destination"] = .string(destination)
    object["party"] = .string(party)
    if let callID { object["call_id"] = .string(callID) }
    object["bandwidth_bps"] = .integer(bandwidth)
    if let traceID { object["trace_id"] = .string(traceID) }
    if let admittedAt {
      object["admitted"] = .string(admittedAt.rfc3339)
      object["seconds"] = .integer(max((now - admittedAt).components.seconds, 0))
    }
    return .object(object)
  }
}

/// An endpoint that is registered with the gatekeeper.
public struct CouncilEndpointView: Sendable, Equatable {
  /// The endpoint identifier that the gatekeeper gave it.
  public var id: String
  /// The guardian of the registry that it is: `if://guardian/…`.
  public var guardian: String?
  /// Its aliases, as it registered them.
  public var aliases: [String]
  /// Where RAS reaches it.
  public var address: SocketAddress?
  /// Where calls reach it.
  public var signalling: SocketAddress?
  /// When its registration began.
  public var registeredAt: UTCTimestamp
  /// When it ends unless it is kept alive.
  public var expiresAt: UTCTimestamp
  /// Its calls that are admitted.
  public var calls: Int
  /// What they take together, bits a second.
  public var bandwidth: Int64

  /// An endpoint.
  public init(
    id: String, guardian: String?, aliases: [String], address: SocketAddress?, signalling: SocketAddress?,
    registeredAt: UTCTimestamp, expiresAt: UTCTimestamp, calls: Int, bandwidth: Int64
  ) {
    self.id = id
    self.guardian = guardian
    self.aliases = aliases
    self.address = address
    self.signalling = signalling
    self.registeredAt = registeredAt
    self.expiresAt = expiresAt
    self.calls = calls
    self.bandwidth = bandwidth
  }

  /// As the API shows it.
  public func json(at now: UTCTimestamp) -> JSONValue {
    var object = JSONObject()
    object["id"] = .string(id)
    if let guardian { object["guardian"] = .string(guardian) }
    object["aliases"] = .array(aliases.map(JSONValue.string))
    if let address { object["address"] = .string(address.description) }
    if let signalling { object["signalling"] = .string(signalling.description) }
    object["registered"] = .string(registeredAt.rfc3339)
    object["expires"] = .string(expiresAt.rfc3339)
    object["seconds"] = .integer(max((expiresAt - now).components.seconds, 0))
    object["calls"] = .integer(Int64(calls))
    object["bandwidth_bps"] = .integer(bandwidth)
    return .object(object)
  }
}
