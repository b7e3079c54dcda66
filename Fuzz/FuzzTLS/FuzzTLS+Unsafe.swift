import COpenSSL
import FuzzSupport
import TLSEngine
import Wire

/// A stranger's bytes as a TLS peer's, in both roles and both versions, from the first byte or behind a handshake.
///
/// The first byte says which; of the rest each length byte takes a piece. Behind a handshake a piece either comes raw or
/// is laid over a record that the real peer has just made, so that what is inside encryption's reach is touched too.
///
/// Nothing traps. What the engine hands over is what the real peer wrote, in order, and not a byte more; what has failed
/// stays failed and says nothing further; what the engine wants to send stays within bounds.
private func check(_ bytes: Span<UInt8>) {
  var script = FuzzScript(bytes)
  let choice = script.byte()
  let server = choice & 4 == 0 ? Contexts.shared.server : Contexts.shared.oldServer
  var peer = Peer(server)
  if choice & 2 != 0 {
    peer.shakeHands()
    require(peer.client.state == .open && peer.server.state == .open, "two honest ends do not come together")
  }
  if choice & 1 == 0 {
    run(&peer.server, &peer.client, isOpen: choice & 2 != 0, &script)
  } else {
    peer.client.start()
    _ = peer.client.takeCiphertext()
    run(&peer.client, &peer.server, isOpen: choice & 2 != 0, &script)
  }
}

private func run(_ engine: inout TLSEngine, _ peer: inout TLSEngine, isOpen: Bool, _ script: inout FuzzScript) {
  var written: [UInt8] = []
  var heard = 0
  while !script.isAtEnd {
    let length = Int(script.byte())
    var piece: [UInt8] = []
    for _ in 0..<length { piece.append(script.byte()) }
    if isOpen, let first = piece.first, first & 1 == 0 {
      let text = Array(piece.prefix(40))
      guard peer.write(text.span) else { return }
      written += text
      var record = peer.takeCiphertext()
      for (place, byte) in piece.dropFirst(40).enumerated() where place < record.count { record[place] ^= byte }
      piece = record
    }
    let before = engine.state
    engine.receive(piece.span)
    if case .failed = before { require(engine.state == before, "a failure that does not last") }
    let plain = engine.takePlaintext()
    require(heard + plain.count <= written.count, "plaintext that nobody wrote")
    require(plain.elementsEqual(written[heard..<(heard + plain.count)]), "plaintext that is not what was written")
    heard += plain.count
    require(engine.takeCiphertext().count < 65_536, "too much to send")
    if !isOpen { require(engine.facts == nil, "a connection without a handshake") }
  }
}

private struct Peer: ~Copyable {
  var server: TLSEngine
  var client: TLSEngine

  init(_ context: TLSContext) {
    server = TLSEngine(accepting: context, now: Contexts.now)
    client = TLSEngine(connecting: Contexts.shared.client, to: .domain("if.internal"), now: Contexts.now)
  }

  mutating func shakeHands() {
    client.start()
    for _ in 0..<4 {
      server.receive(client.takeCiphertext().span)
      client.receive(server.takeCiphertext().span)
    }
  }
}

/// Contexts over a certificate that is the same in every run.
private final class Contexts: Sendable {
  static let shared = Contexts()
  static let now = UTCTimestamp(seconds: 1_800_000_000)

  let server: TLSContext
  let oldServer: TLSContext
  let client: TLSContext

  private init() {
    let (certificate, key) = Self.certificate()
    let identity = TLSIdentity(
      certificate: TLSFile(name: "certificate", bytes: certificate), key: TLSFile(name: "key", bytes: key))
    var configuration = TLSServerConfiguration(identities: [identity])
    configuration.clientCertificates = .optional
    configuration.clientAuthorities = identity.certificate
    configuration.applicationProtocols = ["sip/2"]
    var clientConfiguration = TLSClientConfiguration()
    clientConfiguration.authorities = identity.certificate
    do {
      server = try TLSContext(configuration, now: Self.now, uptime: Instant(nanoseconds: 0))
      configuration.maximumVersion = .tls12
      oldServer = try TLSContext(configuration, now: Self.now, uptime: Instant(nanoseconds: 0))
      client = try TLSContext(clientConfiguration, now: Self.now)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// A self-signed certificate for if.internal with a key made of zeros, in PEM.
  private static func certificate() -> (certificate: [UInt8], key: [UInt8]) {
    let seed = [UInt8](repeating: 0, count: 32)
    // Sound: every object is made here, checked, and lives until the end of the process, which is a fuzzer's.
    let key = unsafe seed.span.withUnsafeBufferPointer { buffer in
      unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, buffer.baseAddress, buffer.count)
    }
    guard let key = unsafe key, let certificate = unsafe X509_new() else { preconditionFailure("no memory") }
    unsafe X509_set_version(certificate, 2)
    unsafe ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
    unsafe ASN1_TIME_set(X509_getm_notBefore(certificate), 1_700_000_000)
    unsafe ASN1_TIME_set(X509_getm_notAfter(certificate), 1_900_000_000)
    unsafe X509_set_pubkey(certificate, key)
    let name = unsafe X509_get_subject_name(certificate)
    unsafe X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "if.internal", -1, -1, 0)
    unsafe X509_set_issuer_name(certificate, name)
    unsafe X509_sign(certificate, key, nil)
    return (
      unsafe pem { bio in unsafe PEM_write_bio_X509(bio, certificate) },
      unsafe pem { bio in unsafe PEM_write_bio_PrivateKey(bio, key, nil, nil, 0, nil, nil) }
    )
  }

  private static func pem(_ write: (OpaquePointer) -> Int32) -> [UInt8] {
    guard let bio = unsafe BIO_new(BIO_s_mem()), unsafe write(bio) == 1 else { preconditionFailure("no PEM") }
    // Sound: BIO_read writes at most the count it is given.
    return unsafe [UInt8](unsafeUninitializedCapacity: 8_192) { buffer, count in
      count = unsafe max(Int(BIO_read(bio, buffer.baseAddress, 8_192)), 0)
    }
  }
}

/// What libFuzzer calls.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
