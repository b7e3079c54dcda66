import OpenSSLCrypto
import Wire

/// The work of turning a draft into entries, keeping every problem on the way.
///
/// It goes list by list; what must be unique across lists (URIs, digest users) is kept in tables that remember where
/// a value was first seen, so that the message can name both places.
struct RegistryValidation {
  private(set) var organisations: [Organisation] = []
  private(set) var experts: [Expert] = []
  private(set) var guardians: [Guardian] = []
  private(set) var agents: [Agent] = []
  private(set) var problems: [RegistryProblem] = []

  private let limits: RegistryLimits
  private var firstSeen: [Unique: [String: String]] = [:]

  /// What may occur only once.
  private enum Unique: String {
    case organisation = "organisation id"
    case address = "URI"
    case user = "digest user"
    case guardian = "guardian id"
    case alias
    case agent = "agent id"
  }

  init(limits: RegistryLimits) {
    self.limits = limits
  }

  mutating func check(_ draft: RegistryDraft) {
    checkEach(draft.organisations, list: "organisations") { $0.checkOrganisation($1, $2) }
    let known = Set(draft.organisations.compactMap(\.id))
    checkEach(draft.experts, list: "experts") { $0.checkExpert($1, $2, organisations: known) }
    checkEach(draft.guardians, list: "guardians") { $0.checkGuardian($1, $2) }
    checkEach(draft.agents, list: "agents") { $0.checkAgent($1, $2) }
  }

  private mutating func checkEach<Element>(
    _ elements: [Element], list: String, _ check: (inout Self, Element, String) -> Void
  ) {
    guard elements.count <= limits.maxEntries else {
      report(list, "has \(elements.count) entries; at most \(limits.maxEntries) are allowed")
      return
    }
    for (position, element) in elements.enumerated() { check(&self, element, "\(list)[\(position)]") }
  }

  // MARK: The four kinds of entry

  private mutating func checkOrganisation(_ draft: RegistryDraft.Organisation, _ path: String) {
    let id = identifier(draft.id, unique: .organisation, "\(path).id")
    let networks = networks(draft.networks, "\(path).networks")
    let clientNames = each(draft.clientSANs, "\(path).client_sans") { $0.certificateName($1, $2) }
    let status = choice(draft.status, default: EntryStatus.active, "\(path).status")
    guard let id, let networks, let clientNames, let status else { return }
    organisations.append(Organisation(id: id, networks: networks, clientNames: clientNames, status: status))
  }

  private mutating func checkExpert(
    _ draft: RegistryDraft.Expert, _ path: String, organisations known: Set<String>
  ) {
    let address = required(draft.uri, "\(path).uri").flatMap { self.address($0, "\(path).uri") }
    let aors = each(draft.aors, "\(path).aors") { $0.address($1, $2) }
    let user = identifier(draft.user, unique: .user, "\(path).user")
    let headers = choice(draft.headers, default: HeaderPolicy.required, "\(path).headers")
    let signature = choice(draft.signature, default: SignaturePolicy.required, "\(path).signature")
    let status = choice(draft.status, default: EntryStatus.active, "\(path).status")
    let specialisations = specialisations(draft.specialisations, "\(path).specialisations")
    let key = key(draft.key, "\(path).key")
    let name = text(draft.name ?? draft.uri ?? "", "\(path).name")
    let organisation = required(draft.organisation, "\(path).organisation")
    if let organisation, !known.contains(organisation) {
      report("\(path).organisation", "there is no organisation with id \(quoted(organisation))")
    }
    if headers == .derived, draft.key != nil {
      report(
        "\(path).key",
        "headers: derived is for phones that cannot sign, so the entry has no key; drop the key or say headers: required"
      )
    }
    if draft.signature != nil, draft.key == nil {
      report("\(path).signature", "says something about signatures, but the entry has no key to check one with")
    }
    let callsPerWindow = quota(draft.callsPerWindow, limits.callsPerWindow, "\(path).rate")
    let callsAtOnce = quota(draft.callsAtOnce, limits.callsAtOnce, "\(path).max_calls")
    guard let uri = draft.uri, let address, let aors, let user, let headers, let signature, let status,
      let specialisations, case .some(let key) = key, let name, let organisation,
      case .some(let callsPerWindow) = callsPerWindow, case .some(let callsAtOnce) = callsAtOnce
    else { return }
    experts.append(
      Expert(
        uri: uri, address: address, aors: aors, name: name, organisation: organisation, user: user, headers: headers,
        specialisations: specialisations, key: key, signature: signature, callsPerWindow: callsPerWindow,
        callsAtOnce: callsAtOnce, status: status))
  }

  private mutating func checkGuardian(_ draft: RegistryDraft.Guardian, _ path: String) {
    let id = identifier(draft.id, unique: .guardian, "\(path).id")
    let prefix = "if://guardian/"
    if let id, !id.hasPrefix(prefix) || id.utf8.count == prefix.utf8.count {
      report("\(path).id", "\(quoted(id)) must read \(prefix)<name>")
    }
    let aliases = each(draft.aliases, "\(path).aliases") { $0.identifier($1, unique: .alias, $2) }
    let user = draft.user.map { identifier($0, unique: .user, "\(path).user") }
    let key = key(draft.key, "\(path).key")
    let token = choice(draft.token, default: TokenPolicy.required, "\(path).token")
    let networks = networks(draft.networks, "\(path).networks")
    let status = choice(draft.status, default: EntryStatus.active, "\(path).status")
    let bandwidth = draft.bandwidthBitsPerSecond ?? 10_000_000
    if bandwidth <= 0 { report("\(path).bandwidth_bps", "must be above 0 bits per second") }
    guard let id, let aliases, case .some(let key) = key, let token, let networks, let status else { return }
    guardians.append(
      Guardian(
        id: id, aliases: aliases, user: user ?? nil, key: key, token: token, networks: networks,
        bandwidthBitsPerSecond: bandwidth, h235Password: draft.h235Password, status: status))
  }

  private mutating func checkAgent(_ draft: RegistryDraft.Agent, _ path: String) {
    let id = identifier(draft.id, unique: .agent, "\(path).id")
    if draft.key == nil { report("\(path).key", "is missing: an agent's messages are accepted only when signed") }
    let key = key(draft.key, "\(path).key")
    let rooms = each(draft.rooms, "\(path).rooms") { $0.text($1, $2).map { WildcardPattern($0) } }
    let status = choice(draft.status, default: EntryStatus.active, "\(path).status")
    guard let id, case .some(.some(let key)) = key, let rooms, let status else { return }
    agents.append(Agent(id: id, key: key, rooms: rooms, mayEscalate: draft.mayEscalate ?? false, status: status))
  }

  // MARK: Fields

  private mutating func report(_ path: String, _ message: String) {
    problems.append(RegistryProblem(path: path, message: message))
  }

  private mutating func required(_ value: String?, _ path: String) -> String? {
    guard let value, !value.isEmpty else {
      report(path, "is missing")
      return nil
    }
    return text(value, path)
  }

  /// A text within the limits and without control characters: names go into logs, header fields and terminals.
  private mutating func text(_ value: String, _ path: String) -> String? {
    guard value.utf8.count <= limits.maxTextBytes else {
      report(path, "has \(value.utf8.count) bytes; at most \(limits.maxTextBytes) are allowed")
      return nil
    }
    guard !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      report(path, "holds a control character")
      return nil
    }
    return value
  }

  private mutating func identifier(_ value: String?, unique kind: Unique, _ path: String) -> String? {
    guard let value = required(value, path) else { return nil }
    return isFirst(value, kind, path) ? value : nil
  }

  private mutating func isFirst(_ value: String, _ kind: Unique, _ path: String) -> Bool {
    if let earlier = firstSeen[kind]?[value] {
      report(path, "the \(kind.rawValue) \(quoted(value)) is already that of \(earlier)")
      return false
    }
    firstSeen[kind, default: [:]][value] = path
    return true
  }

  private mutating func address(_ uri: String, _ path: String) -> AddressOfRecord? {
    guard let uri = text(uri, path) else { return nil }
    do {
      let address = try AddressOfRecord(configured: uri)
      return isFirst(address.text, .address, path) ? address : nil
    } catch {
      report(path, error.message)
      return nil
    }
  }

  private mutating func networks(_ texts: [String], _ path: String) -> [CIDR]? {
    each(texts, path) { validation, text, place in
      guard let network = CIDR(text) else {
        validation.report(
          place,
          "\(validation.quoted(text)) is no network; write 203.0.113.0/24, 2001:db8::/48 or a single address")
        return nil
      }
      return network
    }
  }

  /// A host or an address as a certificate proves it (RFC 5922 §7.2: whole names, no wildcards).
  private mutating func certificateName(_ text: String, _ path: String) -> String? {
    if let address = IPAddress(text) { return address.description }
    guard let name = AddressOfRecord.normalisedHost(Substring(text)), !name.hasPrefix("[") else {
      report(
        path, "\(quoted(text)) is no name of a certificate; write a host such as edge.example.net, without wildcards")
      return nil
    }
    return name
  }

  private mutating func specialisations(_ names: [String], _ path: String) -> HazardSet? {
    if names.isEmpty {
      report(path, "is empty: the expert could never be called; allowed are \(Hazard.allowedNames)")
      return nil
    }
    let hazards = each(names, path) { validation, name, place -> Hazard? in
      guard let hazard = Hazard(token: name) else {
        validation.report(place, "\(validation.quoted(name)) is no hazard; allowed are \(Hazard.allowedNames)")
        return nil
      }
      return hazard
    }
    return hazards.map { HazardSet($0) }
  }

  /// `.some(nil)` when there is none, nil when there is one and it is wrong.
  private mutating func key(_ text: String?, _ path: String) -> Ed25519PublicKey?? {
    guard let text else { return .some(nil) }
    do {
      return .some(try Ed25519PublicKey(text: text))
    } catch {
      // It tells lengths and offsets, never the text: somebody may have pasted a private key.
      report(path, error.description)
      return nil
    }
  }

  /// `.some(nil)` when there is none, nil when there is one and it is wrong.
  private mutating func quota(_ number: Int?, _ allowed: ClosedRange<Int>, _ path: String) -> Int?? {
    guard let number else { return .some(nil) }
    guard allowed.contains(number) else {
      report(path, "must be from \(allowed.lowerBound) to \(allowed.upperBound); to let nobody call, suspend the entry")
      return nil
    }
    return .some(number)
  }

  private mutating func choice<Choice>(_ value: String?, default fallback: Choice, _ path: String) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    guard let value else { return fallback }
    guard let choice = Choice(rawValue: value) else {
      let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      report(path, "\(quoted(value)) is not known here; allowed are \(allowed)")
      return nil
    }
    return choice
  }

  private mutating func each<Value>(
    _ texts: [String], _ path: String, _ check: (inout Self, String, String) -> Value?
  ) -> [Value]? {
    guard texts.count <= limits.maxListLength else {
      report(path, "has \(texts.count) elements; at most \(limits.maxListLength) are allowed")
      return nil
    }
    var values: [Value] = []
    for (position, text) in texts.enumerated() {
      if let value = check(&self, text, "\(path)[\(position)]") { values.append(value) }
    }
    return values.count == texts.count ? values : nil
  }

  /// A value as it may stand in a message: short, and with nothing that moves the cursor.
  private func quoted(_ value: String) -> String {
    let clean = String(
      String.UnicodeScalarView(value.unicodeScalars.prefix(80).filter { $0.value >= 0x20 && $0.value != 0x7F }))
    return "\"\(clean)\""
  }
}
