import Testing
import Wire

@Suite struct InstantTests {
  @Test func addsAndSubtracts() {
    let start = Instant(nanoseconds: 1_500_000_000)
    #expect(start + .milliseconds(500) == Instant(nanoseconds: 2_000_000_000))
    #expect(start - .seconds(2) == Instant(nanoseconds: -500_000_000))
    #expect(start + .seconds(-1) == Instant(nanoseconds: 500_000_000))
    #expect(start - Instant.zero == .milliseconds(1500))
    #expect(Instant.zero - start == .milliseconds(-1500))
    #expect(Instant.zero < start)
    var moving = start
    moving += .nanoseconds(7)
    #expect(moving.nanoseconds == 1_500_000_007)
  }

  @Test(arguments: [(0, 0), (1, 0), (999_999, 0), (1_000_000, 1), (-1, -1), (-1_000_000, -1), (-1_000_001, -2)])
  func roundsMillisecondsTowardsThePast(_ nanoseconds: Int64, _ milliseconds: Int64) {
    #expect(Instant(nanoseconds: nanoseconds).milliseconds == milliseconds)
  }

  @Test func saturatesInsteadOfOverflowing() {
    #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
    #expect(Instant(nanoseconds: .min) - .seconds(1) == Instant(nanoseconds: .min))
    #expect(Instant(nanoseconds: .min) + .seconds(-1) == Instant(nanoseconds: .min))
    #expect(Instant.zero + .seconds(Int64.max) == .distantFuture)
    #expect(Instant.zero + .seconds(Int64.min) == Instant(nanoseconds: .min))
    #expect(Instant.zero - .seconds(Int64.min) == .distantFuture)
    #expect(Instant.distantFuture - Instant(nanoseconds: .min) == .nanoseconds(Int64.max))
    #expect(Instant(nanoseconds: .min) - Instant.distantFuture == .nanoseconds(Int64.min))
    #expect(Instant(milliseconds: .max) == .distantFuture)
    #expect(Instant(milliseconds: .min) == Instant(nanoseconds: .min))
  }

  @Test func countsADurationsNanosecondsTowardsZero() {
    let table: [(Duration, Int64)] = [
      (.zero, 0), (.nanoseconds(1), 1), (.nanoseconds(-1), -1), (.seconds(32), 32_000_000_000),
      (Duration(secondsComponent: 0, attosecondsComponent: 999_999_999), 0),
      (Duration(secondsComponent: 0, attosecondsComponent: -999_999_999), 0),
      (Duration(secondsComponent: 1, attosecondsComponent: 1_999_999_999), 1_000_000_001),
      (Duration(secondsComponent: -1, attosecondsComponent: -1_999_999_999), -1_000_000_001),
      (.seconds(86_400 * 365), 31_536_000_000_000_000), (.seconds(-86_400), -86_400_000_000_000),
      (.nanoseconds(Int64.max), .max), (.nanoseconds(Int64.min), .min), (.seconds(9_223_372_037), .max),
      (.seconds(-9_223_372_037), .min),
    ]
    for (duration, nanoseconds) in table { #expect(duration.saturatingNanoseconds == nanoseconds) }
    // Around the border between the short and the long way of dividing.
    for offset in Int64(-3)...3 {
      let nanoseconds = 4_722_366_482_869 + offset
      #expect(Duration.nanoseconds(nanoseconds).saturatingNanoseconds == nanoseconds)
    }
  }
}
