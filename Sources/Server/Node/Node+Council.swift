import Admin
import AdminQuery
import Admissions
import Council
import Gatekeeper
import H225
import Logging
import OpenSSLCrypto
import Reactor
import Wire

// What the operator sees and does of the council (DOMAIN §9). A room is on the reactor that its name says; RAS is on the
// first one.
extension Node {
  /// The council in the API.
  var councilAPI: AdminCouncil {
    AdminCouncil(
      rooms: { await self.listRooms($0) },
      openRoom: { await self.openRoom($0, by: $1) },
      room: { await self.showRoom($0, onlyParticipants: false) },
      endRoom: { await self.endRoom($0, by: $1) },
      participants: { await self.showRoom($0, onlyParticipants: true) },
      change: { await self.mute($1, in: $0, $2.isMuted, by: $3) },
      expel: { await self.expel($1, from: $0, by: $2) },
      admissions: { await self.listAdmissions($0) },
      revokeAdmission: { await self.revokeAdmission($0, by: $1) },
      endpoints: { await self.listEndpoints($0) })
  }

  // MARK: Rooms

  private func listRooms(_ page: AdminAPI.Page) async -> AdminAPI.Answer {
    guard hasCouncil else { return Self.noCouncil }
    var rooms: [CouncilRoomState] = []
    for mailbox in reactors.mailboxes { rooms += await ask(mailbox) { $0.councilRooms() } ?? [] }
    if let trace = page.filters["trace_id"] {
      rooms.removeAll { room in room.traceID != trace && !room.participants.contains { $0.traceID == trace } }
    }
    let now = SystemClock.now()
    return Self.page(
      "rooms", rooms.sorted { $0.name < $1.name }.map { ($0.name.text, CouncilRoomView($0).json(at: now)) }, page)
  }

  private func showRoom(_ id: String, onlyParticipants: Bool) async -> AdminAPI.Answer {
    guard let shared = council else { return Self.noCouncil }
    guard let name = CouncilRoomName(id),
      let room = await ask(mailbox(of: name, shared), { $0.councilRoom(name) }) ?? nil
    else { return Self.noSuchRoom(id) }
    let view = CouncilRoomView(room)
    let now = SystemClock.now()
    guard onlyParticipants else { return AdminAPI.Answer(200, view.json(at: now, isWhole: true)) }
    return AdminAPI.Answer(200, ["participants": .array(view.participants.map { $0.json(at: now) })])
  }

  private func openRoom(_ order: RoomOrder, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    guard let shared = council else { return Self.noCouncil }
    let trace = order.traceID ?? order.id.flatMap { $0.hasPrefix("council-") ? String($0.dropFirst(8)) : nil }
    let traceID = trace ?? Hex.encode(SecureRandom.bytes(16))
    guard let name = CouncilRoomName(order.id ?? "council-\(traceID)") else {
      return .failure(400, "INVALID_REQUEST", "a room that is opened has a name of its own: council-…")
    }
    let lifetime = order.seconds.map { Duration.seconds($0) }
    let outcome = await perform(
      .open(name, traceID: traceID, capacity: order.capacity, lifetime: lifetime), on: name, shared)
    switch outcome {
    case .done:
      note("room opened by the operator", name.text, identity)
      return AdminAPI.Answer(201, ["id": .string(name.text), "trace_id": .string(traceID)])
    case .known: return .failure(409, "ROOM_EXISTS", "there is a room \(name.text) already")
    default: return .failure(409, "TOO_MANY_ROOMS", "there are as many rooms as there may be, or the node is stopping")
    }
  }

  private func endRoom(_ id: String, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    guard let shared = council else { return Self.noCouncil }
    guard let name = CouncilRoomName(id), case .done(let count) = await perform(.end(name), on: name, shared) else {
      return Self.noSuchRoom(id)
    }
    note("room ended by the operator", name.text, identity)
    return AdminAPI.Answer(200, ["id": .string(name.text), "count": .integer(Int64(count))])
  }

  // MARK: Participants

  private func mute(
    _ number: UInt64, in id: String, _ isMuted: Bool, by identity: AdminAPI.Identity
  ) async -> AdminAPI.Answer {
    await change(number, in: id, { .mute(number, $0, isMuted) }, isMuted ? "muted" : "unmuted", by: identity) {
      $0["muted"] = .bool(isMuted)
    }
  }

  private func expel(_ number: UInt64, from id: String, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    await change(number, in: id, { .expel(number, $0) }, "expelled", by: identity) { $0["expelled"] = true }
  }

  private func change(
    _ number: UInt64, in id: String, _ order: (CouncilRoomName) -> CouncilOrder, _ word: String,
    by identity: AdminAPI.Identity, _ add: (inout JSONObject) -> Void
  ) async -> AdminAPI.Answer {
    guard let shared = council else { return Self.noCouncil }
    guard let name = CouncilRoomName(id) else { return Self.noSuchRoom(id) }
    switch await perform(order(name), on: name, shared) {
    case .done:
      note("participant \(number) \(word) by the operator", name.text, identity)
      var body: JSONObject = ["room": .string(name.text), "number": .integer(Int64(clamping: number))]
      add(&body)
      return AdminAPI.Answer(200, .object(body))
    case .unknownParticipant:
      return .failure(404, "PARTICIPANT_NOT_FOUND", "nobody of number \(number) is in \(name.text)")
    default: return Self.noSuchRoom(id)
    }
  }

  // MARK: The gatekeeper

  private func listEndpoints(_ page: AdminAPI.Page) async -> AdminAPI.Answer {
    guard hasCouncil else { return Self.noCouncil }
    let (endpoints, calls) = await ask(reactors.mailboxes[0]) { ($0.gatekeeperEndpoints, $0.gatekeeperCalls) } ?? ([], [])
    let (clock, now) = (SystemClock.now(), SystemClock.monotonic())
    let entries = endpoints.map { endpoint -> (String, JSONValue) in
      let its = calls.filter { $0.terminal == endpoint.terminal }
      let view = CouncilEndpointView(
        id: endpoint.identifier, guardian: endpoint.terminal, aliases: endpoint.aliases, address: endpoint.rasAddress,
        signalling: endpoint.callSignalAddress, registeredAt: endpoint.registeredAt,
        expiresAt: clock + (endpoint.expiresAt - now), calls: its.count,
        bandwidth: its.reduce(0) { $0 + $1.admission.bandwidthBitsPerSecond })
      return (endpoint.identifier, view.json(at: clock))
    }
    return Self.page("endpoints", entries, page)
  }

  private func listAdmissions(_ page: AdminAPI.Page) async -> AdminAPI.Answer {
    guard let shared = council else { return Self.noCouncil }
    let calls = await ask(reactors.mailboxes[0]) { $0.gatekeeperCalls } ?? []
    let times = Dictionary(calls.map { ($0.callIdentifier, $0.admittedAt) }) { min($0, $1) }
    let now = SystemClock.now()
    let trace = page.filters["trace_id"]
    let entries = shared.admissions.withLock { $0.admissions }
      .filter { trace == nil || $0.traceID == trace }
      .map { ($0.callIdentifier.hex, CouncilAdmissionView($0, at: times[$0.callIdentifier]).json(at: now)) }
      .sorted { $0.0 < $1.0 }
    return Self.page("admissions", entries, page)
  }

  private func revokeAdmission(_ id: String, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    guard hasCouncil else { return Self.noCouncil }
    guard let identifier = GloballyUniqueID(text: id),
      await ask(reactors.mailboxes[0], { $0.endAdmittedCall(identifier) }) == true
    else { return .failure(404, "ADMISSION_NOT_FOUND", "the gatekeeper has admitted no call of that identifier") }
    note("admission taken back by the operator", identifier.hex, identity)
    return AdminAPI.Answer(200, ["id": .string(identifier.hex)])
  }

  // MARK: Helpers

  private var hasCouncil: Bool { council != nil }

  /// What reactors share of H.323, where the council is this node's own.
  private var council: H323Shared? { settings.council.mode == .builtin ? h323 : nil }

  private func mailbox(of room: CouncilRoomName, _ shared: H323Shared) -> Mailbox {
    reactors.mailboxes[min(shared.owner(ofRoom: room.text), reactors.mailboxes.count - 1)]
  }

  private func perform(
    _ order: CouncilOrder, on room: CouncilRoomName, _ shared: H323Shared
  ) async -> Council.Outcome {
    await ask(mailbox(of: room, shared)) { $0.perform(order) } ?? .unknownRoom
  }

  private func note(_ text: String, _ subject: String, _ identity: AdminAPI.Identity) {
    logger.notice(
      "\(text)", metadata: Self.metadata(["subject": .string(subject), "by": .string(identity.name)], identity.trace))
  }

  /// A page of entries that are in the order of their names.
  private static func page(
    _ member: String, _ entries: [(name: String, value: JSONValue)], _ page: AdminAPI.Page
  ) -> AdminAPI.Answer {
    let rest = page.cursor.map { cursor in entries.filter { $0.name > cursor } } ?? entries
    var body = JSONObject()
    body[member] = .array(rest.prefix(page.limit).map(\.value))
    if rest.count > page.limit { body["next_cursor"] = .string(rest[page.limit - 1].name) }
    return AdminAPI.Answer(200, .object(body))
  }

  private static func noSuchRoom(_ id: String) -> AdminAPI.Answer {
    .failure(404, "ROOM_NOT_FOUND", "there is no room of that name, or it is over")
  }

  private static var noCouncil: AdminAPI.Answer {
    .failure(
      404, "NO_COUNCIL",
      "this node has no council of its own: the configuration says council: { mode: off }, or names an external one")
  }
}

extension CouncilRoomView {
  fileprivate init(_ room: CouncilRoomState) {
    self.init(
      id: room.name.text, traceID: room.traceID, startedAt: room.since, endsAt: room.until, capacity: room.capacity,
      participants: room.participants.map(CouncilParticipantView.init))
  }
}

extension CouncilParticipantView {
  fileprivate init(_ participant: CouncilParticipant) {
    var (guardian, kind): (String?, Kind) = (nil, .h323)
    switch participant.party {
    case .guardian(let id)?: guardian = id
    case .gateway?: kind = .sip
    case nil: break
    }
    let statistics = participant.statistics
    self.init(
      number: participant.number, name: participant.name, guardian: guardian, kind: kind,
      state: participant.isOnHold ? .held : participant.isJoined ? .connected : .joining,
      isMuted: participant.isMuted, isSpeaking: participant.isSpeaking, joinedAt: participant.since,
      callID: participant.callIdentifier?.hex, address: participant.address, codec: participant.codec,
      packets: statistics.packetsReceived, lost: Int64(clamping: statistics.lost), jitter: statistics.jitter)
  }
}

extension CouncilAdmissionView {
  fileprivate init(_ admission: Admission, at time: UTCTimestamp?) {
    let destination =
      switch admission.destination {
      case .room(let name), .gateway(let name), .terminal(let name): name
      }
    let party =
      switch admission.party {
      case .guardian(let id): id
      case .gateway: "gateway"
      }
    self.init(
      callIdentifier: admission.callIdentifier.hex, destination: destination, party: party,
      bandwidth: admission.bandwidthBitsPerSecond, traceID: admission.traceID, admittedAt: time)
  }
}
