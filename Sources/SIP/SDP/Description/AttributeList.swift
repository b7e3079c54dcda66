import Wire

/// A value behind `a=name:`, with a text that parses to an equal value.
///
/// To add one: a struct with these requirements, its name in ``AttributeName``, a table of valid and invalid values in
/// its test, and a line in `AttributeList.check()`.
public protocol SDPAttributeValue: Sendable, Hashable, CustomStringConvertible {
  /// The attribute it belongs to.
  static var attribute: AttributeName { get }

  /// Reads a value at the cursor and leaves the cursor behind it.
  init(scanning scanner: inout SDPScanner) throws(SDPError)

  /// Appends the canonical text.
  func write(into bytes: inout [UInt8])
}

extension SDPAttributeValue {
  /// Reads a whole value.
  public init(parsing value: Span<UInt8>) throws(SDPError) {
    var scanner = SDPScanner(value, 0..<value.count)
    self = try Self.whole(&scanner)
  }

  /// Reads a whole value from text.
  public init(_ text: String) throws(SDPError) {
    let utf8 = text.utf8
    try self.init(parsing: utf8.span)
  }

  static func whole(_ scanner: inout SDPScanner) throws(SDPError) -> Self {
    scanner.skipBlanks()
    let value = try Self(scanning: &scanner)
    try scanner.expectEnd()
    return value
  }

  /// The canonical text.
  public var text: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The canonical text.
  public var description: String { text }
}

/// One `a=` as it stands there.
public struct Attribute: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// Which attribute it is; `other` when this target does not know it.
  public let kind: AttributeName
  /// The name.
  public let name: String
  /// What stands behind the colon; nil when there is none. Keys are in it: it is not for logs.
  public let value: String?

  /// `name:value`; what stands behind `a=crypto` and `a=ice-pwd` is not shown, nor is a value with an `inline:` key.
  public var description: String {
    guard let value else { return name }
    let isSecret = kind == .crypto || kind == .icePwd || Self.holdsKey("\(name):\(value)")
    guard isSecret else { return "\(name):\(value)" }
    // With a blank in the place of the colon the key stands in what looks like the name.
    return "\(name.prefix { $0 != " " && $0 != "\t" }):(not shown)"
  }

  /// A misspelt `a=crypto` is one that nobody understands, and has a key all the same.
  static func holdsKey(_ text: String) -> Bool { text.lowercased().contains("inline:") }

  /// Shows nothing to `dump` but the description.
  public var customMirror: Mirror { Mirror(self, children: ["text": description]) }
}

/// The attributes of the session or of one media description, in order.
public struct AttributeList: Sendable, Sequence {
  private let storage: SDPStorage
  private let lines: Range<Int>

  init(_ storage: SDPStorage, _ lines: Range<Int>) {
    self.storage = storage
    self.lines = lines
  }

  /// Whether there is an attribute of this name, with a value or without.
  public func contains(_ name: AttributeName) -> Bool { line(of: name) != nil }

  /// What stands behind the first attribute of this name, without blanks around it; nil without one or its value.
  public func text(of name: AttributeName) -> String? {
    guard let line = line(of: name), let value = storage.index.lines[line].attributeValue else { return nil }
    let bytes = storage.bytes
    var scanner = SDPScanner(bytes.span, value)
    scanner.skipBlanks()
    let range = scanner.rest()
    return range.isEmpty ? nil : storage.text(range)
  }

  /// The first attribute of a type, under its own name or another one of the same form; nil when there is none.
  ///
  /// - Throws: what is wrong with it.
  public func first<Value: SDPAttributeValue>(
    _ type: Value.Type, named name: AttributeName = Value.attribute
  ) throws(SDPError) -> Value? {
    guard let line = line(of: name) else { return nil }
    return try value(type, at: line)
  }

  /// All attributes of a type.
  ///
  /// - Throws: what is wrong with the first malformed one.
  public func all<Value: SDPAttributeValue>(
    _ type: Value.Type, named name: AttributeName = Value.attribute
  ) throws(SDPError) -> [Value] {
    var values: [Value] = []
    for line in lines where matches(line, name) { values.append(try value(type, at: line)) }
    return values
  }

  /// All well-formed attributes of a type: for what may be ignored.
  public func valid<Value: SDPAttributeValue>(
    _ type: Value.Type, named name: AttributeName = Value.attribute
  ) -> [Value] {
    var values: [Value] = []
    for line in lines where matches(line, name) {
      if let value = try? value(type, at: line) { values.append(value) }
    }
    return values
  }

  /// A decimal number behind the first attribute of this name; nil when there is none, or it is beyond `maximum`.
  public func number(of name: AttributeName, upTo maximum: UInt64 = .max) -> UInt64? {
    guard let line = line(of: name), let value = storage.index.lines[line].attributeValue else { return nil }
    let bytes = storage.bytes
    var scanner = SDPScanner(bytes.span, value)
    scanner.skipBlanks()
    guard let number = try? scanner.number(upTo: maximum), scanner.rest().isEmpty else { return nil }
    return number
  }

  /// The attributes one by one.
  public func makeIterator() -> AnyIterator<Attribute> {
    var next = lines.lowerBound
    return AnyIterator { [storage, lines] in
      while next < lines.upperBound {
        let line = storage.index.lines[next]
        next += 1
        guard line.letter == UInt8(ascii: "a") else { continue }
        return Attribute(
          kind: line.attribute, name: storage.text(line.attributeName), value: line.attributeValue.map(storage.text))
      }
      return nil
    }
  }

  private func line(of name: AttributeName) -> Int? { lines.first { matches($0, name) } }

  private func matches(_ line: Int, _ name: AttributeName) -> Bool {
    let line = storage.index.lines[line]
    return line.attribute == name && line.letter == UInt8(ascii: "a")
  }

  private func value<Value: SDPAttributeValue>(_ type: Value.Type, at line: Int) throws(SDPError) -> Value {
    let entry = storage.index.lines[line]
    let range = entry.attributeValue ?? entry.value.upperBound..<entry.value.upperBound
    let bytes = storage.bytes
    var scanner = SDPScanner(bytes.span, range, line: line + 1)
    return try Value.whole(&scanner)
  }

  // MARK: All at once

  func check() throws(SDPError) {
    for line in lines where storage.index.lines[line].letter == UInt8(ascii: "a") {
      switch storage.index.lines[line].attribute {
      case .rtpmap: _ = try value(RTPMap.self, at: line)
      case .fmtp: _ = try value(FormatParameters.self, at: line)
      case .ptime, .maxptime: _ = try value(PacketTime.self, at: line)
      case .rtcp: _ = try value(RTCPAddress.self, at: line)
      case .rtcpFeedback: _ = try value(RTCPFeedback.self, at: line)
      case .maxprate: _ = try value(PacketRate.self, at: line)
      case .ssrc: _ = try value(SourceAttribute.self, at: line)
      case .ssrcGroup: _ = try value(SourceGroup.self, at: line)
      case .extmap: _ = try value(ExtensionMap.self, at: line)
      case .msid: _ = try value(MediaStreamID.self, at: line)
      case .group: _ = try value(MediaGroup.self, at: line)
      case .mid, .label: _ = try value(TokenAttribute.self, at: line)
      case .content: _ = try value(MediaContent.self, at: line)
      case .setup: _ = try value(DTLSSetup.self, at: line)
      case .fingerprint: _ = try value(Fingerprint.self, at: line)
      case .tlsID: _ = try value(TLSID.self, at: line)
      case .candidate: _ = try value(ICECandidate.self, at: line)
      case .remoteCandidates: _ = try value(RemoteCandidates.self, at: line)
      case .iceUfrag: _ = try value(ICEUsernameFragment.self, at: line)
      case .icePwd: _ = try value(ICEPassword.self, at: line)
      case .iceOptions: _ = try value(ICEOptions.self, at: line)
      case .crypto: _ = try value(CryptoAttribute.self, at: line)
      case .sctpPort: _ = try value(SCTPPort.self, at: line)
      case .maxMessageSize, .icePacing: _ = try value(NumberAttribute.self, at: line)
      case .other, .sendrecv, .sendonly, .recvonly, .inactive, .tool, .charset, .framerate, .lang, .sdplang, .rtcpMux,
        .rtcpMuxOnly, .rtcpReducedSize, .extmapAllowMixed, .bundleOnly, .connection, .endOfCandidates, .iceLite,
        .iceMismatch:
        break
      }
    }
  }
}
