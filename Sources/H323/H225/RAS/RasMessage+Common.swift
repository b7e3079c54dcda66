import PER

extension RasMessage {
  /// The letters by which the message is known (H.225.0 §7.8 to §7.20); `other` for what is not read here.
  public var shortName: String {
    switch self {
    case .gatekeeperRequest: "GRQ"
    case .gatekeeperConfirm: "GCF"
    case .gatekeeperReject: "GRJ"
    case .registrationRequest: "RRQ"
    case .registrationConfirm: "RCF"
    case .registrationReject: "RRJ"
    case .unregistrationRequest: "URQ"
    case .unregistrationConfirm: "UCF"
    case .unregistrationReject: "URJ"
    case .admissionRequest: "ARQ"
    case .admissionConfirm: "ACF"
    case .admissionReject: "ARJ"
    case .bandwidthRequest: "BRQ"
    case .bandwidthConfirm: "BCF"
    case .bandwidthReject: "BRJ"
    case .disengageRequest: "DRQ"
    case .disengageConfirm: "DCF"
    case .disengageReject: "DRJ"
    case .locationRequest: "LRQ"
    case .locationConfirm: "LCF"
    case .locationReject: "LRJ"
    case .infoRequest: "IRQ"
    case .infoRequestResponse: "IRR"
    case .nonStandardMessage: "NSM"
    case .unknownMessageResponse: "XRS"
    case .requestInProgress: "RIP"
    case .resourcesAvailableIndicate: "RAI"
    case .resourcesAvailableConfirm: "RAC"
    case .infoRequestAck: "IACK"
    case .infoRequestNak: "INAK"
    case .serviceControlIndication: "SCI"
    case .serviceControlResponse: "SCR"
    case .admissionConfirmSequence: "ACF"
    case .other: "other"
    }
  }

  /// `requestSeqNum`; of a sequence of ACFs that of the first; nil for what is not read here.
  public var requestSeqNum: Int? {
    switch self {
    case .gatekeeperRequest(let value): value.requestSeqNum
    case .gatekeeperConfirm(let value): value.requestSeqNum
    case .gatekeeperReject(let value): value.requestSeqNum
    case .registrationRequest(let value): value.requestSeqNum
    case .registrationConfirm(let value): value.requestSeqNum
    case .registrationReject(let value): value.requestSeqNum
    case .unregistrationRequest(let value): value.requestSeqNum
    case .unregistrationConfirm(let value): value.requestSeqNum
    case .unregistrationReject(let value): value.requestSeqNum
    case .admissionRequest(let value): value.requestSeqNum
    case .admissionConfirm(let value): value.requestSeqNum
    case .admissionReject(let value): value.requestSeqNum
    case .bandwidthRequest(let value): value.requestSeqNum
    case .bandwidthConfirm(let value): value.requestSeqNum
    case .bandwidthReject(let value): value.requestSeqNum
    case .disengageRequest(let value): value.requestSeqNum
    case .disengageConfirm(let value): value.requestSeqNum
    case .disengageReject(let value): value.requestSeqNum
    case .locationRequest(let value): value.requestSeqNum
    case .locationConfirm(let value): value.requestSeqNum
    case .locationReject(let value): value.requestSeqNum
    case .infoRequest(let value): value.requestSeqNum
    case .infoRequestResponse(let value): value.requestSeqNum
    case .nonStandardMessage(let value): value.requestSeqNum
    case .unknownMessageResponse(let value): value.requestSeqNum
    case .requestInProgress(let value): value.requestSeqNum
    case .resourcesAvailableIndicate(let value): value.requestSeqNum
    case .resourcesAvailableConfirm(let value): value.requestSeqNum
    case .infoRequestAck(let value): value.requestSeqNum
    case .infoRequestNak(let value): value.requestSeqNum
    case .serviceControlIndication(let value): value.requestSeqNum
    case .serviceControlResponse(let value): value.requestSeqNum
    case .admissionConfirmSequence(let values): values.first?.requestSeqNum
    case .other: nil
    }
  }

  /// `tokens`; nil where there are none.
  public var tokens: [ClearToken]? {
    switch self {
    case .gatekeeperRequest(let value): value.tokens
    case .gatekeeperConfirm(let value): value.tokens
    case .gatekeeperReject(let value): value.tokens
    case .registrationRequest(let value): value.tokens
    case .registrationConfirm(let value): value.tokens
    case .registrationReject(let value): value.tokens
    case .unregistrationRequest(let value): value.tokens
    case .unregistrationConfirm(let value): value.tokens
    case .unregistrationReject(let value): value.tokens
    case .admissionRequest(let value): value.tokens
    case .admissionConfirm(let value): value.tokens
    case .admissionReject(let value): value.tokens
    case .bandwidthRequest(let value): value.tokens
    case .bandwidthConfirm(let value): value.tokens
    case .bandwidthReject(let value): value.tokens
    case .disengageRequest(let value): value.tokens
    case .disengageConfirm(let value): value.tokens
    case .disengageReject(let value): value.tokens
    case .locationRequest(let value): value.tokens
    case .locationConfirm(let value): value.tokens
    case .locationReject(let value): value.tokens
    case .infoRequest(let value): value.tokens
    case .infoRequestResponse(let value): value.tokens
    case .nonStandardMessage(let value): value.tokens
    case .unknownMessageResponse(let value): value.tokens
    case .requestInProgress(let value): value.tokens
    case .resourcesAvailableIndicate(let value): value.tokens
    case .resourcesAvailableConfirm(let value): value.tokens
    case .infoRequestAck(let value): value.tokens
    case .infoRequestNak(let value): value.tokens
    case .serviceControlIndication(let value): value.tokens
    case .serviceControlResponse(let value): value.tokens
    case .admissionConfirmSequence, .other: nil
    }
  }

  /// `cryptoTokens`; setting them does nothing to a message that is not read here.
  public var cryptoTokens: [CryptoH323Token]? {
    get {
      switch self {
      case .gatekeeperRequest(let value): value.cryptoTokens
      case .gatekeeperConfirm(let value): value.cryptoTokens
      case .gatekeeperReject(let value): value.cryptoTokens
      case .registrationRequest(let value): value.cryptoTokens
      case .registrationConfirm(let value): value.cryptoTokens
      case .registrationReject(let value): value.cryptoTokens
      case .unregistrationRequest(let value): value.cryptoTokens
      case .unregistrationConfirm(let value): value.cryptoTokens
      case .unregistrationReject(let value): value.cryptoTokens
      case .admissionRequest(let value): value.cryptoTokens
      case .admissionConfirm(let value): value.cryptoTokens
      case .admissionReject(let value): value.cryptoTokens
      case .bandwidthRequest(let value): value.cryptoTokens
      case .bandwidthConfirm(let value): value.cryptoTokens
      case .bandwidthReject(let value): value.cryptoTokens
      case .disengageRequest(let value): value.cryptoTokens
      case .disengageConfirm(let value): value.cryptoTokens
      case .disengageReject(let value): value.cryptoTokens
      case .locationRequest(let value): value.cryptoTokens
      case .locationConfirm(let value): value.cryptoTokens
      case .locationReject(let value): value.cryptoTokens
      case .infoRequest(let value): value.cryptoTokens
      case .infoRequestResponse(let value): value.cryptoTokens
      case .nonStandardMessage(let value): value.cryptoTokens
      case .unknownMessageResponse(let value): value.cryptoTokens
      case .requestInProgress(let value): value.cryptoTokens
      case .resourcesAvailableIndicate(let value): value.cryptoTokens
      case .resourcesAvailableConfirm(let value): value.cryptoTokens
      case .infoRequestAck(let value): value.cryptoTokens
      case .infoRequestNak(let value): value.cryptoTokens
      case .serviceControlIndication(let value): value.cryptoTokens
      case .serviceControlResponse(let value): value.cryptoTokens
      case .admissionConfirmSequence, .other: nil
      }
    }
    set {
      switch self {
      case .gatekeeperRequest(var value):
        value.cryptoTokens = newValue
        self = .gatekeeperRequest(value)
      case .gatekeeperConfirm(var value):
        value.cryptoTokens = newValue
        self = .gatekeeperConfirm(value)
      case .gatekeeperReject(var value):
        value.cryptoTokens = newValue
        self = .gatekeeperReject(value)
      case .registrationRequest(var value):
        value.cryptoTokens = newValue
        self = .registrationRequest(value)
      case .registrationConfirm(var value):
        value.cryptoTokens = newValue
        self = .registrationConfirm(value)
      case .registrationReject(var value):
        value.cryptoTokens = newValue
        self = .registrationReject(value)
      case .unregistrationRequest(var value):
        value.cryptoTokens = newValue
        self = .unregistrationRequest(value)
      case .unregistrationConfirm(var value):
        value.cryptoTokens = newValue
        self = .unregistrationConfirm(value)
      case .unregistrationReject(var value):
        value.cryptoTokens = newValue
        self = .unregistrationReject(value)
      case .admissionRequest(var value):
        value.cryptoTokens = newValue
        self = .admissionRequest(value)
      case .admissionConfirm(var value):
        value.cryptoTokens = newValue
        self = .admissionConfirm(value)
      case .admissionReject(var value):
        value.cryptoTokens = newValue
        self = .admissionReject(value)
      case .bandwidthRequest(var value):
        value.cryptoTokens = newValue
        self = .bandwidthRequest(value)
      case .bandwidthConfirm(var value):
        value.cryptoTokens = newValue
        self = .bandwidthConfirm(value)
      case .bandwidthReject(var value):
        value.cryptoTokens = newValue
        self = .bandwidthReject(value)
      case .disengageRequest(var value):
        value.cryptoTokens = newValue
        self = .disengageRequest(value)
      case .disengageConfirm(var value):
        value.cryptoTokens = newValue
        self = .disengageConfirm(value)
      case .disengageReject(var value):
        value.cryptoTokens = newValue
        self = .disengageReject(value)
      case .locationRequest(var value):
        value.cryptoTokens = newValue
        self = .locationRequest(value)
      case .locationConfirm(var value):
        value.cryptoTokens = newValue
        self = .locationConfirm(value)
      case .locationReject(var value):
        value.cryptoTokens = newValue
        self = .locationReject(value)
      case .infoRequest(var value):
        value.cryptoTokens = newValue
        self = .infoRequest(value)
      case .infoRequestResponse(var value):
        value.cryptoTokens = newValue
        self = .infoRequestResponse(value)
      case .nonStandardMessage(var value):
        value.cryptoTokens = newValue
        self = .nonStandardMessage(value)
      case .unknownMessageResponse(var value):
        value.cryptoTokens = newValue
        self = .unknownMessageResponse(value)
      case .requestInProgress(var value):
        value.cryptoTokens = newValue
        self = .requestInProgress(value)
      case .resourcesAvailableIndicate(var value):
        value.cryptoTokens = newValue
        self = .resourcesAvailableIndicate(value)
      case .resourcesAvailableConfirm(var value):
        value.cryptoTokens = newValue
        self = .resourcesAvailableConfirm(value)
      case .infoRequestAck(var value):
        value.cryptoTokens = newValue
        self = .infoRequestAck(value)
      case .infoRequestNak(var value):
        value.cryptoTokens = newValue
        self = .infoRequestNak(value)
      case .serviceControlIndication(var value):
        value.cryptoTokens = newValue
        self = .serviceControlIndication(value)
      case .serviceControlResponse(var value):
        value.cryptoTokens = newValue
        self = .serviceControlResponse(value)
      case .admissionConfirmSequence, .other: break
      }
    }
  }
}
