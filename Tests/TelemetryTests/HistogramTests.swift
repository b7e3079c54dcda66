import Telemetry
import Testing
import Wire

@Suite struct HistogramTests {
  @Test func bucketsAreInclusiveOfTheirBound() {
    var histogram = Histogram(bounds: [1, 2, 5])
    for value in [0.5, 1, 1.1, 2, 5, 5.1, .infinity] { histogram.observe(value) }
    #expect(histogram.counts == [2, 2, 1, 2])
    #expect(histogram.count == 7)
    histogram.observe(.nan)
    histogram.observe(.nan, traceID: "t", at: .epoch)
    #expect(histogram.count == 7)
    #expect(histogram.exemplars.allSatisfy { $0 == nil })
  }

  @Test func mergesOnlyLikeWithLike() {
    var one = Histogram(bounds: [1])
    var two = Histogram(bounds: [1])
    one.observe(0.5)
    two.observe(3)
    one.add(two)
    #expect(one.counts == [1, 1])
    #expect(one.sum == 3.5)
    one.add(Histogram(bounds: [2]))
    #expect(one.counts == [1, 1])
  }

  /// Each reaches beyond the threshold of its alert, and has it as a bound (DOMAIN §12, §13).
  @Test(arguments: [
    (Histogram.setupBounds, 0.005, 30.0, [2.0]), (Histogram.durationBounds, 1, 14_400, []),
    (Histogram.mediaLatencyBounds, 0.0005, 0.5, [0.1]),
    (Histogram.appendBounds, 0.0001, 5, [0.05]), (Histogram.decisionBounds, 1e-6, 0.01, []),
  ])
  func boundsAscendFromEndToEnd(bounds: [Double], first: Double, last: Double, thresholds: [Double]) {
    #expect(bounds.first == first)
    #expect(bounds.last == last)
    #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
    #expect(thresholds.allSatisfy { bounds.contains($0) && $0 < last })
  }

  // MARK: Exemplars

  private func time(_ seconds: Int64) -> UTCTimestamp { UTCTimestamp(seconds: seconds) }

  @Test func everyBucketKeepsOneOfItsOwn() {
    var histogram = Histogram(bounds: [1, 2])
    histogram.observe(0.5, traceID: "old", at: time(1))
    histogram.observe(0.6, traceID: "new", at: time(2))
    histogram.observe(0.7, traceID: nil, at: time(3))
    histogram.observe(0.8)
    histogram.observe(9, traceID: "slow", at: time(4))
    #expect(histogram.exemplars[0] == Exemplar("new", 0.6, at: time(2)))
    #expect(histogram.exemplars[1] == nil)
    #expect(histogram.exemplars[2] == Exemplar("slow", 9, at: time(4)))
    #expect(histogram.counts == [4, 0, 1])
  }

  /// Under load most calls leave the exemplars alone.
  @Test func anExemplarStaysForASecond() {
    var histogram = Histogram(bounds: [1])
    let start = UTCTimestamp(seconds: 100)
    let steps: [(after: Int64, shown: String)] = [
      (0, "c0"), (1, "c0"), (999_999, "c0"), (1_000_000, "c3"), (1_000_001, "c3"), (2_000_000, "c5"), (500_000, "c6"),
    ]
    for (number, step) in steps.enumerated() {
      histogram.observe(0.5, traceID: "c\(number)", at: UTCTimestamp(microseconds: start.microseconds + step.after))
      #expect(histogram.exemplars[0]?.traceID == step.shown)
    }
    #expect(histogram.count == 7)
  }

  @Test func ofTwoReactorsTheNewerOneIsShown() {
    var one = Histogram(bounds: [1])
    var two = Histogram(bounds: [1])
    one.observe(0.1, traceID: "one", at: time(5))
    two.observe(0.2, traceID: "two", at: time(6))
    two.observe(5, traceID: "only", at: time(1))
    var merged = one
    merged.add(two)
    #expect(merged.exemplars.map { $0?.traceID } == ["two", "only"])
    two.add(one)
    #expect(two.exemplars.map { $0?.traceID } == ["two", "only"])
  }

  /// OpenMetrics: label name and value together at most 128 characters.
  @Test func aTraceIDThatIsTooLongIsNone() {
    let longest = String(repeating: "x", count: Exemplar.maxTraceIDBytes)
    #expect(Exemplar(longest, 1, at: .epoch) != nil)
    #expect(longest.count + "trace_id".count == Exemplar.maxCharacters)
    #expect(Exemplar(longest + "x", 1, at: .epoch) == nil)
    #expect(Exemplar("", 1, at: .epoch) == nil)
    #expect(Exemplar(nil, 1, at: .epoch) == nil)
  }
}
