import PER

/// SecurityErrors: alternatives without a value.
public struct SecurityErrors: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 16 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `securityWrongSyncTime`.
  public static var securityWrongSyncTime: Self { Self(H225Alternative(index: 0)) }

  /// `securityReplay`.
  public static var securityReplay: Self { Self(H225Alternative(index: 1)) }

  /// `securityWrongGeneralID`.
  public static var securityWrongGeneralID: Self { Self(H225Alternative(index: 2)) }

  /// `securityWrongSendersID`.
  public static var securityWrongSendersID: Self { Self(H225Alternative(index: 3)) }

  /// `securityIntegrityFailed`.
  public static var securityIntegrityFailed: Self { Self(H225Alternative(index: 4)) }

  /// `securityWrongOID`.
  public static var securityWrongOID: Self { Self(H225Alternative(index: 5)) }

  /// `securityDHmismatch`.
  public static var securityDHmismatch: Self { Self(H225Alternative(index: 6)) }

  /// `securityCertificateExpired`.
  public static var securityCertificateExpired: Self { Self(H225Alternative(index: 7)) }

  /// `securityCertificateDateInvalid`.
  public static var securityCertificateDateInvalid: Self { Self(H225Alternative(index: 8)) }

  /// `securityCertificateRevoked`.
  public static var securityCertificateRevoked: Self { Self(H225Alternative(index: 9)) }

  /// `securityCertificateNotReadable`.
  public static var securityCertificateNotReadable: Self { Self(H225Alternative(index: 10)) }

  /// `securityCertificateSignatureInvalid`.
  public static var securityCertificateSignatureInvalid: Self { Self(H225Alternative(index: 11)) }

  /// `securityCertificateMissing`.
  public static var securityCertificateMissing: Self { Self(H225Alternative(index: 12)) }

  /// `securityCertificateIncomplete`.
  public static var securityCertificateIncomplete: Self { Self(H225Alternative(index: 13)) }

  /// `securityUnsupportedCertificateAlgOID`.
  public static var securityUnsupportedCertificateAlgOID: Self { Self(H225Alternative(index: 14)) }

  /// `securityUnknownCA`.
  public static var securityUnknownCA: Self { Self(H225Alternative(index: 15)) }
}

/// H245Security.
public enum H245Security: PERValue {
  case nonStandard(NonStandardParameter)
  case noSecurity
  case tls(SecurityCapabilities)
  case ipsec(SecurityCapabilities)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 4)
    switch index {
    case 0: self = .nonStandard(try NonStandardParameter(from: &reader))
    case 1: self = .noSecurity
    case 2: self = .tls(try SecurityCapabilities(from: &reader))
    case 3: self = .ipsec(try SecurityCapabilities(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let value):
      try writer.writeIndex(0, rootCount: 4)
      try value.encode(into: &writer)
    case .noSecurity: try writer.writeIndex(1, rootCount: 4)
    case .tls(let value):
      try writer.writeIndex(2, rootCount: 4)
      try value.encode(into: &writer)
    case .ipsec(let value):
      try writer.writeIndex(3, rootCount: 4)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}

/// SecurityCapabilities.
public struct SecurityCapabilities: PERValue {
  /// `nonStandard NonStandardParameter OPTIONAL`
  public var nonStandard: NonStandardParameter?

  /// `encryption SecurityServiceMode`
  public var encryption: SecurityServiceMode

  /// `authenticaton SecurityServiceMode`
  public var authenticaton: SecurityServiceMode

  /// `integrity SecurityServiceMode`
  public var integrity: SecurityServiceMode

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension SecurityCapabilities {
  /// A value of its components that are not optional.
  public init(encryption: SecurityServiceMode, authenticaton: SecurityServiceMode, integrity: SecurityServiceMode) {
    self.encryption = encryption
    self.authenticaton = authenticaton
    self.integrity = integrity
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandard: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let encryption: SecurityServiceMode = try SecurityServiceMode(from: &reader)
    let authenticaton: SecurityServiceMode = try SecurityServiceMode(from: &reader)
    let integrity: SecurityServiceMode = try SecurityServiceMode(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandard: nonStandard, encryption: encryption, authenticaton: authenticaton, integrity: integrity,
      unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeOptional(nonStandard, 0, in: sequence)
    try encryption.encode(into: &writer)
    try authenticaton.encode(into: &writer)
    try integrity.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// SecurityServiceMode.
public enum SecurityServiceMode: PERValue {
  case nonStandard(NonStandardParameter)
  case none
  case `default`
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 3)
    switch index {
    case 0: self = .nonStandard(try NonStandardParameter(from: &reader))
    case 1: self = .none
    case 2: self = .`default`
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let value):
      try writer.writeIndex(0, rootCount: 3)
      try value.encode(into: &writer)
    case .none: try writer.writeIndex(1, rootCount: 3)
    case .`default`: try writer.writeIndex(2, rootCount: 3)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 3)
    }
  }
}

/// AuthenticationMechanism.
public enum AuthenticationMechanism: PERValue {
  case dhExch
  case pwdSymEnc
  case pwdHash
  case certSign
  case ipsec
  case tls
  case nonStandard(H235NonStandardParameter)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 7)
    switch index {
    case 0: self = .dhExch
    case 1: self = .pwdSymEnc
    case 2: self = .pwdHash
    case 3: self = .certSign
    case 4: self = .ipsec
    case 5: self = .tls
    case 6: self = .nonStandard(try H235NonStandardParameter(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .dhExch: try writer.writeIndex(0, rootCount: 7)
    case .pwdSymEnc: try writer.writeIndex(1, rootCount: 7)
    case .pwdHash: try writer.writeIndex(2, rootCount: 7)
    case .certSign: try writer.writeIndex(3, rootCount: 7)
    case .ipsec: try writer.writeIndex(4, rootCount: 7)
    case .tls: try writer.writeIndex(5, rootCount: 7)
    case .nonStandard(let value):
      try writer.writeIndex(6, rootCount: 7)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 7)
    }
  }
}

/// SecurityErrors2: alternatives without a value.
public struct SecurityErrors2: H225Reason {
  /// What the root has.
  public static var rootCount: Int { 6 }

  /// The alternative and, when a later version gave it one, its value.
  public var alternative: H225Alternative

  /// The value of an alternative.
  public init(_ alternative: H225Alternative) { self.alternative = alternative }

  /// `securityWrongSyncTime`.
  public static var securityWrongSyncTime: Self { Self(H225Alternative(index: 0)) }

  /// `securityReplay`.
  public static var securityReplay: Self { Self(H225Alternative(index: 1)) }

  /// `securityWrongGeneralID`.
  public static var securityWrongGeneralID: Self { Self(H225Alternative(index: 2)) }

  /// `securityWrongSendersID`.
  public static var securityWrongSendersID: Self { Self(H225Alternative(index: 3)) }

  /// `securityIntegrityFailed`.
  public static var securityIntegrityFailed: Self { Self(H225Alternative(index: 4)) }

  /// `securityWrongOID`.
  public static var securityWrongOID: Self { Self(H225Alternative(index: 5)) }
}
