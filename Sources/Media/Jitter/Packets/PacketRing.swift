import Wire

/// Payloads that wait, by sequence number: a ring of places, so that order, duplicates and the bound cost nothing.
struct PacketRing: Sendable {
  struct Packet: Sendable {
    var meaning: PayloadMeaning
    /// Its timestamp, continued beyond 32 bits.
    var position: Int64
    var byteCount: Int
    var hasMarker: Bool
  }

  private static let mask = Int64(JitterLimits.maxPackets - 1)

  let maxPayloadBytes: Int
  private var packets: [Packet]
  private var bytes: [UInt8]
  /// A bit for each place.
  private var occupied: UInt64 = 0

  init(maxPayloadBytes: Int) {
    self.maxPayloadBytes = maxPayloadBytes
    let empty = Packet(meaning: .comfortNoise, position: 0, byteCount: 0, hasMarker: false)
    packets = [Packet](repeating: empty, count: JitterLimits.maxPackets)
    bytes = [UInt8](repeating: 0, count: JitterLimits.maxPackets * maxPayloadBytes)
  }

  var isEmpty: Bool { occupied == 0 }
  var count: Int { occupied.nonzeroBitCount }

  func contains(_ sequence: Int64) -> Bool { occupied & bit(sequence) != 0 }

  /// The packet of a sequence number that is there.
  func packet(_ sequence: Int64) -> Packet { packets[place(sequence)] }

  /// The earliest sequence number from `start` on that is there; all that are lie within 64 of it.
  func first(from start: Int64) -> Int64? {
    guard occupied != 0 else { return nil }
    let shift = UInt64(truncatingIfNeeded: start & PacketRing.mask)
    let turned = occupied &>> shift | occupied &<< (64 &- shift)
    return start &+ Int64(turned.trailingZeroBitCount)
  }

  /// Puts a packet in its place, which is free; its payload is within the limit.
  mutating func insert(_ packet: Packet, _ payload: Span<UInt8>, at sequence: Int64) {
    let place = place(sequence)
    packets[place] = packet
    let count = min(payload.count, maxPayloadBytes)
    packets[place].byteCount = count
    let start = place * maxPayloadBytes
    var target = bytes.mutableSpan
    for index in 0..<count { target[start + index] = payload[index] }
    occupied |= bit(sequence)
  }

  mutating func remove(_ sequence: Int64) { occupied &= ~bit(sequence) }

  mutating func removeAll() { occupied = 0 }

  /// The payload of a sequence number that is there.
  @_lifetime(borrow self)
  func payload(_ sequence: Int64) -> Span<UInt8> {
    let start = place(sequence) * maxPayloadBytes
    return bytes.span.extracting(start..<(start + packets[place(sequence)].byteCount))
  }

  private func place(_ sequence: Int64) -> Int { Int(sequence & PacketRing.mask) }
  private func bit(_ sequence: Int64) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: sequence & PacketRing.mask) }
}
