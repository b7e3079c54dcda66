import H245
import PER
import Testing
import Wire

@Suite("The end of an H.245 session")
struct EndingTests {
  /// A pair that has come so many messages far on the way to channels both ways, a pause and a digit.
  private func pair(steps: Int, seed: UInt64) -> Pair {
    let pair = Pair(seed: seed)
    pair.start(.first)
    pair.start(.second)
    var opened: Set<Pair.Side> = []
    for step in 0..<steps {
      _ = pair.carry(from: pair.random.chance(50) ? .first : .second)
      for side in Pair.Side.allCases where !opened.contains(side) && pair[side].session.isReady {
        opened.insert(side)
        _ = pair.open(side)
      }
      let now = pair.now
      if step == 14 { pair.with(.first) { $0.pausePeer(now: now, into: &$1) } }
      if step == 20 { pair.with(.first) { $0.resumePeer(random: 0x123456, now: now, into: &$1) } }
    }
    return pair
  }

  /// Every channel that was opened, or proposed, or wanted has one end.
  private func expectAllEnded(_ pair: Pair, _ side: Pair.Side, _ comment: String) {
    var open: [String: Int] = [:]
    for message in pair[side].sent {
      if case .request(.openLogicalChannel(let request)) = message {
        open["out \(request.forwardLogicalChannelNumber)", default: 0] += 1
      }
    }
    for event in pair[side].events {
      switch event {
      case .channelProposed(let request): open["in \(request.forwardLogicalChannelNumber)", default: 0] += 1
      case .channelRefused(let number, _), .channelReplaced(let number, _): open["out \(number)", default: 0] -= 1
      case .channelClosed(.outgoing, let number): open["out \(number)", default: 0] -= 1
      case .channelClosed(.incoming, let number): open["in \(number)", default: 0] -= 1
      default: continue
      }
    }
    #expect(open.values.allSatisfy { $0 == 0 }, "\(comment) \(side): \(open)")
    #expect(pair[side].session.channelCounts == (0, 0))
    #expect(pair[side].session.nextDeadline == nil)
    #expect(pair[side].session.isEnded)
    let ends = pair[side].events.filter {
      if case .ended = $0 { true } else { false }
    }
    #expect(ends.count == 1, "\(comment) \(side)")
    #expect(pair[side].events.last == ends.first, "\(comment) \(side)")
  }

  @Test("after any number of messages one side ends, and both have ended", arguments: 0..<40)
  func ending(steps: Int) {
    for seed in 0..<4 as Range<UInt64> {
      for side in Pair.Side.allCases {
        let pair = self.pair(steps: steps, seed: seed)
        let now = pair.now
        pair.with(side) { $0.end(now: now, into: &$1) }
        #expect(pair.run())
        expectAllEnded(pair, .first, "\(steps) steps, seed \(seed)")
        expectAllEnded(pair, .second, "\(steps) steps, seed \(seed)")
        let end = pair[side].events.last
        #expect(end == .ended(.byUs))
      }
    }
  }

  @Test("after any number of messages the connection is gone", arguments: 0..<40)
  func closing(steps: Int) {
    for seed in 0..<4 as Range<UInt64> {
      let pair = self.pair(steps: steps, seed: seed)
      for side in Pair.Side.allCases { pair.with(side) { $0.connectionClosed(into: &$1) } }
      expectAllEnded(pair, .first, "\(steps) steps, seed \(seed)")
      expectAllEnded(pair, .second, "\(steps) steps, seed \(seed)")
      let count = pair.first.sent.count
      pair.run()
      #expect(pair.first.sent.count == count)
    }
  }

  @Test("both end at once")
  func both() {
    let pair = self.pair(steps: 30, seed: 3)
    let now = pair.now
    for side in Pair.Side.allCases { pair.with(side) { $0.end(now: now, into: &$1) } }
    pair.run()
    for side in Pair.Side.allCases { #expect(pair[side].events.last == .ended(.byUs)) }
  }

  @Test("an end that is not answered is an end")
  func silence() {
    let pair = Pair()
    pair.begin()
    let now = pair.now
    pair.with(.first) { $0.end(now: now, into: &$1) }
    pair.first.queue = []
    #expect(!pair.first.session.isEnded)
    pair.advance(.milliseconds(4999))
    #expect(!pair.first.session.isEnded)
    pair.advance(.milliseconds(1))
    #expect(pair.first.events.last == .ended(.byUs))
  }

  @Test("a session that never began ends")
  func new() {
    let pair = Pair()
    let now = pair.now
    pair.with(.first) { $0.end(now: now, into: &$1) }
    #expect(pair.first.events == [.ended(.byUs)] && pair.first.sent.isEmpty)
    pair.with(.first) { $0.end(now: now, into: &$1) }
    pair.start(.first)
    #expect(pair.first.events == [.ended(.byUs)] && pair.first.sent.isEmpty)
  }
}
