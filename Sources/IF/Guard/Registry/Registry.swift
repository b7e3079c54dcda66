import Wire

/// Who may call, who may be called and about what: the registry file once it has been found to be sound.
///
/// A `Registry` is made from a `RegistryDraft` and is never changed; a reload makes another one and swaps it. Every
/// look-up is a dictionary's, and exact to the byte.
public struct Registry: Sendable, Equatable {
  /// In the order of the file.
  public let organisations: [Organisation]
  /// In the order of the file, which is the order in which experts for a hazard are tried.
  public let experts: [Expert]
  /// In the order of the file.
  public let guardians: [Guardian]
  /// In the order of the file.
  public let agents: [Agent]
  /// The hazards that at least one active expert of an active organisation speaks for.
  public let coveredHazards: HazardSet

  private let organisationsByID: [String: Int]
  private let expertsByAddress: [String: Int]
  private let expertsByUser: [String: Int]
  private let guardiansByID: [String: Int]
  private let guardiansByUser: [String: Int]
  private let guardiansByAlias: [String: Int]
  private let agentsByID: [String: Int]

  /// Checks a draft.
  ///
  /// - Throws: every problem found, not only the first, each with the path of the field it is about.
  public init(_ draft: RegistryDraft, limits: RegistryLimits = .default) throws(RegistryError) {
    var validation = RegistryValidation(limits: limits)
    validation.check(draft)
    guard validation.problems.isEmpty else { throw RegistryError(problems: validation.problems) }
    self.init(validated: validation)
  }

  /// A registry with nobody in it: refuses every escalation.
  public init() {
    self.init(validated: RegistryValidation(limits: .default))
  }

  private init(validated: RegistryValidation) {
    organisations = validated.organisations
    experts = validated.experts
    guardians = validated.guardians
    agents = validated.agents
    organisationsByID = Self.index(organisations) { [$0.id] }
    expertsByAddress = Self.index(experts) { [$0.address.text] + $0.aors.map(\.text) }
    expertsByUser = Self.index(experts) { [$0.user] }
    guardiansByID = Self.index(guardians) { [$0.id] }
    guardiansByUser = Self.index(guardians) { $0.user.map { [$0] } ?? [] }
    guardiansByAlias = Self.index(guardians, keys: \.aliases)
    agentsByID = Self.index(agents) { [$0.id] }
    let activeOrganisations = Set(organisations.lazy.filter { $0.status == .active }.map(\.id))
    coveredHazards = experts.reduce(into: []) { covered, expert in
      if expert.status == .active, activeOrganisations.contains(expert.organisation) {
        covered.formUnion(expert.specialisations)
      }
    }
  }

  /// The expert who owns that From URI, given as a normalised address of record (`user@host`).
  public func expert(address: String) -> Expert? {
    Self.find(address, in: expertsByAddress, of: experts) { $0.owns(address) }
  }

  /// The expert with that digest user.
  public func expert(user: String) -> Expert? {
    Self.find(user, in: expertsByUser, of: experts) { isSame($0.user, user) }
  }

  /// The active experts for a hazard, in the order of the file.
  public func experts(for hazard: Hazard) -> [Expert] {
    experts.filter { expert in
      expert.status == .active && expert.specialisations.covers(hazard)
        && organisation(of: expert)?.status == .active
    }
  }

  /// The organisation with that id.
  public func organisation(id: String) -> Organisation? {
    Self.find(id, in: organisationsByID, of: organisations) { isSame($0.id, id) }
  }

  /// The organisation an expert belongs to. It exists for every expert of this registry.
  public func organisation(of expert: Expert) -> Organisation? {
    organisation(id: expert.organisation)
  }

  /// The guardian with that id (`if://guardian/<name>`).
  public func guardian(id: String) -> Guardian? {
    Self.find(id, in: guardiansByID, of: guardians) { isSame($0.id, id) }
  }

  /// The guardian with that digest user.
  public func guardian(user: String) -> Guardian? {
    Self.find(user, in: guardiansByUser, of: guardians) { $0.user.map { isSame($0, user) } ?? false }
  }

  /// The guardian with that H.323 alias.
  public func guardian(alias: String) -> Guardian? {
    Self.find(alias, in: guardiansByAlias, of: guardians) { $0.aliases.contains { isSame($0, alias) } }
  }

  /// The agent with that id.
  public func agent(id: String) -> Agent? {
    Self.find(id, in: agentsByID, of: agents) { isSame($0.id, id) }
  }

  /// The networks of organisations that are active and have an active expert: where calls may come from when the
  /// configuration does not say.
  public var activeNetworks: [CIDR] {
    let inUse = Set(experts.lazy.filter { $0.status == .active }.map(\.organisation))
    return organisations.filter { $0.status == .active && inUse.contains($0.id) }.flatMap(\.networks)
  }

  /// Looks an entry up. A dictionary of strings takes canonically equivalent ones (the Kelvin sign and K) for one; to the
  /// far side of a digest or a signature they are two.
  private static func find<Entry>(
    _ key: String, in index: [String: Int], of entries: [Entry], _ isExact: (Entry) -> Bool
  ) -> Entry? {
    guard let position = index[key], isExact(entries[position]) else { return nil }
    return entries[position]
  }

  private static func index<Entry>(_ entries: [Entry], keys: (Entry) -> [String]) -> [String: Int] {
    var index: [String: Int] = [:]
    for (position, entry) in entries.enumerated() {
      for key in keys(entry) { index[key] = position }
    }
    return index
  }
}

/// Whether two names are the same bytes.
func isSame(_ left: String, _ right: String) -> Bool {
  left.utf8.elementsEqual(right.utf8)
}

/// How large a registry may be.
public struct RegistryLimits: Sendable, Equatable {
  /// Elements in each of the four lists.
  public var maxEntries = 10_000
  /// Networks of one organisation or guardian, further URIs of one expert, aliases of one guardian, rooms of one agent.
  public var maxListLength = 256
  /// Bytes of any one text.
  public var maxTextBytes = 512
  /// What an expert's own rate may be.
  public var callsPerWindow = 1...1_000_000
  /// What an expert's own number of calls at one time may be.
  public var callsAtOnce = 1...100_000

  /// The limits that hold unless somebody sets others.
  public static let `default` = RegistryLimits()

  /// The default limits, to be changed field by field.
  public init() {}
}

/// One thing wrong with a registry file.
public struct RegistryProblem: Sendable, Equatable, CustomStringConvertible {
  /// Where, as in `experts[0].specialisations[1]`; the loader turns it into a line.
  public let path: String
  /// What is wrong and what would be right.
  public let message: String

  /// A problem at a place.
  public init(path: String, message: String) {
    self.path = path
    self.message = message
  }

  /// Place and message.
  public var description: String { "\(path): \(message)" }
}

/// Why a draft is no registry.
public struct RegistryError: Error, Sendable, Equatable {
  /// Never empty; in the order of the file.
  public let problems: [RegistryProblem]
}
