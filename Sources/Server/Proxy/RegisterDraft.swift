import SIPMessage
import SIPTransaction

/// A REGISTER that has been read, before the store has been asked.
struct RegisterDraft: Sendable {
  /// One Contact, with its granted time; 0 removes it.
  struct Change: Sendable {
    var uri: SIPURI
    var text: String
    var q: Int
    var expires: UInt32
    /// `+sip.instance`, angle brackets included.
    var instance: String?
    /// `reg-id`, where it counts (RFC 5626 §6).
    var regID: UInt32?
    /// All other parameters, to be kept and returned.
    var parameters: String

    /// What the binding is known by when it is a flow: instance and reg-id, whatever the URI (RFC 5626 §6).
    var flowKey: String? {
      guard let instance, let regID else { return nil }
      return "\(instance.lowercased());reg-id=\(regID)"
    }
  }

  var aor: String
  var callID: String
  var sequence: UInt32
  var changes: [Change] = []
  var removesAll = false
  var path: [String] = []
  var hop: Hop
  /// How often another REGISTER came in between.
  var conflicts = 0

  /// Whether it registers a flow.
  var isOutbound: Bool { changes.contains { $0.regID != nil } }
}

// Steps 2, 6 and 7 of RFC 3261 §10.3: what a REGISTER wants, and whether it may want that.
extension RegisterDraft {
  /// The extensions a REGISTER may require of us.
  static let understood = ["path", "outbound", "gruu"]

  /// Reads a REGISTER.
  ///
  /// - Throws: the answer that refuses it.
  init(
    reading view: SIPMessageView, _ fields: SIPMandatoryFields, aor: String, hop: Hop, isTrusted: Bool,
    expiry: RegistrationExpiry, limits: ProxyLimits
  ) throws(Refusal) {
    self.init(aor: aor, callID: view.string(fields.callID), sequence: fields.cseqNumber, hop: hop)
    let list: ContactList
    do throws(SIPParseError) {
      list = try view.contacts()
      path = try view.paths().map(\.text)
    } catch {
      throw .plain(400, error.phrase)
    }
    guard path.count <= limits.pathValues else { throw .plain(403, "Too Many Path Values") }
    // RFC 3327 §5.3: a phone that knows nothing of Path would not see who has put itself between. A neighbour that we
    // trust may.
    if !path.isEmpty, !isTrusted, !view.hasElement("path", in: .supported) {
      throw .plain(420, "Bad Extension", headers: [("Unsupported", "path")])
    }
    switch list {
    case .all:
      guard fields.expires == 0 else { throw .plain(400, "Contact: * needs Expires: 0") }
      removesAll = true
    case .contacts(let contacts):
      guard contacts.count <= limits.contactsPerRegister else { throw .plain(403, "Too Many Contacts") }
      for contact in contacts {
        try read(
          contact, expires: contact.expires ?? fields.expires ?? expiry.standard,
          isOutbound: view.hasElement("outbound", in: .supported), expiry: expiry, limits: limits)
      }
      try checkFlows(view, fields)
    }
  }

  private mutating func read(
    _ contact: ContactHeader, expires: UInt32, isOutbound: Bool, expiry: RegistrationExpiry, limits: ProxyLimits
  ) throws(Refusal) {
    let instance = contact.parameters.value(of: "+sip.instance")
    guard let uri = contact.address.uri.sip else {
      // RFC 5627 §5.1 wants 403 where a GRUU could come of it.
      throw .plain(instance == nil ? 400 : 403, "Contact: unsupported URI scheme")
    }
    if let instance {
      let isSound =
        instance.utf8.count <= limits.instanceBytes && instance.utf8.first == UInt8(ascii: "<")
        && instance.utf8.last == UInt8(ascii: ">") && instance.utf8.count > 2
        && instance.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      guard isSound else { throw .plain(400, "Contact: malformed +sip.instance") }
    }
    var regID: UInt32?
    if isOutbound, instance != nil, let text = contact.parameters.value(of: "reg-id") {
      guard let number = UInt32(text), number > 0, number <= UInt32(Int32.max) else {
        throw .plain(400, "Contact: malformed reg-id")
      }
      regID = number
    }
    if expires > 0, expires < expiry.minimum {
      throw .plain(423, "Interval Too Brief", headers: [("Min-Expires", String(expiry.minimum))])
    }
    var parameters = ""
    for parameter in contact.parameters.entries where !Self.isOurs(parameter.name) {
      parameters += ";\(parameter.name)" + (parameter.rawValue.map { "=\($0)" } ?? "")
    }
    guard parameters.utf8.count <= limits.contactParameterBytes else {
      throw .plain(403, "Contact Too Long")
    }
    changes.append(
      Change(
        uri: uri, text: uri.text, q: contact.q.map { Int($0.thousandths) } ?? 1000,
        expires: min(expires, expiry.maximum), instance: instance, regID: regID, parameters: parameters))
  }

  /// Parameters that we write ourselves. What a phone says about its GRUUs does not count (RFC 5627 §5.1).
  private static func isOurs(_ name: String) -> Bool {
    switch name.lowercased() {
    case "q", "expires", "pub-gruu", "temp-gruu": true
    default: false
    }
  }

  /// RFC 5626 §6: one flow at a time, and only where the first hop takes part.
  private func checkFlows(_ view: SIPMessageView, _ fields: SIPMandatoryFields) throws(Refusal) {
    guard changes.contains(where: { $0.regID != nil && $0.expires > 0 }) else { return }
    guard changes.count(where: { $0.expires > 0 }) == 1 else { throw .plain(400, "Contact: one flow at a time") }
    // With one Via we are the first hop ourselves. Otherwise it is the one that wrote the last Path.
    guard ((try? view.via(after: fields.topmostVia)) ?? nil) != nil else { return }
    let edge = path.last.flatMap { try? PathHeader($0) }?.address.uri.sip
    guard edge?.parameters.contains("ob") == true else { throw .plain(439, "First Hop Lacks Outbound Support") }
  }
}
