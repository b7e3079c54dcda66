import RTP
import SRTP
import Testing
import Wire

@Suite struct ReplayWindowTests {
  @Test func tellsNewFromOld() {
    var window = ReplayWindow<2>()
    #expect(ReplayWindow<2>.size == 64)
    #expect(window.highest == nil && window.judge(0) == .new)
    window.insert(1000)
    #expect(window.judge(1000) == .replayed)
    #expect(window.judge(1001) == .new)
    // At the limit and one beyond.
    #expect(window.judge(1000 - 63) == .new)
    #expect(window.judge(1000 - 64) == .tooOld)
    window.insert(1000 - 63)
    #expect(window.judge(1000 - 63) == .replayed)
    #expect(window.highest == 1000)
  }

  /// Beside a set of all that was there, over a walk with steps of all sizes.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func agreesWithASet(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var window = ReplayWindow<16>()
    var seen: Set<UInt64> = []
    var highest: UInt64?
    var next: UInt64 = UInt64.random(in: 0...2000, using: &random)
    for _ in 0..<4000 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0: next += UInt64.random(in: 0...3000, using: &random)
      case 1: next += UInt64.random(in: 0...100_000, using: &random)
      default: next += UInt64.random(in: 0...2, using: &random)
      }
      let back = random.chance(30) ? UInt64.random(in: 0...1100, using: &random) : 0
      let index = next >= back ? next - back : 0
      let expected: ReplayWindow<16>.Verdict
      if let highest, index <= highest, highest - index >= 960 {
        expected = .tooOld
      } else {
        expected = seen.contains(index) ? .replayed : .new
      }
      #expect(window.judge(index) == expected)
      if expected == .new {
        window.insert(index)
        seen.insert(index)
        highest = max(highest ?? 0, index)
        #expect(window.judge(index) == .replayed)
      }
      #expect(window.highest == highest)
    }
  }
}

@Suite struct IndexTests {
  /// Protects numbers in one order and hands them over in another; the answers are those of the receiver.
  private func exchange(_ sent: [UInt16], _ received: [Int], suite: SRTPSuite = .aesCM128HMACSHA1Tag80) throws
    -> [SRTPError?]
  {
    var sender = SRTPSender(try key(suite))
    var receiver = SRTPReceiver(try key(suite))
    var packets: [[UInt8]] = []
    for number in sent { packets.append(try sender.protected(rtp(number))) }
    return received.map { place in
      switch outcome({ () throws(SRTPError) in try receiver.unprotected(packets[place]) }) {
      case .success(let packet):
        #expect(packet == rtp(sent[place]))
        return nil
      case .failure(let error): return error
      }
    }
  }

  /// §3.3.1: the counter rolls over at both ends, in order, and with packets around the border reordered.
  @Test(arguments: SRTPSuite.allCases)
  func rollsOver(_ suite: SRTPSuite) throws {
    let sent: [UInt16] = [65_533, 65_534, 65_535, 0, 1, 2]
    #expect(try exchange(sent, [0, 1, 2, 3, 4, 5], suite: suite) == [nil, nil, nil, nil, nil, nil])
    #expect(try exchange(sent, [0, 3, 2, 1, 5, 4], suite: suite) == [nil, nil, nil, nil, nil, nil])
    #expect(try exchange(sent, [0, 5, 5, 1, 1], suite: suite) == [nil, nil, .replayed, nil, .replayed])
  }

  @Test func rollsOverTwice() throws {
    let sent = stride(from: 0, through: 140_000, by: 1000).map { UInt16(truncatingIfNeeded: $0) }
    #expect(try exchange(sent, Array(sent.indices)).allSatisfy { $0 == nil })
    // With all but every twentieth lost.
    let few = stride(from: 0, to: sent.count, by: 20).map { $0 }
    #expect(try exchange(sent, few).allSatisfy { $0 == nil })
  }

  /// Half a round without a packet, and the counter cannot be guessed: the tag says so (§3.3.1).
  @Test func losesTheCounterAfterHalfARound() throws {
    let sent: [UInt16] = [0, 30_000, 60_000, 25_000, 50_000]
    #expect(try exchange(sent, [0, 3]) == [nil, .authenticationFailed])
    // What follows the last one heard is still heard.
    #expect(try exchange(sent, [0, 3, 1, 2, 3, 4]) == [nil, .authenticationFailed, nil, nil, nil, nil])
  }

  /// Before the first round there is nothing (appendix A, where the counter would be −1).
  @Test func doesNotGoBelowZero() throws {
    let sent: [UInt16] = [2, 65_530]
    // The sender's index of 65,530 is in the first round too, so both agree.
    #expect(try exchange(sent, [0, 1]) == [nil, nil])
  }

  @Test(arguments: SRTPSuite.allCases)
  func replayedAndLate(_ suite: SRTPSuite) throws {
    let sent = (0..<1200).map { UInt16($0) }
    var order = Array(sent.indices)
    // The one at the window's end is let through, the one behind is not.
    order.remove(at: 1199 - 959)
    order.remove(at: 1199 - 960)
    order += [1199 - 959, 1199 - 960, 1199 - 959, 1199, 600]
    let answers = try exchange(sent, order, suite: suite)
    #expect(answers.prefix(1198).allSatisfy { $0 == nil })
    #expect(Array(answers.suffix(5)) == [nil, .tooOld, .replayed, .replayed, .replayed])
    #expect(SRTPLimits.replayWindow == 960)
  }

  /// Two payloads under one index would give both away (§9.1).
  @Test func theSenderUsesNoIndexTwice() throws {
    for suite in SRTPSuite.allCases {
      var sender = SRTPSender(try key(suite))
      for number in 0..<1000 as Range<UInt16> where number != 500 { _ = try sender.protected(rtp(number)) }
      #expect(outcome { () throws(SRTPError) in try sender.protected(rtp(999)) } == .failure(.replayed))
      #expect(outcome { () throws(SRTPError) in try sender.protected(rtp(0)) } == .failure(.tooOld))
      _ = try sender.protected(rtp(500))
    }
  }

  @Test func startsWithAGivenCounter() throws {
    var sender = SRTPSender(try key(.aeadAES128GCM))
    var receiver = SRTPReceiver(try key(.aeadAES128GCM))
    var ignorant = SRTPReceiver(try key(.aeadAES128GCM))
    try sender.begin(0xCAFE_BABE, rolloverCounter: 70_000)
    try receiver.begin(0xCAFE_BABE, rolloverCounter: 70_000)
    let packet = try sender.protected(rtp(5))
    #expect(try receiver.unprotected(packet) == rtp(5))
    #expect(outcome { () throws(SRTPError) in try ignorant.unprotected(packet) } == .failure(.authenticationFailed))
  }

  @Test(arguments: SRTPSuite.allCases)
  func rtcpIsNotReplayed(_ suite: SRTPSuite) throws {
    var sender = SRTPSender(try key(suite))
    var receiver = SRTPReceiver(try key(suite))
    var packets: [[UInt8]] = []
    for _ in 0..<70 { packets.append(try sender.protectedRTCP(rtcp())) }
    func give(_ place: Int) -> SRTPError? {
      switch outcome({ () throws(SRTPError) in try receiver.unprotectedRTCP(packets[place]) }) {
      case .success: nil
      case .failure(let error): error
      }
    }
    #expect([69, 69, 6, 5, 6, 68].map(give) == [nil, .replayed, nil, .tooOld, .replayed, nil])
    #expect(SRTPLimits.rtcpReplayWindow == 64)
  }
}

@Suite struct ContextLimitTests {
  @Test func sources() throws {
    var sender = SRTPSender(try key(.aesCM128HMACSHA1Tag80))
    var other = SRTPSender(try key(.aesCM128HMACSHA1Tag80))
    var receiver = SRTPReceiver(try key(.aesCM128HMACSHA1Tag80))
    for ssrc in 0..<UInt32(SRTPLimits.maxSources) {
      let packet = try sender.protected(rtp(1, ssrc: ssrc))
      #expect(try receiver.unprotected(packet) == rtp(1, ssrc: ssrc))
    }
    #expect(outcome { () throws(SRTPError) in try sender.protected(rtp(1, ssrc: 99)) } == .failure(.tooManySources))
    let tooMany = try other.protected(rtp(1, ssrc: 99))
    #expect(outcome { () throws(SRTPError) in try receiver.unprotected(tooMany) } == .failure(.tooManySources))
    let report = try other.protectedRTCP(rtcp(ssrc: 99))
    #expect(outcome { () throws(SRTPError) in try receiver.unprotectedRTCP(report) } == .failure(.tooManySources))
    // Those that are there go on.
    let packet = try sender.protected(rtp(2, ssrc: 0))
    #expect(try receiver.unprotected(packet) == rtp(2, ssrc: 0))
  }

  /// A flood of strangers' packets takes no place.
  @Test func strangersTakeNoPlace() throws {
    var receiver = SRTPReceiver(try key(.aeadAES128GCM))
    for ssrc in 0..<1000 as Range<UInt32> {
      let forged = rtp(1, ssrc: ssrc) + [UInt8](repeating: 0, count: 16)
      #expect(outcome { () throws(SRTPError) in try receiver.unprotected(forged) } == .failure(.authenticationFailed))
    }
    var sender = SRTPSender(try key(.aeadAES128GCM))
    let packet = try sender.protected(rtp(1, ssrc: 5000))
    #expect(try receiver.unprotected(packet) == rtp(1, ssrc: 5000))
  }

  /// 2⁴⁸ RTP packets and 2³¹ RTCP packets, and not one more (§9.2).
  @Test func lifetime() throws {
    let key = try key(.aesCM128HMACSHA1Tag80)
    let keys = SRTPSessionKeys(key)
    var sender = SRTPSender(key, sessionKeys: keys, packets: 1 << 48 - 1, rtcpPackets: 1 << 31 - 1)
    var receiver = SRTPReceiver(key, sessionKeys: keys, packets: 1 << 48 - 1, rtcpPackets: 1 << 31 - 1)
    #expect(sender.remainingPackets == 1)
    let last = try sender.protected(rtp(1))
    #expect(try receiver.unprotected(last) == rtp(1))
    #expect(sender.remainingPackets == 0)
    #expect(outcome { () throws(SRTPError) in try sender.protected(rtp(2)) } == .failure(.keyExpired))
    var fresh = SRTPSender(key)
    _ = try fresh.protectedRTCP(rtcp())
    let next = try fresh.protected(rtp(2))
    #expect(outcome { () throws(SRTPError) in try receiver.unprotected(next) } == .failure(.keyExpired))
    let lastRTCP = try sender.protectedRTCP(rtcp())
    #expect(try receiver.unprotectedRTCP(lastRTCP) == rtcp())
    #expect(outcome { () throws(SRTPError) in try sender.protectedRTCP(rtcp()) } == .failure(.keyExpired))
    let nextRTCP = try fresh.protectedRTCP(rtcp())
    #expect(outcome { () throws(SRTPError) in try receiver.unprotectedRTCP(nextRTCP) } == .failure(.keyExpired))
  }

  /// The lifetime that `a=crypto` gives (RFC 4568 §6.1).
  @Test func shorterLifetime() throws {
    var sender = SRTPSender(try key(.aeadAES256GCM, lifetime: 3))
    for number in 0..<3 as Range<UInt16> { _ = try sender.protected(rtp(number)) }
    #expect(outcome { () throws(SRTPError) in try sender.protected(rtp(3)) } == .failure(.keyExpired))
  }

  /// The index has 48 bits: after the last one nothing follows.
  @Test func lastIndex() throws {
    var sender = SRTPSender(try key(.aeadAES256GCM))
    try sender.begin(0xCAFE_BABE, rolloverCounter: .max)
    _ = try sender.protected(rtp(65_535))
    #expect(outcome { () throws(SRTPError) in try sender.protected(rtp(0)) } == .failure(.keyExpired))
    try sender.skipRTCP(0xCAFE_BABE, to: 0x7FFF_FFFE)
    let last = try sender.protectedRTCP(rtcp())
    #expect(Array(last.suffix(4)) == [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(outcome { () throws(SRTPError) in try sender.protectedRTCP(rtcp()) } == .failure(.keyExpired))
  }
}
