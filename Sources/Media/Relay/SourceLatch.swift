import RTP
import Wire

/// Where one flow of a peer comes from, and who else may be believed to be the peer.
///
/// ```
///             a packet of the address that was told,
///   +------+  or, inside the window, a genuine one of       +--------+
///   | Open | ---------------------------------------------> | Learnt |  everybody else is a stranger
///   +------+  an address that may be learnt                 +--------+
///      ^                                                         |
///      +------------------------- negotiated --------------------+  what was learnt is believed as if it were told,
///                                                                   unless the peer says that it has moved
/// ```
package struct SourceLatch: Sendable {
  /// What is to be thought of a source.
  package enum Verdict: Sendable, Hashable {
    /// It is the peer's.
    case known
    /// Signalling has named it: the first valid packet is enough.
    case told
    /// It may be the peer's, if it is somewhere where the peer can be and the packet proves to be genuine.
    case learnable
    case stranger
  }

  /// The peer's source, once a packet has come from it.
  package private(set) var source: SocketAddress?
  /// What it was before the newest negotiation, when that changed nothing about it.
  package private(set) var previous: SocketAddress?
  package private(set) var windowEnd: Instant

  package init(windowEnd: Instant) { self.windowEnd = windowEnd }

  /// The peer has been described again.
  package mutating func negotiate(hasMoved: Bool, windowEnd: Instant) {
    previous = hasMoved ? nil : source ?? previous
    source = nil
    self.windowEnd = windowEnd
  }

  /// The other side has been described, and this one may begin to speak only now.
  package mutating func extend(to end: Instant) {
    if source == nil { windowEnd = max(windowEnd, end) }
  }

  @inline(__always)
  package func judge(_ sender: SocketAddress, told: SocketAddress?, now: Instant) -> Verdict {
    if let source { return source == sender ? .known : .stranger }
    // Nobody can be answered at port 0.
    guard sender.port != 0 else { return .stranger }
    if sender == told || sender == previous { return .told }
    return now <= windowEnd ? .learnable : .stranger
  }

  package mutating func learn(_ sender: SocketAddress) {
    source = sender
    previous = nil
  }

  /// Where what is for the peer goes, as far as packets have told.
  package var destination: SocketAddress? { source ?? previous }
}

/// A source of which one packet has come, and that will be believed when the next one follows it (RFC 3550 appendix A.1).
package struct RelayCandidate: Sendable {
  var source: SocketAddress
  var ssrc: UInt32
  var next: UInt16

  package init(_ header: RTPHeader, _ source: SocketAddress) {
    self.source = source
    ssrc = header.ssrc
    next = header.sequenceNumber &+ 1
  }

  package func isFollowed(by header: RTPHeader, _ source: SocketAddress) -> Bool {
    header.ssrc == ssrc && header.sequenceNumber == next && source == self.source
  }
}
