import Wire

/// Text in columns for people.
struct Table {
  private var rows: [[String]]

  /// A table with these headings.
  init(_ headings: String...) { rows = [headings] }

  /// One more row.
  mutating func add(_ cells: String...) { rows.append(cells.map(Self.safe)) }

  /// The lines; the last column is not filled up.
  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// Text that strangers may have chosen, without what a terminal would obey.
  static func safe(_ text: String) -> String { HarmlessText.of(text, keepsLines: true) }
}

/// How long something takes, for people: `45s`, `3m12s`, `2h05m`, `4d07h`.
enum TimeText {
  static func text(seconds: Int64) -> String {
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let minutes = seconds / 60
    let hours = minutes / 60
    if hours >= 24 { return "\(hours / 24)d\(two(hours % 24))h" }
    if hours > 0 { return "\(hours)h\(two(minutes % 60))m" }
    if minutes > 0 { return "\(minutes)m\(two(seconds % 60))s" }
    return "\(max(seconds, 0))s"
  }

  /// The seconds of `90s`, `15m`, `12h` or `30d`; nil for anything else, and for more than a hundred years.
  static func seconds(_ text: String) -> Int64? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(text.dropLast()), number > 0, number <= 3_155_760_000 / unit
    else { return nil }
    return number * unit
  }
}
