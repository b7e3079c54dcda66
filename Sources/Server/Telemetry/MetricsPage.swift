import Wire

/// Writes a page of metrics, as Prometheus text 0.0.4 or as OpenMetrics 1.0.
///
/// One family after the other: its head, then its samples. Names are given as samples have them (`sip_calls_total`);
/// where OpenMetrics wants the family's own name (`sip_calls`), it is made here. Label values and help are escaped; names
/// are ours or sanitised, so they are written as they stand. Exemplars and units exist in OpenMetrics only.
///
/// A bound of a bucket has the same text in both forms (`1.0`, as OpenMetrics wants it), so that a scraper that changes
/// its mind finds the same series.
public struct MetricsPage: Sendable {
  /// What a family's numbers mean.
  public enum Kind: String, Sendable {
    case counter, gauge, histogram
    /// A sample of 1 whose labels say something: a version.
    case info

    /// What samples of this kind may add to the family's name; all of these are taken with it.
    fileprivate var suffixes: [String] {
      switch self {
      case .counter: ["", "_total", "_created"]
      case .gauge: [""]
      case .histogram: ["", "_bucket", "_sum", "_count", "_created"]
      case .info: ["", "_info"]
      }
    }
  }

  /// What a family is measured in; its name ends so.
  public enum Unit: String, Sendable { case seconds, bytes }

  /// The form that is written.
  public let format: MetricsFormat
  private var lines = ""
  private var names: Set<String> = []

  /// An empty page.
  public init(_ format: MetricsFormat = .prometheusText) { self.format = format }

  /// The whole page.
  public var text: String { format == .openMetrics ? lines + "# EOF\n" : lines }

  // MARK: Families

  /// Starts a family: its `HELP`, `TYPE` and `UNIT` lines. Its samples follow.
  ///
  /// - Parameter name: as samples have it: a counter's ends in `_total`, an info's in `_info`.
  /// - Returns: false when the page has a family or sample of such a name already; then nothing has been written, and no
  ///   sample may follow.
  @discardableResult
  public mutating func family(_ name: String, _ kind: Kind, unit: Unit? = nil, help: String) -> Bool {
    let base = Self.base(of: name, kind)
    let taken = kind.suffixes.map { base + $0 }
    guard names.isDisjoint(with: taken) else { return false }
    names.formUnion(taken)
    switch format {
    case .prometheusText:
      lines += "# HELP \(name) \(Self.escaped(help, quotes: false))\n"
      lines += "# TYPE \(name) \(kind == .info ? Kind.gauge.rawValue : kind.rawValue)\n"
    case .openMetrics:
      lines += "# TYPE \(base) \(kind.rawValue)\n"
      if let unit, base.hasSuffix("_\(unit.rawValue)") { lines += "# UNIT \(base) \(unit.rawValue)\n" }
      lines += "# HELP \(base) \(Self.escaped(help, quotes: true))\n"
    }
    return true
  }

  /// A family's own name: without what its samples add.
  static func base(of name: String, _ kind: Kind) -> String {
    switch kind {
    case .counter where name.hasSuffix("_total"): String(name.dropLast(6))
    case .info where name.hasSuffix("_info"): String(name.dropLast(5))
    default: name
    }
  }

  // MARK: Samples

  /// One sample without labels.
  public mutating func sample(_ name: String, _ value: some SampleValue, _ exemplar: Exemplar? = nil) {
    sample(name, [], value, exemplar)
  }

  /// One sample with its labels, in the order given. An exemplar may stand behind a counter's or a bucket's.
  public mutating func sample(
    _ name: String, _ labels: [(name: String, value: String)], _ value: some SampleValue, _ exemplar: Exemplar? = nil
  ) {
    lines += "\(name)\(Self.rendered(labels)) \(value.sampleText)"
    if format == .openMetrics, let exemplar {
      lines += " # \(Self.rendered([(Exemplar.label, exemplar.traceID)])) \(exemplar.value.sampleText)"
      lines += " \(exemplar.time.sampleText)"
    }
    lines += "\n"
  }

  /// A whole histogram family with one series.
  public mutating func histogram(_ name: String, unit: Unit? = nil, help: String, _ histogram: Histogram) {
    if family(name, .histogram, unit: unit, help: help) { sample(name, [], histogram) }
  }

  /// One series of a histogram family.
  ///
  /// - Parameter hasSum: false leaves out the sum, which is none when observations can be negative, and with it, as
  ///   OpenMetrics wants, the count (`+Inf` says it all the same).
  public mutating func sample(
    _ name: String, _ labels: [(name: String, value: String)], _ histogram: Histogram, hasSum: Bool = true
  ) {
    var cumulated: UInt64 = 0
    for index in histogram.counts.indices {
      cumulated &+= histogram.counts[index]
      let bound = index < histogram.bounds.count ? histogram.bounds[index].boundText : "+Inf"
      sample(name + "_bucket", labels + [("le", bound)], cumulated, histogram.exemplars[index])
    }
    guard hasSum else { return }
    sample(name + "_sum", labels, histogram.sum)
    sample(name + "_count", labels, cumulated)
  }

  // MARK: Text

  private static func rendered(_ labels: [(name: String, value: String)]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// A number that can stand as a sample: whole or with a fraction.
public protocol SampleValue: Sendable {
  /// The number as Prometheus reads it.
  var sampleText: String { get }
}

extension UInt64: SampleValue {
  /// Plain decimal.
  public var sampleText: String { String(self) }
}

extension Double: SampleValue {
  /// Whole numbers without a fraction; `NaN`, `+Inf` and `-Inf` by name.
  public var sampleText: String {
    if isNaN { return "NaN" }
    if isInfinite { return self < 0 ? "-Inf" : "+Inf" }
    let whole = rounded(.towardZero)
    return whole == self && whole.magnitude < 1e15 ? String(Int64(whole)) : description
  }

  /// A bound of a bucket as OpenMetrics wants it ("canonical numbers"): `0.005`, `1.0`, `1e+06`.
  var boundText: String {
    guard isFinite else { return sampleText }
    guard magnitude >= 1e6, magnitude < 1e18, rounded(.towardZero) == self else { return description }
    // From a million on with an exponent, without zeros at the end.
    var digits = Substring(String(UInt64(magnitude)))
    let exponent = digits.utf8.count - 1
    while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
    let fraction = digits.dropFirst()
    let mantissa = String(digits.prefix(1)) + (fraction.isEmpty ? "" : "." + fraction)
    return "\(self < 0 ? "-" : "")\(mantissa)e+\(exponent < 10 ? "0" : "")\(exponent)"
  }
}

extension UTCTimestamp {
  /// Seconds since 1970 with microseconds.
  fileprivate var sampleText: String {
    let fraction = microseconds - seconds * 1_000_000
    let digits = String(fraction)
    return "\(seconds)." + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
  }
}
