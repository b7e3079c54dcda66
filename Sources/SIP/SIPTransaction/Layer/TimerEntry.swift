import Wire

/// A transaction's single entry in the layer's timer wheel.
///
/// Moved only when the transaction's deadline comes nearer. When it moves away, as it does with nearly every message,
/// the entry stays, fires too early and is set again then: one move in place of many.
struct TimerEntry: Sendable {
  /// When the entry fires; `.distantFuture` when there is none.
  var deadline: Instant
  var token: TimerWheel<UInt32>.Token?

  static let none = TimerEntry(deadline: .distantFuture, token: nil)
}

extension TimerWheel<UInt32> {
  /// Sees to it that the entry fires no later than at `deadline`.
  mutating func arm(_ entry: inout TimerEntry, key: UInt32, at deadline: Instant?) {
    guard let deadline, deadline < entry.deadline else { return }
    entry.deadline = deadline
    if let token = entry.token, reschedule(token, at: deadline) { return }
    entry.token = schedule(key, at: deadline)
  }

  /// Takes the entry out.
  mutating func disarm(_ entry: inout TimerEntry) {
    if let token = entry.token { cancel(token) }
    entry = .none
  }
}
