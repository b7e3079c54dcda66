import PER
import Wire

extension RASClient {
  /// 1...65,535, and around.
  mutating func nextNumber() -> Int {
    lastNumber = lastNumber >= 65_535 ? 1 : lastNumber + 1
    return lastNumber
  }

  mutating func open(
    _ message: RasMessage, _ number: Int, to address: SocketAddress, _ purpose: Purpose, now: Instant,
    _ actions: inout [Action]
  ) {
    pending.append(
      Pending(
        number: number, message: message, address: address, purpose: purpose, deadline: now + configuration.timeout,
        sendingsLeft: configuration.repetitions))
    actions.append(.send(message, to: address))
  }

  /// Forgets what was asked about registration; requests about calls stay open.
  mutating func abandonRegistration() {
    pending.removeAll { request in
      switch request.purpose {
      case .discovery, .registration, .unregistration, .report, .resources: true
      case .tagged: false
      }
    }
  }

  /// Discovers, or registers at once, with the present candidate.
  mutating func approach(now: Instant, _ actions: inout [Action]) {
    guard current < candidates.count else { return wait(now: now, &actions) }
    guard configuration.discovers else { return register(isKeepAlive: false, now: now, &actions) }
    state = .discovering
    var request = GatekeeperRequest(
      requestSeqNum: nextNumber(), protocolIdentifier: ProtocolIdentifier.ours, rasAddress: configuration.rasAddress,
      endpointType: configuration.terminalType)
    request.gatekeeperIdentifier = candidates[current].identifier
    request.endpointAlias = configuration.terminalAlias
    request.supportsAltGK = true
    if !configuration.authenticationCapability.isEmpty {
      request.authenticationCapability = configuration.authenticationCapability
      request.algorithmOIDs = configuration.algorithmOIDs
    }
    open(
      .gatekeeperRequest(request), request.requestSeqNum, to: candidates[current].address, .discovery, now: now,
      &actions)
  }

  /// Sends RRQ: all of it, or the short one that keeps a registration alive.
  mutating func register(isKeepAlive: Bool, now: Instant, _ actions: inout [Action]) {
    guard current < candidates.count else { return wait(now: now, &actions) }
    var request = RegistrationRequest(
      requestSeqNum: nextNumber(), protocolIdentifier: ProtocolIdentifier.ours,
      discoveryComplete: configuration.discovers, callSignalAddress: configuration.callSignalAddress,
      rasAddress: [configuration.rasAddress], terminalType: configuration.terminalType,
      endpointVendor: configuration.endpointVendor)
    request.gatekeeperIdentifier = candidates[current].identifier
    request.timeToLive = configuration.timeToLive
    request.keepAlive = isKeepAlive
    request.supportsAltGK = true
    if isKeepAlive {
      request.endpointIdentifier = endpointIdentifier
      // Not again before this one is answered or given up.
      state = .registered(refreshAt: .distantFuture)
    } else {
      request.terminalAlias = configuration.terminalAlias
      state = .registering
    }
    open(
      .registrationRequest(request), request.requestSeqNum, to: candidates[current].address,
      .registration(isKeepAlive: isKeepAlive), now: now, &actions)
  }

  /// Goes on with the next gatekeeper, or pauses when none is left.
  mutating func tryNext(now: Instant, _ actions: inout [Action]) {
    if isRegistered { actions.append(.unregistered) }
    abandonRegistration()
    current += 1
    approach(now: now, &actions)
  }

  private mutating func wait(now: Instant, _ actions: inout [Action]) {
    redirections = 0
    state = .waiting(until: now + configuration.pause)
  }

  /// Puts alternates behind the present candidate, by priority, and what the configuration says behind them.
  mutating func remember(_ alternates: [AlternateGK]?) {
    guard let alternates, current < candidates.count else { return }
    var next: [Candidate] = [candidates[current]]
    for alternate in alternates.sorted(by: { $0.priority < $1.priority }).prefix(RASClientLimits.maxAlternates) {
      guard let address = alternate.rasAddress.socketAddress, !next.contains(where: { $0.address == address }) else {
        continue
      }
      next.append(Candidate(address: address, identifier: alternate.gatekeeperIdentifier))
    }
    for address in configuration.gatekeepers where !next.contains(where: { $0.address == address }) {
      next.append(Candidate(address: address, identifier: configuration.gatekeeperIdentifier))
    }
    candidates = next
    current = 0
  }

  /// The same for alternates in a refusal; two gatekeepers that send endpoints to each other are left after some rounds.
  mutating func follow(_ information: AltGKInfo?) {
    guard let information, redirections < RASClientLimits.maxRedirections else { return }
    redirections += 1
    remember(information.alternateGatekeeper)
  }

  mutating func confirmed(_ confirm: GatekeeperConfirm, now: Instant, _ actions: inout [Action]) {
    guard hasOffered(confirm) else {
      actions.append(.discoveryRejected(.securityDenial, by: candidates[current].address))
      return tryNext(now: now, &actions)
    }
    // Where registrations go may be another address than the one that answered.
    if let address = confirm.rasAddress.socketAddress, !address.ip.isUnspecified {
      candidates[current].address = address
    }
    candidates[current].identifier = confirm.gatekeeperIdentifier ?? candidates[current].identifier
    remember(confirm.alternateGatekeeper)
    register(isKeepAlive: false, now: now, &actions)
  }

  /// Whether what the gatekeeper has chosen, if anything, was offered.
  private func hasOffered(_ confirm: GatekeeperConfirm) -> Bool {
    guard !configuration.authenticationCapability.isEmpty else { return true }
    if let chosen = confirm.authenticationMode, !configuration.authenticationCapability.contains(chosen) {
      return false
    }
    if let chosen = confirm.algorithmOID, !configuration.algorithmOIDs.contains(chosen) { return false }
    return true
  }

  mutating func confirmed(
    _ confirm: RegistrationConfirm, isKeepAlive: Bool, now: Instant, _ actions: inout [Action]
  ) {
    redirections = 0
    endpointIdentifier = confirm.endpointIdentifier
    respondsToIRR = confirm.willRespondToIRR ?? (isKeepAlive && respondsToIRR)
    preGrantedARQ = confirm.preGrantedARQ ?? (isKeepAlive ? preGrantedARQ : nil)
    candidates[current].identifier = confirm.gatekeeperIdentifier ?? candidates[current].identifier
    remember(confirm.alternateGatekeeper)
    let lifetime = max(RASClientLimits.minTimeToLive, confirm.timeToLive ?? configuration.timeToLive)
    // Early enough for all repetitions before the registration ends.
    let margin = configuration.timeout * (configuration.repetitions + 1)
    let refresh = max(.seconds(lifetime) - margin, .seconds(lifetime) / 2)
    state = .registered(refreshAt: now + refresh)
    if !isKeepAlive { actions.append(.registered(confirm, by: candidates[current].address)) }
  }

  mutating func rejected(_ reject: RegistrationReject, isKeepAlive: Bool, now: Instant, _ actions: inout [Action]) {
    if isKeepAlive, isRegistered { actions.append(.unregistered) }
    if isKeepAlive, case .fullRegistrationRequired = reject.rejectReason {
      return register(isKeepAlive: false, now: now, &actions)
    }
    if case .discoveryRequired = reject.rejectReason, configuration.discovers, isKeepAlive {
      return approach(now: now, &actions)
    }
    state = .registering
    actions.append(.registrationRejected(reject.rejectReason))
    follow(reject.altGKInfo)
    tryNext(now: now, &actions)
  }
}
