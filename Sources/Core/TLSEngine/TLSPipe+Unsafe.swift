import COpenSSL

/// What OpenSSL reads from and writes to, instead of a socket: the bytes of one `receive`, borrowed while it runs, and
/// what is to be sent, until somebody takes it. Between calls it keeps no memory.
@safe
final class TLSPipe {
  /// What is left of the bytes that came; nil between calls.
  fileprivate var input: UnsafeRawBufferPointer?
  fileprivate(set) var output: [UInt8] = []

  /// Lets OpenSSL read from `bytes` while `body` runs.
  func withInput<Result>(_ bytes: Span<UInt8>, _ body: () -> Result) -> Result {
    // Sound: the pointer is forgotten before the span's bytes can go.
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe input = buffer
      defer { unsafe input = nil }
      return body()
    }
  }

  /// Bytes of the present input that OpenSSL has not read.
  var unread: Int { unsafe input?.count ?? 0 }

  func takeOutput() -> [UInt8] {
    let taken = output
    output = []
    return taken
  }

  /// A BIO over this pipe. It does not keep the pipe: whoever owns both lets go of the BIO first.
  func makeBIO() -> OpaquePointer? {
    guard let method = unsafe PipeMethod.shared.method, let bio = unsafe BIO_new(method) else { return nil }
    // Sound: unretained; the engine holds the pipe until SSL_free has freed the BIO.
    unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    unsafe BIO_set_init(bio, 1)
    return unsafe bio
  }
}

/// The functions behind such a BIO, made once and never freed.
///
/// `@unchecked Sendable` is sound: the pointer is set once, and a BIO_METHOD does not change after that.
@safe
private struct PipeMethod: @unchecked Sendable {
  let method: OpaquePointer?

  static let shared = PipeMethod()

  private init() {
    guard let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pipe") else {
      unsafe self.method = nil
      return
    }
    unsafe BIO_meth_set_read_ex(method) { bio, target, count, done in
      guard let bio = unsafe bio, let target = unsafe target, let done = unsafe done,
        let pipe = unsafe PipeMethod.pipe(of: bio)
      else { return 0 }
      unsafe done.pointee = 0
      guard let input = unsafe pipe.input, unsafe !input.isEmpty else {
        unsafe ifsip_bio_wants_read(bio)
        return 0
      }
      unsafe ifsip_bio_wants_nothing(bio)
      let length = min(count, input.count)
      guard length > 0, let base = input.baseAddress else { return 0 }
      // Sound: OpenSSL has room for `count` bytes, and so many are left in the input.
      unsafe UnsafeMutableRawPointer(target).copyMemory(from: base, byteCount: length)
      unsafe pipe.input = UnsafeRawBufferPointer(rebasing: input[length...])
      unsafe done.pointee = length
      return 1
    }
    unsafe BIO_meth_set_write_ex(method) { bio, source, count, done in
      guard let bio = unsafe bio, let source = unsafe source, let done = unsafe done,
        let pipe = unsafe PipeMethod.pipe(of: bio)
      else { return 0 }
      unsafe ifsip_bio_wants_nothing(bio)
      // Sound: OpenSSL gives `count` bytes for the time of this call.
      unsafe pipe.output.append(contentsOf: UnsafeRawBufferPointer(start: source, count: count))
      unsafe done.pointee = count
      return 1
    }
    unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in
      command == BIO_CTRL_FLUSH ? 1 : 0
    }
    unsafe self.method = unsafe method
  }

  private static func pipe(of bio: OpaquePointer) -> TLSPipe? {
    // Sound: see makeBIO.
    unsafe BIO_get_data(bio).map { unsafe Unmanaged<TLSPipe>.fromOpaque($0).takeUnretainedValue() }
  }
}
