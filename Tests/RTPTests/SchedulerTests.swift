import RTP
import Testing
import Wire

@Suite struct SchedulerTests {
  private static let telephone = RTCPBandwidth(sessionBitsPerSecond: 64_000)
  /// The least, the middle and the greatest factor: 0.5, 1 and just below 1.5.
  private static let least: UInt64 = 0
  private static let middle: UInt64 = 1 << 63
  private static let greatest: UInt64 = .max
  private static let compensation = 2.718_281_828_459_045 - 1.5

  private static func scheduler(
    _ bandwidth: RTCPBandwidth = telephone, minimum: Duration = .seconds(5), random: UInt64 = middle
  ) -> RTCPScheduler {
    RTCPScheduler(bandwidth: bandwidth, expectedBytes: 100, minimumInterval: minimum, now: .zero, random: random)
  }

  private static func seconds(_ instant: Instant?) -> Double { Double(instant?.nanoseconds ?? -1) / 1e9 }

  /// §6.2: half of the minimum at first, a random factor of 0.5 to 1.5, and the compensation of §6.3.1.
  @Test(arguments: [(least, 0.5), (middle, 1), (greatest, 1.5)] as [(UInt64, Double)])
  func firstInterval(_ random: UInt64, _ factor: Double) {
    let expected = 2.5 * factor / Self.compensation
    #expect(abs(Self.seconds(Self.scheduler(random: random).nextDeadline) - expected) < 0.001)
  }

  @Test func reportsGoOnAtTheMinimum() {
    var scheduler = Self.scheduler()
    scheduler.update(members: 2, senders: 2, weSent: true, now: .zero)
    var now = scheduler.nextDeadline ?? .distantFuture
    var gaps: [Double] = []
    for _ in 0..<5 {
      #expect(scheduler.advance(now: now - .nanoseconds(1), random: Self.middle) == .none)
      #expect(scheduler.advance(now: now, random: Self.middle) == .sendReport)
      scheduler.reportSent(byteCount: 100, now: now, random: Self.middle)
      let next = scheduler.nextDeadline ?? .distantFuture
      gaps.append(Double((next - now).components.seconds))
      now = next
    }
    #expect(gaps.allSatisfy { $0 == 4 })  // 5 / 1.218
  }

  /// §6.3.6: when many have come since the timer was set, it is set anew instead.
  @Test func reconsidersWhenManyHaveCome() {
    var scheduler = Self.scheduler()
    let first = scheduler.nextDeadline ?? .distantFuture
    scheduler.update(members: 1000, senders: 0, weSent: false, now: first)
    #expect(scheduler.advance(now: first, random: Self.middle) == .none)
    // 1,000 members, 100 bytes each, three quarters of 3,200 bits per second.
    let expected = 1000 * 100 * 8 / 2400.0 / Self.compensation
    #expect(abs(Self.seconds(scheduler.nextDeadline) - expected) < 0.01)
  }

  /// §6.3.4: the time that is left shrinks as the number of members does.
  @Test func reconsidersBackwardsOnGoodbye() {
    var scheduler = Self.scheduler()
    scheduler.update(members: 1000, senders: 0, weSent: false, now: .zero)
    let first = scheduler.nextDeadline ?? .distantFuture
    #expect(scheduler.advance(now: first, random: Self.middle) == .none)
    let far = Self.seconds(scheduler.nextDeadline)
    scheduler.update(members: 500, senders: 0, weSent: false, because: .goodbye, now: first)
    let half = Self.seconds(first) + (far - Self.seconds(first)) / 2
    #expect(abs(Self.seconds(scheduler.nextDeadline) - half) < 0.001)
    // Those that fell silent do not count.
    scheduler.update(members: 10, senders: 0, weSent: false, because: .other, now: first)
    #expect(abs(Self.seconds(scheduler.nextDeadline) - half) < 0.001)
  }

  /// §6.2: senders have a quarter of the bandwidth while they are at most a quarter of the members.
  @Test(
    arguments: [
      (1000, 10, true, 10.0 / 800), (1000, 10, false, 990.0 / 2400), (1000, 250, false, 750.0 / 2400),
      (1000, 251, false, 1000.0 / 3200), (1000, 251, true, 1000.0 / 3200),
    ] as [(Int, Int, Bool, Double)])
  func shares(_ members: Int, _ senders: Int, _ weSent: Bool, _ countPerBit: Double) {
    var scheduler = Self.scheduler()
    scheduler.update(members: members, senders: senders, weSent: weSent, now: .zero)
    let expected = max(5, 800 * countPerBit)
    let seconds = scheduler.deterministicInterval.map { Double($0.saturatingNanoseconds) / 1e9 } ?? 0
    #expect(abs(seconds - expected) < 0.001)
  }

  /// RFC 3556 §2.
  @Test func bandwidthByModifiers() {
    let none = RTCPBandwidth(sendersBitsPerSecond: 0, receiversBitsPerSecond: 0)
    #expect(none.isNone)
    #expect(Self.scheduler(none).nextDeadline == nil)
    #expect(RTCPBandwidth(sendersBitsPerSecond: -5, receiversBitsPerSecond: 0).isNone)
    var quiet = Self.scheduler(RTCPBandwidth(sendersBitsPerSecond: 1000, receiversBitsPerSecond: 0))
    quiet.update(members: 2, senders: 1, weSent: false, now: .zero)
    #expect(quiet.deterministicInterval == nil)
    #expect(quiet.nextDeadline == nil)
    // Now there is a share for us.
    quiet.update(members: 2, senders: 1, weSent: true, now: Instant(milliseconds: 100))
    #expect(quiet.deterministicInterval == .seconds(5))
    #expect(quiet.advance(now: Instant(milliseconds: 100), random: Self.middle) == .none)
    #expect(abs(Self.seconds(quiet.nextDeadline) - 2.5 / Self.compensation) < 0.001)
    let own = Self.scheduler(RTCPBandwidth(sendersBitsPerSecond: 800, receiversBitsPerSecond: 2400))
    #expect(own.nextDeadline == Self.scheduler().nextDeadline)
  }

  /// §6.2: a smaller minimum for those with bandwidth to spare.
  @Test func reducedMinimum() {
    let scheduler = Self.scheduler(minimum: .milliseconds(500))
    // One member, 100 bytes, 2,400 bits per second: 0.33 s, so a quarter of a second does not hold it up.
    #expect(abs(Self.seconds(scheduler.nextDeadline) - 100 * 8 / 2400.0 / Self.compensation) < 0.001)
    #expect(scheduler.deterministicInterval == .seconds(5))  // §6.3.5: others are timed out as ever
  }

  @Test func averageFollowsWhatComes() {
    var scheduler = Self.scheduler()
    for _ in 0..<200 { scheduler.received(byteCount: 1000, hasGoodbye: false) }
    #expect(abs(scheduler.averageBytes - 1000) < 1)
    scheduler.received(byteCount: 200, hasGoodbye: false)
    #expect(abs(scheduler.averageBytes - 950) < 1)
  }

  /// §6.3.7: fifty may leave at once, more have to wait their turn.
  @Test func leavingAtOnce() {
    var scheduler = Self.scheduler()
    scheduler.update(members: RTCPScheduler.goodbyeThreshold, senders: 0, weSent: false, now: .zero)
    #expect(scheduler.leave(byteCount: 100, now: .zero, random: Self.middle) == .sendGoodbye)
    #expect(scheduler.nextDeadline == nil && scheduler.isLeaving)
    #expect(scheduler.advance(now: .distantFuture, random: 0) == .none)
    #expect(scheduler.leave(byteCount: 100, now: .zero, random: Self.middle) == .none)
  }

  @Test func leavingInTurn() {
    var scheduler = Self.scheduler()
    scheduler.update(members: RTCPScheduler.goodbyeThreshold + 1, senders: 0, weSent: false, now: .zero)
    #expect(scheduler.leave(byteCount: 100, now: .zero, random: Self.middle) == .none)
    let first = scheduler.nextDeadline ?? .distantFuture
    #expect(abs(Self.seconds(first) - 2.5 / Self.compensation) < 0.001)
    // Others that leave make it later; other packets do not.
    for _ in 0..<999 { scheduler.received(byteCount: 100, hasGoodbye: true) }
    scheduler.received(byteCount: 100, hasGoodbye: false)
    #expect(scheduler.advance(now: first, random: Self.middle) == .none)
    let second = scheduler.nextDeadline ?? .distantFuture
    #expect(abs(Self.seconds(second) - 1000 * 100 * 8 / 2400.0 / Self.compensation) < 0.1)
    #expect(scheduler.advance(now: second, random: Self.middle) == .sendGoodbye)
    #expect(scheduler.nextDeadline == nil)
  }

  /// A thousand join at once (§6.3): the rate that timer reconsideration is there to hold is held.
  @Test func aCrowdKeepsToTheBandwidth() {
    var random = SplitMix64(seed: 7)
    var all = (0..<1000).map { _ in Self.scheduler(random: random.next()) }
    // Everybody has heard everybody whose report has been sent.
    var heard: Set<Int> = []
    var sent: [Double] = []
    var now = Instant.zero
    while now < Instant(milliseconds: 600_000) {
      guard let next = all.compactMap(\.nextDeadline).min() else { break }
      now = next
      for place in all.indices where all[place].nextDeadline == now {
        all[place].update(
          members: heard.count + (heard.contains(place) ? 0 : 1), senders: 0, weSent: false, now: now)
        guard all[place].advance(now: now, random: random.next()) == .sendReport else { continue }
        all[place].reportSent(byteCount: 100, now: now, random: random.next())
        heard.insert(place)
        sent.append(Self.seconds(now))
      }
    }
    // Three quarters of 3,200 bits per second are three reports of 100 bytes a second. Reconsideration loses some, which
    // the compensation gives back on average.
    let rate = Double(sent.count { $0 > 300 }) / 300
    #expect(rate > 2.2 && rate < 3.8)
    #expect(sent.count { $0 < 10 } < 200)
  }
}
