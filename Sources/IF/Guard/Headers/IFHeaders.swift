public import Wire

/// The four headers an escalation carries.
public enum IFHeaderName: String, Sendable, Hashable, CaseIterable {
  /// Its trace_id.
  case traceID = "X-IF-Trace-ID"
  /// What it is about.
  case hazard = "X-IF-Hazard"
  /// When it was signed.
  case timestamp = "X-IF-Timestamp"
  /// Who stands behind it.
  case signature = "X-IF-Signature"
}

/// The values of the four headers as a message has them, before anybody has judged them.
///
/// The driver walks the message once and adds what it finds, white space around the values already gone. A header that
/// occurs twice is remembered as such: picking one of two would let a filter and us disagree about which.
public struct IFHeaderFields: Sendable, Equatable {
  /// What a message has of one header.
  public enum Field: Sendable, Equatable {
    /// Nothing.
    case absent
    /// One value, possibly empty.
    case single(String)
    /// More than one.
    case repeated
  }

  /// `X-IF-Trace-ID`
  public private(set) var traceID = Field.absent
  /// `X-IF-Hazard`
  public private(set) var hazard = Field.absent
  /// `X-IF-Timestamp`
  public private(set) var timestamp = Field.absent
  /// `X-IF-Signature`
  public private(set) var signature = Field.absent

  /// Fields of a message that has none of them.
  public init() {}

  /// Notes one header of the message.
  public mutating func add(_ name: IFHeaderName, value: String) {
    switch name {
    case .traceID: Self.add(value, to: &traceID)
    case .hazard: Self.add(value, to: &hazard)
    case .timestamp: Self.add(value, to: &timestamp)
    case .signature: Self.add(value, to: &signature)
    }
  }

  private static func add(_ value: String, to field: inout Field) {
    field = field == .absent ? .single(value) : .repeated
  }
}

/// What is wrong with the form of an IF header: always a 400, and always about one header.
public struct IFHeaderFault: Error, Sendable, Hashable {
  /// The kinds of fault.
  public enum Kind: String, Sendable, Hashable {
    /// The header has to be there.
    case missing = "Missing"
    /// It does not have the syntax of DOMAIN §4.
    case malformed = "Malformed"
    /// It occurs more than once.
    case repeated = "Repeated"
  }

  /// The header.
  public let header: IFHeaderName
  /// What is wrong with it.
  public let kind: Kind

  /// A fault of a header.
  public init(header: IFHeaderName, kind: Kind) {
    self.header = header
    self.kind = kind
  }

  /// The reason phrase of the 400: `Missing X-IF-Hazard`.
  public var phrase: String { "\(kind.rawValue) \(header.rawValue)" }
}

/// The four headers, well-formed.
///
/// Being well-formed is not yet being right: whether somebody covers the hazard, whether the timestamp is near our clock
/// and whether the signature holds are rules of the decision.
public struct IFHeaders: Sendable, Equatable {
  /// A value of `X-IF-Hazard` with the syntax of a token.
  public enum HazardValue: Sendable, Equatable {
    /// One of the six.
    case known(Hazard)
    /// Some other token.
    case unknown
  }

  /// A value of `X-IF-Timestamp`: its text is what was signed.
  public struct Timestamp: Sendable, Equatable {
    /// As it stood in the header.
    public let text: String
    /// The same as a point in time.
    public let time: UTCTimestamp
  }

  /// nil when absent, which only a derived caller's may be.
  public let traceID: TraceID?
  /// nil when absent, which only a derived caller's may be.
  public let hazard: HazardValue?
  /// nil when absent.
  public let timestamp: Timestamp?
  /// The text of the signature, of any form; nil when absent.
  public let signature: String?

  /// Reads the fields one by one in the order of DOMAIN §4; the first fault is thrown.
  ///
  /// - Parameter mayBeAbsent: true for a caller whose registry entry says `headers: derived`. What is there must have
  ///   the right form all the same.
  public init(_ fields: IFHeaderFields, mayBeAbsent: Bool) throws(IFHeaderFault) {
    traceID = try Self.traceID(fields.traceID, mayBeAbsent: mayBeAbsent)
    hazard = try Self.hazard(fields.hazard, mayBeAbsent: mayBeAbsent)
    timestamp = try Self.timestamp(fields.timestamp, isSigned: fields.signature != .absent)
    signature = try Self.signature(fields.signature)
  }

  static func traceID(_ field: IFHeaderFields.Field, mayBeAbsent: Bool) throws(IFHeaderFault) -> TraceID? {
    guard let text = try single(field, .traceID, mayBeAbsent: mayBeAbsent) else { return nil }
    guard let value = TraceID(text) else { throw IFHeaderFault(header: .traceID, kind: .malformed) }
    return value
  }

  static func hazard(_ field: IFHeaderFields.Field, mayBeAbsent: Bool) throws(IFHeaderFault) -> HazardValue? {
    guard let text = try single(field, .hazard, mayBeAbsent: mayBeAbsent) else { return nil }
    guard isToken(text) else { throw IFHeaderFault(header: .hazard, kind: .malformed) }
    return Hazard(token: text).map { .known($0) } ?? .unknown
  }

  /// A timestamp belongs to a signature, so it has to be there when the signature is. It is UTC and says so by its Z:
  /// the text is signed, and one instant should have one text.
  static func timestamp(_ field: IFHeaderFields.Field, isSigned: Bool) throws(IFHeaderFault) -> Timestamp? {
    guard let text = try single(field, .timestamp, mayBeAbsent: !isSigned) else { return nil }
    guard text.hasSuffix("Z") || text.hasSuffix("z"), let time = UTCTimestamp(rfc3339: text) else {
      throw IFHeaderFault(header: .timestamp, kind: .malformed)
    }
    return Timestamp(text: text, time: time)
  }

  /// The text only: whether it holds is the guard's question.
  static func signature(_ field: IFHeaderFields.Field) throws(IFHeaderFault) -> String? {
    try single(field, .signature, mayBeAbsent: true)
  }

  private static func single(
    _ field: IFHeaderFields.Field, _ name: IFHeaderName, mayBeAbsent: Bool
  ) throws(IFHeaderFault) -> String? {
    switch field {
    case .single(let text): return text
    case .repeated: throw IFHeaderFault(header: name, kind: .repeated)
    case .absent:
      guard mayBeAbsent else { throw IFHeaderFault(header: name, kind: .missing) }
      return nil
    }
  }

  /// RFC 3261 §25.1 `token`.
  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-.!%*_+`'~".utf8.contains(byte)
        }
      }
  }
}
