import OpenSSLCrypto
public import Wire

/// IF.guard: may this caller reach that target about this hazard, now, from there?
///
/// Pure functions of the facts, the registry and the policy. The rules are tried in the order of DOMAIN §5 and the first
/// that fails decides. Nobody is refused for what he is going to say: no rule looks at anything but identity, place,
/// time and subject.
public enum IFGuard {
  /// Decides about a call that comes in.
  public static func decide(
    _ facts: CallFacts, registry: Registry, policy: GuardPolicy = .default, now: UTCTimestamp
  ) -> GuardDecision {
    if let guardian = facts.authenticatedUser.flatMap(registry.guardian(user:)), facts.targetIsCouncil {
      return decide(guardian)
    }
    do throws(Refusal) {
      let inquiry = Inquiry(facts: facts, registry: registry, policy: policy, now: now)
      let headers = try inquiry.checkHeaders()
      let expert = try inquiry.checkCaller()
      guard expert.specialisations.covers(headers.hazard) else {
        throw Refusal(.specialisation, "the hazard is not among the caller's specialisations")
      }
      let isSigned = try inquiry.checkSignature(of: expert, headers)
      try checkRoom(facts.room)
      return GuardDecision(
        rule: .expertAdmitted, text: "the expert may join",
        admission: GuardAdmission(
          participant: .expert(expert), hazard: headers.hazard, traceID: headers.traceID, isSigned: isSigned))
    } catch {
      return .refused(error.rule, error.text)
    }
  }

  /// Decides about a call that we are to make.
  public static func decide(
    _ facts: CalloutFacts, registry: Registry, policy: GuardPolicy = .default
  ) -> GuardDecision {
    do throws(Refusal) {
      guard policy.posture != .closed else { throw Refusal(.postureOpen, closedText) }
      guard let expert = registry.expert(user: facts.expert) else {
        throw Refusal(.calleeRegistered, "no such expert in the registry")
      }
      guard expert.status == .active, registry.organisation(of: expert)?.status == .active else {
        throw Refusal(.calleeActive, "the expert's registry entry is not active")
      }
      guard expert.specialisations.covers(facts.hazard) else {
        throw Refusal(.specialisation, "the hazard is not among the expert's specialisations")
      }
      try checkRoom(facts.room)
      return GuardDecision(
        rule: .calloutAdmitted, text: "the expert may be called",
        admission: GuardAdmission(participant: .expert(expert), hazard: facts.hazard, traceID: nil, isSigned: false))
    } catch {
      return .refused(error.rule, error.text)
    }
  }

  /// A guardian who dials in passes steps 1 to 7 and needs an active entry; the rest is for those from outside (§6).
  private static func decide(_ guardian: Guardian) -> GuardDecision {
    guard guardian.status == .active else {
      return .refused(.callerActive, "the guardian's registry entry is not active")
    }
    return GuardDecision(
      rule: .guardianAdmitted, text: "a guardian dials in",
      admission: GuardAdmission(participant: .guardian(guardian), hazard: nil, traceID: nil, isSigned: false))
  }

  fileprivate static let closedText = "no new escalations at present"

  private static func checkRoom(_ room: RoomState?) throws(Refusal) {
    guard let room else { return }
    guard room.isOpen else { throw Refusal(.roomOpen, "the room is closed") }
    guard room.participants < room.capacity else { throw Refusal(.roomCapacity, "the room is full") }
  }
}

/// A rule that failed, on its way to becoming a decision.
private struct Refusal: Error {
  let rule: GuardRule
  let text: String

  init(_ rule: GuardRule, _ text: String) {
    self.rule = rule
    self.text = text
  }

  init(_ fault: IFHeaderFault) {
    text = fault.phrase
    rule =
      switch fault.header {
      case .traceID: .traceIDHeader
      case .hazard: .hazardHeader
      case .timestamp: .timestampHeader
      case .signature: .signatureHeader
      }
  }
}

/// One decision about a call that comes in: what every step looks at.
private struct Inquiry {
  /// The headers once every rule about them has been passed.
  struct Headers {
    let traceID: TraceID?
    let hazard: Hazard
    let timestamp: IFHeaders.Timestamp?
    let signature: String?
  }

  let facts: CallFacts
  let registry: Registry
  let policy: GuardPolicy
  let now: UTCTimestamp

  // MARK: Step 8

  /// Goes down the table of DOMAIN §4 row by row: a header's form, then its value, then the next header.
  func checkHeaders() throws(Refusal) -> Headers {
    let fields = facts.headers
    let mayBeAbsent = try headersMayBeAbsent()
    let traceID = try formed { () throws(IFHeaderFault) in
      try IFHeaders.traceID(fields.traceID, mayBeAbsent: mayBeAbsent)
    }
    let hazard = try formed { () throws(IFHeaderFault) in
      try IFHeaders.hazard(fields.hazard, mayBeAbsent: mayBeAbsent)
    }
    let covered = try coveredHazard(hazard)
    let timestamp = try formed { () throws(IFHeaderFault) in
      try IFHeaders.timestamp(fields.timestamp, isSigned: fields.signature != .absent)
    }
    if let timestamp, !isFresh(timestamp.time) {
      throw Refusal(.timestampFresh, "X-IF-Timestamp is too far from our clock")
    }
    let signature = try formed { () throws(IFHeaderFault) in try IFHeaders.signature(fields.signature) }
    return Headers(traceID: traceID, hazard: covered, timestamp: timestamp, signature: signature)
  }

  private func headersMayBeAbsent() throws(Refusal) -> Bool {
    guard let user = facts.authenticatedUser, registry.expert(user: user)?.headers == .derived else { return false }
    guard facts.isSecure || !policy.derivedNeedsSecureTransport else {
      throw Refusal(.derivedTransport, "a phone without X-IF headers has to call over TLS")
    }
    return true
  }

  private func coveredHazard(_ value: IFHeaders.HazardValue?) throws(Refusal) -> Hazard {
    let hazard: Hazard? =
      switch value {
      case .known(let hazard): hazard
      case .unknown: throw Refusal(.hazardCovered, "X-IF-Hazard names no hazard that an expert covers")
      case nil: facts.target.hazard ?? facts.openHazard
      }
    guard let hazard else {
      throw Refusal(.hazardDerivable, "neither the call nor its target says which hazard it is about")
    }
    guard registry.coveredHazards.covers(hazard) else {
      throw Refusal(.hazardCovered, "no active expert covers the hazard")
    }
    return hazard
  }

  private func isFresh(_ time: UTCTimestamp) -> Bool {
    time.distance(from: now) <= policy.timestampTolerance
  }

  private func formed<Value>(_ read: () throws(IFHeaderFault) -> Value) throws(Refusal) -> Value {
    do throws(IFHeaderFault) {
      return try read()
    } catch {
      throw Refusal(error)
    }
  }

  // MARK: Step 9

  /// Who calls, and from where. The entry is looked for under the From URI and then under the user, so that a caller
  /// who is half right hears which half is wrong.
  func checkCaller() throws(Refusal) -> Expert {
    guard policy.posture != .closed else { throw Refusal(.postureOpen, IFGuard.closedText) }
    guard let user = facts.authenticatedUser else {
      throw Refusal(.callerAuthenticated, "escalations need an authenticated caller")
    }
    guard let expert = registry.expert(address: facts.from) ?? registry.expert(user: user) else {
      throw Refusal(.callerRegistered, "the caller is not in the registry")
    }
    guard expert.status == .active else {
      throw Refusal(.callerActive, "the caller's registry entry is not active")
    }
    guard isSame(expert.user, user) else {
      throw Refusal(.callerUser, "the From URI belongs to another user")
    }
    guard expert.owns(facts.from) else {
      throw Refusal(.callerAddress, "the From URI is not the caller's")
    }
    guard let organisation = registry.organisation(of: expert), organisation.status == .active else {
      throw Refusal(.sourceNetwork, "the caller's organisation is not active")
    }
    guard organisation.owns(facts.source) else {
      throw Refusal(.sourceNetwork, "the caller's organisation does not own the source network")
    }
    guard organisation.accepts(facts.certificate) else {
      throw Refusal(.clientCertificate, "the connection shows no client certificate of the caller's organisation")
    }
    return expert
  }

  /// Whether the call is signed. A signature from a caller without a key proves nothing and is ignored.
  ///
  /// - Returns: true when there was a signature and it holds.
  func checkSignature(of expert: Expert, _ headers: Headers) throws(Refusal) -> Bool {
    guard let key = expert.key else {
      guard policy.posture != .elevated else {
        throw Refusal(.signaturePresent, "signatures are required at present, and the caller has no key")
      }
      return false
    }
    guard let signature = headers.signature else {
      guard expert.signature == .optional, policy.posture != .elevated else {
        throw Refusal(.signaturePresent, "X-IF-Signature is required")
      }
      return false
    }
    // checkHeaders() lets no signature pass without a timestamp and a trace_id, except a derived caller's trace_id,
    // and a derived caller has no key.
    guard let timestamp = headers.timestamp, let traceID = headers.traceID,
      let text = SignedText(
        traceID: traceID, hazard: headers.hazard, from: facts.from, to: facts.to, callID: facts.callID,
        timestamp: timestamp.text),
      text.isSigned(by: key, signature: signature)
    else {
      throw Refusal(.signatureValid, "X-IF-Signature does not hold")
    }
    switch facts.spent {
    case .unspent: return true
    case .spent: throw Refusal(.signatureUnspent, "the signed Call-ID has been used")
    case .beforeMemory: throw Refusal(.signatureUnspent, "the signature is older than this process")
    case .memoryFull, nil: throw Refusal(.signatureUnspent, "whether the signed Call-ID has been used cannot be told")
    }
  }
}
