import COpenSSL
public import Wire

/// A certificate as a file holds it, with what people and metrics want to know of it.
///
/// `@unchecked Sendable` is sound: an X509 is counted with atomics and does not change here after it was parsed.
@safe
public final class TLSCertificate: @unchecked Sendable {
  /// The file it came from.
  public let file: String
  /// From when it is valid.
  public let notBefore: UTCTimestamp
  /// Until when it is valid.
  public let notAfter: UTCTimestamp
  /// The names in its subjectAltName.
  public let names: [CertificateName]
  /// Its subject's common name.
  public let commonName: String?
  let handle: OpaquePointer

  /// Takes over the reference.
  init(_ handle: OpaquePointer, file: String) {
    unsafe self.handle = unsafe handle
    self.file = file
    notBefore = unsafe X509Names.time(X509_get0_notBefore(handle))
    notAfter = unsafe X509Names.time(X509_get0_notAfter(handle))
    names = unsafe X509Names.read(handle)
    commonName = unsafe X509Names.commonName(handle)
  }

  deinit {
    // Sound: this object owns one reference, which is gone after this.
    unsafe X509_free(handle)
  }

  /// What it stands for in a list: its common name, or the first of its names.
  public var subject: String { commonName ?? names.first?.text ?? "" }

  /// The hosts that a client may ask for to be shown it.
  var hosts: [String] {
    var hosts = names.compactMap { name -> String? in
      if case .dns(let host) = name { return host }
      return name.sipDomain
    }
    if names.isEmpty, let commonName { hosts = [commonName.lowercased()] }
    return hosts
  }

  func check(now: UTCTimestamp) throws(TLSContextError) {
    if notAfter <= now { throw TLSContextError(file, .expired(notAfter)) }
    if notBefore > now { throw TLSContextError(file, .notYetValid(notBefore)) }
  }

  /// Every certificate of a PEM file, at least one.
  public static func read(_ file: TLSFile) throws(TLSContextError) -> [TLSCertificate] {
    guard let source = PEMSource(file.bytes) else { throw TLSContextError(file.name, .notPEMCertificate) }
    var certificates: [TLSCertificate] = []
    ERR_clear_error()
    while let handle = unsafe PEM_read_bio_X509(source.bio, nil, { _, _, _, _ in 0 }, nil) {
      certificates.append(unsafe TLSCertificate(handle, file: file.name))
      if certificates.count > TLSLimits.certificates { throw TLSContextError(file.name, .tooManyCertificates) }
    }
    // The end of the file is where no further PEM block begins; anything else is a block that is broken.
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard !certificates.isEmpty, ifsip_error_reason(code) == PEM_R_NO_START_LINE else {
      throw TLSContextError(file.name, .notPEMCertificate)
    }
    return certificates
  }
}

/// A private key.
@safe
final class TLSPrivateKey {
  let handle: OpaquePointer

  init(_ file: TLSFile) throws(TLSContextError) {
    guard let source = PEMSource(file.bytes) else { throw TLSContextError(file.name, .notPEMKey) }
    ERR_clear_error()
    // No passphrase is ever asked for on a terminal: the callback gives none.
    var isEncrypted = false
    let key = unsafe withUnsafeMutablePointer(to: &isEncrypted) { flag in
      unsafe PEM_read_bio_PrivateKey(
        source.bio, nil,
        { _, _, _, flag in
          // Sound: the pointer below, which outlives the call.
          unsafe flag?.assumingMemoryBound(to: Bool.self).pointee = true
          return -1
        }, flag)
    }
    ERR_clear_error()
    guard let key = unsafe key else { throw TLSContextError(file.name, isEncrypted ? .encryptedKey : .notPEMKey) }
    unsafe handle = unsafe key
  }

  deinit {
    // Sound: made in init, and this object's own.
    unsafe EVP_PKEY_free(handle)
  }
}

/// Bytes as OpenSSL reads files.
@safe
private final class PEMSource {
  let bio: OpaquePointer

  init?(_ bytes: [UInt8]) {
    guard let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
    unsafe self.bio = unsafe bio
    guard !bytes.isEmpty, bytes.count <= Int(Int32.max) else { return nil }
    // Sound: the bytes are copied, exactly their count.
    let written = unsafe bytes.span.withUnsafeBufferPointer { buffer in
      unsafe BIO_write(bio, buffer.baseAddress, Int32(buffer.count))
    }
    guard written == Int32(bytes.count) else { return nil }
  }

  deinit {
    // Sound: made in init, and this object's own. OpenSSL wipes it, as a key may stand in it.
    unsafe BIO_free_all(bio)
  }
}

/// Reading names and times out of certificates, a peer's among them.
enum X509Names {
  static func time(_ time: UnsafePointer<ASN1_TIME>?) -> UTCTimestamp {
    var seconds: Int64 = 0
    // Sound: OpenSSL reads the time, which its certificate holds. One that cannot be read counts as long ago.
    guard unsafe time != nil, unsafe ifsip_asn1_time(time, &seconds) == 1 else { return .epoch }
    return UTCTimestamp(seconds: seconds)
  }

  /// The names of a certificate; those that are none (a NUL inside, not ASCII, too long) are left out.
  static func read(_ certificate: OpaquePointer) -> [CertificateName] {
    guard let names = unsafe ifsip_names(certificate) else {
      ERR_clear_error()
      return []
    }
    defer { unsafe ifsip_names_free(names) }
    var result: [CertificateName] = []
    let count = unsafe Int(ifsip_names_count(names))
    for place in 0..<min(count, TLSLimits.names) {
      var bytes: UnsafePointer<UInt8>?
      var count: Int32 = 0
      let kind = unsafe ifsip_name(names, Int32(place), &bytes, &count)
      guard kind >= 0, let base = unsafe bytes, count > 0, Int(count) <= TLSLimits.nameBytes else { continue }
      // Sound: the name's bytes, as OpenSSL tells their count, live as long as `names`.
      let value = unsafe Array(UnsafeBufferPointer(start: base, count: Int(count)))
      if kind == GEN_IPADD {
        if let address = address(value) { result.append(.address(address)) }
        continue
      }
      guard let text = text(value) else { continue }
      result.append(kind == GEN_DNS ? .dns(text.lowercased()) : .uri(text))
    }
    return result
  }

  static func commonName(_ certificate: OpaquePointer) -> String? {
    // Sound: the subject, entry and string belong to the certificate, which the caller holds.
    guard let subject = unsafe X509_get_subject_name(certificate) else { return nil }
    let place = unsafe X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
    guard place >= 0, let entry = unsafe X509_NAME_get_entry(subject, place),
      let value = unsafe X509_NAME_ENTRY_get_data(entry), let base = unsafe ASN1_STRING_get0_data(value)
    else { return nil }
    let count = Int(unsafe ASN1_STRING_length(value))
    guard count > 0, count <= TLSLimits.nameBytes else { return nil }
    return text(unsafe Array(UnsafeBufferPointer(start: base, count: count)))
  }

  private static func text(_ bytes: [UInt8]) -> String? {
    bytes.allSatisfy { $0 > 0x20 && $0 < 0x7f || $0 == 0x20 } ? String(decoding: bytes, as: UTF8.self) : nil
  }

  private static func address(_ bytes: [UInt8]) -> IPAddress? {
    func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    switch bytes.count {
    case 4: return IPAddress(v4: UInt32(truncatingIfNeeded: word(bytes[...])))
    case 16: return IPAddress(high: word(bytes[..<8]), low: word(bytes[8...]))
    default: return nil
    }
  }
}
