import Admin
import Guard
import Logging
import Proxy
import Reactor
import Relay
import SIPMessage
import Settings
import Store
import Wire

// What the operator sees and does through the API under /v1 (DESIGN §4).
extension Node {
  /// The API over this node.
  var api: AdminAPI {
    AdminAPI(
      identify: { self.identify($0) },
      calls: { await self.listCalls($0) },
      call: { await self.showCall($0) },
      hangUp: { await self.hangUp($0, by: $1) },
      registrations: { self.listRegistrations($0) },
      removeRegistrations: { self.removeRegistrations($0, by: $1) },
      reload: { await self.reload(by: $0) },
      posture: { self.showPosture() },
      setPosture: { self.setPosture($0, by: $1) },
      alerts: { self.listAlerts() },
      receiveAlerts: { self.receiveAlerts($0, by: $1) },
      witnessRecords: { await self.listWitnessRecords($0) }, witness: witnessAPI, recordings: recordingsAPI,
      council: councilAPI)
  }

  private func identify(_ token: String) -> AdminAPI.Verdict {
    if constantTimeEquals(Array(token.utf8), Array(state.adminToken.utf8)) {
      return .accepted(AdminAPI.Identity(name: "admin", isAdmin: true))
    }
    do {
      guard let found = try tokens.find(token) else { return .unknown }
      if found.isExpired(at: SystemClock.now()) { return .expired }
      return .accepted(AdminAPI.Identity(name: found.id, scopes: Set(found.scopeNames)))
    } catch {
      logger.error("tokens cannot be read", metadata: ["problem": "\(error)"])
      return .unavailable("tokens cannot be read now; the log says why")
    }
  }

  // MARK: Calls

  private func listCalls(_ page: AdminAPI.Page) async -> AdminAPI.Answer {
    // One more than is shown says whether there is another page.
    var filter = CallFilter(limit: page.limit + 1)
    filter.traceID = page.filters["trace_id"]
    filter.callID = page.filters["call_id"]
    if let name = page.filters["state"] {
      guard let state = CallState(rawValue: name) else {
        return .failure(
          400, "INVALID_REQUEST", "state must be \(CallState.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      filter.state = state
    }
    if let cursor = page.cursor {
      guard let position = CallSummary.Position(cursor) else { return Self.wrongCursor }
      filter.after = position
    }
    let calls = await self.calls(filter)
    var body: JSONObject = JSONObject()
    body["calls"] = .array(calls.prefix(page.limit).map { $0.json(at: SystemClock.now()) })
    if calls.count > page.limit { body["next_cursor"] = .string(calls[page.limit - 1].position.text) }
    return AdminAPI.Answer(200, .object(body))
  }

  private func showCall(_ id: String) async -> AdminAPI.Answer {
    switch await find(id) {
    case .one(let call): AdminAPI.Answer(200, call.json(at: SystemClock.now(), isWhole: true))
    case .failure(let answer): answer
    }
  }

  private func hangUp(_ id: String, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    let call: CallSummary
    switch await find(id) {
    case .one(let found): call = found
    case .failure(let answer): return answer
    }
    let reason = HangUpReason.byOperator(identity.name, trace: identity.trace?.traceID)
    for mailbox in reactors.mailboxes {
      guard let outcome = await ask(mailbox, { $0.hangUp(call.key, reason) }), outcome != .unknown else { continue }
      var metadata: Logger.Metadata = [
        "trace_id": .string(call.traceID), "call_id": .string(call.callID), "by": .string(identity.name),
      ]
      // The call has a trace of its own.
      if let trace = identity.trace { metadata["request_trace_id"] = .string(trace.traceID) }
      logger.notice("call ended by the operator", metadata: metadata)
      var body = JSONObject()
      body["id"] = .string(call.key.description)
      body["call_id"] = .string(call.callID)
      body["trace_id"] = .string(call.traceID)
      switch outcome {
      case .cancelled: body["outcome"] = "cancelled"
      case .ended(let byes):
        body["outcome"] = "ended"
        body["byes"] = .integer(Int64(byes))
      case .unknown: break
      }
      return AdminAPI.Answer(200, .object(body))
    }
    return Self.noSuchCall(id)
  }

  enum Found {
    case one(CallSummary)
    case failure(AdminAPI.Answer)
  }

  /// A call by the name that lists give it, or by its Call-ID.
  func find(_ id: String) async -> Found {
    if let key = CallKey(id) {
      for mailbox in reactors.mailboxes {
        if let call = await ask(mailbox, { $0.call(key) }) ?? nil { return .one(call) }
      }
    }
    var filter = CallFilter(limit: 2)
    filter.callID = id
    let calls = await self.calls(filter)
    guard let call = calls.first else { return .failure(Self.noSuchCall(id)) }
    guard calls.count == 1 else {
      return .failure(.failure(409, "AMBIGUOUS", "several calls have this Call-ID; use the id that a list shows"))
    }
    for mailbox in reactors.mailboxes {
      // As above, with what its relay has counted.
      if let whole = await ask(mailbox, { $0.call(call.key) }) ?? nil { return .one(whole) }
    }
    return .one(call)
  }

  /// The calls of all reactors that a filter lets through, the oldest first.
  private func calls(_ filter: CallFilter) async -> [CallSummary] {
    var calls: [CallSummary] = []
    for mailbox in reactors.mailboxes { calls += await ask(mailbox) { $0.calls(filter) } ?? [] }
    calls.sort { $0.position < $1.position }
    return Array(calls.prefix(filter.limit))
  }

  private static func noSuchCall(_ id: String) -> AdminAPI.Answer {
    .failure(404, "CALL_NOT_FOUND", "there is no call of that id or Call-ID, or it is over")
  }

  private static var wrongCursor: AdminAPI.Answer {
    .failure(400, "INVALID_REQUEST", "this is no cursor of ours; take next_cursor of the page before")
  }

  // MARK: Registrations

  private func listRegistrations(_ page: AdminAPI.Page) -> AdminAPI.Answer {
    let now = SystemClock.now()
    var body = JSONObject()
    if let text = page.filters["aor"] {
      guard let aor = Self.addressOfRecord(text) else { return Self.wrongAddress }
      let bindings = bindings.lookup(aor, now: now)
      let found = bindings.isEmpty ? [] : [BoundAddress(aor: aor, bindings: bindings)]
      body["registrations"] = .array(found.map { $0.json(at: now) })
      return AdminAPI.Answer(200, .object(body))
    }
    let found = bindings.page(after: page.cursor, limit: page.limit + 1, now: now)
    body["registrations"] = .array(found.prefix(page.limit).map { $0.json(at: now) })
    if found.count > page.limit { body["next_cursor"] = .string(found[page.limit - 1].aor) }
    return AdminAPI.Answer(200, .object(body))
  }

  private func removeRegistrations(_ text: String, by identity: AdminAPI.Identity) -> AdminAPI.Answer {
    guard let aor = Self.addressOfRecord(text) else { return Self.wrongAddress }
    let removed = bindings.removeByOperator(aor, now: SystemClock.now())
    guard removed > 0 else {
      return .failure(404, "NOT_REGISTERED", "nothing is bound to \(aor)")
    }
    logger.notice(
      "registration removed by the operator",
      metadata: Self.metadata(
        ["aor": .string(aor), "contacts": "\(removed)", "by": .string(identity.name)], identity.trace))
    return AdminAPI.Answer(200, ["aor": .string(aor), "removed": .integer(Int64(removed))])
  }

  /// `sip:alice@if.internal` or `alice@if.internal`, normalised as the registrar does it.
  private static func addressOfRecord(_ text: String) -> String? {
    let lowered = text.lowercased()
    let uri = lowered.hasPrefix("sip:") || lowered.hasPrefix("sips:") ? text : "sip:\(text)"
    return (try? SIPURI(uri))?.normalizedAOR
  }

  private static var wrongAddress: AdminAPI.Answer {
    .failure(400, "INVALID_REQUEST", "an address of record looks like alice@if.internal")
  }

  // MARK: Reload

  private func reload(by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    let outcome = apply(trace: identity.trace)
    let problems = outcome.problems
    guard !problems.isEmpty else {
      var body = JSONObject()
      body["result"] = "accepted"
      if !outcome.keysForRestart.isEmpty {
        body["restart_needed_for"] = .array(outcome.keysForRestart.map(JSONValue.string))
      }
      return AdminAPI.Answer(200, .object(body))
    }
    return AdminAPI.Answer(
      422,
      [
        "error": "CONFIG_INVALID", "reason": .string("the old configuration stays: \(problems[0])"),
        "problems": .array(problems.map(JSONValue.string)),
      ])
  }

  // MARK: The end of draining

  /// Calls that are ended in one go, so that a reactor is not kept from its other work for long.
  private static var hangUpsAtOnce: Int { 200 }
  /// How long the answers to our BYEs are waited for: four retransmissions over UDP.
  private static var patience: Duration { .seconds(4) }

  /// Ends every call there is, and waits a little for the answers.
  func hangUpAll() async {
    for mailbox in reactors.mailboxes {
      while let ended = await ask(mailbox, { $0.hangUp(upTo: Self.hangUpsAtOnce, .drain) }), ended > 0 {
        try? await Task.sleep(for: .milliseconds(5))
      }
    }
    let limit = ContinuousClock.now + Self.patience
    while ContinuousClock.now < limit {
      var pending = 0
      for mailbox in reactors.mailboxes { pending += await ask(mailbox) { $0.pendingHangUps } ?? 0 }
      if pending == 0 { return }
      try? await Task.sleep(for: .milliseconds(50))
    }
  }
}

// MARK: - JSON

extension CallSummary {
  fileprivate func json(at now: UTCTimestamp, isWhole: Bool = false) -> JSONValue {
    var object = JSONObject()
    object["id"] = .string(key.description)
    object["call_id"] = .string(callID)
    object["trace_id"] = .string(traceID)
    object["state"] = .string(state.rawValue)
    object["direction"] = "through"
    if let user { object["user"] = .string(user) }
    if let caller { object["from"] = .string(caller.uri) }
    if let callee { object["to"] = .string(callee.uri) }
    object["started"] = .string(startedAt.rfc3339)
    if let answeredAt { object["answered"] = .string(answeredAt.rfc3339) }
    object["seconds"] = .integer(max((now - (answeredAt ?? startedAt)).components.seconds, 0))
    if isWhole {
      if let caller { object["caller"] = caller.json }
      if let callee { object["callee"] = callee.json }
      if relay != nil { object["media"] = .array(streams.map(\.json)) }
    }
    return .object(object)
  }
}

extension CallSummary.Party {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["uri"] = .string(uri)
    if let tag { object["tag"] = .string(tag) }
    if let target { object["target"] = .string(target) }
    if let routes { object["routes"] = .string(routes) }
    if sequence > 0 { object["cseq"] = .integer(Int64(sequence)) }
    if let address { object["address"] = .string(address.description) }
    if let transport { object["transport"] = .string(transport.name) }
    return .object(object)
  }
}

extension MediaLine {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    if !kind.isEmpty { object["media"] = .string(kind) }
    object["caller"] = caller.json(report?.caller)
    object["callee"] = callee.json(report?.callee)
    return .object(object)
  }
}

extension MediaLine.Party {
  fileprivate func json(_ statistics: RelayStatistics?) -> JSONValue {
    var object = JSONObject()
    if let address { object["address"] = .string(address) }
    if let codec { object["codec"] = .string(codec) }
    object["direction"] = .string(direction)
    object["suite"] = .string(suite ?? "none")
    guard let statistics else { return .object(object) }
    object["packets"] = .integer(Int64(clamping: statistics.packetsReceived))
    object["bytes"] = .integer(Int64(clamping: statistics.bytesReceived))
    object["packets_sent"] = .integer(Int64(clamping: statistics.packetsSent))
    object["dropped"] = .integer(Int64(clamping: statistics.packetsDropped))
    object["lost"] = .integer(statistics.lost)
    object["jitter_us"] = .integer(statistics.jitter.saturatingNanoseconds / 1_000)
    if let source = statistics.source { object["source"] = .string(source.description) }
    return .object(object)
  }
}

extension CallSummary.Position {
  /// As a cursor.
  fileprivate var text: String { "\(startedAt.nanoseconds)-\(key)" }

  fileprivate init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let nanoseconds = Int64(parts[0]), nanoseconds >= 0, let key = CallKey(String(parts[1]))
    else { return nil }
    self.init(startedAt: Instant(nanoseconds: nanoseconds), key: key)
  }
}

extension BoundAddress {
  fileprivate func json(at now: UTCTimestamp) -> JSONValue {
    [
      "aor": .string(aor),
      "contacts": .array(
        bindings.map { binding in
          var object = JSONObject()
          object["uri"] = .string(binding.contact)
          object["q_thousandths"] = .integer(Int64(binding.q))
          object["expires"] = .string(binding.expiresAt.rfc3339)
          object["seconds"] = .integer(max((binding.expiresAt - now).components.seconds, 0))
          object["source"] = .string(binding.source.description)
          object["transport"] = .string(binding.transport)
          if !binding.path.isEmpty { object["path"] = .array(binding.path.map(JSONValue.string)) }
          if let agent = binding.userAgent { object["user_agent"] = .string(agent) }
          return .object(object)
        }),
    ]
  }
}
