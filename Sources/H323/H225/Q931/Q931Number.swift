import Wire

/// A called, calling or connected party number (Q.931 §4.5.8, §4.5.10).
public struct Q931Number: Sendable, Hashable {
  /// Who may see the number (octet 3a).
  public enum Presentation: UInt8, Sendable {
    case allowed = 0
    case restricted = 1
    case notAvailable = 2
    case reserved = 3
  }

  /// Where the number is from (octet 3a).
  public enum Screening: UInt8, Sendable {
    case userProvidedNotScreened = 0
    case userProvidedVerifiedAndPassed = 1
    case userProvidedVerifiedAndFailed = 2
    case networkProvided = 3
  }

  /// 0 unknown, 1 international, 2 national, 3 network specific, 4 subscriber, 6 abbreviated.
  public var typeOfNumber: UInt8

  /// 0 unknown, 1 E.164, 9 private.
  public var numberingPlan: UInt8

  /// Octet 3a; nil when it is not there, and in called numbers, which have none.
  public var presentation: Presentation?

  /// Octet 3a; meaningless without a presentation.
  public var screening: Screening

  /// The digits, as ASCII.
  public var digits: String

  /// A number; E.164 of unknown type unless told.
  public init(
    _ digits: String, typeOfNumber: UInt8 = 0, numberingPlan: UInt8 = 1, presentation: Presentation? = nil,
    screening: Screening = .userProvidedNotScreened
  ) {
    self.digits = digits
    self.typeOfNumber = typeOfNumber & 7
    self.numberingPlan = numberingPlan & 15
    self.presentation = presentation
    self.screening = screening
  }

  /// Reads the contents of an element; nil when it is empty, its first octets do not end, or a digit is no ASCII.
  init?(contents: Span<UInt8>) {
    guard contents.count >= 1 else { return nil }
    typeOfNumber = contents[0] >> 4 & 7
    numberingPlan = contents[0] & 15
    var start = 1
    presentation = nil
    screening = .userProvidedNotScreened
    if contents[0] & 0x80 == 0 {
      guard contents.count >= 2, contents[1] & 0x80 != 0 else { return nil }
      presentation = Presentation(rawValue: contents[1] >> 5 & 3)
      screening = Screening(rawValue: contents[1] & 3) ?? .userProvidedNotScreened
      start = 2
    }
    guard let digits = String(ascii: contents.extracting(start..<contents.count)) else { return nil }
    self.digits = digits
  }

  var contents: [UInt8] {
    get throws(Q931Error) {
      let digits = Array(self.digits.utf8)
      guard digits.count <= Q931Limits.maxDigits else { throw .tooLong }
      for digit in digits where digit >= 0x80 { throw .element(Q931Element.calledPartyNumber) }
      let first = typeOfNumber << 4 | numberingPlan
      guard let presentation else { return [first | 0x80] + digits }
      return [first, 0x80 | presentation.rawValue << 5 | screening.rawValue] + digits
    }
  }
}
