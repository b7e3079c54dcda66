/// Rewrites the packets of telephone events for a stream with another clock (RFC 4733 §2.3.5: a duration is in units of the
/// stream's own). What is held longer than a duration can say in the new units is cut into segments, and segments of the
/// old ones are joined (§2.5.1.3).
///
/// One packet in, one packet out, the lost ones lost. A machine for one stream.
public struct TelephoneEventConverter: Sendable {
  /// The packet that takes the place of one that came.
  public struct Packet: Sendable, Hashable {
    /// The payload.
    public var event: TelephoneEvent
    /// Units of the new clock between the beginning of the event and that of the segment: to be added to where the
    /// beginning lies on the new stream.
    public var offset: UInt32
    /// The timestamp of the event's beginning on the old stream.
    public var start: UInt32
    /// Whether it is the first packet of an event that was not seen before.
    public var isFirst: Bool
  }

  private var code: UInt8?
  private var start: UInt32 = 0
  private var segment: UInt32 = 0
  private var isOver = false
  private let from: UInt64
  private let to: UInt64

  /// A converter between two clock rates, in units a second.
  public init(from: UInt32, to: UInt32) {
    self.from = UInt64(max(from, 1))
    self.to = UInt64(max(to, 1))
  }

  /// Takes a packet's payload, timestamp and marker bit.
  public mutating func convert(_ event: TelephoneEvent, timestamp: UInt32, isMarked: Bool) -> Packet {
    let isKnown = code == event.code && timestamp &- start <= segment &- start
    var isFirst = false
    if !isKnown {
      let distance = timestamp &- segment
      let full = TelephoneEventSender.segmentUnits
      if code == event.code, !isMarked, !isOver, distance >= full, distance % full == 0, distance / full <= 8 {
        segment = timestamp
      } else {
        (code, start, segment, isOver) = (event.code, timestamp, timestamp, false)
        isFirst = true
      }
    }
    if event.isEnd { isOver = true }
    // At most nine segments of 16 bits, times a clock of 32: no overflow in 64.
    let units = UInt64(timestamp &- start) + UInt64(event.duration)
    let held = units * to / from
    let full = UInt64(TelephoneEventSender.segmentUnits)
    // A full segment is told before the next one begins.
    let whole = held == 0 ? 0 : (held - 1) / full
    var converted = event
    converted.duration = UInt16(truncatingIfNeeded: held - whole * full)
    return Packet(
      event: converted, offset: UInt32(truncatingIfNeeded: whole * full), start: start, isFirst: isFirst)
  }
}
