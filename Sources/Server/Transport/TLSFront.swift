import NIOCore
import Synchronization
import TLSEngine
import Wire

/// How handshakes have ended so far.
package final class TLSCounters: Sendable {
  /// One end.
  package enum Outcome: Sendable {
    /// With keys of its own.
    case full
    /// By a ticket.
    case resumed
    /// Not in time.
    case timedOut
    /// Otherwise, or the connection later.
    case failed(TLSFailure)

    /// As metrics know it; the set is finite.
    package var name: String {
      switch self {
      case .full: "full"
      case .resumed: "resumed"
      case .timedOut: "timeout"
      case .failed(let failure): failure.className
      }
    }
  }

  private let counts = Mutex<[String: Int]>([:])

  /// Makes counters at zero.
  package init() {}

  func count(_ outcome: Outcome) { counts.withLock { $0[outcome.name, default: 0] += 1 } }

  /// Every outcome there is with its count.
  package var snapshot: [(name: String, count: Int)] {
    let counts = counts.withLock { $0 }
    return (["full", "resumed", "timeout"] + TLSFailure.classNames).map { ($0, counts[$0] ?? 0) }
  }
}

/// What every TLS connection of a node shares.
package struct TLSFrontOptions: Sendable {
  /// From the first byte to the end of the handshake.
  package var handshake = Duration.seconds(10)
  /// Where outcomes are counted.
  package var counters = TLSCounters()
  /// The time by which certificates are judged.
  package var clock: @Sendable () -> UTCTimestamp
  /// Hears of every failure, on event loops.
  package var whenFailed: @Sendable (TLSFailure, Wire.SocketAddress?) -> Void = { _, _ in }

  /// Options with the defaults.
  package init(clock: @escaping @Sendable () -> UTCTimestamp) {
    self.clock = clock
  }
}

/// Why a TLS front could not be put in front of a stream.
package enum TLSFrontError: Error, Sendable {
  /// There is no context now, or nobody said whom to expect.
  case notPossible
}

extension StreamFront {
  /// TLS for streams that are accepted; SIP stands right behind it, or another front that takes its readiness for its own
  /// beginning.
  ///
  /// - Parameter context: asked for at every connection, so that a reload counts from the next one on.
  package static func tls(
    accepting context: @escaping @Sendable () -> TLSContext?, options: TLSFrontOptions
  ) -> StreamFront {
    StreamFront(framing: .contentLength) { channel in
      guard let context = context() else { throw TLSFrontError.notPossible }
      let engine = TLSEngine(accepting: context, now: options.clock())
      try channel.pipeline.syncOperations.addHandler(TLSHandler(engine, options: options))
    }
  }

  /// The same for streams that we open.
  package static func tls(
    connecting context: @escaping @Sendable () -> TLSContext?, options: TLSFrontOptions
  ) -> StreamFront {
    StreamFront(framing: .contentLength) { channel, peer in
      guard let context = context(), let peer else { throw TLSFrontError.notPossible }
      let engine = TLSEngine(connecting: context, to: TLSPeerName(host: peer), now: options.clock())
      try channel.pipeline.syncOperations.addHandler(TLSHandler(engine, options: options))
    }
  }
}
