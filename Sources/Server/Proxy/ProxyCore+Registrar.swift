import Guard
import SIPMessage
import SIPTransaction
import Wire

// The registrar (RFC 3261 §10.3): steps 1, 3 and 4 are behind us when it is asked.
//
//     register ── read ── fetch: what is bound? ── commit: which of it do we change? ── store ── 200
//                            ▲                                                          │
//                            └────────────── somebody else was quicker ─────────────────┘
extension ProxyCore {
  mutating func register(_ inbound: Inbound, user: String?, at moment: Moment, into sink: inout ProxySink) {
    let request = inbound.request
    let view = request.view
    // Step 2: nothing that we would have to understand and do not.
    var unsupported: [String] = []
    view.forEachElement(of: .require) { element in
      let tag = view.string(element)
      if !RegisterDraft.understood.contains(tag.lowercased()) { unsupported.append(tag) }
    }
    guard unsupported.isEmpty else {
      refuse(
        inbound, .plain(420, "Bad Extension", headers: [("Unsupported", unsupported.joined(separator: ", "))]),
        at: moment, into: &sink)
      return
    }
    guard let aor = addressOfRecord(view, inbound.fields.to.uri), isOurs(aor) else {
      refuse(inbound, .plain(404, "Not Found"), at: moment, into: &sink)
      return
    }
    let draft: RegisterDraft
    do throws(Refusal) {
      draft = try RegisterDraft(
        reading: view, inbound.fields, aor: aor, hop: inbound.hop, isTrusted: policy.trusts(inbound.hop),
        expiry: policy.expiry, limits: limits)
    } catch {
      refuse(inbound, error, at: moment, into: &sink)
      return
    }
    guard !draft.changes.contains(where: { $0.expires > 0 && leads($0.uri, to: aor) }) else {
      refuse(inbound, .plain(403, "Contact Leads Back"), at: moment, into: &sink)
      return
    }
    fetch(inbound, draft, at: moment, into: &sink)
  }

  /// Whether a contact is the address of record itself or a GRUU of it, so that a call would go in circles (RFC 5627 §5.1).
  private func leads(_ contact: SIPURI, to aor: String) -> Bool {
    guard contact.port == nil, policy.domains.contains(where: { isHost($0, contact.host) }) else { return false }
    if contact.normalizedAOR == aor { return true }
    return contact.parameters.contains("gr") && contact.user.flatMap { gruus.read(user: $0.utf8) }?.aor == aor
  }

  private mutating func fetch(
    _ inbound: Inbound, _ draft: RegisterDraft, at moment: Moment, into sink: inout ProxySink
  ) {
    let context = ResponseContext(inbound, .fetching(draft))
    ask(.bindings(aor: draft.aor), context, inbound, at: moment, into: &sink)
  }

  /// Step 7: the contacts that are there are known; each of ours takes the place of the one it is equivalent to, or of
  /// the flow it is (RFC 5626 §6). Of several that are equivalent, the last counts.
  mutating func commit(
    _ inbound: Inbound, _ draft: RegisterDraft, known: [Contact], version: UInt64, at moment: Moment,
    into sink: inout ProxySink
  ) {
    guard draft.removesAll || !draft.changes.isEmpty else {
      answerRegister(inbound, draft, known, at: moment, into: &sink)
      return
    }
    // A flow is no match for a contact without reg-id, whatever its URI.
    var registered = known.filter { $0.regID == nil }.map { (key: $0.key, uri: try? SIPURI($0.uri)) }
    let contacts = draft.changes.map { change in
      let twin = registered.first { $0.uri?.isEquivalent(to: change.uri) == true }
      let key = change.flowKey ?? twin?.key ?? change.text
      if change.regID == nil, twin == nil { registered.append((key, change.uri)) }
      return Contact(
        uri: change.text, key: key, q: change.q, expiresIn: change.expires, hop: draft.hop, path: draft.path,
        instance: change.instance, regID: change.regID, parameters: change.parameters, callID: draft.callID,
        sequence: draft.sequence, updatedAt: moment.clock)
    }
    let registration = Registration(
      aor: draft.aor, callID: draft.callID, sequence: draft.sequence, contacts: contacts,
      removesAll: draft.removesAll, version: version)
    let context = ResponseContext(inbound, .registering(draft))
    ask(.register(registration), context, inbound, at: moment, into: &sink)
  }

  mutating func registered(
    _ inbound: Inbound, _ draft: RegisterDraft, _ result: RegistrationResult, at moment: Moment,
    into sink: inout ProxySink
  ) {
    switch result {
    case .bound(let contacts):
      answerRegister(inbound, draft, contacts, at: moment, into: &sink)
    case .outOfOrder:
      refuse(inbound, .plain(500, "Out Of Order"), at: moment, into: &sink)
    case .full:
      counts.limitReached(NodeLimit.registrations.rawValue)
      refuse(inbound, .plain(403, "Too Many Contacts"), at: moment, into: &sink)
    case .notWritten:
      refuse(inbound, .plain(503, "Service Unavailable", headers: [("Retry-After", "5")]), at: moment, into: &sink)
    case .conflict where draft.conflicts < 3:
      var again = draft
      again.conflicts += 1
      fetch(inbound, again, at: moment, into: &sink)
    case .conflict:
      refuse(inbound, .plain(500, "Server Internal Error", headers: [("Retry-After", "1")]), at: moment, into: &sink)
    }
  }

  /// Step 8: 200 with everything that is bound.
  private mutating func answerRegister(
    _ inbound: Inbound, _ draft: RegisterDraft, _ contacts: [Contact], at moment: Moment, into sink: inout ProxySink
  ) {
    let request = inbound.request
    let view = request.view
    let wantsGRUU = view.hasElement("gruu", in: .supported) || view.hasElement("gruu", in: .require)
    var headers: [HeaderLine] = contacts.map { contact in
      let q = contact.q == 1000 ? "" : ";q=\(QValue(clamping: contact.q))"
      let names = wantsGRUU ? gruuParameters(contact, of: draft.aor) : ""
      return ("Contact", "<\(contact.uri)>;expires=\(contact.expiresIn)\(q)\(contact.parameters)\(names)")
    }
    if view.hasElement("path", in: .supported) {
      // RFC 3327 §5.3: the phone learns the way that requests will take.
      view.forEach(.path) { headers.append(("Path", view.string($0.valueRange))) }
    }
    for route in policy.serviceRoute { headers.append(("Service-Route", route)) }
    if draft.isOutbound, draft.changes.contains(where: { $0.expires > 0 }) {
      // RFC 5626 §6: the phone may rely on it. Only the edge knows how long it lets a flow be silent.
      headers.append(("Require", "outbound"))
      if draft.path.isEmpty { headers.append(("Flow-Timer", String(policy.flowTimer))) }
    }
    // RFC 5627 §5.2: `gruu` is not among them.
    headers.append(("Supported", "path, outbound"))
    if let info = inbound.authenticationInfo { headers.append(("Authentication-Info", info)) }
    headers.append(("Date", DateHeader(moment.clock).text))
    respond(inbound, status: 200, phrase: "OK", headers: headers, at: moment, into: &sink)
  }
}
