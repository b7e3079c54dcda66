import Telemetry
import Testing

@Suite struct HistogramTests {
  @Test func bucketsAreInclusiveOfTheirBound() {
    var histogram = Histogram(bounds: [1, 2, 5])
    for value in [0.5, 1, 1.1, 2, 5, 5.1, .infinity] { histogram.observe(value) }
    #expect(histogram.counts == [2, 2, 1, 2])
    #expect(histogram.count == 7)
    histogram.observe(.nan)
    #expect(histogram.count == 7)
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
}

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
    #expect(page.text.contains("sip_call_setup_seconds_bucket{le=\"2\"} 0\n"))
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
        x_seconds_bucket{le="1"} 1
        x_seconds_bucket{le="2"} 2
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
}
