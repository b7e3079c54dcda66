import Wire

/// The records of a call as a ladder: a column for each party, an arrow for each message, time downwards.
///
///     A      127.0.0.1:5070 udp
///     B      127.0.0.1:5080 udp
///
///                        A           proxy            B
///     03:04:05.000       │── INVITE ──▶│── INVITE ──▶│
///     03:04:05.012       │◀── 200 ─────│◀── 200 ─────│
public struct CallLadder: Sendable {
  /// Parties beside the proxy that have a column; messages of others are told in words.
  public static let maxParties = 12
  /// The fewest characters between two columns.
  static let minGap = 14
  /// The most.
  static let maxGap = 30

  private var parties: [String] = []
  private var rows: [Row] = []
  private var date = ""

  private enum Row {
    /// Arrows of one record, from column to column, and their label.
    case message(time: String, arrows: [(from: Int, to: Int)], label: String)
    /// Something that is no message.
    case words(time: String, String)
  }

  /// A ladder of records in their order; what is no record of a message is told in words.
  public init(_ records: [JSONValue]) {
    for record in records { add(record) }
  }

  private mutating func add(_ record: JSONValue) {
    let time = Self.plain(record["time"]?.string ?? "", limit: 40)
    if date.isEmpty { date = String(time.prefix(10)) }
    let clock = String(time.dropFirst(11).prefix(12))
    let event = record["event"]?.string ?? "?"
    guard Self.isMessage(event), let peer = record["peer"].flatMap(Self.name) else {
      return rows.append(.words(time: clock, Self.words(event, record)))
    }
    let method = record["method"]?.string ?? Self.messages[event] ?? "?"
    let label = Self.plain(Self.label(method, record), limit: Self.maxGap)
    let isOut = record["details"]?["direction"]?.string == "out"
    guard let near = column(peer) else {
      return rows.append(.words(time: clock, "\(label) \(isOut ? "to" : "from") \(peer)"))
    }
    var arrows = [isOut ? (from: 1, to: near) : (from: near, to: 1)]
    for next in Self.forwarded(record) {
      if let far = column(next) { arrows.append((from: 1, to: far)) }
    }
    rows.append(.message(time: clock, arrows: arrows, label: label))
  }

  /// What a record of H.323 is about that does not name its message.
  private static let messages = ["h323.setup": "Setup", "h323.connect": "Connect", "h323.release": "ReleaseComplete"]

  private static func isMessage(_ event: String) -> Bool {
    event == "sip.request" || event == "sip.response" || event.hasPrefix("h323.")
  }

  /// `INVITE`, `200 INVITE`; of H.323 `Setup`, and `ReleaseComplete 17` where there is a cause.
  private static func label(_ method: String, _ record: JSONValue) -> String {
    if let status = record["status"]?.integer { return "\(status) \(method)" }
    if let cause = record["details"]?["cause"]?.integer { return "\(method) \(cause)" }
    return method
  }

  /// The party's column: the first stands left of the proxy, the others right of it.
  private mutating func column(_ party: String) -> Int? {
    if let index = parties.firstIndex(of: party) { return index == 0 ? 0 : index + 1 }
    guard parties.count < Self.maxParties else { return nil }
    parties.append(party)
    return parties.count == 1 ? 0 : parties.count
  }

  private static func name(_ peer: JSONValue) -> String? {
    guard let address = peer["address"]?.string else { return nil }
    return plain("\(address) \(peer["transport"]?.string ?? "")", limit: 80)
  }

  private static func forwarded(_ record: JSONValue) -> [String] {
    guard let value = record["details"]?["forwarded_to"] else { return [] }
    if case .array(let peers) = value { return peers.compactMap(name) }
    return name(value).map { [$0] } ?? []
  }

  private static func words(_ event: String, _ record: JSONValue) -> String {
    var parts = [plain(event, limit: 40)]
    if let status = record["status"]?.integer { parts.append("\(status)") }
    guard case .object(let details)? = record["details"] else { return parts.joined(separator: " ") }
    for (key, value) in details where parts.count < 8 {
      switch value {
      case .string(let text): parts.append("\(plain(key, limit: 20))=\(plain(text, limit: 60))")
      case .integer(let number): parts.append("\(plain(key, limit: 20))=\(number)")
      case .bool(let isTrue): parts.append("\(plain(key, limit: 20))=\(isTrue)")
      default: break
      }
    }
    return parts.joined(separator: " ")
  }

  /// Strangers choose some of these texts: nothing a terminal would obey, and one character is one column.
  private static func plain(_ text: String, limit: Int) -> String {
    let safe = String(text.unicodeScalars.prefix(limit).map { (0x20..<0x7F).contains($0.value) ? Character($0) : "?" })
    return text.unicodeScalars.count > limit ? safe.dropLast() + "…" : safe
  }
}

extension CallLadder {
  /// The lines, at most `width` characters long as far as the parties allow it.
  public func lines(width: Int) -> [String] {
    guard !rows.isEmpty else { return [] }
    let count = max(parties.count + 1, 2)
    let left = 15
    let gap = min(max((width - left - 4) / (count - 1), Self.minGap), Self.maxGap)
    let columns = (0..<count).map { left + 2 + $0 * gap }
    var lines = parties.enumerated().map { "\(Self.letter($0.offset))  \($0.element)" }
    if !date.isEmpty { lines.append("\(date), UTC") }
    lines.append("")
    lines.append(header(columns))
    for row in rows {
      switch row {
      case .message(let time, let arrows, let label): lines += draw(time, arrows, label, columns)
      case .words(let time, let text):
        var line = Canvas(columns)
        line.put(time, at: 0)
        let room = max(width - columns[0] - 2, 24)
        line.put("• " + (text.count > room ? text.prefix(room - 1) + "…" : text), at: columns[0] + 2)
        lines.append(line.text)
      }
    }
    return lines
  }

  private static func letter(_ index: Int) -> String {
    String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26)))
  }

  private func header(_ columns: [Int]) -> String {
    var line = Canvas([])
    for (column, place) in columns.enumerated() {
      let name = column == 1 ? "proxy" : Self.letter(column == 0 ? 0 : column - 1)
      line.put(name, at: place - name.count / 2)
    }
    return line.text
  }

  /// Arrows that do not share a place stand in one line.
  private func draw(_ time: String, _ arrows: [(from: Int, to: Int)], _ label: String, _ columns: [Int]) -> [String] {
    var lines: [Canvas] = []
    var taken: [ClosedRange<Int>] = []
    for arrow in arrows {
      let range = min(arrow.from, arrow.to)...max(arrow.from, arrow.to)
      if lines.isEmpty
        || taken.contains(where: {
          $0.overlaps(range) && $0.upperBound != range.lowerBound && $0.lowerBound != range.upperBound
        })
      {
        var line = Canvas(columns)
        if lines.isEmpty { line.put(time, at: 0) }
        lines.append(line)
        taken = []
      }
      taken.append(range)
      lines[lines.count - 1].arrow(from: columns[arrow.from], to: columns[arrow.to], label)
    }
    return lines.map(\.text)
  }

  /// One line of characters.
  private struct Canvas {
    private var characters: [Character] = []

    init(_ columns: [Int]) {
      for column in columns { put("│", at: column) }
    }

    mutating func put(_ text: some StringProtocol, at place: Int) {
      let start = max(place, 0)
      while characters.count < start + text.count { characters.append(" ") }
      for (offset, character) in text.enumerated() { characters[start + offset] = character }
    }

    mutating func arrow(from: Int, to: Int, _ label: String) {
      let (left, right) = (min(from, to) + 1, max(from, to) - 1)
      guard left <= right else { return }
      put(String(repeating: "─", count: right - left + 1), at: left)
      let room = right - left - 3
      let text = label.count > room ? String(label.prefix(max(room, 0))) : label
      put(" \(text) ", at: left + (right - left + 1 - text.count - 2) / 2)
      put(from < to ? "▶" : "◀", at: from < to ? right : left)
    }

    var text: String {
      var line = characters
      while line.last == " " { line.removeLast() }
      return String(line)
    }
  }
}
