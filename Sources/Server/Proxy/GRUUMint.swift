import OpenSSLCrypto
import Wire

/// What a GRUU names: one phone of an address of record (RFC 5627 §3).
enum GRUU: Sendable, Hashable {
  /// A public one: the phone with this `+sip.instance`.
  case instance(String)
  /// A temporary one: the phone with this mark (``GRUUMint/mark(instance:callID:)``).
  case temporary(UInt64)
}

/// Makes and reads temporary GRUUs (RFC 5627 §5.4) without remembering any: the address of record and the phone's mark
/// stand encrypted in the user part.
///
///     user part   "tgruu." ‖ base64url( tag 16 ‖ text ⊕ stream )
///     text        mark 8 ‖ CSeq 4 ‖ length 1 ‖ address of record ‖ zeros up to the next 32
///     tag         HMAC(key 1, text), cut
///     stream      HMAC(key 2, tag ‖ 0), HMAC(key 2, tag ‖ 1), …
///
/// The tag is the nonce of the stream, as in SIV (RFC 5297), so two that differ in anything have nothing in common, and
/// nobody without the key can tell whether they are of one phone. The CSeq makes every REGISTER's a new one. The mark is
/// over instance and Call-ID: when the phone registers under another Call-ID, or not at all, no binding has it any more,
/// and so all that were made before have ended (§5.1, §5.3).
struct GRUUMint: ~Copyable {
  private let authentication: HMACKey
  private let encryption: HMACKey
  private let marks: HMACKey

  /// What the user part of a temporary GRUU begins with.
  static let prefix = "tgruu."
  /// The longest address of record that gets one, in bytes.
  static let maximumAddress = 200

  init(key: [UInt8]) {
    let root = HMACKey(key.span)
    func derived(_ purpose: String) -> HMACKey {
      let label = Array("ifsip gruu \(purpose)".utf8)
      return HMACKey(root.authenticate(label.span).span)
    }
    authentication = derived("authentication")
    encryption = derived("encryption")
    marks = derived("marks")
  }

  /// Stands for a phone under one Call-ID.
  func mark(instance: String, callID: String) -> UInt64 {
    marks.authenticate(Array("\(instance)\0\(callID)".utf8).span).prefix64
  }

  /// The user part of a temporary GRUU; nil for an address that is too long.
  func user(aor: String, mark: UInt64, sequence: UInt32) -> String? {
    guard aor.utf8.count <= Self.maximumAddress else { return nil }
    var text: [UInt8] = []
    text.reserveCapacity(96)
    for shift in stride(from: UInt64(56), through: 0, by: -8) { text.append(UInt8(truncatingIfNeeded: mark >> shift)) }
    for shift in stride(from: UInt32(24), through: 0, by: -8) {
      text.append(UInt8(truncatingIfNeeded: sequence >> shift))
    }
    text.append(UInt8(truncatingIfNeeded: aor.utf8.count))
    text.append(contentsOf: aor.utf8)
    // So that its length does not tell whose it is.
    while text.count % 32 != 0 || text.count < 64 { text.append(0) }
    let tag = self.tag(of: text)
    apply(stream: tag, to: &text)
    return Self.prefix + Base64.encode(tag + text, .urlSafe)
  }

  /// What a temporary GRUU says, by its user part; nil when we have not made it.
  func read(user: some Collection<UInt8>) -> (aor: String, mark: UInt64)? {
    let prefix = Self.prefix.utf8
    guard user.starts(with: prefix), user.count <= 512 else { return nil }
    let encoded = Array(user.dropFirst(prefix.count))
    guard let bytes = try? Base64.decode(encoded.span, .urlSafe), bytes.count >= 16 + 64 else { return nil }
    let tag = Array(bytes[..<16])
    var text = Array(bytes[16...])
    apply(stream: tag, to: &text)
    let expected = self.tag(of: text)
    guard constantTimeEquals(expected.span, tag.span) else { return nil }
    let length = Int(text[12])
    guard 13 + length <= text.count else { return nil }
    let mark = text[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return (String(decoding: text[13..<(13 + length)], as: UTF8.self), mark)
  }

  private func tag(of text: [UInt8]) -> [UInt8] {
    [UInt8](copying: authentication.authenticate(text.span).span.extracting(0..<16))
  }

  private func apply(stream tag: [UInt8], to text: inout [UInt8]) {
    var block: UInt8 = 0
    var start = 0
    while start < text.count {
      let key = encryption.authenticate((tag + [block]).span)
      for index in start..<min(start + 32, text.count) { text[index] ^= key.bytes[index - start] }
      start += 32
      block &+= 1
    }
  }
}
