extension MetricsCollector {
  /// Writes what libraries have counted, behind what the page has. A family whose name is there already is left out and
  /// counted among the refused.
  public func write(to page: inout MetricsPage) {
    let (families, count) = state.withLock { ($0.families.sorted { $0.key < $1.key }, $0.count) }
    let refusals = self.refusals
    page.family("ifsip_metrics_series", .gauge, help: "Series that libraries have made with swift-metrics.")
    page.sample("ifsip_metrics_series", UInt64(count))
    page.family(
      "ifsip_metrics_refused_total", .counter, help: "Metrics of libraries that were not taken, by reason.")
    for reason in Refusal.allCases {
      page.sample("ifsip_metrics_refused_total", [("reason", reason.rawValue)], refusals[reason] ?? 0)
    }
    for (base, family) in families {
      guard page.family(family.name, family.kind, unit: family.unit, help: Self.help(family.label)) else {
        if state.withLock({ $0.hidden.insert(base).inserted }) { refuse(.nameTaken, family.label) }
        continue
      }
      for entry in family.entries.sorted(by: { $0.key.labels.lexicographicallyPrecedes($1.key.labels) }) {
        Self.write(entry.value, of: family.name, to: &page)
      }
    }
  }

  private static func help(_ label: String) -> String { "\(label), as a library counts it (swift-metrics)." }

  private static func write(_ entry: Entry, of name: String, to page: inout MetricsPage) {
    switch entry.series {
    case .counter(let series): page.sample(name, entry.labels, series.sample)
    case .sum(let series): page.sample(name, entry.labels, series.sample)
    case .gauge(let series): page.sample(name, entry.labels, series.sample)
    case .distribution(let series):
      let (histogram, hasSum) = series.sample
      page.sample(name, entry.labels, histogram, hasSum: hasSum)
    }
  }
}
