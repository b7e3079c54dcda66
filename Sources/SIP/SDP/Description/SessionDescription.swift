import Wire

/// A session description (RFC 8866): the bytes as they came, and an index of them.
///
/// Nothing is lost and nothing is rewritten: `bytes` are what was parsed, unknown lines, line ends and all, and they
/// parse to an equal value. What a line means is read when it is asked for. A value is one reference; copies are cheap.
///
/// The structure is checked when parsing, so a value is a proof that `v=`, `o=`, `c=`, `b=`, `t=`, `r=`, `z=` and `m=`
/// are well-formed. Attributes are not: a peer's `a=` that nobody here understands must not end a call. Their accessors
/// say what is wrong with them (``AttributeList/first(_:named:)``), or ``checkAttributes()`` for all at once.
public struct SessionDescription: Sendable, Hashable {
  let storage: SDPStorage

  /// Parses a description.
  ///
  /// - Throws: the first fault with its offset and line.
  public init(parsing bytes: Span<UInt8>, limits: SDPLimits = .default) throws(SDPError) {
    // Refused before it is copied.
    guard bytes.count <= limits.maxBytes else { throw SDPError(.tooManyBytes, at: max(limits.maxBytes, 0)) }
    try self.init(parsing: [UInt8](copying: bytes), limits: limits)
  }

  /// Parses a description that is an array already, without a copy.
  public init(parsing bytes: [UInt8], limits: SDPLimits = .default) throws(SDPError) {
    storage = SDPStorage(bytes, try SDPIndex(bytes.span, limits: limits))
  }

  /// Parses a description from text.
  public init(_ text: String, limits: SDPLimits = .default) throws(SDPError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  /// The description as it goes onto the wire.
  public var bytes: [UInt8] { storage.bytes }

  /// Whether both are the same bytes.
  public static func == (left: SessionDescription, right: SessionDescription) -> Bool {
    left.storage === right.storage || left.storage.bytes == right.storage.bytes
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(storage.bytes) }
}

/// The bytes of a description and where its lines lie; never changed once made.
final class SDPStorage: Sendable {
  let bytes: [UInt8]
  let index: SDPIndex

  init(_ bytes: [UInt8], _ index: SDPIndex) {
    self.bytes = bytes
    self.index = index
  }

  /// The text of a place, mended where it is not UTF-8.
  func text(_ range: Range<Int>) -> String {
    let bytes = bytes
    return String(copying: bytes.span.extracting(range))
  }
}

// MARK: - The session

extension SessionDescription {
  /// `o=` (§5.2).
  public var origin: Origin {
    let bytes = storage.bytes
    let line = storage.index.originLine
    var scanner = SDPScanner(bytes.span, storage.index.lines[line].value.range, line: line + 1)
    // It was read when the description was parsed; the fallback is never reached.
    return (try? Origin(scanning: &scanner)) ?? Origin(sessionID: 0, address: .anyIPv4)
  }

  /// `s=` (§5.3); empty when there is none.
  public var sessionName: String {
    storage.index.nameLine.map { storage.text(storage.index.lines[$0].value.range) } ?? ""
  }

  /// `c=` of the session (§5.7); nil when there is none, or for a network other than IP.
  public var connection: ConnectionAddress? { storage.connection(storage.index.connectionLine) }

  /// `t=` with their `r=` (§5.9, §5.10), wherever they stand; empty when there is none, which means the same as `0 0`.
  public var times: [TimeDescription] {
    let bytes = storage.bytes
    var times: [TimeDescription] = []
    for (number, line) in storage.index.lines.enumerated() {
      var scanner = SDPScanner(bytes.span, line.value.range, line: number + 1)
      if line.letter == UInt8(ascii: "t"), let time = try? TimeDescription(scanning: &scanner) {
        times.append(time)
      } else if line.letter == UInt8(ascii: "r"), !times.isEmpty, let repetition = try? RepeatTimes(scanning: &scanner)
      {
        times[times.count - 1].repeats.append(repetition)
      }
    }
    return times
  }

  /// `z=` (§5.11).
  public var timeZoneAdjustments: [TimeZoneAdjustment] {
    let bytes = storage.bytes
    var list: [TimeZoneAdjustment] = []
    for line in storage.index.lines where line.letter == UInt8(ascii: "z") {
      var scanner = SDPScanner(bytes.span, line.value.range)
      list += (try? TimeZoneAdjustment.scanList(&scanner)) ?? []
    }
    return list
  }

  /// `i=` of the session (§5.4).
  public var information: String? { storage.values(of: "i", in: storage.index.sessionLines).first }

  /// `u=` (§5.5), as text.
  public var uri: String? { storage.values(of: "u", in: storage.index.lines.indices).first }

  /// `e=` (§5.6).
  public var emailAddresses: [String] { storage.values(of: "e", in: storage.index.lines.indices) }

  /// `p=` (§5.6).
  public var phoneNumbers: [String] { storage.values(of: "p", in: storage.index.lines.indices) }

  /// `b=` of the session (§5.8).
  public var bandwidths: [Bandwidth] { storage.bandwidths(in: storage.index.sessionLines) }

  /// Whether there is a `k=` (RFC 4566 §5.12), which nobody may use any more and which is never read here.
  public var hasKeyField: Bool { storage.index.lines.contains { $0.letter == UInt8(ascii: "k") } }

  /// `a=` of the session.
  public var attributes: AttributeList { AttributeList(storage, storage.index.sessionLines) }

  /// Which way media flows unless a media description says otherwise; nil when the session does not say.
  public var direction: MediaDirection? { storage.index.direction }

  /// The media descriptions in order.
  public var media: MediaList { MediaList(storage) }

  /// Whether ICE is spoken by a lite implementation (RFC 8839 §5.3).
  public var isICELite: Bool { attributes.contains(.iceLite) }

  /// `a=group` (RFC 5888 §5); malformed ones are left out.
  public var groups: [MediaGroup] { attributes.valid(MediaGroup.self) }

  /// Checks every attribute that has a type here.
  ///
  /// - Throws: the first fault with its offset and line.
  public func checkAttributes() throws(SDPError) {
    try attributes.check()
    for media in media { try media.attributes.check() }
  }
}

// MARK: - Reading lines

extension SDPStorage {
  func connection(_ line: Int?) -> ConnectionAddress? {
    guard let line else { return nil }
    let bytes = bytes
    var scanner = SDPScanner(bytes.span, index.lines[line].value.range, line: line + 1)
    return (try? ConnectionAddress.scan(&scanner)) ?? nil
  }

  func bandwidths(in range: Range<Int>) -> [Bandwidth] {
    let bytes = bytes
    var list: [Bandwidth] = []
    for line in index.lines[range] where line.letter == UInt8(ascii: "b") {
      var scanner = SDPScanner(bytes.span, line.value.range)
      if let bandwidth = try? Bandwidth(scanning: &scanner) { list.append(bandwidth) }
    }
    return list
  }

  func values(of letter: Unicode.Scalar, in range: Range<Int>) -> [String] {
    let letter = UInt8(ascii: letter)
    return index.lines[range].filter { $0.letter == letter }.map { text($0.value.range) }
  }
}

// MARK: - Text

extension SessionDescription: CustomStringConvertible, CustomReflectable {
  /// The text with LF as line end; keys and passwords (`k=`, `a=crypto`, `a=ice-pwd`, and any line with an `inline:` key)
  /// are not shown.
  public var description: String {
    var lines: [String] = []
    for line in storage.index.lines where line.letter != 0 {
      let start = String(UnicodeScalar(line.letter)) + "="
      let text = storage.text(line.value.range)
      if line.attribute == .crypto || line.attribute == .icePwd {
        lines.append(start + line.attribute.text + ":(not shown)")
      } else if line.letter == UInt8(ascii: "k") || Attribute.holdsKey(text) {
        lines.append(start + "(not shown)")
      } else {
        lines.append(start + text)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Shows nothing to `dump` but the text.
  public var customMirror: Mirror { Mirror(self, children: ["text": description]) }
}
