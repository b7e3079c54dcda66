import Guard
import Testing
import Wire

/// The body of Alertmanager's webhook.
@Suite struct AlertNotificationTests {
  /// As Alertmanager 0.25 sends it.
  static let body = """
    {"receiver":"if-guard","status":"firing","alerts":[
      {"status":"firing","labels":{"alertname":"SIPCallsFailing","instance":"127.0.0.1:9464","job":"ifsip-proxy",
        "severity":"critical"},"annotations":{"description":"long","summary":"6 calls failed"},
        "startsAt":"2026-01-01T00:00:10.5Z","endsAt":"0001-01-01T00:00:00Z",
        "generatorURL":"http://127.0.0.1:9090/graph","fingerprint":"1e12c1fd30a2ab30"},
      {"status":"resolved","labels":{"alertname":"Other"},"annotations":{},
        "startsAt":"2026-01-01T01:00:00.123456789+01:00","endsAt":"2026-01-01T00:00:20Z","generatorURL":"",
        "fingerprint":"f00d"}],
     "groupLabels":{"alertname":"SIPCallsFailing"},"commonLabels":{},"commonAnnotations":{},
     "externalURL":"http://127.0.0.1:9093","version":"4","groupKey":"{}:{alertname=\\"SIPCallsFailing\\"}",
     "truncatedAlerts":3}
    """

  static func parse(_ text: String) throws -> AlertNotification { try AlertNotification(try JSONValue(parsing: text)) }

  @Test func asAlertmanagerSendsIt() throws {
    let notification = try Self.parse(Self.body)
    #expect(notification.truncated == 3)
    #expect(
      notification.entries == [
        .init(
          Alert(
            fingerprint: "1e12c1fd30a2ab30", name: "SIPCallsFailing", severity: "critical",
            startsAt: .at(10) + .milliseconds(500),
            labels: [.init("instance", "127.0.0.1:9464"), .init("job", "ifsip-proxy")], summary: "6 calls failed")),
        .init(
          Alert(fingerprint: "f00d", name: "Other", startsAt: .at(0) + .microseconds(123_456)), isResolved: true,
          endsAt: .at(20)),
      ])
  }

  @Test func anEmptyListIsOne() throws {
    #expect(try Self.parse(#"{"version":"4","alerts":[]}"#) == AlertNotification([]))
  }

  @Test(
    arguments: [
      ("{}", "version"), ("[]", "version"), ("null", "version"), (#"{"version":4,"alerts":[]}"#, "version"),
      (#"{"version":"3","alerts":[]}"#, "version"), (#"{"version":"4"}"#, "alerts must"),
      (#"{"version":"4","alerts":{}}"#, "alerts must"), (#"{"version":"4","alerts":[7]}"#, "alerts[0].status"),
    ])
  func whatIsNone(text: String, reason: String) {
    #expect(refusal(text)?.hasPrefix(reason) == true, "\(text)")
  }

  func refusal(_ text: String) -> String? {
    do {
      _ = try Self.parse(text)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// One member of a good alert replaced, or taken away (nil).
  @Test(
    arguments: [
      ("status", #""burning""#, "status"), ("status", "1", "status"), ("status", nil, "status"),
      ("labels", nil, "labels must"), ("labels", "[]", "labels must"), ("labels", "{}", "labels.alertname"),
      ("labels", #"{"alertname":""}"#, "labels.alertname"), ("labels", #"{"alertname":1}"#, "labels.alertname"),
      ("fingerprint", nil, "fingerprint"), ("fingerprint", #""""#, "fingerprint"), ("fingerprint", "1", "fingerprint"),
      ("startsAt", nil, "startsAt"), ("startsAt", #""yesterday""#, "startsAt"), ("startsAt", "0", "startsAt"),
    ] as [(String, String?, String)])
  func whatIsNoAlert(member: String, value: String?, reason: String) throws {
    var alert = try good()
    alert[member] = try value.map { try JSONValue(parsing: $0) }
    let text = JSONValue.object(["version": "4", "alerts": [.object(alert)]]).description
    #expect(refusal(text)?.hasPrefix("alerts[0].\(reason)") == true)
  }

  func good() throws -> JSONObject {
    let text = """
      {"status":"firing","labels":{"alertname":"A"},"startsAt":"2026-01-01T00:00:00Z","fingerprint":"f"}
      """
    return try #require(try JSONValue(parsing: text).object)
  }

  @Test(arguments: [nil, "null", "7", #""0001-01-01T00:00:00Z""#, #""soon""#] as [String?])
  func anEndThatIsNotSaid(value: String?) throws {
    var alert = try good()
    alert["status"] = "resolved"
    alert["endsAt"] = try value.map { try JSONValue(parsing: $0) }
    let entry = try AlertNotification(["version": "4", "alerts": [.object(alert)]]).entries[0]
    #expect(entry.isResolved && entry.endsAt == nil)
  }

  // MARK: Limits

  @Test func asManyAlertsAsTheLimitAndNotOneMore() throws {
    let alert = JSONValue.object(try good())
    func body(_ count: Int) -> JSONValue {
      ["version": "4", "alerts": .array([JSONValue](repeating: alert, count: count))]
    }
    #expect(try AlertNotification(body(AlertLimits.maxAlerts)).entries.count == AlertLimits.maxAlerts)
    #expect(throws: AlertNotificationError.self) { try AlertNotification(body(AlertLimits.maxAlerts + 1)) }
  }

  @Test func longTextsAreCut() throws {
    func text(_ count: Int) -> String { String(repeating: "é", count: count / 2) }
    for (bytes, expected) in [
      (AlertLimits.maxTextBytes, AlertLimits.maxTextBytes),
      (AlertLimits.maxTextBytes + 2, AlertLimits.maxTextBytes - 1),
    ] {
      var alert = try good()
      alert["labels"] = [
        "alertname": .string(text(bytes)), "severity": .string(text(bytes)), "x": .string(text(bytes)),
      ]
      alert["annotations"] = ["summary": .string(text(bytes + AlertLimits.maxSummaryBytes - AlertLimits.maxTextBytes))]
      let read = try AlertNotification(["version": "4", "alerts": [.object(alert)]]).entries[0].alert
      #expect(read.name.utf8.count == expected && read.severity.utf8.count == expected)
      #expect(read.labels.first?.value.utf8.count == expected)
      #expect(read.summary?.utf8.count == expected + AlertLimits.maxSummaryBytes - AlertLimits.maxTextBytes)
      #expect(read.name.hasSuffix("…") == (bytes > AlertLimits.maxTextBytes))
    }
    // A fingerprint is never cut: two could become one.
    var alert = try good()
    alert["fingerprint"] = .string(text(AlertLimits.maxTextBytes))
    #expect(try AlertNotification(["version": "4", "alerts": [.object(alert)]]).entries.count == 1)
    alert["fingerprint"] = .string(text(AlertLimits.maxTextBytes + 2))
    #expect(throws: AlertNotificationError.self) {
      try AlertNotification(["version": "4", "alerts": [.object(alert)]])
    }
  }

  @Test func labelsBeyondTheLimitAreLeftOut() throws {
    for (count, kept) in [
      (AlertLimits.maxLabels, AlertLimits.maxLabels), (AlertLimits.maxLabels + 1, AlertLimits.maxLabels),
      (AlertLimits.maxLabelsRead - 1, AlertLimits.maxLabels),
    ] {
      var labels: JSONObject = ["alertname": "A"]
      for number in 0..<count { labels["l\(number + 1_000)"] = "v" }
      var alert = try good()
      alert["labels"] = .object(labels)
      let read = try AlertNotification(["version": "4", "alerts": [.object(alert)]]).entries[0].alert
      #expect(read.labels.map(\.name) == (0..<kept).map { "l\($0 + 1_000)" })
    }
    var labels: JSONObject = ["alertname": "A"]
    for number in 0..<AlertLimits.maxLabelsRead { labels["l\(number)"] = "v" }
    var alert = try good()
    alert["labels"] = .object(labels)
    #expect(throws: AlertNotificationError.self) {
      try AlertNotification(["version": "4", "alerts": [.object(alert)]])
    }
  }

  @Test func oddLabelsAreLeftOutAndOddCharactersReplaced() throws {
    var alert = try good()
    alert["labels"] = [
      "alertname": "A\nB\u{202E}", "a b": "1", "": "2", "é": "3", "ok_9": "x\u{7}y", "number": 7,
      .init(repeating: "n", count: AlertLimits.maxLabelNameBytes): "fits",
      .init(repeating: "m", count: AlertLimits.maxLabelNameBytes + 1): "too long",
    ]
    alert["annotations"] = ["summary": "one\r\ntwo"]
    let read = try AlertNotification(["version": "4", "alerts": [.object(alert)]]).entries[0].alert
    #expect(read.name == "A\u{FFFD}B\u{FFFD}" && read.summary == "one\u{FFFD}\u{FFFD}two")
    #expect(read.labels.map(\.value) == ["fits", "x\u{FFFD}y"])
  }
}
