import SIPMessage
import SIPTransaction
import Telemetry
import Wire

// What is refused while the node is behind (RFC 3261 §21.5.4; RFC 6357 says why it must cost little).
//
// A call that is refused late has cost as much as one that is carried, and those who wait for its answer send again. So
// while the driver says that we are behind, whatever would begin something new is answered 503 as soon as its headers
// are known: no transaction, no digest, no look-up. What belongs to something that runs goes on as ever: responses, ACK,
// CANCEL, BYE, everything with a To tag, and registrations, without which nobody could be called later.
//
// A request that waited in the socket may have been sent twice by then. Its second copy must meet the same answer when we
// have caught up meanwhile, or we would carry a call that its caller has given up: what was refused is remembered for as
// long as copies can come.
extension ProxyCore {
  /// Refuses a request that begins something, if we are behind or have refused a copy of it; false when it is to be
  /// worked on.
  mutating func shed(
    _ view: SIPMessageView, from hop: Hop, at moment: Moment, into sink: inout ProxySink
  ) -> Bool {
    if isShedding, view.method == .ack, !view.contains(.route) {
      // Of a refusal, most likely: without our Route it leads nowhere, and without a transaction it ends none.
      guard let via = try? view.topmostVia() else { return true }
      return !layer.hasServer(of: view, via: via, hop: hop)
    }
    guard isShedding || refused.count > 0, Self.beginsSomething(view.method), let to = try? view.to(), to.tag == nil,
      let via = try? view.topmostVia()
    else { return false }
    var hash = SipHash(key: hashKey)
    hash.combine(view.slice(via.value))
    let copy = hash.finalize()
    if isShedding {
      guard !layer.hasServer(of: view, via: via, hop: hop) else { return false }
    } else {
      refused.turn(now: moment.now)
      guard refused.value(for: copy) != nil else { return false }
    }
    _ = refused.update(copy, now: moment.now) { $0 = true }
    counts.response(503)
    counts.limitReached(NodeLimit.overload.rawValue)
    if view.method == .invite { counts.call(.through, .rejected) }
    securityRecord(rule: Self.overload, text: "this node is behind", source: hop, at: moment, into: &sink)
    let bytes = response(
      to: view, from: hop, status: 503, phrase: "Service Unavailable", headers: [("Retry-After", Self.retryAfter)])
    if let reply = replyHop(view, hop) { sink.actions.append(.send(bytes, reply, nil)) }
    return true
  }

  /// How many refused requests are remembered, and for how long: 64·T1 (§17.1.1.2).
  static let refusedCapacity = 65_536
  static let refusedPeriod = Duration.seconds(32)
  private static let overload = "overload"
  /// Seconds; long enough for a burst to pass.
  private static let retryAfter = "3"

  private static func beginsSomething(_ method: SIPMethod) -> Bool {
    switch method {
    case .invite, .subscribe, .message, .options, .publish, .refer, .info, .other: true
    case .register, .ack, .cancel, .bye, .prack, .update, .notify: false
    }
  }
}
