import COpenSSL
import Wire

/// What a server's callbacks look up, written before the first connection.
///
/// `@unchecked Sendable` is sound: `slots` is written while its context is being made, by one thread, and never after.
@safe
final class ServerShared: @unchecked Sendable {
  @safe
  struct Slot {
    let handle: OpaquePointer
    /// Hosts that this certificate is shown for, in lower case.
    let hosts: [String]
    /// What is stapled.
    let status: [UInt8]?
  }

  let tickets: TLSTicketKeys?
  /// Protocols as RFC 7301 §3.1 writes them.
  let protocols: [UInt8]
  var slots: [Slot] = []

  init(tickets: TLSTicketKeys?, protocols: [UInt8]) {
    self.tickets = tickets
    self.protocols = protocols
  }

  /// Lets a context ask this object. Unretained: the owner of both outlives every connection, which holds it.
  func install(in context: OpaquePointer) {
    let own = unsafe Unmanaged.passUnretained(self).toOpaque()
    _ = unsafe SSL_CTX_set_ex_data(context, TLSCallbacks.contextIndex, own)
    unsafe ifsip_tls_on_server_name(context, TLSCallbacks.serverName, own)
    unsafe ifsip_tls_on_status(context, TLSCallbacks.status, own)
    if tickets == nil {
      unsafe ifsip_tls_no_tickets(context)
    } else {
      _ = unsafe SSL_CTX_set_tlsext_ticket_key_evp_cb(context, TLSCallbacks.ticket)
    }
    if !protocols.isEmpty { unsafe SSL_CTX_set_alpn_select_cb(context, TLSCallbacks.selectProtocol, own) }
  }

  /// The certificate for a name: exact, else by a wildcard one label above, else the first.
  func slot(for name: String) -> Slot? {
    if let exact = slots.first(where: { $0.hosts.contains(name) }) { return exact }
    guard let dot = name.firstIndex(of: ".") else { return slots.first }
    let wildcard = "*" + name[dot...]
    return slots.first { $0.hosts.contains(wildcard) } ?? slots.first
  }
}

/// Whom a client's connection wants at the other end.
final class PeerExpectation {
  let name: TLSPeerName

  init(_ name: TLSPeerName) {
    self.name = name
  }
}

/// The functions that OpenSSL calls. None throws, traps or keeps what it is given.
enum TLSCallbacks {
  /// Where a context keeps its ``ServerShared``.
  static let contextIndex = ifsip_tls_context_index()
  /// Where a connection keeps its ``PeerExpectation``.
  static let connectionIndex = ifsip_tls_connection_index()

  private static func shared(_ argument: UnsafeMutableRawPointer?) -> ServerShared? {
    // Sound: install() put it there, and it lives as long as the connection's context.
    unsafe argument.map { unsafe Unmanaged<ServerShared>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Chooses the certificate by the name the client asked for (RFC 6066 §3).
  static let serverName:
    @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
      connection, _, argument in
      guard let connection = unsafe connection, let shared = unsafe shared(argument),
        let name = unsafe SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name),
        let slot = unsafe shared.slot(for: String(cString: name).lowercased())
      else { return SSL_TLSEXT_ERR_OK }
      if unsafe SSL_get_SSL_CTX(connection) != slot.handle { _ = unsafe SSL_set_SSL_CTX(connection, slot.handle) }
      return SSL_TLSEXT_ERR_OK
    }

  /// Staples the status of the certificate that is shown (RFC 6066 §8).
  static let status: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { connection, argument in
    guard let connection = unsafe connection, let shared = unsafe shared(argument),
      let context = unsafe SSL_get_SSL_CTX(connection),
      let status = shared.slots.first(where: { unsafe $0.handle == context })?.status,
      let copy = unsafe ifsip_openssl_malloc(status.count)
    else { return SSL_TLSEXT_ERR_NOACK }
    // Sound: the copy has room for exactly these bytes, and the connection becomes its owner.
    unsafe status.span.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { unsafe copy.copyMemory(from: base, byteCount: bytes.count) }
    }
    unsafe ifsip_tls_set_status(connection, copy.assumingMemoryBound(to: UInt8.self), status.count)
    return SSL_TLSEXT_ERR_OK
  }

  /// Seals and opens tickets.
  static let ticket:
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, OpaquePointer?, OpaquePointer?, Int32
    ) -> Int32 = { connection, name, iv, cipher, mac, isSealing in
      guard let connection = unsafe connection, let name = unsafe name, let iv = unsafe iv,
        let cipher = unsafe cipher, let mac = unsafe mac, let context = unsafe SSL_get_SSL_CTX(connection),
        let tickets = unsafe shared(SSL_CTX_get_ex_data(context, contextIndex))?.tickets
      else { return -1 }
      return unsafe tickets.prepare(name: name, iv: iv, cipher: cipher, mac: mac, isSealing: isSealing == 1)
    }

  /// Our first protocol that the client offers; when there is none, none is agreed upon.
  static let selectProtocol:
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
      UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
    ) -> Int32 = { _, chosen, chosenCount, offered, offeredCount, argument in
      guard let chosen = unsafe chosen, let chosenCount = unsafe chosenCount, let offered = unsafe offered,
        let shared = unsafe shared(argument)
      else { return SSL_TLSEXT_ERR_NOACK }
      // Sound: the answer points into the client's list, which OpenSSL keeps until it has copied it.
      let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
      var own = shared.protocols[...]
      while let length = own.first.map(Int.init), own.count > length {
        let wanted = own.dropFirst().prefix(length)
        var place = 0
        while place < list.count, unsafe place + Int(list[place]) < list.count {
          let count = unsafe Int(list[place])
          if count == length, unsafe list[(place + 1)...(place + count)].elementsEqual(wanted) {
            unsafe chosen.pointee = offered + place + 1
            unsafe chosenCount.pointee = UInt8(count)
            return SSL_TLSEXT_ERR_OK
          }
          place += count + 1
        }
        own = own.dropFirst(length + 1)
      }
      return SSL_TLSEXT_ERR_NOACK
    }

  /// Judges a server's certificate: the chain as OpenSSL does it, and then whose it is (RFC 5922 §7), so that a wrong one
  /// is refused inside the handshake, with an alert, before a byte of ours is sent.
  static let verifyServer: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { store, _ in
    guard let store = unsafe store, unsafe X509_verify_cert(store) == 1 else { return 0 }
    guard
      let connection = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
      let data = unsafe SSL_get_ex_data(OpaquePointer(connection), connectionIndex),
      let certificate = unsafe X509_STORE_CTX_get0_cert(store)
    else { return 0 }
    // Sound: the engine put it there and holds it as long as the connection.
    let expected = unsafe Unmanaged<PeerExpectation>.fromOpaque(data).takeUnretainedValue()
    let isRight = unsafe TLSFacts.names(
      X509Names.read(certificate), commonName: X509Names.commonName(certificate), include: expected.name.text)
    if !isRight { unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH) }
    return isRight ? 1 : 0
  }
}
