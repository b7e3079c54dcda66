import Admissions
import Guard
import H225
import PER
import Wire

extension Gatekeeper {
  // MARK: RRQ

  /// RRQ (H.225.0 §7.9), all of it or the short one that keeps a registration alive.
  mutating func registration(
    _ request: RegistrationRequest, _ incoming: Incoming, _ admissions: inout AdmissionTable,
    _ sink: inout GatekeeperSink
  ) -> Verdict {
    var known: GatekeeperEndpoint?
    if request.keepAlive == true { known = endpoint(request.endpointIdentifier, from: incoming.source) }
    let rasAddress = request.rasAddress.first { $0.socketAddress != nil }
    let to = known?.rasAddress ?? answerAddress(rasAddress, incoming.source)
    do throws(Refusal) {
      guard request.protocolIdentifier.isH225 else { throw Refusal(.invalidRevision, "protocol") }
      if let wanted = request.gatekeeperIdentifier, wanted != configuration.identifier {
        throw Refusal(.discoveryRequired, "gatekeeperIdentifier")
      }
      if request.keepAlive == true {
        guard let known else { throw Refusal(.fullRegistrationRequired, "notRegistered") }
        return try keptAlive(known, request, incoming)
      }
      return try registered(request, incoming, to: to, &admissions, &sink)
    } catch {
      var answer = RegistrationReject(
        requestSeqNum: request.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours, rejectReason: error.reason)
      answer.gatekeeperIdentifier = configuration.identifier
      if case .resourceUnavailable = error.reason, let alternates {
        answer.altGKInfo = AltGKInfo(alternateGatekeeper: alternates, altGKisPermanent: false)
      }
      var verdict = Verdict.rejected(.registrationReject(answer), to: to, error.reason, error.detail)
      verdict.terminal = known?.terminal
      // An answer to somebody who has proven nothing is sealed all the same: it shows who sends it, and nothing else.
      verdict.seal = known.flatMap { registry.guardian(id: $0.terminal) } ?? error.entry
      verdict.endpoint = known?.identifier
      return verdict
    }
  }

  private struct Refusal: Error {
    var reason: RegistrationRejectReason
    var detail: String
    var entry: Guardian?

    init(_ reason: RegistrationRejectReason, _ detail: String, _ entry: Guardian? = nil) {
      self.reason = reason
      self.detail = detail
      self.entry = entry
    }
  }

  private mutating func keptAlive(
    _ known: GatekeeperEndpoint, _ request: RegistrationRequest, _ incoming: Incoming
  ) throws(Refusal) -> Verdict {
    guard let entry = registry.guardian(id: known.terminal), entry.status == .active else {
      throw Refusal(.securityDenial, "status")
    }
    if case .failed(let fault) = integrity(of: incoming, entry, knownAs: known.identifier) {
      throw Refusal(.securityDenial, fault, entry)
    }
    // What has changed has to be said in full.
    let addresses = request.callSignalAddress.compactMap(\.socketAddress)
    guard addresses.isEmpty || addresses.contains(where: { $0.port == known.callSignalAddress.port }) else {
      throw Refusal(.fullRegistrationRequired, "callSignalAddress", entry)
    }
    var endpoint = known
    endpoint.expiresAt = incoming.moment.now + .seconds(known.timeToLive) + limits.grace
    endpointsByIdentifier[endpoint.identifier] = endpoint
    setTimer(.endpoint(endpoint.identifier), at: endpoint.expiresAt)
    return confirmed(endpoint, entry, request)
  }

  private mutating func registered(
    _ request: RegistrationRequest, _ incoming: Incoming, to: SocketAddress, _ admissions: inout AdmissionTable,
    _ sink: inout GatekeeperSink
  ) throws(Refusal) -> Verdict {
    // Kinds of aliases that are not known here are not registered; RCF says which are.
    let aliases = (request.terminalAlias ?? []).filter { !$0.isUnknown }
    guard !aliases.isEmpty, request.terminalAlias?.count ?? 0 <= limits.maxAliases else {
      throw Refusal(.invalidAlias, "aliases")
    }
    guard request.rasAddress.count <= limits.maxAddresses,
      request.rasAddress.contains(where: { $0.socketAddress != nil })
    else {
      throw Refusal(.invalidRASAddress, "rasAddress")
    }
    guard let entry = firstEntry(of: aliases), entry.status == .active else {
      throw Refusal(.securityDenial, "stranger")
    }
    if request.additiveRegistration { return try added(aliases, entry, request, incoming) }
    let isProven = try authenticate(entry, request, incoming)
    let names = try names(of: aliases, entry)
    guard request.callSignalAddress.count <= limits.maxAddresses,
      let signalling = callSignalAddress(request, incoming.source, isProven: isProven)
    else { throw Refusal(.invalidCallSignalAddress, "callSignalAddress", entry) }

    // The same endpoint again, from where it was; or somebody else with its name.
    var replaced: [GatekeeperEndpoint] = []
    for alias in aliases {
      guard let other = alias.name(in: configuration.domains).flatMap({ self.endpoint(alias: $0) }),
        !replaced.contains(where: { $0.identifier == other.identifier })
      else { continue }
      guard isProven || other.source == incoming.source else { throw Refusal(.duplicateAlias([alias]), "alias", entry) }
      replaced.append(other)
    }
    guard endpointsByIdentifier.count - replaced.count < limits.maxEndpoints else {
      throw Refusal(.resourceUnavailable, "endpoints", entry)
    }
    let again = replaced.first { $0.source == incoming.source }
    for other in replaced {
      remove(other, &admissions)
      if other.identifier != again?.identifier { sink.actions.append(.unregistered(other, .replaced)) }
    }
    let seconds = min(
      configuration.timeToLive, max(limits.minTimeToLive, request.timeToLive ?? configuration.timeToLive))
    let first = draw()
    var digits: [UInt8] = []
    Hex.append(first.0, to: &digits)
    Hex.append(first.1, to: &digits)
    var isPreGranted = configuration.preGrants && entry.token == .none && entry.h235Password == nil
    let identifier = again?.identifier ?? String(decoding: digits, as: UTF8.self)
    if isPreGranted {
      isPreGranted = admissions.grant(
        identifier,
        AdmissionTable.Grant(
          guardian: entry.id, ip: incoming.source.ip, bandwidthBitsPerSecond: entry.bandwidthBitsPerSecond))
    }
    let endpoint = GatekeeperEndpoint(
      identifier: identifier, terminal: entry.id, aliases: names, source: incoming.source, rasAddress: to,
      callSignalAddress: signalling, kind: request.terminalType.kind, registeredAt: incoming.moment.clock,
      timeToLive: seconds, expiresAt: incoming.moment.now + .seconds(seconds) + limits.grace,
      isPreGranted: isPreGranted, terminalAlias: aliases)
    endpointsByIdentifier[identifier] = endpoint
    for name in names { identifiersByAlias[name] = identifier }
    setTimer(.endpoint(identifier), at: endpoint.expiresAt)
    adopt(endpoint)
    sink.actions.append(.registered(endpoint))
    return confirmed(endpoint, entry, request)
  }

  /// The names of aliases, each of which has to be the entry's own.
  private func names(of aliases: [AliasAddress], _ entry: Guardian) throws(Refusal) -> [String] {
    var names: [String] = []
    for alias in aliases {
      guard let name = alias.name(in: configuration.domains), self.entry(of: alias)?.id == entry.id else {
        throw Refusal(.invalidAlias, "alias", entry)
      }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// More aliases for a registration that goes on (additiveRegistration).
  private mutating func added(
    _ aliases: [AliasAddress], _ entry: Guardian, _ request: RegistrationRequest, _ incoming: Incoming
  ) throws(Refusal) -> Verdict {
    guard var known = endpoint(request.endpointIdentifier, from: incoming.source), known.terminal == entry.id else {
      throw Refusal(.fullRegistrationRequired, "notRegistered", entry)
    }
    if case .failed(let fault) = integrity(of: incoming, entry, knownAs: known.identifier) {
      throw Refusal(.securityDenial, fault, entry)
    }
    for name in try names(of: aliases, entry) where !known.aliases.contains(name) {
      if identifiersByAlias[name] != nil { throw Refusal(.duplicateAlias(aliases), "alias", entry) }
      known.aliases.append(name)
    }
    guard known.aliases.count <= limits.maxAliases else { throw Refusal(.invalidAlias, "aliases", entry) }
    for alias in aliases where !known.terminalAlias.contains(alias) { known.terminalAlias.append(alias) }
    for name in known.aliases { identifiersByAlias[name] = known.identifier }
    endpointsByIdentifier[known.identifier] = known
    return confirmed(known, entry, request)
  }

  /// Whether the sender has proven that it is the entry's; an error when it has to and has not.
  private mutating func authenticate(
    _ entry: Guardian, _ request: RegistrationRequest, _ incoming: Incoming
  ) throws(Refusal) -> Bool {
    switch integrity(of: incoming, entry, knownAs: nil) {
    case .authentic: return true
    case .failed(let fault): throw Refusal(.securityDenial, fault, entry)
    case .notWanted: break
    }
    if case .success(let token)? = SignedAdmissionToken.find(in: request.tokens) {
      guard token.token.callType == AdmissionToken.register, token.token.terminalID == entry.id else {
        throw Refusal(.securityDenial, "tokenType")
      }
      if let fault = fault(of: token, entry, at: incoming.moment) { throw Refusal(.securityDenial, fault) }
      guard spend(token.digest, now: incoming.moment.now) else { throw Refusal(.securityDenial, "memoryFull") }
      return true
    }
    guard entry.mayCome(from: incoming.source.ip) else { throw Refusal(.securityDenial, "network") }
    return false
  }

  /// The first address that calls can go to: on the host the datagram came from, unless the sender has proven who it is.
  private func callSignalAddress(
    _ request: RegistrationRequest, _ source: SocketAddress, isProven: Bool
  ) -> SocketAddress? {
    for case let address? in request.callSignalAddress.map(\.socketAddress) where address.port != 0 {
      if address.ip.isUnspecified { return SocketAddress(ip: source.ip, port: address.port) }
      if address.ip == source.ip || isProven && !address.ip.isMulticast { return address }
    }
    return nil
  }

  private func confirmed(_ endpoint: GatekeeperEndpoint, _ entry: Guardian, _ request: RegistrationRequest) -> Verdict {
    var answer = RegistrationConfirm(
      requestSeqNum: request.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      callSignalAddress: [
        .ipAddress(configuration.callSignalAddress.ip, port: configuration.callSignalAddress.port)
      ],
      endpointIdentifier: BMPString(endpoint.identifier))
    answer.terminalAlias = endpoint.terminalAlias
    answer.gatekeeperIdentifier = configuration.identifier
    answer.timeToLive = endpoint.timeToLive
    answer.alternateGatekeeper = alternates
    answer.willRespondToIRR = true
    answer.maintainConnection = false
    answer.supportsAdditiveRegistration = true
    if endpoint.isPreGranted {
      var granted = PreGrantedARQ(
        makeCall: true, useGKCallSignalAddressToMakeCall: true, answerCall: false,
        useGKCallSignalAddressToAnswer: false)
      granted.irrFrequencyInCall = configuration.reportSeconds
      granted.totalBandwidthRestriction = Int(clamping: entry.bandwidthBitsPerSecond / 100)
      answer.preGrantedARQ = granted
    }
    var verdict = Verdict(.registrationConfirm(answer), to: endpoint.rasAddress, .confirmed)
    verdict.concerns(endpoint, entry)
    return verdict
  }

  /// Calls of the same terminal that another registration of it began go on under this one.
  private mutating func adopt(_ endpoint: GatekeeperEndpoint) {
    for (key, call) in calls where call.terminal == endpoint.terminal && endpointsByIdentifier[call.endpoint] == nil {
      calls[key]?.endpoint = endpoint.identifier
      calls[key]?.rasAddress = endpoint.rasAddress
    }
    for (key, call) in calls where call.endpoint == endpoint.identifier {
      calls[key]?.rasAddress = endpoint.rasAddress
    }
  }

  // MARK: URQ

  /// URQ (§7.10): the endpoint leaves, and its calls end; or some of its aliases are its no more.
  mutating func unregistration(
    _ request: UnregistrationRequest, _ incoming: Incoming, _ admissions: inout AdmissionTable,
    _ sink: inout GatekeeperSink
  ) -> Verdict {
    let leaving =
      request.endpointIdentifier == nil
      ? endpoints.first { $0.source == incoming.source } : endpoint(request.endpointIdentifier, from: incoming.source)
    func reject(_ reason: UnregRejectReason, _ detail: String, to: SocketAddress) -> Verdict {
      let answer = UnregistrationReject(requestSeqNum: request.requestSeqNum, rejectReason: reason)
      return .rejected(.unregistrationReject(answer), to: to, reason, detail)
    }
    guard let leaving else { return reject(.notCurrentlyRegistered, "notRegistered", to: incoming.source) }
    let entry = registry.guardian(id: leaving.terminal)
    if let entry, case .failed(let fault) = integrity(of: incoming, entry, knownAs: leaving.identifier) {
      var verdict = reject(.securityDenial, fault, to: leaving.rasAddress)
      verdict.concerns(leaving, entry)
      return verdict
    }
    if let aliases = request.endpointAlias, !aliases.isEmpty {
      let names = aliases.compactMap { $0.name(in: configuration.domains) }
      let left = leaving.aliases.filter { !names.contains($0) }
      guard left.count < leaving.aliases.count else {
        var verdict = reject(.notCurrentlyRegistered, "alias", to: leaving.rasAddress)
        verdict.concerns(leaving, entry)
        return verdict
      }
      if !left.isEmpty { return shortened(leaving, to: left, request.requestSeqNum, entry) }
    }
    endCalls(of: leaving, .terminal, incoming.moment, &admissions, &sink)
    remove(leaving, &admissions)
    sink.actions.append(.unregistered(leaving, .request))
    let answer = UnregistrationConfirm(requestSeqNum: request.requestSeqNum)
    var verdict = Verdict(.unregistrationConfirm(answer), to: leaving.rasAddress, .confirmed)
    verdict.concerns(leaving, entry)
    return verdict
  }

  /// Keeps these aliases of an endpoint only.
  private mutating func shortened(
    _ endpoint: GatekeeperEndpoint, to left: [String], _ number: Int, _ entry: Guardian?
  ) -> Verdict {
    var kept = endpoint
    for name in endpoint.aliases where !left.contains(name) { identifiersByAlias.removeValue(forKey: name) }
    kept.aliases = left
    kept.terminalAlias.removeAll { alias in
      alias.name(in: configuration.domains).map { !left.contains($0) } ?? false
    }
    endpointsByIdentifier[kept.identifier] = kept
    let answer = UnregistrationConfirm(requestSeqNum: number)
    var verdict = Verdict(.unregistrationConfirm(answer), to: kept.rasAddress, .confirmed)
    verdict.concerns(kept, entry)
    return verdict
  }

  /// Unregisters an endpoint, whether it wants or not: URQ goes to it, DRQ for its calls.
  ///
  /// - Returns: false when there is none with that identifier.
  @discardableResult
  public mutating func unregister(
    _ identifier: String, at moment: Moment, admissions: inout AdmissionTable, into sink: inout GatekeeperSink
  ) -> Bool {
    guard let endpoint = endpointsByIdentifier[identifier] else { return false }
    unregister(endpoint, .command, moment, &admissions, &sink)
    return true
  }

  mutating func unregister(
    _ endpoint: GatekeeperEndpoint, _ why: GatekeeperUnregistration, _ moment: Moment,
    _ admissions: inout AdmissionTable, _ sink: inout GatekeeperSink
  ) {
    if why != .expired { endCalls(of: endpoint, .command, moment, &admissions, &sink) }
    remove(endpoint, &admissions)
    var request = UnregistrationRequest(
      requestSeqNum: nextNumber(),
      callSignalAddress: [.ipAddress(endpoint.callSignalAddress.ip, port: endpoint.callSignalAddress.port)])
    request.endpointIdentifier = BMPString(endpoint.identifier)
    request.endpointAlias = endpoint.terminalAlias
    request.gatekeeperIdentifier = configuration.identifier
    request.reason =
      switch why {
      case .expired: .ttlExpired
      case .registry: .securityDenial
      case .command: .maintenance
      case .request, .replaced: .undefinedReason
      }
    ask(.unregistrationRequest(request), .unregistration, of: endpoint, moment, &sink)
    sink.actions.append(.unregistered(endpoint, why))
  }

  /// The time to live is over. Calls go on: IRQ finds out whether anybody still knows them.
  mutating func expired(
    _ identifier: String, _ moment: Moment, _ admissions: inout AdmissionTable, _ sink: inout GatekeeperSink
  ) {
    guard let endpoint = endpointsByIdentifier[identifier] else { return }
    guard endpoint.expiresAt <= moment.now else { return setTimer(.endpoint(identifier), at: endpoint.expiresAt) }
    unregister(endpoint, .expired, moment, &admissions, &sink)
  }

  private mutating func remove(_ endpoint: GatekeeperEndpoint, _ admissions: inout AdmissionTable) {
    endpointsByIdentifier.removeValue(forKey: endpoint.identifier)
    for alias in endpoint.aliases where identifiersByAlias[alias] == endpoint.identifier {
      identifiersByAlias.removeValue(forKey: alias)
    }
    clearTimer(.endpoint(endpoint.identifier))
    if endpoint.isPreGranted { admissions.revoke(endpoint.identifier) }
  }
}

extension EndpointType {
  /// What it says it is, in one word.
  var kind: String {
    if mcu != nil { return "mcu" }
    if gateway != nil { return "gateway" }
    return terminal != nil ? "terminal" : "other"
  }
}
