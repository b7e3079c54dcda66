import PER

/// Who somebody is in a conference: the numbers an MC gave, 0 to 192 each.
public struct TerminalLabel: Sendable, Hashable {
  /// The MCU.
  public var mcuNumber: UInt8
  /// The terminal at that MCU.
  public var terminalNumber: UInt8
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension TerminalLabel {
  /// A terminal of an MCU.
  public init(mcuNumber: UInt8, terminalNumber: UInt8) {
    self.mcuNumber = min(mcuNumber, 192)
    self.terminalNumber = min(terminalNumber, 192)
  }
}

/// What a terminal wants of the chair or the MC (H.245 Annex B).
public enum ConferenceRequest: Sendable, Hashable {
  case terminalListRequest, makeMeChair, cancelMakeMeChair
  case dropTerminal(TerminalLabel)
  case requestTerminalID(TerminalLabel)
  case enterH243Password, enterH243TerminalID, enterH243ConferenceID
  /// enterExtensionAddress, requestChairTokenOwner and the other six additions, and what later versions add.
  case unknown(UnknownAlternative)
}

/// What happens in the conference (H.245 Annex B).
public enum ConferenceIndication: Sendable, Hashable {
  /// 0 to 9.
  case sbeNumber(UInt8)
  case terminalNumberAssign(TerminalLabel)
  case terminalJoinedConference(TerminalLabel)
  case terminalLeftConference(TerminalLabel)
  case seenByAtLeastOneOther, cancelSeenByAtLeastOneOther, seenByAll, cancelSeenByAll
  case terminalYouAreSeeing(TerminalLabel)
  case requestForFloor
  /// withdrawChairToken, floorRequested and the other four additions, and what later versions add.
  case unknown(UnknownAlternative)
}
