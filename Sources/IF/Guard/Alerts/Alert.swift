public import Wire

/// One alert of a monitoring system, as far as it is kept: texts are cut to ``AlertLimits`` and hold no control characters.
public struct Alert: Sendable, Hashable {
  /// One label beside the name and the severity.
  public struct Label: Sendable, Hashable {
    /// Its name: letters, digits and `_`.
    public var name: String
    /// Its value.
    public var value: String

    /// A label.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// What tells this alert from every other one, as the sender names it. Two with one fingerprint are one.
  public var fingerprint: String
  /// The name of its rule (label `alertname`).
  public var name: String
  /// How bad it is, in the rule's own word (label `severity`); empty when the rule says nothing.
  public var severity: String
  /// Since when it fires, by the sender's clock.
  public var startsAt: UTCTimestamp
  /// Its other labels, in the order of their names.
  public var labels: [Label]
  /// A sentence for people (annotation `summary`).
  public var summary: String?

  /// An alert; the texts are cut and cleaned.
  public init(
    fingerprint: String, name: String, severity: String = "", startsAt: UTCTimestamp, labels: [Label] = [],
    summary: String? = nil
  ) {
    self.fingerprint = HarmlessText.of(fingerprint, maxBytes: AlertLimits.maxTextBytes)
    self.name = HarmlessText.of(name, maxBytes: AlertLimits.maxTextBytes)
    self.severity = HarmlessText.of(severity, maxBytes: AlertLimits.maxTextBytes)
    self.startsAt = startsAt
    self.labels = labels.sorted { $0.name < $1.name }.prefix(AlertLimits.maxLabels).map {
      Label($0.name, HarmlessText.of($0.value, maxBytes: AlertLimits.maxTextBytes))
    }
    self.summary = summary.map { HarmlessText.of($0, maxBytes: AlertLimits.maxSummaryBytes) }
  }
}

/// What is kept of alerts at the most. A text that is longer is cut, a label beyond the limit left out; a notification
/// beyond its limit is refused.
public enum AlertLimits {
  /// Alerts in one notification.
  public static let maxAlerts = 100
  /// Labels that one alert may have to be read at all; a hundred times as many as rules have.
  public static let maxLabelsRead = 1_000
  /// Labels of an alert that are kept, besides its name and severity.
  public static let maxLabels = 16
  /// Bytes of a name, a fingerprint or a label's value.
  public static let maxTextBytes = 128
  /// Bytes of a label's name; one with a longer name is left out.
  public static let maxLabelNameBytes = 64
  /// Bytes of a summary.
  public static let maxSummaryBytes = 256
  /// Alerts that are known to fire at one time.
  public static let maxFiring = 256
  /// Severities that may raise the posture.
  public static let maxSeverities = 16
}

/// What IF.guard does about alerts besides writing them down.
public struct AlertPolicy: Sendable, Hashable {
  /// The posture that an alert raises to; nil: none does.
  public var raisesTo: Posture?
  /// The severities of those that raise it.
  public var severities: Set<String>
  /// After how long without a word about it an alert no longer counts as firing; nil: never.
  public var forgetAfter: Duration?

  /// A policy; without arguments the default, which is that alerts are written down and change nothing.
  public init(
    raisesTo: Posture? = nil, severities: Set<String> = ["critical"], forgetAfter: Duration? = .seconds(3_600)
  ) {
    self.raisesTo = raisesTo
    self.severities = severities
    self.forgetAfter = forgetAfter
  }
}
