import COpenSSL

/// Bytes that are wiped before their memory is given back: keys, passwords, session secrets.
///
/// They never become a Swift array, whose copies nobody could wipe.
@safe
public final class SecretBytes: @unchecked Sendable {
  // `@unchecked Sendable` is sound: the memory is written in init, only read afterwards, and wiped and freed by
  // deinit, which runs when no reference is left.
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  /// Copies these bytes; the source is the caller's to wipe.
  public init(_ source: Span<UInt8>) {
    unsafe bytes = UnsafeMutableBufferPointer.allocate(capacity: source.count)
    for index in 0..<source.count {
      unsafe bytes.initializeElement(at: index, to: source[index])
    }
  }

  /// So many bytes, which `fill` writes; they are zero before.
  public init(count: Int, _ fill: (inout MutableSpan<UInt8>) -> Void) {
    unsafe bytes = UnsafeMutableBufferPointer.allocate(capacity: count)
    unsafe bytes.initialize(repeating: 0)
    // Sound: the memory is initialised, lives longer than the span, and is known to nobody else yet.
    var span = unsafe MutableSpan(_unsafeElements: bytes)
    fill(&span)
  }

  /// So many random bytes.
  public init(randomCount count: Int) {
    unsafe bytes = UnsafeMutableBufferPointer.allocate(capacity: count)
    unsafe bytes.initialize(repeating: 0)
    unsafe SecureRandom.fill(UnsafeMutableRawBufferPointer(bytes))
  }

  deinit {
    // Sound: allocated in init, and nothing refers to it any more.
    unsafe OPENSSL_cleanse(bytes.baseAddress, bytes.count)
    unsafe bytes.deallocate()
  }

  /// The number of bytes.
  public var count: Int { unsafe bytes.count }

  /// The bytes, borrowed from this object.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // Sound: the memory lives as long as the object, which the span borrows, and never changes.
      let span = unsafe Span(_unsafeElements: bytes)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}

extension SecretBytes: CustomStringConvertible, CustomReflectable {
  /// Only the number of bytes, so that no log line ever holds a secret.
  public var description: String { "SecretBytes(\(count) bytes)" }

  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
