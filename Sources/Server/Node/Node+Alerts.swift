import Admin
import Guard
import Logging
import Store
import Wire
import Witness

// Alerts that a monitoring system tells IF.guard (DOMAIN §12): each change is recorded, and one that the configuration
// names raises the posture until it has ended.
extension Node {
  // MARK: API

  /// `POST /v1/guard/alerts`: Alertmanager's webhook. 4xx: it need not come again; 5xx: it does.
  func receiveAlerts(_ body: JSONValue, by identity: AdminAPI.Identity) -> AdminAPI.Answer {
    let notification: AlertNotification
    do {
      notification = try AlertNotification(body)
    } catch {
      return .failure(400, "INVALID_REQUEST", error.description)
    }
    if notification.truncated > 0 {
      logger.warning("a notification does not hold all alerts", metadata: ["missing": "\(notification.truncated)"])
    }
    let outcome: AlertOutcome
    do {
      outcome = try change(by: identity.name) { $0.received(notification, now: SystemClock.monotonic()) }
    } catch {
      logger.error("alerts not taken", metadata: ["problem": "\(error)"])
      return .failure(503, "UNAVAILABLE", "the posture cannot be written down; come again")
    }
    guard outcome.leftOut == 0 else {
      return .failure(
        503, "TOO_MANY_ALERTS",
        "more than \(AlertLimits.maxFiring) alerts fire: \(outcome.leftOut) of these were left out; come again")
    }
    let book = alerts.withLock { $0 }
    var answer = postureJSON(book)
    answer["changed"] = .integer(Int64(outcome.changes.count))
    answer["firing"] = .integer(Int64(book.firing.count))
    return AdminAPI.Answer(200, .object(answer))
  }

  /// `GET /v1/guard/alerts`: those that fire, the oldest first.
  func listAlerts() -> AdminAPI.Answer {
    let book = alerts.withLock { $0 }
    var answer = postureJSON(book)
    answer["alerts"] = .array(
      book.firing.map { known in
        var object = known.alert.json
        object["raises_posture"] = .bool(known.counts)
        return .object(object)
      })
    return AdminAPI.Answer(200, .object(answer))
  }

  // MARK: What drives the book

  /// Lets alerts go of which nobody has spoken for long. Called every second.
  func forgetSilentAlerts() {
    do {
      _ = try change(by: "guard") { $0.passed(to: SystemClock.monotonic()) }
    } catch {
      logger.error("posture not lowered", metadata: ["problem": "\(error)"])
    }
  }

  /// Lets an event change the book, and does what follows from it: files, reactors, records, in one order for all.
  ///
  /// - Throws: when the posture could not be written down. Then nothing has changed.
  private func change(by who: String, _ event: (inout AlertBook) -> AlertOutcome) throws -> AlertOutcome {
    try alerts.withLock { book in
      let before = book.posture
      var changed = book
      let outcome = event(&changed)
      try adopt(changed, in: &book)
      guard !outcome.isNone else { return outcome }
      keepAlerts(book)
      for change in outcome.changes { tell(change, by: who) }
      if let posture = outcome.posture {
        let isRaised = posture.isMoreCareful(than: before)
        let reason = outcome.cause.map { isRaised ? "\($0.name) fires" : "\($0.name) has ended" }
        tell(from: before, to: posture, by: "alert", reason: reason)
      }
      return outcome
    }
  }

  /// Writes the alerts down. Without the file they are told again after a restart, and taken for new: so it is tried, and
  /// work goes on when it cannot be.
  func keepAlerts(_ book: AlertBook) {
    do {
      try GuardMemory(state).keep(book.firing)
    } catch {
      logger.warning("alerts could not be kept", metadata: ["problem": "\(error)"])
    }
  }

  private func tell(_ change: AlertChange, by who: String) {
    let alert = change.alert
    var details = [
      WitnessDetail("alert", .text(alert.name)), WitnessDetail("by", .text(who)),
      WitnessDetail("fingerprint", .text(alert.fingerprint)), WitnessDetail("severity", .text(alert.severity)),
      WitnessDetail("starts_at", .text(alert.startsAt.rfc3339)), WitnessDetail("status", .text(change.status.rawValue)),
    ]
    if let endsAt = change.endsAt { details.append(WitnessDetail("ends_at", .text(endsAt.rfc3339))) }
    if !alert.labels.isEmpty {
      details.append(WitnessDetail("labels", .members(alert.labels.map { WitnessDetail($0.name, .text($0.value)) })))
    }
    if let summary = alert.summary { details.append(WitnessDetail("summary", .text(summary))) }
    record(.guardAlert, component: "guard", details)
    logger.log(
      level: change.status == .firing ? .warning : .notice, "alert",
      metadata: [
        "alert": .string(alert.name), "severity": .string(alert.severity), "status": "\(change.status.rawValue)",
        "by": .string(who),
      ])
  }
}
