/// Attributes that are one token: `a=mid` (RFC 5888 §4), `a=label` (RFC 4574).
public struct TokenAttribute: SDPAttributeValue {
  /// `mid`; `label` has the same form.
  public static var attribute: AttributeName { .mid }
  /// The token.
  public let token: String

  /// A token; nil when it is none.
  public init?(token: String) {
    guard token.consists(of: \.isSDPToken) else { return nil }
    self.token = token
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) { token = try scanner.tokenText() }

  /// Appends the token.
  public func write(into bytes: inout [UInt8]) { bytes.append(text: token) }
}

/// Attributes that are one number: `a=max-message-size` (RFC 8841 §6), `a=ice-pacing` (RFC 8839 §5.5).
public struct NumberAttribute: SDPAttributeValue {
  /// `max-message-size`; `ice-pacing` has the same form.
  public static var attribute: AttributeName { .maxMessageSize }
  /// The number: bytes, or milliseconds.
  public let number: UInt64

  /// A number.
  public init(_ number: UInt64) { self.number = number }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) { number = try scanner.number() }

  /// Appends the digits.
  public func write(into bytes: inout [UInt8]) { bytes.append(number: number) }
}

/// `a=sctp-port` (RFC 8841 §5): the port within the DTLS association; 0 refuses or closes it.
public struct SCTPPort: SDPAttributeValue {
  /// `sctp-port`
  public static var attribute: AttributeName { .sctpPort }
  /// The port.
  public let port: UInt16

  /// A port.
  public init(_ port: UInt16) { self.port = port }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    port = UInt16(truncatingIfNeeded: try scanner.number(upTo: 65_535))
  }

  /// Appends the digits.
  public func write(into bytes: inout [UInt8]) { bytes.append(number: port) }
}

/// `a=group` (RFC 5888 §5, RFC 9143 §5): media descriptions that belong together.
public struct MediaGroup: SDPAttributeValue {
  /// `group`
  public static var attribute: AttributeName { .group }
  /// `BUNDLE`, `LS`, `FID` and others.
  public let semantics: String
  /// The `mid` of each, in order; the first one of a bundle is its tagged one.
  public let mids: [String]

  /// A group; nil when a part is no token.
  public init?(_ semantics: String, _ mids: [String]) {
    guard semantics.consists(of: \.isSDPToken), mids.allSatisfy({ $0.consists(of: \.isSDPToken) }) else { return nil }
    self.semantics = semantics
    self.mids = mids
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    semantics = try scanner.tokenText()
    var mids: [String] = []
    while scanner.skipBlanks(), !scanner.isAtEnd { mids.append(try scanner.tokenText()) }
    self.mids = mids
  }

  /// Appends `BUNDLE 0 1`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(text: semantics)
    for mid in mids {
      bytes.append(UInt8(ascii: " "))
      bytes.append(text: mid)
    }
  }
}

/// `a=content` (RFC 4796 §5): what a stream shows.
public struct MediaContent: SDPAttributeValue {
  /// `content`
  public static var attribute: AttributeName { .content }
  /// `slides`, `speaker`, `sl`, `main`, `alt` and others.
  public let tags: [String]

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    var tags: [String] = []
    repeat { tags.append(try scanner.tokenText()) } while scanner.skip(UInt8(ascii: ","))
    self.tags = tags
  }

  /// Appends `slides,main`.
  public func write(into bytes: inout [UInt8]) { bytes.append(text: tags.joined(separator: ",")) }
}
