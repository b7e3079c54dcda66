public import Wire

/// What TLS has to do with a hop: of messages that came, what the connection's handshake found out; of those that go, whom
/// the far end must prove to be. Never read from a message that it came with.
///
/// An object, so that a hop stays small where there is no TLS.
public final class HopSecurity: Sendable, Hashable {
  /// The host that the far end must prove to be (RFC 5922 §7.2): of the URI or static route that leads there, not the
  /// address that DNS made of it. Nil of messages that came.
  public let peer: String?
  /// What the handshake of the connection found out. Nil of messages that go.
  public let facts: TLSFacts?

  /// Of a message that goes.
  public init(peer: String) {
    self.peer = peer
    facts = nil
  }

  /// Of a message that came.
  public init(facts: TLSFacts) {
    peer = nil
    self.facts = facts
  }

  /// Whether both say the same.
  public static func == (left: HopSecurity, right: HopSecurity) -> Bool {
    left === right || left.peer == right.peer && left.facts == right.facts
  }

  /// Hashes both.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(peer)
    hasher.combine(facts)
  }
}
