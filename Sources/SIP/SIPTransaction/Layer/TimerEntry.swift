import Wire

/// A transaction's single entry in the layer's timer wheel.
///
/// It moves at once when the deadline comes nearer, and when the final response has put it off for long. When anything
/// else puts it off, as a provisional response does, it stays, fires too early and is set again then: one move in place
/// of many.
struct TimerEntry: Sendable {
  /// When the entry fires; `.distantFuture` when there is none.
  private var deadline: Instant
  private var token: TimerWheel<UInt32>.Token?

  static let none = TimerEntry(deadline: .distantFuture, token: nil)

  /// Sees to it that the entry fires no later than at `deadline`, and if `exactly`, no earlier either.
  mutating func arm(_ wheel: inout TimerWheel<UInt32>, key: UInt32, at deadline: Instant?, exactly: Bool) {
    guard let deadline, deadline < self.deadline || exactly && deadline != self.deadline else { return }
    self.deadline = deadline
    if let token, wheel.reschedule(token, at: deadline) { return }
    token = wheel.schedule(key, at: deadline)
  }

  /// Takes the entry out.
  mutating func disarm(_ wheel: inout TimerWheel<UInt32>) {
    if let token { wheel.cancel(token) }
    self = .none
  }
}
