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
///     user part   "tgruu." ‖ base64url( sealed text )
///     text        mark 8 ‖ CSeq 4 ‖ length 1 ‖ address of record ‖ zeros up to the next 32
///
/// Two that differ in anything have nothing in common (``TextSeal``), so nobody without the key can tell whether they are
/// of one phone. The CSeq makes every REGISTER's a new one. The mark is over instance and Call-ID: when the phone registers
/// under another Call-ID, or not at all, no binding has it any more, and so all that were made before have ended (§5.1,
/// §5.3).
struct GRUUMint: ~Copyable {
  private let seal: TextSeal
  private let marks: HMACKey

  /// What the user part of a temporary GRUU begins with.
  static let prefix = "tgruu."
  /// The longest address of record that gets one, in bytes.
  static let maximumAddress = 200

  init(key: [UInt8]) {
    seal = TextSeal(key: key, purpose: "gruu")
    marks = TextSeal.derived(key, "gruu marks")
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
    return Self.prefix + Base64.encode(seal.seal(text), .urlSafe)
  }

  /// What a temporary GRUU says, by its user part; nil when we have not made it.
  func read(user: some Collection<UInt8>) -> (aor: String, mark: UInt64)? {
    let prefix = Self.prefix.utf8
    guard user.starts(with: prefix), user.count <= 512 else { return nil }
    let encoded = Array(user.dropFirst(prefix.count))
    guard let bytes = try? Base64.decode(encoded.span, .urlSafe), bytes.count >= 16 + 64, let text = seal.open(bytes)
    else { return nil }
    let length = Int(text[12])
    guard 13 + length <= text.count else { return nil }
    let mark = text[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return (String(decoding: text[13..<(13 + length)], as: UTF8.self), mark)
  }
}
