import NIOCore
import Reactor
import Synchronization
import WebSocket
import Wire

/// What stands between a TCP stream (or TLS over one) and SIP in WebSocket messages (RFC 7118).
///
///     StreamListener(address:…, transport: .webSocket, number: 3, front: WebSocketFront.listening(configuration))
///     WebSocketFront.listening(configuration, over: tls)          // for wss
package enum WebSocketFront {
  /// How WebSockets are spoken.
  package struct Configuration: Sendable {
    /// What the request for an upgrade must fit. Its limits hold for frames too.
    package var policy = WebSocketHandshake.Policy()
    /// From the stream's beginning to the end of the upgrade.
    package var upgrade = Duration.seconds(10)
    /// Where the ends of upgrades that peers ask for are counted.
    package var counters = WebSocketCounters()

    /// The defaults.
    package init() {}
  }

  /// For streams that peers open.
  ///
  /// - Parameter below: a front under this one, which decrypts; its ``StreamFrontReady`` ends here.
  package static func listening(_ configuration: Configuration, over below: StreamFront? = nil) -> StreamFront {
    front(configuration, .server, over: below)
  }

  /// For streams that we open.
  package static func connecting(_ configuration: Configuration, over below: StreamFront? = nil) -> StreamFront {
    front(configuration, .client, over: below)
  }

  private static func front(
    _ configuration: Configuration, _ role: WebSocketRole, over below: StreamFront?
  ) -> StreamFront {
    let codecs = DeflateCodecs()
    return StreamFront(framing: .wholeMessages) { channel, peer in
      try below?.addHandlers(channel, peer)
      let handler = WebSocketHandler(
        configuration, role: role, isBelowReady: below == nil, codec: codecs.codec(of: channel.eventLoop))
      try channel.pipeline.syncOperations.addHandler(handler)
    }
  }
}

/// How the upgrades that peers have asked for have ended so far.
package final class WebSocketCounters: Sendable {
  /// One end.
  package enum Outcome: Sendable {
    /// Frames follow.
    case accepted
    /// Not in time.
    case timedOut
    /// The peer has gone before it had said enough.
    case gone
    /// Otherwise.
    case refused(WebSocketRefusal)

    /// As metrics know it; the set is finite.
    package var name: String {
      switch self {
      case .accepted: "accepted"
      case .timedOut: "timeout"
      case .gone: "gone"
      case .refused(let refusal): refusal.rawValue
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
    let names = ["accepted", "timeout", "gone"] + WebSocketRefusal.allCases.map(\.rawValue)
    return names.map { ($0, counts[$0] ?? 0) }
  }
}

/// One codec for all connections of an event loop.
private final class DeflateCodecs: Sendable {
  private let codecs = Mutex<[ObjectIdentifier: NIOLoopBound<DeflateCodec>]>([:])

  /// On the loop.
  func codec(of eventLoop: any EventLoop) -> DeflateCodec {
    let bound = codecs.withLock { codecs in
      let key = ObjectIdentifier(eventLoop)
      if let known = codecs[key] { return known }
      let new = NIOLoopBound(DeflateCodec(), eventLoop: eventLoop)
      codecs[key] = new
      return new
    }
    return bound.value
  }
}

/// The user event by which a ``StreamFront`` says that the peer lives, although it has sent no message.
package struct StreamFrontActivity: Sendable {
  /// Makes the event.
  package init() {}
}

/// The user event by which a ``StreamFront`` says that the stream is over: its own last bytes are written, its output is
/// closed, and the stream ends for good when the peer ends it or after a short time.
package struct StreamFrontEnded: Sendable {
  /// Why.
  package var reason: StreamCloseReason

  /// Makes the event.
  package init(_ reason: StreamCloseReason) { self.reason = reason }
}

/// The outbound user event by which a stream says whether it takes messages: a front that has some in hand must hold them.
package struct StreamReading: Sendable {
  /// Whether it does.
  package var isOn: Bool

  /// Makes the event.
  package init(isOn: Bool) { self.isOn = isOn }
}
