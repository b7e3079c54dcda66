import CZlib

/// Raw DEFLATE, compressed for speed (RFC 7692 §7.2.1). About 260 kB while it lives.
@safe
final class Deflater {
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter windowBits: how far back it refers, 9 to 15.
  init?(windowBits: Int = 15) {
    let made = unsafe UnsafeMutablePointer<z_stream>.make { stream in
      unsafe deflateInit2_(
        stream, Z_BEST_SPEED, Z_DEFLATED, -Int32(min(max(windowBits, 9), 15)), 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
    }
    guard let made = unsafe made else { return nil }
    unsafe stream = unsafe made
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
    let isDone = unsafe stream.reading(input) { run(into: &output, roomFor: input.count) }
    let tail: [UInt8] = [0, 0, 0xFF, 0xFF]
    guard isDone, output.suffix(4).elementsEqual(tail) else { return nil }
    output.removeLast(4)
    // A message of nothing is an empty stored block without its length (RFC 7692 §7.2.3.6).
    return output.isEmpty ? [0] : output
  }

  private func run(into output: inout [UInt8], roomFor count: Int) -> Bool {
    while true {
      let (result, isFull) = unsafe stream.append(to: &output, room: max(count / 2, 256), CZlib.deflate)
      guard result == Z_OK || result == Z_BUF_ERROR && !isFull else { return false }
      if !isFull { return true }
    }
  }
}
