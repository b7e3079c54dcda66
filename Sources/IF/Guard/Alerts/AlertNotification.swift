public import Wire

/// What Alertmanager posts to a webhook, version 4 of its form: some alerts, each firing or resolved.
///
/// Of the rest of the body (`groupKey`, `status` of the group, `receiver`, `commonLabels` …) nothing is needed: every
/// alert says all of it once more for itself.
public struct AlertNotification: Sendable, Hashable {
  /// One alert, and what is said of it.
  public struct Entry: Sendable, Hashable {
    /// The alert.
    public var alert: Alert
    /// Whether it has ended.
    public var isResolved: Bool
    /// When it ended, by the sender's clock; nil while it fires, and where the sender does not say.
    public var endsAt: UTCTimestamp?

    /// An entry.
    public init(_ alert: Alert, isResolved: Bool = false, endsAt: UTCTimestamp? = nil) {
      self.alert = alert
      self.isResolved = isResolved
      self.endsAt = endsAt
    }
  }

  /// The alerts, in the body's order.
  public var entries: [Entry]
  /// How many more there are, which the sender left out (`truncatedAlerts`).
  public var truncated: Int64

  /// A notification of these.
  public init(_ entries: [Entry], truncated: Int64 = 0) {
    self.entries = entries
    self.truncated = truncated
  }

  /// Reads a body. Members that are not needed are not looked at.
  public init(_ body: JSONValue) throws(AlertNotificationError) {
    guard body["version"]?.string == "4" else {
      throw AlertNotificationError("version must be \"4\": the webhook of Alertmanager")
    }
    guard let alerts = body["alerts"]?.array else { throw AlertNotificationError("alerts must be a list") }
    guard alerts.count <= AlertLimits.maxAlerts else {
      throw AlertNotificationError(
        "alerts holds \(alerts.count); at most \(AlertLimits.maxAlerts): set max_alerts of the webhook to that")
    }
    entries = []
    for (index, value) in alerts.enumerated() { entries.append(try Self.entry(value, at: index)) }
    truncated = max(0, body["truncatedAlerts"]?.integer ?? 0)
  }

  private static func entry(_ value: JSONValue, at index: Int) throws(AlertNotificationError) -> Entry {
    func wrong(_ what: String) -> AlertNotificationError { AlertNotificationError("alerts[\(index)].\(what)") }
    let isResolved: Bool
    switch value["status"]?.string {
    case "firing": isResolved = false
    case "resolved": isResolved = true
    default: throw wrong("status must be firing or resolved")
    }
    guard let labels = value["labels"]?.object, labels.count <= AlertLimits.maxLabelsRead else {
      throw wrong("labels must be an object of at most \(AlertLimits.maxLabelsRead)")
    }
    guard let name = labels["alertname"]?.string, !name.isEmpty else { throw wrong("labels.alertname is missing") }
    guard let fingerprint = value["fingerprint"]?.string,
      (1...AlertLimits.maxTextBytes).contains(fingerprint.utf8.count)
    else { throw wrong("fingerprint must be text of 1 to \(AlertLimits.maxTextBytes) bytes") }
    guard let startsAt = value["startsAt"]?.string.flatMap({ UTCTimestamp(rfc3339: $0) }) else {
      throw wrong("startsAt is no RFC 3339 time")
    }
    // Go's zero time stands for none.
    let endsAt = value["endsAt"]?.string.flatMap { UTCTimestamp(rfc3339: $0) }.flatMap { $0 == .earliest ? nil : $0 }
    let alert = Alert(
      fingerprint: fingerprint, name: name, severity: labels["severity"]?.string ?? "", startsAt: startsAt,
      labels: labels.compactMap { label($0.name, $0.value) }, summary: value["annotations"]?["summary"]?.string)
    return Entry(alert, isResolved: isResolved, endsAt: isResolved ? endsAt : nil)
  }

  /// A label to keep; nil for those with a place of their own, and those whose name is none of Prometheus' plain ones.
  private static func label(_ name: String, _ value: JSONValue) -> Alert.Label? {
    guard let text = value.string, name != "alertname", name != "severity",
      (1...AlertLimits.maxLabelNameBytes).contains(name.utf8.count),
      name.utf8.allSatisfy({ $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) })
    else { return nil }
    return Alert.Label(name, text)
  }
}

/// Why a body is no notification: a sentence for whoever set up the sender. It holds nothing that the sender wrote.
public struct AlertNotificationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The sentence.
  public let description: String

  init(_ description: String) { self.description = description }
}
