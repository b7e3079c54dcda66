import SIPMessage
import SIPTransaction
import Wire

/// Whom a Request-URI names.
enum RequestTarget: Sendable {
  /// An address of record, or one phone of it.
  case address(String, GRUU?)
  /// Of a form that is ours, but not made by us: 404 (RFC 5627 §6.1).
  case unknownGRUU
  /// No SIP URI: 416.
  case unsupported
}

// Globally routable URIs of single phones (RFC 5627).
extension ProxyCore {
  /// Whom the Request-URI names. A temporary GRUU is read here, before any rule is asked about its target.
  func requestTarget(_ view: SIPMessageView, _ fields: SIPMandatoryFields) -> RequestTarget {
    guard let aor = addressOfRecord(view, fields.requestURI) else { return .unsupported }
    guard mayBeGRUU(view, fields), let uri = try? SIPURI(parsing: view.slice(view.requestURI)),
      let parameter = uri.parameters["gr"]
    else { return .address(aor, nil) }
    if let value = parameter.rawValue {
      return .address(aor, .instance("<\(String(decoding: URIEscape.decode(value), as: UTF8.self))>"))
    }
    guard let user = uri.user, let gruu = gruus.read(user: URIEscape.decode(user)) else { return .unknownGRUU }
    return .address(gruu.aor, .temporary(gruu.mark))
  }

  /// Whether the Request-URI could be a GRUU of ours: almost none has a parameter that begins like `gr`.
  private func mayBeGRUU(_ view: SIPMessageView, _ fields: SIPMandatoryFields) -> Bool {
    let parameters = view.slice(fields.requestURI.parameters)
    var index = 0
    while index + 3 <= parameters.count {
      if parameters[index] == UInt8(ascii: ";"), parameters[index + 1] | 0x20 == UInt8(ascii: "g"),
        parameters[index + 2] | 0x20 == UInt8(ascii: "r")
      {
        return isOurDomain(view, fields.requestURI) || isOurSocket(view, fields.requestURI)
      }
      index += 1
    }
    return false
  }

  /// The `pub-gruu` and `temp-gruu` parameters of a contact (RFC 5627 §5.2); empty when it has no instance.
  func gruuParameters(_ contact: Contact, of aor: String) -> String {
    guard let instance = contact.instance, var uri = try? SIPURI("sip:\(aor)") else { return "" }
    do {
      try uri.parameters.set("gr", to: String(instance.dropFirst().dropLast()))
    } catch {
      return ""
    }
    var text = ";pub-gruu=\"\(uri.text)\""
    let mark = gruus.mark(instance: instance.lowercased(), callID: contact.callID)
    let domain = aor[(aor.lastIndex(of: "@").map { aor.index(after: $0) } ?? aor.startIndex)...]
    if let user = gruus.user(aor: aor, mark: mark, sequence: contact.sequence) {
      text += ";temp-gruu=\"sip:\(user)@\(domain);gr\""
    }
    return text
  }

  /// The contacts that a GRUU means, the most recently refreshed first (RFC 5627 §6.1); all of them without one.
  func contacts(_ contacts: [Contact], of gruu: GRUU?) -> [Contact] {
    switch gruu {
    case nil: return contacts
    case .instance(let instance):
      return Self.recentFirst(contacts.filter { $0.instance?.lowercased() == instance.lowercased() })
    case .temporary(let mark):
      // One binding proves that it still holds; then it means all of that phone's.
      let holder = contacts.first { contact in
        contact.instance.map { gruus.mark(instance: $0.lowercased(), callID: contact.callID) } == mark
      }
      guard let instance = holder?.instance?.lowercased() else { return [] }
      return Self.recentFirst(contacts.filter { $0.instance?.lowercased() == instance })
    }
  }

  private static func recentFirst(_ contacts: [Contact]) -> [Contact] {
    contacts.sorted { $0.updatedAt > $1.updatedAt }.map { contact in
      var contact = contact
      // They are one phone: which of its contacts it prefers does not matter to who called this very phone.
      contact.q = 1000
      return contact
    }
  }

  // MARK: Inside dialogs

  /// A request inside a dialog whose target is a GRUU of ours, and no Route leads elsewhere: its phone is looked up.
  ///
  /// - Returns: whether that is so; then everything else follows from the store's answer.
  mutating func locatePhone(
    _ context: ResponseContext, _ inbound: Inbound, at moment: Moment, into sink: inout ProxySink
  ) -> Bool {
    let request = inbound.request
    guard inbound.route.next == nil, mayBeGRUU(request.view, inbound.fields),
      case .address(let aor, let gruu?) = requestTarget(request.view, inbound.fields), isOurs(aor)
    else { return false }
    context.phase = .locatingPhone(gruu)
    ask(.bindings(aor: aor), context, inbound, at: moment, into: &sink)
    return true
  }

  /// The same for an ACK, which has no transaction.
  mutating func locatePhone(
    ofAck view: SIPMessageView, _ fields: SIPMandatoryFields, _ route: RouteSet, from hop: Hop,
    _ dialog: DialogReference, into sink: inout ProxySink
  ) -> Bool {
    guard route.next == nil, mayBeGRUU(view, fields),
      case .address(let aor, let gruu?) = requestTarget(view, fields), isOurs(aor)
    else { return false }
    let inbound = Inbound(
      id: ServerTransactionID(index: .max, generation: .max), request: SIPMessage(copying: view), fields: fields,
      hop: hop, receivedAt: Instant(nanoseconds: 0), route: route)
    let context = ResponseContext(inbound, .locatingPhone(gruu))
    context.call = dialog.call
    context.traceID = dialog.traceID
    // A node that is full drops it: the 2xx comes again, and the ACK with it.
    if let id = contexts.insert(context) { sink.actions.append(.ask(.bindings(aor: aor), id)) }
    return true
  }

  /// The phone's contacts are known. A dialog has one far end, so only the contact refreshed last is tried, and then its
  /// phone's other flows.
  mutating func locatedPhone(
    _ context: ResponseContext, _ inbound: Inbound, _ gruu: GRUU, _ contacts: [Contact], at moment: Moment,
    into sink: inout ProxySink
  ) {
    let request = inbound.request
    let view = request.view
    guard case .address(let aor, _) = requestTarget(view, inbound.fields) else { return }
    let targets = targets(of: self.contacts(contacts, of: gruu), aor: aor, isAdmitted: true)
    if inbound.method == .ack {
      guard let way = targets.first?.ways.first else { return }
      send(
        ack: view, inbound.fields, inbound.route, from: inbound.hop, to: way,
        DialogReference(call: context.call, traceID: context.traceID), at: moment, into: &sink)
      return
    }
    guard !targets.isEmpty else {
      refuse(inbound, contacts.isEmpty ? nobody(gruu) : .plain(480, "Temporarily Unavailable"), at: moment, into: &sink)
      return
    }
    context.phase = .forwarding
    forward(context, inbound, to: targets, at: moment, into: &sink)
  }

  // MARK: Nobody

  /// Why nobody is reached: an address without contacts is not found; a public GRUU holds as long as its address does,
  /// so its phone is away; a temporary one ends with the registration (RFC 5627 §5.3, §6.1).
  func nobody(_ gruu: GRUU?) -> Refusal {
    switch gruu {
    case nil, .temporary: .plain(404, "Not Found")
    case .instance: .plain(480, "Temporarily Unavailable")
    }
  }

  /// Whether a host is that domain.
  func isHost(_ domain: String, _ host: SIPHost) -> Bool {
    switch host {
    case .name(let name): (name.text.hasSuffix(".") ? String(name.text.dropLast()) : name.text) == domain
    case .address(let address): IPAddress(domain) == address
    }
  }
}
