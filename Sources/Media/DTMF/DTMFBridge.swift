import Codecs
import Wire

/// Carries keys between two legs that want them differently: telephone events in RTP (RFC 4733), SIP INFO, H.245 user
/// input. Each key goes over once, in order, and is held as long as it was.
///
/// A machine: what comes is given to `received…` with the side it comes from; then the other side is asked for
/// ``nextMessage(to:)`` until there is none, and once per packet time for ``nextPacket(to:timestamp:)``.
public struct DTMFBridge: Sendable {
  /// One of the two legs.
  public enum Side: Sendable, Hashable, CaseIterable {
    /// The one.
    case a
    /// The other.
    case b

    /// The other one of the two.
    public var other: Side { self == .a ? .b : .a }
  }

  private struct Leg {
    var receiver: DTMFReceiver
    var sender: DTMFSender
  }

  private var a: Leg
  private var b: Leg
  private var changes: [DTMFChange] = []

  /// A bridge between two legs, each with the way it wants its keys. Whatever a leg sends is understood.
  public init(a: DTMFWay, b: DTMFWay) {
    self.a = Leg(receiver: DTMFReceiver(clockRate: DTMFBridge.clockRate(a)), sender: DTMFSender(a))
    self.b = Leg(receiver: DTMFReceiver(clockRate: DTMFBridge.clockRate(b)), sender: DTMFSender(b))
  }

  /// When ``advance(now:)`` has something to do; nil for never.
  public var nextDeadline: Instant? {
    guard let first = a.receiver.nextDeadline, let second = b.receiver.nextDeadline else {
      return a.receiver.nextDeadline ?? b.receiver.nextDeadline
    }
    return min(first, second)
  }

  /// Keys that a leg did not get: too many waited, or it takes none.
  public func lostKeys(to side: Side) -> Int { side == .a ? a.sender.lostKeys : b.sender.lostKeys }

  /// Whether nothing waits to be sent to a leg.
  public func isIdle(to side: Side) -> Bool { side == .a ? a.sender.isIdle : b.sender.isIdle }

  /// A packet of telephone events has come.
  public mutating func received(
    _ event: TelephoneEvent, timestamp: UInt32, isMarked: Bool, ssrc: UInt32, from side: Side, now: Instant
  ) {
    if side == .a {
      a.receiver.received(
        event, timestamp: timestamp, isMarked: isMarked, ssrc: ssrc, now: now, into: &changes)
    } else {
      b.receiver.received(
        event, timestamp: timestamp, isMarked: isMarked, ssrc: ssrc, now: now, into: &changes)
    }
    pass(from: side)
  }

  /// An INFO request with a key has come.
  public mutating func received(_ info: DTMFInfo, from side: Side, now: Instant) {
    if side == .a {
      a.receiver.received(info, now: now, into: &changes)
    } else {
      b.receiver.received(info, now: now, into: &changes)
    }
    pass(from: side)
  }

  /// A user input of H.245 has come.
  public mutating func received(_ input: UserInput, from side: Side, now: Instant) {
    if side == .a {
      a.receiver.received(input, now: now, into: &changes)
    } else {
      b.receiver.received(input, now: now, into: &changes)
    }
    pass(from: side)
  }

  /// Time has passed.
  public mutating func advance(now: Instant) {
    a.receiver.advance(now: now, into: &changes)
    pass(from: .a)
    b.receiver.advance(now: now, into: &changes)
    pass(from: .b)
  }

  /// The packet of this packet time for a leg, in place of audio; nil when no key is being sent to it.
  public mutating func nextPacket(to side: Side, timestamp: UInt32) -> TelephoneEventSender.Packet? {
    side == .a ? a.sender.nextPacket(timestamp: timestamp) : b.sender.nextPacket(timestamp: timestamp)
  }

  /// The message to be sent to a leg now; nil when there is none.
  public mutating func nextMessage(to side: Side) -> DTMFMessage? {
    side == .a ? a.sender.nextMessage() : b.sender.nextMessage()
  }

  /// An INFO request to a leg is answered, whatever the answer, or has timed out.
  public mutating func infoAnswered(from side: Side) {
    if side == .a { a.sender.infoAnswered() } else { b.sender.infoAnswered() }
  }

  private mutating func pass(from side: Side) {
    for change in changes {
      if side == .a { b.sender.take(change) } else { a.sender.take(change) }
    }
    changes.removeAll(keepingCapacity: true)
  }

  private static func clockRate(_ way: DTMFWay) -> UInt32 {
    if case .telephoneEvent(let clockRate, _) = way { clockRate } else { 8_000 }
  }
}
