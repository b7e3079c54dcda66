import PER

/// Whose something is that the standard does not define.
public enum NonStandardIdentifier: Sendable, Hashable {
  case object(ObjectIdentifier)
  case h221NonStandard(t35CountryCode: UInt8, t35Extension: UInt8, manufacturerCode: UInt16)
}

/// Something that the standard does not define.
public struct NonStandardParameter: Sendable, Hashable {
  /// Whose it is.
  public var nonStandardIdentifier: NonStandardIdentifier
  /// What it is.
  public var data: [UInt8]
}

extension NonStandardParameter {
  /// Somebody's bytes.
  public init(_ nonStandardIdentifier: NonStandardIdentifier, data: [UInt8]) {
    self.nonStandardIdentifier = nonStandardIdentifier
    self.data = data
  }
}

/// A whole message that the standard does not define.
public struct NonStandardMessage: Sendable, Hashable {
  /// What it says.
  public var nonStandardData: NonStandardParameter
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension NonStandardMessage {
  /// A message that says this.
  public init(_ nonStandardData: NonStandardParameter) { self.nonStandardData = nonStandardData }
}
