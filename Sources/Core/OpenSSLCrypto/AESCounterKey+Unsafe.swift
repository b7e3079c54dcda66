import COpenSSL
import Wire

/// A key for AES in counter mode (NIST SP 800-38A §6.5), with its context alive.
///
/// The key stream is made by encrypting counter blocks, up to 32 at once, and laid over the bytes where they are. That
/// spares what setting an initial vector costs in OpenSSL 3, for each packet as much as a hundred bytes of AES.
///
/// Not Sendable, for the context changes as it works: an owner that is Sendable sees to it that one uses it at a time.
@safe
public struct AESCounterKey: ~Copyable {
  private let context: OpaquePointer

  /// A key of 16 or 32 bytes. OpenSSL wipes its copy when it is freed.
  public init(_ key: Span<UInt8>) {
    unsafe context = unsafe AESCipher.blockContext(key)
  }

  deinit {
    // Sound: made in init, owned by this value alone, which is gone after this.
    unsafe EVP_CIPHER_CTX_free(context)
  }

  /// Encrypts or decrypts, which is the same, the bytes of a range, which must lie inside.
  ///
  /// - Parameters:
  ///   - counter: the first counter block, most significant word first; only its lower word counts up, modulo 2⁶⁴.
  public func apply(
    from counter: (high: UInt64, low: UInt64), to bytes: inout MutableSpan<UInt8>, in range: Range<Int>
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a range outside the bytes")
    unsafe bytes.withUnsafeMutableBytes { buffer in
      // Sound: the line above keeps the range inside the buffer, and nothing outside the range is touched. The key stream
      // has room for `blocksAtOnce` blocks, and OpenSSL writes as many bytes as it reads, for whole blocks go in and
      // padding is off. Words are loaded and stored without regard to alignment; any bits are a word.
      guard let base = buffer.baseAddress, !range.isEmpty else { return }
      unsafe withUnsafeTemporaryAllocation(byteCount: 16 * Self.blocksAtOnce, alignment: 16) { scratch in
        guard let stream = scratch.baseAddress else { return }
        var low = counter.low
        var next = unsafe base + range.lowerBound
        var left = range.count
        while left > 0 {
          let blocks = min(Self.blocksAtOnce, (left &+ 15) / 16)
          for block in 0..<blocks {
            unsafe stream.storeBytes(of: counter.high.bigEndian, toByteOffset: 16 &* block, as: UInt64.self)
            unsafe stream.storeBytes(of: low.bigEndian, toByteOffset: 16 &* block &+ 8, as: UInt64.self)
            low &+= 1
          }
          unsafe encrypt(stream, count: 16 &* blocks)
          let part = min(left, 16 &* blocks)
          unsafe exclusiveOr(next, stream, count: part)
          unsafe next += part
          left &-= part
        }
      }
    }
  }

  /// How many blocks OpenSSL is given in one call: what a packet of a usual size wants at most three of.
  private static var blocksAtOnce: Int { 32 }

  @inline(__always)
  private func encrypt(_ blocks: UnsafeMutableRawPointer, count: Int) {
    var written: Int32 = 0
    let bytes = unsafe blocks.assumingMemoryBound(to: UInt8.self)
    // It fails only when the context is gone, which cannot be answered.
    let result = unsafe EVP_EncryptUpdate(context, bytes, &written, bytes, Int32(truncatingIfNeeded: count))
    precondition(result == 1, "OpenSSL: AES failed")
  }
}

/// Lays a key stream over bytes, eight at a time.
@inline(__always)
private func exclusiveOr(_ bytes: UnsafeMutableRawPointer, _ stream: UnsafeMutableRawPointer, count: Int) {
  // Sound: both have `count` bytes, and every load and store is inside.
  var index = 0
  while count &- index >= 8 {
    let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    let key = unsafe stream.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    unsafe bytes.storeBytes(of: word ^ key, toByteOffset: index, as: UInt64.self)
    index &+= 8
  }
  while index < count {
    let byte = unsafe bytes.load(fromByteOffset: index, as: UInt8.self)
    let key = unsafe stream.load(fromByteOffset: index, as: UInt8.self)
    unsafe bytes.storeBytes(of: byte ^ key, toByteOffset: index, as: UInt8.self)
    index &+= 1
  }
}
