import H245
import Wire

/// How H.245 messages get to the peer of a call (H.323 §8.2).
///
/// ```
///                 a tunnelled message, or both can tunnel   +--------+
///   +-----------+ ----------------------------------------> | Tunnel |
///   | Undecided |                                           +--------+
///   +-----------+  the peer's h245Address  +------------+  opened
///     |     |  +-------------------------> | Connecting | -----------+
///     |     |                              +------------+            v
///     |     |  none   +---------+  there   +-----------+ accepted +-----------+
///     |     +-------> | Waiting | -------> | Listening | -------> | Connected |
///     |               +---------+          +-----------+          +-----------+
///     |               both have asked the other |  ^ not opened        ^
///     |                                         v  |                   | whichever comes about first
///     |                                     +------------+ ------------+
///     |                                     | Contending |
///     |                                     +------------+
///     +--> Failed, and so from everywhere: no listener, a connection that is lost, the end of the call
/// ```
///
/// Once H.245 has a connection of its own it does not go back into the tunnel, nor the other way round.
package enum ControlRoute: Sendable, Hashable {
  /// To all others.
  case undecided
  /// To `failed`.
  case tunnel
  /// To `connected`, `failed`.
  case connecting(H323Link)
  /// A listener was asked for. To `listening`, `failed`.
  case waiting(H323Link)
  /// To `contending` (both sides have asked the other to connect, and it is for us to do it), `connected`, `failed`.
  case listening(H323Link, SocketAddress)
  /// It is for us to connect, but there are peers that connect to us all the same and are no longer there for us: the
  /// listener stays. To `connected`, `connecting` (the listener is gone), `listening` (the connection is not to be had).
  case contending(H323Link, listener: H323Link, SocketAddress)
  /// To `failed`.
  case connected(H323Link)
  /// To nowhere.
  case failed

  /// Whether messages can be sent.
  package var isOpen: Bool {
    switch self {
    case .tunnel, .connected: true
    case .undecided, .connecting, .waiting, .listening, .contending, .failed: false
    }
  }

  /// The connection, the listener, or both.
  package var links: [H323Link] {
    switch self {
    case .connecting(let link), .waiting(let link), .listening(let link, _), .connected(let link): [link]
    case .contending(let link, let listener, _): [link, listener]
    case .undecided, .tunnel, .failed: []
    }
  }

  /// Where the peer can connect to.
  package var address: SocketAddress? {
    if case .listening(_, let address) = self { address } else { nil }
  }
}

/// Whether H.245 goes inside call signalling (h245Tunnelling, H.323 §8.2.1).
///
/// ```
///   +---------+  TRUE   +--------+
///   | Offered | ------> | Agreed |
///   +---------+         +--------+
///        |   FALSE, or nothing until Connect   +---------+
///        +-----------------------------------> | Refused |
///                                              +---------+
/// ```
package enum Tunnelling: Sendable, Hashable, CaseIterable {
  /// To `agreed`, `refused`.
  case offered
  case agreed
  case refused

  /// What a message of the peer's says; nil for one that does not, or that is not the called endpoint's own word.
  package mutating func received(_ h245Tunnelling: Bool?, isConnect: Bool) {
    guard self == .offered else { return }
    switch h245Tunnelling {
    case true?: self = .agreed
    case false?: self = .refused
    case nil: if isConnect { self = .refused }
    }
  }
}

/// What has become of a fastStart (H.323 §8.1.7).
///
/// ```
///              Setup with fastStart
///   caller:    Offered  --> Open: an answer that opens something; Refused: fastConnectRefused, or Connect without one
///   called:    Proposed --> Open: alert or answer takes something of it; Refused: it takes nothing
/// ```
enum FastConnect: Sendable, Hashable {
  /// There was none.
  case none
  /// Ours, unanswered. To `open`, `refused`.
  case offered(FastStartOffer)
  /// The peer's, unanswered. To `open`, `refused`.
  case proposed([[UInt8]])
  case open
  case refused

  /// Whether channels may be opened by H.245.
  var isSettled: Bool {
    switch self {
    case .none, .open, .refused: true
    case .offered, .proposed: false
    }
  }
}
