import FuzzSupport
import Guard
import Wire

/// Bodies of Alertmanager's webhook, one after the other, each behind a byte that says what happens before it. Whatever
/// they hold: what is kept is bounded and harmless, an alert begins and ends in turn, and the posture is never less careful
/// than what the operator set last.
private func check(_ bytes: Span<UInt8>) {
  var book = AlertBook(
    policy: AlertPolicy(raisesTo: .elevated, severities: ["critical", ""], forgetAfter: .seconds(60)))
  var operators = book.posture
  var known: Set<String> = []
  var now = Instant.zero
  for part in parts(bytes) {
    let choice = part.first ?? 0
    switch choice % 8 {
    case 1...3:
      operators = Posture.allCases[Int(choice % 8) - 1]
      book.operatorSet(operators)
    case 4: book.policy.raisesTo = choice < 0x80 ? .closed : nil
    case 5:
      now += .seconds(40)
      follow(book.passed(to: now), &known)
    case 6: book = restarted(book, now: now)
    default: break
    }
    if let body = try? JSONValue(parsing: Array(part.dropFirst())), let notification = try? AlertNotification(body) {
      require(notification.entries.count <= AlertLimits.maxAlerts, "more alerts than the limit")
      for entry in notification.entries { check(entry.alert) }
      let outcome = book.received(notification, now: now)
      require(outcome.leftOut == 0 || book.firing.count == AlertLimits.maxFiring, "left out though there is room")
      follow(outcome, &known)
      // Told once more, nothing begins.
      var again = book
      let beginnings = again.received(notification, now: now).changes.filter { $0.status == .firing }
      let ended = Set(notification.entries.filter(\.isResolved).map(\.alert.fingerprint))
      require(beginnings.allSatisfy { ended.contains($0.alert.fingerprint) }, "the same began twice")
    }
    require(Set(book.firing.map(\.alert.fingerprint)) == known, "what fires is not what was told")
    require(book.firing.count <= AlertLimits.maxFiring, "too many fire")
    require(!operators.isMoreCareful(than: book.posture), "below what the operator set")
    require((book.raise != nil) == (book.posture != operators), "raised by nobody")
    require(book.raise.map { $0.from == operators && $0.to == book.posture } ?? true, "raised from somewhere else")
    require(book.raise == nil || book.firing.contains(where: \.counts), "nobody holds it up")
  }
}

/// The input, cut at zero bytes, which no JSON text holds.
private func parts(_ bytes: Span<UInt8>) -> [[UInt8]] {
  var parts: [[UInt8]] = [[]]
  for place in bytes.indices {
    if bytes[place] == 0 { parts.append([]) } else { parts[parts.count - 1].append(bytes[place]) }
  }
  return parts
}

private func check(_ alert: Alert) {
  let texts = [alert.fingerprint, alert.name, alert.severity] + alert.labels.flatMap { [$0.name, $0.value] }
  for text in texts { require(text.utf8.count <= AlertLimits.maxTextBytes, "a text that is too long") }
  let summary = alert.summary ?? ""
  require(summary.utf8.count <= AlertLimits.maxSummaryBytes, "a summary that is too long")
  for text in texts + [summary] {
    require(
      text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{7F}" && $0 != "\u{202E}" }, "a text that harms")
  }
  require(alert.labels.count <= AlertLimits.maxLabels, "too many labels")
  require(zip(alert.labels, alert.labels.dropFirst()).allSatisfy { $0.name < $1.name }, "labels without order")
}

private func follow(_ outcome: AlertOutcome, _ known: inout Set<String>) {
  for change in outcome.changes {
    switch change.status {
    case .firing: require(known.insert(change.alert.fingerprint).inserted, "it fired already")
    case .resolved, .forgotten: require(known.remove(change.alert.fingerprint) != nil, "it did not fire")
    }
  }
}

/// What a restart makes of a book.
private func restarted(_ book: AlertBook, now: Instant) -> AlertBook {
  var new = AlertBook(policy: book.policy, posture: book.posture)
  if let raise = book.raise { new.restoreRaise(from: raise.from) }
  for firing in book.firing {
    let isRestored = new.restore(firing.alert, counts: firing.counts, now: now)
    require(isRestored, "an alert is lost")
  }
  require(new.raise == book.raise && new.firing.map(\.alert) == book.firing.map(\.alert), "a restart changes it")
  return new
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
