import SIPLocation
import Testing
import Wire

@Suite("DNS cache")
struct DNSCacheTests {
  private func question(_ text: String, _ type: DNSRecordType = .a) -> DNSQuestion {
    DNSQuestion(DNSName(text) ?? .root, type)
  }

  private func records(_ last: UInt8 = 1, ttl: UInt32) -> DNSAnswer {
    .records(.addresses([IPAddress(v4: 0xC000_0200 | UInt32(last))]), timeToLive: ttl)
  }

  /// The last second at which an answer is there, counted from when it was stored; nil for beyond two days.
  private func lifetime(_ answer: DNSAnswer, _ limits: DNSCacheLimits) -> Int? {
    var cache = DNSCache(limits: limits)
    cache.store(answer, to: question("a"), now: .zero)
    for second in [0, 1, 2, 3, 5, 10, 20, 30, 60, 100, 86_400] {
      let last = Instant.zero + .seconds(second) - .nanoseconds(1)
      guard cache.answer(to: question("a"), now: last) != nil || second == 0 else { return nil }
      if cache.answer(to: question("a"), now: last + .nanoseconds(1)) == nil { return second }
    }
    return nil
  }

  @Test("records live for their TTL, within floor and ceiling")
  func lifetimes() {
    let limits = DNSCacheLimits(minimumTTL: .seconds(5), maximumTTL: .seconds(100))
    #expect(lifetime(records(ttl: 60), limits) == 60)
    #expect(lifetime(records(ttl: 5), limits) == 5)
    #expect(lifetime(records(ttl: 4), limits) == 5)
    #expect(lifetime(records(ttl: 0), limits) == 5)
    #expect(lifetime(records(ttl: 100), limits) == 100)
    #expect(lifetime(records(ttl: 101), limits) == 100)
    #expect(lifetime(records(ttl: .max), limits) == 100)
  }

  @Test("absences live for what the zone says up to the limit, failures for a moment")
  func negative() {
    let limits = DNSCacheLimits(negativeTTL: .seconds(30), failureTTL: .seconds(3))
    #expect(lifetime(.absent(.noSuchName, timeToLive: nil), limits) == 30)
    #expect(lifetime(.absent(.noSuchName, timeToLive: 10), limits) == 10)
    #expect(lifetime(.absent(.noSuchRecord, timeToLive: 3_600), limits) == 30)
    #expect(lifetime(.absent(.noSuchRecord, timeToLive: 0), limits) == 1)
    #expect(lifetime(.failed(.timeout), limits) == 3)
    #expect(lifetime(.absent(.noSuchName, timeToLive: 10), DNSCacheLimits(negativeTTL: .zero)) == 0)
  }

  @Test("nothing but records takes the place of records that are valid")
  func poisoning() {
    var cache = DNSCache()
    let name = question("a.example")
    let good = records(1, ttl: 60)
    #expect(cache.store(good, to: name, now: .zero) == true)
    for bad in [
      DNSAnswer.failed(.malformed), .failed(.serverFailure), .absent(.noSuchName, timeToLive: 600),
    ] {
      #expect(cache.store(bad, to: name, now: .seconds(59)) == false)
      #expect(cache.answer(to: name, now: .seconds(59)) == good)
    }
    #expect(cache.store(records(2, ttl: 60), to: name, now: .seconds(59)) == true)
    #expect(cache.answer(to: name, now: .seconds(59)) == records(2, ttl: 60))
    #expect(cache.answer(to: name, now: .seconds(118)) != nil)
    #expect(cache.store(.failed(.timeout), to: name, now: .seconds(119)) == true)
    #expect(cache.answer(to: name, now: .seconds(119)) == .failed(.timeout))
    // A failure is no obstacle to anything.
    #expect(cache.store(.absent(.noSuchName, timeToLive: 9), to: name, now: .seconds(119)) == true)
    #expect(cache.store(good, to: name, now: .seconds(119)) == true)
    #expect(cache.count == 1)
  }

  @Test("one name's answers are not another's, nor one type's another's")
  func keys() {
    var cache = DNSCache()
    cache.store(records(ttl: 60), to: question("a.example"), now: .zero)
    #expect(cache.answer(to: question("b.example"), now: .zero) == nil)
    #expect(cache.answer(to: question("a.example", .aaaa), now: .zero) == nil)
    #expect(cache.answer(to: question("A.EXAMPLE."), now: .zero) != nil)
    cache.removeAll()
    #expect(cache.count == 0 && cache.answer(to: question("a.example"), now: .zero) == nil)
  }

  @Test("never more entries than the limit; what is asked for stays, what has expired goes first")
  func eviction() {
    var cache = DNSCache(limits: DNSCacheLimits(maxEntries: 8))
    for index in 0..<8 { cache.store(records(ttl: 1_000), to: question("n\(index)"), now: .zero) }
    #expect(cache.count == 8)
    for index in 0..<1_000 {
      #expect(cache.answer(to: question("n3"), now: .seconds(1)) != nil, "a wanted entry went at \(index)")
      cache.store(records(ttl: 1_000), to: question("stranger\(index)"), now: .seconds(1))
      #expect(cache.count == 8)
    }
    #expect(cache.answer(to: question("n4"), now: .seconds(1)) == nil)

    var small = DNSCache(limits: DNSCacheLimits(maxEntries: 2))
    small.store(records(ttl: 10), to: question("a"), now: .zero)
    small.store(records(ttl: 100), to: question("b"), now: .zero)
    _ = small.answer(to: question("a"), now: .zero)
    _ = small.answer(to: question("b"), now: .zero)
    small.store(records(ttl: 100), to: question("c"), now: .seconds(50))
    #expect(small.answer(to: question("b"), now: .seconds(50)) != nil)

    var single = DNSCache(limits: DNSCacheLimits(maxEntries: 1))
    for index in 0..<10 {
      single.store(records(ttl: 10), to: question("n\(index)"), now: .zero)
      #expect(single.answer(to: question("n\(index)"), now: .zero) != nil)
      #expect(single.count == 1)
    }
  }
}

extension Instant {
  fileprivate static func seconds(_ seconds: Int64) -> Instant { Instant(milliseconds: seconds * 1_000) }
}
