import RTP
import SRTP
import Wire

// Signatures first; the machine follows.

/// One relayed stream (one m-line) with two sides.
public struct RelayStream: ~Copyable {
  /// A stream of which nothing is known yet: everything is dropped.
  public init(_ settings: RelaySettings = RelaySettings(), now: Instant) {}

  /// A side's description has come, the first or another one.
  public mutating func set(_ peer: RelayPeer, of side: RelaySide, now: Instant) {}

  /// A datagram has come to one of the sockets that face `side`: the first `count` bytes of the buffer, which has
  /// ``RelayLimits/maxTrailerBytes`` to spare behind them. It is changed in place.
  public mutating func receive(
    _ packet: inout MutableSpan<UInt8>, count: Int, component: RelayComponent, from source: SocketAddress,
    on side: RelaySide, now: Instant
  ) -> RelayVerdict { .drop(.notNegotiated) }

  /// When ``advance(now:)`` has something to say at the earliest; nil for never.
  public var nextDeadline: Instant? { nil }

  /// What has come about by now.
  public mutating func advance(now: Instant) -> RelayEvent { .none }

  /// What has been counted on one side.
  public func statistics(of side: RelaySide) -> RelayStatistics { RelayStatistics() }
}
