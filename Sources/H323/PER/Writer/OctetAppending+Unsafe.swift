extension Array where Element == UInt8 {
  /// Appends the low octets of a number, 0 to 8 of them, most significant first.
  @inlinable
  mutating func append(bigEndian value: UInt64, octets wanted: Int) {
    let count = wanted < 8 ? wanted : 8
    guard count > 1 else {
      if count == 1 { append(UInt8(truncatingIfNeeded: value)) }
      return
    }
    let word = (value << UInt64(truncatingIfNeeded: 64 &- count &* 8)).bigEndian
    // Sound: the buffer is the eight bytes of `word`, is used within the closure only, and at most all of it is read.
    unsafe Swift.withUnsafeBytes(of: word) { bytes in
      unsafe append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }
}
