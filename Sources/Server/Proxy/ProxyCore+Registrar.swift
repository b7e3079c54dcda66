import Guard
import SIPMessage
import SIPTransaction
import Wire

/// A REGISTER that has been read, before the store has been asked.
struct RegisterDraft: Sendable {
  /// One Contact, with its granted time; 0 removes it.
  struct Change: Sendable {
    var uri: SIPURI
    var text: String
    var q: Int
    var expires: UInt32
  }

  var aor: String
  var callID: String
  var sequence: UInt32
  var changes: [Change]
  var removesAll: Bool
  var path: [String]
  var hop: Hop
  /// How often another REGISTER came in between.
  var conflicts = 0
}

// The registrar (RFC 3261 §10.3): steps 1 to 4 are behind us when it is asked.
extension ProxyCore {
  mutating func register(_ inbound: Inbound, user: String?, at moment: Moment, into sink: inout ProxySink) {
    let request = inbound.request
    let view = request.view
    // Step 2: nothing that we would have to understand and do not.
    var unsupported: [String] = []
    view.forEachElement(of: .require) { element in
      if !view.equalsIgnoringCase(element, "path") { unsupported.append(view.string(element)) }
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
    switch readRegister(view, inbound.fields, aor: aor, hop: inbound.hop) {
    case .success(let read): draft = read
    case .failure(let fault):
      refuse(inbound, fault.refusal, at: moment, into: &sink)
      return
    }
    fetch(inbound, draft, at: moment, into: &sink)
  }

  private mutating func fetch(
    _ inbound: Inbound, _ draft: RegisterDraft, at moment: Moment, into sink: inout ProxySink
  ) {
    let context = ResponseContext(inbound, .fetching(draft))
    ask(.bindings(aor: draft.aor), context, inbound, at: moment, into: &sink)
  }

  private struct Fault: Error {
    let refusal: Refusal
  }

  /// Steps 5 and 6: what the REGISTER wants.
  private func readRegister(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields, aor: String, hop: Hop
  ) -> Result<RegisterDraft, Fault> {
    var draft = RegisterDraft(
      aor: aor, callID: view.string(fields.callID), sequence: fields.cseqNumber, changes: [], removesAll: false,
      path: [], hop: hop)
    let list: ContactList
    do throws(SIPParseError) {
      list = try view.contacts()
      draft.path = try view.paths().map(\.text)
    } catch {
      return .failure(Fault(refusal: .plain(400, error.phrase)))
    }
    let expires = fields.expires
    switch list {
    case .all:
      guard expires == 0 else {
        return .failure(Fault(refusal: .plain(400, "Contact: * needs Expires: 0")))
      }
      draft.removesAll = true
    case .contacts(let contacts):
      guard contacts.count <= limits.contactsPerRegister else {
        return .failure(Fault(refusal: .plain(403, "Too Many Contacts")))
      }
      for contact in contacts {
        guard let uri = contact.address.uri.sip else {
          return .failure(Fault(refusal: .plain(400, "Contact: unsupported URI scheme")))
        }
        let wanted = contact.expires ?? expires ?? limits.defaultExpires
        if wanted > 0, wanted < limits.minimumExpires {
          return .failure(
            Fault(
              refusal: .plain(423, "Interval Too Brief", headers: [("Min-Expires", String(limits.minimumExpires))])))
        }
        draft.changes.append(
          RegisterDraft.Change(
            uri: uri, text: uri.text, q: contact.q.map { Int($0.thousandths) } ?? 1000,
            expires: min(wanted, limits.maximumExpires)))
      }
    }
    return .success(draft)
  }

  /// Step 7: the contacts that are there are known; each of ours takes the place of the one it is equivalent to.
  mutating func commit(
    _ inbound: Inbound, _ draft: RegisterDraft, known: [Contact], version: UInt64, at moment: Moment,
    into sink: inout ProxySink
  ) {
    guard draft.removesAll || !draft.changes.isEmpty else {
      answerRegister(inbound, known, at: moment, into: &sink)
      return
    }
    let registered = known.map { (key: $0.key, uri: try? SIPURI($0.uri)) }
    let contacts = draft.changes.map { change in
      let twin = registered.first { $0.uri?.isEquivalent(to: change.uri) == true }
      return Contact(
        uri: change.text, key: twin?.key ?? change.text, q: change.q, expiresIn: change.expires, hop: draft.hop,
        path: draft.path)
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
      answerRegister(inbound, contacts, at: moment, into: &sink)
    case .outOfOrder:
      refuse(inbound, .plain(500, "Out Of Order"), at: moment, into: &sink)
    case .full:
      refuse(inbound, .plain(403, "Too Many Contacts"), at: moment, into: &sink)
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
    _ inbound: Inbound, _ contacts: [Contact], at moment: Moment, into sink: inout ProxySink
  ) {
    var headers: [HeaderLine] = contacts.map { contact in
      let q = contact.q == 1000 ? "" : ";q=\(QValue(clamping: contact.q))"
      return ("Contact", "<\(contact.uri)>;expires=\(contact.expiresIn)\(q)")
    }
    let request = inbound.request
    let view = request.view
    if view.contains(.path) {
      // RFC 3327 §5.3: the phone learns the way that requests will take.
      view.forEach(.path) { headers.append(("Path", view.string($0.valueRange))) }
    }
    headers.append(("Date", DateHeader(moment.clock).text))
    respond(inbound, status: 200, phrase: "OK", headers: headers, at: moment, into: &sink)
  }
}
