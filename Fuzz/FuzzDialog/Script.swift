import FuzzSupport
import SIPDialog
import SIPMessage
import SIPTransaction
import Wire

/// A phone whose user, peer and clock do what the input's bytes say, one step for every few of them.
///
/// Whatever comes, the agent stays within its limits, tells the end of every call once, and when all calls have been hung
/// up on and time has run out it holds nothing.
struct Script: ~Copyable {
  private var agent: UserAgent
  private var sink = UserAgentSink()
  private var now = Instant.zero
  private var branches = 0

  private var calls: [CallHandle] = []
  private var ended: Set<CallHandle> = []
  private var dialogs: [DialogHandle] = []
  private var requests: [RequestHandle] = []
  /// The requests that the agent sent last, to be answered.
  private var sent: [[UInt8]] = []
  /// Identifiers of dialogs as the peer knows them.
  private var known: [DialogID] = []

  private static let limits = UserAgentLimits(
    maxCalls: 4, maxForks: 3, maxRoutes: 4, maxPendingRequests: 2, maxOutgoingRequests: 2, maxSubscriptions: 1,
    maxAttempts: 2, patience: .seconds(100), subscriptionSeconds: 60)
  private static let transactionLimits = TransactionLimits(
    maxServerTransactions: 32, maxClientTransactions: 32, maxRetainedBytes: 1 << 20)
  private static let peer = Hop(transport: .udp, remote: SocketAddress(ip: IPAddress(v4: 0xC000_0202), port: 5060))

  init(options: UInt8) {
    let reliabilities: [UserAgentConfiguration.Reliability] = [.supported, .off, .required, .supported]
    let configuration = UserAgentConfiguration(
      contact: "sip:alice@192.0.2.1", sentBy: "192.0.2.1", reliability: reliabilities[Int(options & 3)],
      sessionSeconds: options & 4 == 0 ? nil : 90)
    agent = UserAgent(
      configuration: configuration, limits: Self.limits, transactionLimits: Self.transactionLimits, seed: (1, 2, 3, 4))
  }

  // MARK: Steps

  /// One step; false at the input's end.
  @_lifetime(reader: copy reader)
  mutating func step(_ reader: inout ByteReader) -> Bool {
    guard let step = try? reader.readUInt8(), let detail = try? reader.readUInt8() else { return false }
    switch step & 15 {
    case 0: dial(detail)
    case 1...4: command(step &* 31 &+ detail, detail)
    case 5...8: request(detail, (try? reader.readUInt8()) ?? 0)
    case 9...12: respond(detail, (try? reader.readUInt8()) ?? 0)
    case 13: raw(&reader, detail)
    default:
      now = now + .milliseconds(Int64(detail) * Int64(detail))
      agent.advance(now: now, into: &sink)
    }
    note()
    check()
    return true
  }

  private mutating func dial(_ detail: UInt8) {
    let offer = detail & 1 == 0 ? SessionBody("offer") : nil
    let call = try? agent.invite(
      "sip:bob@192.0.2.2", from: "<sip:alice@192.0.2.1>", via: Self.peer, offer: offer, now: now, into: &sink)
    if let call { calls.append(call) }
  }

  private mutating func command(_ step: UInt8, _ detail: UInt8) {
    let body = detail & 0x80 == 0 ? SessionBody("body") : nil
    let pick = Int(detail >> 2 & 7)
    do throws(UserAgentError) {
      if !calls.isEmpty {
        let call = calls[calls.count - 1 - pick % calls.count]
        switch step & 15 {
        case 0: try agent.ring(call, now: now, into: &sink)
        case 1: try agent.ring(call, status: 183, session: body, isReliable: true, now: now, into: &sink)
        case 2, 3: try agent.answer(call, session: body, now: now, into: &sink)
        case 4: try agent.reject(call, status: 486, now: now, into: &sink)
        case 5: try agent.hangUp(call, now: now, into: &sink)
        default: break
        }
      }
      if !dialogs.isEmpty {
        let dialog = dialogs[dialogs.count - 1 - pick % dialogs.count]
        switch step & 15 {
        case 6: try agent.reinvite(dialog, offer: body, now: now, into: &sink)
        case 7: try agent.update(dialog, offer: body, now: now, into: &sink)
        case 8: try agent.acknowledge(dialog, answer: SessionBody("answer"), now: now, into: &sink)
        case 9: try agent.acknowledgeProvisional(dialog, answer: SessionBody("answer"), now: now, into: &sink)
        case 10: try agent.send(.info, in: dialog, body: body, now: now, into: &sink)
        case 11:
          guard let target = try? ReferToHeader("<sip:carol@192.0.2.3>") else { break }
          try agent.refer(dialog, to: target, now: now, into: &sink)
        default: break
        }
      }
      if !requests.isEmpty {
        let request = requests[requests.count - 1 - pick % requests.count]
        switch step & 15 {
        case 12: try agent.accept(request, session: body, now: now, into: &sink)
        case 13: try agent.refuse(request, status: 488, now: now, into: &sink)
        case 14:
          try agent.authenticate(request, credentials: [ExtraHeader("Authorization", "x")], now: now, into: &sink)
        case 15:
          guard let dialog = dialogs.last else { break }
          try agent.notify(request, of: dialog, status: detail & 1 == 0 ? 180 : 200, now: now, into: &sink)
        default: break
        }
      }
    } catch {
      // Commands that do not fit are refused.
    }
  }

  // MARK: The peer

  private static let methods = [
    "INVITE", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY", "OPTIONS", "INVITE", "ACK",
    "UPDATE", "PRACK", "MESSAGE", "STRANGE",
  ]

  /// A request of the peer's, within a dialog that was seen, or outside.
  private mutating func request(_ detail: UInt8, _ more: UInt8) {
    let method = Self.methods[Int(detail & 15)]
    let isWithin = detail & 0x10 == 0 && !known.isEmpty
    let id =
      isWithin
      ? known[known.count - 1 - Int(more & 7) % known.count]
      : DialogID(callID: "call\(more & 7)", localTag: "", remoteTag: "peer\(more & 1)")
    if more & 0x80 == 0 { branches += 1 }
    var lines = [
      "\(method) sip:alice@192.0.2.1 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKpeer\(branches)",
      "Max-Forwards: 70", "From: <sip:bob@192.0.2.2>;tag=\(id.remoteTag)",
      "To: <sip:alice@192.0.2.1>\(isWithin ? ";tag=" + id.localTag : "")", "Call-ID: \(id.callID)",
      "CSeq: \(isWithin && more & 0x40 == 0 ? 100 + branches : Int(more >> 3 & 3) + 1) \(method)",
    ]
    if detail & 0x20 == 0 { lines.append("Contact: <sip:bob@192.0.2.2>") }
    if more & 0x20 == 0 { lines.append("Supported: 100rel, timer, replaces") }
    if method == "PRACK" { lines.append("RAck: \(rseq) 1 INVITE") }
    if method == "REFER" { lines.append("Refer-To: <sip:carol@192.0.2.3>") }
    if method == "NOTIFY" { lines += ["Event: refer", "Subscription-State: active"] }
    if more & 0x10 == 0 { lines.append("Session-Expires: \(more & 8 == 0 ? 90 : 30)") }
    if detail & 0xC0 == 0xC0, let first = known.first {
      lines.append("Replaces: \(first.callID);to-tag=\(first.localTag);from-tag=\(first.remoteTag)")
    }
    deliver(lines, body: detail & 0x40 == 0 ? "body" : "")
  }

  /// The RSeq of the reliable response that the agent sent last.
  private var rseq = UInt32(1)

  private static let statuses = [100, 180, 183, 183, 200, 200, 200, 202, 302, 401, 407, 408, 422, 481, 491, 503]

  /// A response to a request of the agent's.
  private mutating func respond(_ detail: UInt8, _ more: UInt8) {
    guard !sent.isEmpty else { return }
    let status = Self.statuses[Int(detail & 15)]
    guard let request = try? SIPMessage(parsing: sent[sent.count - 1 - Int(more & 7) % sent.count]) else { return }
    let view = request.view
    var writer = SIPResponseWriter(status)
    writer.toTag = "fork\(more >> 3 & 3)"
    if detail & 0x20 == 0 { writer.add("Contact", "<sip:bob@192.0.2.2>") }
    if detail & 0x40 == 0 { writer.add("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE, PRACK") }
    if status == 183 {
      writer.add("Require", "100rel")
      writer.add("RSeq", "\(more >> 5 + 1)")
    }
    if status == 422 { writer.add("Min-SE", "120") }
    if more & 0x80 == 0 { writer.add("Session-Expires", "90;refresher=\(more & 0x40 == 0 ? "uac" : "uas")") }
    if detail & 0x10 == 0 {
      writer.contentType = "application/sdp"
      writer.body = Array("body".utf8)
    }
    var bytes: [UInt8] = []
    writer.write(answering: view, into: &bytes)
    agent.receive(bytes.span, from: Self.peer, now: now, into: &sink)
  }

  /// Bytes as they are.
  @_lifetime(reader: copy reader)
  private mutating func raw(_ reader: inout ByteReader, _ detail: UInt8) {
    let count = min(Int(detail) * 4, reader.remaining)
    guard let bytes = try? reader.readBytes(count) else { return }
    agent.receive(bytes, from: Self.peer, now: now, into: &sink)
  }

  private mutating func deliver(_ lines: [String], body: String) {
    var text = lines.joined(separator: "\r\n")
    if !body.isEmpty { text += "\r\nContent-Type: application/sdp" }
    text += "\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    let bytes = Array(text.utf8)
    agent.receive(bytes.span, from: Self.peer, now: now, into: &sink)
  }

  // MARK: What must hold

  private mutating func note() {
    for action in sink.take() {
      switch action {
      case .send(let bytes, _, _): noteSent(bytes)
      case .event(let event): note(event)
      }
    }
  }

  private mutating func noteSent(_ bytes: [UInt8]) {
    do throws(SIPParseError) {
      let message = try SIPMessage(parsing: bytes)
      let view = message.view
      try view.validate()
      if view.isRequest {
        if !view.isMethod("ACK") { sent.append(bytes) }
        if sent.count > 8 { sent.removeFirst() }
      } else if let number = try view.rSeq() {
        rseq = number.number
      }
    } catch {
      // A response copies what the request had, faults and all.
      require(bytes.starts(with: Array("SIP/2.0 ".utf8)), "a request of ours is not valid: \(error)")
    }
  }

  private mutating func note(_ event: UserAgentEvent) {
    switch event {
    case .incoming(let call, let dialog, _, _, _):
      calls.append(call)
      note(dialog)
    case .progress(_, let dialog, _, _): if let dialog { note(dialog) }
    case .answered(let call, let dialog, _, _):
      require(!ended.contains(call), "answered after its end")
      note(dialog)
    case .sessionRequested(_, let request, _, _), .referred(_, let request, _, _), .request(_, let request, _),
      .challenged(let request, _, _, _):
      requests.append(request)
    case .ended(let call, _):
      require(ended.insert(call).inserted, "ended twice")
    case .acknowledged, .provisionalAcknowledged, .requestCancelled, .sessionAccepted, .sessionRefused, .referAnswered,
      .referProgress:
      break
    }
  }

  private mutating func note(_ dialog: DialogHandle) {
    dialogs.append(dialog)
    if let id = agent.dialog(dialog)?.id { known.append(id) }
  }

  private func check() {
    let (calls, dialogs, requests) = (agent.callCount, agent.dialogCount, agent.requestCount)
    require(calls <= Self.limits.maxCalls, "\(calls) calls")
    let most = Self.limits.maxCalls * (Self.limits.maxForks + 1) + Self.transactionLimits.maxClientTransactions
    require(dialogs <= most, "\(dialogs) dialogs")
    // Every request has a transaction or waits in one of the few places of a call.
    require(requests <= 2 * 64 + 64, "\(requests) requests")
  }

  /// Hangs up on everything and lets time run out.
  mutating func finish() {
    for call in calls where !ended.contains(call) { try? agent.hangUp(call, now: now, into: &sink) }
    note()
    var steps = 0
    while let deadline = agent.nextDeadline {
      steps += 1
      require(steps < 20_000, "no end in sight")
      now = max(now, deadline) + .milliseconds(1)
      agent.advance(now: now, into: &sink)
      note()
      // A call whose BYE had to wait for an ACK that does not come ends by itself; no new ones begin.
    }
    let isEmpty = agent.isEmpty
    require(isEmpty, "something is left")
    require(calls.allSatisfy(ended.contains), "a call's end was not told")
  }
}
