import SIPMessage
import SIPTransaction
import Wire

// The user agent client.
extension Pair {
  func start(_ number: Int) {
    let call = calls[number]
    let branch = Array((call.message.branch ?? "").utf8)
    let method = Array(call.method.utf8)
    // Timer C for all: an INVITE that rang before its stream broke would otherwise wait for ever, as it should.
    calls[number].client = clientLayer.sendRequest(
      method: SIPMethod(parsing: method.span) ?? .invite, branch: branch.span, bytes: call.message.bytes,
      hop: hop(to: .server), context: UInt64(number), timerC: true, now: .milliseconds(now), into: &sink)
    if calls[number].client == nil { fail(call, "not sent") }
    perform(.client)
    if call.isCancelled { agenda.add(.cancel(number), at: now + call.cancelDelay) }
  }

  func cancel(_ number: Int) {
    guard let id = calls[number].client else { return }
    _ = clientLayer.sendCancel(of: id, now: .milliseconds(now), into: &sink)
    perform(.client)
  }

  func receiveResponse(_ bytes: [UInt8]) {
    var index = SIPMessageIndex()
    guard (try? index.index(bytes.span, framing: .datagram)) != nil else {
      problems.append("\(now) ms: unreadable response")
      return
    }
    let view = index.view(of: bytes.span)
    let match = clientLayer.receiveResponse(view, hop: hop(to: .server), now: .milliseconds(now), into: &sink)
    let status = view.statusCode
    switch match {
    case .client(let id):
      guard let context = clientLayer.context(of: id) else {
        problems.append("\(now) ms: response for a transaction without context")
        break
      }
      note(status: status, of: Int(context))
    case .cancelResponse(let id):
      if status < 200 { problems.append("\(now) ms: provisional response to CANCEL passed up") }
      if clientLayer.context(of: id) == nil { problems.append("\(now) ms: response to an unknown CANCEL") }
    case .absorbed, .stray:
      break
    }
    perform(.client)
  }

  private func note(status: Int, of number: Int) {
    let call = calls[number]
    if call.timeouts + call.transportErrors > 0 { fail(call, "\(status) after the end") }
    guard status >= 200 else {
      if !call.finals.isEmpty { fail(call, "\(status) after \(call.finals)") }
      calls[number].hasProvisional = true
      return
    }
    if call.isInvite, 200...299 ~= status {
      // Every 2xx comes up and is acknowledged end to end (§13.2.2.4).
      if call.finals.contains(where: { $0 >= 300 }) { fail(call, "\(status) after a refusal") }
      let ack = call.message.with {
        $0.method = "ACK"
        $0.branch = "z9hG4bKack\(number)"
        $0.toTag = "8321234356"
      }
      transmit(ack.bytes, to: .server)
    } else if !call.finals.isEmpty {
      fail(call, "\(status) after \(call.finals)")
    }
    calls[number].finals.insert(status)
  }

  /// What both layers want done.
  func perform(_ side: Side) {
    let actions = sink.actions
    sink.removeAll()
    for action in actions {
      switch action {
      case .send(let bytes, let hop, let origin):
        let target: Side = side == .client ? .server : .client
        if hop.remote != self.hop(to: target).remote { problems.append("\(now) ms: sent to \(hop.remote)") }
        if side == .server, case .server(let id) = origin { checkSilence(id) }
        transmit(bytes, to: target)
      case .timeout(_, let context):
        calls[Int(context)].timeouts += 1
      case .timerC(let id, let context):
        if !calls[Int(context)].isInvite { fail(calls[Int(context)], "timer C") }
        _ = clientLayer.sendCancel(of: id, now: .milliseconds(now), into: &sink)
      case .clientTransportError(_, let context):
        calls[Int(context)].transportErrors += 1
      case .clientTerminated(_, let context):
        calls[Int(context)].clientEnds += 1
      case .serverTimeout, .serverTransportError:
        break
      case .serverTerminated(_, let context):
        // CANCELs have no context.
        if context > 0 { calls[Int(context) - 1].serverEnds += 1 }
      }
    }
    if !sink.actions.isEmpty { perform(side) }
  }

  /// After the ACK a refusal is never sent again.
  private func checkSilence(_ id: ServerTransactionID) {
    guard let context = serverLayer.context(of: id), context > 0 else { return }
    if calls[Int(context) - 1].isAcknowledged { fail(calls[Int(context) - 1], "response after the ACK") }
  }
}
