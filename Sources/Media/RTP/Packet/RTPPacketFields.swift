import Wire

/// Why a packet cannot be written.
public enum RTPWriteError: Error, Sendable, Hashable {
  /// The buffer is too short for it.
  case noRoom
  /// More than 15 contributing sources.
  case tooManyContributingSources
  /// Padding of fewer than 0 or more than 255 bytes.
  case padding
}

/// What changes from packet to packet (RFC 3550 §5.1), to be written into a buffer of the caller's.
public struct RTPPacketFields: Sendable, Hashable {
  /// The marker bit.
  public var marker: Bool
  /// The payload type; its low seven bits count.
  public var payloadType: UInt8
  /// The sequence number.
  public var sequenceNumber: UInt16
  /// The timestamp.
  public var timestamp: UInt32
  /// The synchronisation source.
  public var ssrc: UInt32

  /// Fields of these values.
  public init(marker: Bool = false, payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32) {
    self.marker = marker
    self.payloadType = payloadType
    self.sequenceNumber = sequenceNumber
    self.timestamp = timestamp
    self.ssrc = ssrc
  }

  /// The fields of a packet that was read.
  public init(_ header: RTPHeader) {
    self.init(
      marker: header.marker, payloadType: header.payloadType, sequenceNumber: header.sequenceNumber,
      timestamp: header.timestamp, ssrc: header.ssrc)
  }

  /// Writes a header without contributing sources and extension at the start of `packet`.
  ///
  /// - Returns: the bytes written, 12: the payload goes behind them.
  @discardableResult
  public func writeHeader(into packet: inout MutableSpan<UInt8>) throws(RTPWriteError) -> Int {
    guard packet.count >= RTPHeader.fixedByteCount else { throw .noRoom }
    write(flags: 0, into: &packet)
    return RTPHeader.fixedByteCount
  }

  /// Writes a header with all that can be in one at the start of `packet`.
  ///
  /// - Returns: the bytes written: the payload goes behind them.
  public func writeHeader(
    into packet: inout MutableSpan<UInt8>, contributingSources: Span<UInt32>, extension: RTPHeaderExtension? = nil
  ) throws(RTPWriteError) -> Int {
    let sources = contributingSources.count
    guard sources <= RTPLimits.maxContributingSources else { throw .tooManyContributingSources }
    var position = RTPHeader.fixedByteCount + 4 * sources
    let extensionBytes = `extension`.map { 4 + $0.data.count } ?? 0
    guard packet.count >= position + extensionBytes else { throw .noRoom }
    write(flags: UInt8(truncatingIfNeeded: sources) | (`extension` == nil ? 0 : 0x10), into: &packet)
    for place in 0..<sources {
      packet.setBigEndian(contributingSources[place], at: RTPHeader.fixedByteCount + 4 * place)
    }
    if let `extension` {
      packet.setBigEndian(`extension`.profile, at: position)
      packet.setBigEndian(UInt16(truncatingIfNeeded: `extension`.data.count / 4), at: position + 2)
      position += 4
      for byte in `extension`.data {
        packet[position] = byte
        position += 1
      }
    }
    return position
  }

  /// Sets the padding bit of a packet of `count` bytes and writes padding behind it: zeros and their count.
  ///
  /// - Returns: the packet's bytes with the padding.
  public static func pad(
    _ packet: inout MutableSpan<UInt8>, count: Int, by padding: Int
  ) throws(RTPWriteError) -> Int {
    guard padding >= 0, padding <= 255 else { throw .padding }
    guard count >= RTPHeader.fixedByteCount, packet.count - count >= padding else { throw .noRoom }
    guard padding > 0 else { return count }
    packet[0] |= 0x20
    for place in count..<(count + padding - 1) { packet[place] = 0 }
    packet[count + padding - 1] = UInt8(truncatingIfNeeded: padding)
    return count + padding
  }

  /// Puts these fields in place of those of a packet that is there, which must have a whole header: what a relay does
  /// to a packet on its way. Contributing sources, extension and padding stay.
  public func rewrite(_ packet: inout MutableSpan<UInt8>) throws(RTPWriteError) {
    guard packet.count >= RTPHeader.fixedByteCount else { throw .noRoom }
    write(flags: packet[0] & 0x3F, into: &packet)
  }

  @inline(__always)
  private func write(flags: UInt8, into packet: inout MutableSpan<UInt8>) {
    var word = UInt64(0x80 | flags) << 56
    word |= (marker ? 0x80 : 0) << 48
    word |= UInt64(payloadType & 0x7F) << 48
    word |= UInt64(sequenceNumber) << 32
    word |= UInt64(timestamp)
    packet.setBigEndian(word, at: 0)
    packet.setBigEndian(ssrc, at: 8)
  }
}
