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

// What the operator sees and does of the council (DOMAIN §9).
extension Node {
  /// The council in the API.
  var councilAPI: AdminCouncil {
    AdminCouncil(
      rooms: { await self.listRooms($0) },
      openRoom: { await self.openRoom($0, by: $1) },
      room: { await self.showRoom($0) },
      endRoom: { await self.endRoom($0, by: $1) },
      participants: { await self.listParticipants($0) },
      change: { await self.change($1, of: $0, $2, by: $3) },
      expel: { await self.expel($1, from: $0, by: $2) },
      admissions: { await self.listAdmissions($0) },
      revokeAdmission: { await self.revokeAdmission($0, by: $1) },
      endpoints: { await self.listEndpoints($0) })
  }

  static var noCouncil: AdminAPI.Answer {
    .failure(
      404, "NO_COUNCIL",
      "this node has no council of its own: the configuration says council: { mode: off }, or names an external one")
  }

  // MARK: Rooms

  private func listRooms(_ page: AdminAPI.Page) async -> AdminAPI.Answer {
    guard settings.council.mode == .builtin else { return Self.noCouncil }
    var rooms: [CouncilRoomState] = []
    for mailbox in reactors.mailboxes { rooms += await ask(mailbox) { $0.councilRooms() } ?? [] }
    rooms.sort { $0.name < $1.name }
    if let trace = page.filters["trace_id"] { rooms.removeAll { $0.traceID != trace } }
    let now = SystemClock.now()
    return Self.list("rooms", rooms, page, by: \.name.text) { CouncilRoomView($0).json(at: now) }
  }

  private func showRoom(_ id: String) async -> AdminAPI.Answer {
    switch await find(room: id) {
    case .one(let room): AdminAPI.Answer(200, CouncilRoomView(room).json(at: SystemClock.now(), isWhole: true))
    case .failure(let answer): answer
    }
  }

  private func listParticipants(_ id: String) async -> AdminAPI.Answer {
    switch await find(room: id) {
    case .one(let room):
      let now = SystemClock.now()
      return AdminAPI.Answer(
        200, ["participants": .array(room.participants.map { CouncilParticipantView($0).json(at: now) })])
    case .failure(let answer): return answer
    }
  }

  private enum FoundRoom {
    case one(CouncilRoomState)
    case failure(AdminAPI.Answer)
  }

  private func find(room id: String) async -> FoundRoom {
    guard settings.council.mode == .builtin else { return .failure(Self.noCouncil) }
    if let name = CouncilRoomName(id), let mailbox = mailbox(of: name),
      let room = await ask(mailbox, { $0.councilRoom(name) }) ?? nil
    {
      return .one(room)
    }
    return .failure(Self.noSuchRoom(id))
  }

  /// The way to the reactor that has a room of that name, or would have it.
  private func mailbox(of room: CouncilRoomName) -> Mailbox? {
    guard settings.council.mode == .builtin, let owner = h323?.owner(ofRoom: room.text),
      reactors.mailboxes.indices.contains(owner)
    else { return nil }
    return reactors.mailboxes[owner]
  }

  private static func noSuchRoom(_ id: String) -> AdminAPI.Answer {
    .failure(404, "ROOM_NOT_FOUND", "there is no such room, or it is over")
  }

  // MARK: Orders

  private func openRoom(_ order: RoomOrder, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    let made = UUIDText.version4(random: SecureRandom.uint64(), SecureRandom.uint64())
    let id = order.id ?? "council-\(order.traceID ?? made)"
    guard let name = CouncilRoomName(id), let mailbox = mailbox(of: name) else { return Self.noCouncil }
    let traceID = order.traceID ?? (id.hasPrefix("council-") ? String(id.dropFirst(8)) : made)
    let wanted = CouncilOrder.open(
      name, traceID: traceID, capacity: order.capacity, lifetime: order.seconds.map { .seconds($0) })
    switch await ask(mailbox, { $0.perform(wanted) }) {
    case .done:
      note("room opened by the operator", name, identity)
      guard case .one(let room) = await find(room: id) else { return Self.noSuchRoom(id) }
      return AdminAPI.Answer(201, CouncilRoomView(room).json(at: SystemClock.now(), isWhole: true))
    case .known: return .failure(409, "ROOM_EXISTS", "there is a room of that name already")
    case .tooMany, .unknownRoom, .unknownParticipant, nil:
      return .failure(503, "NO_CAPACITY", "there are as many rooms as there may be, or the node is stopping")
    }
  }

  private func endRoom(_ id: String, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    await perform(id, identity, "room ended by the operator", { .end($0) }) { count in
      ["id": .string(id), "count": .integer(Int64(count))]
    }
  }

  private func change(
    _ number: UInt64, of room: String, _ order: ParticipantOrder, by identity: AdminAPI.Identity
  ) async -> AdminAPI.Answer {
    let word = order.isMuted ? "muted" : "heard again"
    return await perform(
      room, identity, "participant \(number) \(word), by the operator", { .mute(number, $0, order.isMuted) }
    ) { _ in
      ["room": .string(room), "number": .integer(Int64(clamping: number)), "muted": .bool(order.isMuted)]
    }
  }

  private func expel(
    _ number: UInt64, from room: String, by identity: AdminAPI.Identity
  ) async -> AdminAPI.Answer {
    await perform(room, identity, "participant \(number) expelled by the operator", { .expel(number, $0) }) { _ in
      ["room": .string(room), "number": .integer(Int64(clamping: number))]
    }
  }

  private func perform(
    _ id: String, _ identity: AdminAPI.Identity, _ words: String, _ order: (CouncilRoomName) -> CouncilOrder,
    _ body: (Int) -> JSONValue
  ) async -> AdminAPI.Answer {
    guard settings.council.mode == .builtin else { return Self.noCouncil }
    guard let name = CouncilRoomName(id), let mailbox = mailbox(of: name) else { return Self.noSuchRoom(id) }
    let wanted = order(name)
    switch await ask(mailbox, { $0.perform(wanted) }) {
    case .done(let count):
      note(words, name, identity)
      return AdminAPI.Answer(200, body(count))
    case .unknownParticipant:
      return .failure(404, "PARTICIPANT_NOT_FOUND", "nobody of that number is in the room")
    case .unknownRoom, .known, .tooMany, nil: return Self.noSuchRoom(id)
    }
  }

  private func note(_ words: String, _ room: CouncilRoomName, _ identity: AdminAPI.Identity) {
    var metadata: Logger.Metadata = ["room": .string(room.text), "by": .string(identity.name)]
    if let trace = identity.trace { metadata["request_trace_id"] = .string(trace.traceID) }
    logger.notice("\(words)", metadata: metadata)
  }

  // MARK: The gatekeeper

  private func listAdmissions(_ page: AdminAPI.Page) async -> AdminAPI.Answer {
    guard let first = reactors.mailboxes.first, let calls = await ask(first, { $0.admittedCalls }) ?? nil, let h323
    else { return Self.noCouncil }
    var views = calls.map { CouncilAdmissionView($0) }
    // Those that nobody asked the gatekeeper about: calls of the gateway's, which IF.guard has let in, and of terminals
    // that need not ask.
    let known = Set(calls.map(\.callIdentifier))
    let (now, instant) = (SystemClock.now(), SystemClock.monotonic())
    for call in h323.admissions.withLock({ $0.calls(now: instant) })
    where !known.contains(call.admission.callIdentifier) {
      views.append(CouncilAdmissionView(call, at: now, instant))
    }
    if let trace = page.filters["trace_id"] { views.removeAll { $0.traceID != trace } }
    views.sort { $0.callIdentifier < $1.callIdentifier }
    return Self.list("admissions", views, page, by: \.callIdentifier) { $0.json(at: now) }
  }

  private func revokeAdmission(_ id: String, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    guard settings.council.mode == .builtin else { return Self.noCouncil }
    guard let octets = try? Hex.decode(id), let identifier = GloballyUniqueID(octets: octets.span),
      let first = reactors.mailboxes.first, let h323,
      await ask(first, { $0.endAdmittedCall(identifier) }) == true || h323.end(identifier)
    else { return .failure(404, "ADMISSION_NOT_FOUND", "no call of that identifier is admitted") }
    logger.notice(
      "admission taken back by the operator", metadata: ["call_id": .string(id), "by": .string(identity.name)])
    return AdminAPI.Answer(200, ["id": .string(id)])
  }

  private func listEndpoints(_ page: AdminAPI.Page) async -> AdminAPI.Answer {
    guard let first = reactors.mailboxes.first,
      let (found, calls) = await ask(first, { ($0.endpoints, $0.admittedCalls ?? []) }), var endpoints = found
    else { return Self.noCouncil }
    endpoints.sort { $0.identifier < $1.identifier }
    let (now, instant) = (SystemClock.now(), SystemClock.monotonic())
    return Self.list("endpoints", endpoints, page, by: \.identifier) { endpoint in
      let own = calls.filter { $0.terminal == endpoint.terminal }
      return CouncilEndpointView(
        id: endpoint.identifier, guardian: endpoint.terminal, aliases: endpoint.aliases, address: endpoint.rasAddress,
        signalling: endpoint.callSignalAddress, registeredAt: endpoint.registeredAt,
        expiresAt: now + instant.duration(to: endpoint.expiresAt), calls: own.count,
        bandwidth: own.reduce(0) { $0 + $1.admission.bandwidthBitsPerSecond }
      ).json(at: now)
    }
  }

  /// One page of a list that is in the order of its keys; the next one begins behind the key that this one ends with.
  private static func list<Element>(
    _ name: String, _ elements: [Element], _ page: AdminAPI.Page, by key: (Element) -> String,
    _ json: (Element) -> JSONValue
  ) -> AdminAPI.Answer {
    let rest = elements.filter { element in page.cursor.map { key(element) > $0 } ?? true }
    var body = JSONObject()
    body[name] = .array(rest.prefix(page.limit).map(json))
    if rest.count > page.limit { body["next_cursor"] = .string(key(rest[page.limit - 1])) }
    return AdminAPI.Answer(200, .object(body))
  }
}

extension CouncilRoomView {
  init(_ room: CouncilRoomState) {
    self.init(
      id: room.name.text, traceID: room.traceID, startedAt: room.since, endsAt: room.until, capacity: room.capacity,
      participants: room.participants.map { CouncilParticipantView($0) })
  }
}

extension CouncilParticipantView {
  init(_ one: CouncilParticipant) {
    var guardian: String?
    var (kind, callID) = (Kind.h323, one.callIdentifier.map(\.hex))
    switch one.party {
    case .guardian(let id)?: guardian = id
    // The gateway's leg stands for a phone.
    case .gateway(let sip)?: (kind, callID) = (.sip, sip)
    case nil: break
    }
    self.init(
      number: one.number, name: one.name, guardian: guardian, kind: kind,
      state: one.isOnHold ? .held : one.isJoined ? .connected : .joining, isMuted: one.isMuted,
      isSpeaking: one.isSpeaking, joinedAt: one.since, callID: callID, address: one.address, codec: one.codec,
      packets: one.statistics.packetsReceived, lost: Int64(clamping: one.statistics.lost),
      jitter: one.isJoined ? one.statistics.jitter : nil)
  }
}

extension CouncilAdmissionView {
  init(_ call: GatekeeperCall) { self.init(call.admission, party: call.terminal, admittedAt: call.admittedAt) }

  /// - Parameters:
  ///   - now: what both clocks show.
  init(_ call: AdmissionTable.Call, at now: UTCTimestamp, _ instant: Instant) {
    let admittedAt = now + instant.duration(to: call.since)
    switch call.admission.party {
    case .guardian(let id): self.init(call.admission, party: id, admittedAt: admittedAt)
    case .gateway(let callID):
      self.init(
        call.admission, by: .gateway, party: call.admission.user ?? "anonymous", callID: callID,
        admittedAt: admittedAt)
    }
  }

  private init(
    _ admission: Admission, by authority: Authority = .gatekeeper, party: String, callID: String? = nil,
    admittedAt: UTCTimestamp
  ) {
    let destination =
      switch admission.destination {
      case .room(let name), .gateway(let name), .terminal(let name): name
      }
    self.init(
      callIdentifier: admission.callIdentifier.hex, authority: authority, destination: destination, party: party,
      callID: callID, bandwidth: admission.bandwidthBitsPerSecond, traceID: admission.traceID, admittedAt: admittedAt)
  }
}
