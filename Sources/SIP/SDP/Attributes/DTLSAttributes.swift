import Wire

/// `a=setup` (RFC 4145 §4, RFC 8842 §5.2): who begins the DTLS handshake.
public enum DTLSSetup: String, SDPAttributeValue, CaseIterable {
  case active, passive, actpass, holdconn

  /// `setup`
  public static var attribute: AttributeName { .setup }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let start = scanner.position
    let range = try scanner.token()
    for value in DTLSSetup.allCases where scanner.matches(range, value.rawValue) {
      self = value
      return
    }
    throw scanner.error(.unknownValue, at: start)
  }

  /// Appends the word.
  public func write(into bytes: inout [UInt8]) { bytes.append(text: rawValue) }
}

/// `a=fingerprint` (RFC 8122 §5): the hash of the certificate that DTLS will show.
public struct Fingerprint: SDPAttributeValue {
  /// `fingerprint`
  public static var attribute: AttributeName { .fingerprint }
  /// The hash function in lower case: `sha-256`.
  public let hashFunction: String
  /// The hash.
  public let bytes: [UInt8]

  /// A fingerprint; nil when the hash is not as long as its function makes it.
  public init?(_ hashFunction: String, _ bytes: [UInt8]) {
    let name = hashFunction.lowercased()
    guard name.consists(of: \.isSDPToken), !bytes.isEmpty, Fingerprint.length(of: name) ?? bytes.count == bytes.count
    else { return nil }
    self.hashFunction = name
    self.bytes = bytes
  }

  /// Whether the hash is one that RFC 8122 §5 still wants: SHA-2 and nothing older.
  public var isStrong: Bool { ["sha-224", "sha-256", "sha-384", "sha-512"].contains(hashFunction) }

  private static func length(of hashFunction: String) -> Int? {
    switch hashFunction {
    case "sha-1": 20
    case "sha-224": 28
    case "sha-256": 32
    case "sha-384": 48
    case "sha-512": 64
    case "md5", "md2": 16
    default: nil
    }
  }

  /// Reads a value; digits of either case, though the grammar has upper case only.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let name = try scanner.tokenText()
    try scanner.expectBlank()
    let start = scanner.position
    var hash: [UInt8] = []
    repeat {
      let place = scanner.position
      let pair = scanner.run { Hex.value(of: $0) != nil }
      guard pair.count == 2, let high = Hex.value(of: scanner.bytes[place]),
        let low = Hex.value(of: scanner.bytes[place + 1])
      else { throw scanner.error(.malformedNumber, at: place) }
      hash.append(high << 4 | low)
    } while scanner.skip(UInt8(ascii: ":"))
    guard let value = Fingerprint(name, hash) else { throw scanner.error(.malformedNumber, at: start) }
    self = value
  }

  /// Appends `sha-256 4A:AD:…`.
  public func write(into text: inout [UInt8]) {
    text.append(text: hashFunction)
    text.append(UInt8(ascii: " "))
    for (index, byte) in bytes.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ":")) }
      for digit in [Hex.digit(byte >> 4), Hex.digit(byte & 15)] { text.append(digit.isLetter ? digit & 0xDF : digit) }
    }
  }
}

/// `a=tls-id` (RFC 8842 §4): which DTLS association is meant; another one is a new association.
public struct TLSID: SDPAttributeValue {
  /// `tls-id`
  public static var attribute: AttributeName { .tlsID }
  /// 20 to 255 letters, digits and `+ / - _`.
  public let value: String

  /// An identifier; nil when it is none.
  public init?(value: String) {
    guard (20...255).contains(value.utf8.count), value.consists(of: TLSID.allows) else { return nil }
    self.value = value
  }

  private static func allows(_ byte: UInt8) -> Bool {
    byte.isICECharacter || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let range = scanner.run(while: TLSID.allows)
    guard (20...255).contains(range.count) else { throw scanner.error(.malformedToken, at: range.lowerBound) }
    value = scanner.text(range)
  }

  /// Appends it.
  public func write(into bytes: inout [UInt8]) { bytes.append(text: value) }
}
