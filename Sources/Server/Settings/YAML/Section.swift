import Wire

/// Collects problems while a file is read, so that all are told at once.
final class Problems {
  private(set) var list: [SettingsProblem] = []
  let file: String

  init(file: String) {
    self.file = file
  }

  func add(_ place: Place, _ key: String, _ message: String) {
    if let variable = place.variable {
      list.append(SettingsProblem(file: "environment", line: 0, column: 0, key: variable, message: message))
    } else {
      list.append(SettingsProblem(file: file, line: place.line, column: place.column, key: key, message: message))
    }
  }

  /// Throws when there are any: in the file's order, not more than the limit and a count of the rest.
  func throwIfAny(limits: SettingsLimits) throws(SettingsError) {
    guard !list.isEmpty else { return }
    // Stable: problems of one place stay in the order in which they were found.
    var sorted = list.enumerated().sorted {
      ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
    }.map(\.element)
    if sorted.count > limits.maxProblems {
      let rest = sorted.count - limits.maxProblems
      sorted.removeLast(rest)
      sorted.append(
        SettingsProblem(file: file, line: 0, column: 0, key: "", message: "and \(rest) more problems of this kind"))
    }
    throw SettingsError(problems: sorted)
  }
}

/// A mapping being read: every key that is asked for becomes known, and ``finish()`` reports the others.
struct Section {
  let path: String
  let place: Place
  let problems: Problems
  private let members: [YAMLMember]
  private var known: [String] = []

  /// The mapping at a path; anything else is a problem and reads as empty.
  init(_ node: YAMLNode?, path: String, problems: Problems) {
    self.path = path
    self.problems = problems
    place = node?.place ?? .none
    switch node?.value {
    case nil, .null:
      members = []
    case .mapping(let found):
      members = found
    case .text, .list:
      members = []
      problems.add(place, path, "a mapping (key: value) belongs here, not \(node?.kindName ?? "")")
    }
  }

  func pathOf(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value of a key; nil when it is absent or null.
  mutating func node(_ key: String) -> YAMLNode? {
    known.append(key)
    guard let member = members.first(where: { $0.key == key }), !member.value.isNull else { return nil }
    return member.value
  }

  /// Whether a key is written, be it as null.
  func has(_ key: String) -> Bool { members.contains { $0.key == key } }

  /// Where a key's value stands; nil: the key is absent.
  func nodePlace(_ key: String) -> Place? { members.first { $0.key == key }?.value.place }

  /// Where a key stands, or else the mapping.
  func memberPlace(_ key: String) -> Place { members.first { $0.key == key }?.keyPlace ?? place }

  func memberIsMapping(_ key: String) -> Bool { members.first { $0.key == key }?.value.isMapping ?? false }

  mutating func section(_ key: String) -> Section {
    let node = node(key)
    return Section(node, path: pathOf(key), problems: problems)
  }

  /// A text, with where it stands.
  mutating func text(_ key: String) -> (text: String, place: Place)? {
    guard let node = node(key) else { return nil }
    guard case .text(let text) = node.value else {
      problems.add(node.place, pathOf(key), "a single value belongs here, not \(node.kindName)")
      return nil
    }
    return (text, node.place)
  }

  /// A list; a single value is not taken for one, except from the environment, where commas separate.
  mutating func list(_ key: String) -> [YAMLNode]? {
    guard let node = node(key) else { return nil }
    switch node.value {
    case .list(let list): return list
    case .text(let text) where node.place.variable != nil:
      return text.split(separator: ",").map { part in
        YAMLNode(value: .text(part.trimmed), place: node.place)
      }
    case .text, .mapping, .null:
      problems.add(node.place, pathOf(key), "a list belongs here: write [\(node.exampleElement)]")
      return nil
    }
  }

  mutating func integer(_ key: String, _ range: ClosedRange<Int>, default fallback: Int) -> Int {
    guard let (text, place) = text(key) else { return fallback }
    guard let number = Int(text) else {
      problems.add(place, pathOf(key), "a whole number belongs here, not \"\(text.shortened)\"")
      return fallback
    }
    guard range.contains(number) else {
      problems.add(place, pathOf(key), "\(number) is out of range: write \(range.lowerBound) to \(range.upperBound)")
      return fallback
    }
    return number
  }

  mutating func boolean(_ key: String, default fallback: Bool) -> Bool {
    guard let (text, place) = text(key) else { return fallback }
    switch text {
    case "true": return true
    case "false": return false
    default:
      problems.add(place, pathOf(key), "write true or false, not \"\(text.shortened)\"")
      return fallback
    }
  }

  /// One of a closed list of words.
  mutating func choice<Choice>(_ key: String, default fallback: Choice) -> Choice
  where Choice: RawRepresentable<String> & CaseIterable {
    guard let (text, place) = text(key) else { return fallback }
    return Self.choice(text, place, pathOf(key), problems) ?? fallback
  }

  static func choice<Choice>(_ text: String, _ place: Place, _ path: String, _ problems: Problems) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    if let choice = Choice(rawValue: text) { return choice }
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    problems.add(place, path, "\"\(text.shortened)\" is not known here; write one of: \(words)")
    return nil
  }

  /// Every element of a list that is a text, read by `read`, which reports what it does not take.
  mutating func each<Value>(
    _ key: String, _ read: (_ text: String, _ place: Place, _ path: String) -> Value?
  ) -> [Value]? {
    guard let nodes = list(key) else { return nil }
    var values: [Value] = []
    for (index, node) in nodes.enumerated() {
      let path = "\(pathOf(key))[\(index)]"
      guard case .text(let text) = node.value else {
        problems.add(node.place, path, "a single value belongs here, not \(node.kindName)")
        continue
      }
      if let value = read(text, node.place, path) { values.append(value) }
    }
    return values
  }

  /// Reports every key that nobody asked for. Call it last.
  func finish() {
    for member in members where !known.contains(member.key) {
      let similar = known.min { distance($0, member.key) < distance($1, member.key) }
      let hint =
        if let similar, distance(similar, member.key) <= 2 {
          "did you mean \(similar)?"
        } else {
          "known here: \(known.joined(separator: ", "))"
        }
      problems.add(member.keyPlace, pathOf(member.key.shortened), "there is no such key; \(hint)")
    }
  }

  /// How many letters to add, drop or change (Levenshtein); bounded by looking at short words only.
  private func distance(_ left: String, _ right: String) -> Int {
    let first = Array(left.utf8.prefix(40))
    let second = Array(right.utf8.prefix(40))
    var row = Array(0...second.count)
    for (line, byte) in first.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, other) in second.enumerated() {
        let above = row[column + 1]
        row[column + 1] = min(above + 1, row[column] + 1, diagonal + (byte == other ? 0 : 1))
        diagonal = above
      }
    }
    return row[second.count]
  }
}

extension YAMLNode {
  /// For a message that shows how the list would be written.
  fileprivate var exampleElement: String {
    if case .text(let text) = value { "\"\(text.shortened)\"" } else { "…" }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var rest = self
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
