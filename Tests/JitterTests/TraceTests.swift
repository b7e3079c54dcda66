import AudioTraces
import Jitter
import Testing

/// Whole streams over made-up networks. `tools/bench audio` prints more of them.
struct TraceTests {
  private func trace(_ change: (inout NetworkTrace) -> Void) -> NetworkTrace {
    var trace = NetworkTrace()
    trace.seconds = 30
    change(&trace)
    return trace
  }

  private func report(_ name: String, _ result: TraceResult) {
    func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
    let permille = tenths(result.statistics.concealedShare * 1_000)
    print(
      "\(name): delay p50 \(tenths(result.delay(50))) ms, p99 \(tenths(result.delay(99))) ms, concealed \(permille) ‰, "
        + "late \(result.statistics.late), lost \(result.statistics.lost)")
  }

  /// What is concealed is what was lost, little more; and the delay does not grow with losses.
  @Test(arguments: [1.0, 5, 10, 20])
  func loss(percent: Double) {
    let result = trace {
      $0.lossPercent = percent
      $0.jitter = .independent(5)
    }.play()
    report("loss \(percent) %", result)
    #expect(result.statistics.concealedShare < percent / 100 * 1.3 + 0.003)
    #expect(result.delay(99) < 60)
  }

  @Test(arguments: [
    NetworkJitter.independent(10), .independent(40), .independent(100), .queue(mean: 5), .queue(mean: 15), .spikes(60),
    .spikes(100),
  ])
  func jitter(_ jitter: NetworkJitter) {
    let result = trace { $0.jitter = jitter }.play()
    report("\(jitter)", result)
    #expect(result.statistics.concealedShare < 0.03)
    #expect(result.delay(99) < 200)
    #expect(result.statistics.discarded == 0)
    #expect(result.mostWaiting < 20)
  }

  /// Two clocks apart: the delay stays where it is, by taking out or putting in what they differ.
  @Test(arguments: [200.0, -200, 1_000, -1_000, 5_000, -5_000])
  func drift(ppm: Double) {
    let trace = trace {
      $0.driftPPM = ppm
      $0.jitter = .independent(5)
      $0.seconds = 60
    }
    let result = trace.play()
    report("drift \(ppm) ppm", result)
    #expect(result.statistics.concealedShare < 0.0005)
    #expect(result.delay(99) - result.delay(1) < 40)
    let moved = result.statistics.removedSamples - result.statistics.insertedSamples
    #expect(abs(Double(moved) - 60 * 8_000 * ppm / 1e6) < 300, "\(moved) samples")
  }

  /// Jitter of a queue, losses and drift at once: it does not become worse with time.
  @Test func noUnderrunSpiral() {
    let result = trace {
      $0.jitter = .queue(mean: 20)
      $0.lossPercent = 5
      $0.driftPPM = -1_000
    }.play(frameMilliseconds: 10)
    report("everything", result)
    let early = result.concealedBySecond[2..<12].reduce(0, +)
    let late = result.concealedBySecond[20..<30].reduce(0, +)
    #expect(late < early * 2 + 8_000)
    #expect(result.statistics.concealedShare < 0.12)
  }

  @Test(arguments: [10, 20, 30, 60], [10, 20])
  func packetTimes(milliseconds: Int, frame: Int) {
    let result = trace {
      $0.packetMilliseconds = milliseconds
      $0.jitter = .independent(15)
      $0.lossPercent = 2
      $0.duplicatePercent = 2
      $0.driftPPM = 200
    }.play(frameMilliseconds: frame)
    report("packets of \(milliseconds) ms, frames of \(frame) ms", result)
    #expect(result.statistics.concealedShare < 0.045)
    #expect(result.delay(99) < 90)
  }
}
