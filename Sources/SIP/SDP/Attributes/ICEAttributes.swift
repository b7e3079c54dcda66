/// `a=ice-ufrag` (RFC 8839 §5.4): 4 to 256 characters.
public struct ICEUsernameFragment: SDPAttributeValue {
  /// `ice-ufrag`
  public static var attribute: AttributeName { .iceUfrag }
  /// The fragment.
  public let value: String

  /// A fragment; nil when it is none.
  public init?(value: String) {
    guard (4...256).contains(value.utf8.count), value.consists(of: \.isICECharacter) else { return nil }
    self.value = value
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let range = scanner.run { $0.isICECharacter }
    guard (4...256).contains(range.count) else { throw scanner.error(.malformedToken, at: range.lowerBound) }
    value = scanner.text(range)
  }

  /// Appends it.
  public func write(into bytes: inout [UInt8]) { bytes.append(text: value) }
}

/// `a=ice-pwd` (RFC 8839 §5.4): 22 to 256 characters that no description and no dump shows.
public struct ICEPassword: SDPAttributeValue, CustomReflectable {
  /// `ice-pwd`
  public static var attribute: AttributeName { .icePwd }
  /// The password; the name is long so that its use is seen in review.
  public let exposedText: String

  /// A password; nil when it is none.
  public init?(value: String) {
    guard (22...256).contains(value.utf8.count), value.consists(of: \.isICECharacter) else { return nil }
    exposedText = value
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let range = scanner.run { $0.isICECharacter }
    guard (22...256).contains(range.count) else { throw scanner.error(.malformedToken, at: range.lowerBound) }
    exposedText = scanner.text(range)
  }

  /// Appends the password.
  public func write(into bytes: inout [UInt8]) { bytes.append(text: exposedText) }

  /// Always the same words.
  public var description: String { "(not shown)" }

  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// `a=ice-options` (RFC 8839 §5.6): `ice2`, `trickle` and others.
public struct ICEOptions: SDPAttributeValue {
  /// `ice-options`
  public static var attribute: AttributeName { .iceOptions }
  /// The options.
  public let tags: [String]

  /// Options; nil when one is none.
  public init?(tags: [String]) {
    guard !tags.isEmpty, tags.allSatisfy({ $0.consists(of: \.isSDPToken) }) else { return nil }
    self.tags = tags
  }

  /// Reads a value; browsers use more characters in options than the grammar has, any token is taken.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    var tags: [String] = []
    repeat { tags.append(try scanner.tokenText()) } while scanner.skipBlanks() && !scanner.isAtEnd
    self.tags = tags
  }

  /// Appends `ice2 trickle`.
  public func write(into bytes: inout [UInt8]) { bytes.append(text: tags.joined(separator: " ")) }
}

/// `a=remote-candidates` (RFC 8839 §5.2): what an offerer has chosen of the answerer's.
public struct RemoteCandidates: SDPAttributeValue {
  /// `remote-candidates`
  public static var attribute: AttributeName { .remoteCandidates }
  /// One for each component.
  public let candidates: [Candidate]

  /// A candidate of the other side.
  public struct Candidate: Sendable, Hashable {
    /// 1 for RTP, 2 for RTCP.
    public let component: UInt16
    /// The address.
    public let host: SDPHost
    /// The port.
    public let port: UInt16
  }

  /// Reads a value.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    var list: [Candidate] = []
    repeat {
      let component = try scanner.iceComponent()
      try scanner.expectBlank()
      let host = try scanner.host()
      try scanner.expectBlank()
      let port = UInt16(truncatingIfNeeded: try scanner.number(upTo: 65_535))
      list.append(Candidate(component: component, host: host, port: port))
    } while scanner.skipBlanks() && !scanner.isAtEnd
    candidates = list
  }

  /// Appends `1 192.0.2.3 45664`.
  public func write(into bytes: inout [UInt8]) {
    for (index, candidate) in candidates.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: " ")) }
      bytes.append(number: candidate.component)
      bytes.append(UInt8(ascii: " "))
      candidate.host.write(into: &bytes)
      bytes.append(UInt8(ascii: " "))
      bytes.append(number: candidate.port)
    }
  }
}

extension SDPScanner {
  /// `component-id`, 1 to 256 (RFC 8839 §5.1).
  @_lifetime(self: copy self)
  mutating func iceComponent() throws(SDPError) -> UInt16 {
    let start = position
    let value = try number(upTo: 256)
    guard value > 0 else { throw error(.numberOutOfRange, at: start) }
    return UInt16(truncatingIfNeeded: value)
  }

  /// An address or name.
  @_lifetime(self: copy self)
  mutating func host() throws(SDPError) -> SDPHost {
    let range = try word()
    guard let host = SDPHost(parsing: bytes.extracting(range)) else {
      throw error(.malformedAddress, at: range.lowerBound)
    }
    return host
  }
}
