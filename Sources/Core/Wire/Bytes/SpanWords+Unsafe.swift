// Whole words out of byte spans, and spans onto arrays: what the standard library still does byte by byte.

extension Span where Element == UInt8 {
  /// The eight bytes from `offset` on as a little-endian number; they must lie inside.
  @inlinable
  @inline(__always)
  public func littleEndianUInt64(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset <= count &- 8, "a word outside the bytes")
    // Sound: the line above keeps all eight bytes inside, alignment does not matter to an unaligned load, and every
    // bit pattern is a UInt64.
    return UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  /// The eight bytes from `offset` on as a number in network order; they must lie inside.
  @inlinable
  @inline(__always)
  public func bigEndianUInt64(at offset: Int) -> UInt64 {
    littleEndianUInt64(at: offset).byteSwapped
  }

  /// The four bytes from `offset` on as a number in network order; they must lie inside.
  @inlinable
  @inline(__always)
  public func bigEndianUInt32(at offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset <= count &- 4, "a word outside the bytes")
    // Sound: as above, for four bytes.
    return UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
  }

  /// The two bytes from `offset` on as a number in network order; they must lie inside.
  @inlinable
  @inline(__always)
  public func bigEndianUInt16(at offset: Int) -> UInt16 {
    precondition(offset >= 0 && offset <= count &- 2, "a word outside the bytes")
    // Sound: as above, for two bytes.
    return UInt16(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self))
  }
}

extension MutableSpan where Element == UInt8 {
  /// Writes a number in network order over the bytes from `offset` on; they must lie inside.
  @inlinable
  @inline(__always)
  public mutating func setBigEndian<Word: FixedWidthInteger & BitwiseCopyable>(_ word: Word, at offset: Int) {
    let size = MemoryLayout<Word>.size
    precondition(offset >= 0 && offset <= count &- size, "a word outside the bytes")
    // Sound: the line above keeps all its bytes inside; a store of bytes needs no alignment.
    unsafe withUnsafeMutableBytes { unsafe $0.storeBytes(of: word.bigEndian, toByteOffset: offset, as: Word.self) }
  }
}

extension OutputSpan where Element == UInt8 {
  /// Appends the eight bytes of a number, least significant first.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func append(littleEndian word: UInt64) {
    precondition(freeCapacity >= 8, "no room for a word")
    unsafe withUnsafeMutableBufferPointer { buffer, initializedCount in
      // Sound: the line above keeps all eight bytes inside the span's capacity, and they are counted as initialised
      // after they were written.
      unsafe UnsafeMutableRawBufferPointer(buffer).storeBytes(
        of: word.littleEndian, toByteOffset: initializedCount, as: UInt64.self)
      initializedCount += 8
    }
  }

  /// Appends the bytes of a span in one copy.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func append(copying bytes: Span<UInt8>) {
    precondition(freeCapacity >= bytes.count, "no room for the bytes")
    unsafe withUnsafeMutableBufferPointer { buffer, initializedCount in
      unsafe bytes.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
        // Sound: the line above keeps all bytes inside the span's capacity, which nobody else has while it is written,
        // so that the two do not overlap; they are counted as initialised after they were written.
        unsafe (to + initializedCount).initialize(from: from, count: source.count)
        initializedCount += source.count
      }
    }
  }
}

extension Array where Element == UInt8 {
  /// Appends the bytes of a span in one copy.
  @inlinable
  public mutating func append(copying bytes: Span<UInt8>) {
    // Sound: the buffer pointer is used within the closure only.
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// An array of a span's bytes.
  @inlinable
  public init(copying bytes: Span<UInt8>) {
    // Sound: as above.
    self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
  }
}

extension String {
  /// A string of ASCII bytes; nil when one is not ASCII.
  @inlinable
  public init?(ascii bytes: Span<UInt8>) {
    var mask: UInt8 = 0
    for index in 0..<bytes.count { mask |= bytes[index] }
    guard mask < 0x80 else { return nil }
    // Sound: ASCII is UTF-8, so nothing has to be validated.
    self.init(copying: unsafe UTF8Span(unchecked: bytes, isKnownASCII: true))
  }

  /// A string of UTF-8 bytes; nil when they are not UTF-8.
  @inlinable
  public init?(utf8 bytes: Span<UInt8>) {
    guard let span = try? UTF8Span(validating: bytes) else { return nil }
    self.init(copying: span)
  }
}
