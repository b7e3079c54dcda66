import RTP
import Testing
import Wire

@Suite struct SequenceTests {
  /// What each number of a stream comes to (RFC 3550 A.1), in letters: p probation, o in order, m misordered or a
  /// duplicate, j jump, r restarted.
  @Test(
    arguments: [
      ([1, 2, 3], "poo"), ([1, 3, 4], "ppo"), ([5, 5, 6], "ppo"), ([65_535, 0, 1], "poo"),
      // Loss, reordering and duplicates.
      ([1, 2, 5, 3, 4, 5, 6], "poommmo"), ([1, 2, 65_535, 0, 3], "pommo"),
      // A gap of 2,999 is loss, one of 3,000 a jump; the next in sequence is a new beginning.
      ([1, 2, 3001], "poo"), ([1, 2, 3002, 3], "pojo"), ([1, 2, 40_000, 40_001, 40_002], "pojro"),
      ([1, 2, 40_000, 3, 40_001, 4], "pojorj"),
      // 99 back is late, 100 is a jump.
      ([1000, 1001, 902], "pom"), ([1000, 1001, 901], "poj"),
    ] as [([UInt16], String)])
  func numbers(_ numbers: [UInt16], _ expected: String) {
    var validator = SequenceValidator(first: numbers[0])
    let outcomes = numbers.map { number -> Character in
      switch validator.update(number) {
      case .probation: "p"
      case .inOrder: "o"
      case .misordered: "m"
      case .jump: "j"
      case .restarted: "r"
      }
    }
    #expect(String(outcomes) == expected)
  }

  @Test func countsCycles() {
    var validator = SequenceValidator(first: 65_534, limits: .authenticated)
    #expect(validator.update(65_534) == .inOrder(65_534))
    #expect(validator.update(1) == .inOrder(0x1_0001))
    #expect(validator.update(65_535) == .misordered(65_535))
    #expect(validator.update(0) == .misordered(0x1_0000))
    #expect(validator.update(1) == .misordered(0x1_0001))
    #expect(validator.expected == 4 && validator.received == 5)
  }

  @Test(arguments: 1...4)
  func probationIsAsLongAsAsked(_ length: Int) {
    var validator = SequenceValidator(first: 7, limits: SequenceLimits(minSequential: length))
    for step in 1..<length {
      #expect(validator.update(6 + UInt16(step)) == .probation)
      #expect(!validator.isValid && validator.expected == 0)
    }
    #expect(validator.update(6 + UInt16(length)) == .inOrder(6 + UInt32(length)))
    #expect(validator.isValid && validator.expected == 1 && validator.received == 1)
  }

  /// Over a million packets, in order with losses: the count is exact.
  @Test func longRun() {
    var random = SplitMix64(seed: 1)
    var validator = SequenceValidator(first: 0)
    var delivered = 0
    for number in 0..<1_000_000 where number < 2 || !random.chance(3) {
      if case .inOrder(let extended) = validator.update(UInt16(truncatingIfNeeded: number)) {
        #expect(extended == UInt32(number))
        delivered += 1
      }
    }
    #expect(Int(validator.received) == delivered)
    #expect(validator.extendedHighest >= 999_900)
    // The first packet was on probation and is not expected.
    #expect(validator.expected == validator.extendedHighest)
  }
}

@Suite struct StatisticsTests {
  private func statistics(_ numbers: [UInt16]) -> ReceptionStatistics {
    var statistics = ReceptionStatistics(first: numbers[0], clockRate: 8000, limits: .authenticated)
    for (place, number) in numbers.enumerated() {
      _ = statistics.received(number, timestamp: UInt32(number) * 160, now: Instant(milliseconds: Int64(20 * place)))
    }
    return statistics
  }

  /// RFC 3550 A.3.
  @Test(
    arguments: [
      ([1, 2, 3, 4], 0, 0), ([1, 2, 3, 5], 1, 51), ([1, 3, 5, 7, 8], 3, 96), ([1, 2, 2, 2], -2, 0),
      ([1, 256], 254, 254),
      ([1, 2000], 1998, 255),
    ] as [([UInt16], Int32, UInt8)])
  func loss(_ numbers: [UInt16], _ lost: Int32, _ fraction: UInt8) {
    var statistics = statistics(numbers)
    let report = statistics.report(on: 5, lastSR: nil, now: .zero)
    #expect(report.ssrc == 5)
    #expect(report.cumulativeLost == lost)
    #expect(report.fractionLost == fraction)
    #expect(report.extendedHighestSequenceNumber == UInt32(numbers.max() ?? 0))
    #expect(report.lastSR == 0 && report.delaySinceLastSR == 0)
    // Nothing came since: nothing was lost since.
    #expect(statistics.report(on: 5, lastSR: nil, now: .zero).fractionLost == 0)
    #expect(statistics.cumulativeLost == Int64(lost))
  }

  @Test func fractionIsOfTheInterval() {
    var statistics = statistics([1, 2, 3, 7])
    #expect(statistics.report(on: 5, lastSR: nil, now: .zero).fractionLost == 109)  // 3 of 7
    _ = statistics.received(8, timestamp: 0, now: .zero)
    _ = statistics.received(10, timestamp: 0, now: .zero)
    let report = statistics.report(on: 5, lastSR: nil, now: .zero)
    #expect(report.fractionLost == 85)  // 1 of 3
    #expect(report.cumulativeLost == 4)
  }

  /// RFC 3550 A.8 beside its definition in floating point.
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func jitterAgreesWithItsDefinition(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var statistics = ReceptionStatistics(first: 0, clockRate: 8000, limits: .authenticated)
    var jitter = 0.0
    var lastTransit: Double?
    for number in 0..<2000 as Range<UInt16> {
      let delay = Int64.random(in: 0...30_000_000, using: &random)
      let now = Instant(nanoseconds: Int64(number) * 20_000_000 + delay)
      _ = statistics.received(number, timestamp: 0xFFFF_FF00 &+ UInt32(number) * 160, now: now)
      let transit = Double(now.nanoseconds) * 8000 / 1e9 - Double(number) * 160
      if let lastTransit { jitter += (abs(transit - lastTransit) - jitter) / 16 }
      lastTransit = transit
      // Whole ticks and rounding.
      #expect(abs(Double(statistics.jitter) - jitter) < 2.5)
    }
    #expect(statistics.jitterDuration > .milliseconds(5) && statistics.jitterDuration < .milliseconds(16))
  }

  @Test func evenPacketsHaveNoJitter() {
    #expect(statistics((0..<500).map { $0 }).jitter == 0)
  }

  @Test func aJumpOfTheTimestampDoesNotTrap() {
    var statistics = ReceptionStatistics(first: 0, clockRate: 90_000, limits: .authenticated)
    for number in 0..<100 as Range<UInt16> {
      _ = statistics.received(
        number, timestamp: number % 2 == 0 ? 0 : 0x8000_0000, now: Instant(nanoseconds: number % 3 == 0 ? .min : .max))
    }
    #expect(statistics.jitter > 0)
    var still = ReceptionStatistics(first: 0, clockRate: 0, limits: .authenticated)
    _ = still.received(0, timestamp: 1, now: .zero)
    #expect(still.jitterDuration == .zero)
  }

  @Test func restartBeginsAnew() {
    var statistics = statistics([1, 2, 3, 9])
    _ = statistics.received(40_000, timestamp: 0, now: .zero)
    #expect(statistics.received(40_001, timestamp: 0, now: .zero) == .restarted(40_001))
    let report = statistics.report(on: 5, lastSR: nil, now: .zero)
    #expect(report.cumulativeLost == 0 && report.fractionLost == 0 && report.jitter == 0)
  }

  @Test func delaySinceTheLastSR() {
    var statistics = statistics([1, 2])
    func delay(_ milliseconds: Int64) -> UInt32 {
      statistics.report(on: 5, lastSR: (7, .zero), now: Instant(milliseconds: milliseconds)).delaySinceLastSR
    }
    #expect(delay(0) == 0)
    #expect(delay(1500) == 0x0001_8000)
    #expect(delay(-5) == 0)
    #expect(delay(65_535_999) == 0xFFFF_FFBE)
    #expect(delay(65_536_000) == .max)
    #expect(statistics.report(on: 5, lastSR: (7, .zero), now: .zero).lastSR == 7)
  }
}
