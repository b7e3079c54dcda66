import CZlib

/// Raw DEFLATE, compressed for speed (RFC 7692 §7.2.1). About 260 kB while it lives.
@safe
final class Deflater {
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter windowBits: how far back it refers, 9 to 15.
  init?(windowBits: Int = 15) {
    // Sound: as in Inflater.
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let result = unsafe deflateInit2_(
      stream, Z_BEST_SPEED, Z_DEFLATED, -Int32(min(max(windowBits, 9), 15)), 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else {
      unsafe stream.deallocate()
      return nil
    }
  }

  deinit {
    // Sound: made in init, owned by this object alone.
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Forgets what came before.
  func reset() { unsafe _ = deflateReset(stream) }

  /// One message, compressed; without the four bytes at its end that everyone knows.
  func deflate(_ input: Span<UInt8>) -> [UInt8]? {
    var output: [UInt8] = []
    // Sound: as in Inflater.
    let isDone = unsafe input.withUnsafeBufferPointer { bytes in
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(truncatingIfNeeded: bytes.count)
      defer {
        unsafe stream.pointee.next_in = nil
        unsafe stream.pointee.avail_in = 0
      }
      return run(into: &output, roomFor: bytes.count)
    }
    let tail: [UInt8] = [0, 0, 0xFF, 0xFF]
    guard isDone, output.suffix(4).elementsEqual(tail) else { return nil }
    output.removeLast(4)
    // A message of nothing is an empty stored block without its length (RFC 7692 §7.2.3.6).
    return output.isEmpty ? [0] : output
  }

  private func run(into output: inout [UInt8], roomFor count: Int) -> Bool {
    while true {
      let room = max(count / 2, 256)
      var result = Z_OK
      var isFull = false
      output.append(addingCapacity: room) { (target: inout OutputSpan<UInt8>) in
        unsafe target.withUnsafeMutableBufferPointer { buffer, count in
          // Sound: as in Inflater.
          unsafe stream.pointee.next_out = buffer.baseAddress.map { unsafe $0 + count }
          unsafe stream.pointee.avail_out = UInt32(truncatingIfNeeded: room)
          result = unsafe CZlib.deflate(stream, Z_SYNC_FLUSH)
          let left = unsafe Int(stream.pointee.avail_out)
          isFull = left == 0
          count += room - left
          unsafe stream.pointee.next_out = nil
          unsafe stream.pointee.avail_out = 0
        }
      }
      guard result == Z_OK || result == Z_BUF_ERROR && !isFull else { return false }
      if !isFull { return true }
    }
  }
}
