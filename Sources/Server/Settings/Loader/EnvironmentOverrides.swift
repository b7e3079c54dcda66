import Wire

/// `IFSIP_…` variables, which go before the file: `IFSIP_STATE_DIR` for `state_dir`, two underscores for a step into a
/// mapping (`IFSIP_AUTH__REALM`), commas between the elements of a list, YAML in brackets where an element is more than
/// a text (`IFSIP_ROUTES='[{ match: "sip:*@b", next_hop: "sip:192.0.2.1" }]'`). An empty value takes the key away.
struct EnvironmentOverrides {
  static let prefix = "IFSIP_"

  /// Variables that begin like ours and are not for us: the test harness's.
  static func isReserved(_ name: String) -> Bool {
    name == "IFSIP_PROXY" || name.hasPrefix("IFSIP_TEST_")
  }

  /// Puts the variables into the tree, which then is read as if the file had said so.
  static func apply(_ environment: [String: String], to root: YAMLNode, problems: Problems) -> YAMLNode {
    var root = root
    for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) && !isReserved(name) {
      let place = Place(line: 0, column: 0, variable: name)
      let steps = splitSteps(String(name.dropFirst(prefix.count)))
      guard !steps.contains("") else {
        problems.add(place, name, "this name does not lead to a key; write IFSIP_KEY or IFSIP_KEY__INNER_KEY")
        continue
      }
      guard let node = read(value, place, problems) else { continue }
      root = set(node, at: steps[...], in: root, place: place)
    }
    return root
  }

  /// `AUTH__REALM` → `auth`, `realm`.
  private static func splitSteps(_ name: String) -> [String] {
    var steps: [String] = []
    var step = ""
    var underscores = 0
    for character in name.lowercased() {
      if character == "_" {
        underscores += 1
        if underscores == 2 {
          steps.append(step)
          step = ""
          underscores = 0
        }
        continue
      }
      if underscores == 1 { step.append("_") }
      underscores = 0
      step.append(character)
    }
    steps.append(step)
    return steps
  }

  private static func read(_ value: String, _ place: Place, _ problems: Problems) -> YAMLNode? {
    guard let first = value.first(where: { $0 != " " }) else { return YAMLNode(value: .null, place: place) }
    guard first == "[" || first == "{" else { return YAMLNode(value: .text(value), place: place) }
    var reader = YAMLReader(file: "environment", limits: .configuration)
    let bytes = Array(value.utf8)
    do {
      return placed(try reader.read(bytes.span), place)
    } catch {
      for problem in error.problems { problems.add(place, "", problem.message) }
      return nil
    }
  }

  /// Everything inside belongs to the variable too.
  private static func placed(_ node: YAMLNode, _ place: Place) -> YAMLNode {
    switch node.value {
    case .null, .text: YAMLNode(value: node.value, place: place)
    case .list(let list): YAMLNode(value: .list(list.map { placed($0, place) }), place: place)
    case .mapping(let members):
      YAMLNode(
        value: .mapping(
          members.map { YAMLMember(key: $0.key, keyPlace: place, value: placed($0.value, place)) }), place: place)
    }
  }

  private static func set(
    _ node: YAMLNode, at steps: ArraySlice<String>, in parent: YAMLNode, place: Place
  ) -> YAMLNode {
    guard let step = steps.first else { return node }
    var members: [YAMLMember] = []
    if case .mapping(let found) = parent.value { members = found }
    let index = members.firstIndex { $0.key == step }
    let inner = index.map { members[$0].value } ?? YAMLNode(value: .null, place: place)
    let member = YAMLMember(
      key: step, keyPlace: place, value: set(node, at: steps.dropFirst(), in: inner, place: place))
    if let index { members[index] = member } else { members.append(member) }
    return YAMLNode(value: .mapping(members), place: parent.isNull ? place : parent.place)
  }
}
