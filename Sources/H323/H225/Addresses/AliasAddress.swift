import PER

/// AliasAddress.
public enum AliasAddress: PERValue {
  case dialledDigits(String)
  case h323ID(BMPString)
  case urlID(String)
  // Behind a reference, so that every alias is as small as the common ones.
  indirect case transportID(TransportAddress)
  case emailID(String)
  indirect case partyNumber(PartyNumber)
  /// One of a later version, or one that is not read here.
  indirect case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 2)
    switch index {
    case 0: self = .dialledDigits(try reader.readString(.dialledDigits, 1...128))
    case 1: self = .h323ID(try reader.readBMPString(1...256))
    case 2:
      self = .urlID(
        try reader.readOpenType { (reader: inout PERReader) throws(PERError) in try reader.readIA5String(1...512) })
    case 3: self = .transportID(try reader.readOpenType(TransportAddress.self))
    case 4:
      self = .emailID(
        try reader.readOpenType { (reader: inout PERReader) throws(PERError) in try reader.readIA5String(1...512) })
    case 5: self = .partyNumber(try reader.readOpenType(PartyNumber.self))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .dialledDigits(let value):
      try writer.writeIndex(0, rootCount: 2)
      try writer.writeString(value, .dialledDigits, 1...128)
    case .h323ID(let value):
      try writer.writeIndex(1, rootCount: 2)
      try writer.writeBMPString(value, 1...256)
    case .urlID(let value):
      try writer.writeIndex(2, rootCount: 2)
      try writer.writeOpenType { (writer: inout PERWriter) throws(PERError) in try writer.writeIA5String(value, 1...512)
      }
    case .transportID(let value):
      try writer.writeIndex(3, rootCount: 2)
      try writer.writeOpenType(value)
    case .emailID(let value):
      try writer.writeIndex(4, rootCount: 2)
      try writer.writeOpenType { (writer: inout PERWriter) throws(PERError) in try writer.writeIA5String(value, 1...512)
      }
    case .partyNumber(let value):
      try writer.writeIndex(5, rootCount: 2)
      try writer.writeOpenType(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 2)
    }
  }
}

/// PartyNumber.
public enum PartyNumber: PERValue {
  case e164Number(PublicPartyNumber)
  case dataPartyNumber(String)
  case telexPartyNumber(String)
  case privateNumber(PrivatePartyNumber)
  case nationalStandardPartyNumber(String)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 5)
    switch index {
    case 0: self = .e164Number(try PublicPartyNumber(from: &reader))
    case 1: self = .dataPartyNumber(try reader.readString(.dialledDigits, 1...128))
    case 2: self = .telexPartyNumber(try reader.readString(.dialledDigits, 1...128))
    case 3: self = .privateNumber(try PrivatePartyNumber(from: &reader))
    case 4: self = .nationalStandardPartyNumber(try reader.readString(.dialledDigits, 1...128))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .e164Number(let value):
      try writer.writeIndex(0, rootCount: 5)
      try value.encode(into: &writer)
    case .dataPartyNumber(let value):
      try writer.writeIndex(1, rootCount: 5)
      try writer.writeString(value, .dialledDigits, 1...128)
    case .telexPartyNumber(let value):
      try writer.writeIndex(2, rootCount: 5)
      try writer.writeString(value, .dialledDigits, 1...128)
    case .privateNumber(let value):
      try writer.writeIndex(3, rootCount: 5)
      try value.encode(into: &writer)
    case .nationalStandardPartyNumber(let value):
      try writer.writeIndex(4, rootCount: 5)
      try writer.writeString(value, .dialledDigits, 1...128)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 5)
    }
  }
}

/// PublicPartyNumber.
public struct PublicPartyNumber: PERValue {
  /// `publicTypeOfNumber PublicTypeOfNumber`
  public var publicTypeOfNumber: PublicTypeOfNumber

  /// `publicNumberDigits NumberDigits`
  public var publicNumberDigits: String

  /// A value of its components that are not optional.
  public init(publicTypeOfNumber: PublicTypeOfNumber, publicNumberDigits: String) {
    self.publicTypeOfNumber = publicTypeOfNumber
    self.publicNumberDigits = publicNumberDigits
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let publicTypeOfNumber: PublicTypeOfNumber = try PublicTypeOfNumber(from: &reader)
    let publicNumberDigits: String = try reader.readString(.dialledDigits, 1...128)
    self.init(publicTypeOfNumber: publicTypeOfNumber, publicNumberDigits: publicNumberDigits)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try publicTypeOfNumber.encode(into: &writer)
    try writer.writeString(publicNumberDigits, .dialledDigits, 1...128)
  }
}

/// PublicTypeOfNumber: alternatives without a value.
public struct PublicTypeOfNumber: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 6 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `unknown`.
  public static var unknown: Self { Self(H225Alternative(index: 0)) }

  /// `internationalNumber`.
  public static var internationalNumber: Self { Self(H225Alternative(index: 1)) }

  /// `nationalNumber`.
  public static var nationalNumber: Self { Self(H225Alternative(index: 2)) }

  /// `networkSpecificNumber`.
  public static var networkSpecificNumber: Self { Self(H225Alternative(index: 3)) }

  /// `subscriberNumber`.
  public static var subscriberNumber: Self { Self(H225Alternative(index: 4)) }

  /// `abbreviatedNumber`.
  public static var abbreviatedNumber: Self { Self(H225Alternative(index: 5)) }
}

/// PrivatePartyNumber.
public struct PrivatePartyNumber: PERValue {
  /// `privateTypeOfNumber PrivateTypeOfNumber`
  public var privateTypeOfNumber: PrivateTypeOfNumber

  /// `privateNumberDigits NumberDigits`
  public var privateNumberDigits: String

  /// A value of its components that are not optional.
  public init(privateTypeOfNumber: PrivateTypeOfNumber, privateNumberDigits: String) {
    self.privateTypeOfNumber = privateTypeOfNumber
    self.privateNumberDigits = privateNumberDigits
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let privateTypeOfNumber: PrivateTypeOfNumber = try PrivateTypeOfNumber(from: &reader)
    let privateNumberDigits: String = try reader.readString(.dialledDigits, 1...128)
    self.init(privateTypeOfNumber: privateTypeOfNumber, privateNumberDigits: privateNumberDigits)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try privateTypeOfNumber.encode(into: &writer)
    try writer.writeString(privateNumberDigits, .dialledDigits, 1...128)
  }
}

/// PrivateTypeOfNumber: alternatives without a value.
public struct PrivateTypeOfNumber: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 6 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `unknown`.
  public static var unknown: Self { Self(H225Alternative(index: 0)) }

  /// `level2RegionalNumber`.
  public static var level2RegionalNumber: Self { Self(H225Alternative(index: 1)) }

  /// `level1RegionalNumber`.
  public static var level1RegionalNumber: Self { Self(H225Alternative(index: 2)) }

  /// `pISNSpecificNumber`.
  public static var pISNSpecificNumber: Self { Self(H225Alternative(index: 3)) }

  /// `localNumber`.
  public static var localNumber: Self { Self(H225Alternative(index: 4)) }

  /// `abbreviatedNumber`.
  public static var abbreviatedNumber: Self { Self(H225Alternative(index: 5)) }
}
