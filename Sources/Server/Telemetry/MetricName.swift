/// Makes names of metrics and labels out of what libraries call them (`http.server.request.duration`).
enum MetricName {
  /// A metric's name: ASCII letters, digits and `_`, not beginning with a digit; every other character becomes `_`.
  /// Colons too, which belong to recording rules. Nil: nothing is left but `_`.
  static func metric(_ label: String) -> String? { name(label) }

  /// A label's name, likewise. Two underscores in front belong to Prometheus, `le` and `quantile` to the buckets.
  static func label(_ label: String) -> String? {
    guard var name = name(label) else { return nil }
    while name.hasPrefix("__") { name.removeFirst() }
    return name == "le" || name == "quantile" ? name + "_" : name
  }

  /// All labels of a series, sorted by name. Two that become one name are told apart by `_` behind the second.
  static func labels(_ dimensions: [(String, String)]) -> [(name: String, value: String)]? {
    var labels: [(name: String, value: String)] = []
    for (dimension, value) in dimensions {
      guard var name = label(dimension) else { return nil }
      while labels.contains(where: { $0.name == name }) { name += "_" }
      labels.append((name, value))
    }
    return labels.sorted { $0.name < $1.name }
  }

  private static func name(_ text: String) -> String? {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": bytes.append(UInt8(scalar.value))
      case "0"..."9":
        if bytes.isEmpty { bytes.append(UInt8(ascii: "_")) }
        bytes.append(UInt8(scalar.value))
      default: bytes.append(UInt8(ascii: "_"))
      }
    }
    guard bytes.contains(where: { $0 != UInt8(ascii: "_") }) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
