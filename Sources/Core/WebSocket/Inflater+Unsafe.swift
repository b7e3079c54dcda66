import CZlib

/// Raw DEFLATE, decompressed with a limit on what comes out (RFC 7692 §7.2.2). About 40 kB while it lives.
@safe
final class Inflater {
  enum Fault: Error {
    /// The bytes are no DEFLATE.
    case badData
    /// More comes out than is allowed.
    case tooLong
  }

  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter windowBits: how far back the peer may refer, 8 to 15; 15 reads everything.
  init?(windowBits: Int = 15) {
    let made = unsafe UnsafeMutablePointer<z_stream>.make { stream in
      unsafe inflateInit2_(
        stream, -Int32(min(max(windowBits, 8), 15)), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    }
    guard let made = unsafe made else { return nil }
    unsafe stream = unsafe made
  }

  deinit {
    // Sound: made in init, owned by this object alone.
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Forgets what came before.
  func reset() { unsafe _ = inflateReset(stream) }

  /// Whether what was read so far ends with a whole block. A message that does not is cut off.
  var isBetweenBlocks: Bool { unsafe stream.pointee.data_type & 128 != 0 }

  /// Appends what the bytes stand for.
  ///
  /// - Parameter maximum: the longest that `output` may become.
  func inflate(_ input: Span<UInt8>, into output: inout [UInt8], maximum: Int) throws(Fault) {
    let fault = unsafe stream.reading(input) { run(into: &output, maximum: maximum) }
    if let fault { throw fault }
  }

  private func run(into output: inout [UInt8], maximum: Int) -> Fault? {
    var piece = 1_024
    while true {
      // One byte more than is allowed shows that it is too much, and nothing beyond is ever made.
      let room = min(piece, maximum - output.count + 1)
      guard room > 0 else { return .tooLong }
      piece = min(piece * 2, 16_384)
      let (result, isFull) = unsafe stream.append(to: &output, room: room, CZlib.inflate)
      guard output.count <= maximum else { return .tooLong }
      switch result {
      case Z_OK, Z_BUF_ERROR:
        if !isFull { return unsafe stream.pointee.avail_in == 0 ? nil : .badData }
      case Z_STREAM_END:
        // A block marked as the last one (§7.2.3.4): another may follow, and refer to what came before.
        guard restart() else { return .badData }
        if unsafe stream.pointee.avail_in == 0 { return nil }
      default:
        return .badData
      }
    }
  }

  /// Begins a new stream that remembers the old one's window.
  private func restart() -> Bool {
    var window = [UInt8](repeating: 0, count: 32_768)
    var count: UInt32 = 0
    // Sound: zlib writes at most 32,768 bytes of dictionary (RFC 1951 §2).
    return unsafe window.withUnsafeMutableBufferPointer { buffer in
      unsafe inflateGetDictionary(stream, buffer.baseAddress, &count) == Z_OK
        && inflateReset(stream) == Z_OK && inflateSetDictionary(stream, buffer.baseAddress, count) == Z_OK
    }
  }
}
