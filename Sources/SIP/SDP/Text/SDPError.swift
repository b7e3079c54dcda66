/// What is wrong with a description or with one value of it, and where: thrown by every parser of this target.
public struct SDPError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of fault.
  public let reason: Reason
  /// Bytes from the start of the description, or of the value when only a value was parsed.
  public let offset: Int
  /// The line, counted from 1; 1 when only a value was parsed.
  public let line: Int

  /// Makes an error of `reason` at `offset` in `line`.
  public init(_ reason: Reason, at offset: Int, line: Int = 1) {
    self.reason = reason
    self.offset = offset
    self.line = line
  }

  /// What kind of fault it is.
  public enum Reason: Sendable, Hashable, CaseIterable {
    // The description as a whole
    case tooManyBytes, lineTooLong, tooManyLines, tooManyMedia, tooManyAttributes, tooManyFormats, tooManyCandidates
    /// `v=` does not come first.
    case missingVersion
    /// `v=` is not 0.
    case unsupportedVersion
    case missingOrigin
    /// Neither a letter and `=` nor empty.
    case malformedLine
    case nul
    /// CR without LF.
    case strayCarriageReturn
    /// A second line where only one may stand.
    case duplicateLine
    /// `v=`, `o=` or `s=` behind an `m=`.
    case misplacedLine

    // One line
    case malformedOrigin, malformedConnection, malformedBandwidth, malformedTime, malformedMedia, malformedPort

    // One value
    case unexpectedEnd, unexpectedByte, trailingBytes
    case malformedToken, malformedNumber, numberOutOfRange
    case malformedAddress
    case malformedAttribute
    case unknownValue
    /// Key material that is no base 64, or not as long as its suite wants it.
    case malformedKey
  }

  /// A phrase for a person, such as `malformed port in line 6 at offset 131`.
  public var description: String { "\(reason.phrase) in line \(line) at offset \(offset)" }
}

extension SDPError.Reason {
  /// A few words for a person.
  public var phrase: String {
    switch self {
    case .tooManyBytes: "description too large"
    case .lineTooLong: "line too long"
    case .tooManyLines: "too many lines"
    case .tooManyMedia: "too many media descriptions"
    case .tooManyAttributes: "too many attributes"
    case .tooManyFormats: "too many formats"
    case .tooManyCandidates: "too many candidates"
    case .missingVersion: "v= missing at the start"
    case .unsupportedVersion: "unsupported version"
    case .missingOrigin: "o= missing"
    case .malformedLine: "not a line of SDP"
    case .nul: "NUL byte"
    case .strayCarriageReturn: "CR without LF"
    case .duplicateLine: "line given twice"
    case .misplacedLine: "line of the session behind a media description"
    case .malformedOrigin: "malformed origin"
    case .malformedConnection: "malformed connection"
    case .malformedBandwidth: "malformed bandwidth"
    case .malformedTime: "malformed time"
    case .malformedMedia: "malformed media description"
    case .malformedPort: "malformed port"
    case .unexpectedEnd: "value ends too early"
    case .unexpectedByte: "unexpected character"
    case .trailingBytes: "value goes on beyond its end"
    case .malformedToken: "malformed token"
    case .malformedNumber: "malformed number"
    case .numberOutOfRange: "number out of range"
    case .malformedAddress: "malformed address"
    case .malformedAttribute: "attribute without a name"
    case .unknownValue: "unknown value"
    case .malformedKey: "malformed key"
    }
  }
}
