import PER

/// H323-UserInformation.
public struct H323UserInformation: PERValue {
  /// `h323-uu-pdu H323-UU-PDU`
  public var h323UUPDU: H323UUPDU

  /// `user-data SEQUENCE OPTIONAL`
  public var userData: UserData?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension H323UserInformation {
  /// A value of its components that are not optional.
  public init(h323UUPDU: H323UUPDU) {
    self.h323UUPDU = h323UUPDU
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let h323UUPDU: H323UUPDU = try H323UUPDU(from: &reader)
    let userData: UserData? = try preamble.has(0) ? UserData(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(h323UUPDU: h323UUPDU, userData: userData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try h323UUPDU.encode(into: &writer)
    try writer.writeOptional(userData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// user-data.
public struct UserData: PERValue {
  /// `protocol-discriminator INTEGER (0..255)`
  public var protocolDiscriminator: Int

  /// `user-information OCTET STRING (SIZE(1..131))`
  public var userInformation: [UInt8]

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension UserData {
  /// A value of its components that are not optional.
  public init(protocolDiscriminator: Int, userInformation: [UInt8]) {
    self.protocolDiscriminator = protocolDiscriminator
    self.userInformation = userInformation
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let protocolDiscriminator: Int = try reader.readInteger(0...255)
    let userInformation: [UInt8] = try reader.readOctets(1...131)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(protocolDiscriminator: protocolDiscriminator, userInformation: userInformation, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeInteger(protocolDiscriminator, 0...255)
    try writer.writeOctets(userInformation, 1...131)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// H323-UU-PDU.
public struct H323UUPDU: PERValue {
  /// `h323-message-body CHOICE`
  public var h323MessageBody: H323MessageBody

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `h245Tunnelling BOOLEAN`, an addition
  public var h245Tunnelling: Bool?

  /// `h245Control SEQUENCE OF OCTET STRING OPTIONAL`, an addition
  public var h245Control: [OctetString]?

  /// `nonStandardControl SEQUENCE OF NonStandardParameter OPTIONAL`, an addition
  public var nonStandardControl: [NonStandardParameter]?

  /// `provisionalRespToH245Tunnelling NULL OPTIONAL`, an addition
  public var provisionalRespToH245Tunnelling = false

  /// `genericData SEQUENCE OF GenericData OPTIONAL`, an addition
  public var genericData: [GenericData]?

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension H323UUPDU {
  /// A value of its components that are not optional.
  public init(h323MessageBody: H323MessageBody) {
    self.h323MessageBody = h323MessageBody
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let h323MessageBody: H323MessageBody = try H323MessageBody(from: &reader)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    try additions.keepNext(&reader)
    let h245Tunnelling: Bool? = try additions.next(&reader)
    let h245Control: [OctetString]? = try additions.next(&reader)
    let nonStandardControl: [NonStandardParameter]? = try additions.next(&reader)
    try additions.keepNext(2, &reader)
    let provisionalRespToH245Tunnelling: Bool = try additions.nextPresence(&reader)
    try additions.keepNext(&reader)
    let genericData: [GenericData]? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      h323MessageBody: h323MessageBody, nonStandardData: nonStandardData, h245Tunnelling: h245Tunnelling,
      h245Control: h245Control, nonStandardControl: nonStandardControl,
      provisionalRespToH245Tunnelling: provisionalRespToH245Tunnelling, genericData: genericData, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try h323MessageBody.encode(into: &writer)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 9, kept: unknown)
    try additions.keepNext(&writer)
    try additions.next(&writer, h245Tunnelling)
    try additions.next(&writer, h245Control)
    try additions.next(&writer, nonStandardControl)
    try additions.keepNext(2, &writer)
    try additions.nextPresence(&writer, provisionalRespToH245Tunnelling)
    try additions.keepNext(&writer)
    try additions.next(&writer, genericData)
    try additions.finish(&writer)
  }
}

/// h323-message-body.
public indirect enum H323MessageBody: PERValue {
  case setup(SetupUUIE)
  case callProceeding(CallProceedingUUIE)
  case connect(ConnectUUIE)
  case alerting(AlertingUUIE)
  case information(InformationUUIE)
  case releaseComplete(ReleaseCompleteUUIE)
  case facility(FacilityUUIE)
  case progress(ProgressUUIE)
  case empty
  case status(StatusUUIE)
  case statusInquiry(StatusInquiryUUIE)
  case setupAcknowledge(SetupAcknowledgeUUIE)
  case notify(NotifyUUIE)
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 7)
    switch index {
    case 0: self = .setup(try SetupUUIE(from: &reader))
    case 1: self = .callProceeding(try CallProceedingUUIE(from: &reader))
    case 2: self = .connect(try ConnectUUIE(from: &reader))
    case 3: self = .alerting(try AlertingUUIE(from: &reader))
    case 4: self = .information(try InformationUUIE(from: &reader))
    case 5: self = .releaseComplete(try ReleaseCompleteUUIE(from: &reader))
    case 6: self = .facility(try FacilityUUIE(from: &reader))
    case 7: self = .progress(try reader.readOpenType(ProgressUUIE.self))
    case 8:
      try reader.readOpenType { (_: inout PERReader) in }
      self = .empty
    case 9: self = .status(try reader.readOpenType(StatusUUIE.self))
    case 10: self = .statusInquiry(try reader.readOpenType(StatusInquiryUUIE.self))
    case 11: self = .setupAcknowledge(try reader.readOpenType(SetupAcknowledgeUUIE.self))
    case 12: self = .notify(try reader.readOpenType(NotifyUUIE.self))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .setup(let value):
      try writer.writeIndex(0, rootCount: 7)
      try value.encode(into: &writer)
    case .callProceeding(let value):
      try writer.writeIndex(1, rootCount: 7)
      try value.encode(into: &writer)
    case .connect(let value):
      try writer.writeIndex(2, rootCount: 7)
      try value.encode(into: &writer)
    case .alerting(let value):
      try writer.writeIndex(3, rootCount: 7)
      try value.encode(into: &writer)
    case .information(let value):
      try writer.writeIndex(4, rootCount: 7)
      try value.encode(into: &writer)
    case .releaseComplete(let value):
      try writer.writeIndex(5, rootCount: 7)
      try value.encode(into: &writer)
    case .facility(let value):
      try writer.writeIndex(6, rootCount: 7)
      try value.encode(into: &writer)
    case .progress(let value):
      try writer.writeIndex(7, rootCount: 7)
      try writer.writeOpenType(value)
    case .empty:
      try writer.writeIndex(8, rootCount: 7)
      try writer.writeOpenType { (_: inout PERWriter) in }
    case .status(let value):
      try writer.writeIndex(9, rootCount: 7)
      try writer.writeOpenType(value)
    case .statusInquiry(let value):
      try writer.writeIndex(10, rootCount: 7)
      try writer.writeOpenType(value)
    case .setupAcknowledge(let value):
      try writer.writeIndex(11, rootCount: 7)
      try writer.writeOpenType(value)
    case .notify(let value):
      try writer.writeIndex(12, rootCount: 7)
      try writer.writeOpenType(value)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 7)
    }
  }
}
