import Codecs
import H225
import Jitter
import Mixer
import Wire

// What the operator sees and does: rooms, who is in them, and their end.
extension Council {
  /// What became of an operator's wish.
  package enum Outcome: Sendable, Hashable {
    /// It was done; to so many participants.
    case done(Int)
    /// There is no such room.
    case unknownRoom
    /// Nobody of that number is in the room.
    case unknownParticipant
    /// There is such a room already.
    case known
    /// There are as many as there may be, or the node takes none any more.
    case tooMany
  }

  /// Opens a room before anybody is in it. It ends like every other: when the last one has left; and when nobody comes at
  /// all.
  ///
  /// - Parameters:
  ///   - capacity: nil, and what is beyond the configuration's, for the configuration's.
  ///   - lifetime: the same.
  package mutating func open(
    _ name: CouncilRoomName, traceID: String?, capacity: Int? = nil, lifetime: Duration? = nil, now: Instant,
    into sink: inout CouncilSink
  ) -> Outcome {
    guard rooms[name] == nil else { return .known }
    guard !isClosed, rooms.count < CouncilLimits.maxRooms else { return .tooMany }
    var its = configuration
    its.capacity = min(max(capacity ?? its.capacity, 1), its.capacity)
    its.lifetime = min(max(lifetime ?? its.lifetime, .zero), its.lifetime)
    let room = CouncilRoom(name, its, traceID: traceID, now: now)
    room.waitsUntil = min(room.ends, now + configuration.openPatience)
    rooms[name] = room
    if nextLook == nil { nextLook = now + .seconds(1) }
    sink.actions.append(.event(.roomBegan(name, traceID: traceID)))
    return .done(0)
  }

  /// All rooms, by name.
  package func roster(now: Instant) -> [CouncilRoomState] {
    rooms.values.sorted { $0.name < $1.name }.map { state(of: $0, now: now) }
  }

  /// One room; nil when it is not there.
  package func room(_ name: CouncilRoomName, now: Instant) -> CouncilRoomState? {
    rooms[name].map { state(of: $0, now: now) }
  }

  /// Ends a room: everybody is released.
  package mutating func end(_ name: CouncilRoomName, now: Instant, into sink: inout CouncilSink) -> Outcome {
    guard let room = rooms[name] else { return .unknownRoom }
    let legs = room.legs
    for leg in legs { end(leg, .roomClosed, cause: 16, now: now, into: &sink) }
    if legs.isEmpty { close(room, now: now, into: &sink) }
    return .done(legs.count)
  }

  /// Ends every room, as the node does at its end.
  package mutating func endAll(now: Instant, into sink: inout CouncilSink) {
    for case .some(let leg) in legs { end(leg, .roomClosed, cause: 16, now: now, into: &sink) }
    for room in Array(rooms.values) { close(room, now: now, into: &sink) }
  }

  /// Releases one participant.
  package mutating func expel(
    _ participant: UInt64, from name: CouncilRoomName, now: Instant, into sink: inout CouncilSink
  ) -> Outcome {
    guard let room = rooms[name] else { return .unknownRoom }
    guard let leg = room.legs.first(where: { $0.call.number == participant }) else { return .unknownParticipant }
    // Call rejected.
    end(leg, .expelled, cause: 21, now: now, into: &sink)
    return .done(1)
  }

  /// Ends the call of an identifier, as the gatekeeper wants it; false when it is not here.
  package mutating func end(
    _ callIdentifier: GloballyUniqueID, now: Instant, into sink: inout CouncilSink
  ) -> Bool {
    guard let leg = legs.lazy.compactMap({ $0 }).first(where: { $0.facts.identifier == callIdentifier }) else {
      return false
    }
    end(leg, .disengaged, cause: 16, now: now, into: &sink)
    return true
  }

  /// Mutes a participant, or lets it be heard again; its own `*6` does not undo this, nor does this undo that.
  package mutating func setMuted(
    _ isMuted: Bool, of participant: UInt64, in name: CouncilRoomName, into sink: inout CouncilSink
  ) -> Outcome {
    guard let room = rooms[name] else { return .unknownRoom }
    guard let leg = room.legs.first(where: { $0.call.number == participant }) else { return .unknownParticipant }
    leg.isMutedByOperator = isMuted
    muted(leg, in: room, into: &sink)
    return .done(1)
  }

  // MARK: States

  private func state(of room: CouncilRoom, now: Instant) -> CouncilRoomState {
    CouncilRoomState(
      name: room.name, traceID: room.traceID, since: civil(at: room.began), until: civil(at: room.ends),
      capacity: room.capacity,
      participants: room.legs.map { state(of: $0, in: room, now: now) })
  }

  func state(of leg: CouncilLeg, in room: CouncilRoom, now: Instant) -> CouncilParticipant {
    let level = leg.member.map { room.conference.level(of: $0) } ?? 0
    return CouncilParticipant(
      number: leg.call.number, party: leg.facts.party, name: leg.facts.name, callIdentifier: leg.facts.identifier,
      address: leg.facts.remote, traceID: leg.facts.traceID, since: civil(at: leg.admittedAt ?? leg.began),
      isJoined: leg.member != nil,
      // As quiet as what the mixer takes for silence: −50 dB.
      isSpeaking: level >= 100, isActiveSpeaker: leg.member != nil && room.conference.activeSpeaker == leg.member,
      isMuted: leg.isMuted, isOnHold: leg.isOnHold,
      codec: (leg.media.incoming ?? leg.media.outgoing).flatMap { AudioEncoding($0.audio)?.name },
      statistics: leg.currentStatistics(in: room))
  }
}

extension CouncilLeg {
  /// What was counted, with what session and buffer know.
  func currentStatistics(in room: CouncilRoom) -> CouncilStatistics {
    var current = statistics
    if let member, let buffer = room.conference.statistics(of: member) {
      current.concealedPerMille = Int(buffer.concealedShare * 1_000)
    }
    let latest = session.sources.max { ($0.lastData ?? .zero) < ($1.lastData ?? .zero) }
    if let reception = latest?.statistics {
      current.lost = UInt64(clamping: reception.cumulativeLost)
      current.jitter = reception.jitterDuration
    }
    return current
  }
}
