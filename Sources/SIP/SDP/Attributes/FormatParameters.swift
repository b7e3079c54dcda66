/// `a=fmtp` (RFC 8866 §6.15): parameters of one format, in words that only the format knows.
public struct FormatParameters: SDPAttributeValue {
  /// `fmtp`
  public static var attribute: AttributeName { .fmtp }
  /// The format as `m=` has it: a payload type where RTP is spoken.
  public let format: String
  /// Everything behind it, without blanks around.
  public let parameters: String

  /// Parameters; nil when the format is no token or the text would break the line.
  public init?(_ format: String, _ parameters: String) {
    guard format.consists(of: \.isSDPToken), parameters.isLineText, parameters.utf8.first?.isBlank != true,
      parameters.utf8.last?.isBlank != true
    else { return nil }
    self.format = format
    self.parameters = parameters
  }

  /// Reads a value; some phones write a format and nothing behind it.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout SDPScanner) throws(SDPError) {
    format = try scanner.tokenText()
    if !scanner.isAtEnd, !scanner.skipBlanks() { throw scanner.unexpected() }
    let rest = scanner.rest()
    parameters = scanner.text(rest)
  }

  /// Appends `111 minptime=10;useinbandfec=1`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(text: format)
    bytes.append(UInt8(ascii: " "))
    bytes.append(text: parameters)
  }

  /// The value of a parameter where they are written as `name=value;name=value`, the name without case.
  ///
  /// Empty for a name without a value, nil when the name is not there.
  public subscript(name: String) -> String? { FormatParameters.value(of: name, in: parameters) }

  static func value(of name: String, in parameters: String) -> String? {
    for part in parameters.split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = pair.first, trimmed(key).equalsIgnoringCase(name) else { continue }
      return pair.count > 1 ? trimmed(pair[1]) : ""
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let first = text.utf8.first, first.isBlank { text.removeFirst() }
    while let last = text.utf8.last, last.isBlank { text.removeLast() }
    return String(text)
  }
}

extension String {
  /// Whether the text can stand within a line: no CR, no LF, no NUL.
  var isLineText: Bool { utf8.allSatisfy { $0 != 0x0A && $0 != 0x0D && $0 != 0 } }
}

/// What `a=fmtp` of `telephone-event` says (RFC 4733 §2.4.1): which events a side takes, `0-15,66,70`.
public struct TelephoneEvents: Sendable, Hashable, CustomStringConvertible {
  private var words: SIMD4<UInt64>

  /// None.
  public init() { words = .zero }

  /// The keys 0 to 9, `*`, `#` and A to D: what is meant where nothing is said (RFC 4733 §2.4.1).
  public static var dtmf: TelephoneEvents { TelephoneEvents(0...15) }

  /// A range of events.
  public init(_ range: ClosedRange<UInt8>) {
    words = .zero
    insert(range)
  }

  /// Reads a list of numbers and ranges; nil when it is none.
  public init?(_ text: String) {
    words = .zero
    let utf8 = text.utf8
    let bytes = utf8.span
    var scanner = SDPScanner(bytes, 0..<bytes.count)
    do throws(SDPError) {
      scanner.skipBlanks()
      repeat {
        scanner.skipBlanks()
        let first = UInt8(truncatingIfNeeded: try scanner.number(upTo: 255))
        var last = first
        if scanner.skip(UInt8(ascii: "-")) { last = UInt8(truncatingIfNeeded: try scanner.number(upTo: 255)) }
        guard first <= last else { return nil }
        insert(first...last)
        scanner.skipBlanks()
      } while scanner.skip(UInt8(ascii: ","))
      try scanner.expectEnd()
    } catch {
      return nil
    }
  }

  /// Whether an event is among them.
  public func contains(_ event: UInt8) -> Bool { words[Int(event >> 6)] >> UInt64(event & 63) & 1 != 0 }

  /// Whether there is none.
  public var isEmpty: Bool { words == .zero }

  /// What both sides take.
  public func intersection(_ other: TelephoneEvents) -> TelephoneEvents {
    var copy = self
    copy.words = words & other.words
    return copy
  }

  private mutating func insert(_ range: ClosedRange<UInt8>) {
    for event in range { words[Int(event >> 6)] |= 1 << UInt64(event & 63) }
  }

  /// `0-15,66,70`
  public var description: String {
    var parts: [String] = []
    var event = 0
    while event < 256 {
      guard contains(UInt8(event)) else {
        event += 1
        continue
      }
      let first = event
      while event < 256, contains(UInt8(event)) { event += 1 }
      parts.append(first == event - 1 ? "\(first)" : "\(first)-\(event - 1)")
    }
    return parts.joined(separator: ",")
  }
}
