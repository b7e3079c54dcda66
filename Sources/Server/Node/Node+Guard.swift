import Admin
public import Guard
import Store
public import Wire
import Witness

// The posture of IF.guard: how careful it is now (DOMAIN §8; `GuardPolicy`). The operator sets it, and alerts may raise it
// (Node+Alerts.swift).
extension Node {
  /// The posture of now.
  public var posture: Posture { alerts.withLock { $0.posture } }

  /// Changes the posture in the operator's name, for every call from now on; kept across a restart, and recorded. Alerts
  /// that fire no longer hold it up.
  ///
  /// - Parameters:
  ///   - by: who; stands in the record.
  ///   - reason: why, in words; at most ``maxReasonBytes``, without control characters.
  ///   - trace: the trace in which somebody asked for it by HTTP.
  /// - Throws: when it could not be written down. Then nothing has changed.
  public func setPosture(
    _ posture: Posture, by who: String, reason: String? = nil, trace: TraceParent? = nil
  ) throws {
    // All of it under the lock, so that two changes reach files, reactors and records in one order.
    try alerts.withLock { book in
      let before = book.posture
      var changed = book
      changed.operatorSet(posture)
      try adopt(changed, in: &book)
      keepAlerts(book)
      tell(from: before, to: posture, by: who, reason: reason, trace: trace)
    }
  }

  /// Makes a changed book the one that holds: its posture is written down, and told to all reactors. Called under the lock.
  ///
  /// - Throws: when it could not be written down. Then nothing has changed.
  func adopt(_ changed: AlertBook, in book: inout AlertBook) throws {
    if changed.posture != book.posture || changed.raise != book.raise {
      try GuardMemory(state).keep(changed.posture, raisedFrom: changed.raise?.from)
      let posture = changed.posture
      for mailbox in reactors.mailboxes {
        _ = mailbox.post(.call { ($0 as? NodeDriver)?.change { $0.policy.guardPolicy.posture = posture } })
      }
    }
    book = changed
  }

  /// Records a change of the posture.
  func tell(
    from before: Posture, to after: Posture, by who: String, reason: String?, trace: TraceParent? = nil
  ) {
    var details = [
      WitnessDetail("from", .text(before.rawValue)), WitnessDetail("to", .text(after.rawValue)),
      WitnessDetail("by", .text(who)),
    ]
    if let reason { details.append(WitnessDetail("reason", .text(reason))) }
    record(.guardPosture, component: "guard", details, trace: trace)
    logger.notice(
      "posture changed",
      metadata: Self.metadata(
        ["from": "\(before.rawValue)", "to": "\(after.rawValue)", "by": .string(who)], trace))
  }

  /// Bytes of a reason.
  public static var maxReasonBytes: Int { 256 }

  // MARK: API

  func showPosture() -> AdminAPI.Answer { AdminAPI.Answer(200, .object(postureJSON(alerts.withLock { $0 }))) }

  /// `{posture}`, and `raised_from` while an alert has raised it.
  func postureJSON(_ book: AlertBook) -> JSONObject {
    var object: JSONObject = ["posture": .string(book.posture.rawValue)]
    if let raise = book.raise { object["raised_from"] = .string(raise.from.rawValue) }
    return object
  }

  func setPosture(_ body: JSONValue, by identity: AdminAPI.Identity) -> AdminAPI.Answer {
    let names = Posture.allCases.map(\.rawValue).joined(separator: ", ")
    guard let word = body["posture"]?.string, let posture = Posture(rawValue: word) else {
      return .failure(400, "INVALID_REQUEST", "the body must be {\"posture\": …}, one of \(names)")
    }
    var reason: String?
    if let value = body["reason"] {
      guard let text = value.string, text.utf8.count <= Self.maxReasonBytes,
        !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
      else {
        return .failure(
          400, "INVALID_REQUEST", "reason must be text of at most \(Self.maxReasonBytes) bytes on one line")
      }
      reason = text
    }
    do {
      try setPosture(posture, by: identity.name, reason: reason, trace: identity.trace)
      return showPosture()
    } catch {
      logger.error("posture not changed", metadata: ["problem": "\(error)"])
      return .failure(503, "UNAVAILABLE", "the posture cannot be written down, so it stays \(self.posture.rawValue)")
    }
  }
}
