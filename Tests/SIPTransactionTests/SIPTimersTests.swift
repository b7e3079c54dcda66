import SIPTransaction
import Testing
import Wire

@Suite("Timers")
struct SIPTimersTests {
  @Test("defaults are those of RFC 3261 table 4")
  func defaults() {
    let timers = SIPTimers.rfc3261
    #expect(timers.t1 == .milliseconds(500))
    #expect(timers.t2 == .seconds(4))
    #expect(timers.t4 == .seconds(5))
    #expect(timers.timerC > .seconds(180))
    #expect(timers.timerD == .seconds(32))
    #expect(timers.trying == .milliseconds(200))
    #expect(timers.transactionTimeout == .seconds(32))
    #expect(timers.lateTrying == .milliseconds(3500))
  }

  @Test("24 bytes, as every transaction carries one")
  func size() {
    #expect(MemoryLayout<SIPTimers>.size == 24)
  }

  @Test("rounded up to milliseconds, at least one, saturating")
  func rounding() {
    #expect(SIPTimers(t1: .nanoseconds(1_000_001)).t1 == .milliseconds(2))
    #expect(SIPTimers(t1: .zero).t1 == .milliseconds(1))
    #expect(SIPTimers(t1: .seconds(-5)).t1 == .milliseconds(1))
    let longest = Duration.milliseconds(Int64(UInt32.max) - 1)
    #expect(SIPTimers(t1: longest).t1 == longest)
    #expect(SIPTimers(t1: longest + .milliseconds(1)).t1 == longest)
    #expect(SIPTimers(t1: .seconds(Int64.max)).t1 == longest)
    #expect(SIPTimers(t1: longest).transactionTimeout == longest)
    #expect(SIPTimers(trying: nil).trying == nil)
    #expect(SIPTimers(trying: longest).trying == longest)
  }

  @Test(
    "the late 100 is due when E is reset to T2",
    arguments: [(500, 4000, 3500), (500, 500, 500), (1000, 500, 1000), (1, 4000, 4095), (2000, 4000, 2000)])
  func lateTrying(t1: Int, t2: Int, late: Int) {
    let timers = SIPTimers(t1: .milliseconds(t1), t2: .milliseconds(t2))
    #expect(timers.lateTrying == .milliseconds(late))
  }

  @Test("a transaction begun at the end of time does not trap")
  func endOfTime() {
    let machine = InviteClientTransaction(transport: .udp, now: .distantFuture)
    #expect(machine.nextDeadline == .distantFuture)
  }
}
