import Codecs
import DTMF
import RTP
import Wire

/// The keys of a stream one side of which wants them as telephone events and the other by INFO.
///
/// An object that both legs have, since a packet of either may change it.
final class RelayKeys {
  /// Who speaks telephone events.
  let side: RelaySide
  let clockRate: UInt32
  private var bridge: DTMFBridge

  /// The time of one packet that takes the place of sound.
  private static let packetsPerSecond: UInt32 = 50

  init(_ events: RelayKeyEvents, of side: RelaySide) {
    self.side = side
    clockRate = events.clockRate
    let way = DTMFWay.telephoneEvent(
      clockRate: events.clockRate, packetUnits: events.clockRate / Self.packetsPerSecond)
    bridge =
      side == .caller ? DTMFBridge(a: way, b: .info(.relay)) : DTMFBridge(a: .info(.relay), b: way)
  }

  private func bridgeSide(_ side: RelaySide) -> DTMFBridge.Side { side == .caller ? .a : .b }

  func received(_ event: TelephoneEvent, _ header: RTPHeader, now: Instant) {
    bridge.received(
      event, timestamp: header.timestamp, isMarked: header.marker, ssrc: header.ssrc, from: bridgeSide(side), now: now)
  }

  func received(_ info: DTMFInfo, from side: RelaySide, now: Instant) {
    bridge.received(info, from: bridgeSide(side), now: now)
  }

  /// The packet that takes the place of sound for the side that speaks telephone events.
  func nextPacket(timestamp: UInt32) -> TelephoneEventSender.Packet? {
    bridge.nextPacket(to: bridgeSide(side), timestamp: timestamp)
  }

  /// The key that is to go to the other side now.
  func nextInfo() -> DTMFInfo? {
    guard case .info(let info) = bridge.nextMessage(to: bridgeSide(side.other)) else { return nil }
    return info
  }

  func infoAnswered() { bridge.infoAnswered(from: bridgeSide(side.other)) }
}

extension RelayLeg {
  /// Whether a packet needs more than to be sent on.
  mutating func attend() { isAttended = tap != nil || keys != nil }

  /// What becomes of a payload type that the hearer has not named.
  enum Foreign {
    /// It goes no further.
    case unknown
    /// It goes on as this one.
    case renumbered(UInt8)
    /// It is a key for the bridge.
    case key
    /// It is turned into something else.
    case transcoded
  }

  // Few packets come here.
  @inline(never)
  func foreign(_ type: UInt8, to hearer: RelayParty) -> Foreign {
    guard let peer else { return .unknown }
    if let events = peer.keyEvents, keys != nil, events.receive == type { return .key }
    if let transcoder, transcoder.takes(type) { return .transcoded }
    // Payload types are the hearer's own; some phones send with those that they have named themselves.
    if type == peer.telephoneEvent, let own = hearer.telephoneEvent,
      peer.telephoneEventClockRate == hearer.telephoneEventClockRate
    {
      return .renumbered(own)
    }
    return .unknown
  }
}

extension RelayStream {
  /// Tells who listens, and lets a key take the place of sound.
  ///
  /// - Parameter fields: what the header has to say; nil for what it says already.
  /// - Returns: the packet's bytes; nil when it cannot be written.
  @inline(never)
  static func attend(
    _ packet: inout MutableSpan<UInt8>, _ count: Int, _ header: RTPHeader, _ fields: RTPPacketFields?,
    from: borrowing RelayLeg, source: SocketAddress, to: borrowing RelayLeg, destination: SocketAddress, now: Instant
  ) -> Int? {
    from.tell(packet.span.extracting(0..<count), from: source, to: destination, now: now)
    if let events = to.peer?.keyEvents, let keys = to.keys,
      let key = keys.nextPacket(timestamp: fields?.timestamp ?? header.timestamp)
    {
      return write(
        key, as: events.send, fields ?? RTPPacketFields(header), into: &packet, at: header.payload.lowerBound)
    }
    guard let fields else { return count }
    return (try? fields.rewrite(&packet)) == nil ? nil : count
  }

  static func write(
    _ key: TelephoneEventSender.Packet, as type: UInt8, _ before: RTPPacketFields,
    into packet: inout MutableSpan<UInt8>,
    at start: Int
  ) -> Int? {
    var fields = before
    fields.payloadType = type
    fields.marker = key.isFirst
    fields.timestamp = key.timestamp
    guard packet.count - start >= TelephoneEvent.byteCount, (try? fields.rewrite(&packet)) != nil else { return nil }
    // Padding has gone with the sound.
    packet[0] &= ~0x20
    var payload = packet._mutatingExtracting(start..<packet.count)
    guard key.event.write(into: &payload) else { return nil }
    return start + TelephoneEvent.byteCount
  }
}
