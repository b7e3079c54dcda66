import PER

/// What to do with a channel (H.245 Annex B).
public struct MiscellaneousCommand: Sendable, Hashable {
  /// What to do.
  public enum Kind: Sendable, Hashable {
    case equaliseDelay, zeroDelay, multipointModeCommand, cancelMultipointModeCommand
    case videoFreezePicture, videoFastUpdatePicture
    /// The first group of blocks, 0 to 17, and how many, 1 to 18.
    case videoFastUpdateGOB(firstGOB: UInt8, numberOfGOBs: UInt8)
    /// 0 to 31.
    case videoTemporalSpatialTradeOff(UInt8)
    case videoSendSyncEveryGOB, videoSendSyncEveryGOBCancel
    /// videoFastUpdateMB, encryptionUpdate and the other fourteen additions, and what later versions add.
    case unknown(UnknownAlternative)
  }

  /// The channel.
  public var logicalChannelNumber: LogicalChannelNumber
  /// What to do.
  public var type: Kind
  /// `direction` and additions of later versions.
  public var extensions = PERAdditions()
}

extension MiscellaneousCommand {
  /// Something to be done with a channel.
  public init(logicalChannelNumber: LogicalChannelNumber, type: Kind) {
    self.logicalChannelNumber = logicalChannelNumber
    self.type = type
  }
}

/// What is the matter with a channel (H.245 Annex B).
public struct MiscellaneousIndication: Sendable, Hashable {
  /// What is the matter.
  public enum Kind: Sendable, Hashable {
    case logicalChannelActive, logicalChannelInactive, multipointConference, cancelMultipointConference
    case multipointZeroComm, cancelMultipointZeroComm, multipointSecondaryStatus, cancelMultipointSecondaryStatus
    case videoIndicateReadyToActivate
    /// 0 to 31.
    case videoTemporalSpatialTradeOff(UInt8)
    /// videoNotDecodedMBs, transportCapability and what later versions add.
    case unknown(UnknownAlternative)
  }

  /// The channel.
  public var logicalChannelNumber: LogicalChannelNumber
  /// What is the matter.
  public var type: Kind
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension MiscellaneousIndication {
  /// Something about a channel.
  public init(logicalChannelNumber: LogicalChannelNumber, type: Kind) {
    self.logicalChannelNumber = logicalChannelNumber
    self.type = type
  }
}
