import OpenSSLCrypto
import Wire

/// Why bytes are no master key.
public enum SRTPKeyError: Error, Sendable, Hashable {
  /// Another number of bytes than the suite wants.
  case byteCount(Int)
  /// An identifier of no bytes, or of more than 128.
  case identifier
  /// A lifetime of no packets, or of more than 2⁴⁸.
  case lifetime
}

/// A master key and master salt for one direction (RFC 3711 §3.2.1), wiped when nobody holds them any more.
///
/// The key derivation rate is zero: session keys are derived once (§4.3.1). Printing it shows the suite alone.
public struct SRTPMasterKey: Sendable {
  /// Whose packets a key of a DTLS connection protects.
  public enum DTLSSide: Sendable, Hashable {
    /// Those of the DTLS client.
    case client
    /// Those of the DTLS server.
    case server
  }

  /// What it is for.
  public let suite: SRTPSuite
  /// The identifier that packets carry; empty when they carry none.
  public let identifier: [UInt8]
  /// How many RTP packets it may protect.
  public let lifetime: UInt64
  /// Master key, then master salt.
  let secret: SecretBytes

  /// A key from its bytes: the master key, then the master salt, as `a=crypto` has them in base64 (RFC 4568 §6.1).
  ///
  /// - Parameters:
  ///   - identifier: the MKI, 1 to 128 bytes; empty for packets without one.
  ///   - lifetime: how many RTP packets it may protect, at most 2⁴⁸.
  public init(
    _ suite: SRTPSuite, bytes: Span<UInt8>, identifier: [UInt8] = [], lifetime: UInt64 = SRTPLimits.maxPackets
  ) throws(SRTPKeyError) {
    guard bytes.count == suite.masterBytes else { throw .byteCount(bytes.count) }
    guard identifier.count <= SRTPLimits.maxMKIBytes else { throw .identifier }
    guard lifetime > 0, lifetime <= SRTPLimits.maxPackets else { throw .lifetime }
    self.suite = suite
    self.identifier = identifier
    self.lifetime = lifetime
    secret = SecretBytes(bytes)
  }

  /// The key of one side from what a DTLS connection exports (RFC 5764 §4.2): both keys, client's first, then both salts.
  public init(
    _ suite: SRTPSuite, dtlsExportedKeyingMaterial material: Span<UInt8>, of side: DTLSSide
  ) throws(SRTPKeyError) {
    guard material.count == suite.exportedBytes else { throw .byteCount(material.count) }
    self.suite = suite
    identifier = []
    lifetime = SRTPLimits.maxPackets
    let place = side == .client ? 0 : 1
    let keyStart = place * suite.keyBytes
    let saltStart = 2 * suite.keyBytes + place * suite.saltBytes
    secret = SecretBytes(count: suite.masterBytes) { bytes in
      for index in 0..<suite.keyBytes { bytes[index] = material[keyStart + index] }
      for index in 0..<suite.saltBytes { bytes[suite.keyBytes + index] = material[saltStart + index] }
    }
  }

  /// A new random key; for drivers only.
  public static func random(_ suite: SRTPSuite) -> SRTPMasterKey {
    SRTPMasterKey(suite, secret: SecretBytes(randomCount: suite.masterBytes))
  }

  private init(_ suite: SRTPSuite, secret: SecretBytes) {
    self.suite = suite
    self.secret = secret
    identifier = []
    lifetime = SRTPLimits.maxPackets
  }

  /// The bytes, to be written into `a=crypto` and nowhere else.
  public var bytes: SecretBytes { secret }

  /// The session key under a label: the key stream of AES in counter mode under the master key, from the block that label
  /// and salt give (RFC 3711 §4.3.3, RFC 6188 §3).
  func sessionKey(_ label: UInt8, count: Int) -> SecretBytes {
    let master = AESCounterKey(secret.span.extracting(0..<suite.keyBytes))
    let salt = CounterSalt(secret.span.extracting(suite.keyBytes..<suite.masterBytes))
    // The label's place is before the 48 bits of the index divided by the rate, which is 0 here.
    let high = salt.high ^ UInt64(label)
    return SecretBytes(count: count) { bytes in
      master.apply(from: (high, salt.low), to: &bytes, in: 0..<count)
    }
  }
}

extension SRTPMasterKey: CustomStringConvertible, CustomReflectable {
  /// The suite's name, so that no log line ever holds a key.
  public var description: String { "SRTPMasterKey(\(suite.name))" }

  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
