import Gateway
import H225
import PER
import Testing

/// Causes, statuses and reasons.
@Suite struct TableTests {
  @Test(
    arguments: [
      ([1, 2, 3, 26], 404), ([16, 19, 20, 31], 480), ([17], 486), ([18], 408), ([21, 55, 57, 87], 403),
      ([22, 23], 410),
      ([27], 502), ([28], 484), ([29, 79], 501), ([34, 38, 41, 42, 47, 58, 88], 503), ([65, 70], 488), ([102], 504),
      ([111, 127, 0, 4, 97], 500),
    ] as [([UInt8], Int)])
  func causeToStatus(causes: [UInt8], status: Int) {
    for cause in causes { #expect(CauseTable.status(cause: cause) == status, "cause \(cause)") }
  }

  @Test(
    arguments: [
      ([400, 481, 500, 503], 41), ([401, 402, 403, 407, 603], 21), ([404, 485, 604], 1), ([405], 63),
      ([406, 415, 501], 79), ([408, 504], 102), ([410], 22), ([480], 18), ([484], 28), ([486, 600], 17), ([487], 16),
      ([488, 606], 65), ([502], 38), ([482, 483], 25), ([302, 699], 31),
    ] as [([Int], UInt8)])
  func statusToCause(statuses: [Int], cause: UInt8) {
    for status in statuses { #expect(CauseTable.cause(status: status) == cause, "status \(status)") }
  }

  @Test(
    arguments: [
      (ReleaseCompleteReason.noBandwidth, 480), (.gatewayResources, 480), (.unreachableDestination, 404),
      (.calledPartyNotRegistered, 404), (.destinationRejection, 480), (.invalidRevision, 505), (.noPermission, 403),
      (.securityDenied, 403), (.unreachableGatekeeper, 503), (.badFormatAddress, 400), (.adaptiveBusy, 486),
      (.inConf, 486), (.undefinedReason, nil),
    ] as [(ReleaseCompleteReason, Int?)])
  func reasonToStatus(reason: ReleaseCompleteReason, status: Int?) {
    #expect(CauseTable.status(reason: reason) == status)
  }
}
