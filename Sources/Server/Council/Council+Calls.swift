import Admissions
import Codecs
import DTMF
import H225
import H323Endpoint
import Mixer
import Wire

// A call's way: Setup, admission, room, ports, Connect, and its end.
extension Council {
  /// What the endpoint tells. It is public to the package so that calls can be made up.
  package mutating func handle(_ event: H323EndpointEvent, now: Instant, into sink: inout CouncilSink) {
    switch event {
    case .incoming(let call, let invitation): arrive(call, invitation, now: now, into: &sink)
    case .media(let call, let media): leg(call).map { agree($0, media, now: now, into: &sink) }
    case .digit(let call, let digit, let milliseconds):
      guard let leg = leg(call), let digit = DTMFDigit(digit) else { return }
      take(.signal(digit, milliseconds: milliseconds ?? 160), from: leg, now: now, into: &sink)
    case .released(let call, let release):
      guard let leg = leg(call) else { return }
      let isOrderly = release.side == .peer || release.side == .us
      finish(
        leg, isOrderly ? .hungUp : .failed(release.side), cause: release.cause, now: now, into: &sink)
    // The council makes no calls; and what the endpoint does nothing about is nothing to it.
    case .proceeding, .alerting, .connected, .redirected, .other: break
    }
  }

  // MARK: In

  private mutating func arrive(
    _ call: H323CallHandle, _ invitation: H323Invitation, now: Instant, into sink: inout CouncilSink
  ) {
    let destination = CouncilRoomName(invitation.destination)
    var facts = CouncilCall(call, invitation)
    facts.room = destination
    // Its own word; what the admission says comes before it (DOMAIN §9).
    facts.traceID = CouncilData.traceID(in: invitation.nonStandardData)
    sink.actions.append(.event(.setup(facts)))
    guard let destination else { return turnAway(call, facts, .noSuchRoom, now: now, into: &sink) }
    guard !isClosed, legs.count - freePlaces.count < CouncilLimits.maxLegs else {
      return turnAway(call, facts, .noCapacity, now: now, into: &sink)
    }
    // One admission is for one call.
    if let identifier = facts.identifier, legs.contains(where: { $0?.facts.identifier == identifier }) {
      return turnAway(call, facts, .notAdmitted, now: now, into: &sink)
    }
    let number = freePlaces.popLast() ?? UInt32(truncatingIfNeeded: legs.count)
    let leg = CouncilLeg(
      facts, call: call, destination: destination, place: CouncilPlace(number: number), configuration,
      cname: cname, random: &random, now: now)
    if number == legs.count { legs.append(leg) } else { legs[Int(number)] = leg }
    places[call] = leg.place
    if nextLook == nil { nextLook = now + .seconds(1) }
    sink.actions.append(.admit(call, invitation))
  }

  /// The answer to `admit`; nil: it is not admitted.
  package mutating func admitted(
    _ call: H323CallHandle, _ admission: Admission?, now: Instant, into sink: inout CouncilSink
  ) {
    guard let leg = leg(call), leg.phase == .asking else { return }
    // Also where it is refused in the end: whoever gave the admission hears by it that it is free again.
    leg.facts.party = admission?.party
    if let traceID = admission?.traceID { leg.facts.traceID = traceID }
    guard let admission, let name = room(of: leg.destination, admission) else {
      return refuse(leg, .notAdmitted, now: now, into: &sink)
    }
    leg.facts.room = name
    let known = rooms[name]
    leg.facts.traceID = leg.facts.traceID ?? known?.traceID
    if known == nil, rooms.count >= CouncilLimits.maxRooms { return refuse(leg, .noCapacity, now: now, into: &sink) }
    let room = known ?? CouncilRoom(name, configuration, traceID: leg.facts.traceID, now: now)
    guard room.legs.count < room.capacity else { return refuse(leg, .roomFull, now: now, into: &sink) }
    if known == nil {
      rooms[name] = room
      sink.actions.append(.event(.roomBegan(name, traceID: room.traceID)))
    }
    room.waitsUntil = nil
    room.legs.append(leg)
    leg.room = room
    leg.admittedAt = now
    leg.phase = .opening
    let (remote, local) = (leg.facts.remote.ip, leg.facts.local.ip)
    sink.actions.append(
      .openMedia(leg.place, isIPv4: local.isIPv4, isOwnHost: remote == local || remote.isLoopback))
  }

  /// The room that was asked for and admitted; nil when these are two. Whoever calls `council` leaves it to the admission.
  private func room(of wanted: CouncilRoomName, _ admission: Admission) -> CouncilRoomName? {
    guard let admitted = admission.room.flatMap({ CouncilRoomName($0) }), admitted == wanted || wanted == .any else {
      return nil
    }
    return admitted
  }

  /// The answer to `openMedia`; nil: there are no ports.
  package mutating func mediaOpened(
    _ place: CouncilPlace, at addresses: CouncilMediaAddresses?, now: Instant, into sink: inout CouncilSink
  ) {
    guard let leg = leg(place), leg.phase == .opening else { return }
    guard let addresses else { return refuse(leg, .noPorts, now: now, into: &sink) }
    leg.hasSockets = true
    leg.phase = .answered
    leg.answeredAt = now
    leg.lastHeard = now
    endpoint.alert(leg.call, now: now, into: &wanted)
    endpoint.answer(
      leg.call,
      media: H323LocalMedia(
        media: addresses.media, mediaControl: addresses.control, capabilities: configuration.capabilities),
      now: now, into: &wanted)
    sink.actions.append(.event(.connected(leg.facts)))
    pump(now, &sink)
  }

  // MARK: On its way

  private mutating func agree(
    _ leg: CouncilLeg, _ media: H323Media, now: Instant, into sink: inout CouncilSink
  ) {
    // Without sockets of its own nobody is heard, whatever is agreed.
    guard leg.phase == .answered else { return }
    let isChanged = leg.agree(media, telephoneEvent: configuration.telephoneEventPayloadType, now: now)
    guard let room = leg.room else { return }
    if let member = leg.member {
      if isChanged { room.conference.change(member, to: leg.sending) }
    } else if media.incoming != nil || media.outgoing != nil {
      // There is room for as many as may be in it.
      guard let member = try? room.conference.join(leg.sending) else { return }
      leg.member = member
      ticks.run(now: now)
      sink.actions.append(.event(.joined(room.name, state(of: leg, in: room, now: now))))
    }
    applyMute(leg)
  }

  /// Whoever is on hold is not heard either: its music is for nobody.
  func applyMute(_ leg: CouncilLeg) {
    guard let room = leg.room, let member = leg.member else { return }
    room.conference.setMuted(leg.isMuted || leg.isOnHold, of: member)
  }

  mutating func take(_ input: UserInput, from leg: CouncilLeg, now: Instant, into sink: inout CouncilSink) {
    var changes: [DTMFChange] = []
    leg.keys.received(input, now: now, into: &changes)
    press(changes, on: leg, now: now, into: &sink)
  }

  /// Keys of a participant: `*6` mutes it, and lets it be heard again.
  mutating func press(_ changes: [DTMFChange], on leg: CouncilLeg, now: Instant, into sink: inout CouncilSink) {
    guard let room = leg.room else { return }
    for case .pressed(let digit, _) in changes {
      sink.actions.append(.event(.key(room.name, participant: leg.call.number, digit)))
      let isCommand = leg.commandAt.map { $0 + CouncilLimits.commandPatience >= now } ?? false
      leg.commandAt = digit.character == UInt8(ascii: "*") ? now : nil
      guard isCommand, digit.character == UInt8(ascii: "6") else { continue }
      leg.isMutedByItself.toggle()
      muted(leg, in: room, into: &sink)
    }
  }

  func muted(_ leg: CouncilLeg, in room: CouncilRoom, into sink: inout CouncilSink) {
    applyMute(leg)
    sink.actions.append(.event(.muted(room.name, participant: leg.call.number, isMuted: leg.isMuted)))
  }

  // MARK: Out

  /// Refuses a call of which nothing is kept.
  private mutating func turnAway(
    _ call: H323CallHandle, _ facts: CouncilCall, _ refusal: CouncilRefusal, now: Instant,
    into sink: inout CouncilSink
  ) {
    let (cause, reason) = refusal.release
    counted[.rejected] &+= 1
    sink.actions.append(
      .event(.released(facts, CouncilEnding(reason: .refused(refusal), result: .rejected, cause: cause))))
    endpoint.release(call, cause: cause, reason: reason, now: now, into: &wanted)
  }

  mutating func refuse(
    _ leg: CouncilLeg, _ refusal: CouncilRefusal, now: Instant, into sink: inout CouncilSink
  ) {
    let (cause, reason) = refusal.release
    finish(leg, .refused(refusal), cause: cause, now: now, into: &sink)
    endpoint.release(leg.call, cause: cause, reason: reason, now: now, into: &wanted)
    pump(now, &sink)
  }

  /// We end a call.
  mutating func end(
    _ leg: CouncilLeg, _ reason: CouncilEnding.Reason, cause: UInt8, now: Instant, into sink: inout CouncilSink
  ) {
    finish(leg, reason, cause: cause, now: now, into: &sink)
    endpoint.release(leg.call, cause: cause, now: now, into: &wanted)
    pump(now, &sink)
  }

  /// A call is over: whoever ended it, all that was kept of it goes here.
  mutating func finish(
    _ leg: CouncilLeg, _ reason: CouncilEnding.Reason, cause: UInt8, now: Instant, into sink: inout CouncilSink
  ) {
    guard places.removeValue(forKey: leg.call) != nil else { return }
    legs[Int(leg.place.number)] = nil
    freePlaces.append(leg.place.number)
    if leg.hasSockets {
      sayGoodbye(leg, now: now, into: &sink)
      sink.actions.append(.closeMedia(leg.place))
    }
    let result: CouncilEnding.Result =
      switch reason {
      case .refused(.noSuchRoom), .refused(.notAdmitted), .refused(.roomFull), .refused(.noCapacity): .rejected
      case .refused(.noPorts), .refused(.noAnswer): .failed
      case .hungUp where leg.answeredAt == nil: .cancelled
      case .hungUp, .expelled, .disengaged, .roomClosed, .lifetime, .mediaTimeout, .failed:
        leg.answeredAt == nil ? .failed : .answered
      }
    counted[result] &+= 1
    leave(leg, now: now, into: &sink)
    let ending = CouncilEnding(
      reason: reason, result: result, cause: cause, duration: leg.answeredAt.map { $0.duration(to: now) })
    sink.actions.append(.event(.released(leg.facts, ending)))
  }

  private mutating func leave(_ leg: CouncilLeg, now: Instant, into sink: inout CouncilSink) {
    guard let room = leg.room else { return }
    let state = state(of: leg, in: room, now: now)
    room.legs.removeAll { $0 === leg }
    leg.room = nil
    if let member = leg.member {
      room.conference.leave(member)
      leg.member = nil
      sink.actions.append(.event(.left(room.name, state)))
    }
    if room.legs.isEmpty { close(room, now: now, into: &sink) }
  }

  /// A room in which nobody is any more.
  mutating func close(_ room: CouncilRoom, now: Instant, into sink: inout CouncilSink) {
    guard room.legs.isEmpty, rooms.removeValue(forKey: room.name) != nil else { return }
    if rooms.isEmpty { ticks.stop() }
    sink.actions.append(
      .event(.roomEnded(room.name, traceID: room.traceID, lasted: room.began.duration(to: now))))
  }
}

extension CouncilCall {
  init(_ call: H323CallHandle, _ invitation: H323Invitation) {
    number = call.number
    identifier = invitation.setup.callIdentifier?.guid
    remote = invitation.remote
    local = invitation.local
    // Its own word, until its admission says otherwise.
    traceID = CouncilData.traceID(in: invitation.nonStandardData)
    let shown = invitation.display ?? invitation.source.lazy.compactMap(\.shownText).first ?? ""
    name = HarmlessText.of(shown, maxBytes: CouncilLimits.maxNameBytes)
  }
}

extension AliasAddress {
  /// The text of an address that has one.
  var shownText: String? {
    switch self {
    case .dialledDigits(let text), .urlID(let text), .emailID(let text): text
    case .h323ID(let name): name.text
    case .transportID, .partyNumber, .other: nil
    }
  }
}
