import Wire

/// `%HH` escapes in URI components (RFC 3261 §19.1.2).
public enum URIEscape {
  /// The bytes that a component stands for: every escape replaced by its byte, be it a NUL.
  ///
  /// A `%` that no two hex digits follow stays as it is; components of parsed URIs have none.
  public static func decode(_ component: String) -> [UInt8] {
    var bytes: [UInt8] = []
    let utf8 = component.utf8
    var reader = EscapeReader(utf8.span, keeping: ByteSet(low: 0, high: 0))
    while let character = reader.next() { bytes.append(character.byte) }
    return bytes
  }

  /// Escapes text for the user part of a SIP URI, whatever is in it; non-ASCII goes as escaped UTF-8.
  public static func encodeUser(_ text: String) -> String { encode(text.utf8, allowed: .user) }

  /// Escapes text for a URI parameter's name or value.
  public static func encodeParameter(_ text: String) -> String { encode(text.utf8, allowed: .uriParameter) }

  /// Escapes text for a name or a value in the headers part.
  public static func encodeHeader(_ text: String) -> String { encode(text.utf8, allowed: .uriHeader) }

  private static func encode(_ bytes: some Sequence<UInt8>, allowed: ByteSet) -> String {
    var out: [UInt8] = []
    for byte in bytes {
      if allowed.contains(byte) { out.append(byte) } else { append(escaping: byte, to: &out) }
    }
    return String(decoding: out, as: UTF8.self)
  }

  static func append(escaping byte: UInt8, to bytes: inout [UInt8]) {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
    bytes.append(UInt8(ascii: "%"))
    bytes.append(digit(byte >> 4))
    bytes.append(digit(byte & 15))
  }

  /// Whether the component consists of characters of `set` and whole escapes.
  static func isValid(_ component: String, _ set: ByteSet) -> Bool {
    let utf8 = component.utf8
    let span = utf8.span
    var scanner = FieldScanner(span)
    do throws(SIPParseError) {
      _ = try scanner.escapedRun(of: set)
      return scanner.isAtEnd
    } catch {
      return false
    }
  }
}

extension ByteSet {
  /// `reserved` of RFC 2396 §2.2 and the `%` itself: what is never equivalent to its escape (RFC 3261 §19.1.4).
  static var neverUnescaped: ByteSet { ByteSet(low: 0xac00_9870_0000_0000, high: 1) }

  /// Everything outside the set.
  var complement: ByteSet { ByteSet(low: ~low, high: ~high, nonASCII: !nonASCII) }
}

extension FieldScanner {
  /// The longest run of characters of `set` and escapes; a `%` without two hex digits is a fault.
  @_lifetime(self: copy self)
  mutating func escapedRun(of set: ByteSet) throws(SIPParseError) -> Range<Int> {
    let start = position
    while true {
      _ = run(of: set)
      guard peek() == UInt8(ascii: "%") else { return start..<position }
      guard end - position > 2, ByteSet.hexDigit.contains(bytes[position + 1]),
        ByteSet.hexDigit.contains(bytes[position + 2])
      else { throw error(.malformedEscape) }
      position += 3
    }
  }
}

/// Reads a component one character at a time with the escapes resolved, except those of bytes that must stay escaped.
///
/// Two components are equivalent in the sense of §19.1.4 exactly when they read alike, so comparison copies nothing:
/// `%61` and `a` are one character, `%40` and `@` are two.
struct EscapeReader: ~Escapable {
  struct Character: Equatable {
    var byte: UInt8
    var isEscaped: Bool

    func append(to bytes: inout [UInt8]) {
      if isEscaped { URIEscape.append(escaping: byte, to: &bytes) } else { bytes.append(byte) }
    }

    var lowercased: Character { isEscaped ? self : Character(byte: byte.asciiLowercased, isEscaped: false) }
  }

  private let bytes: Span<UInt8>
  private let kept: ByteSet
  private var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, keeping kept: ByteSet) {
    self.bytes = bytes
    self.kept = kept
  }

  @_lifetime(self: copy self)
  @inline(__always)
  mutating func next() -> Character? {
    guard position < bytes.count else { return nil }
    let byte = bytes[position]
    position += 1
    guard byte == UInt8(ascii: "%"), bytes.count - position >= 2, let high = Hex.value(of: bytes[position]),
      let low = Hex.value(of: bytes[position + 1])
    else { return Character(byte: byte, isEscaped: false) }
    position += 2
    let decoded = high << 4 | low
    return Character(byte: decoded, isEscaped: kept.contains(decoded))
  }
}

extension String {
  /// Whether two URI components are equivalent (§19.1.4), letters with or without case.
  func matchesComponent(_ other: String, ignoringCase: Bool) -> Bool {
    let (leftBytes, rightBytes) = (utf8, other.utf8)
    var left = EscapeReader(leftBytes.span, keeping: .neverUnescaped)
    var right = EscapeReader(rightBytes.span, keeping: .neverUnescaped)
    while true {
      switch (left.next(), right.next()) {
      case (nil, nil): return true
      case (let a?, let b?) where ignoringCase ? a.lowercased == b.lowercased : a == b: continue
      default: return false
      }
    }
  }
}
