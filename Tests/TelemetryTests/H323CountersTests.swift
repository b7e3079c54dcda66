import Telemetry
import Testing

@Suite struct H323CountersTests {
  @Test func everySeriesBeginsWithZero() {
    var page = MetricsPage()
    H323Counters().write(to: &page, isRegistered: false)
    for side in ["gateway", "council"] {
      for result in ["answered", "failed", "rejected", "cancelled"] {
        #expect(page.text.contains("h323_calls_total{side=\"\(side)\",result=\"\(result)\"} 0\n"))
      }
      #expect(page.text.contains("h323_active_calls{side=\"\(side)\"} 0\n"))
    }
    for message in ["GRQ", "RRQ", "URQ", "ARQ", "BRQ", "DRQ", "LRQ", "IRQ", "RAI", "other"] {
      for result in ["confirmed", "rejected", "repeated", "ignored", "unanswered"] {
        #expect(page.text.contains("h323_ras_requests_total{message=\"\(message)\",result=\"\(result)\"} 0\n"))
      }
    }
    for name in ["council_participants", "council_rooms", "h323_gateway_registered"] {
      #expect(page.text.contains("\n\(name) 0\n"))
    }
  }

  @Test func countersAreAddedAndWritten() {
    var one = H323Counters()
    one.call(.council, .answered)
    one.call(.gateway, .failed)
    one.request(.admission, .rejected)
    one.participants = 3
    one.rooms = 1
    one.gatewayCalls = 1
    one.councilCalls = 4
    var sum = one
    sum.add(one)
    #expect(sum.callCount(.council, .answered) == 2 && sum.callCount(.council, .failed) == 0)
    #expect(sum.callCount(.gateway, .answered) == 0 && sum.callCount(.gateway, .failed) == 2)
    #expect(sum.requestCount(.admission, .rejected) == 2 && sum.requestCount(.admission, .confirmed) == 0)
    var page = MetricsPage(.openMetrics)
    sum.write(to: &page, isRegistered: true)
    for line in [
      "# TYPE h323_calls counter", "h323_calls_total{side=\"council\",result=\"answered\"} 2",
      "h323_calls_total{side=\"gateway\",result=\"failed\"} 2",
      "h323_ras_requests_total{message=\"ARQ\",result=\"rejected\"} 2", "council_participants 6", "council_rooms 2",
      "h323_active_calls{side=\"gateway\"} 2", "h323_active_calls{side=\"council\"} 8", "h323_gateway_registered 1",
    ] {
      #expect(page.text.contains(line + "\n"), "\(line)")
    }
  }

  @Test func strangeNamesMakeNoSeries() {
    #expect(RASRequestLabel(name: "ARQ") == .admission && RASRequestLabel(name: "XYZ") == .other)
    #expect(RASResultLabel(name: "rejected") == .rejected && RASResultLabel(name: "malformed") == .ignored)
  }

  @Test func withoutACouncilNobodyIsMissed() {
    var page = MetricsPage()
    H323Counters().write(to: &page, isRegistered: nil)
    #expect(!page.text.contains("h323_gateway_registered"))
  }
}
