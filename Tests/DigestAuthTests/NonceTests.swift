import DigestAuth
import Testing
import Wire

@Suite struct NonceTests {
  static let home = IPAddress(v4: 0xCB00_7107)
  static let away = IPAddress(v4: 0xCB00_7108)

  @Test func comesBackFresh() {
    let nonces = Nonces()
    let nonce = nonces.make(now: .at(0), random: 7, source: Self.home)
    #expect(nonce.utf8.count == 44)
    #expect(nonces.check(nonce, now: .at(1), source: Self.home) == .fresh(NonceIdentity(issued: .at(0), random: 7)))
    // Another factory with the same key and realm is the same factory.
    #expect(Nonces().check(nonce, now: .at(1), source: Self.home) != .forged)
  }

  @Test func lifetimeEndsExactly() {
    let nonces = Nonces()
    let nonce = nonces.make(now: .at(0), random: 7, source: Self.home)
    let end = UTCTimestamp.at(300)
    #expect(nonces.check(nonce, now: end, source: Self.home) == .fresh(NonceIdentity(issued: .at(0), random: 7)))
    #expect(nonces.check(nonce, now: end + .microseconds(1), source: Self.home) == .stale)
  }

  @Test func aClockSetBackMakesItStale() {
    let nonces = Nonces()
    let nonce = nonces.make(now: .at(10), random: 7, source: Self.home)
    #expect(nonces.check(nonce, now: .at(9), source: Self.home) != .stale)
    #expect(nonces.check(nonce, now: UTCTimestamp.at(9) + .microseconds(-1), source: Self.home) == .stale)
  }

  @Test func isBoundToSourceRealmAndKey() {
    let nonce = Nonces().make(now: .at(0), random: 7, source: Self.home)
    #expect(Nonces().check(nonce, now: .at(0), source: Self.away) == .forged)
    #expect(Nonces(realm: "other").check(nonce, now: .at(0), source: Self.home) == .forged)
    #expect(Nonces(key: [UInt8](1...32)).check(nonce, now: .at(0), source: Self.home) == .forged)
    // Also when it would be too old: what is not ours is forged, however old it claims to be.
    #expect(Nonces().check(nonce, now: .at(1_000), source: Self.away) == .forged)
  }

  @Test func everyCharacterCounts() {
    let nonces = Nonces()
    let nonce = bytes(nonces.make(now: .at(0), random: 0x0123_4567_89AB_CDEF, source: Self.home))
    for index in nonce.indices {
      for replacement: UInt8 in [UInt8(ascii: "A"), UInt8(ascii: "z"), UInt8(ascii: "="), 0]
      where nonce[index] != replacement {
        var changed = nonce
        changed[index] = replacement
        let text = String(decoding: changed, as: UTF8.self)
        #expect(nonces.check(text, now: .at(0), source: Self.home) == .forged)
      }
    }
    for text in ["", "A", String(repeating: "A", count: 44), String(repeating: "A", count: 45)] {
      #expect(nonces.check(text, now: .at(0), source: Self.home) == .forged)
    }
  }

  @Test func twoNoncesDiffer() {
    let nonces = Nonces()
    let texts: Set = [
      nonces.make(now: .at(0), random: 1, source: Self.home), nonces.make(now: .at(0), random: 2, source: Self.home),
      nonces.make(now: .at(1), random: 1, source: Self.home), nonces.make(now: .at(0), random: 1, source: Self.away),
    ]
    #expect(texts.count == 4)
  }
}

@Suite struct NonceWindowTests {
  static let nonce = NonceIdentity(issued: .at(0), random: 1)
  static let other = NonceIdentity(issued: .at(0), random: 2)

  @Test(
    arguments: [
      ([1, 2, 3], [true, true, true]),
      ([1, 1], [true, false]),
      ([5, 3, 4, 3, 5], [true, true, true, false, false]),  // datagrams overtake each other
      ([0], [false]),
      ([1, 0], [true, false]),
      ([100, 37, 36], [true, true, false]),  // 63 back is remembered, 64 back is not
      ([1, 65, 1, 2], [true, true, false, true]),
      ([1, 1_000, 999, 937, 936, 1], [true, true, true, true, false, false]),
      ([.max, .max, .max - 1, 1], [true, false, true, false]),
      ([nil, nil], [true, false]),  // without a count, once
      ([nil, 1, .max, .max - 1], [true, false, false, false]),
      ([1, nil], [true, false]),
    ] as [([UInt32?], [Bool])])
  func counts(_ counts: [UInt32?], _ expected: [Bool]) {
    var window = NonceWindow()
    let answers = counts.map { window.use(Self.nonce, count: $0, now: .at(0)) == .accepted }
    #expect(answers == expected)
  }

  @Test func noncesAreApart() {
    var window = NonceWindow()
    #expect(window.use(Self.nonce, count: 1, now: .at(0)) == .accepted)
    #expect(window.use(Self.other, count: 1, now: .at(0)) == .accepted)
    #expect(window.use(Self.nonce, count: 1, now: .at(0)) == .replayed)
  }

  @Test func isRememberedLongerThanItLives() {
    var window = NonceWindow(lifetime: .seconds(300))
    _ = window.use(Self.nonce, count: 1, now: .at(0))
    for second in stride(from: 10.0, through: 600, by: 10) {
      _ = window.use(NonceIdentity(issued: .at(0), random: UInt64(second)), count: 1, now: .at(second))
    }
    #expect(window.use(Self.nonce, count: 1, now: .at(600)) == .replayed)
  }

  @Test func isForgottenAtLast() {
    var window = NonceWindow(lifetime: .seconds(300))
    _ = window.use(Self.nonce, count: 1, now: .at(0))
    _ = window.use(Self.other, count: 1, now: .at(1_800))
    #expect(window.count == 1)
  }

  @Test func isBounded() {
    var window = NonceWindow(maxNonces: 8)
    for random in 0..<8 {
      #expect(window.use(NonceIdentity(issued: .at(0), random: UInt64(random)), count: 1, now: .at(0)) == .accepted)
    }
    #expect(window.use(NonceIdentity(issued: .at(0), random: 8), count: 1, now: .at(0)) == .tableFull)
    // Those inside go on.
    #expect(window.use(NonceIdentity(issued: .at(0), random: 0), count: 2, now: .at(0)) == .accepted)
    #expect(window.use(NonceIdentity(issued: .at(0), random: 0), count: 2, now: .at(0)) == .replayed)
    #expect(window.count == 8)
  }

  @Test func shardsAreStable() {
    for shards in [1, 2, 16] {
      #expect(Self.nonce.shard(of: shards) == Self.nonce.shard(of: shards))
      #expect((0..<shards).contains(NonceIdentity(issued: .at(0), random: .max).shard(of: shards)))
    }
  }
}
