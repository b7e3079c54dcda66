import CoreMetrics
import Synchronization
import Telemetry
import Testing

@Suite struct CollectorTests {
  private func page(_ collector: MetricsCollector, _ format: MetricsFormat = .prometheusText) -> String {
    var page = MetricsPage(format)
    collector.write(to: &page)
    return page.text
  }

  @Test func everyKindAppearsUnderItsName() {
    let collector = MetricsCollector()
    Counter(label: "my.requests", dimensions: [("kind", "good")], factory: collector).increment(by: 2)
    FloatingPointCounter(label: "volume_total", factory: collector).increment(by: 1.5)
    Gauge(label: "depth", factory: collector).record(3)
    Meter(label: "level", factory: collector).set(-1.25)
    Recorder(label: "size", factory: collector).record(7)
    Timer(label: "http.duration", factory: collector).recordNanoseconds(30_000_000)
    let text = page(collector)
    for line in [
      "# HELP my_requests_total my.requests, as a library counts it (swift-metrics).",
      "# TYPE my_requests_total counter",
      #"my_requests_total{kind="good"} 2"#, "# TYPE volume_total counter", "volume_total 1.5", "# TYPE depth gauge",
      "depth 3", "level -1.25", "# TYPE size histogram", #"size_bucket{le="5.0"} 0"#, #"size_bucket{le="10.0"} 1"#,
      "size_sum 7", "size_count 1", #"http_duration_seconds_bucket{le="0.025"} 0"#,
      #"http_duration_seconds_bucket{le="0.05"} 1"#, "http_duration_seconds_sum 0.03", "ifsip_metrics_series 6",
      #"ifsip_metrics_refused_total{reason="too-many-series"} 0"#, #"ifsip_metrics_refused_total{reason="unnamed"} 0"#,
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    let open = page(collector, .openMetrics)
    #expect(open.contains("# UNIT http_duration_seconds seconds\n"))
    #expect(open.contains("# TYPE volume counter\n"))
  }

  @Test func whatIsNoIncrementIsNone() {
    let collector = MetricsCollector()
    let counter = collector.makeCounter(label: "a", dimensions: [])
    counter.increment(by: 5)
    counter.increment(by: -3)
    let sum = collector.makeFloatingPointCounter(label: "b", dimensions: [])
    for amount in [2.5, -1, .nan, .infinity] { sum.increment(by: amount) }
    let timer = collector.makeTimer(label: "c", dimensions: [])
    timer.recordNanoseconds(-1)
    timer.recordNanoseconds(0)
    let recorder = collector.makeRecorder(label: "d", dimensions: [], aggregate: true)
    recorder.record(Double.nan)
    recorder.record(Double.infinity)
    recorder.record(1.0)
    var text = page(collector)
    for line in ["a_total 5", "b_total 2.5", "c_seconds_count 1", "d_count 1", "d_sum 1"] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    counter.reset()
    sum.reset()
    // From the first negative number on a sum would go up and down, which a scraper takes for a restart.
    recorder.record(Int64(-2))
    text = page(collector)
    #expect(text.contains("a_total 0\n"))
    #expect(text.contains("b_total 0\n"))
    #expect(text.contains(#"d_bucket{le="1.0"} 2"# + "\n"))
    #expect(text.contains(#"d_bucket{le="+Inf"} 2"# + "\n"))
    #expect(!text.contains("d_sum"))
    #expect(!text.contains("d_count"))
  }

  @Test(arguments: [
    ("http.server.active_requests", "http_server_active_requests"), ("9lives", "_9lives"), ("a:b", "a_b"),
    ("größe", "gr__e"), ("a\nb 1", "a_b_1"), ("x{y=\"z\"} 1", "x_y__z___1"),
  ])
  func namesAreWhatPrometheusTakes(label: String, name: String) {
    let collector = MetricsCollector()
    Meter(label: label, factory: collector).set(1)
    let lines = page(collector).split(separator: "\n")
    #expect(lines.contains("\(name) 1"))
    // Whatever a label is, a line of it is a line.
    #expect(lines.count == 3 + 3 + 2 + MetricsCollector.Refusal.allCases.count)
  }

  @Test func labelsAreWhatPrometheusTakes() {
    let collector = MetricsCollector()
    let dimensions = [
      ("http.route", "/a\"b\\c\nd"), ("le", "1"), ("__name__", "x"), ("http_route", "second"), ("2nd", "z"),
    ]
    Meter(label: "m", dimensions: dimensions, factory: collector).set(1)
    #expect(
      page(collector).contains(
        #"m{_2nd="z",_name__="x",http_route="/a\"b\\c\nd",http_route_="second",le_="1"} 1"# + "\n"))
  }

  @Test func theSameMetricIsTheSameSeries() {
    let collector = MetricsCollector()
    let one = Counter(label: "a.b", dimensions: [("x", "1"), ("y", "2")], factory: collector)
    let two = Counter(label: "a_b", dimensions: [("y", "2"), ("x", "1")], factory: collector)
    one.increment()
    two.increment()
    #expect(collector.seriesCount == 1)
    #expect(page(collector).contains(#"a_b_total{x="1",y="2"} 2"# + "\n"))
    one.destroy()
    two.increment()
    #expect(page(collector).contains(#"a_b_total{x="1",y="2"} 3"# + "\n"))
    two.destroy()
    two.destroy()
    #expect(collector.seriesCount == 0)
    #expect(!page(collector).contains("a_b_total"))
    // The name is free again, for whatever kind.
    Meter(label: "a.b", factory: collector).set(4)
    #expect(page(collector).contains("a_b 4\n"))
  }

  @Test func everyKindCanBeDestroyed() {
    let collector = MetricsCollector()
    let counter = Counter(label: "a", factory: collector)
    let sum = FloatingPointCounter(label: "b", factory: collector)
    let meter = Meter(label: "c", factory: collector)
    let recorder = Recorder(label: "d", factory: collector)
    let timer = Timer(label: "e", factory: collector)
    #expect(collector.seriesCount == 5)
    counter.destroy()
    sum.destroy()
    meter.destroy()
    recorder.destroy()
    timer.destroy()
    #expect(collector.seriesCount == 0)
  }

  // MARK: Limits

  @Test func beyondTheLimitOfSeriesNothingIsMade() {
    var options = MetricsCollector.Options()
    options.limits.maxSeries = 3
    let told = Mutex<[UInt64]>([])
    let collector = MetricsCollector(options: options) { reason, label, times in
      #expect(reason == .tooManySeries)
      #expect(label == "c")
      told.withLock { $0.append(times) }
    }
    for number in 0..<3 { Counter(label: "c", dimensions: [("n", "\(number)")], factory: collector).increment() }
    #expect(collector.refusals.isEmpty)
    for number in 3..<13 { Counter(label: "c", dimensions: [("n", "\(number)")], factory: collector).increment() }
    // One that is there is found all the same.
    Counter(label: "c", dimensions: [("n", "0")], factory: collector).increment()
    #expect(collector.seriesCount == 3)
    #expect(collector.refusals == [.tooManySeries: 10])
    #expect(told.withLock { $0 } == [1, 2, 4, 8])
    let text = page(collector)
    #expect(text.contains(#"c_total{n="0"} 2"# + "\n"))
    #expect(!text.contains(#"n="3""#))
    #expect(text.contains("ifsip_metrics_series 3\n"))
    #expect(text.contains(#"ifsip_metrics_refused_total{reason="too-many-series"} 10"# + "\n"))
  }

  @Test func atEveryOtherLimitAndOneBeyond() {
    var options = MetricsCollector.Options()
    options.limits.maxLabels = 2
    options.limits.maxNameBytes = 4
    options.limits.maxValueBytes = 5
    let collector = MetricsCollector(options: options)
    let make = { (label: String, dimensions: [(String, String)]) in
      _ = collector.makeCounter(label: label, dimensions: dimensions)
    }
    make("name", [("labl", "value"), ("b", "")])
    #expect(collector.seriesCount == 1)
    make("names", [])
    make("name", [("label", "value")])
    make("name", [("labl", "values")])
    #expect(collector.refusals == [.tooLong: 3])
    make("name", [("a", ""), ("b", ""), ("c", "")])
    #expect(collector.refusals[.tooManyLabels] == 1)
    make("", [])
    make("-:-", [])
    make("name", [("_", "x")])
    #expect(collector.refusals[.unnamed] == 3)
    #expect(collector.seriesCount == 1)
  }

  @Test func aNameHasOneKind() {
    let collector = MetricsCollector()
    Counter(label: "a", factory: collector).increment()
    Meter(label: "a", factory: collector).set(9)
    FloatingPointCounter(label: "a", factory: collector).increment(by: 0.5)
    Recorder(label: "b.seconds", factory: collector).record(1)
    Timer(label: "b", factory: collector).recordSeconds(1)
    #expect(collector.refusals == [.nameTaken: 3])
    #expect(collector.seriesCount == 2)
    let text = page(collector)
    #expect(text.contains("a_total 1\n"))
    #expect(!text.contains("\na 9"))
    #expect(text.contains("b_seconds_count 1\n"))
  }

  @Test func ourOwnNamesAreNotForLibraries() {
    let collector = MetricsCollector()
    Meter(label: "sip.calls", factory: collector).set(1)
    Counter(label: "sip.active.calls", factory: collector).increment()
    Meter(label: "sip_call_setup_seconds_count", factory: collector).set(1)
    Meter(label: "free", factory: collector).set(1)
    for _ in 0..<2 {
      var page = MetricsPage()
      SIPCounters().write(to: &page)
      collector.write(to: &page)
      #expect(page.text.contains("\nfree 1\n"))
      #expect(!page.text.contains("sip_calls 1"))
      #expect(!page.text.contains("sip_active_calls_total"))
      #expect(page.text.components("# TYPE sip_call_setup_seconds").count == 2)
    }
    // Once each, not with every page.
    #expect(collector.refusals == [.nameTaken: 3])
  }

  @Test func manyThreadsCountTogether() async {
    let collector = MetricsCollector()
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for round in 0..<1_000 {
            Counter(label: "c", dimensions: [("n", "\(round % 7)")], factory: collector).increment()
            Timer(label: "t", factory: collector).recordNanoseconds(Int64(task + 1))
            FloatingPointCounter(label: "s", factory: collector).increment(by: 0.5)
            if round % 100 == 0 {
              var page = MetricsPage(.openMetrics)
              collector.write(to: &page)
            }
          }
        }
      }
    }
    let text = page(collector)
    let counted = (0..<7).map { number in
      text.split(separator: "\n").first { $0.hasPrefix("c_total{n=\"\(number)\"} ") }
        .flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    }
    #expect(counted.reduce(0, +) == 8_000)
    #expect(text.contains("t_seconds_count 8000\n"))
    #expect(text.contains("s_total 4000\n"))
    #expect(collector.seriesCount == 9)
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [Substring] { split(separator: separator) }
}
