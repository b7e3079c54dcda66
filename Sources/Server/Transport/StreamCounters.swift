import Synchronization

/// What streams have come to, as metrics want it.
package struct StreamStatistics: Sendable, Equatable {
  /// Streams at this moment.
  package var open = 0
  /// Streams that peers opened.
  package var accepted = 0
  /// Streams that peers tried to open when there were too many altogether.
  package var refused = 0
  /// Streams that peers tried to open when there were too many of their address.
  package var refusedPerAddress = 0
  /// Streams to a listener behind a balancer that did not come from one; of H.323, to where another host was waited for.
  package var strangers = 0
  /// Streams of a balancer that did not begin with a PROXY header.
  package var badProxyHeaders = 0
  /// Streams that we opened.
  package var opened = 0
  /// Streams that we tried to open in vain.
  package var failed = 0
  /// Messages received.
  package var messages = 0
  /// Keep-alives answered.
  package var keepAlives = 0
  /// Streams ended because their bytes made no messages; of H.323, also because the first one began no call.
  package var badFraming = 0
  /// Streams ended because nothing came any more.
  package var idle = 0
  /// Streams ended because no first message came.
  package var mute = 0
  /// Streams ended because a message that had begun did not end.
  package var stuck = 0
  /// Streams ended because the peer did not read.
  package var outboundFull = 0
  /// Times a full mailbox stopped us from reading.
  package var paused = 0
}

/// The same, counted by every event loop.
final class StreamCounters: Sendable {
  let accepted = Atomic<Int>(0)
  let refused = Atomic<Int>(0)
  let refusedPerAddress = Atomic<Int>(0)
  let strangers = Atomic<Int>(0)
  let badProxyHeaders = Atomic<Int>(0)
  let opened = Atomic<Int>(0)
  let failed = Atomic<Int>(0)
  let messages = Atomic<Int>(0)
  let keepAlives = Atomic<Int>(0)
  let badFraming = Atomic<Int>(0)
  let idle = Atomic<Int>(0)
  let mute = Atomic<Int>(0)
  let stuck = Atomic<Int>(0)
  let outboundFull = Atomic<Int>(0)
  let paused = Atomic<Int>(0)

  func snapshot(open: Int) -> StreamStatistics {
    StreamStatistics(
      open: open, accepted: accepted.load(ordering: .relaxed), refused: refused.load(ordering: .relaxed),
      refusedPerAddress: refusedPerAddress.load(ordering: .relaxed),
      strangers: strangers.load(ordering: .relaxed), badProxyHeaders: badProxyHeaders.load(ordering: .relaxed),
      opened: opened.load(ordering: .relaxed), failed: failed.load(ordering: .relaxed),
      messages: messages.load(ordering: .relaxed), keepAlives: keepAlives.load(ordering: .relaxed),
      badFraming: badFraming.load(ordering: .relaxed), idle: idle.load(ordering: .relaxed),
      mute: mute.load(ordering: .relaxed), stuck: stuck.load(ordering: .relaxed),
      outboundFull: outboundFull.load(ordering: .relaxed), paused: paused.load(ordering: .relaxed))
  }
}

extension Atomic<Int> {
  /// One more.
  func count() { wrappingAdd(1, ordering: .relaxed) }
}
