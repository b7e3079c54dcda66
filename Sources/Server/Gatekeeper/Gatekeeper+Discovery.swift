import Admissions
import Guard
import H225
import PER
import Wire

extension Gatekeeper {
  /// GRQ (H.225.0 §7.8): confirmed when an entry of the registry could register from there.
  mutating func discovery(_ request: GatekeeperRequest, _ incoming: Incoming) -> Verdict {
    let to = answerAddress(request.rasAddress, incoming.source)
    func reject(_ reason: GatekeeperRejectReason, _ detail: String) -> Verdict {
      var answer = GatekeeperReject(
        requestSeqNum: request.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours, rejectReason: reason)
      answer.gatekeeperIdentifier = configuration.identifier
      return .rejected(.gatekeeperReject(answer), to: to, reason, detail)
    }
    guard request.protocolIdentifier.isH225 else { return reject(.invalidRevision, "protocol") }
    if let wanted = request.gatekeeperIdentifier, wanted != configuration.identifier {
      return reject(.terminalExcluded, "gatekeeperIdentifier")
    }
    let entry: Guardian?
    if let aliases = request.endpointAlias, !aliases.isEmpty {
      guard let known = firstEntry(of: aliases), known.status == .active else {
        return reject(.terminalExcluded, "alias")
      }
      entry = known
    } else {
      // It does not say who it is: RRQ will.
      guard registry.guardians.contains(where: { $0.status == .active && $0.mayCome(from: incoming.source.ip) }) else {
        return reject(.terminalExcluded, "network")
      }
      entry = nil
    }
    var answer = GatekeeperConfirm(
      requestSeqNum: request.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours,
      rasAddress: .ipAddress(configuration.rasAddress.ip, port: configuration.rasAddress.port))
    answer.gatekeeperIdentifier = configuration.identifier
    answer.alternateGatekeeper = alternates
    var seal: Guardian?
    if let entry, entry.h235Password != nil {
      let integrity = integrity(of: incoming, entry, knownAs: nil)
      // Who has no token yet but says that it can make one is told which: H.235.0 negotiates it here.
      let negotiates =
        request.cryptoTokens == nil && request.authenticationCapability?.contains(.pwdHash) == true
        && request.algorithmOIDs?.contains { $0 == H2351.hmacSHA1With96Bits } == true
      guard integrity == .authentic || negotiates else {
        return reject(.securityDenial, integrity.fault ?? "h235")
      }
      answer.authenticationMode = .pwdHash
      answer.algorithmOID = H2351.hmacSHA1With96Bits
      seal = entry
    }
    var verdict = Verdict(.gatekeeperConfirm(answer), to: to, .confirmed)
    verdict.seal = seal
    return verdict
  }

  /// LRQ (§7.13): for endpoints that are registered, and for neighbours.
  mutating func location(_ request: LocationRequest, _ incoming: Incoming) -> Verdict {
    let asking = endpoint(request.endpointIdentifier, from: incoming.source)
    let to = asking?.rasAddress ?? answerAddress(request.replyAddress, incoming.source)
    let entry = asking.flatMap { registry.guardian(id: $0.terminal) }
    func reject(_ reason: LocationRejectReason, _ detail: String) -> Verdict {
      let answer = LocationReject(requestSeqNum: request.requestSeqNum, rejectReason: reason)
      var verdict = Verdict.rejected(.locationReject(answer), to: to, reason, detail)
      verdict.concerns(asking, entry)
      return verdict
    }
    guard asking != nil || configuration.neighbours.contains(where: { $0.contains(incoming.source.ip) }) else {
      return reject(.invalidPermission, "stranger")
    }
    if let entry, case .failed(let fault) = integrity(of: incoming, entry, knownAs: asking?.identifier) {
      return reject(.securityDenial, fault)
    }
    guard let destination = resolve(request.destinationInfo) else { return reject(.notRegistered, "destination") }
    let address = callSignalAddress(of: destination)
    var answer = LocationConfirm(
      requestSeqNum: request.requestSeqNum, callSignalAddress: .ipAddress(address.ip, port: address.port),
      rasAddress: .ipAddress(configuration.rasAddress.ip, port: configuration.rasAddress.port))
    answer.destinationInfo = request.destinationInfo
    var verdict = Verdict(.locationConfirm(answer), to: to, .confirmed)
    verdict.concerns(asking, entry)
    if case .room(let name) = destination { verdict.room = name }
    return verdict
  }

  /// RAI (§7.18): taken note of.
  mutating func resources(_ request: ResourcesAvailableIndicate, _ incoming: Incoming) -> Verdict {
    guard let asking = endpoint(request.endpointIdentifier, from: incoming.source),
      let entry = registry.guardian(id: asking.terminal),
      !integrity(of: incoming, entry, knownAs: asking.identifier).isFailed
    else { return Verdict(nil, to: incoming.source, .ignored) }
    let answer = ResourcesAvailableConfirm(
      requestSeqNum: request.requestSeqNum, protocolIdentifier: ProtocolIdentifier.ours)
    var verdict = Verdict(.resourcesAvailableConfirm(answer), to: asking.rasAddress, .confirmed)
    verdict.concerns(asking, entry)
    return verdict
  }

  /// The entry of the registry that an alias names.
  func entry(of alias: AliasAddress) -> Guardian? {
    alias.name(in: configuration.domains).flatMap { registry.guardian(named: $0) }
  }

  /// The entry that the first of them names that names any.
  func firstEntry(of aliases: [AliasAddress]) -> Guardian? {
    for alias in aliases.prefix(limits.maxAliases) {
      if let entry = entry(of: alias) { return entry }
    }
    return nil
  }

  /// The alternate gatekeepers, as they are announced; nil when there are none.
  var alternates: [AlternateGK]? {
    guard !configuration.alternates.isEmpty else { return nil }
    return configuration.alternates.prefix(127).enumerated().map { place, address in
      AlternateGK(rasAddress: .ipAddress(address.ip, port: address.port), needToRegister: true, priority: place)
    }
  }

  /// Where the first alias leads that leads anywhere: a room, a registered terminal, what the gateway calls.
  func resolve(_ aliases: [AliasAddress]?) -> Admission.Destination? {
    for alias in (aliases ?? []).prefix(limits.maxAliases) {
      guard let name = alias.name(in: configuration.domains) else { continue }
      if RoomName.isRoom(name) { return .room(name) }
      if let endpoint = endpoint(alias: name) { return .terminal(endpoint.terminal) }
      if configuration.gatewayAliases.contains(where: { $0.matches(name) }) { return .gateway(name) }
    }
    return nil
  }

  /// Where a call to a destination goes.
  func callSignalAddress(of destination: Admission.Destination) -> SocketAddress {
    guard case .terminal(let terminal) = destination,
      let endpoint = endpoints.first(where: { $0.terminal == terminal })
    else { return configuration.callSignalAddress }
    return endpoint.callSignalAddress
  }
}

extension ObjectIdentifier {
  /// Whether it is `itu-t recommendation h 2250 version(0) N`, whichever N.
  var isH225: Bool { contents.count == 6 && contents.prefix(5) == [0, 8, 0x91, 0x4A, 0] && contents[5] > 0 }
}
