import PER

extension MultimediaSystemControlMessage: PERValue {
  private static let rootCount = 4

  /// Reads a message.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .request(RequestMessage(from: &reader))
    case 1: self = try .response(ResponseMessage(from: &reader))
    case 2: self = try .command(CommandMessage(from: &reader))
    case 3: self = try .indication(IndicationMessage(from: &reader))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a message.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .request(let message): try writer.writeAlternative(0, rootCount: Self.rootCount, message)
    case .response(let message): try writer.writeAlternative(1, rootCount: Self.rootCount, message)
    case .command(let message): try writer.writeAlternative(2, rootCount: Self.rootCount, message)
    case .indication(let message): try writer.writeAlternative(3, rootCount: Self.rootCount, message)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension RequestMessage: PERValue {
  private static let rootCount = 11

  /// Reads a RequestMessage.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardMessage(from: &reader))
    case 1: self = try .masterSlaveDetermination(MasterSlaveDetermination(from: &reader))
    case 2: self = try .terminalCapabilitySet(TerminalCapabilitySet(from: &reader))
    case 3: self = try .openLogicalChannel(OpenLogicalChannel(from: &reader))
    case 4: self = try .closeLogicalChannel(CloseLogicalChannel(from: &reader))
    case 5: self = try .requestChannelClose(RequestChannelClose(from: &reader))
    case 6: self = try .other(KeptValue(.multiplexEntrySend, from: &reader))
    case 7: self = try .other(KeptValue(.requestMultiplexEntry, from: &reader))
    case 8: self = try .requestMode(RequestMode(from: &reader))
    case 9: self = try .roundTripDelayRequest(RoundTripDelayRequest(from: &reader))
    case 10: self = try .other(KeptValue(.maintenanceLoopRequest, from: &reader))
    case 12: self = try .conferenceRequest(reader.readOpenType(ConferenceRequest.self))
    case 15: self = try .genericRequest(reader.readOpenType(GenericMessage.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a RequestMessage.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let message): try writer.writeAlternative(0, rootCount: Self.rootCount, message)
    case .masterSlaveDetermination(let message): try writer.writeAlternative(1, rootCount: Self.rootCount, message)
    case .terminalCapabilitySet(let message): try writer.writeAlternative(2, rootCount: Self.rootCount, message)
    case .openLogicalChannel(let message): try writer.writeAlternative(3, rootCount: Self.rootCount, message)
    case .closeLogicalChannel(let message): try writer.writeAlternative(4, rootCount: Self.rootCount, message)
    case .requestChannelClose(let message): try writer.writeAlternative(5, rootCount: Self.rootCount, message)
    case .requestMode(let message): try writer.writeAlternative(8, rootCount: Self.rootCount, message)
    case .roundTripDelayRequest(let message): try writer.writeAlternative(9, rootCount: Self.rootCount, message)
    case .conferenceRequest(let message): try writer.writeAddition(12, rootCount: Self.rootCount, message)
    case .genericRequest(let message): try writer.writeAddition(15, rootCount: Self.rootCount, message)
    case .other(let value):
      let index: Int
      switch value.type {
      case .multiplexEntrySend: index = 6
      case .requestMultiplexEntry: index = 7
      case .maintenanceLoopRequest: index = 10
      default: throw writer.error(.unknownValue)
      }
      try writer.writeIndex(index, rootCount: Self.rootCount)
      try value.encode(into: &writer)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension ResponseMessage: PERValue {
  private static let rootCount = 19

  /// Reads a ResponseMessage.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardMessage(from: &reader))
    case 1: self = try .masterSlaveDeterminationAck(MasterSlaveDeterminationAck(from: &reader))
    case 2: self = try .masterSlaveDeterminationReject(MasterSlaveDeterminationReject(from: &reader))
    case 3: self = try .terminalCapabilitySetAck(TerminalCapabilitySetAck(from: &reader))
    case 4: self = try .terminalCapabilitySetReject(TerminalCapabilitySetReject(from: &reader))
    case 5: self = try .openLogicalChannelAck(OpenLogicalChannelAck(from: &reader))
    case 6: self = try .openLogicalChannelReject(OpenLogicalChannelReject(from: &reader))
    case 7: self = try .closeLogicalChannelAck(CloseLogicalChannelAck(from: &reader))
    case 8: self = try .requestChannelCloseAck(RequestChannelCloseAck(from: &reader))
    case 9: self = try .requestChannelCloseReject(RequestChannelCloseReject(from: &reader))
    case 10: self = try .other(KeptValue(.multiplexEntrySendAck, from: &reader))
    case 11: self = try .other(KeptValue(.multiplexEntrySendReject, from: &reader))
    case 12: self = try .other(KeptValue(.requestMultiplexEntryAck, from: &reader))
    case 13: self = try .other(KeptValue(.requestMultiplexEntryReject, from: &reader))
    case 14: self = try .requestModeAck(RequestModeAck(from: &reader))
    case 15: self = try .requestModeReject(RequestModeReject(from: &reader))
    case 16: self = try .roundTripDelayResponse(RoundTripDelayResponse(from: &reader))
    case 17: self = try .other(KeptValue(.maintenanceLoopAck, from: &reader))
    case 18: self = try .other(KeptValue(.maintenanceLoopReject, from: &reader))
    case 24: self = try .genericResponse(reader.readOpenType(GenericMessage.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a ResponseMessage.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let message): try writer.writeAlternative(0, rootCount: Self.rootCount, message)
    case .masterSlaveDeterminationAck(let message): try writer.writeAlternative(1, rootCount: Self.rootCount, message)
    case .masterSlaveDeterminationReject(let message):
      try writer.writeAlternative(2, rootCount: Self.rootCount, message)
    case .terminalCapabilitySetAck(let message): try writer.writeAlternative(3, rootCount: Self.rootCount, message)
    case .terminalCapabilitySetReject(let message): try writer.writeAlternative(4, rootCount: Self.rootCount, message)
    case .openLogicalChannelAck(let message): try writer.writeAlternative(5, rootCount: Self.rootCount, message)
    case .openLogicalChannelReject(let message): try writer.writeAlternative(6, rootCount: Self.rootCount, message)
    case .closeLogicalChannelAck(let message): try writer.writeAlternative(7, rootCount: Self.rootCount, message)
    case .requestChannelCloseAck(let message): try writer.writeAlternative(8, rootCount: Self.rootCount, message)
    case .requestChannelCloseReject(let message): try writer.writeAlternative(9, rootCount: Self.rootCount, message)
    case .requestModeAck(let message): try writer.writeAlternative(14, rootCount: Self.rootCount, message)
    case .requestModeReject(let message): try writer.writeAlternative(15, rootCount: Self.rootCount, message)
    case .roundTripDelayResponse(let message): try writer.writeAlternative(16, rootCount: Self.rootCount, message)
    case .genericResponse(let message): try writer.writeAddition(24, rootCount: Self.rootCount, message)
    case .other(let value):
      let index: Int
      switch value.type {
      case .multiplexEntrySendAck: index = 10
      case .multiplexEntrySendReject: index = 11
      case .requestMultiplexEntryAck: index = 12
      case .requestMultiplexEntryReject: index = 13
      case .maintenanceLoopAck: index = 17
      case .maintenanceLoopReject: index = 18
      default: throw writer.error(.unknownValue)
      }
      try writer.writeIndex(index, rootCount: Self.rootCount)
      try value.encode(into: &writer)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension CommandMessage: PERValue {
  private static let rootCount = 7

  /// Reads a CommandMessage.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardMessage(from: &reader))
    case 1: self = try .other(KeptValue(.maintenanceLoopOffCommand, from: &reader))
    case 2: self = try .sendTerminalCapabilitySet(SendTerminalCapabilitySet(from: &reader))
    case 3: self = try .other(KeptValue(.encryptionCommand, from: &reader))
    case 4: self = try .flowControlCommand(FlowControlCommand(from: &reader))
    case 5: self = try .endSessionCommand(EndSessionCommand(from: &reader))
    case 6: self = try .miscellaneousCommand(MiscellaneousCommand(from: &reader))
    case 12: self = try .genericCommand(reader.readOpenType(GenericMessage.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a CommandMessage.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let message): try writer.writeAlternative(0, rootCount: Self.rootCount, message)
    case .sendTerminalCapabilitySet(let message): try writer.writeAlternative(2, rootCount: Self.rootCount, message)
    case .flowControlCommand(let message): try writer.writeAlternative(4, rootCount: Self.rootCount, message)
    case .endSessionCommand(let message): try writer.writeAlternative(5, rootCount: Self.rootCount, message)
    case .miscellaneousCommand(let message): try writer.writeAlternative(6, rootCount: Self.rootCount, message)
    case .genericCommand(let message): try writer.writeAddition(12, rootCount: Self.rootCount, message)
    case .other(let value):
      let index: Int
      switch value.type {
      case .maintenanceLoopOffCommand: index = 1
      case .encryptionCommand: index = 3
      default: throw writer.error(.unknownValue)
      }
      try writer.writeIndex(index, rootCount: Self.rootCount)
      try value.encode(into: &writer)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension IndicationMessage: PERValue {
  private static let rootCount = 14

  /// Reads an IndicationMessage.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .nonStandard(NonStandardMessage(from: &reader))
    case 1: self = try .functionNotUnderstood(FunctionNotUnderstood(from: &reader))
    case 2: self = try .masterSlaveDeterminationRelease(MasterSlaveDeterminationRelease(from: &reader))
    case 3: self = try .terminalCapabilitySetRelease(TerminalCapabilitySetRelease(from: &reader))
    case 4: self = try .openLogicalChannelConfirm(OpenLogicalChannelConfirm(from: &reader))
    case 5: self = try .requestChannelCloseRelease(RequestChannelCloseRelease(from: &reader))
    case 6: self = try .other(KeptValue(.multiplexEntrySendRelease, from: &reader))
    case 7: self = try .other(KeptValue(.requestMultiplexEntryRelease, from: &reader))
    case 8: self = try .requestModeRelease(RequestModeRelease(from: &reader))
    case 9: self = try .miscellaneousIndication(MiscellaneousIndication(from: &reader))
    case 10: self = try .jitterIndication(JitterIndication(from: &reader))
    case 11: self = try .other(KeptValue(.h223SkewIndication, from: &reader))
    case 12: self = try .other(KeptValue(.newATMVCIndication, from: &reader))
    case 13: self = try .userInput(UserInputIndication(from: &reader))
    case 14: self = try .h2250MaximumSkewIndication(reader.readOpenType(H2250MaximumSkewIndication.self))
    case 16: self = try .conferenceIndication(reader.readOpenType(ConferenceIndication.self))
    case 17: self = try .vendorIdentification(reader.readOpenType(VendorIdentification.self))
    case 18: self = try .functionNotSupported(reader.readOpenType(FunctionNotSupported.self))
    case 23: self = try .genericIndication(reader.readOpenType(GenericMessage.self))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes an IndicationMessage.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .nonStandard(let message): try writer.writeAlternative(0, rootCount: Self.rootCount, message)
    case .functionNotUnderstood(let message): try writer.writeAlternative(1, rootCount: Self.rootCount, message)
    case .masterSlaveDeterminationRelease(let message):
      try writer.writeAlternative(2, rootCount: Self.rootCount, message)
    case .terminalCapabilitySetRelease(let message): try writer.writeAlternative(3, rootCount: Self.rootCount, message)
    case .openLogicalChannelConfirm(let message): try writer.writeAlternative(4, rootCount: Self.rootCount, message)
    case .requestChannelCloseRelease(let message): try writer.writeAlternative(5, rootCount: Self.rootCount, message)
    case .requestModeRelease(let message): try writer.writeAlternative(8, rootCount: Self.rootCount, message)
    case .miscellaneousIndication(let message): try writer.writeAlternative(9, rootCount: Self.rootCount, message)
    case .jitterIndication(let message): try writer.writeAlternative(10, rootCount: Self.rootCount, message)
    case .userInput(let message): try writer.writeAlternative(13, rootCount: Self.rootCount, message)
    case .h2250MaximumSkewIndication(let message): try writer.writeAddition(14, rootCount: Self.rootCount, message)
    case .conferenceIndication(let message): try writer.writeAddition(16, rootCount: Self.rootCount, message)
    case .vendorIdentification(let message): try writer.writeAddition(17, rootCount: Self.rootCount, message)
    case .functionNotSupported(let message): try writer.writeAddition(18, rootCount: Self.rootCount, message)
    case .genericIndication(let message): try writer.writeAddition(23, rootCount: Self.rootCount, message)
    case .other(let value):
      let index: Int
      switch value.type {
      case .multiplexEntrySendRelease: index = 6
      case .requestMultiplexEntryRelease: index = 7
      case .h223SkewIndication: index = 11
      case .newATMVCIndication: index = 12
      default: throw writer.error(.unknownValue)
      }
      try writer.writeIndex(index, rootCount: Self.rootCount)
      try value.encode(into: &writer)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension MiscellaneousCommand.Kind: PERValue {
  private static let rootCount = 10

  /// Reads a type.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = .equaliseDelay
    case 1: self = .zeroDelay
    case 2: self = .multipointModeCommand
    case 3: self = .cancelMultipointModeCommand
    case 4: self = .videoFreezePicture
    case 5: self = .videoFastUpdatePicture
    case 6:
      self = try .videoFastUpdateGOB(firstGOB: reader.readUInt8(0...17), numberOfGOBs: reader.readUInt8(1...18))
    case 7: self = try .videoTemporalSpatialTradeOff(reader.readUInt8(0...31))
    case 8: self = .videoSendSyncEveryGOB
    case 9: self = .videoSendSyncEveryGOBCancel
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a type.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .equaliseDelay: try writer.writeIndex(0, rootCount: Self.rootCount)
    case .zeroDelay: try writer.writeIndex(1, rootCount: Self.rootCount)
    case .multipointModeCommand: try writer.writeIndex(2, rootCount: Self.rootCount)
    case .cancelMultipointModeCommand: try writer.writeIndex(3, rootCount: Self.rootCount)
    case .videoFreezePicture: try writer.writeIndex(4, rootCount: Self.rootCount)
    case .videoFastUpdatePicture: try writer.writeIndex(5, rootCount: Self.rootCount)
    case .videoFastUpdateGOB(let first, let count):
      try writer.writeIndex(6, rootCount: Self.rootCount)
      try writer.write(first, 0...17)
      try writer.write(count, 1...18)
    case .videoTemporalSpatialTradeOff(let number):
      try writer.writeIndex(7, rootCount: Self.rootCount)
      try writer.write(number, 0...31)
    case .videoSendSyncEveryGOB: try writer.writeIndex(8, rootCount: Self.rootCount)
    case .videoSendSyncEveryGOBCancel: try writer.writeIndex(9, rootCount: Self.rootCount)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension MiscellaneousIndication.Kind: PERValue {
  private static let rootCount = 10

  /// Reads a type.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = .logicalChannelActive
    case 1: self = .logicalChannelInactive
    case 2: self = .multipointConference
    case 3: self = .cancelMultipointConference
    case 4: self = .multipointZeroComm
    case 5: self = .cancelMultipointZeroComm
    case 6: self = .multipointSecondaryStatus
    case 7: self = .cancelMultipointSecondaryStatus
    case 8: self = .videoIndicateReadyToActivate
    case 9: self = try .videoTemporalSpatialTradeOff(reader.readUInt8(0...31))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a type.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .logicalChannelActive: try writer.writeIndex(0, rootCount: Self.rootCount)
    case .logicalChannelInactive: try writer.writeIndex(1, rootCount: Self.rootCount)
    case .multipointConference: try writer.writeIndex(2, rootCount: Self.rootCount)
    case .cancelMultipointConference: try writer.writeIndex(3, rootCount: Self.rootCount)
    case .multipointZeroComm: try writer.writeIndex(4, rootCount: Self.rootCount)
    case .cancelMultipointZeroComm: try writer.writeIndex(5, rootCount: Self.rootCount)
    case .multipointSecondaryStatus: try writer.writeIndex(6, rootCount: Self.rootCount)
    case .cancelMultipointSecondaryStatus: try writer.writeIndex(7, rootCount: Self.rootCount)
    case .videoIndicateReadyToActivate: try writer.writeIndex(8, rootCount: Self.rootCount)
    case .videoTemporalSpatialTradeOff(let number):
      try writer.writeIndex(9, rootCount: Self.rootCount)
      try writer.write(number, 0...31)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension ConferenceRequest: PERValue {
  private static let rootCount = 8

  /// Reads a ConferenceRequest.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = .terminalListRequest
    case 1: self = .makeMeChair
    case 2: self = .cancelMakeMeChair
    case 3: self = try .dropTerminal(TerminalLabel(from: &reader))
    case 4: self = try .requestTerminalID(TerminalLabel(from: &reader))
    case 5: self = .enterH243Password
    case 6: self = .enterH243TerminalID
    case 7: self = .enterH243ConferenceID
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a ConferenceRequest.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .terminalListRequest: try writer.writeIndex(0, rootCount: Self.rootCount)
    case .makeMeChair: try writer.writeIndex(1, rootCount: Self.rootCount)
    case .cancelMakeMeChair: try writer.writeIndex(2, rootCount: Self.rootCount)
    case .dropTerminal(let message): try writer.writeAlternative(3, rootCount: Self.rootCount, message)
    case .requestTerminalID(let message): try writer.writeAlternative(4, rootCount: Self.rootCount, message)
    case .enterH243Password: try writer.writeIndex(5, rootCount: Self.rootCount)
    case .enterH243TerminalID: try writer.writeIndex(6, rootCount: Self.rootCount)
    case .enterH243ConferenceID: try writer.writeIndex(7, rootCount: Self.rootCount)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension ConferenceIndication: PERValue {
  private static let rootCount = 10

  /// Reads a ConferenceIndication.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: self = try .sbeNumber(reader.readUInt8(0...9))
    case 1: self = try .terminalNumberAssign(TerminalLabel(from: &reader))
    case 2: self = try .terminalJoinedConference(TerminalLabel(from: &reader))
    case 3: self = try .terminalLeftConference(TerminalLabel(from: &reader))
    case 4: self = .seenByAtLeastOneOther
    case 5: self = .cancelSeenByAtLeastOneOther
    case 6: self = .seenByAll
    case 7: self = .cancelSeenByAll
    case 8: self = try .terminalYouAreSeeing(TerminalLabel(from: &reader))
    case 9: self = .requestForFloor
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  /// Writes a ConferenceIndication.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .sbeNumber(let number):
      try writer.writeIndex(0, rootCount: Self.rootCount)
      try writer.write(number, 0...9)
    case .terminalNumberAssign(let message): try writer.writeAlternative(1, rootCount: Self.rootCount, message)
    case .terminalJoinedConference(let message): try writer.writeAlternative(2, rootCount: Self.rootCount, message)
    case .terminalLeftConference(let message): try writer.writeAlternative(3, rootCount: Self.rootCount, message)
    case .seenByAtLeastOneOther: try writer.writeIndex(4, rootCount: Self.rootCount)
    case .cancelSeenByAtLeastOneOther: try writer.writeIndex(5, rootCount: Self.rootCount)
    case .seenByAll: try writer.writeIndex(6, rootCount: Self.rootCount)
    case .cancelSeenByAll: try writer.writeIndex(7, rootCount: Self.rootCount)
    case .terminalYouAreSeeing(let message): try writer.writeAlternative(8, rootCount: Self.rootCount, message)
    case .requestForFloor: try writer.writeIndex(9, rootCount: Self.rootCount)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}
