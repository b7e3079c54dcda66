import H225
import H323Endpoint

/// Why calls end, in the words of both sides: causes of Q.850 and status codes of SIP, by RFC 3398 §7.2.4.1 (cause to
/// status) and §8.2.6.1 (status to cause), with H.225.0 §7.2.2.8 for the reasons of its own.
///
/// One table for both ways. A cause that stands nowhere becomes 500, a status that stands nowhere cause 31.
public enum CauseTable {
  /// A cause and the status that a phone is told.
  ///
  /// 1 to 28 the number and the user, 29 to 31 and 79 what nobody does, 34 to 58 the network, 65 and 70 what is carried,
  /// 102 timers, 111 and 127 the protocol.
  static let statuses: [UInt8: Int] = [
    1: 404, 2: 404, 3: 404, 16: 480, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 23: 410, 26: 404, 27: 502,
    28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503, 65: 488, 70: 488,
    79: 501, 87: 403, 88: 503, 102: 504, 111: 500, 127: 500,
  ]

  /// A status and the cause that an H.323 endpoint is told.
  static let causes: [Int: UInt8] = [
    400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127,
    415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17,
    487: 16, 488: 65, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127, 600: 17, 603: 21, 604: 1,
    606: 65,
  ]

  /// The status for a cause; a call that is not answered yet is refused with it.
  public static func status(cause: UInt8) -> Int { statuses[cause] ?? 500 }

  /// The cause for a status.
  public static func cause(status: Int) -> UInt8 { causes[status] ?? 31 }

  /// The status for a reason of H.225.0 that came without a cause; nil where its cause says enough.
  public static func status(reason: ReleaseCompleteReason) -> Int? {
    switch reason {
    case .noBandwidth, .gatewayResources, .gatekeeperResources, .destinationRejection: 480
    case .unreachableDestination, .calledPartyNotRegistered: 404
    case .invalidRevision: 505
    case .noPermission, .securityDenied, .callerNotRegistered, .securityError: 403
    case .unreachableGatekeeper: 503
    case .badFormatAddress: 400
    case .adaptiveBusy, .inConf: 486
    case .hopCountExceeded: 483
    case .undefinedReason, .facilityCallDeflection, .newConnectionNeeded, .nonStandardReason,
      .replaceWithConferenceInvite, .genericDataReason, .neededFeatureNotSupported, .tunnelledSignallingRejected,
      .invalidCID, .other:
      nil
    }
  }

  /// What a caller is told of an H.323 leg that ended before it was answered.
  ///
  /// A peer's own word goes through the table; a connection that could not be had, and a peer that breaks the protocol,
  /// are 502: nothing better is known. What we could not do ourselves goes through the table, too.
  static func status(of release: H323Release) -> Int {
    switch release.side {
    case .peer:
      // Where cause and reason are both there, the cause wins.
      if !release.isCauseCarried, let status = release.reason.flatMap(status(reason:)) {
        return status
      }
      return status(cause: release.cause)
    case .timer: return status(cause: release.cause)
    case .connection: return 502
    // 111 is a protocol that was broken; with others it is said what of the call could not be: no codec in common.
    // A call that was led round in circles has a reason of its own.
    case .fault:
      if release.reason == .hopCountExceeded { return 483 }
      return release.cause == 111 ? 502 : status(cause: release.cause)
    case .us: return status(cause: release.cause)
    }
  }
}
