import Synchronization

/// What one reactor counts; plain values on its own thread.
package struct ReactorCounters: Sendable, Equatable {
  /// Times the reactor woke up.
  package var wakeUps = 0
  /// Datagrams received.
  package var received = 0
  /// Of those, longer than a slot.
  package var truncated = 0
  /// Datagrams the system took.
  package var sent = 0
  /// Datagrams the system or a host on the way refused.
  package var failed = 0
  /// Datagrams dropped because the send queue was full, or because no socket could carry them.
  package var dropped = 0
  /// Messages from the mailbox.
  package var messages = 0
  /// Datagrams received on media sockets.
  package var mediaReceived = 0
  /// Of those, sent on.
  package var mediaSent = 0
  /// Of those to be sent on, ones that the system did not take.
  package var mediaDropped = 0
}

/// The counters of one reactor as other threads may read them: published once per wake-up.
package final class ReactorStatistics: Sendable {
  private let wakeUps = Atomic<Int>(0)
  private let received = Atomic<Int>(0)
  private let truncated = Atomic<Int>(0)
  private let sent = Atomic<Int>(0)
  private let failed = Atomic<Int>(0)
  private let dropped = Atomic<Int>(0)
  private let messages = Atomic<Int>(0)
  private let mediaReceived = Atomic<Int>(0)
  private let mediaSent = Atomic<Int>(0)
  private let mediaDropped = Atomic<Int>(0)

  init() {}

  /// One thread writes, so plain stores do; they cost what a local variable costs.
  func publish(_ counters: ReactorCounters) {
    wakeUps.store(counters.wakeUps, ordering: .relaxed)
    received.store(counters.received, ordering: .relaxed)
    truncated.store(counters.truncated, ordering: .relaxed)
    sent.store(counters.sent, ordering: .relaxed)
    failed.store(counters.failed, ordering: .relaxed)
    dropped.store(counters.dropped, ordering: .relaxed)
    messages.store(counters.messages, ordering: .relaxed)
    mediaReceived.store(counters.mediaReceived, ordering: .relaxed)
    mediaSent.store(counters.mediaSent, ordering: .relaxed)
    mediaDropped.store(counters.mediaDropped, ordering: .relaxed)
  }

  /// The newest published values; each is right, though they may be from neighbouring wake-ups.
  package var counters: ReactorCounters {
    var counters = ReactorCounters()
    counters.wakeUps = wakeUps.load(ordering: .relaxed)
    counters.received = received.load(ordering: .relaxed)
    counters.truncated = truncated.load(ordering: .relaxed)
    counters.sent = sent.load(ordering: .relaxed)
    counters.failed = failed.load(ordering: .relaxed)
    counters.dropped = dropped.load(ordering: .relaxed)
    counters.messages = messages.load(ordering: .relaxed)
    counters.mediaReceived = mediaReceived.load(ordering: .relaxed)
    counters.mediaSent = mediaSent.load(ordering: .relaxed)
    counters.mediaDropped = mediaDropped.load(ordering: .relaxed)
    return counters
  }
}
