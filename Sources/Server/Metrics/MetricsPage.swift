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

  /// One sample with a whole number.
  public mutating func sample(_ name: String, _ labels: [(name: String, value: String)] = [], _ value: UInt64) {
    text += "\(name)\(Self.rendered(labels)) \(value)\n"
  }

  /// One sample with a fraction.
  public mutating func sample(_ name: String, _ labels: [(name: String, value: String)] = [], _ value: Double) {
    text += "\(name)\(Self.rendered(labels)) \(Self.number(value))\n"
  }

  /// A whole histogram family.
  public mutating func histogram(_ name: String, help: String, _ histogram: Histogram) {
    family(name, .histogram, help: help)
    var cumulated: UInt64 = 0
    for (bound, count) in zip(histogram.bounds, histogram.counts) {
      cumulated &+= count
      sample(name + "_bucket", [("le", Self.number(bound))], cumulated)
    }
    sample(name + "_bucket", [("le", "+Inf")], histogram.count)
    sample(name + "_sum", histogram.sum)
    sample(name + "_count", histogram.count)
  }

  private static func rendered(_ labels: [(name: String, value: String)]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let whole = value.rounded(.towardZero)
    return whole == value && whole.magnitude < 1e15 ? String(Int64(whole)) : value.description
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
