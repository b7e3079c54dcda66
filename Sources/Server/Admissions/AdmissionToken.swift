public import H225
public import OpenSSLCrypto
import PER
public import Wire

/// The signed token with which a terminal asks to be admitted (DOMAIN §9): a ClearToken whose nonStandard data is the
/// canonical JSON (RFC 8785) of these members, `signature` over the canonical JSON without it.
public struct AdmissionToken: Sendable, Hashable {
  /// `v`: 1.
  public static let version: Int64 = 1
  /// The most octets of a token's text.
  public static let maxBytes = 2_048
  /// The most octets of `call_type`.
  public static let maxCallTypeBytes = 32
  /// `call_type` of an escalation, in which nobody's personal data may be spoken of.
  public static let escalate = "ESCALATE"
  /// `call_type` of a token in an RRQ: the terminal registers, its `call_identifier` says nothing.
  public static let register = "REGISTER"
  /// How far `timestamp` may be from our clock.
  public static let tolerance = Duration.seconds(300)

  /// `terminal_id`: the id of the terminal's entry in the registry, `if://guardian/<name>`.
  public var terminalID: String
  /// `call_identifier`: of the call it asks for.
  public var callIdentifier: GloballyUniqueID
  /// `call_type`.
  public var callType: String
  /// `bandwidth_bps`: what the call may use, both directions together.
  public var bandwidthBitsPerSecond: Int64
  /// `has_pii`: whether the call is about personal data, as the terminal declares.
  public var hasPII: Bool
  /// `timestamp`.
  public var timestamp: UTCTimestamp
  /// `public_key`, where the terminal names the key it signs with; it has to be the registry's.
  public var publicKey: Ed25519PublicKey?

  /// A token to be signed.
  public init(
    terminalID: String, callIdentifier: GloballyUniqueID, callType: String = AdmissionToken.escalate,
    bandwidthBitsPerSecond: Int64, hasPII: Bool = false, timestamp: UTCTimestamp
  ) {
    self.terminalID = terminalID
    self.callIdentifier = callIdentifier
    self.callType = callType
    self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
    self.hasPII = hasPII
    self.timestamp = timestamp
  }

  /// The token as a ClearToken, signed.
  public func signed(by key: borrowing Ed25519PrivateKey) -> ClearToken {
    var object: JSONObject = [
      "v": .integer(Self.version), "terminal_id": .string(terminalID), "call_identifier": .string(callIdentifier.hex),
      "call_type": .string(callType), "bandwidth_bps": .integer(bandwidthBitsPerSecond), "has_pii": .bool(hasPII),
      "timestamp": .string(timestamp.rfc3339),
    ]
    if let publicKey { object["public_key"] = .string(publicKey.text) }
    let signature = key.sign(JSONValue.object(object).canonicalBytes().span)
    object["signature"] = .string(Base64.encode(signature))
    var token = ClearToken(tokenOID: CouncilData.identifier)
    token.nonStandard = H235NonStandardParameter(
      nonStandardIdentifier: CouncilData.identifier, data: JSONValue.object(object).canonicalBytes())
    return token
  }
}

/// A token as it was received: what it says, and what has to be true for it to be believed.
public struct SignedAdmissionToken: Sendable {
  /// Why a token is none.
  public enum Fault: Error, Sendable, Hashable {
    /// No JSON, or more of it than a token has.
    case malformed
    /// Not the canonical form: what is signed must be what is read.
    case notCanonical
    /// A member is missing, or of another type than it has.
    case member(String)
    /// A member that no token has.
    case unknownMember
    /// Another version.
    case version
  }

  /// What it says; nothing of it is proven yet.
  public let token: AdmissionToken
  /// The canonical JSON without `signature`.
  public let signedText: [UInt8]
  /// The 64 octets of `signature`.
  public let signature: [UInt8]

  /// The hash by which a token is known again.
  public var digest: Digest32 { Digest.sha256(signedText.span) }

  /// Reads the data of a nonStandard ClearToken, strictly.
  public init(parsing data: [UInt8]) throws(Fault) {
    let limits = JSONLimits(maxBytes: AdmissionToken.maxBytes, maxDepth: 1, maxValues: 16, maxStringBytes: 512)
    guard let value = try? JSONValue(parsing: data, limits: limits), case .object(var object) = value else {
      throw .malformed
    }
    guard value.canonicalBytes() == data else { throw .notCanonical }
    for name in object.keys where !Self.members.contains(name) { throw .unknownMember }
    func text(_ name: String) throws(Fault) -> String {
      guard let text = object[name]?.string, !text.isEmpty else { throw .member(name) }
      return text
    }
    guard object["v"]?.integer == AdmissionToken.version else { throw .version }
    let terminalID = try text("terminal_id")
    guard let callIdentifier = GloballyUniqueID(text: try text("call_identifier")) else {
      throw .member("call_identifier")
    }
    let callType = try text("call_type")
    guard callType.utf8.count <= AdmissionToken.maxCallTypeBytes,
      !callType.unicodeScalars.contains(where: \.isUnsafeToShow)
    else { throw .member("call_type") }
    guard let bandwidth = object["bandwidth_bps"]?.integer, bandwidth >= 0 else { throw .member("bandwidth_bps") }
    guard let hasPII = object["has_pii"]?.bool else { throw .member("has_pii") }
    guard let timestamp = Self.timestamp(object["timestamp"]) else { throw .member("timestamp") }
    guard let signature = try? parseSignature(try text("signature")) else { throw .member("signature") }
    var token = AdmissionToken(
      terminalID: terminalID, callIdentifier: callIdentifier, callType: callType, bandwidthBitsPerSecond: bandwidth,
      hasPII: hasPII, timestamp: timestamp)
    if object["public_key"] != nil {
      guard let key = try? Ed25519PublicKey(text: try text("public_key")) else { throw .member("public_key") }
      token.publicKey = key
    }
    object.removeValue(forKey: "signature")
    self.token = token
    self.signature = signature
    signedText = JSONValue.object(object).canonicalBytes()
  }

  /// The admission token among a message's `tokens`: the one under our object identifier, otherwise the first
  /// nonStandard one that reads as a token, as peers may have an identifier of their own. Nil: there is none.
  public static func find(in tokens: [ClearToken]?) -> Result<SignedAdmissionToken, Fault>? {
    var other: SignedAdmissionToken?
    for case let parameter? in (tokens ?? []).map(\.nonStandard) {
      let read = Result { () throws(Fault) in try SignedAdmissionToken(parsing: parameter.data) }
      if parameter.nonStandardIdentifier == CouncilData.identifier { return read }
      if other == nil, case .success(let token) = read { other = token }
    }
    return other.map { .success($0) }
  }

  /// Whether the signature is one of this key's.
  public func isSigned(by key: Ed25519PublicKey) -> Bool {
    key.isValid(signature: signature.span, for: signedText.span)
  }

  /// Whether it was made near this time.
  public func isFresh(at time: UTCTimestamp) -> Bool {
    token.timestamp.distance(from: time) <= AdmissionToken.tolerance
  }

  private static let members: Set<String> = [
    "v", "terminal_id", "call_identifier", "call_type", "bandwidth_bps", "has_pii", "timestamp", "signature",
    "public_key",
  ]

  /// RFC 3339, or whole seconds since 1970.
  private static func timestamp(_ value: JSONValue?) -> UTCTimestamp? {
    if let text = value?.string { return UTCTimestamp(rfc3339: text) }
    return value?.integer.map { UTCTimestamp(seconds: $0) }
  }
}
