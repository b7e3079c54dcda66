import OpenSSLCrypto
public import Wire

/// What makes one nonce differ from every other: when it was issued, and 64 random bits.
public struct NonceIdentity: Sendable, Hashable {
  /// When it was issued.
  public let issued: UTCTimestamp
  /// The random bits.
  public let random: UInt64

  /// An identity; real ones come from `NonceFactory.check`.
  public init(issued: UTCTimestamp, random: UInt64) {
    self.issued = issued
    self.random = random
  }

  /// Hashes the random bits, which are ours and which nobody can choose.
  public func hash(into hasher: inout Hasher) { hasher.combine(random) }

  /// Which of `count` shards of a table it belongs to; `count` is at least 1.
  public func shard(of count: Int) -> Int { Int(random % UInt64(count)) }
}

/// What is left of a nonce that a client sends back.
public enum NonceStatus: Sendable, Equatable {
  /// Ours, issued to this source, and young enough.
  case fresh(NonceIdentity)
  /// Ours, issued to this source, too old.
  case stale
  /// Not ours, or issued to somebody else.
  case forged
}

/// Makes and recognises nonces without remembering them (RFC 7616 §3.3, §5.5).
///
/// A nonce is 33 bytes in URL-safe base64, 44 characters: a version byte, the time in microseconds, 64 random bits, and
/// 16 bytes of keyed hash over the version, those two, the source address and the realm. So it is good for one source,
/// one realm and a limited time, whichever reactor or process with the same key sees it. That it is used once per count
/// is the matter of `NonceWindow`.
///
/// The hash is SipHash-2-4, which is made for short messages that must not be forged: two HMACs with SHA-256 on every
/// challenged call (11,300 instructions) were a thirtieth of all its work.
public struct NonceFactory: ~Copyable, Sendable {
  /// How long a nonce is fresh.
  public let lifetime: Duration
  private let key: (UInt64, UInt64)
  private let realm: [UInt8]

  private static let version: UInt8 = 1
  private static let byteCount = 33
  private static let signedByteCount = 17

  /// A factory; all that are to understand each other need the same key (at least 16 random bytes) and realm.
  public init(key: Span<UInt8>, realm: String, lifetime: Duration = .seconds(300)) {
    precondition(key.count >= 16, "a key that could be guessed")
    // A key of its own, made of all the bytes there are.
    let purpose = Array("ifsip-proxy digest nonce".utf8)
    let derived = HMACKey(key).authenticate(purpose.span)
    self.key = (derived.span.bigEndianUInt64(at: 0), derived.span.bigEndianUInt64(at: 8))
    self.realm = Array(realm.utf8)
    self.lifetime = lifetime
  }

  /// A new nonce for a challenge to `source`; `random` comes from the operating system.
  public func make(now: UTCTimestamp, random: UInt64, source: IPAddress) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    bytes.append(addingCapacity: Self.signedByteCount) { (output: inout OutputSpan<UInt8>) in
      output.append(Self.version)
      output.append(littleEndian: UInt64(bitPattern: now.microseconds).byteSwapped)
      output.append(littleEndian: random.byteSwapped)
    }
    let mac = mac(bytes.span, source: source)
    bytes.append(addingCapacity: 16) { (output: inout OutputSpan<UInt8>) in
      output.append(littleEndian: mac.0.byteSwapped)
      output.append(littleEndian: mac.1.byteSwapped)
    }
    return Base64.encode(bytes, .urlSafe)
  }

  /// Judges a nonce from credentials.
  ///
  /// A time in the future beyond a second can only be ours when the clock was set back; it counts as stale.
  public func check(_ nonce: Span<UInt8>, now: UTCTimestamp, source: IPAddress) -> NonceStatus {
    guard nonce.count == 44, let bytes = try? Base64.decode(nonce, .urlSafe), bytes.count == Self.byteCount,
      bytes[0] == Self.version
    else { return .forged }
    let span = bytes.span
    let mac = mac(span.extracting(0..<Self.signedByteCount), source: source)
    // Without a branch that could tell which byte was wrong.
    let difference = (mac.0 ^ span.bigEndianUInt64(at: 17)) | (mac.1 ^ span.bigEndianUInt64(at: 25))
    guard difference == 0 else { return .forged }
    let issued = UTCTimestamp(microseconds: Int64(bitPattern: span.bigEndianUInt64(at: 1)))
    let age = now - issued
    guard age <= lifetime, age >= .seconds(-1) else { return .stale }
    return .fresh(NonceIdentity(issued: issued, random: span.bigEndianUInt64(at: 9)))
  }

  /// The same for text.
  public func check(_ nonce: String, now: UTCTimestamp, source: IPAddress) -> NonceStatus {
    let utf8 = nonce.utf8
    return check(utf8.span, now: now, source: source)
  }

  /// Every part but the realm has a fixed length, and the realm comes last, so no two inputs run together.
  private func mac(_ signed: Span<UInt8>, source: IPAddress) -> (UInt64, UInt64) {
    var hash = SipHash(key: key)
    hash.combine(source.high)
    hash.combine(source.low)
    hash.combine(signed)
    hash.combine(realm.span)
    return hash.finalize128()
  }
}
