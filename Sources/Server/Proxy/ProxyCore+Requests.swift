import Guard
import Relay
import SIPLocation
import SIPMessage
import SIPTransaction
import Telemetry
import Wire
import Witness

/// A request that has a transaction, with what has been found out about it once and for all.
///
/// One object, handed from step to step and kept while the store is asked: its fields are too many to copy around.
final class Inbound {
  let id: ServerTransactionID
  let request: SIPMessage
  let fields: SIPMandatoryFields
  let hop: Hop
  let method: SIPMethod
  let receivedAt: Instant
  /// The Route headers as far as they concern us.
  let route: RouteSet

  /// The address the request counts as coming from: the socket's, or the one a trusted neighbour vouches for.
  var source: SocketAddress
  /// Whether it came over TLS, by the same word.
  var isSecure: Bool
  /// The far end as records name it, by the same word; answers go to `hop`.
  var origin: Hop
  /// Whether a trusted neighbour's word it is.
  var isVouched = false
  /// Whether every Proxy-Authorization header is known to be of our realm, so that none need be read again to be removed.
  var hasOwnCredentialsOnly = false
  /// Whether its sender is known: by digest, or by a trusted neighbour's word.
  var isAuthenticated = false
  /// Whether it has passed everything of DOMAIN §5: from here on a call that does not come about has failed.
  var isAdmitted = false
  /// The expert in whose quota it has been counted, until it has become a call or was refused.
  var expert: String?
  /// Our own proof that we know the password, for the 200 of a REGISTER (RFC 7616 §3.5).
  var authenticationInfo: String?

  init(
    id: ServerTransactionID, request: SIPMessage, fields: SIPMandatoryFields, hop: Hop, receivedAt: Instant,
    route: RouteSet
  ) {
    self.id = id
    self.request = request
    self.fields = fields
    self.hop = hop
    method = request.view.method
    self.receivedAt = receivedAt
    self.route = route
    source = hop.remote
    isSecure = hop.transport.isSecure
    origin = hop
  }

  /// Whether it belongs to a dialog.
  var isInDialog: Bool { fields.to.tag != nil }

  /// What its connection proves of the caller.
  var certificate: CallerCertificate {
    if isVouched { return .vouched }
    guard let facts = hop.security?.facts else { return .absent }
    return .shown(facts)
  }
}

// Requests, up to the question who calls (RFC 3261 §16.3; DOMAIN §5 steps 2 to 5).
extension ProxyCore {
  mutating func receiveRequest(
    _ view: SIPMessageView, from hop: Hop, keeping copy: SIPMessage?, at moment: Moment, into sink: inout ProxySink
  ) {
    if !hop.isGateway { counts.request(view.method.label, hop.transport.label) }
    if shed(view, from: hop, at: moment, into: &sink) { return }
    take(view, from: hop, keeping: copy, at: moment, into: &sink)
  }

  /// - Parameter isRevealed: whether what was hidden in it has been put back.
  private mutating func take(
    _ view: SIPMessageView, from hop: Hop, keeping copy: SIPMessage?, isRevealed: Bool = false, at moment: Moment,
    into sink: inout ProxySink
  ) {
    let fields: SIPMandatoryFields
    var route: RouteSet
    do throws(SIPParseError) {
      fields = try view.validate()
      route = try routeSet(view, fields)
    } catch {
      refuseMalformed(view, error, from: hop, at: moment, into: &sink)
      return
    }
    if isHidden(view, fields, route) {
      if !isRevealed, let revealed = revealed(view, fields, route) {
        take(revealed.view, from: hop, keeping: revealed, isRevealed: true, at: moment, into: &sink)
        return
      }
      route.isForged = true
    }
    let match = layer.receiveRequest(
      view, via: fields.topmostVia, keeping: copy, hop: hop, now: moment.now, into: &transactions)
    switch match {
    case .new(let id):
      guard let request = layer.request(of: id) else { return }
      let inbound = Inbound(
        id: id, request: request, fields: fields, hop: hop, receivedAt: moment.now, route: route)
      begin(inbound, at: moment, into: &sink)
    case .cancel(let id, let invite):
      guard let request = layer.request(of: id) else { return }
      let inbound = Inbound(
        id: id, request: request, fields: fields, hop: hop, receivedAt: moment.now, route: route)
      cancel(inbound, invite: invite, at: moment, into: &sink)
    case .ackForSuccess:
      forwardAck(view, fields, route, from: hop, at: moment, into: &sink)
    case .ackAbsorbed:
      record(.sipRequest, view, fields, from: hop, at: moment, into: &sink)
    case .retransmission:
      break
    case .overloaded:
      counts.response(503)
      counts.limitReached(NodeLimit.transactions.rawValue)
      let bytes = response(
        to: view, from: hop, status: 503, phrase: "Service Unavailable", headers: [("Retry-After", "10")])
      if let reply = replyHop(view, hop) { sink.actions.append(.send(bytes, reply, nil)) }
    case .malformed(let error):
      refuseMalformed(view, error, from: hop, at: moment, into: &sink)
    }
  }

  /// A request that is no sane SIP message: 400 (or what fits better) where an answer can be routed, else nothing
  /// (DOMAIN §5 step 2). No transaction is made for it.
  public mutating func refuseMalformed(
    _ view: SIPMessageView, _ error: SIPParseError, from hop: Hop, at moment: Moment, into sink: inout ProxySink
  ) {
    counts.rejection(AdmissionRule.sanity.rawValue)
    securityRecord(
      rule: AdmissionRule.sanity.rawValue, text: error.description, source: hop, at: moment, into: &sink)
    guard view.isRequest, error.isAnswerable, view.method != .ack else { return }
    counts.response(error.statusCode)
    let bytes = response(to: view, from: hop, status: error.statusCode, phrase: error.phrase, headers: [])
    if let reply = replyHop(view, hop) { sink.actions.append(.send(bytes, reply, nil)) }
  }

  /// Bytes that are no SIP message at all.
  public mutating func refuseUnreadable(
    _ error: SIPParseError, from hop: Hop, at moment: Moment, into sink: inout ProxySink
  ) {
    guard error.reason != .keepAlive else { return }
    counts.rejection(AdmissionRule.sanity.rawValue)
    securityRecord(
      rule: AdmissionRule.sanity.rawValue, text: error.description, source: hop, at: moment, into: &sink)
  }

  /// The checks that need nobody's word: source, transport, Max-Forwards, loop; then by method.
  private mutating func begin(_ inbound: Inbound, at moment: Moment, into sink: inout ProxySink) {
    let request = inbound.request
    let view = request.view
    applyTrust(inbound)
    let vouched = vouchedUser(view, inbound.hop)
    guard inbound.hop.isGateway || policy.allowlist.contains(inbound.source.ip) else {
      refuse(inbound, .rule(.source, "this address may not call here"), at: moment, into: &sink)
      return
    }
    if !inbound.isSecure, needsTLS(inbound) {
      refuse(inbound, .rule(.transport, "use TLS"), at: moment, into: &sink)
      return
    }
    if !inbound.isSecure, !inbound.isInDialog, inbound.fields.requestURI.scheme == .sips, !policy.trusts(inbound.hop) {
      // §26.2.2: who calls a SIPS URI wants TLS on every hop, and the last one had none.
      refuse(inbound, .rule(.transport, "a SIPS URI needs TLS"), at: moment, into: &sink)
      return
    }
    if inbound.fields.maxForwards == 0, !isAnsweredHere(inbound) {
      refuse(
        inbound,
        Refusal(
          status: 483, phrase: "Too Many Hops", rule: AdmissionRule.maxForwards.rawValue, text: "Max-Forwards is 0"),
        at: moment, into: &sink)
      return
    }
    if isLoop(view, inbound.fields) {
      refuse(inbound, .plain(482, "Loop Detected"), at: moment, into: &sink)
      return
    }
    if view.contains(.proxyRequire) {
      let unsupported = unsupportedExtensions(view)
      if !unsupported.isEmpty {
        refuse(
          inbound, .plain(420, "Bad Extension", headers: [("Unsupported", unsupported.joined(separator: ", "))]),
          at: moment, into: &sink)
        return
      }
    }
    if policy.isPrivacyService, let failure = privacyFailure(view) {
      refuse(inbound, failure, at: moment, into: &sink)
      return
    }
    if inbound.isInDialog {
      continueDialog(inbound, at: moment, into: &sink)
    } else {
      beginOutOfDialog(inbound, vouched: vouched, at: moment, into: &sink)
    }
  }

  /// Whether a request ends with us, so that it needs no hop any more: everything else is forwarded, also what names our
  /// domain and no user, since a static route may take it on.
  private func isAnsweredHere(_ inbound: Inbound) -> Bool {
    guard inbound.route.isForUs, !inbound.isInDialog else { return false }
    return inbound.method == .options || inbound.method == .register
  }

  /// DOMAIN §5 step 4, as far as it can be told before the target has been looked up.
  private func needsTLS(_ inbound: Inbound) -> Bool {
    switch policy.tlsRequirement {
    case .all: return true
    case .none: return false
    case .escalations:
      guard !inbound.isInDialog, !policy.escalationTargets.targets.isEmpty else { return false }
      let request = inbound.request
      let view = request.view
      guard case .address(let target, _) = requestTarget(view, inbound.fields) else { return false }
      return policy.escalationTargets.match(target) != nil
    }
  }

  /// A request inside a dialog: it inherits everything from the INVITE that we let in, which the cookie proves (DOMAIN §4).
  private mutating func continueDialog(
    _ inbound: Inbound, at moment: Moment, into sink: inout ProxySink
  ) {
    let request = inbound.request
    let view = request.view
    guard let dialog = dialog(of: view, inbound.fields, cookie: inbound.route.cookie) else {
      refuse(
        inbound,
        Refusal(
          status: 481, phrase: "Call/Transaction Does Not Exist", rule: AdmissionRule.dialog.rawValue,
          text: "no Route of ours with a valid cookie"),
        at: moment, into: &sink)
      return
    }
    if inbound.route.isForged {
      refuse(inbound, .rule(.route, "a hidden address that is not ours"), at: moment, into: &sink)
      return
    }
    if takeKey(inbound, dialog, at: moment, into: &sink) { return }
    let context = ResponseContext(inbound, .forwarding)
    context.call = dialog.call
    context.traceID = dialog.traceID
    context.isInDialog = true
    context.isFromCaller = dialog.isFromCaller
    if let known = dialog.call.flatMap({ calls[$0]?.dialog }) {
      context.shift = known.shift(
        of: dialog.isFromCaller ? .caller : .callee, inbound.method, inbound.fields.cseqNumber)
    }
    switch dialogFlow(inbound.route, view, isFromCaller: dialog.isFromCaller) {
    case .hop(let hop):
      forward(context, inbound, to: [Target(Way(hop: hop))], at: moment, into: &sink)
      return
    case .forged:
      refuse(inbound, .rule(.route, "a flow token that is not ours"), at: moment, into: &sink)
      return
    case .none: break
    }
    if locatePhone(context, inbound, at: moment, into: &sink) { return }
    guard let way = nextWay(inbound.route, view, preferring: inbound.hop.listener) else {
      refuse(inbound, .plain(502, "Next Hop Unresolvable"), at: moment, into: &sink)
      return
    }
    forward(context, inbound, to: [Target(way)], at: moment, into: &sink)
  }

  /// A request that begins something: who sends it decides what happens.
  private mutating func beginOutOfDialog(
    _ inbound: Inbound, vouched: String?, at moment: Moment, into sink: inout ProxySink
  ) {
    let route = inbound.route
    if inbound.method == .invite || inbound.method == .subscribe || inbound.method == .refer {
      if isDraining {
        refuse(inbound, .plain(503, "Shutting Down", headers: [("Retry-After", "30")]), at: moment, into: &sink)
        return
      }
      if let unrecordable {
        refuse(inbound, .full(.witness, unrecordable, retryAfter: 30), at: moment, into: &sink)
        return
      }
    }
    if route.hasForeign || inbound.fields.requestURI.maddr != nil, !policy.trusts(inbound.hop) {
      refuse(inbound, .rule(.route, "a Route or maddr that is not ours"), at: moment, into: &sink)
      return
    }
    if inbound.hop.isGateway {
      admitOwn(inbound, at: moment, into: &sink)
      return
    }
    switch inbound.method {
    case .options where isAnsweredHere(inbound):
      answerOptions(inbound, at: moment, into: &sink)
    case .register where isAnsweredHere(inbound):
      guard policy.authenticatesRegister else {
        register(inbound, user: nil, at: moment, into: &sink)
        return
      }
      authenticate(inbound, vouched: vouched, at: moment, into: &sink)
    default:
      guard policy.authenticatesInvite else {
        admit(inbound, user: vouched, at: moment, into: &sink)
        return
      }
      authenticate(inbound, vouched: vouched, at: moment, into: &sink)
    }
  }

  /// OPTIONS to us (§11.2): what we can.
  private mutating func answerOptions(_ inbound: Inbound, at moment: Moment, into sink: inout ProxySink) {
    respond(
      inbound, status: 200, phrase: "OK",
      headers: [
        (
          "Allow", "INVITE, ACK, CANCEL, BYE, REGISTER, OPTIONS, INFO, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY, MESSAGE"
        ),
        ("Accept", "application/sdp"), ("Supported", "path, outbound, gruu"),
      ], at: moment, into: &sink)
  }

  /// An ACK for a 2xx goes through without a transaction (§16.11), if the dialog is ours; otherwise it is dropped.
  private mutating func forwardAck(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields, _ route: RouteSet, from hop: Hop, at moment: Moment,
    into sink: inout ProxySink
  ) {
    guard hop.isGateway || policy.allowlist.contains(hop.remote.ip), fields.maxForwards != 0, !route.isForged,
      let dialog = dialog(of: view, fields, cookie: route.cookie)
    else { return }
    switch dialogFlow(route, view, isFromCaller: dialog.isFromCaller) {
    case .hop(let flow):
      let way = Way(hop: flow)
      send(ack: view, fields, route, from: hop, to: way, dialog, at: moment, into: &sink)
      return
    case .forged: return
    case .none: break
    }
    if locatePhone(ofAck: view, fields, route, from: hop, dialog, into: &sink) { return }
    guard let way = nextWay(route, view, preferring: hop.listener) else { return }
    guard let destination = way.destination else {
      send(ack: view, fields, route, from: hop, to: way, dialog, at: moment, into: &sink)
      return
    }
    let held = HeldAck(
      message: SIPMessage(copying: view), host: destination.host, fields: fields, route: route, hop: hop,
      dialog: dialog)
    // The caller sends it again with the next 2xx, if there is no room for it now.
    guard let id = heldAcks.insert(held) else {
      counts.limitReached(NodeLimit.heldAcks.rawValue)
      return
    }
    sink.actions.append(.ask(.locate(destination), id))
  }

  /// Where an ACK goes is known.
  mutating func ackLocated(_ id: ContextID, _ hops: [LocatedHop], at moment: Moment, into sink: inout ProxySink) {
    guard let held = heldAcks.remove(id) else { return }
    for hop in hops {
      guard let way = way(to: hop.address, hop.transport, of: held.host, preferring: held.hop.listener)
      else { continue }
      send(
        ack: held.message.view, held.fields, held.route, from: held.hop, to: way, held.dialog, at: moment, into: &sink)
      return
    }
  }

  mutating func send(
    ack view: SIPMessageView, _ fields: SIPMandatoryFields, _ route: RouteSet, from hop: Hop, to way: Way,
    _ dialog: DialogReference, at moment: Moment, into sink: inout ProxySink
  ) {
    let mask =
      policy.mayHide ? mask(view, fields, route, from: hop, to: way.hop, cookie: nil) : nil
    let shift =
      dialog.call.flatMap { calls[$0]?.dialog }?
      .shift(of: dialog.isFromCaller ? .caller : .callee, .ack, fields.cseqNumber) ?? 0
    let bytes = rewritten(
      view, fields, from: hop, to: way, route: route,
      branch: statelessBranch(view, fields, cookie: route.cookie ?? 0), cookie: nil, isEscalation: false, mask: mask,
      shift: shift,
      body: mediaBody(ofAck: view, fields, from: hop, toward: way.hop, dialog))
    if !mediaActions.isEmpty || !bridgeTurns.isEmpty { flushMedia(at: moment, into: &sink) }
    sink.actions.append(.send(bytes, way.hop, nil))
    guard isWitnessed, isFirstAck(view, fields, dialog) else { return }
    let next = way.hop
    let origin = vouchedOrigin(view, hop)
    record(.sipRequest, view, fields, from: origin ?? hop, traceID: dialog.traceID, at: moment, into: &sink) {
      details in
      details.append(WitnessDetail("forwarded_to", .peer(next.witnessPeer)))
      if origin != nil { details.append(WitnessDetail("vouched_by", .peer(hop.witnessPeer))) }
    }
  }

  /// Whether an ACK is not the one that came last in its call, by who sends it, to whom and for what.
  private func isFirstAck(_ view: SIPMessageView, _ fields: SIPMandatoryFields, _ dialog: DialogReference) -> Bool {
    guard let call = dialog.call.flatMap({ calls[$0] }) else { return true }
    var hash = SipHash(key: hashKey)
    hash.combine(UInt64(fields.cseqNumber) << 1 | (dialog.isFromCaller ? 1 : 0))
    hash.combine(view.slice(fields.to.tag ?? .zero))
    let name = hash.finalize()
    defer { call.lastAck = name }
    return call.lastAck != name
  }
}
