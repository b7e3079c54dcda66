import COpenSSL
import Wire

/// A live hash context of any algorithm, used for one digest after another.
///
/// One owner per context; after `finalize` it is ready for the next digest. For SHA-256 alone, `SHA256` is cheaper.
@safe
public struct DigestContext: ~Copyable {
  /// The hash function.
  public let algorithm: DigestAlgorithm

  private let context: OpaquePointer

  /// A context of this algorithm, ready for the first digest.
  public init(_ algorithm: DigestAlgorithm) {
    self.algorithm = algorithm
    // Sound: the context is freed by deinit and nowhere else. Out of memory ends the process, as in all of Swift.
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("OpenSSL: no memory for a digest context") }
    unsafe self.context = unsafe context
    unsafe DigestContext.require(EVP_DigestInit_ex(context, FetchedDigests.shared.pointer(algorithm), nil))
  }

  deinit {
    // Sound: made in init, owned by this value alone, which is gone after this.
    unsafe EVP_MD_CTX_free(context)
  }

  /// Takes in bytes.
  public mutating func update(_ bytes: Span<UInt8>) {
    // Sound: the function reads exactly `count` bytes and keeps no pointer.
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe DigestContext.require(EVP_DigestUpdate(context, buffer.baseAddress, buffer.count))
    }
  }

  /// Takes in one byte.
  public mutating func update(byte: UInt8) {
    // Sound: as above, with a count of one.
    unsafe withUnsafePointer(to: byte) { pointer in
      unsafe DigestContext.require(EVP_DigestUpdate(context, pointer, 1))
    }
  }

  /// Takes in the UTF-8 bytes of a text.
  public mutating func update(_ text: String) {
    let utf8 = text.utf8
    update(utf8.span)
  }

  /// Appends the digest of everything taken in to `digest` and makes the context ready for the next.
  public mutating func finalize(into digest: inout [UInt8]) {
    var bytes = InlineArray<64, UInt8>(repeating: 0)
    var span = bytes.mutableSpan
    // Sound: no algorithm of DigestAlgorithm writes more than 64 bytes, the length of `bytes`.
    unsafe span.withUnsafeMutableBufferPointer { buffer in
      unsafe DigestContext.require(EVP_DigestFinal_ex(context, buffer.baseAddress, nil))
      unsafe DigestContext.require(EVP_DigestInit_ex(context, nil, nil))
    }
    digest.append(copying: bytes.span.extracting(0..<algorithm.byteCount))
  }

  /// The digest of everything taken in; the context is then ready for the next.
  public mutating func finalize() -> [UInt8] {
    var digest: [UInt8] = []
    digest.reserveCapacity(algorithm.byteCount)
    finalize(into: &digest)
    return digest
  }

  /// A digest over memory fails only when the provider is gone or memory has run out; neither can be answered.
  private static func require(_ result: Int32) {
    precondition(result == 1, "OpenSSL: a digest operation failed")
  }
}

/// One-shot digests.
public enum Digest {
  /// The digest of these bytes.
  public static func hash(_ algorithm: DigestAlgorithm, _ bytes: Span<UInt8>) -> [UInt8] {
    guard algorithm != .sha256 else { return SHA256.hash(bytes).array }
    var context = DigestContext(algorithm)
    context.update(bytes)
    return context.finalize()
  }

  /// The digest of these bytes.
  public static func hash(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) -> [UInt8] {
    hash(algorithm, bytes.span)
  }

  /// The SHA-256 digest of these bytes, without allocation.
  public static func sha256(_ bytes: Span<UInt8>) -> Digest32 {
    SHA256.hash(bytes)
  }
}

extension DigestAlgorithm {
  /// Whether OpenSSL on this machine offers it; a FIPS provider has no MD5. Making a context of one that is not
  /// offered ends the process, so whoever takes algorithms from a configuration asks first.
  public var isAvailable: Bool { FetchedDigests.shared.offers(self) }
}

/// The algorithms as the provider's objects, fetched once: OpenSSL 3 otherwise searches for them at every digest.
///
/// `@unchecked Sendable` is sound: the pointers are set once, never freed, and an EVP_MD does not change.
@safe
private struct FetchedDigests: @unchecked Sendable {
  private let pointers: [DigestAlgorithm: OpaquePointer]

  static let shared = FetchedDigests()

  private init() {
    var pointers: [DigestAlgorithm: OpaquePointer] = unsafe [:]
    for algorithm in DigestAlgorithm.allCases {
      if let pointer = unsafe EVP_MD_fetch(nil, algorithm.name, nil) { unsafe pointers[algorithm] = pointer }
    }
    unsafe self.pointers = unsafe pointers
  }

  func offers(_ algorithm: DigestAlgorithm) -> Bool {
    unsafe pointers[algorithm] != nil
  }

  /// The algorithm's object. A provider without it (MD5 under FIPS) ends the process: the configuration asked for
  /// what this machine does not do.
  func pointer(_ algorithm: DigestAlgorithm) -> OpaquePointer {
    guard let pointer = unsafe pointers[algorithm] else {
      preconditionFailure("OpenSSL on this machine does not offer \(algorithm.name)")
    }
    return unsafe pointer
  }
}
