import Guard
import Wire

/// Reads the registry file: bytes in, a checked `Registry` or every problem out, each with its line.
///
/// The form is read here (YAML, known keys, lists where lists belong); what the values must be is Guard's business,
/// whose problems name a path (`experts[0].key`) that is turned into a line.
public enum RegistryLoader {
  /// Reads bytes as the file of that name.
  public static func load(
    _ bytes: Span<UInt8>, file: String, limits: SettingsLimits = .registry
  ) throws(SettingsError) -> Registry {
    var reader = YAMLReader(file: file, limits: limits)
    let problems = Problems(file: file)
    var draft = DraftReader(problems: problems)
    draft.read(try reader.read(bytes))
    try problems.throwIfAny(limits: limits)
    do {
      return try Registry(draft.draft)
    } catch {
      for problem in error.problems {
        let entry = draft.name(of: problem.path).map { " (entry \($0.shortened))" } ?? ""
        problems.add(draft.place(of: problem.path), problem.path, problem.message + entry)
      }
      try problems.throwIfAny(limits: limits)
      return Registry()
    }
  }

  /// Reads a file.
  public static func load(file: String) throws(SettingsError) -> Registry {
    let bytes = try SettingsLoader.readFile(file, limits: .registry)
    return try load(bytes.span, file: file)
  }
}

/// Fills a `RegistryDraft` and remembers where everything stood.
private struct DraftReader {
  let problems: Problems
  private(set) var draft = RegistryDraft()
  private var places: [String: Place] = [:]

  init(problems: Problems) {
    self.problems = problems
  }

  mutating func read(_ root: YAMLNode) {
    var top = Section(root, path: "", problems: problems)
    for (node, path) in entries(&top, "organisations") {
      var section = open(node, path)
      draft.organisations.append(
        RegistryDraft.Organisation(
          id: text(&section, "id"), networks: texts(&section, "networks"), clientSANs: texts(&section, "client_sans"),
          status: text(&section, "status")))
      section.finish()
    }
    for (node, path) in entries(&top, "experts") {
      var section = open(node, path)
      let (rate, atOnce) = (number(&section, "rate"), number(&section, "max_calls"))
      draft.experts.append(
        RegistryDraft.Expert(
          uri: text(&section, "uri"), name: text(&section, "name"), organisation: text(&section, "organisation"),
          user: text(&section, "user"), aors: texts(&section, "aors"), headers: text(&section, "headers"),
          specialisations: texts(&section, "specialisations"), key: text(&section, "key"),
          signature: text(&section, "signature"), callsPerWindow: rate, callsAtOnce: atOnce,
          status: text(&section, "status")))
      section.finish()
    }
    for (node, path) in entries(&top, "guardians") {
      var section = open(node, path)
      let bandwidth = section.nodePlace("bandwidth_bps").map { _ in
        Int64(section.integer("bandwidth_bps", 1...1_000_000_000_000, default: 10_000_000))
      }
      if bandwidth == nil { _ = section.node("bandwidth_bps") }
      draft.guardians.append(
        RegistryDraft.Guardian(
          id: text(&section, "id"), aliases: texts(&section, "aliases"), user: text(&section, "user"),
          key: text(&section, "key"), token: text(&section, "token"), networks: texts(&section, "networks"),
          bandwidthBitsPerSecond: bandwidth,
          h235Password: text(&section, "h235_password").map { RegistrySecret($0) }, status: text(&section, "status")))
      section.finish()
    }
    for (node, path) in entries(&top, "agents") {
      var section = open(node, path)
      let mayEscalate = section.nodePlace("escalate").map { _ in section.boolean("escalate", default: false) }
      if mayEscalate == nil { _ = section.node("escalate") }
      draft.agents.append(
        RegistryDraft.Agent(
          id: text(&section, "id"), key: text(&section, "key"), rooms: texts(&section, "rooms"),
          mayEscalate: mayEscalate, status: text(&section, "status")))
      section.finish()
    }
    top.finish()
  }

  /// What a person calls the entry that a path leads into: its URI or id.
  func name(of path: String) -> String? {
    guard let open = path.firstIndex(of: "["), let close = path[open...].firstIndex(of: "]"),
      let index = Int(path[path.index(after: open)..<close])
    else { return nil }
    switch path[..<open] {
    case "organisations" where draft.organisations.indices.contains(index): return draft.organisations[index].id
    case "experts" where draft.experts.indices.contains(index): return draft.experts[index].uri
    case "guardians" where draft.guardians.indices.contains(index): return draft.guardians[index].id
    case "agents" where draft.agents.indices.contains(index): return draft.agents[index].id
    default: return nil
    }
  }

  /// The place of a path that Guard named, or of what is around it: a missing key has no place of its own.
  func place(of path: String) -> Place {
    var path = path[...]
    while true {
      if let place = places[String(path)] { return place }
      guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return Place(line: 1, column: 1) }
      path = path[..<end]
    }
  }

  private mutating func entries(_ top: inout Section, _ key: String) -> [(YAMLNode, String)] {
    places[key] = top.nodePlace(key)
    return (top.list(key) ?? []).enumerated().map { ($0.element, "\(key)[\($0.offset)]") }
  }

  private mutating func open(_ node: YAMLNode, _ path: String) -> Section {
    places[path] = node.place
    return Section(node, path: path, problems: problems)
  }

  private mutating func text(_ section: inout Section, _ key: String) -> String? {
    places[section.pathOf(key)] = section.nodePlace(key)
    return section.text(key)?.text
  }

  /// Any whole number; which ones are allowed is Guard's business.
  private mutating func number(_ section: inout Section, _ key: String) -> Int? {
    places[section.pathOf(key)] = section.nodePlace(key)
    guard section.nodePlace(key) != nil else {
      _ = section.node(key)
      return nil
    }
    return section.integer(key, Int.min...Int.max, default: 0)
  }

  private mutating func texts(_ section: inout Section, _ key: String) -> [String] {
    let list = section.pathOf(key)
    places[list] = section.nodePlace(key)
    var found: [(String, Place)] = []
    let texts = section.each(key) { text, place, path -> String? in
      found.append((path, place))
      return text
    }
    for (path, place) in found { places[path] = place }
    return texts ?? []
  }
}
