import Synchronization

/// How much may wait in a ``Mailbox``.
package struct MailboxLimits: Sendable {
  /// Messages.
  package var messages: Int
  /// Bytes of their payloads together.
  package var bytes: Int

  /// Makes limits; the defaults hold about 40 ms of the busiest traffic a core can take.
  package init(messages: Int = 4096, bytes: Int = 16 << 20) {
    self.messages = messages
    self.bytes = bytes
  }
}

/// The one way into a reactor from another thread: bounded, and drained whole by swapping.
///
/// The reactor is woken only when the mailbox was empty, so a burst of messages costs one system call.
package final class Mailbox: Sendable {
  /// What became of a message.
  package enum Delivery: Sendable, Equatable {
    /// The reactor will see it.
    case accepted
    /// The mailbox is full; the closure given will be called once there is room again.
    case full
    /// The reactor has stopped.
    case closed
  }

  private struct State {
    var messages: [ReactorMessage] = []
    var bytes = 0
    var waiting: [@Sendable () -> Void] = []
    var isClosed = false
  }

  private let limits: MailboxLimits
  private let state: Mutex<State>
  private let signal: EventSignal

  init(limits: MailboxLimits) throws(ReactorError) {
    self.limits = limits
    self.state = Mutex(State())
    self.signal = try EventSignal()
  }

  /// What a poller watches, edge-triggered: it is never read.
  var descriptor: Int32 { signal.descriptor }

  /// Hands a message to the reactor; `false` when the mailbox is full or the reactor has stopped.
  @discardableResult
  package func post(_ message: ReactorMessage) -> Bool {
    deliver(message, whenRoom: nil) == .accepted
  }

  /// Hands a message to the reactor, or remembers whom to call when there is room to try again.
  ///
  /// - Parameter whenRoom: called once, on the reactor's thread, so it must only pass the news on.
  package func post(_ message: ReactorMessage, whenRoom: @escaping @Sendable () -> Void) -> Delivery {
    deliver(message, whenRoom: whenRoom)
  }

  private func deliver(_ message: ReactorMessage, whenRoom: (@Sendable () -> Void)?) -> Delivery {
    let bytes = message.payloadBytes
    let mustArrive = message.mustArrive
    var wake = false
    let delivery = state.withLock { state -> Delivery in
      if state.isClosed { return .closed }
      // An empty mailbox takes any one message, or one longer than the limit could never pass.
      let hasRoom =
        state.messages.count < limits.messages && (state.bytes + bytes <= limits.bytes || state.messages.isEmpty)
      guard hasRoom || mustArrive else {
        if let whenRoom { state.waiting.append(whenRoom) }
        return .full
      }
      wake = state.messages.isEmpty
      state.messages.append(message)
      state.bytes += bytes
      return .accepted
    }
    if wake { signal.raise() }
    return delivery
  }

  /// Gives the reactor everything that has arrived. `drained` must be empty; its storage becomes the mailbox's.
  ///
  /// Those who wait for room are called, the longest waiting first, but not all at once: a reactor under load has no
  /// time to wake thousands, and most of them would find the mailbox full again.
  ///
  /// - Returns: whether some still wait; then this must be called again soon, even if nothing arrives.
  func drain(into drained: inout [ReactorMessage]) -> Bool {
    let (waiting, more) = state.withLock { state -> ([@Sendable () -> Void], Bool) in
      swap(&state.messages, &drained)
      state.bytes = 0
      if state.waiting.isEmpty { return ([], false) }
      let first = Array(state.waiting.prefix(Mailbox.wokenAtOnce))
      state.waiting.removeFirst(first.count)
      return (first, !state.waiting.isEmpty)
    }
    for wake in waiting { wake() }
    return more
  }

  /// Of those who wait for room.
  static let wokenAtOnce = 256

  /// The reactor is gone: refuses everything from now on and lets go of what waits.
  func close() {
    let waiting = state.withLock { state -> [@Sendable () -> Void] in
      state.isClosed = true
      state.messages = []
      state.bytes = 0
      let waiting = state.waiting
      state.waiting = []
      return waiting
    }
    for wake in waiting { wake() }
  }
}
