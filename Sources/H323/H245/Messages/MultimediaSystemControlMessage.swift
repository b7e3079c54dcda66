import PER

/// Everything that travels on an H.245 control channel (H.245 Annex A).
///
/// Alternatives and additions that a later version of the standard brought, and this code does not know, are kept as they
/// came and written again.
public enum MultimediaSystemControlMessage: Sendable, Hashable {
  case request(RequestMessage)
  case response(ResponseMessage)
  case command(CommandMessage)
  case indication(IndicationMessage)
  /// A fifth kind that no version known here has.
  case unknown(UnknownAlternative)
}

/// A message that wants a response.
public enum RequestMessage: Sendable, Hashable {
  case nonStandard(NonStandardMessage)
  case masterSlaveDetermination(MasterSlaveDetermination)
  case terminalCapabilitySet(TerminalCapabilitySet)
  indirect case openLogicalChannel(OpenLogicalChannel)
  case closeLogicalChannel(CloseLogicalChannel)
  case requestChannelClose(RequestChannelClose)
  case requestMode(RequestMode)
  case roundTripDelayRequest(RoundTripDelayRequest)
  case conferenceRequest(ConferenceRequest)
  case genericRequest(GenericMessage)
  /// multiplexEntrySend, requestMultiplexEntry, maintenanceLoopRequest: they make no sense on a packet network.
  case other(KeptValue)
  /// communicationModeRequest, multilinkRequest, logicalChannelRateRequest and what later versions add.
  case unknown(UnknownAlternative)
}

/// The answer to a request.
public enum ResponseMessage: Sendable, Hashable {
  case nonStandard(NonStandardMessage)
  case masterSlaveDeterminationAck(MasterSlaveDeterminationAck)
  case masterSlaveDeterminationReject(MasterSlaveDeterminationReject)
  case terminalCapabilitySetAck(TerminalCapabilitySetAck)
  case terminalCapabilitySetReject(TerminalCapabilitySetReject)
  indirect case openLogicalChannelAck(OpenLogicalChannelAck)
  case openLogicalChannelReject(OpenLogicalChannelReject)
  case closeLogicalChannelAck(CloseLogicalChannelAck)
  case requestChannelCloseAck(RequestChannelCloseAck)
  case requestChannelCloseReject(RequestChannelCloseReject)
  case requestModeAck(RequestModeAck)
  case requestModeReject(RequestModeReject)
  case roundTripDelayResponse(RoundTripDelayResponse)
  case genericResponse(GenericMessage)
  /// The answers to multiplexEntrySend, requestMultiplexEntry and maintenanceLoopRequest.
  case other(KeptValue)
  /// communicationModeResponse, conferenceResponse, multilinkResponse, logicalChannelRateAcknowledge and
  /// logicalChannelRateReject, and what later versions add.
  case unknown(UnknownAlternative)
}

/// A message that has to be followed and is not answered.
public enum CommandMessage: Sendable, Hashable {
  case nonStandard(NonStandardMessage)
  case sendTerminalCapabilitySet(SendTerminalCapabilitySet)
  case flowControlCommand(FlowControlCommand)
  case endSessionCommand(EndSessionCommand)
  case miscellaneousCommand(MiscellaneousCommand)
  case genericCommand(GenericMessage)
  /// maintenanceLoopOffCommand, encryptionCommand.
  case other(KeptValue)
  /// communicationModeCommand, conferenceCommand, h223MultiplexReconfiguration, newATMVCCommand,
  /// mobileMultilinkReconfigurationCommand and what later versions add.
  case unknown(UnknownAlternative)
}

/// A message that tells something and wants nothing.
public enum IndicationMessage: Sendable, Hashable {
  case nonStandard(NonStandardMessage)
  indirect case functionNotUnderstood(FunctionNotUnderstood)
  case masterSlaveDeterminationRelease(MasterSlaveDeterminationRelease)
  case terminalCapabilitySetRelease(TerminalCapabilitySetRelease)
  case openLogicalChannelConfirm(OpenLogicalChannelConfirm)
  case requestChannelCloseRelease(RequestChannelCloseRelease)
  case requestModeRelease(RequestModeRelease)
  case miscellaneousIndication(MiscellaneousIndication)
  case jitterIndication(JitterIndication)
  indirect case userInput(UserInputIndication)
  case h2250MaximumSkewIndication(H2250MaximumSkewIndication)
  case conferenceIndication(ConferenceIndication)
  case vendorIdentification(VendorIdentification)
  case functionNotSupported(FunctionNotSupported)
  case genericIndication(GenericMessage)
  /// multiplexEntrySendRelease, requestMultiplexEntryRelease, h223SkewIndication, newATMVCIndication.
  case other(KeptValue)
  /// mcLocationIndication, multilinkIndication, logicalChannelRateRelease, flowControlIndication,
  /// mobileMultilinkReconfigurationIndication and what later versions add.
  case unknown(UnknownAlternative)
}

extension MultimediaSystemControlMessage {
  /// The message in the words of the standard, for a log: `request.openLogicalChannel`.
  public var name: String {
    switch self {
    case .request(let message): "request.\(message.name)"
    case .response(let message): "response.\(message.name)"
    case .command(let message): "command.\(message.name)"
    case .indication(let message): "indication.\(message.name)"
    case .unknown: "unknown"
    }
  }
}

extension RequestMessage {
  var name: String {
    switch self {
    case .nonStandard: "nonStandard"
    case .masterSlaveDetermination: "masterSlaveDetermination"
    case .terminalCapabilitySet: "terminalCapabilitySet"
    case .openLogicalChannel: "openLogicalChannel"
    case .closeLogicalChannel: "closeLogicalChannel"
    case .requestChannelClose: "requestChannelClose"
    case .requestMode: "requestMode"
    case .roundTripDelayRequest: "roundTripDelayRequest"
    case .conferenceRequest: "conferenceRequest"
    case .genericRequest: "genericRequest"
    case .other: "other"
    case .unknown: "unknown"
    }
  }
}

extension ResponseMessage {
  var name: String {
    switch self {
    case .nonStandard: "nonStandard"
    case .masterSlaveDeterminationAck: "masterSlaveDeterminationAck"
    case .masterSlaveDeterminationReject: "masterSlaveDeterminationReject"
    case .terminalCapabilitySetAck: "terminalCapabilitySetAck"
    case .terminalCapabilitySetReject: "terminalCapabilitySetReject"
    case .openLogicalChannelAck: "openLogicalChannelAck"
    case .openLogicalChannelReject: "openLogicalChannelReject"
    case .closeLogicalChannelAck: "closeLogicalChannelAck"
    case .requestChannelCloseAck: "requestChannelCloseAck"
    case .requestChannelCloseReject: "requestChannelCloseReject"
    case .requestModeAck: "requestModeAck"
    case .requestModeReject: "requestModeReject"
    case .roundTripDelayResponse: "roundTripDelayResponse"
    case .genericResponse: "genericResponse"
    case .other: "other"
    case .unknown: "unknown"
    }
  }
}

extension CommandMessage {
  var name: String {
    switch self {
    case .nonStandard: "nonStandard"
    case .sendTerminalCapabilitySet: "sendTerminalCapabilitySet"
    case .flowControlCommand: "flowControlCommand"
    case .endSessionCommand: "endSessionCommand"
    case .miscellaneousCommand: "miscellaneousCommand"
    case .genericCommand: "genericCommand"
    case .other: "other"
    case .unknown: "unknown"
    }
  }
}

extension IndicationMessage {
  var name: String {
    switch self {
    case .nonStandard: "nonStandard"
    case .functionNotUnderstood: "functionNotUnderstood"
    case .masterSlaveDeterminationRelease: "masterSlaveDeterminationRelease"
    case .terminalCapabilitySetRelease: "terminalCapabilitySetRelease"
    case .openLogicalChannelConfirm: "openLogicalChannelConfirm"
    case .requestChannelCloseRelease: "requestChannelCloseRelease"
    case .requestModeRelease: "requestModeRelease"
    case .miscellaneousIndication: "miscellaneousIndication"
    case .jitterIndication: "jitterIndication"
    case .userInput: "userInput"
    case .h2250MaximumSkewIndication: "h2250MaximumSkewIndication"
    case .conferenceIndication: "conferenceIndication"
    case .vendorIdentification: "vendorIdentification"
    case .functionNotSupported: "functionNotSupported"
    case .genericIndication: "genericIndication"
    case .other: "other"
    case .unknown: "unknown"
    }
  }
}
