import COpenSSL
public import Wire

/// One TLS connection, without a socket: ciphertext goes in and comes out, and so does plaintext.
///
///     var engine = TLSEngine(accepting: context, now: now)
///     engine.receive(bytes)                    // whatever came
///     send(engine.takeCiphertext())            // after every call
///     handle(engine.takePlaintext())
///
/// ```
///               handshake done              close_notify came
///  .handshaking ───────────────► .open ─────────────────────────► .ended
///       └──────────────┬───────────┘
///                      ▼ anything wrong
///                   .failed                what is to be sent then is the alert that says so
/// ```
///
/// Whatever the peer sends, it ends in one of these states; nothing traps. Between calls an engine holds what OpenSSL
/// needs for an idle connection and no buffers.
@safe
public struct TLSEngine: ~Copyable {
  /// How far the connection is.
  public enum State: Sendable, Hashable {
    /// The two ends still negotiate; nothing can be written.
    case handshaking
    /// Plaintext flows.
    case open
    /// The peer has said that nothing more will come (close_notify). We may still write.
    case ended
    /// It is over.
    case failed(TLSFailure)
  }

  /// How far the connection is.
  public private(set) var state = State.handshaking
  private let connection: OpaquePointer
  private let context: TLSContext
  private let pipe: TLSPipe
  private let expectation: PeerExpectation?
  private var plaintext: [UInt8] = []
  private var hasClosed = false

  /// The server's end; it waits for the client.
  ///
  /// - Parameter now: the time by which client certificates are judged.
  public init(accepting context: TLSContext, now: UTCTimestamp) {
    precondition(context.isServer, "a server's end needs a server's context")
    self.init(context, nil, now: now)
    unsafe SSL_set_accept_state(connection)
  }

  /// The client's end; ``start()`` makes its first message.
  ///
  /// - Parameters:
  ///   - peer: whom the server's certificate must name.
  ///   - now: the time by which it is judged.
  ///   - session: an earlier one with the same server, to be taken up if it still knows it.
  public init(
    connecting context: TLSContext, to peer: TLSPeerName, now: UTCTimestamp, resuming session: TLSSession? = nil
  ) {
    precondition(!context.isServer, "a client's end needs a client's context")
    self.init(context, PeerExpectation(peer), now: now)
    unsafe SSL_set_connect_state(connection)
    // An address has no place there (RFC 6066 §3).
    if case .domain(let name) = peer { _ = unsafe ifsip_tls_set_server_name(connection, name) }
    if let session { _ = unsafe SSL_set_session(connection, session.handle) }
    Self.clearErrors()
  }

  private init(_ context: TLSContext, _ expectation: PeerExpectation?, now: UTCTimestamp) {
    // Out of memory ends the process, as in all of Swift.
    let pipe = TLSPipe()
    guard let connection = unsafe SSL_new(context.handle), let bio = unsafe pipe.makeBIO() else {
      preconditionFailure("OpenSSL: no memory for a connection")
    }
    unsafe self.connection = unsafe connection
    self.context = context
    self.pipe = pipe
    self.expectation = expectation
    // Sound: the connection becomes the owner of the BIO, which is both its sides; the pipe lives as long as this value.
    unsafe SSL_set_bio(connection, bio, bio)
    if let expectation {
      _ = unsafe SSL_set_ex_data(
        connection, TLSCallbacks.connectionIndex, Unmanaged.passUnretained(expectation).toOpaque())
    }
    if let parameters = unsafe SSL_get0_param(connection) {
      unsafe X509_VERIFY_PARAM_set_time(parameters, Int(now.seconds))
    }
  }

  deinit {
    // Sound: made in init; nobody else has it. Its BIO goes with it, before the pipe.
    unsafe SSL_free(connection)
  }

  // MARK: In

  /// Makes the client's first message; does nothing on a server.
  public mutating func start() {
    guard case .handshaking = state, !context.isServer else { return }
    handshake()
  }

  /// Takes in what came from the peer: all of it, whatever it is.
  public mutating func receive(_ ciphertext: Span<UInt8>) {
    switch state {
    case .handshaking, .open: break
    // After the end the rest is of no meaning (RFC 8446 §6.1).
    case .ended, .failed: return
    }
    let pipe = pipe
    let next = pipe.withInput(ciphertext) { () -> (State, [UInt8]) in
      var state = self.state
      if case .handshaking = state { state = unsafe Self.handshake(connection) }
      var plain: [UInt8] = []
      if case .open = state { state = unsafe Self.read(connection, of: pipe, into: &plain) }
      return (state, plain)
    }
    if plaintext.isEmpty { plaintext = next.1 } else { plaintext += next.1 }
    state = next.0
  }

  /// The stream has ended. Without a close_notify before, that may be somebody else's doing.
  public mutating func receivedEnd() {
    switch state {
    case .handshaking, .open: state = .failed(.truncated)
    case .ended, .failed: break
    }
  }

  // MARK: Out

  /// Encrypts bytes, as few records as it takes; `false` when the connection is not open for it.
  @discardableResult
  public mutating func write(_ bytes: Span<UInt8>) -> Bool {
    switch state {
    case .open, .ended: break
    case .handshaking, .failed: return false
    }
    guard !hasClosed else { return false }
    Self.clearErrors()
    var offset = 0
    while offset < bytes.count {
      var written = 0
      // Sound: OpenSSL reads the bytes it is given the count of. The pipe takes everything, so it never has to wait.
      let result = unsafe bytes.extracting(offset..<bytes.count).withUnsafeBufferPointer { buffer in
        unsafe SSL_write_ex(connection, buffer.baseAddress, buffer.count, &written)
      }
      guard result == 1, written > 0 else {
        state = .failed(unsafe Self.failure(connection, result))
        return false
      }
      offset += written
    }
    return true
  }

  /// Says that nothing more will be written (RFC 8446 §6.1).
  public mutating func closeNotify() {
    switch state {
    case .open, .ended: break
    case .handshaking, .failed: return
    }
    guard !hasClosed else { return }
    hasClosed = true
    Self.clearErrors()
    _ = unsafe SSL_shutdown(connection)
    Self.clearErrors()
  }

  /// What is to be sent to the peer; empty when nothing is.
  public mutating func takeCiphertext() -> [UInt8] { pipe.takeOutput() }

  /// What the peer said.
  public mutating func takePlaintext() -> [UInt8] {
    let taken = plaintext
    plaintext = []
    return taken
  }

  // MARK: What it has come to

  /// The facts, once the handshake is done; nil before.
  public var facts: TLSFacts? {
    guard unsafe SSL_is_init_finished(connection) == 1, let cipher = unsafe SSL_get_current_cipher(connection) else {
      return nil
    }
    // Sound: the texts belong to the connection or to OpenSSL's tables and are copied here; the certificate is freed.
    let isNew = unsafe SSL_version(connection) == TLS1_3_VERSION
    let name = unsafe SSL_CIPHER_standard_name(cipher).map { unsafe String(cString: $0) }
    var facts = TLSFacts(version: isNew ? .tls13 : .tls12, cipher: name ?? "")
    facts.serverName = unsafe SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name).map {
      unsafe String(cString: $0).lowercased()
    }
    facts.isResumed = unsafe SSL_session_reused(connection) == 1
    var agreed: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    unsafe SSL_get0_alpn_selected(connection, &agreed, &count)
    if let agreed = unsafe agreed, count > 0 {
      facts.applicationProtocol = unsafe String(
        decoding: UnsafeBufferPointer(start: agreed, count: Int(count)), as: UTF8.self)
    }
    if let certificate = unsafe SSL_get1_peer_certificate(connection) {
      defer { unsafe X509_free(certificate) }
      facts.peerNames = unsafe X509Names.read(certificate)
      facts.peerCommonName = unsafe X509Names.commonName(certificate)
      let asks = unsafe SSL_get_verify_mode(connection) & SSL_VERIFY_PEER != 0
      facts.isPeerVerified = unsafe asks && SSL_get_verify_result(connection) == X509_V_OK
    }
    return facts
  }

  /// The status that the server stapled, when a client asked for it.
  package var stapledStatus: [UInt8]? {
    var bytes: UnsafePointer<UInt8>?
    // Sound: the bytes belong to the connection and are copied.
    let count = unsafe ifsip_tls_status(connection, &bytes)
    guard let base = unsafe bytes, count > 0 else { return nil }
    return unsafe Array(UnsafeBufferPointer(start: base, count: count))
  }

  /// Asks the server for a stapled status; before ``start()``.
  package mutating func askForStatus() { unsafe ifsip_tls_ask_status(connection) }

  /// The session as it stands, for a later connection to the same server. A connection that goes without close_notify
  /// spoils it (RFC 5246 §7.2.2).
  public var session: TLSSession? { unsafe SSL_get1_session(connection).map { unsafe TLSSession($0) } }

  // MARK: OpenSSL

  private mutating func handshake() { state = unsafe Self.handshake(connection) }

  private static func handshake(_ connection: OpaquePointer) -> State {
    Self.clearErrors()
    let result = unsafe SSL_do_handshake(connection)
    if result == 1 { return .open }
    if unsafe SSL_get_error(connection, result) == SSL_ERROR_WANT_READ { return .handshaking }
    return .failed(unsafe failure(connection, result))
  }

  /// Reads until there is nothing more.
  private static func read(_ connection: OpaquePointer, of pipe: TLSPipe, into plain: inout [UInt8]) -> State {
    while true {
      clearErrors()
      var count = 0
      var result: Int32 = 0
      plain.append(addingCapacity: chunkBytes) { (output: inout OutputSpan<UInt8>) in
        unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
          guard let free = unsafe buffer.baseAddress.map({ unsafe $0 + initialized }) else { return }
          // Sound: OpenSSL writes at most the bytes that are free, and says how many it has written.
          result = unsafe SSL_read_ex(connection, free, buffer.count - initialized, &count)
          if result == 1 { initialized += count }
        }
      }
      if result == 1 {
        // To ask once more would only tell that there is nothing.
        if pipe.unread == 0, unsafe SSL_has_pending(connection) == 0 { return .open }
        continue
      }
      switch unsafe SSL_get_error(connection, result) {
      case SSL_ERROR_WANT_READ: return .open
      case SSL_ERROR_ZERO_RETURN: return .ended
      default: return .failed(unsafe failure(connection, result))
      }
    }
  }

  /// Most messages are shorter.
  private static var chunkBytes: Int { 4_096 }

  /// Empties OpenSSL's error queue, which nearly always is empty: to empty it costs 800 instructions all the same.
  private static func clearErrors() {
    if ERR_peek_error() != 0 { ERR_clear_error() }
  }

  /// What OpenSSL's error queue says, in our words; the queue is empty after it.
  private static func failure(_ connection: OpaquePointer, _ result: Int32) -> TLSFailure {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    let verified = unsafe SSL_get_verify_result(connection)
    return TLSFailure(code: code, verifyResult: Int32(truncatingIfNeeded: verified))
  }
}

/// A session that a client may take up again.
///
/// `@unchecked Sendable` is sound: an SSL_SESSION is counted with atomics and does not change once it is established.
@safe
public final class TLSSession: @unchecked Sendable {
  let handle: OpaquePointer

  init(_ handle: OpaquePointer) {
    unsafe self.handle = unsafe handle
  }

  deinit {
    // Sound: this object owns one reference.
    unsafe SSL_SESSION_free(handle)
  }
}
