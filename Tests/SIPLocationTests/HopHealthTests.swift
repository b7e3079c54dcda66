import SIPLocation
import SIPTransaction
import Testing
import Wire

@Suite("Health of next hops")
struct HopHealthTests {
  private static func hop(_ last: UInt32) -> LocatedHop {
    LocatedHop(transport: .udp, address: SocketAddress(ip: IPAddress(v4: 0xC000_0200 | last), port: 5060))
  }

  private static let a = hop(1)
  private static let b = hop(2)

  private func at(_ seconds: Int64) -> Instant { Instant(milliseconds: seconds * 1_000) }

  @Test("the first probe is due at once, the next one an interval after the report, none in between")
  func probing() {
    var health = HopHealth(interval: .seconds(10))
    #expect(health.nextDeadline == nil && health.probeDue(now: at(0)) == nil)
    health.watch(Self.a, now: at(5))
    health.watch(Self.b, now: at(6))
    #expect(health.nextDeadline == at(5))
    #expect(health.probeDue(now: at(4)) == nil)
    #expect(health.probeDue(now: at(5)) == Self.a)
    #expect(health.probeDue(now: at(5)) == nil)
    #expect(health.nextDeadline == at(6))
    #expect(health.probeDue(now: at(60)) == Self.b)
    #expect(health.nextDeadline == nil)
    #expect(health.answered(Self.a, status: 200, now: at(61)) == .none)
    #expect(health.nextDeadline == at(71))
    #expect(health.probeDue(now: at(70)) == nil)
    #expect(health.probeDue(now: at(71)) == Self.a)
  }

  @Test("down after so many failures in a row and not one earlier, up after one answer", arguments: 1...3)
  func upAndDown(downAfter: Int) {
    var health = HopHealth(interval: .seconds(10), downAfter: downAfter)
    health.watch(Self.a, now: at(0))
    var now: Int64 = 0
    func report(_ status: Int?) -> HopHealth.Change {
      #expect(health.probeDue(now: at(now)) == Self.a)
      defer { now += 10 }
      guard let status else { return health.failed(Self.a, now: at(now)) }
      return health.answered(Self.a, status: status, now: at(now))
    }
    for _ in 1..<downAfter {
      #expect(report(nil) == .none)
      #expect(health.isUp(Self.a))
    }
    // An answer in between begins the count anew.
    #expect(report(404) == .none)
    for _ in 1..<downAfter { #expect(report(503) == .none) }
    #expect(report(nil) == .wentDown)
    #expect(!health.isUp(Self.a))
    #expect(report(nil) == .none)
    #expect(report(503) == .none)
    #expect(report(501) == .wentUp)
    #expect(health.isUp(Self.a))
  }

  @Test(
    "what counts as an answer",
    arguments: [100, 180, 199, 200, 302, 403, 404, 405, 481, 500, 501, 503, 504, 600, 699, 700, 0])
  func statuses(status: Int) {
    var health = HopHealth(interval: .seconds(10), downAfter: 1)
    health.watch(Self.a, now: at(0))
    _ = health.probeDue(now: at(0))
    _ = health.answered(Self.a, status: status, now: at(0))
    let isFinal = (200...699).contains(status)
    #expect((health.nextDeadline == at(10)) == isFinal)
    #expect(health.isUp(Self.a) == (status != 503))
  }

  @Test("reports that nobody waits for are ignored")
  func unexpected() {
    var health = HopHealth(interval: .seconds(10), downAfter: 1)
    #expect(health.failed(Self.a, now: at(0)) == .none)
    health.watch(Self.a, now: at(0))
    #expect(health.failed(Self.a, now: at(0)) == .none)
    #expect(health.answered(Self.a, status: 503, now: at(0)) == .none)
    #expect(health.isUp(Self.a) && health.nextDeadline == at(0))
    health.watch(Self.a, now: at(50))
    #expect(health.nextDeadline == at(0) && health.count == 1)
  }

  @Test("hops that are up come first; hops that nobody watches are up")
  func preference() {
    var health = HopHealth(interval: .seconds(10), downAfter: 1)
    health.watch(Self.a, now: at(0))
    _ = health.probeDue(now: at(0))
    #expect(health.failed(Self.a, now: at(0)) == .wentDown)
    #expect(health.preferringUp([Self.a, Self.b]) == [Self.b, Self.a])
    #expect(health.preferringUp([Self.a]) == [Self.a])
    #expect(health.isUp(Self.b))
    health.forget(Self.a)
    #expect(health.isUp(Self.a) && health.count == 0 && health.nextDeadline == nil)
  }

  @Test("as many hops as the limit, and not one more")
  func limit() {
    var health = HopHealth(interval: .seconds(10), maxHops: 3)
    for index in 1...3 { #expect(health.watch(Self.hop(UInt32(index)), now: at(0)) == true) }
    #expect(health.watch(Self.hop(4), now: at(0)) == false)
    #expect(health.watch(Self.hop(1), now: at(0)) == true)
    health.forget(Self.hop(2))
    #expect(health.watch(Self.hop(4), now: at(0)) == true)
    #expect(health.count == 3)
  }
}
