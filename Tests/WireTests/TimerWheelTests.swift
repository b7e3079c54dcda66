import Testing
import Wire

@Suite struct TimerWheelTests {
  private func drain(_ wheel: inout TimerWheel<Int>, _ now: Instant) -> [Int] {
    var fired: [Int] = []
    while let key = wheel.popExpired(now: now) { fired.append(key) }
    return fired
  }

  private func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

  @Test func firesInOrderOfTime() {
    var wheel = TimerWheel<Int>()
    for delay in [500, 32_000, 5, 64, 63, 65, 4096, 4095, 1, 100_000_000] {
      wheel.schedule(delay, at: at(Int64(delay)))
    }
    #expect(drain(&wheel, at(100_000_000)) == [1, 5, 63, 64, 65, 500, 4095, 4096, 32_000, 100_000_000])
    #expect(wheel.isEmpty)
    #expect(wheel.nextDeadline == nil)
  }

  @Test func neverFiresEarlyAndAtMostAMillisecondLate() {
    var wheel = TimerWheel<Int>()
    wheel.schedule(1, at: Instant(nanoseconds: 1_000_001))
    wheel.schedule(2, at: Instant(nanoseconds: 2_000_000))
    wheel.schedule(3, at: Instant(nanoseconds: 2_000_001))
    #expect(drain(&wheel, Instant(nanoseconds: 1_999_999)) == [])
    #expect(wheel.nextDeadline == at(2))
    #expect(drain(&wheel, Instant(nanoseconds: 2_000_000)) == [1, 2])
    #expect(wheel.nextDeadline == at(3))
    #expect(drain(&wheel, at(3)) == [3])
  }

  @Test func keepsTheOrderOfEqualDeadlines() {
    var wheel = TimerWheel<Int>()
    // The first half is set from far away and moves down through the wheels, the second half directly.
    for key in 0..<50 { wheel.schedule(key, at: at(300_000)) }
    #expect(drain(&wheel, at(299_990)) == [])
    for key in 50..<100 { wheel.schedule(key, at: at(300_000)) }
    #expect(drain(&wheel, at(300_000)) == Array(0..<100))
  }

  @Test func firesWhatIsAlreadyDueAtOnce() {
    var wheel = TimerWheel<Int>()
    #expect(drain(&wheel, at(1000)) == [])
    wheel.schedule(1, at: at(999))
    wheel.schedule(2, at: at(1000))
    wheel.schedule(3, at: Instant(nanoseconds: -5))
    wheel.schedule(4, at: at(1001))
    #expect(wheel.nextDeadline == at(1000))
    #expect(drain(&wheel, at(1000)) == [1, 2, 3])
    #expect(drain(&wheel, at(1001)) == [4])
  }

  @Test func cancelsOnceAndOnlyTheOneNamed() {
    var wheel = TimerWheel<Int>()
    let first = wheel.schedule(1, at: at(500))
    let second = wheel.schedule(2, at: at(500))
    #expect(wheel.cancel(first) == 1)
    #expect(wheel.cancel(first) == nil)
    #expect(!wheel.isSet(first))
    #expect(wheel.isSet(second))
    // The place of the first is used again; its old token must not touch the newcomer.
    let third = wheel.schedule(3, at: at(500))
    #expect(wheel.cancel(first) == nil)
    #expect(wheel.reschedule(first, at: at(1)) == false)
    #expect(drain(&wheel, at(500)) == [2, 3])
    #expect(wheel.cancel(third) == nil)
    #expect(!wheel.isSet(third))
  }

  @Test func cancelsWhatIsDueButNotYetTaken() {
    var wheel = TimerWheel<Int>()
    let tokens = (0..<4).map { wheel.schedule($0, at: at(7)) }
    #expect(wheel.popExpired(now: at(10)) == 0)
    #expect(wheel.cancel(tokens[2]) == 2)
    #expect(wheel.reschedule(tokens[1], at: at(20)) == true)
    #expect(drain(&wheel, at(10)) == [3])
    #expect(drain(&wheel, at(20)) == [1])
  }

  @Test func reschedulesBothWays() {
    var wheel = TimerWheel<Int>()
    let token = wheel.schedule(1, at: at(500))
    #expect(wheel.reschedule(token, at: at(40)) == true)
    #expect(wheel.nextDeadline == at(40))
    #expect(wheel.reschedule(token, at: at(90_000)) == true)
    #expect(wheel.count == 1)
    #expect(drain(&wheel, at(89_999)) == [])
    #expect(wheel.isSet(token))
    #expect(drain(&wheel, at(90_000)) == [1])
  }

  @Test func saysExactlyWhenTheNextIsDue() {
    var wheel = TimerWheel<Int>()
    var earliest = Int64.max
    for delay: Int64 in [70_000, 3_000, 3_001, 90, 12] {
      wheel.schedule(Int(delay), at: at(delay))
      earliest = min(earliest, delay)
      #expect(wheel.nextDeadline == at(earliest))
    }
    #expect(drain(&wheel, at(12)) == [12])
    #expect(wheel.nextDeadline == at(90))
    #expect(drain(&wheel, at(89)) == [])
    #expect(wheel.nextDeadline == at(90))
    #expect(drain(&wheel, at(90)) == [90])
    #expect(wheel.nextDeadline == at(3_000))
  }

  @Test func acceptsEveryInstant() {
    var wheel = TimerWheel<Int>()
    wheel.schedule(1, at: .distantFuture)
    wheel.schedule(2, at: Instant(nanoseconds: .max - 1))
    wheel.schedule(3, at: Instant(nanoseconds: .min))
    wheel.schedule(4, at: .zero)
    wheel.schedule(5, at: at(1 << 40))
    #expect(drain(&wheel, .zero) == [3, 4])
    #expect(wheel.nextDeadline == at(1 << 40))
    #expect(drain(&wheel, at(1 << 40)) == [5])
    // The last millisecond of the clock is not whole, so "never" is never reached.
    #expect(drain(&wheel, .distantFuture) == [])
    #expect(wheel.nextDeadline == .distantFuture)
    #expect(wheel.count == 2)
  }

  @Test func ignoresTimeThatRunsBackwards() {
    var wheel = TimerWheel<Int>()
    wheel.schedule(1, at: at(100))
    #expect(drain(&wheel, at(50)) == [])
    #expect(drain(&wheel, at(10)) == [])
    #expect(drain(&wheel, Instant(nanoseconds: -1)) == [])
    wheel.schedule(2, at: at(60))
    #expect(wheel.nextDeadline == at(60))
    #expect(drain(&wheel, at(100)) == [2, 1])
  }

  @Test func givesPlacesBack() {
    // Ten thousand timers of 32 seconds, of which at most one is set at a time: memory is that of one.
    var wheel = TimerWheel<Int>()
    var tokens: Set<TimerWheel<Int>.Token> = []
    for index in 0..<10_000 {
      let token = wheel.schedule(index, at: at(Int64(index) + 32_000))
      tokens.insert(token)
      wheel.cancel(token)
    }
    #expect(wheel.capacityInUse == 1)
    #expect(tokens.count == 10_000)
    for index in 0..<1000 { wheel.schedule(index, at: at(Int64(index))) }
    #expect(drain(&wheel, at(1000)).count == 1000)
    #expect(wheel.capacityInUse == 1000)
  }

  @Test func letsGoOfItsKeys() {
    final class Key: Sendable {}
    var wheel = TimerWheel<Key>()
    weak var cancelled: Key?
    weak var fired: Key?
    do {
      let first = Key()
      let second = Key()
      cancelled = first
      fired = second
      let token = wheel.schedule(first, at: at(5))
      wheel.schedule(second, at: at(5))
      wheel.cancel(token)
    }
    #expect(cancelled == nil)
    #expect(fired != nil)
    _ = wheel.popExpired(now: at(5))
    #expect(fired == nil)
  }
}

/// The wheel beside a list that is searched from end to end.
@Suite struct TimerWheelModelTests {
  private struct Model {
    var timers: [(key: Int, tick: Int64, order: Int)] = []
    var order = 0

    mutating func schedule(_ key: Int, _ tick: Int64) {
      timers.append((key, tick, order))
      order += 1
    }

    mutating func expired(_ now: Int64) -> Set<Int> {
      defer { timers.removeAll { $0.tick <= now } }
      return Set(timers.filter { $0.tick <= now }.map(\.key))
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func agreesWithANaiveModel(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var wheel = TimerWheel<Int>()
    var model = Model()
    var tokens: [(key: Int, token: TimerWheel<Int>.Token)] = []
    var now: Int64 = seed % 2 == 0 ? 0 : 1_700_000_000_000
    _ = wheel.popExpired(now: Instant(milliseconds: now))
    let reach: [UInt64] = [3, 64, 70, 5_000, 40_000, 300_000, 20_000_000, 1 << 34]
    for step in 0..<3_000 {
      let delay = Int64(random.next() % (reach.randomElement(using: &random) ?? 1)) - (random.next() % 8 == 0 ? 2 : 0)
      switch random.next() % 8 {
      case 0...3:
        tokens.append((step, wheel.schedule(step, at: Instant(milliseconds: now + delay))))
        model.schedule(step, now + delay)
      case 4 where !tokens.isEmpty:
        let (key, token) = tokens.remove(at: Int(random.next() % UInt64(tokens.count)))
        let isSet = model.timers.contains { $0.key == key }
        #expect(wheel.isSet(token) == isSet)
        #expect(wheel.cancel(token) == (isSet ? key : nil))
        model.timers.removeAll { $0.key == key }
      case 5 where !tokens.isEmpty:
        let (key, token) = tokens[Int(random.next() % UInt64(tokens.count))]
        let isSet = model.timers.contains { $0.key == key }
        #expect(wheel.reschedule(token, at: Instant(milliseconds: now + delay)) == isSet)
        if isSet {
          model.timers.removeAll { $0.key == key }
          model.schedule(key, now + delay)
        }
      default:
        let next = wheel.nextDeadline?.milliseconds
        if let earliest = model.timers.map(\.tick).min() {
          // Never later than the earliest timer; what lies in the past is due now.
          #expect((next ?? .max) <= max(earliest, now))
        } else {
          #expect(next == nil)
        }
        now = random.next() % 3 == 0 ? max(now, next ?? now) : now + delay.magnitudeAsTime
        var fired: [Int] = []
        while let key = wheel.popExpired(now: Instant(milliseconds: now)) { fired.append(key) }
        #expect(Set(fired) == model.expired(now))
        #expect(Set(fired).count == fired.count)
      }
      #expect(wheel.count == model.timers.count)
    }
    // Nothing is lost: stepping from deadline to deadline empties the wheel.
    var rest: Set<Int> = []
    var steps = 0
    while let next = wheel.nextDeadline, steps < 100_000 {
      while let key = wheel.popExpired(now: next) { rest.insert(key) }
      steps += 1
    }
    #expect(rest == Set(model.timers.map(\.key)))
    #expect(wheel.isEmpty)
  }

  @Test func firesInOrderWhateverTheSteps() {
    var random = SplitMix64(seed: 97)
    var wheel = TimerWheel<Int64>()
    for _ in 0..<5_000 {
      let tick = Int64(random.next() % 1_000_000)
      wheel.schedule(tick, at: Instant(milliseconds: tick))
    }
    var now: Int64 = 0
    var last: Int64 = -1
    var count = 0
    while count < 5_000 {
      now += Int64(random.next() % 5_000)
      while let tick = wheel.popExpired(now: Instant(milliseconds: now)) {
        #expect(tick >= last && tick <= now)
        last = tick
        count += 1
      }
    }
    #expect(wheel.isEmpty)
  }
}

extension Int64 {
  fileprivate var magnitudeAsTime: Int64 { self < 0 ? 0 : self }
}
