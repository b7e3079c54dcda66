import Wire

/// Reads the body of one RTCP packet; its errors say where in the datagram.
struct RTCPBodyReader: ~Escapable {
  private var reader: ByteReader
  private let start: Int

  @_lifetime(copy datagram)
  init(_ datagram: Span<UInt8>, _ body: ByteRange) {
    reader = ByteReader(datagram.extracting(body))
    start = body.lowerBound
  }

  var remaining: Int { reader.remaining }
  var offset: Int { start + reader.offset }

  func error(_ reason: RTCPParseError.Reason) -> RTCPParseError { RTCPParseError(reason, at: offset) }

  @_lifetime(self: copy self)
  mutating func uint8() throws(RTCPParseError) -> UInt8 {
    guard let value = try? reader.readUInt8() else { throw error(.malformed) }
    return value
  }

  @_lifetime(self: copy self)
  mutating func uint16() throws(RTCPParseError) -> UInt16 {
    guard let value = try? reader.readUInt16() else { throw error(.malformed) }
    return value
  }

  @_lifetime(self: copy self)
  mutating func uint32() throws(RTCPParseError) -> UInt32 {
    guard let value = try? reader.readUInt32() else { throw error(.malformed) }
    return value
  }

  @_lifetime(self: copy self)
  mutating func uint64() throws(RTCPParseError) -> UInt64 {
    guard let value = try? reader.readUInt64() else { throw error(.malformed) }
    return value
  }

  /// So many bytes, copied.
  @_lifetime(self: copy self)
  mutating func bytes(_ count: Int) throws(RTCPParseError) -> [UInt8] {
    guard count <= remaining else { throw error(.malformed) }
    var copy: [UInt8] = []
    copy.reserveCapacity(count)
    for _ in 0..<count { copy.append(try uint8()) }
    return copy
  }

  /// Everything that is left, copied.
  @_lifetime(self: copy self)
  mutating func rest() -> [UInt8] {
    (try? bytes(remaining)) ?? []
  }

  /// Steps to the next word, over bytes that must be zero.
  @_lifetime(self: copy self)
  mutating func alignToWord() throws(RTCPParseError) {
    while reader.offset % 4 != 0 {
      guard try uint8() == 0 else { throw error(.trailingBytes) }
    }
  }

  func requireEnd() throws(RTCPParseError) {
    guard remaining == 0 else { throw error(.trailingBytes) }
  }
}

extension ByteWriter {
  /// Writes the common header of a packet without padding (RFC 3550 §6.4.1). The count must fit five bits and the body be
  /// whole words, no more than the length can say.
  mutating func writeRTCPHeader(_ packetType: UInt8, count: Int, bodyBytes: Int) throws(WireError) {
    guard (0...RTPLimits.maxRTCPCount).contains(count), bodyBytes % 4 == 0, bodyBytes / 4 <= Int(UInt16.max),
      bodyBytes <= maximum - self.count - 4
    else { throw WireError(.limitExceeded, at: self.count) }
    try write(0x80 | UInt8(truncatingIfNeeded: count))
    try write(packetType)
    try write(UInt16(truncatingIfNeeded: bodyBytes / 4))
  }

  /// Writes zeros up to the next word behind `start`.
  mutating func alignToWord(from start: Int) throws(WireError) {
    while (count - start) % 4 != 0 { try write(0 as UInt8) }
  }
}
