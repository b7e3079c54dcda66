import COpenSSL
import OpenSSLCrypto
public import Wire

/// Everything the connections of one server, or of one kind of client, have in common: certificates, whom to believe,
/// what is spoken. It never changes; a reload makes a new one, and connections keep the one they began with.
///
/// `@unchecked Sendable` is sound: an SSL_CTX is counted and locked by OpenSSL itself, nothing here is written after
/// init, and the callbacks read only what init wrote.
@safe
public final class TLSContext: @unchecked Sendable {
  /// The certificates that are shown, in order.
  public let certificates: [TLSCertificate]
  /// Whether it is a server's.
  let isServer: Bool
  /// One per certificate, at least one; the first is where connections begin.
  private let handles: [OpaquePointer]
  private let shared: ServerShared

  /// Where connections begin.
  var handle: OpaquePointer { unsafe handles[0] }

  /// A server's context.
  ///
  /// - Parameters:
  ///   - now: the time by which certificates are judged.
  ///   - uptime: the same moment on the clock that ``rotateTickets(now:)`` is told.
  public init(_ configuration: TLSServerConfiguration, now: UTCTimestamp, uptime: Instant) throws(TLSContextError) {
    guard !configuration.identities.isEmpty else { throw TLSContextError("", .noCertificate) }
    isServer = true
    let tickets =
      configuration.hasTickets
      ? TLSTicketKeys(SecretBytes(randomCount: TLSTicketKeys.byteCount), now: uptime) : nil
    let shared = ServerShared(
      tickets: tickets, protocols: Self.wire(configuration.applicationProtocols))
    let authorities = try Self.clientAuthorities(configuration)
    var builder = ContextBuilder(
      isServer: true, versions: (configuration.minimumVersion, configuration.maximumVersion))
    var certificates: [TLSCertificate] = []
    for identity in configuration.identities {
      let context = try unsafe builder.make()
      let leaf = try unsafe ContextBuilder.use(identity, in: context, now: now)
      certificates.append(leaf)
      unsafe ContextBuilder.ask(configuration.clientCertificates, authorities: authorities, in: context)
      let status = try identity.status.map { (file) throws(TLSContextError) in try Self.status(file) }
      let hosts = identity.names?.map { $0.lowercased() } ?? leaf.hosts
      shared.slots.append(unsafe ServerShared.Slot(handle: context, hosts: hosts, status: status))
    }
    for index in unsafe builder.contexts.indices { unsafe shared.install(in: builder.contexts[index]) }
    self.certificates = certificates
    self.shared = shared
    unsafe handles = builder.takeContexts()
  }

  /// A client's context.
  public init(_ configuration: TLSClientConfiguration, now: UTCTimestamp) throws(TLSContextError) {
    isServer = false
    shared = ServerShared(tickets: nil, protocols: [])
    var builder = ContextBuilder(
      isServer: false, versions: (configuration.minimumVersion, configuration.maximumVersion))
    let context = try unsafe builder.make()
    certificates =
      if let identity = configuration.identity {
        [try unsafe ContextBuilder.use(identity, in: context, now: now)]
      } else { [] }
    if let file = configuration.authorities {
      unsafe ContextBuilder.trust(try TLSCertificate.read(file), in: context)
    } else if unsafe SSL_CTX_set_default_verify_paths(context) != 1 {
      ERR_clear_error()
      throw TLSContextError("", .noSystemAuthorities)
    }
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    unsafe SSL_CTX_set_cert_verify_callback(context, TLSCallbacks.verifyServer, nil)
    let protocols = Self.wire(configuration.applicationProtocols)
    if !protocols.isEmpty {
      // Sound: the bytes are copied. This function returns 0 for success.
      let result = unsafe protocols.span.withUnsafeBufferPointer { buffer in
        unsafe SSL_CTX_set_alpn_protos(context, buffer.baseAddress, UInt32(buffer.count))
      }
      guard result == 0 else { throw TLSContextError("", .setting("the application protocols")) }
    }
    unsafe handles = builder.takeContexts()
  }

  deinit {
    // Sound: made in init, one reference each; connections hold their own, and this object with it.
    for index in unsafe handles.indices { unsafe SSL_CTX_free(handles[index]) }
  }

  /// Takes a new key for tickets when the present one has been used for an hour. Call it now and then.
  public func rotateTickets(now: Instant) {
    shared.tickets?.rotate(now: now) { SecretBytes(randomCount: TLSTicketKeys.byteCount) }
  }

  private static func clientAuthorities(
    _ configuration: TLSServerConfiguration
  ) throws(TLSContextError) -> [TLSCertificate] {
    guard configuration.clientCertificates != .none else { return [] }
    guard let file = configuration.clientAuthorities else { throw TLSContextError("", .noClientAuthorities) }
    return try TLSCertificate.read(file)
  }

  private static func status(_ file: TLSFile) throws(TLSContextError) -> [UInt8] {
    // A DER SEQUENCE whose length is the file's: what OpenSSL would not look at before it is sent.
    let bytes = file.bytes
    guard bytes.count > 4, bytes.count <= TLSLimits.statusBytes, bytes[0] == 0x30 else {
      throw TLSContextError(file.name, .notStatus)
    }
    let length: (header: Int, body: Int)? =
      switch bytes[1] {
      case 0..<0x80: (2, Int(bytes[1]))
      case 0x81: (3, Int(bytes[2]))
      case 0x82: (4, Int(bytes[2]) << 8 | Int(bytes[3]))
      default: nil
      }
    guard let length, length.header + length.body == bytes.count else { throw TLSContextError(file.name, .notStatus) }
    return bytes
  }

  /// A list of protocols as RFC 7301 §3.1 writes it.
  private static func wire(_ protocols: [String]) -> [UInt8] {
    protocols.filter { (1...255).contains($0.utf8.count) }.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
  }
}

extension TLSVersion {
  fileprivate var number: Int32 {
    switch self {
    case .tls12: TLS1_2_VERSION
    case .tls13: TLS1_3_VERSION
    }
  }
}

/// Makes SSL_CTXs, and frees them when it is left on an error.
@safe
private struct ContextBuilder: ~Copyable {
  private let isServer: Bool
  private let versions: (minimum: TLSVersion, maximum: TLSVersion)
  private(set) var contexts: [OpaquePointer] = unsafe []

  init(isServer: Bool, versions: (TLSVersion, TLSVersion)) {
    self.isServer = isServer
    self.versions = versions
  }

  deinit {
    // Sound: what was taken is no longer in the list.
    for index in unsafe contexts.indices { unsafe SSL_CTX_free(contexts[index]) }
  }

  mutating func takeContexts() -> [OpaquePointer] {
    let taken = unsafe contexts
    unsafe contexts = unsafe []
    return unsafe taken
  }

  /// A context with everything that does not depend on certificates (RFC 9325 §3 and §4).
  mutating func make() throws(TLSContextError) -> OpaquePointer {
    guard let context = unsafe SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
      throw TLSContextError("", .setting("a new context"))
    }
    unsafe contexts.append(context)
    func require(_ isDone: Bool, _ what: String) throws(TLSContextError) {
      guard !isDone else { return }
      ERR_clear_error()
      throw TLSContextError("", .setting(what))
    }
    unsafe SSL_CTX_set_security_level(context, 2)
    try require(
      unsafe ifsip_tls_versions(context, versions.minimum.number, versions.maximum.number) == 1,
      "the versions")
    try require(unsafe SSL_CTX_set_cipher_list(context, Self.suites12) == 1, "the cipher suites of TLS 1.2")
    try require(unsafe SSL_CTX_set_ciphersuites(context, Self.suites13) == 1, "the cipher suites of TLS 1.3")
    try require(unsafe ifsip_tls_groups(context, Self.groups) == 1, "the groups")
    unsafe ifsip_tls_options(context)
    // Buffers are freed while nothing is on its way: most connections of phones are silent most of the time.
    unsafe ifsip_tls_modes(context)
    // Sessions live in tickets, at the clients.
    unsafe ifsip_tls_session_cache_off(context)
    unsafe SSL_CTX_set_max_early_data(context, 0)
    unsafe SSL_CTX_set_num_tickets(context, 1)
    unsafe ifsip_tls_max_chain(context, TLSLimits.peerChainBytes)
    unsafe SSL_CTX_set_verify_depth(context, TLSLimits.peerChainDepth)
    let name = Array("ifsip".utf8)
    // Sound: copied. Without a name of the session's context no session with a client certificate can be taken up.
    unsafe name.span.withUnsafeBufferPointer { buffer in
      _ = unsafe SSL_CTX_set_session_id_context(context, buffer.baseAddress, UInt32(buffer.count))
    }
    return unsafe context
  }

  /// AEAD with ephemeral keys only (RFC 9325 §4.2), the cheaper first.
  private static let suites12 = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
  ].joined(separator: ":")
  private static let suites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
  private static let groups = "X25519:P-256:P-384"

  /// Puts a certificate, its chain and key into a context.
  static func use(
    _ identity: TLSIdentity, in context: OpaquePointer, now: UTCTimestamp
  ) throws(TLSContextError) -> TLSCertificate {
    let chain = try TLSCertificate.read(identity.certificate)
    let leaf = chain[0]
    try leaf.check(now: now)
    let key = try TLSPrivateKey(identity.key)
    defer { ERR_clear_error() }
    // Sound: OpenSSL takes references of its own to certificates and key.
    guard unsafe X509_check_private_key(leaf.handle, key.handle) == 1 else {
      throw TLSContextError(identity.key.name, .keyMismatch(certificate: identity.certificate.name))
    }
    guard unsafe SSL_CTX_use_certificate(context, leaf.handle) == 1 else {
      throw TLSContextError(identity.certificate.name, .tooWeak)
    }
    for certificate in chain.dropFirst() {
      guard unsafe ifsip_tls_add_chain(context, certificate.handle) == 1 else {
        throw TLSContextError(identity.certificate.name, .tooWeak)
      }
    }
    guard unsafe SSL_CTX_use_PrivateKey(context, key.handle) == 1 else {
      throw TLSContextError(identity.key.name, .tooWeak)
    }
    return leaf
  }

  /// Lets connections believe these authorities.
  static func trust(_ authorities: [TLSCertificate], in context: OpaquePointer) {
    guard let store = unsafe SSL_CTX_get_cert_store(context) else { return }
    // Sound: the store takes references of its own.
    for authority in authorities { unsafe X509_STORE_add_cert(store, authority.handle) }
    ERR_clear_error()
  }

  /// Lets a server ask its clients for certificates.
  static func ask(_ wish: TLSClientCertificates, authorities: [TLSCertificate], in context: OpaquePointer) {
    let mode: Int32
    switch wish {
    case .none: return
    case .optional: mode = SSL_VERIFY_PEER
    case .required: mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
    }
    unsafe trust(authorities, in: context)
    for authority in authorities { unsafe SSL_CTX_add_client_CA(context, authority.handle) }
    unsafe SSL_CTX_set_verify(context, mode, nil)
  }
}
