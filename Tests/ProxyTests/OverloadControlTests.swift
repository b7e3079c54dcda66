import Proxy
import Testing
import Wire

/// How much of what is new is let in (`OverloadControl`).
@Suite struct OverloadControlTests {
  private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: (10_000 + milliseconds) * 1_000_000) }

  @Test(arguments: [(300, false), (301, true)])
  func aQueueThatStandsTooLongIsShed(age: Int64, isShedding: Bool) {
    var control = OverloadControl(target: .milliseconds(150))
    _ = control.look(behindSince: at(0), now: at(age))
    #expect(control.isShedding == isShedding)
  }

  @Test func aBurstIsNone() {
    var control = OverloadControl(target: .milliseconds(150))
    for time in stride(from: Int64(0), to: 10_000, by: 10) {
      // Empty once in every tenth of a second, as under a CPU quota.
      _ = control.look(behindSince: time % 100 == 0 ? nil : at(time / 100 * 100), now: at(time))
      #expect(!control.isShedding && control.admitted == 1)
    }
    #expect(control.nextDeadline == nil)
  }

  @Test func theShareShrinksStepByStepToItsFloorAndGrowsBack() {
    var control = OverloadControl(target: .milliseconds(150))
    var shares: [Double] = []
    for time in stride(from: Int64(0), to: 5_000, by: 7) {
      if control.look(behindSince: at(0), now: at(time)) { shares.append(control.admitted) }
    }
    #expect(shares.first == 0.8 && shares.last == OverloadControl.floor)
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 > $1 })
    // Within one step nothing changes.
    #expect(!control.look(behindSince: nil, now: at(5_001)) && control.admitted == OverloadControl.floor)
    var time: Int64 = 5_100
    while let deadline = control.nextDeadline {
      #expect(deadline <= at(time) + OverloadControl.step)
      time += 100
      _ = control.look(behindSince: nil, now: at(time))
      #expect(!control.isShedding)
    }
    #expect(control.admitted == 1)
    #expect(time < 10_000)
  }
}
