import Guard
import Testing
import Wire

@Suite struct AllowlistTests {
  @Test(arguments: [
    ("127.0.0.1", true), ("::1", true), ("203.0.113.9", true), ("2001:db8:1::9", true), ("198.51.100.1", true),
    ("192.0.2.1", false),  // the suspended organisation's
    ("10.0.0.5", true), ("10.0.0.6", false), ("8.8.8.8", false), ("2001:db8:2::1", false),
  ])
  func emptyMeansThoseWeKnow(_ source: String, _ isAllowed: Bool) throws {
    let allowlist = SourceAllowlist(allow: [], registry: try Registry(.sample), trustedFrom: [try network("10.0.0.5")])
    #expect(allowlist.contains(address(source)) == isAllowed)
  }

  @Test(arguments: [("10.1.2.3", true), ("127.0.0.1", false), ("203.0.113.9", false), ("10.0.0.5", true)])
  func aListIsTheList(_ source: String, _ isAllowed: Bool) throws {
    let allowlist = SourceAllowlist(
      allow: [try network("10.0.0.0/8")], registry: try Registry(.sample), trustedFrom: [try network("192.0.2.9")])
    #expect(allowlist.contains(address(source)) == isAllowed)
  }
}

@Suite struct RateWindowTests {
  static let hashKey: (UInt64, UInt64) = (1, 2)

  func call(_ number: Int, tag: String = "t") -> CallKey {
    CallKey(callID: "call-\(number)", fromTag: tag, hashKey: Self.hashKey)
  }

  @Test func theEleventhInAMinuteIsRefused() {
    var window = RateWindow()
    for number in 0..<10 {
      #expect(window.admit("e", call: call(number), limit: 10, now: .at(Double(number))) == .admitted)
    }
    #expect(window.admit("e", call: call(10), limit: 10, now: .at(10)) == .refused(retryAfter: .seconds(50)))
    #expect(window.admit("e", call: call(11), limit: 10, now: .at(59.5)) == .refused(retryAfter: .milliseconds(500)))
    // The window slides: at 60 the call of second 0 is out, that of second 1 is not.
    #expect(window.admit("e", call: call(12), limit: 10, now: .at(60)) == .admitted)
    #expect(window.admit("e", call: call(13), limit: 10, now: .at(60)) == .refused(retryAfter: .seconds(1)))
  }

  @Test func refusedConsumesNothing() {
    var window = RateWindow()
    for number in 0..<10 { _ = window.admit("e", call: call(number), limit: 10, now: .at(0)) }
    for number in 10..<1_000 {
      _ = window.admit("e", call: call(number), limit: 10, now: .at(Double(number) * 0.05))
    }
    #expect(window.admit("e", call: call(2_000), limit: 10, now: .at(60)) == .admitted)
  }

  @Test func oneExpertDoesNotAffectAnother() {
    var window = RateWindow()
    for number in 0..<20 { _ = window.admit("a", call: call(number), limit: 10, now: .at(0)) }
    #expect(window.admit("b", call: call(0), limit: 10, now: .at(0)) == .admitted)
  }

  @Test func retriesCountOnce() {
    var window = RateWindow()
    #expect(window.admit("e", call: call(0), limit: 2, now: .at(0)) == .admitted)
    #expect(window.admit("e", call: call(0), limit: 2, now: .at(1)) == .counted)
    #expect(window.admit("e", call: call(0, tag: "u"), limit: 2, now: .at(2)) == .admitted)
    #expect(window.admit("e", call: call(1), limit: 2, now: .at(3)) == .refused(retryAfter: .seconds(57)))
    // One that counts is let through although the window is full.
    #expect(window.admit("e", call: call(0), limit: 2, now: .at(4)) == .counted)
    // A retry does not prolong: the place is free when the first attempt is a minute old.
    #expect(window.admit("e", call: call(1), limit: 2, now: .at(60)) == .admitted)
  }

  @Test func callIDAndTagDoNotRunTogether() {
    let one = CallKey(callID: "ab", fromTag: "c", hashKey: Self.hashKey)
    #expect(one != CallKey(callID: "a", fromTag: "bc", hashKey: Self.hashKey))
    #expect(one == CallKey(callID: "ab", fromTag: "c", hashKey: Self.hashKey))
    #expect(one != CallKey(callID: "ab", fromTag: "c", hashKey: (1, 3)))
  }

  @Test func aRefusedCallGivesItsPlaceBack() {
    var window = RateWindow()
    #expect(window.admit("e", call: call(0), limit: 1, now: .at(0)) == .admitted)
    window.forget("e", call: call(0), now: .at(0))
    #expect(window.count == 0)
    #expect(window.admit("e", call: call(1), limit: 1, now: .at(0)) == .admitted)
    window.forget("e", call: call(7), now: .at(0))
    window.forget("nobody", call: call(7), now: .at(0))
    #expect(window.admit("e", call: call(2), limit: 1, now: .at(0)) == .refused(retryAfter: .seconds(60)))
  }

  /// A call goes on; its caller sends the same Call-ID and tag again with something guard refuses, to free the place.
  @Test func aRefusedRetryDoesNotFreeTheCallsPlace() {
    var window = RateWindow()
    #expect(window.admit("e", call: call(0), limit: 1, now: .at(0)) == .admitted)
    for _ in 0..<3 {
      #expect(window.admit("e", call: call(0), limit: 1, now: .at(1)) == .counted)
      window.forget("e", call: call(0), now: .at(1))
    }
    #expect(window.admit("e", call: call(1), limit: 1, now: .at(2)) == .refused(retryAfter: .seconds(58)))
    // Refused both times, it counts for nothing.
    window.forget("e", call: call(0), now: .at(3))
    #expect(window.admit("e", call: call(1), limit: 1, now: .at(3)) == .admitted)
  }

  @Test func theLimitMayChange() {
    var window = RateWindow()
    for number in 0..<10 { _ = window.admit("e", call: call(number), limit: 10, now: .at(Double(number))) }
    // Halved: six calls have to leave before there is a place again.
    #expect(window.admit("e", call: call(10), limit: 5, now: .at(10)) == .refused(retryAfter: .seconds(55)))
    #expect(window.admit("e", call: call(10), limit: 5, now: .at(64.9)) == .refused(retryAfter: .milliseconds(100)))
    #expect(window.admit("e", call: call(10), limit: 5, now: .at(65)) == .admitted)
    #expect(window.admit("f", call: call(10), limit: 0, now: .at(65)) == .refused(retryAfter: .seconds(60)))
  }

  @Test func isBounded() {
    var window = RateWindow(maxExperts: 4)
    for number in 0..<4 { #expect(window.admit("e\(number)", call: call(0), limit: 1, now: .at(0)) == .admitted) }
    #expect(window.admit("e4", call: call(0), limit: 1, now: .at(1)) == .refused(retryAfter: .seconds(60)))
    #expect(window.count == 4)
    // Those who have not called for a while make room.
    #expect(window.admit("e4", call: call(0), limit: 1, now: .at(120)) == .admitted)
  }

  /// Against a model that keeps every call: the answers are the same, whatever comes.
  @Test func agreesWithTheModel() {
    var generator = SplitMix64(seed: 42)
    for _ in 0..<50 {
      var window = RateWindow(window: .seconds(10))
      var counted: [(time: Int64, call: Int)] = []
      var now: Int64 = 0  // milliseconds
      for _ in 0..<300 {
        now += Int64(generator.next() % 2_500)
        let number = Int(generator.next() % 40)
        counted.removeAll { now - $0.time >= 10_000 }
        let expected: RateWindow.Answer =
          if counted.contains(where: { $0.call == number }) {
            .counted
          } else if counted.count < 5 {
            .admitted
          } else {
            .refused(retryAfter: .milliseconds(counted[0].time + 10_000 - now))
          }
        if expected == .admitted { counted.append((now, number)) }
        #expect(window.admit("e", call: call(number), limit: 5, now: Instant(milliseconds: now)) == expected)
      }
    }
  }

  @Test(arguments: [
    (Duration.seconds(50), 50), (.milliseconds(500), 1), (.milliseconds(1_001), 2), (.zero, 1), (.nanoseconds(1), 1),
  ])
  func retryAfter(_ duration: Duration, _ seconds: Int) {
    #expect(duration.retryAfterSeconds == seconds)
  }
}

@Suite struct FloodControlTests {
  @Test func aBurstAndThenTheRate() {
    var flood = FloodControl(rate: FloodControl.Rate(packetsPerSecond: 10, burst: 5))
    let source = address("192.0.2.1")
    let atOnce = (0..<8).map { _ in flood.admit(source, now: .at(0)) }
    #expect(atOnce == [true, true, true, true, true, false, false, false])
    #expect(flood.admit(source, now: .at(0.099)) == false)
    #expect(flood.admit(source, now: .at(0.1)) == true)
    #expect(flood.admit(source, now: .at(0.1)) == false)
    // Full again after half a second of silence, and not fuller after an hour.
    let later = (0..<6).map { _ in flood.admit(source, now: .at(3_600)) }
    #expect(later == [true, true, true, true, true, false])
  }

  @Test func inTheLongRunTheRate() {
    var flood = FloodControl(rate: FloodControl.Rate(packetsPerSecond: 100, burst: 10))
    let source = address("192.0.2.1")
    let admitted = (0..<10_000).count { flood.admit(source, now: .at(Double($0) / 1_000)) }
    #expect((1_000...1_010).contains(admitted))
  }

  @Test func sourcesAreApartAndNetworksOfIPv6Are() {
    var flood = FloodControl(rate: FloodControl.Rate(packetsPerSecond: 1, burst: 1))
    #expect(flood.admit(address("192.0.2.1"), now: .at(0)) == true)
    #expect(flood.admit(address("192.0.2.2"), now: .at(0)) == true)
    #expect(flood.admit(address("192.0.2.1"), now: .at(0)) == false)
    #expect(flood.admit(address("2001:db8::1"), now: .at(0)) == true)
    #expect(flood.admit(address("2001:db8::2"), now: .at(0)) == false)
    #expect(flood.admit(address("2001:db8:0:1::1"), now: .at(0)) == true)
    #expect(flood.admit(address("::1"), now: .at(0)) == true)
  }

  @Test func isBoundedAndKeepsServing() {
    var flood = FloodControl(rate: FloodControl.Rate(packetsPerSecond: 1, burst: 1), maxSources: 16)
    for host in 0..<10_000 {
      #expect(flood.admit(IPAddress(v4: UInt32(host)), now: .at(0)) == true)
      #expect(flood.count <= 16)
    }
    // One that keeps sending is kept: forged sources do not buy it another burst within a generation.
    var again = 0
    for host in 0..<8 {
      _ = flood.admit(IPAddress(v4: 0xC000_0201), now: .at(0))
      if flood.admit(IPAddress(v4: 0xC000_0201), now: .at(0)) { again += 1 }
      _ = flood.admit(IPAddress(v4: 0x0A00_0000 + UInt32(host)), now: .at(0))
    }
    #expect(again == 0)
  }

  @Test func theLeastRateIsOne() {
    let rate = FloodControl.Rate(packetsPerSecond: 0, burst: -1)
    #expect(rate.packetsPerSecond == 1 && rate.burst == 1)
  }
}

@Suite struct LockoutTests {
  static let home = address("192.0.2.1")

  func lockout(maxAddresses: Int = 64, maxUsers: Int = 4) -> Lockout {
    Lockout(maxAddresses: maxAddresses, maxUsersPerAddress: maxUsers, hashKey: (1, 2))
  }

  @Test func theFifthFailureLocks() {
    var lockout = lockout()
    for second in 0..<4 {
      #expect(lockout.recordFailure(user: "bob", address: Self.home, now: .at(Double(second))) == false)
      #expect(lockout.lockedUntil(user: "bob", address: Self.home, now: .at(Double(second))) == nil)
    }
    #expect(lockout.recordFailure(user: "bob", address: Self.home, now: .at(4)) == true)
    #expect(lockout.lockedUntil(user: "bob", address: Self.home, now: .at(4)) == .at(304))
    #expect(lockout.lockedUntil(user: "bob", address: Self.home, now: .at(303.999)) == .at(304))
    #expect(lockout.lockedUntil(user: "bob", address: Self.home, now: .at(304)) == nil)
    // Others, and the same user elsewhere, are free.
    #expect(lockout.lockedUntil(user: "alice", address: Self.home, now: .at(4)) == nil)
    #expect(lockout.lockedUntil(user: "bob", address: address("192.0.2.2"), now: .at(4)) == nil)
  }

  @Test func theWindowSlides() {
    var lockout = lockout()
    for second in [0.0, 100, 200, 299] {
      #expect(lockout.recordFailure(user: "bob", address: Self.home, now: .at(second)) == false)
    }
    // At 300 the first is out of the window; at 399.9 the second is not.
    #expect(lockout.recordFailure(user: "bob", address: Self.home, now: .at(300)) == false)
    #expect(lockout.recordFailure(user: "bob", address: Self.home, now: .at(399.9)) == true)
  }

  @Test func attemptsWhileLockedChangeNothing() {
    var lockout = lockout()
    for _ in 0..<5 { _ = lockout.recordFailure(user: "bob", address: Self.home, now: .at(0)) }
    for second in 1..<300 {
      #expect(lockout.recordFailure(user: "bob", address: Self.home, now: .at(Double(second))) == false)
    }
    #expect(lockout.lockedUntil(user: "bob", address: Self.home, now: .at(299)) == .at(300))
    #expect(lockout.lockedUntil(user: "bob", address: Self.home, now: .at(300)) == nil)
    // Afterwards it takes five again.
    for _ in 0..<4 { #expect(lockout.recordFailure(user: "bob", address: Self.home, now: .at(301)) == false) }
    #expect(lockout.recordFailure(user: "bob", address: Self.home, now: .at(302)) == true)
  }

  @Test func anotherSpellingOfTheSameNameIsTheSameUser() {
    var lockout = lockout()
    for name in ["K", "\u{212A}", "K", "\u{212A}", "K"] {
      _ = lockout.recordFailure(user: name, address: Self.home, now: .at(0))
    }
    #expect(lockout.lockedUntil(user: "\u{212A}", address: Self.home, now: .at(1)) != nil)
  }

  @Test func anIPv6NetworkIsOneAddress() {
    var lockout = lockout()
    for host in 1...5 {
      _ = lockout.recordFailure(user: "bob", address: address("2001:db8::\(host)"), now: .at(0))
    }
    #expect(lockout.lockedUntil(user: "bob", address: address("2001:db8::99"), now: .at(1)) != nil)
    #expect(lockout.lockedUntil(user: "bob", address: address("2001:db8:0:1::1"), now: .at(1)) == nil)
  }

  @Test func tryingManyNamesMakesNoRoomForMoreGuesses() {
    var lockout = lockout(maxUsers: 4)
    for _ in 0..<5 { _ = lockout.recordFailure(user: "bob", address: Self.home, now: .at(0)) }
    for name in 0..<100 { _ = lockout.recordFailure(user: "n\(name)", address: Self.home, now: .at(1)) }
    #expect(lockout.lockedUntil(user: "bob", address: Self.home, now: .at(2)) == .at(300))
    #expect(lockout.lockedUntil(user: "carol", address: Self.home, now: .at(2)) == nil)
  }

  @Test func anAddressFullOfLocksIsLocked() {
    var lockout = lockout(maxUsers: 4)
    for name in 0..<4 {
      for _ in 0..<5 { _ = lockout.recordFailure(user: "n\(name)", address: Self.home, now: .at(Double(name))) }
    }
    #expect(lockout.lockedUntil(user: "carol", address: Self.home, now: .at(10)) == .at(300))
    #expect(lockout.recordFailure(user: "carol", address: Self.home, now: .at(10)) == false)
    #expect(lockout.lockedUntil(user: "carol", address: Self.home, now: .at(300)) == nil)
    #expect(lockout.lockedUntil(user: "carol", address: address("192.0.2.2"), now: .at(10)) == nil)
  }

  @Test func isBounded() {
    var lockout = lockout(maxAddresses: 8)
    for host in 0..<1_000 {
      _ = lockout.recordFailure(user: "bob", address: IPAddress(v4: UInt32(host)), now: .at(0))
      #expect(lockout.count <= 8)
    }
  }

  @Test func isForgottenInTheEnd() {
    var lockout = lockout()
    for _ in 0..<5 { _ = lockout.recordFailure(user: "bob", address: Self.home, now: .at(0)) }
    _ = lockout.recordFailure(user: "x", address: address("192.0.2.9"), now: .at(1_000))
    #expect(lockout.count == 1)
  }
}

@Suite struct SpentCallIDTests {
  func attempt(
    _ sequence: UInt32 = 1, user: String = "e", callID: String = "c", tag: String = "t", at time: Int64 = 0
  ) -> SpentCallIDs.Attempt {
    SpentCallIDs.Attempt(user: user, callID: callID, fromTag: tag, sequence: sequence, timestamp: .at(time))
  }

  @Test func spentAtTheFirst2xx() {
    var spent = SpentCallIDs(rememberingSince: nil)
    #expect(spent.answer(attempt(), now: .at(0)) == .unspent)
    let kept = spent.admit(attempt(), now: .at(0))
    #expect(kept)
    // The same user and tag may try again with a higher CSeq only.
    #expect(spent.answer(attempt(1), now: .at(1)) == .spent)
    #expect(spent.answer(attempt(2), now: .at(1)) == .unspent)
    #expect(spent.answer(attempt(2, tag: "u"), now: .at(1)) == .spent)
    let keptAgain = spent.admit(attempt(2), now: .at(1))
    #expect(keptAgain)
    #expect(spent.answer(attempt(2), now: .at(2)) == .spent)
    spent.spend(user: "e", callID: "c", now: .at(3))
    #expect(spent.answer(attempt(3), now: .at(4)) == .spent)
    let admitted = spent.admit(attempt(3), now: .at(4))
    #expect(!admitted)
    // Another user's Call-ID is another matter: nobody can spend somebody else's.
    #expect(spent.answer(attempt(3, user: "f"), now: .at(4)) == .unspent)
  }

  @Test func remembersAsLongAsATimestampCanBeFresh() {
    var spent = SpentCallIDs(rememberingSince: nil, tolerance: .seconds(300))
    spent.spend(user: "e", callID: "c", now: .at(0))
    // A timestamp 300 s ahead of us at the start is 300 s behind us at 600.
    #expect(spent.answer(attempt(), now: .at(600)) == .spent)
    #expect(spent.answer(attempt(), now: .at(2_000)) == .unspent)
  }

  @Test func whatWasBeforeTheStartIsUnknown() {
    var spent = SpentCallIDs(rememberingSince: .at(100))
    #expect(spent.answer(attempt(at: 99), now: .at(0)) == .beforeMemory)
    #expect(spent.answer(attempt(at: 100), now: .at(0)) == .unspent)
    var restored = SpentCallIDs(rememberingSince: nil)
    restored.restore(.init(user: "e", callID: "c"), now: .at(0))
    #expect(restored.answer(attempt(at: 99), now: .at(0)) == .spent)
    #expect(restored.answer(attempt(callID: "d", at: 99), now: .at(0)) == .unspent)
  }

  @Test func aFullMemoryRefuses() {
    var spent = SpentCallIDs(rememberingSince: nil, maxCallIDs: 2)
    for callID in ["a", "b"] {
      let kept = spent.admit(attempt(callID: callID), now: .at(0))
      #expect(kept)
    }
    #expect(spent.answer(attempt(callID: "c"), now: .at(0)) == .memoryFull)
    let kept = spent.admit(attempt(callID: "c"), now: .at(0))
    #expect(!kept)
    #expect(spent.answer(attempt(2, callID: "a"), now: .at(0)) == .unspent)
    // Time makes room, also when nobody is let in meanwhile.
    #expect(spent.answer(attempt(callID: "c"), now: .at(1_300)) == .unspent)
  }
}

@Suite struct CallsAtOnceTests {
  private func call(_ number: Int) -> CallKey { CallKey(callID: "c\(number)", fromTag: "t", hashKey: (1, 2)) }

  @Test func asManyAsTheLimitAndOneForEachThatEnds() {
    var calls = CallsAtOnce()
    for number in 0..<3 {
      let isIn = calls.take("e", call: call(number), limit: 3)
      #expect(isIn)
    }
    var isIn = calls.take("e", call: call(3), limit: 3)
    #expect(!isIn)
    isIn = calls.take("f", call: call(3), limit: 3)
    #expect(isIn)
    // What was never in changes nothing.
    calls.giveBack("e", call: call(9))
    calls.giveBack("g", call: call(0))
    #expect(calls.count("e") == 3)
    calls.giveBack("e", call: call(1))
    isIn = calls.take("e", call: call(3), limit: 3)
    #expect(isIn)
    // A limit that was lowered ends no call, and lets none in.
    isIn = calls.take("e", call: call(4), limit: 1)
    #expect(!isIn)
    #expect(calls.count("e") == 3)
  }

  @Test func aCallTriedAgainHasOnePlaceUntilEveryAttemptIsGivenBack() {
    var calls = CallsAtOnce()
    for _ in 0..<2 {
      let isIn = calls.take("e", call: call(0), limit: 1)
      #expect(isIn)
    }
    calls.giveBack("e", call: call(0))
    #expect(calls.count("e") == 1)
    calls.giveBack("e", call: call(0))
    #expect(calls.expertCount == 0)
  }

  @Test func whatIsKeptOfCallIDsIsWhatComesBack() throws {
    var spent = SpentCallIDs(rememberingSince: nil)
    func attempt(_ callID: String, _ sequence: UInt32, tag: String = "t") -> SpentCallIDs.Attempt {
      .init(user: "e", callID: callID, fromTag: tag, sequence: sequence, timestamp: .at(0))
    }
    let isIn = spent.admit(attempt("tried", 5), now: .at(0))
    #expect(isIn)
    spent.spend(user: "e", callID: "spent", now: .at(0))
    let kept = spent.kept(now: .at(1))
    #expect(kept.count == 2)
    var restored = SpentCallIDs(rememberingSince: nil)
    for use in kept { restored.restore(use, now: .at(0)) }
    #expect(Set(restored.kept(now: .at(1))) == Set(kept))
    #expect(restored.answer(attempt("spent", 9), now: .at(1)) == .spent)
    #expect(restored.answer(attempt("tried", 5), now: .at(1)) == .spent)
    #expect(restored.answer(attempt("tried", 6, tag: "u"), now: .at(1)) == .spent)
    #expect(restored.answer(attempt("tried", 6), now: .at(1)) == .unspent)
    #expect(restored.answer(attempt("new", 1), now: .at(1)) == .unspent)
  }
}
