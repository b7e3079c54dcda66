import PER

/// ClearToken.
public struct ClearToken: PERValue {
  /// `tokenOID OBJECT IDENTIFIER`
  public var tokenOID: ObjectIdentifier

  /// `timeStamp TimeStamp OPTIONAL`
  public var timeStamp: Int?

  /// `password Password OPTIONAL`
  public var password: BMPString?

  /// `dhkey DHset OPTIONAL`
  public var dhkey: DHset?

  /// `challenge ChallengeString OPTIONAL`
  public var challenge: [UInt8]?

  /// `random RandomVal OPTIONAL`
  public var random: Int?

  /// `certificate TypedCertificate OPTIONAL`
  public var certificate: TypedCertificate?

  /// `generalID Identifier OPTIONAL`
  public var generalID: BMPString?

  /// `nonStandard NonStandardParameter OPTIONAL`
  public var nonStandard: H235NonStandardParameter?

  /// `sendersID Identifier OPTIONAL`, an addition
  public var sendersID: BMPString?

  /// `profileInfo SEQUENCE OF ProfileElement OPTIONAL`, an addition
  public var profileInfo: [ProfileElement]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ClearToken {
  /// A value of its components that are not optional.
  public init(tokenOID: ObjectIdentifier) {
    self.tokenOID = tokenOID
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 8)
    let tokenOID: ObjectIdentifier = try reader.readObjectIdentifier()
    let timeStamp: Int? = try preamble.has(0) ? reader.readInteger(1...4_294_967_295) : nil
    let password: BMPString? = try preamble.has(1) ? reader.readBMPString(1...128) : nil
    let dhkey: DHset? = try preamble.has(2) ? DHset(from: &reader) : nil
    let challenge: [UInt8]? = try preamble.has(3) ? reader.readOctets(8...128) : nil
    let random: Int? = try preamble.has(4) ? reader.readInteger() : nil
    let certificate: TypedCertificate? = try preamble.has(5) ? TypedCertificate(from: &reader) : nil
    let generalID: BMPString? = try preamble.has(6) ? reader.readBMPString(1...128) : nil
    let nonStandard: H235NonStandardParameter? = try preamble.has(7) ? H235NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let sendersID: BMPString? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBMPString(1...128)
    }
    try additions.keepNext(&reader)
    let profileInfo: [ProfileElement]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      tokenOID: tokenOID, timeStamp: timeStamp, password: password, dhkey: dhkey, challenge: challenge, random: random,
      certificate: certificate, generalID: generalID, nonStandard: nonStandard, sendersID: sendersID,
      profileInfo: profileInfo, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 8)
    try writer.writeObjectIdentifier(tokenOID)
    if let timeStamp {
      writer.markPresent(0, in: sequence)
      try writer.writeInteger(timeStamp, 1...4_294_967_295)
    }
    if let password {
      writer.markPresent(1, in: sequence)
      try writer.writeBMPString(password, 1...128)
    }
    try writer.writeOptional(dhkey, 2, in: sequence)
    if let challenge {
      writer.markPresent(3, in: sequence)
      try writer.writeOctets(challenge, 8...128)
    }
    if let random {
      writer.markPresent(4, in: sequence)
      writer.writeInteger(random)
    }
    try writer.writeOptional(certificate, 5, in: sequence)
    if let generalID {
      writer.markPresent(6, in: sequence)
      try writer.writeBMPString(generalID, 1...128)
    }
    try writer.writeOptional(nonStandard, 7, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 4, kept: unknown)
    try additions.keepNext(&writer)
    try additions.next(&writer, isPresent: sendersID != nil) { (writer: inout PERWriter) throws(PERError) in
      if let sendersID { try writer.writeBMPString(sendersID, 1...128) }
    }
    try additions.keepNext(&writer)
    try additions.next(&writer, profileInfo)
    try additions.finish(&writer)
  }
}

/// NonStandardParameter.
public struct H235NonStandardParameter: PERValue {
  /// `nonStandardIdentifier OBJECT IDENTIFIER`
  public var nonStandardIdentifier: ObjectIdentifier

  /// `data OCTET STRING`
  public var data: [UInt8]

  /// A value of its components that are not optional.
  public init(nonStandardIdentifier: ObjectIdentifier, data: [UInt8]) {
    self.nonStandardIdentifier = nonStandardIdentifier
    self.data = data
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let nonStandardIdentifier: ObjectIdentifier = try reader.readObjectIdentifier()
    let data: [UInt8] = try reader.readOctets()
    self.init(nonStandardIdentifier: nonStandardIdentifier, data: data)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeObjectIdentifier(nonStandardIdentifier)
    try writer.writeOctets(data)
  }
}

/// DHset.
public struct DHset: PERValue {
  /// `halfkey BIT STRING (SIZE(0..2048))`
  public var halfkey: BitString

  /// `modSize BIT STRING (SIZE(0..2048))`
  public var modSize: BitString

  /// `generator BIT STRING (SIZE(0..2048))`
  public var generator: BitString

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension DHset {
  /// A value of its components that are not optional.
  public init(halfkey: BitString, modSize: BitString, generator: BitString) {
    self.halfkey = halfkey
    self.modSize = modSize
    self.generator = generator
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let halfkey: BitString = try reader.readBitString(0...2048)
    let modSize: BitString = try reader.readBitString(0...2048)
    let generator: BitString = try reader.readBitString(0...2048)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(halfkey: halfkey, modSize: modSize, generator: generator, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeBitString(halfkey, 0...2048)
    try writer.writeBitString(modSize, 0...2048)
    try writer.writeBitString(generator, 0...2048)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// TypedCertificate.
public struct TypedCertificate: PERValue {
  /// `type OBJECT IDENTIFIER`
  public var type: ObjectIdentifier

  /// `certificate OCTET STRING`
  public var certificate: [UInt8]

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension TypedCertificate {
  /// A value of its components that are not optional.
  public init(type: ObjectIdentifier, certificate: [UInt8]) {
    self.type = type
    self.certificate = certificate
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let type: ObjectIdentifier = try reader.readObjectIdentifier()
    let certificate: [UInt8] = try reader.readOctets()
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(type: type, certificate: certificate, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeObjectIdentifier(type)
    try writer.writeOctets(certificate)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// ProfileElement.
public struct ProfileElement: PERValue {
  /// `elementID INTEGER (0..255)`
  public var elementID: Int

  /// `paramS Params OPTIONAL`
  public var paramS: EncryptionParams?

  /// `element Element OPTIONAL`
  public var element: ProfileElementContent?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension ProfileElement {
  /// A value of its components that are not optional.
  public init(elementID: Int) {
    self.elementID = elementID
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let elementID: Int = try reader.readInteger(0...255)
    let paramS: EncryptionParams? = try preamble.has(0) ? EncryptionParams(from: &reader) : nil
    let element: ProfileElementContent? = try preamble.has(1) ? ProfileElementContent(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(elementID: elementID, paramS: paramS, element: element, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeInteger(elementID, 0...255)
    try writer.writeOptional(paramS, 0, in: sequence)
    try writer.writeOptional(element, 1, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// Element.
public enum ProfileElementContent: PERValue {
  case octets([UInt8])
  case integer(Int)
  case bits(BitString)
  case name(BMPString)
  case flag(Bool)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 5)
    switch index {
    case 0: self = .octets(try reader.readOctets())
    case 1: self = .integer(try reader.readInteger())
    case 2: self = .bits(try reader.readBitString())
    case 3: self = .name(try reader.readBMPString())
    case 4: self = .flag(try reader.readBit())
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .octets(let value):
      try writer.writeIndex(0, rootCount: 5)
      try writer.writeOctets(value)
    case .integer(let value):
      try writer.writeIndex(1, rootCount: 5)
      writer.writeInteger(value)
    case .bits(let value):
      try writer.writeIndex(2, rootCount: 5)
      try writer.writeBitString(value)
    case .name(let value):
      try writer.writeIndex(3, rootCount: 5)
      try writer.writeBMPString(value)
    case .flag(let value):
      try writer.writeIndex(4, rootCount: 5)
      writer.writeBit(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 5)
    }
  }
}

/// Params.
public struct EncryptionParams: PERValue {
  /// `ranInt INTEGER OPTIONAL`
  public var ranInt: Int?

  /// `iv8 IV8 OPTIONAL`
  public var iv8: [UInt8]?

  /// `iv16 IV16 OPTIONAL`, an addition
  public var iv16: [UInt8]?

  /// `iv OCTET STRING OPTIONAL`, an addition
  public var iv: [UInt8]?

  /// `clearSalt OCTET STRING OPTIONAL`, an addition
  public var clearSalt: [UInt8]?

  /// Additions that are not read here.
  public var unknown: PERAdditions
}

extension EncryptionParams {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let ranInt: Int? = try preamble.has(0) ? reader.readInteger() : nil
    let iv8: [UInt8]? = try preamble.has(1) ? reader.readOctets(count: 8) : nil
    var additions = try reader.readAdditions(preamble)
    let iv16: [UInt8]? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readOctets(count: 16)
    }
    let iv: [UInt8]? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readOctets()
    }
    let clearSalt: [UInt8]? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readOctets()
    }
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(ranInt: ranInt, iv8: iv8, iv16: iv16, iv: iv, clearSalt: clearSalt, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    if let ranInt {
      writer.markPresent(0, in: sequence)
      writer.writeInteger(ranInt)
    }
    if let iv8 {
      writer.markPresent(1, in: sequence)
      try writer.writeOctets(iv8, count: 8)
    }
    var additions = writer.beginAdditions(sequence, known: 3, kept: unknown)
    try additions.next(&writer, isPresent: iv16 != nil) { (writer: inout PERWriter) throws(PERError) in
      if let iv16 { try writer.writeOctets(iv16, count: 16) }
    }
    try additions.next(&writer, isPresent: iv != nil) { (writer: inout PERWriter) throws(PERError) in
      if let iv { try writer.writeOctets(iv) }
    }
    try additions.next(&writer, isPresent: clearSalt != nil) { (writer: inout PERWriter) throws(PERError) in
      if let clearSalt { try writer.writeOctets(clearSalt) }
    }
    try additions.finish(&writer)
  }
}
