import SIPTransaction
import Testing
import Wire

@Suite("Two layers over a bad network")
struct PairTests {
  static let seedsPerShard: UInt64 = Environment.isFullRun ? 25_000 : 500

  @Test(
    "every request is delivered at most once, every client transaction ends once, nothing is left",
    arguments: 0..<8 as Range<UInt64>)
  func simulation(shard: UInt64) {
    for seed in (shard * Self.seedsPerShard)..<((shard + 1) * Self.seedsPerShard) {
      let pair = Pair(seed: seed)
      let problems = pair.run()
      if !problems.isEmpty {
        Issue.record("seed \(seed) (\(pair.conditions)): \(problems.prefix(5).joined(separator: "; "))")
      }
    }
  }

  @Test("the simulation does reach what it is meant to test")
  func coverage() {
    var answered = 0
    var refused = 0
    var timedOut = 0
    var failed = 0
    var acknowledged = 0
    for seed in 0..<150 as Range<UInt64> {
      let pair = Pair(seed: seed)
      _ = pair.run()
      for call in pair.calls {
        if call.finals.contains(200) { answered += 1 }
        if call.finals.contains(487) { refused += 1 }
        timedOut += call.timeouts
        failed += call.transportErrors
        if call.isAcknowledged { acknowledged += 1 }
      }
    }
    #expect(answered > 100)
    #expect(refused > 10)
    #expect(timedOut > 10)
    #expect(failed > 10)
    #expect(acknowledged > 100)
  }
}
