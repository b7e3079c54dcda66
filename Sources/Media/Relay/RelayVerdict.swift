import RTP
import SRTP
import Wire

/// What becomes of a datagram.
public enum RelayVerdict: Sendable, Hashable {
  /// Its first `count` bytes go to this address from the other side's socket for this component.
  case forward(to: SocketAddress, component: RelayComponent, count: Int)
  /// It goes nowhere.
  case drop(RelayDrop)
}

/// Why a datagram was not relayed.
public enum RelayDrop: UInt8, Sendable, Hashable, CaseIterable {
  /// This side has not been described yet.
  case notNegotiated
  /// It does not come from the peer's source.
  case stranger
  /// It is no RTP or RTCP, or not well-formed.
  case malformed
  /// SRTP that does not authenticate, or under another key.
  case notAuthentic
  /// SRTP that was there before or is too old.
  case replayed
  /// This side does not send, or the other does not receive.
  case direction
  /// The other side has not said that it takes this payload type.
  case payloadType
  /// The first packets of a source that is not believed yet (RFC 3550 appendix A.1).
  case probation
  /// Another SSRC, after too many changes.
  case sourceFlood
  /// It is not known where the other side is.
  case noDestination
  /// The other side's SRTP context cannot protect it.
  case notProtected
  /// Nothing of it is for the other side: an RTCP BYE.
  case nothingToSay
  /// A key that goes on by way of signalling: see ``RelayStream/nextKey()``.
  case key
}

/// What happened to a stream in the course of time.
public enum RelayEvent: Sendable, Hashable {
  case none
  /// Nothing valid has come from either side for as long as that is allowed. Said once.
  case mediaTimeout
}

/// What was counted on one side of a stream since it began.
public struct RelayStatistics: Sendable, Hashable {
  /// RTP packets of this side that were relayed to the other.
  public var packetsReceived: UInt64 = 0
  /// Their bytes as they came, without UDP and IP headers.
  public var bytesReceived: UInt64 = 0
  /// RTP packets that went to this side.
  public var packetsSent: UInt64 = 0
  /// Their bytes as they went.
  public var bytesSent: UInt64 = 0
  /// Datagrams from this side's sockets that were dropped, strangers' among them.
  public var packetsDropped: UInt64 = 0
  /// Of those, the ones from elsewhere than this side's source; a driver that lets the kernel keep strangers out sees few.
  public var packetsOfStrangers: UInt64 = 0
  /// RTCP datagrams of this side that were relayed.
  public var controlReceived: UInt64 = 0
  /// RTP packets of this side lost on the way to us; negative with duplicates (RFC 3550 appendix A.3).
  public var lost: Int64 = 0
  /// Their interarrival jitter (RFC 3550 §6.4.1).
  public var jitter = Duration.zero
  /// What this side says it has lost of what we sent it: its newest report.
  public var reportedLost: Int32?
  /// From us to this side and back, by its newest report (RFC 3550 §6.4.1).
  public var roundTrip: Duration?
  /// The SSRC this side sends with.
  public var ssrc: UInt32?
  /// The payload type it sent with last, telephone-event left out.
  public var payloadType: UInt8?
  /// Telephone-events it has sent, counted by their timestamps.
  public var telephoneEvents: UInt64 = 0
  /// How often its SSRC changed or its numbering began anew.
  public var sourceChanges: UInt64 = 0
  /// Where its packets come from, once that is learnt.
  public var source: SocketAddress?
  /// The suite it is protected with.
  public var suite: SRTPSuite?

  /// Nothing yet.
  public init() {}
}

/// What is known of a relayed stream at its end, or on the way.
public struct RelayReport: Sendable, Hashable {
  /// The caller's side.
  public var caller: RelayStatistics
  /// The callee's side.
  public var callee: RelayStatistics

  /// A report of both sides.
  public init(caller: RelayStatistics = RelayStatistics(), callee: RelayStatistics = RelayStatistics()) {
    self.caller = caller
    self.callee = callee
  }

  /// One side.
  public subscript(_ side: RelaySide) -> RelayStatistics { side == .caller ? caller : callee }
}
