/// The form in which the metrics page is written, and how a scraper asks for one.
public enum MetricsFormat: String, Sendable, CaseIterable {
  /// Prometheus text, version 0.0.4: what whoever asks for nothing gets.
  case prometheusText
  /// OpenMetrics text, version 1.0.0: with units, exemplars and an end.
  case openMetrics

  /// The `Content-Type` of the page.
  public var contentType: String {
    switch self {
    case .prometheusText: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  private var type: (String, String, version: String) {
    switch self {
    case .prometheusText: ("text", "plain", "0.0.4")
    case .openMetrics: ("application", "openmetrics-text", "1.0.0")
    }
  }

  /// The form that an `Accept` field prefers (RFC 9110 §12.5.1).
  ///
  /// Among forms of one weight OpenMetrics is given where it was named, text where a wildcard asked. Who accepts neither
  /// gets text: a page that says more than was asked is better than none (§12.4.1).
  ///
  /// - Parameter accept: the field's value; several fields joined by commas. Nil or empty: none came.
  public init(accept: String?) {
    let ranges = QualityValue.list(accept ?? "")
    let text = Self.prometheusText.match(ranges)
    let open = Self.openMetrics.match(ranges)
    let isOpen =
      open.weight > text.weight || open.weight == text.weight && open.weight > 0 && open.precision > 1
    self = isOpen ? .openMetrics : .prometheusText
  }

  /// How much a form is wanted (thousandths), by the most precise range that covers it: 0 `*/*`, 1 `type/*`, 2 the type,
  /// 3 the type and its version.
  private func match(_ ranges: [QualityValue]) -> (weight: Int, precision: Int) {
    var best = (weight: 0, precision: -1)
    for range in ranges {
      guard let precision = precision(of: range), precision > best.precision else { continue }
      best = (range.weight, precision)
    }
    return best
  }

  private func precision(of range: QualityValue) -> Int? {
    let parts = range.value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let (kind, form, version) = type
    if parts[0] == "*", parts[1] == "*" { return 0 }
    guard parts[0] == kind else { return nil }
    if parts[1] == "*" { return 1 }
    guard parts[1] == form else { return nil }
    // `charset` and `escaping` change nothing for names and labels like ours.
    guard let wanted = range.parameters.first(where: { $0.name == "version" }) else { return 2 }
    return wanted.value == version ? 3 : nil
  }
}

/// Whether an answer may be compressed (RFC 9110 §12.5.3).
public enum ContentCoding: Sendable {
  /// As it is.
  case identity
  /// `gzip`.
  case gzip

  /// What an `Accept-Encoding` field prefers; gzip wins where both are wanted as much.
  ///
  /// - Parameter acceptEncoding: the field's value; several fields joined by commas. Nil: none came.
  public init(acceptEncoding: String?) {
    var gzip: Int?
    var identity: Int?
    var others: Int?
    for coding in QualityValue.list(acceptEncoding ?? "") {
      switch coding.value {
      case "gzip", "x-gzip": gzip = max(gzip ?? 0, coding.weight)
      case "identity": identity = coding.weight
      case "*": others = coding.weight
      default: break
      }
    }
    let wish = gzip ?? others ?? 0
    self = wish > 0 && wish >= identity ?? 0 ? .gzip : .identity
  }
}
