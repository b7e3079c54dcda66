/// Writes the Prometheus text exposition format, version 0.0.4.
///
/// Label values are escaped; names are ours and fixed, so they are written as they stand.
public struct MetricsPage: Sendable {
  /// What a family's numbers mean.
  public enum Kind: String, Sendable { case counter, gauge, histogram }

  /// The page so far.
  public private(set) var text = ""

  /// An empty page.
  public init() {}

  /// Starts a family: its `HELP` and `TYPE` lines. Its samples follow.
  public mutating func family(_ name: String, _ kind: Kind, help: String) {
    text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// One sample without labels.
  public mutating func sample(_ name: String, _ value: some SampleValue) { sample(name, [], value) }

  /// One sample with its labels, in the order given.
  public mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: some SampleValue) {
    text += "\(name)\(Self.rendered(labels)) \(value.sampleText)\n"
  }

  /// A whole histogram family.
  public mutating func histogram(_ name: String, help: String, _ histogram: Histogram) {
    family(name, .histogram, help: help)
    var cumulated: UInt64 = 0
    for (bound, count) in zip(histogram.bounds, histogram.counts) {
      cumulated &+= count
      sample(name + "_bucket", [("le", bound.sampleText)], cumulated)
    }
    sample(name + "_bucket", [("le", "+Inf")], histogram.count)
    sample(name + "_sum", histogram.sum)
    sample(name + "_count", histogram.count)
  }

  private static func rendered(_ labels: [(name: String, value: String)]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.append(character)
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
}
