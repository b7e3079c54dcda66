import Telemetry
import Testing
import Wire

@Suite struct PageTests {
  @Test func everyFiniteLabelSetStartsAtZero() {
    var page = MetricsPage()
    SIPCounters(rules: ["allowlist"]).write(to: &page)
    for direction in ["in", "out", "through"] {
      for result in ["answered", "failed", "rejected", "cancelled"] {
        #expect(page.text.contains("sip_calls_total{direction=\"\(direction)\",result=\"\(result)\"} 0\n"))
      }
    }
    #expect(page.text.contains("sip_requests_total{method=\"INVITE\",transport=\"udp\"} 0\n"))
    #expect(page.text.contains("sip_security_rejections_total{rule=\"allowlist\"} 0\n"))
    #expect(page.text.contains("sip_call_setup_seconds_bucket{le=\"0.005\"} 0\n"))
    #expect(page.text.contains("sip_call_setup_seconds_bucket{le=\"2.0\"} 0\n"))
  }

  @Test func challengesAreNoErrors() {
    var counters = SIPCounters()
    for status in [100, 180, 200, 407, 401, 486, 99, 700, -1] { counters.response(status) }
    var page = MetricsPage()
    counters.write(to: &page)
    #expect(page.text.contains("sip_responses_total{class=\"4xx\"} 3\n"))
    #expect(page.text.contains("sip_errors_total{status=\"486\"} 1\n"))
    #expect(!page.text.contains("status=\"407\""))
  }

  @Test func bucketsCumulate() {
    var page = MetricsPage()
    var histogram = Histogram(bounds: [1, 2])
    for value in [0.5, 1.5, 9] { histogram.observe(value) }
    page.histogram("x_seconds", help: "x", histogram)
    #expect(
      page.text == """
        # HELP x_seconds x
        # TYPE x_seconds histogram
        x_seconds_bucket{le="1.0"} 1
        x_seconds_bucket{le="2.0"} 2
        x_seconds_bucket{le="+Inf"} 3
        x_seconds_sum 11
        x_seconds_count 3

        """)
  }

  @Test func labelValuesAreEscaped() {
    var page = MetricsPage()
    page.sample("a", [("b", "c\"d\\e\nf")], UInt64(1))
    #expect(page.text == "a{b=\"c\\\"d\\\\e\\nf\"} 1\n")
  }

  @Test func countersOfReactorsAdd() {
    var one = SIPCounters(rules: ["rate"])
    var two = SIPCounters(rules: ["rate"])
    one.call(.through, .answered)
    two.call(.through, .answered)
    two.call(.out, .failed)
    two.rejection("rate")
    one.request(.invite, .udp)
    one.add(two)
    #expect(one.callCount(.through, .answered) == 2)
    #expect(one.callCount(.out, .failed) == 1)
    #expect(one.rejectionCount("rate") == 1)
  }

  @Test func exemplarsOfReactorsAreTheNewest() {
    var one = SIPCounters()
    var two = SIPCounters()
    one.call(.through, .failed, traceID: "first", at: UTCTimestamp(seconds: 1))
    two.call(.through, .failed, traceID: "second", at: UTCTimestamp(seconds: 2))
    two.call(.through, .failed, traceID: nil, at: UTCTimestamp(seconds: 3))
    one.response(503, traceID: "second", at: UTCTimestamp(seconds: 2))
    one.response(200, traceID: "third", at: UTCTimestamp(seconds: 2))
    one.response(407, traceID: "third", at: UTCTimestamp(seconds: 2))
    one.add(two)
    var page = MetricsPage(.openMetrics)
    one.write(to: &page)
    #expect(
      page.text.contains(
        #"sip_calls_total{direction="through",result="failed"} 3 # {trace_id="second"} 1 2.000000\#n"#))
    #expect(page.text.contains(#"sip_errors_total{status="503"} 1 # {trace_id="second"} 1 2.000000\#n"#))
    #expect(!page.text.contains("third"))
    #expect(!page.text.contains("first"))
    var plain = MetricsPage()
    one.write(to: &plain)
    #expect(!plain.text.contains("trace_id"))
    #expect(plain.text.contains(#"sip_errors_total{status="503"} 1\#n"#))
  }

  @Test func organisationsAreThoseOfTheRegistry() {
    var one = SIPCounters()
    one.know(organisations: ["a", "b"])
    one.decided("rule", allowed: true, organisation: "a")
    one.decided("rule", allowed: false, organisation: "nobody's")
    one.decided("rule", allowed: false)
    var two = SIPCounters()
    two.know(organisations: ["a"])
    two.know(organisations: ["a", "c"])
    two.decided("rule", allowed: false, organisation: "a")
    one.add(two)
    var page = MetricsPage()
    one.write(to: &page)
    for (name, allowed, refused) in [("(others)", 0, 1), ("a", 1, 1), ("b", 0, 0), ("c", 0, 0)] {
      for (decision, count) in [("allowed", allowed), ("refused", refused)] {
        #expect(
          page.text.contains(
            "guard_organisation_decisions_total{organisation=\"\(name)\",decision=\"\(decision)\"} \(count)\n"))
      }
    }
    #expect(!page.text.contains("nobody"))
  }

  @Test func organisationsBeyondTheLimitShareALabel() {
    var counters = SIPCounters()
    let limit = SIPCounters.maxOrganisations
    counters.know(organisations: (0...limit).map { "o\($0)" })
    counters.decided("rule", allowed: true, organisation: "o\(limit - 1)")
    counters.decided("rule", allowed: true, organisation: "o\(limit)")
    var page = MetricsPage()
    counters.write(to: &page)
    let family = "guard_organisation_decisions_total"
    #expect(page.text.contains("\(family){organisation=\"o\(limit - 1)\",decision=\"allowed\"} 1\n"))
    #expect(page.text.contains("\(family){organisation=\"(others)\",decision=\"allowed\"} 1\n"))
    #expect(!page.text.contains("o\(limit)\""))
  }

  // MARK: OpenMetrics

  @Test func openMetricsNamesFamiliesAndEnds() {
    var page = MetricsPage(.openMetrics)
    page.family("work_seconds_total", .counter, unit: .seconds, help: #"Say "so"\, or not."#)
    page.sample("work_seconds_total", 1.5, Exemplar("abc", 1, at: UTCTimestamp(microseconds: 1_500_000_000_000_007)))
    page.family("build_info", .info, help: "x")
    page.sample("build_info", [("version", "1")], UInt64(1))
    page.family("depth", .gauge, unit: .bytes, help: "a unit that the name has not is none")
    page.sample("depth", UInt64(3))
    #expect(
      page.text == #"""
        # TYPE work_seconds counter
        # UNIT work_seconds seconds
        # HELP work_seconds Say \"so\"\\, or not.
        work_seconds_total 1.5 # {trace_id="abc"} 1 1500000000.000007
        # TYPE build info
        # HELP build x
        build_info{version="1"} 1
        # TYPE depth gauge
        # HELP depth a unit that the name has not is none
        depth 3
        # EOF

        """#)
  }

  @Test func textHasTheSameSamplesAndNoMore() {
    func write(_ format: MetricsFormat) -> [Substring] {
      var page = MetricsPage(format)
      var counters = SIPCounters(rules: ["rate"], limits: ["calls"], decisions: [("closed", false)])
      counters.call(.through, .answered, traceID: "t", at: .epoch)
      counters.setup.observe(0.3, traceID: "t", at: .epoch)
      counters.write(to: &page)
      page.family("build_info", .info, help: "x")
      page.sample("build_info", [("version", "1")], UInt64(1))
      return page.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        .map { line in line.firstRange(of: " # ").map { line[..<$0.lowerBound] } ?? line }
    }
    #expect(write(.prometheusText) == write(.openMetrics))
  }

  @Test func textNamesCountersInFullAndKnowsNoInfo() {
    var page = MetricsPage()
    page.family("a_total", .counter, unit: .seconds, help: #"Say "so"\#nand \."#)
    page.family("build_info", .info, help: "x")
    #expect(
      page.text == #"""
        # HELP a_total Say "so"\nand \\.
        # TYPE a_total counter
        # HELP build_info x
        # TYPE build_info gauge

        """#)
  }

  /// One name, one family: what a sample of one is called may not be what another is called.
  @Test(arguments: [
    ("a_total", MetricsPage.Kind.counter, "a", MetricsPage.Kind.gauge, false),
    ("a", .gauge, "a_total", .counter, false),
    ("a", .histogram, "a_count", .gauge, false), ("a_sum", .gauge, "a", .histogram, false),
    ("a_info", .info, "a", .gauge, false), ("a", .gauge, "a", .gauge, false), ("a", .gauge, "a_sum", .gauge, true),
    ("a_total", .counter, "a_bucket", .gauge, true), ("a", .histogram, "b", .histogram, true),
  ])
  func aNameIsTakenOnce(
    first: String, _ kind: MetricsPage.Kind, second: String, _ other: MetricsPage.Kind, isFree: Bool
  ) {
    for format in MetricsFormat.allCases {
      var page = MetricsPage(format)
      let isFirstWritten = page.family(first, kind, help: "x")
      #expect(isFirstWritten)
      let before = page.text
      let isWritten = page.family(second, other, help: "x")
      #expect(isWritten == isFree)
      #expect((page.text == before) != isFree)
    }
  }

  @Test(arguments: [
    (0.005, "0.005"), (1, "1.0"), (2.5, "2.5"), (10, "10.0"), (14_400, "14400.0"), (100_000, "100000.0"),
    (1_000_000, "1e+06"), (2_500_000, "2.5e+06"), (12_345_678, "1.2345678e+07"), (1e10, "1e+10"), (1e-6, "1e-06"),
    (0.0005, "0.0005"), (-1, "-1.0"),
  ])
  func boundsHaveOneText(bound: Double, text: String) {
    var page = MetricsPage()
    page.histogram("x", help: "x", Histogram(bounds: [bound]))
    #expect(page.text.contains("x_bucket{le=\"\(text)\"} 0\n"))
  }

  @Test func aHistogramWithoutASumHasNoCount() {
    var page = MetricsPage(.openMetrics)
    page.family("x", .histogram, help: "x")
    page.sample("x", [("a", "b")], Histogram(bounds: [1]), hasSum: false)
    #expect(page.text.hasSuffix("x_bucket{a=\"b\",le=\"1.0\"} 0\nx_bucket{a=\"b\",le=\"+Inf\"} 0\n# EOF\n"))
  }

  @Test func aLineEndOfTwoCharactersIsEscaped() {
    var page = MetricsPage()
    page.sample("a", [("b", "c\r\nd")], UInt64(1))
    #expect(page.text == "a{b=\"c\r\\nd\"} 1\n")
  }
}
