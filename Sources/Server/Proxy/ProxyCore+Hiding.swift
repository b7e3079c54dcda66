import SIPMessage
import SIPTransaction
import Wire

// Hiding the inside of the network from peers outside (`hide_topology`), and phones that ask for it from everybody
// (RFC 3323 §5.1).
//
// What goes out names no hop but us: the Vias below ours stay in the response context, from which every response gets
// them back; the routes behind us stand sealed in our own Record-Route value (``HidingMint``), and the Contact, if it is
// hidden, in a URI of ours. A request that brings them is turned into the one that it would be if nothing had been hidden
// before anything else looks at it (`ProxyCore+Revealing`). Call-ID, tags, From and To stay what they are: dialogs and
// signatures live by them.
extension ProxyCore {
  // MARK: Requests

  /// What of a request is hidden from the hop it goes to; nil when nothing is.
  func mask(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields, _ route: RouteSet, from hop: Hop, to next: Hop,
    cookie: UInt64?
  ) -> Mask? {
    // The gateway is this node itself, and its Contact says nothing of the network.
    guard !hop.isGateway, !next.isGateway else { return nil }
    let isPrivate = policy.isPrivacyService && (route.isPrivate || Self.asksForHeaderPrivacy(view))
    guard isPrivate || policy.hiding.map({ $0.hides(hop.remote.ip, from: next.remote.ip) }) ?? false else { return nil }
    let isRegistration = view.isMethod("REGISTER")
    var mask = Mask(
      hidesContacts: !isRegistration && (isPrivate || policy.hiding?.hidesContacts == true), isPrivate: isPrivate)
    if cookie != nil, Self.makesDialog(view.method) { mask.routes = sealedText(view, fields, hop) }
    return mask
  }

  /// The text that our Record-Route value carries for whoever is called: the caller's flow, if it has one, and the routes
  /// back to it in the order in which the callee would use them.
  private func sealedText(_ view: SIPMessageView, _ fields: SIPMandatoryFields, _ hop: Hop) -> [UInt8] {
    var text: [UInt8] = []
    if let flow = callerFlow(view, fields, hop) { text += Wording.callerFlowMark + flow }
    text.append(0)
    append(recordRoutes(view), of: view, to: &text)
    return text
  }

  /// Whether what is to be hidden of a request is more than we seal.
  func isTooLong(_ mask: Mask, _ fields: SIPMandatoryFields) -> Bool {
    if let routes = mask.routes, routes.count > limits.hiddenBytes { return true }
    guard mask.hidesContacts, case .address(let contact) = fields.contact else { return false }
    return contact.uri.count > limits.hiddenBytes
  }

  /// Puts our Via in the place of all, our Record-Route value in the place of all, and hides the Contact.
  mutating func hide(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields, by mask: Mask, to way: Way, via: Span<UInt8>, cookie: UInt64?
  ) {
    rewriter.pushVia(via, onto: view)
    rewriter.removeHeaders(of: view) { $0.name == .via || $0.name == .recordRoute }
    let tag = view.slice(fields.from.tag ?? .zero)
    if let cookie, let text = mask.routes {
      let calleeFlow = way.keepsFlow ? flows.token(for: way.hop) : nil
      let isSIPS = fields.requestURI.scheme == .sips || fields.topmostRoute?.uri.scheme == .sips || way.isSIPS
      var value = wording.recordRoute(of: way.hop.listener, isSIPS: isSIPS, cookie: cookie)
      if let calleeFlow { value += Wording.calleeFlowMark + calleeFlow }
      appendSealed(text, view.slice(fields.callID), tag, to: &value)
      rewriter.pushRecordRoute(value.span, onto: view)
    }
    if mask.hidesContacts { hideContacts(view, fields.callID, tag, behind: way.hop.listener) }
    if mask.isPrivate { markPrivacyDone(view) }
  }

  /// Appends the sealed parameter and the end of our Record-Route value.
  private func appendSealed(_ text: [UInt8], _ callID: Span<UInt8>, _ tag: Span<UInt8>, to value: inout [UInt8]) {
    if text.count <= limits.hiddenBytes {
      value += Wording.hiddenMark
      hidings.appendRoutes(text, callID: callID, tag: tag, to: &value)
    }
    value.append(UInt8(ascii: ">"))
  }

  /// Keeps the Vias of a request that goes out without them, the topmost as a response brings it back (§18.2.1).
  func keepVias(of inbound: Inbound, _ mask: Mask, in context: ResponseContext) {
    guard var hidden = context.hidden, hidden.vias.isEmpty else { return }
    let request = inbound.request
    let view = request.view
    let via = inbound.fields.topmostVia
    let received = received(via, view, inbound.hop)
    view.forEach(.via) { entry in
      var value: [UInt8] = []
      if hidden.vias.isEmpty {
        view.append(entry.valueRange, stamping: via, received: received, port: inbound.hop.remote.port, to: &value)
      } else {
        value.append(copying: view.slice(entry.valueRange))
      }
      hidden.vias.append(value)
    }
    hidden.isPrivate = mask.isPrivate
    context.hidden = hidden
  }

  // MARK: Responses

  /// Whether what is inside is hidden from the one that a response goes to.
  func hides(_ view: SIPMessageView, from hop: Hop, towards context: ResponseContext) -> Bool {
    guard policy.mayHide, context.hidden != nil, !hop.isGateway else { return false }
    if policy.hiding.map({ $0.hides(hop.remote.ip, from: context.hop.remote.ip) }) ?? false { return true }
    return policy.isPrivacyService && Self.asksForHeaderPrivacy(view)
  }

  /// Gives a response back what was hidden of its request: the Vias, and the routes behind our Record-Route value.
  ///
  /// - Parameter isHidden: whether the routes are about to be written anew, since those beyond us are hidden, too.
  mutating func restore(_ view: SIPMessageView, _ hidden: HiddenHeaders, to listener: UInt16, isHidden: Bool) {
    rewriter.removeHeaders(of: view) { $0.name == .via }
    for via in hidden.vias { rewriter.insertFirst(.via, "Via", value: via.span, in: view) }
    guard !isHidden, let own = recordRoutes(view).last, let (place, routes) = sealedRoutes(own, view),
      let cookie = Self.parameter("ifc", in: view.slice(own.uri.parameters))
    else { return }
    let mark = Self.whole(place)
    var value = [UInt8](copying: view.slice(ByteRange(lower: own.value.lower, upper: mark.lower)))
    if hidden.isPrivate { value += Wording.privateMark }
    value.append(copying: view.slice(ByteRange(lower: mark.upper, upper: own.value.upper)))
    let inner = wording.recordRoute(of: listener, isSIPS: own.uri.scheme == .sips, cookie: nil)
    if !value.starts(with: inner) {
      // The side that the request came from knows us by another address (RFC 5658).
      value += Wording.separator + inner
      value.append(copying: view.slice(own.uri.parameters).extracting(cookie))
      value.append(UInt8(ascii: ">"))
    }
    if !routes.isEmpty { value += Wording.separator + routes }
    rewriter.replace(own.value, with: value.span)
  }

  /// What a response's Record-Route value of ours has sealed of its request: where, and the values as a list. With nothing
  /// below it, ours is the last one of those that went out. Nil when it is none of ours, or has nothing sealed.
  private func sealedRoutes(_ own: RouteField, _ view: SIPMessageView) -> (place: ByteRange, list: [UInt8])? {
    guard isOurSocket(view, own.uri), let place = hiddenParameter(of: own.uri, view), let callID = try? view.callID(),
      let from = try? view.from(),
      let text = hidings.routes(
        view.slice(place), callID: view.slice(callID), tag: view.slice(from.tag ?? .zero)),
      let zero = text.firstIndex(of: 0)
    else { return nil }
    return (place, Array(text[(zero + 1)...]))
  }

  /// Hides of a response what lies behind us: routes, Contact, and who warns.
  mutating func hide(_ view: SIPMessageView, towards context: ResponseContext) {
    guard let hidden = context.hidden, let callID = try? view.callID(), let to = try? view.to() else { return }
    let isPrivate = policy.isPrivacyService && Self.asksForHeaderPrivacy(view)
    if view.contains(.recordRoute) {
      hideRoutes(view, hidden, callID, to.tag, listener: context.hop.listener)
    }
    if context.method != .register, isPrivate || policy.hiding?.hidesContacts == true {
      let status = view.statusCode
      if (300...399).contains(status) || status == 485 {
        removeForeignContacts(view)
      } else {
        hideContacts(view, callID, view.slice(to.tag ?? .zero), behind: context.hop.listener)
      }
    }
    if view.contains(.warning) { hideWarnings(view, listener: context.hop.listener) }
    if isPrivate { markPrivacyDone(view) }
  }

  /// Puts one Record-Route value of ours in the place of it and of all above it.
  private mutating func hideRoutes(
    _ view: SIPMessageView, _ hidden: HiddenHeaders, _ callID: ByteRange, _ tag: ByteRange?, listener: UInt16
  ) {
    let all = recordRoutes(view)
    // What the caller's side has below ours came along, or is sealed in it.
    let sealed = hidden.vias.isEmpty ? nil : all.last.flatMap { sealedRoutes($0, view)?.list }
    let count = sealed == nil ? min(hidden.recordRoutes, all.count) : 0
    var above = all.dropLast(count)
    var own: [RouteField] = []
    while own.count < 2, let last = above.last, isOurSocket(view, last.uri), cookiePlace(of: last.uri, view) != nil {
      own.append(last)
      above.removeLast()
    }
    var values: [[UInt8]] = []
    if let top = own.last, let tag,
      let cookie = cookiePlace(of: top.uri, view).flatMap({ HexWord.parse(view.slice($0)) })
    {
      var text: [UInt8] = []
      if let flow = place("ifb", of: top.uri, view) {
        text += Wording.calleeFlowMark
        text.append(copying: view.slice(flow))
      }
      text.append(0)
      append(above.reversed(), of: view, to: &text)
      var value = wording.recordRoute(of: listener, isSIPS: top.uri.scheme == .sips, cookie: cookie)
      if let flow = place("ifa", of: top.uri, view) {
        value += Wording.callerFlowMark
        value.append(copying: view.slice(flow))
      }
      if sealed != nil, hidden.isPrivate { value += Wording.privateMark }
      // The call goes on without what is too long; what follows goes to the Contact without the hops before it.
      if text.count > limits.hiddenBytes { counts.limitReached(NodeLimit.hiddenRoutes.rawValue) }
      appendSealed(text, view.slice(callID), view.slice(tag), to: &value)
      values.append(value)
    }
    if let sealed, !sealed.isEmpty { values.append(sealed) }
    for route in all.suffix(count) { values.append([UInt8](copying: view.slice(route.value))) }
    rewriter.removeHeaders(of: view) { $0.name == .recordRoute }
    for value in values { rewriter.insertFirst(.recordRoute, "Record-Route", value: value.span, in: view) }
  }

  /// Who warns of something is an address inside as often as not (§20.43).
  private mutating func hideWarnings(_ view: SIPMessageView, listener: UInt16) {
    rewriter.removeHeaders(of: view) { $0.name == .warning }
    guard let agent = policy[listener]?.sentBy, let warnings = try? view.warnings() else { return }
    for warning in warnings {
      guard let own = try? WarningHeader(code: warning.code, agent: agent, message: warning.message) else { continue }
      var value: [UInt8] = []
      own.write(into: &value)
      rewriter.append("Warning", value: value.span, to: view)
    }
  }

  // MARK: Contacts

  /// Puts a URI of ours in the place of each Contact's. One that is too long for that is left out.
  private mutating func hideContacts(
    _ view: SIPMessageView, _ callID: ByteRange, _ tag: Span<UInt8>, behind listener: UInt16
  ) {
    var next = (try? view.firstContact()) ?? nil
    while case .address(let contact)? = next {
      next = (try? view.contact(after: contact)) ?? nil
      guard contact.scheme == .sip || contact.scheme == .sips else { continue }
      let uri = Self.asRequestURI(view.slice(contact.uri))
      guard uri.count <= limits.hiddenBytes else {
        counts.limitReached(NodeLimit.hiddenRoutes.rawValue)
        rewriter.removeValue(contact.value, place: contact.place, of: view)
        continue
      }
      var value: [UInt8] = contact.isBracketed ? [] : [UInt8(ascii: "<")]
      let isSIPS = contact.scheme == .sips && policy[listener]?.transport.isSecure == true
      value += isSIPS ? Self.sips : Self.sip
      hidings.appendContact(uri, callID: view.slice(callID), tag: tag, to: &value)
      value += wording.contactTail(of: listener, isSIPS: isSIPS)
      if !contact.isBracketed { value.append(UInt8(ascii: ">")) }
      rewriter.replace(contact.uri, with: value.span)
    }
  }

  /// A redirection that leads anywhere but to an address of record of ours would show where it leads. Whoever wants such
  /// ones to be followed lets us do so (`redirects: follow`).
  private mutating func removeForeignContacts(_ view: SIPMessageView) {
    var kept: [[UInt8]] = []
    var next = (try? view.firstContact()) ?? nil
    while case .address(let contact)? = next {
      next = (try? view.contact(after: contact)) ?? nil
      if let uri = try? view.uriField(contact.uri), uri.scheme == .sip || uri.scheme == .sips, isOurDomain(view, uri) {
        kept.append([UInt8](copying: view.slice(contact.value)))
      }
    }
    rewriter.removeHeaders(of: view) { $0.name == .contact }
    for contact in kept { rewriter.append("Contact", value: contact.span, to: view) }
  }

  /// A URI without what may not stand in a Request-URI (§19.1.1, table 1).
  private static func asRequestURI(_ text: Span<UInt8>) -> [UInt8] {
    let bytes = [UInt8](copying: text)
    guard bytes.contains(UInt8(ascii: "?")) || parameter("method", in: text) != nil,
      let uri = try? SIPURI(parsing: text)
    else { return bytes }
    return Array(uri.asRequestURI.text.utf8)
  }

  private static let sip = Array("sip:".utf8)
  private static let sips = Array("sips:".utf8)

  // MARK: Parts

  /// The Record-Route values of a message, topmost first.
  func recordRoutes(_ view: SIPMessageView) -> [RouteField] {
    var values: [RouteField] = []
    var next = (try? view.firstRoute(.recordRoute)) ?? nil
    while let value = next {
      values.append(value)
      next = (try? view.route(after: value, of: .recordRoute)) ?? nil
    }
    return values
  }

  /// Appends route values as a list.
  private func append(_ routes: some Sequence<RouteField>, of view: SIPMessageView, to text: inout [UInt8]) {
    for (number, route) in routes.enumerated() {
      if number > 0 { text += Wording.separator }
      text.append(copying: view.slice(route.value))
    }
  }

  private func cookiePlace(of uri: SIPURIField, _ view: SIPMessageView) -> ByteRange? { place("ifc", of: uri, view) }

  /// Where the value of the sealed parameter stands in a URI of ours.
  func hiddenParameter(of uri: SIPURIField, _ view: SIPMessageView) -> ByteRange? { place("ifh", of: uri, view) }

  /// The whole parameter, from its semicolon on, by the place of its value.
  static func whole(_ value: ByteRange) -> ByteRange {
    ByteRange(lower: value.lower - UInt32(Wording.hiddenMark.count), upper: value.upper)
  }

  /// Where the value of a parameter stands in a URI.
  private func place(_ name: StaticString, of uri: SIPURIField, _ view: SIPMessageView) -> ByteRange? {
    Self.parameter(name, in: view.slice(uri.parameters)).map { $0.shifted(by: uri.parameters) }
  }
}

extension Range<Int> {
  /// A range of a part, as a range of the whole.
  fileprivate func shifted(by part: ByteRange) -> ByteRange {
    ByteRange(lower: part.lower + UInt32(lowerBound), upper: part.lower + UInt32(upperBound))
  }
}
