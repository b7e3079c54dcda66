import Codecs
import Wire

/// Why the body of an INFO request is no key.
public enum DTMFInfoError: Error, Sendable, Hashable {
  /// Longer than ``DTMFLimits/maxInfoBytes``.
  case tooLong
  /// No line says which key.
  case noSignal
  /// What it says is no key.
  case notAKey
}

/// A key in the body of a SIP INFO request, in the two forms that phones use. Neither has a standard; what is written is
/// what most of them read, what is read is what was seen:
///
///     application/dtmf-relay      Signal=5<CRLF>Duration=160<CRLF>     the duration in milliseconds
///     application/dtmf            5
///
/// Lines may end with LF alone, come in any order and in any case, with blanks around `=` or with `:` in its place; unknown
/// ones are left out, and so is a duration that is none. The key is a character (`0` to `9`, `*`, `#`, `A` to `D`), its
/// event code (`10` to `16`), or for the hook flash `!`, `hf` or `flash`. Each form is also read under the other's name.
public struct DTMFInfo: Sendable, Hashable {
  /// How a body is written, by its content type.
  public enum Form: Sendable, Hashable, CaseIterable {
    /// `application/dtmf-relay`
    case relay
    /// `application/dtmf`
    case plain

    /// The content type.
    public var contentType: String { self == .relay ? "application/dtmf-relay" : "application/dtmf" }

    /// The form of a content type, in any case and with any parameters; nil when it is neither.
    public init?(contentType: Span<UInt8>) {
      var end = 0
      while end < contentType.count, contentType[end] != UInt8(ascii: ";") { end += 1 }
      let type = DTMFInfo.trimmed(contentType.extracting(0..<end))
      guard let form = Form.allCases.first(where: { DTMFInfo.isWord(type, $0.contentType) }) else { return nil }
      self = form
    }
  }

  /// The key.
  public var digit: DTMFDigit
  /// How long it is held; nil when the body does not say. `application/dtmf` never does.
  public var milliseconds: UInt16?
  /// How the body is written.
  public var form: Form

  /// A key; a duration of 0 is none.
  public init(_ digit: DTMFDigit, milliseconds: UInt16? = nil, form: Form = .relay) {
    self.digit = digit
    self.milliseconds = milliseconds == 0 ? nil : milliseconds
    self.form = form
  }

  /// Reads a body.
  public init(parsing body: Span<UInt8>, as form: Form) throws(DTMFInfoError) {
    guard body.count <= DTMFLimits.maxInfoBytes else { throw .tooLong }
    self.form = form
    var key: DTMFDigit?
    var isNamed = false
    milliseconds = nil
    var start = 0
    while start < body.count {
      var end = start
      while end < body.count, body[end] != 0x0A, body[end] != 0x0D { end += 1 }
      let line = DTMFInfo.trimmed(body.extracting(start..<end))
      start = end + 1
      guard line.count > 0 else { continue }
      guard let mark = DTMFInfo.place(ofMarkIn: line) else {
        // A line that is nothing but the key; the first one counts.
        if key == nil, !isNamed { key = DTMFInfo.digit(line) }
        continue
      }
      let name = DTMFInfo.trimmed(line.extracting(0..<mark))
      let value = DTMFInfo.trimmed(line.extracting((mark + 1)..<line.count))
      if DTMFInfo.isWord(name, "signal") || DTMFInfo.isWord(name, "d"), !isNamed {
        isNamed = true
        key = DTMFInfo.digit(value)
      } else if DTMFInfo.isWord(name, "duration") {
        milliseconds = DTMFInfo.duration(value)
      }
    }
    guard let key else { throw DTMFInfo.isBlank(body) ? .noSignal : .notAKey }
    digit = key
  }

  /// Appends the body. `application/dtmf` has no place for a duration.
  public func write(into bytes: inout [UInt8]) {
    switch form {
    case .relay:
      bytes.append(contentsOf: "Signal=".utf8)
      bytes.append(digit.character)
      bytes.append(contentsOf: "\r\n".utf8)
      if let milliseconds {
        bytes.append(contentsOf: "Duration=".utf8)
        Decimal.append(UInt64(milliseconds), to: &bytes)
        bytes.append(contentsOf: "\r\n".utf8)
      }
    case .plain: bytes.append(digit.character)
    }
  }

  // MARK: Words

  private static func digit(_ value: Span<UInt8>) -> DTMFDigit? {
    if value.count == 1 { return DTMFDigit(value[0]) }
    if isWord(value, "hf") || isWord(value, "flash") { return .flash }
    // One digit is itself: only the codes from 10 on are numbers.
    guard value.count == 2, let code = Decimal.parse(value, maximum: 16), code >= 10 else { return nil }
    return DTMFDigit(code: UInt8(truncatingIfNeeded: code))
  }

  private static func duration(_ value: Span<UInt8>) -> UInt16? {
    // `160` and `160 ms`; a number of 17 digits is as good as the limit.
    var end = 0
    while end < value.count, value[end] >= 0x30, value[end] <= 0x39 { end += 1 }
    guard let number = Decimal.parse(value.extracting(0..<min(end, 17))), number > 0 else { return nil }
    return UInt16(truncatingIfNeeded: min(number, UInt64(DTMFLimits.maxMilliseconds)))
  }

  /// The place of `=` or `:`, which is never the first byte: `#` and `*` are keys, those two are not.
  private static func place(ofMarkIn line: Span<UInt8>) -> Int? {
    for place in 0..<line.count where line[place] == UInt8(ascii: "=") || line[place] == UInt8(ascii: ":") {
      return place
    }
    return nil
  }

  fileprivate static func isWord(_ bytes: Span<UInt8>, _ word: String) -> Bool {
    let utf8 = word.utf8
    let letters = utf8.span
    guard bytes.count == letters.count else { return false }
    for place in 0..<bytes.count {
      let byte = bytes[place]
      guard (byte >= 0x41 && byte <= 0x5A ? byte + 0x20 : byte) == letters[place] else { return false }
    }
    return true
  }

  @_lifetime(copy bytes)
  fileprivate static func trimmed(_ bytes: Span<UInt8>) -> Span<UInt8> {
    var (lower, upper) = (0, bytes.count)
    while lower < upper, isBlank(bytes[lower]) { lower += 1 }
    while upper > lower, isBlank(bytes[upper - 1]) { upper -= 1 }
    return bytes.extracting(lower..<upper)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0 }

  private static func isBlank(_ bytes: Span<UInt8>) -> Bool {
    for place in 0..<bytes.count where !isBlank(bytes[place]) && bytes[place] != 0x0A && bytes[place] != 0x0D {
      return false
    }
    return true
  }
}
