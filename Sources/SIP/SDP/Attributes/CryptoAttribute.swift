import Wire

/// A master key with its salt, as `inline:` has them: no description and no dump shows them.
public struct SRTPKeySalt: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// Key, then salt; the name is long so that its use is seen in review.
  public let exposedBytes: [UInt8]

  /// Wraps a key and its salt.
  public init(_ bytes: [UInt8]) { exposedBytes = bytes }

  /// Always the same words.
  public var description: String { "(not shown)" }

  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// `a=crypto` (RFC 4568): the keys of one direction of an SRTP stream, in the open.
///
/// Whoever reads the description has the keys, so they are taken over TLS or loopback only, which is for the user of
/// this target to see to.
public struct CryptoAttribute: SDPAttributeValue {
  /// `crypto`
  public static var attribute: AttributeName { .crypto }

  /// One `inline:` key (§6.1).
  public struct Key: Sendable, Hashable {
    /// Key and salt.
    public let keySalt: SRTPKeySalt
    /// Packets until the key is used up; nil when nothing is said, which means as many as SRTP allows.
    public let lifetime: UInt64?
    /// The identifier in the packets; nil when there is none.
    public let mki: MKI?

    /// A key without lifetime and identifier, as most are.
    public init(_ keySalt: SRTPKeySalt, lifetime: UInt64? = nil, mki: MKI? = nil) {
      self.keySalt = keySalt
      self.lifetime = lifetime
      self.mki = mki
    }
  }

  /// A master key identifier (RFC 3711 §3.1).
  public struct MKI: Sendable, Hashable {
    /// The value.
    public let value: UInt64
    /// How many bytes of a packet it takes, 1 to 128.
    public let length: UInt8
  }

  /// Session parameters (§6.3). Those that are unknown and not marked optional forbid the attribute's use.
  public enum Parameter: Sendable, Hashable {
    /// `KDR=n`: new session keys every 2ⁿ packets, 0 to 24.
    case keyDerivationRate(UInt8)
    case unencryptedSRTP
    case unencryptedSRTCP
    case unauthenticatedSRTP
    /// `FEC_SRTP`, `SRTP_FEC` or `SPLIT`.
    case fecOrder(String)
    /// Keys of their own for forward error correction.
    case fecKey([Key])
    /// `WSH=n`: the replay window the sender thinks of, at least 64.
    case windowSizeHint(UInt64)
    /// Another word; `-` in front marks one that may be ignored.
    case other(String)
  }

  /// Which offered attribute an answer takes up; at most nine digits.
  public let tag: UInt32
  /// Cipher and authentication.
  public let suite: CryptoSuite
  /// The keys; several only with identifiers.
  public let keys: [Key]
  /// The session parameters in order.
  public let parameters: [Parameter]

  /// An attribute with one key; nil when the tag is out of range, the suite unknown or the key not of its length.
  public init?(tag: UInt32, suite: CryptoSuite, key: SRTPKeySalt, lifetime: UInt64? = nil) {
    guard tag <= CryptoAttribute.maxTag, let keyLength = suite.keyLength, let saltLength = suite.saltLength,
      key.exposedBytes.count == keyLength + saltLength, lifetime ?? 1 > 0
    else { return nil }
    self.tag = tag
    self.suite = suite
    self.keys = [Key(key, lifetime: lifetime)]
    self.parameters = []
  }

  private init(_ tag: UInt32, _ suite: CryptoSuite, _ keys: [Key], _ parameters: [Parameter]) {
    self.tag = tag
    self.suite = suite
    self.keys = keys
    self.parameters = parameters
  }

  static let maxTag: UInt32 = 999_999_999
  /// Keys of one attribute; more have no use.
  static let maxKeys = 16
  /// Session parameters of one attribute.
  static let maxParameters = 16

  /// The same under another tag and name of the suite, as an answer repeats them.
  func answering(_ offered: CryptoAttribute) -> CryptoAttribute {
    CryptoAttribute(offered.tag, offered.suite, keys, [])
  }

  /// Whether SRTP can be run by it without anything special: a known suite, one key without identifier, encrypted and
  /// authenticated, keys derived once.
  public var isPlain: Bool {
    guard suite.keyLength != nil, keys.count == 1, keys[0].mki == nil else { return false }
    return parameters.allSatisfy {
      switch $0 {
      case .windowSizeHint, .keyDerivationRate(0): true
      case .other(let text): text.utf8.first == UInt8(ascii: "-")
      default: false
      }
    }
  }

  /// Tag and suite; the keys are not shown.
  public var description: String { "\(tag) \(suite.name) (not shown)" }
}

// MARK: - Text

extension CryptoAttribute {
  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    tag = UInt32(truncatingIfNeeded: try scanner.number(upTo: UInt64(CryptoAttribute.maxTag)))
    try scanner.expectBlank()
    let suite = scanner.run { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
    if suite.isEmpty { throw scanner.unexpected() }
    self.suite = CryptoSuite(scanner.text(suite))
    try scanner.expectBlank()
    var length: Int?
    if let key = self.suite.keyLength, let salt = self.suite.saltLength { length = key + salt }
    keys = try CryptoAttribute.scanKeys(&scanner, length: length)
    var parameters: [Parameter] = []
    while scanner.skipBlanks(), !scanner.isAtEnd {
      guard parameters.count < CryptoAttribute.maxParameters else { throw scanner.error(.trailingBytes) }
      parameters.append(try Parameter(scanning: &scanner, length: length))
    }
    self.parameters = parameters
  }

  @_lifetime(scanner: copy scanner)
  fileprivate static func scanKeys(_ scanner: inout SDPScanner, length: Int?) throws(SDPError) -> [Key] {
    var keys: [Key] = []
    repeat {
      guard keys.count < maxKeys else { throw scanner.error(.trailingBytes) }
      let method = scanner.run { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
      guard scanner.matches(method, "inline") else { throw scanner.error(.unknownValue, at: method.lowerBound) }
      try scanner.expect(UInt8(ascii: ":"))
      keys.append(try Key(scanning: &scanner, length: length))
    } while scanner.skip(UInt8(ascii: ";"))
    return keys
  }

  /// Appends the whole attribute, keys and all.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(number: tag)
    bytes.append(UInt8(ascii: " "))
    bytes.append(text: suite.name)
    bytes.append(UInt8(ascii: " "))
    CryptoAttribute.write(keys, into: &bytes)
    for parameter in parameters {
      bytes.append(UInt8(ascii: " "))
      parameter.write(into: &bytes)
    }
  }

  fileprivate static func write(_ keys: [Key], into bytes: inout [UInt8]) {
    for (index, key) in keys.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ";")) }
      key.write(into: &bytes)
    }
  }
}

extension CryptoAttribute.Key {
  /// `key-salt ["|" lifetime] ["|" mki]`, where a part with a colon is the identifier (§9.2).
  @_lifetime(scanner: copy scanner)
  fileprivate init(scanning scanner: inout SDPScanner, length: Int?) throws(SDPError) {
    let start = scanner.position
    let text = scanner.run { $0.isICECharacter || $0 == UInt8(ascii: "=") }
    // Padding is dropped when reading (§6.1), and some leave it out when writing.
    var end = text.upperBound
    while end > start, scanner.bytes[end - 1] == UInt8(ascii: "=") { end -= 1 }
    var padded = [UInt8](copying: scanner.bytes.extracting(start..<end))
    while padded.count % 4 != 0 { padded.append(UInt8(ascii: "=")) }
    guard let bytes = try? Base64.decode(padded.span), !bytes.isEmpty, length ?? bytes.count == bytes.count else {
      throw scanner.error(.malformedKey, at: start)
    }
    keySalt = SRTPKeySalt(bytes)
    var lifetime: UInt64?
    var mki: CryptoAttribute.MKI?
    while mki == nil, scanner.skip(UInt8(ascii: "|")) {
      let place = scanner.position
      let number = try scanner.number()
      if scanner.skip(UInt8(ascii: "^")) {
        let exponent = try scanner.number(upTo: 63)
        guard number == 2, lifetime == nil else { throw scanner.error(.malformedNumber, at: place) }
        lifetime = 1 << exponent
      } else if scanner.skip(UInt8(ascii: ":")) {
        let lengthStart = scanner.position
        let length = try scanner.number(upTo: 128)
        guard length > 0 else { throw scanner.error(.numberOutOfRange, at: lengthStart) }
        mki = CryptoAttribute.MKI(value: number, length: UInt8(truncatingIfNeeded: length))
      } else {
        guard number > 0, lifetime == nil else { throw scanner.error(.malformedNumber, at: place) }
        lifetime = number
      }
    }
    self.lifetime = lifetime
    self.mki = mki
  }

  fileprivate func write(into bytes: inout [UInt8]) {
    bytes.append(text: "inline:")
    Base64.append(keySalt.exposedBytes.span, to: &bytes)
    if let lifetime {
      bytes.append(UInt8(ascii: "|"))
      if lifetime.nonzeroBitCount == 1 {
        bytes.append(text: "2^")
        bytes.append(number: UInt64(lifetime.trailingZeroBitCount))
      } else {
        bytes.append(number: lifetime)
      }
    }
    if let mki {
      bytes.append(UInt8(ascii: "|"))
      bytes.append(number: mki.value)
      bytes.append(UInt8(ascii: ":"))
      bytes.append(number: mki.length)
    }
  }
}

extension CryptoAttribute.Parameter: CustomStringConvertible {
  @_lifetime(scanner: copy scanner)
  fileprivate init(scanning scanner: inout SDPScanner, length: Int?) throws(SDPError) {
    let name = scanner.run { !$0.isBlank && $0 != UInt8(ascii: "=") }
    let hasValue = scanner.skip(UInt8(ascii: "="))
    switch (scanner.text(name), hasValue) {
    case ("KDR", true):
      self = .keyDerivationRate(UInt8(truncatingIfNeeded: try scanner.number(upTo: 24)))
    case ("UNENCRYPTED_SRTP", false): self = .unencryptedSRTP
    case ("UNENCRYPTED_SRTCP", false): self = .unencryptedSRTCP
    case ("UNAUTHENTICATED_SRTP", false): self = .unauthenticatedSRTP
    case ("FEC_ORDER", true):
      let order = try scanner.word()
      let text = scanner.text(order)
      guard ["FEC_SRTP", "SRTP_FEC", "SPLIT"].contains(text) else {
        throw scanner.error(.unknownValue, at: order.lowerBound)
      }
      self = .fecOrder(text)
    case ("FEC_KEY", true): self = .fecKey(try CryptoAttribute.scanKeys(&scanner, length: length))
    case ("WSH", true):
      let start = scanner.position
      let hint = try scanner.number()
      guard hint >= 64 else { throw scanner.error(.numberOutOfRange, at: start) }
      self = .windowSizeHint(hint)
    default:
      let value = scanner.run { !$0.isBlank }
      self = .other(scanner.text(name.lowerBound..<value.upperBound))
    }
    guard scanner.isAtEnd || scanner.peek()?.isBlank == true else { throw scanner.unexpected() }
  }

  fileprivate func write(into bytes: inout [UInt8]) {
    switch self {
    case .fecKey(let keys):
      bytes.append(text: "FEC_KEY=")
      CryptoAttribute.write(keys, into: &bytes)
    case .keyDerivationRate, .unencryptedSRTP, .unencryptedSRTCP, .unauthenticatedSRTP, .fecOrder, .windowSizeHint,
      .other:
      bytes.append(text: description)
    }
  }

  /// The text; keys are not shown.
  public var description: String {
    switch self {
    case .keyDerivationRate(let rate): "KDR=\(rate)"
    case .unencryptedSRTP: "UNENCRYPTED_SRTP"
    case .unencryptedSRTCP: "UNENCRYPTED_SRTCP"
    case .unauthenticatedSRTP: "UNAUTHENTICATED_SRTP"
    case .fecOrder(let order): "FEC_ORDER=\(order)"
    case .fecKey: "FEC_KEY=(not shown)"
    case .windowSizeHint(let packets): "WSH=\(packets)"
    case .other(let text): text
    }
  }
}
