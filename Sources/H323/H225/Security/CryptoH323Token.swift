import PER

/// CryptoH323Token.
public enum CryptoH323Token: PERValue {
  case cryptoEPPwdHash(CryptoEPPwdHash)
  case cryptoGKPwdHash(CryptoGKPwdHash)
  case cryptoEPPwdEncr(ENCRYPTED)
  case cryptoGKPwdEncr(ENCRYPTED)
  case cryptoEPCert(SIGNED)
  case cryptoGKCert(SIGNED)
  case cryptoFastStart(SIGNED)
  case nestedcryptoToken(CryptoToken)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 8)
    switch index {
    case 0: self = .cryptoEPPwdHash(try CryptoEPPwdHash(from: &reader))
    case 1: self = .cryptoGKPwdHash(try CryptoGKPwdHash(from: &reader))
    case 2: self = .cryptoEPPwdEncr(try ENCRYPTED(from: &reader))
    case 3: self = .cryptoGKPwdEncr(try ENCRYPTED(from: &reader))
    case 4: self = .cryptoEPCert(try SIGNED(from: &reader))
    case 5: self = .cryptoGKCert(try SIGNED(from: &reader))
    case 6: self = .cryptoFastStart(try SIGNED(from: &reader))
    case 7: self = .nestedcryptoToken(try CryptoToken(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .cryptoEPPwdHash(let value):
      try writer.writeIndex(0, rootCount: 8)
      try value.encode(into: &writer)
    case .cryptoGKPwdHash(let value):
      try writer.writeIndex(1, rootCount: 8)
      try value.encode(into: &writer)
    case .cryptoEPPwdEncr(let value):
      try writer.writeIndex(2, rootCount: 8)
      try value.encode(into: &writer)
    case .cryptoGKPwdEncr(let value):
      try writer.writeIndex(3, rootCount: 8)
      try value.encode(into: &writer)
    case .cryptoEPCert(let value):
      try writer.writeIndex(4, rootCount: 8)
      try value.encode(into: &writer)
    case .cryptoGKCert(let value):
      try writer.writeIndex(5, rootCount: 8)
      try value.encode(into: &writer)
    case .cryptoFastStart(let value):
      try writer.writeIndex(6, rootCount: 8)
      try value.encode(into: &writer)
    case .nestedcryptoToken(let value):
      try writer.writeIndex(7, rootCount: 8)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 8)
    }
  }
}

/// cryptoEPPwdHash.
public struct CryptoEPPwdHash: PERValue {
  /// `alias AliasAddress`
  public var alias: AliasAddress

  /// `timeStamp TimeStamp`
  public var timeStamp: Int

  /// `token HASHED`
  public var token: HASHED

  /// A value of its components that are not optional.
  public init(alias: AliasAddress, timeStamp: Int, token: HASHED) {
    self.alias = alias
    self.timeStamp = timeStamp
    self.token = token
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let alias: AliasAddress = try AliasAddress(from: &reader)
    let timeStamp: Int = try reader.readInteger(1...4_294_967_295)
    let token: HASHED = try HASHED(from: &reader)
    self.init(alias: alias, timeStamp: timeStamp, token: token)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try alias.encode(into: &writer)
    try writer.writeInteger(timeStamp, 1...4_294_967_295)
    try token.encode(into: &writer)
  }
}

/// HASHED.
public struct HASHED: PERValue {
  /// `algorithmOID OBJECT IDENTIFIER`
  public var algorithmOID: ObjectIdentifier

  /// `paramS Params`
  public var paramS: EncryptionParams

  /// `hash BIT STRING`
  public var hash: BitString

  /// A value of its components that are not optional.
  public init(algorithmOID: ObjectIdentifier, paramS: EncryptionParams, hash: BitString) {
    self.algorithmOID = algorithmOID
    self.paramS = paramS
    self.hash = hash
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let algorithmOID: ObjectIdentifier = try reader.readObjectIdentifier()
    let paramS: EncryptionParams = try EncryptionParams(from: &reader)
    let hash: BitString = try reader.readBitString()
    self.init(algorithmOID: algorithmOID, paramS: paramS, hash: hash)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeObjectIdentifier(algorithmOID)
    try paramS.encode(into: &writer)
    try writer.writeBitString(hash)
  }
}

/// cryptoGKPwdHash.
public struct CryptoGKPwdHash: PERValue {
  /// `gatekeeperId GatekeeperIdentifier`
  public var gatekeeperId: BMPString

  /// `timeStamp TimeStamp`
  public var timeStamp: Int

  /// `token HASHED`
  public var token: HASHED

  /// A value of its components that are not optional.
  public init(gatekeeperId: BMPString, timeStamp: Int, token: HASHED) {
    self.gatekeeperId = gatekeeperId
    self.timeStamp = timeStamp
    self.token = token
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let gatekeeperId: BMPString = try reader.readBMPString(1...128)
    let timeStamp: Int = try reader.readInteger(1...4_294_967_295)
    let token: HASHED = try HASHED(from: &reader)
    self.init(gatekeeperId: gatekeeperId, timeStamp: timeStamp, token: token)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeBMPString(gatekeeperId, 1...128)
    try writer.writeInteger(timeStamp, 1...4_294_967_295)
    try token.encode(into: &writer)
  }
}

/// ENCRYPTED.
public struct ENCRYPTED: PERValue {
  /// `algorithmOID OBJECT IDENTIFIER`
  public var algorithmOID: ObjectIdentifier

  /// `paramS Params`
  public var paramS: EncryptionParams

  /// `encryptedData OCTET STRING`
  public var encryptedData: [UInt8]

  /// A value of its components that are not optional.
  public init(algorithmOID: ObjectIdentifier, paramS: EncryptionParams, encryptedData: [UInt8]) {
    self.algorithmOID = algorithmOID
    self.paramS = paramS
    self.encryptedData = encryptedData
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let algorithmOID: ObjectIdentifier = try reader.readObjectIdentifier()
    let paramS: EncryptionParams = try EncryptionParams(from: &reader)
    let encryptedData: [UInt8] = try reader.readOctets()
    self.init(algorithmOID: algorithmOID, paramS: paramS, encryptedData: encryptedData)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeObjectIdentifier(algorithmOID)
    try paramS.encode(into: &writer)
    try writer.writeOctets(encryptedData)
  }
}

/// SIGNED.
public struct SIGNED: PERValue {
  /// `toBeSigned EncodedPwdCertToken`
  public var toBeSigned: [UInt8]

  /// `algorithmOID OBJECT IDENTIFIER`
  public var algorithmOID: ObjectIdentifier

  /// `paramS Params`
  public var paramS: EncryptionParams

  /// `signature BIT STRING`
  public var signature: BitString

  /// A value of its components that are not optional.
  public init(toBeSigned: [UInt8], algorithmOID: ObjectIdentifier, paramS: EncryptionParams, signature: BitString) {
    self.toBeSigned = toBeSigned
    self.algorithmOID = algorithmOID
    self.paramS = paramS
    self.signature = signature
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let toBeSigned: [UInt8] = try reader.readOpenTypeOctets()
    let algorithmOID: ObjectIdentifier = try reader.readObjectIdentifier()
    let paramS: EncryptionParams = try EncryptionParams(from: &reader)
    let signature: BitString = try reader.readBitString()
    self.init(toBeSigned: toBeSigned, algorithmOID: algorithmOID, paramS: paramS, signature: signature)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeOpenType(octets: toBeSigned)
    try writer.writeObjectIdentifier(algorithmOID)
    try paramS.encode(into: &writer)
    try writer.writeBitString(signature)
  }
}

/// CryptoToken.
public enum CryptoToken: PERValue {
  case cryptoEncryptedToken(CryptoEncryptedToken)
  case cryptoSignedToken(CryptoSignedToken)
  case cryptoHashedToken(CryptoHashedToken)
  case cryptoPwdEncr(ENCRYPTED)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 4)
    switch index {
    case 0: self = .cryptoEncryptedToken(try CryptoEncryptedToken(from: &reader))
    case 1: self = .cryptoSignedToken(try CryptoSignedToken(from: &reader))
    case 2: self = .cryptoHashedToken(try CryptoHashedToken(from: &reader))
    case 3: self = .cryptoPwdEncr(try ENCRYPTED(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .cryptoEncryptedToken(let value):
      try writer.writeIndex(0, rootCount: 4)
      try value.encode(into: &writer)
    case .cryptoSignedToken(let value):
      try writer.writeIndex(1, rootCount: 4)
      try value.encode(into: &writer)
    case .cryptoHashedToken(let value):
      try writer.writeIndex(2, rootCount: 4)
      try value.encode(into: &writer)
    case .cryptoPwdEncr(let value):
      try writer.writeIndex(3, rootCount: 4)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 4)
    }
  }
}

/// cryptoEncryptedToken.
public struct CryptoEncryptedToken: PERValue {
  /// `tokenOID OBJECT IDENTIFIER`
  public var tokenOID: ObjectIdentifier

  /// `token ENCRYPTED`
  public var token: ENCRYPTED

  /// A value of its components that are not optional.
  public init(tokenOID: ObjectIdentifier, token: ENCRYPTED) {
    self.tokenOID = tokenOID
    self.token = token
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let tokenOID: ObjectIdentifier = try reader.readObjectIdentifier()
    let token: ENCRYPTED = try ENCRYPTED(from: &reader)
    self.init(tokenOID: tokenOID, token: token)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeObjectIdentifier(tokenOID)
    try token.encode(into: &writer)
  }
}

/// cryptoSignedToken.
public struct CryptoSignedToken: PERValue {
  /// `tokenOID OBJECT IDENTIFIER`
  public var tokenOID: ObjectIdentifier

  /// `token SIGNED`
  public var token: SIGNED

  /// A value of its components that are not optional.
  public init(tokenOID: ObjectIdentifier, token: SIGNED) {
    self.tokenOID = tokenOID
    self.token = token
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let tokenOID: ObjectIdentifier = try reader.readObjectIdentifier()
    let token: SIGNED = try SIGNED(from: &reader)
    self.init(tokenOID: tokenOID, token: token)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeObjectIdentifier(tokenOID)
    try token.encode(into: &writer)
  }
}

/// cryptoHashedToken.
public struct CryptoHashedToken: PERValue {
  /// `tokenOID OBJECT IDENTIFIER`
  public var tokenOID: ObjectIdentifier

  /// `hashedVals ClearToken`
  public var hashedVals: ClearToken

  /// `token HASHED`
  public var token: HASHED

  /// A value of its components that are not optional.
  public init(tokenOID: ObjectIdentifier, hashedVals: ClearToken, token: HASHED) {
    self.tokenOID = tokenOID
    self.hashedVals = hashedVals
    self.token = token
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let tokenOID: ObjectIdentifier = try reader.readObjectIdentifier()
    let hashedVals: ClearToken = try ClearToken(from: &reader)
    let token: HASHED = try HASHED(from: &reader)
    self.init(tokenOID: tokenOID, hashedVals: hashedVals, token: token)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeObjectIdentifier(tokenOID)
    try hashedVals.encode(into: &writer)
    try token.encode(into: &writer)
  }
}

/// ICV.
public struct ICV: PERValue {
  /// `algorithmOID OBJECT IDENTIFIER`
  public var algorithmOID: ObjectIdentifier

  /// `icv BIT STRING`
  public var icv: BitString

  /// A value of its components that are not optional.
  public init(algorithmOID: ObjectIdentifier, icv: BitString) {
    self.algorithmOID = algorithmOID
    self.icv = icv
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let algorithmOID: ObjectIdentifier = try reader.readObjectIdentifier()
    let icv: BitString = try reader.readBitString()
    self.init(algorithmOID: algorithmOID, icv: icv)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeObjectIdentifier(algorithmOID)
    try writer.writeBitString(icv)
  }
}
