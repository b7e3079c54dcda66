import PER

/// RasMessage.
public indirect enum RasMessage: PERValue {
  case gatekeeperRequest(GatekeeperRequest)
  case gatekeeperConfirm(GatekeeperConfirm)
  case gatekeeperReject(GatekeeperReject)
  case registrationRequest(RegistrationRequest)
  case registrationConfirm(RegistrationConfirm)
  case registrationReject(RegistrationReject)
  case unregistrationRequest(UnregistrationRequest)
  case unregistrationConfirm(UnregistrationConfirm)
  case unregistrationReject(UnregistrationReject)
  case admissionRequest(AdmissionRequest)
  case admissionConfirm(AdmissionConfirm)
  case admissionReject(AdmissionReject)
  case bandwidthRequest(BandwidthRequest)
  case bandwidthConfirm(BandwidthConfirm)
  case bandwidthReject(BandwidthReject)
  case disengageRequest(DisengageRequest)
  case disengageConfirm(DisengageConfirm)
  case disengageReject(DisengageReject)
  case locationRequest(LocationRequest)
  case locationConfirm(LocationConfirm)
  case locationReject(LocationReject)
  case infoRequest(InfoRequest)
  case infoRequestResponse(InfoRequestResponse)
  case nonStandardMessage(NonStandardMessage)
  case unknownMessageResponse(UnknownMessageResponse)
  case requestInProgress(RequestInProgress)
  case resourcesAvailableIndicate(ResourcesAvailableIndicate)
  case resourcesAvailableConfirm(ResourcesAvailableConfirm)
  case infoRequestAck(InfoRequestAck)
  case infoRequestNak(InfoRequestNak)
  case serviceControlIndication(ServiceControlIndication)
  case serviceControlResponse(ServiceControlResponse)
  case admissionConfirmSequence([AdmissionConfirm])
  /// One of a later version, or one that is not read here.
  case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 25)
    switch index {
    case 0: self = .gatekeeperRequest(try GatekeeperRequest(from: &reader))
    case 1: self = .gatekeeperConfirm(try GatekeeperConfirm(from: &reader))
    case 2: self = .gatekeeperReject(try GatekeeperReject(from: &reader))
    case 3: self = .registrationRequest(try RegistrationRequest(from: &reader))
    case 4: self = .registrationConfirm(try RegistrationConfirm(from: &reader))
    case 5: self = .registrationReject(try RegistrationReject(from: &reader))
    case 6: self = .unregistrationRequest(try UnregistrationRequest(from: &reader))
    case 7: self = .unregistrationConfirm(try UnregistrationConfirm(from: &reader))
    case 8: self = .unregistrationReject(try UnregistrationReject(from: &reader))
    case 9: self = .admissionRequest(try AdmissionRequest(from: &reader))
    case 10: self = .admissionConfirm(try AdmissionConfirm(from: &reader))
    case 11: self = .admissionReject(try AdmissionReject(from: &reader))
    case 12: self = .bandwidthRequest(try BandwidthRequest(from: &reader))
    case 13: self = .bandwidthConfirm(try BandwidthConfirm(from: &reader))
    case 14: self = .bandwidthReject(try BandwidthReject(from: &reader))
    case 15: self = .disengageRequest(try DisengageRequest(from: &reader))
    case 16: self = .disengageConfirm(try DisengageConfirm(from: &reader))
    case 17: self = .disengageReject(try DisengageReject(from: &reader))
    case 18: self = .locationRequest(try LocationRequest(from: &reader))
    case 19: self = .locationConfirm(try LocationConfirm(from: &reader))
    case 20: self = .locationReject(try LocationReject(from: &reader))
    case 21: self = .infoRequest(try InfoRequest(from: &reader))
    case 22: self = .infoRequestResponse(try InfoRequestResponse(from: &reader))
    case 23: self = .nonStandardMessage(try NonStandardMessage(from: &reader))
    case 24: self = .unknownMessageResponse(try UnknownMessageResponse(from: &reader))
    case 25: self = .requestInProgress(try reader.readOpenType(RequestInProgress.self))
    case 26: self = .resourcesAvailableIndicate(try reader.readOpenType(ResourcesAvailableIndicate.self))
    case 27: self = .resourcesAvailableConfirm(try reader.readOpenType(ResourcesAvailableConfirm.self))
    case 28: self = .infoRequestAck(try reader.readOpenType(InfoRequestAck.self))
    case 29: self = .infoRequestNak(try reader.readOpenType(InfoRequestNak.self))
    case 30: self = .serviceControlIndication(try reader.readOpenType(ServiceControlIndication.self))
    case 31: self = .serviceControlResponse(try reader.readOpenType(ServiceControlResponse.self))
    case 32:
      self = .admissionConfirmSequence(
        try reader.readOpenType { (reader: inout PERReader) throws(PERError) in try reader.readArray() })
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .gatekeeperRequest(let value):
      try writer.writeIndex(0, rootCount: 25)
      try value.encode(into: &writer)
    case .gatekeeperConfirm(let value):
      try writer.writeIndex(1, rootCount: 25)
      try value.encode(into: &writer)
    case .gatekeeperReject(let value):
      try writer.writeIndex(2, rootCount: 25)
      try value.encode(into: &writer)
    case .registrationRequest(let value):
      try writer.writeIndex(3, rootCount: 25)
      try value.encode(into: &writer)
    case .registrationConfirm(let value):
      try writer.writeIndex(4, rootCount: 25)
      try value.encode(into: &writer)
    case .registrationReject(let value):
      try writer.writeIndex(5, rootCount: 25)
      try value.encode(into: &writer)
    case .unregistrationRequest(let value):
      try writer.writeIndex(6, rootCount: 25)
      try value.encode(into: &writer)
    case .unregistrationConfirm(let value):
      try writer.writeIndex(7, rootCount: 25)
      try value.encode(into: &writer)
    case .unregistrationReject(let value):
      try writer.writeIndex(8, rootCount: 25)
      try value.encode(into: &writer)
    case .admissionRequest(let value):
      try writer.writeIndex(9, rootCount: 25)
      try value.encode(into: &writer)
    case .admissionConfirm(let value):
      try writer.writeIndex(10, rootCount: 25)
      try value.encode(into: &writer)
    case .admissionReject(let value):
      try writer.writeIndex(11, rootCount: 25)
      try value.encode(into: &writer)
    case .bandwidthRequest(let value):
      try writer.writeIndex(12, rootCount: 25)
      try value.encode(into: &writer)
    case .bandwidthConfirm(let value):
      try writer.writeIndex(13, rootCount: 25)
      try value.encode(into: &writer)
    case .bandwidthReject(let value):
      try writer.writeIndex(14, rootCount: 25)
      try value.encode(into: &writer)
    case .disengageRequest(let value):
      try writer.writeIndex(15, rootCount: 25)
      try value.encode(into: &writer)
    case .disengageConfirm(let value):
      try writer.writeIndex(16, rootCount: 25)
      try value.encode(into: &writer)
    case .disengageReject(let value):
      try writer.writeIndex(17, rootCount: 25)
      try value.encode(into: &writer)
    case .locationRequest(let value):
      try writer.writeIndex(18, rootCount: 25)
      try value.encode(into: &writer)
    case .locationConfirm(let value):
      try writer.writeIndex(19, rootCount: 25)
      try value.encode(into: &writer)
    case .locationReject(let value):
      try writer.writeIndex(20, rootCount: 25)
      try value.encode(into: &writer)
    case .infoRequest(let value):
      try writer.writeIndex(21, rootCount: 25)
      try value.encode(into: &writer)
    case .infoRequestResponse(let value):
      try writer.writeIndex(22, rootCount: 25)
      try value.encode(into: &writer)
    case .nonStandardMessage(let value):
      try writer.writeIndex(23, rootCount: 25)
      try value.encode(into: &writer)
    case .unknownMessageResponse(let value):
      try writer.writeIndex(24, rootCount: 25)
      try value.encode(into: &writer)
    case .requestInProgress(let value):
      try writer.writeIndex(25, rootCount: 25)
      try writer.writeOpenType(value)
    case .resourcesAvailableIndicate(let value):
      try writer.writeIndex(26, rootCount: 25)
      try writer.writeOpenType(value)
    case .resourcesAvailableConfirm(let value):
      try writer.writeIndex(27, rootCount: 25)
      try writer.writeOpenType(value)
    case .infoRequestAck(let value):
      try writer.writeIndex(28, rootCount: 25)
      try writer.writeOpenType(value)
    case .infoRequestNak(let value):
      try writer.writeIndex(29, rootCount: 25)
      try writer.writeOpenType(value)
    case .serviceControlIndication(let value):
      try writer.writeIndex(30, rootCount: 25)
      try writer.writeOpenType(value)
    case .serviceControlResponse(let value):
      try writer.writeIndex(31, rootCount: 25)
      try writer.writeOpenType(value)
    case .admissionConfirmSequence(let value):
      try writer.writeIndex(32, rootCount: 25)
      try writer.writeOpenType { (writer: inout PERWriter) throws(PERError) in try writer.writeArray(value) }
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 25)
    }
  }
}
