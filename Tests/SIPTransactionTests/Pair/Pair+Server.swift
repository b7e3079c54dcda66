import SIPMessage
import SIPTransaction
import Wire

// The user agent server.
extension Pair {
  func receiveRequest(_ bytes: [UInt8]) {
    var index = SIPMessageIndex()
    guard (try? index.index(bytes.span, framing: .datagram)) != nil else {
      problems.append("\(now) ms: unreadable request")
      return
    }
    let view = index.view(of: bytes.span)
    guard let sequence = try? view.cseq().number, sequence >= 1, sequence <= calls.count else {
      problems.append("\(now) ms: request of no call")
      return
    }
    let number = Int(sequence) - 1
    switch serverLayer.receiveRequest(view, hop: hop(to: .client), now: .milliseconds(now), into: &sink) {
    case .new(let id):
      deliver(number, id)
    case .cancel(let id, let invite):
      answerCancel(number, id, invite: invite)
    case .ackAbsorbed(let id):
      if id != calls[number].server { fail(calls[number], "ACK absorbed by another transaction") }
      calls[number].isAcknowledged = true
    case .ackForSuccess:
      // Also the late ACK for a refusal whose transaction is over.
      if calls[number].successResponse != nil { calls[number].hasSuccessAck = true }
    case .retransmission:
      break
    case .overloaded, .malformed:
      fail(calls[number], "request refused")
    }
    perform(.server)
  }

  private func deliver(_ number: Int, _ id: ServerTransactionID) {
    calls[number].deliveries += 1
    calls[number].server = id
    serverLayer.setContext(UInt64(number) + 1, of: id)
    for provisional in calls[number].provisionals {
      agenda.add(.answer(number, status: provisional.status), at: now + provisional.after)
    }
    if let final = calls[number].final { agenda.add(.answer(number, status: final.status), at: now + final.after) }
  }

  func answer(_ number: Int, status: Int) {
    guard let id = calls[number].server, !calls[number].isAnswered else { return }
    let bytes = calls[number].message.response(status).bytes
    let isSent = serverLayer.respond(id, status: status, bytes: bytes, now: .milliseconds(now), into: &sink)
    if calls[number].isInvite, !isSent { fail(calls[number], "\(status) refused") }
    if status >= 200 {
      calls[number].isAnswered = true
      if calls[number].isInvite, status < 300 {
        calls[number].successResponse = bytes
        agenda.add(.repeatSuccess(number, interval: 500), at: now + 500)
      }
    }
    perform(.server)
  }

  /// A 2xx is repeated by the user until its ACK comes, for 64·T1 (§13.3.1.4).
  func repeatSuccess(_ number: Int, interval: Int64) {
    guard let id = calls[number].server, let bytes = calls[number].successResponse, !calls[number].hasSuccessAck else {
      return
    }
    guard serverLayer.respond(id, status: 200, bytes: bytes, now: .milliseconds(now), into: &sink) else { return }
    agenda.add(.repeatSuccess(number, interval: min(2 * interval, 4000)), at: now + min(2 * interval, 4000))
    perform(.server)
  }

  private func answerCancel(_ number: Int, _ id: ServerTransactionID, invite: ServerTransactionID?) {
    let cancel = calls[number].message.with { $0.method = "CANCEL" }
    if let invite, invite != calls[number].server { fail(calls[number], "CANCEL matched another INVITE") }
    let status = invite == nil ? 481 : 200
    _ = serverLayer.respond(
      id, status: status, bytes: cancel.response(status).bytes, now: .milliseconds(now), into: &sink)
    perform(.server)
    if invite != nil, !calls[number].isAnswered { answer(number, status: 487) }
  }
}
