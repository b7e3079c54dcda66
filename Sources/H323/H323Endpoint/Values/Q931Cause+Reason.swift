import H225

extension ReleaseCompleteReason {
  /// The cause of Q.850 that a reason stands for where a ReleaseComplete carries none (H.225.0 §7.2.2.8, table 5;
  /// those of invalidCID, securityError and hopCountExceeded are from memory).
  public var q931Cause: UInt8 {
    switch self {
    case .noBandwidth: 34
    case .gatekeeperResources: 47
    case .unreachableDestination: 3
    case .destinationRejection: 16
    case .invalidRevision: 88
    case .noPermission: 127
    case .unreachableGatekeeper: 38
    case .gatewayResources: 42
    case .badFormatAddress: 28
    case .adaptiveBusy: 41
    case .inConf: 17
    case .undefinedReason: 31
    case .facilityCallDeflection: 16
    case .securityDenied: 31
    case .calledPartyNotRegistered: 20
    case .callerNotRegistered: 31
    case .newConnectionNeeded: 47
    case .nonStandardReason: 127
    case .replaceWithConferenceInvite: 31
    case .genericDataReason: 31
    case .neededFeatureNotSupported: 31
    case .tunnelledSignallingRejected: 127
    case .invalidCID: 3
    case .securityError: 31
    case .hopCountExceeded: 3
    case .other: 31
    }
  }
}
