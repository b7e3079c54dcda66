/// A place in a file, or the environment variable that stands for one.
struct Place: Sendable, Hashable {
  /// Counted from 1; 0: not in a line.
  var line: Int
  var column: Int
  /// Set when the value came from the environment.
  var variable: String?

  init(line: Int, column: Int, variable: String? = nil) {
    self.line = line
    self.column = column
    self.variable = variable
  }

  static let none = Place(line: 0, column: 0)
}

/// YAML as far as configuration needs it: no anchors, no tags, keys are texts, every value knows its place.
struct YAMLNode: Sendable {
  enum Value: Sendable {
    /// Nothing, `~` or `null`.
    case null
    /// Any scalar, as it was written (quotes and escapes resolved). What it means is the reader's business: `off` is a
    /// word here and no boolean.
    case text(String)
    case list([YAMLNode])
    case mapping([YAMLMember])
  }

  var value: Value
  var place: Place

  /// What a person calls it.
  var kindName: String {
    switch value {
    case .null: "nothing"
    case .text(let text): "\"\(text.shortened)\""
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }

  var isMapping: Bool {
    if case .mapping = value { true } else { false }
  }

  /// A text as the mapping that it is short for: `10.0.0.5` for `{ cidr: 10.0.0.5 }`.
  func asMapping(key: String) -> YAMLNode {
    guard case .text = value else { return self }
    return YAMLNode(value: .mapping([YAMLMember(key: key, keyPlace: place, value: self)]), place: place)
  }

  var isNull: Bool {
    if case .null = value { true } else { false }
  }
}

/// One `key: value`.
struct YAMLMember: Sendable {
  var key: String
  var keyPlace: Place
  var value: YAMLNode
}

extension String {
  /// As it may stand in a message: short, and with nothing that moves a terminal's cursor.
  var shortened: String {
    var scalars = UnicodeScalarView()
    for scalar in unicodeScalars.prefix(60) {
      scalars.append(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : scalar)
    }
    return String(scalars) + (unicodeScalars.count > 60 ? "…" : "")
  }
}
