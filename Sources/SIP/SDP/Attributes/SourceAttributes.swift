/// `a=ssrc` (RFC 5576 §4.1): something about one RTP source.
public struct SourceAttribute: SDPAttributeValue {
  /// `ssrc`
  public static var attribute: AttributeName { .ssrc }
  /// The source.
  public let ssrc: UInt32
  /// `cname`, `msid`, `fmtp` and others; empty where only the source is named.
  public let name: String
  /// What stands behind the colon; nil when there is none.
  public let value: String?

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    ssrc = UInt32(truncatingIfNeeded: try scanner.number(upTo: UInt64(UInt32.max)))
    if !scanner.isAtEnd, !scanner.skipBlanks() { throw scanner.unexpected() }
    guard !scanner.isAtEnd else {
      name = ""
      value = nil
      return
    }
    name = try scanner.tokenText()
    guard scanner.skip(UInt8(ascii: ":")) else {
      value = nil
      return
    }
    let rest = scanner.rest()
    value = scanner.text(rest)
  }

  /// Appends `314159 cname:user@example.com`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(number: ssrc)
    if !name.isEmpty {
      bytes.append(UInt8(ascii: " "))
      bytes.append(text: name)
    }
    if let value {
      bytes.append(UInt8(ascii: ":"))
      bytes.append(text: value)
    }
  }
}

/// `a=ssrc-group` (RFC 5576 §4.2): sources that belong together.
public struct SourceGroup: SDPAttributeValue {
  /// `ssrc-group`
  public static var attribute: AttributeName { .ssrcGroup }
  /// `FID`, `FEC`, `FEC-FR`, `SIM` and others.
  public let semantics: String
  /// The sources in order.
  public let sources: [UInt32]

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    semantics = try scanner.tokenText()
    var sources: [UInt32] = []
    while scanner.skipBlanks(), !scanner.isAtEnd {
      sources.append(UInt32(truncatingIfNeeded: try scanner.number(upTo: UInt64(UInt32.max))))
    }
    self.sources = sources
  }

  /// Appends `FID 1 2`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(text: semantics)
    for source in sources {
      bytes.append(UInt8(ascii: " "))
      bytes.append(number: source)
    }
  }
}

/// `a=msid` (RFC 8830 §2): the stream and track of a browser.
public struct MediaStreamID: SDPAttributeValue {
  /// `msid`
  public static var attribute: AttributeName { .msid }
  /// The stream; `-` for none.
  public let id: String
  /// The track; nil when it is not said.
  public let track: String?

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    id = try scanner.tokenText()
    scanner.skipBlanks()
    track = scanner.isAtEnd ? nil : try scanner.tokenText()
  }

  /// Appends the two.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(text: id)
    if let track {
      bytes.append(UInt8(ascii: " "))
      bytes.append(text: track)
    }
  }
}
