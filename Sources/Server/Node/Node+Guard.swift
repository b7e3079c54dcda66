import Admin
public import Guard
import Store
import Wire
import Witness

// The posture of IF.guard: how careful it is now (DOMAIN §8; `GuardPolicy`).
extension Node {
  /// The posture of now.
  public var posture: Posture { postures.withLock { $0 } }

  /// Changes the posture, for every call from now on; kept across a restart, and recorded. Whoever has a reason to be
  /// careful calls this: the operator through the API, an alert.
  ///
  /// - Parameters:
  ///   - by: who; stands in the record.
  ///   - reason: why, in words; at most ``maxReasonBytes``, without control characters.
  /// - Throws: when it could not be written down. Then nothing has changed.
  public func setPosture(_ posture: Posture, by who: String, reason: String? = nil) throws {
    let before = try postures.withLock { current in
      let before = current
      try GuardMemory(state).keep(posture)
      current = posture
      // Under the lock, so that two changes reach all reactors in one order.
      for mailbox in reactors.mailboxes {
        _ = mailbox.post(.call { ($0 as? NodeDriver)?.change { $0.policy.guardPolicy.posture = posture } })
      }
      return before
    }
    var details = [
      WitnessDetail("from", .text(before.rawValue)), WitnessDetail("to", .text(posture.rawValue)),
      WitnessDetail("by", .text(who)),
    ]
    if let reason { details.append(WitnessDetail("reason", .text(reason))) }
    record(.guardPosture, component: "guard", details)
    logger.notice(
      "posture changed",
      metadata: ["from": "\(before.rawValue)", "to": "\(posture.rawValue)", "by": .string(who)])
  }

  /// Bytes of a reason.
  public static var maxReasonBytes: Int { 256 }

  // MARK: API

  func showPosture() -> AdminAPI.Answer { AdminAPI.Answer(200, ["posture": .string(posture.rawValue)]) }

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
      try setPosture(posture, by: identity.name, reason: reason)
      return showPosture()
    } catch {
      logger.error("posture not changed", metadata: ["problem": "\(error)"])
      return .failure(503, "UNAVAILABLE", "the posture cannot be written down, so it stays \(self.posture.rawValue)")
    }
  }
}
