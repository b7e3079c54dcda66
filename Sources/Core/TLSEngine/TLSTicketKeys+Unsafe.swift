import COpenSSL
import OpenSSLCrypto
import Synchronization
import Wire

/// The keys that tickets are sealed with (RFC 5077 §4): one that seals, and those before it that still open.
///
/// A stolen key opens the sessions of its time and no others, so it is used for an hour, honoured for two more, and then
/// wiped. Keys are made of random bytes that the driver brings along with the time.
final class TLSTicketKeys: Sendable {
  /// How long a key seals.
  static var lifetime: Duration { .seconds(3600) }
  /// Keys that still open, besides the one that seals.
  static var kept: Int { 2 }
  /// Bytes of randomness in a key: its name, AES-256, HMAC-SHA-256.
  static var byteCount: Int { 16 + 32 + 32 }

  struct Key: Sendable {
    let secret: SecretBytes
    let since: Instant

    /// Whether a ticket's first bytes name this key.
    func isNamed(_ name: UnsafePointer<UInt8>) -> Bool {
      // Sound: OpenSSL gives 16 bytes, and a key has more.
      let span = secret.span
      for index in 0..<16 where unsafe span[index] != name[index] { return false }
      return true
    }
  }

  private let keys: Mutex<[Key]>

  init(_ secret: SecretBytes, now: Instant) {
    keys = Mutex([Key(secret: secret, since: now)])
  }

  /// Takes a new key when the present one has had its time, and lets go those whose time is over.
  func rotate(now: Instant, secret: () -> SecretBytes) {
    keys.withLock { keys in
      guard let newest = keys.first, now - newest.since >= Self.lifetime else { return }
      keys.insert(Key(secret: secret(), since: now), at: 0)
      // A node that slept for a day must not honour yesterday's keys.
      keys = keys.prefix(Self.kept + 1).filter { now - $0.since < Self.lifetime * (Self.kept + 1) }
    }
  }

  /// The key that seals.
  var newest: Key? { keys.withLock { $0.first } }

  /// The key of that name, and whether its tickets are to be replaced.
  func find(_ name: UnsafePointer<UInt8>) -> (key: Key, isOld: Bool)? {
    let keys = keys.withLock { $0 }
    guard let index = keys.firstIndex(where: { unsafe $0.isNamed(name) }) else { return nil }
    return (keys[index], index > 0)
  }

  /// What OpenSSL calls for every ticket: sets up cipher and MAC. 1: done; 2: done, and give a new ticket; 0: no such
  /// key, a full handshake follows; negative: failed.
  func prepare(
    name: UnsafeMutablePointer<UInt8>, iv: UnsafeMutablePointer<UInt8>, cipher: OpaquePointer, mac: OpaquePointer,
    isSealing: Bool
  ) -> Int32 {
    if isSealing {
      guard let secret = newest?.secret else { return -1 }
      // Sound: OpenSSL has room for 16 bytes of name and EVP_MAX_IV_LENGTH of initialisation vector.
      for index in 0..<16 { unsafe name[index] = secret.span[index] }
      guard unsafe RAND_bytes(iv, 16) == 1 else { return -1 }
      return unsafe prepare(secret, iv: iv, cipher: cipher, mac: mac, isSealing: true) ? 1 : -1
    }
    guard let (key, isOld) = unsafe find(name) else { return 0 }
    guard unsafe prepare(key.secret, iv: iv, cipher: cipher, mac: mac, isSealing: false) else { return -1 }
    return isOld ? 2 : 1
  }

  private func prepare(
    _ secret: SecretBytes, iv: UnsafeMutablePointer<UInt8>, cipher: OpaquePointer, mac: OpaquePointer, isSealing: Bool
  ) -> Bool {
    // Sound: the secret outlives the calls, which copy what they need: 32 bytes for AES-256, 32 for the MAC.
    unsafe secret.span.withUnsafeBufferPointer { secret in
      guard let base = secret.baseAddress else { return false }
      let aes = unsafe base + 16
      let ready =
        isSealing
        ? unsafe EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, aes, iv)
        : unsafe EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, aes, iv)
      guard ready == 1 else { return false }
      return unsafe "SHA256".withCString { digest in
        let parameters = unsafe [
          OSSL_PARAM_construct_octet_string(
            "key", UnsafeMutableRawPointer(mutating: base + 48), 32),
          OSSL_PARAM_construct_utf8_string("digest", UnsafeMutablePointer(mutating: digest), 0),
          OSSL_PARAM_construct_end(),
        ]
        return unsafe EVP_MAC_CTX_set_params(mac, parameters) == 1
      }
    }
  }
}
