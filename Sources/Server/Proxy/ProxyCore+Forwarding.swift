import DigestAuth
import Guard
import MediaAnchor
import SIPMessage
import SIPTransaction
import Wire
import Witness

// Requests on their way out (RFC 3261 §16.6).
extension ProxyCore {
  /// Sends a request to its targets: those of the highest priority at once, the others when these have failed.
  mutating func forward(
    _ begun: ResponseContext, _ inbound: Inbound, to targets: [Target], at moment: Moment, into sink: inout ProxySink
  ) {
    let context = begun
    context.branches = targets.map { Branch(target: $0) }
    if wantsSecureHops(context, inbound) {
      for index in context.branches.indices { context.branches[index].secure() }
    }
    var refusal: Refusal?
    let request = inbound.request
    do throws(SIPParseError) {
      context.breadth = try request.view.maxBreadth()
      if context.breadth == 0 { refusal = .plain(440, "Max-Breadth Exceeded") }
    } catch {
      refusal = .plain(400, "Bad Max-Breadth")
    }
    if refusal == nil, policy.media != nil || !relayed.isEmpty {
      do throws(Refusal) { try beginMedia(context, inbound) } catch { refusal = error }
    }
    if policy.mayHide, context.hidden == nil {
      context.hidden = HiddenHeaders(recordRoutes: recordRoutes(request.view).count)
    }
    let id = refusal == nil ? contexts.insert(context) : nil
    guard let id else {
      if let call = context.call, !context.isInDialog { calls.remove(call) }
      let overfull = Refusal.full(.requests, "Service Unavailable", retryAfter: 10)
      refuse(inbound, refusal ?? overfull, traceID: context.traceID, at: moment, into: &sink)
      return
    }
    layer.setContext(id.word, of: inbound.id)
    if inbound.method == .invite {
      // At once, so that the caller stops retransmitting however long DNS and the callee take (§16.2).
      respond(
        inbound, status: 100, phrase: "Trying", headers: [], traceID: context.traceID, wasForwarded: true,
        isRecorded: false, at: moment, into: &sink)
      if isWitnessed { context.trying = moment.clock }
    }
    resolveNext(id, at: moment, into: &sink)
  }

  /// Sends to all targets of the highest priority that is left (§16.6; serial by q, parallel within one q).
  mutating func sendNextGroup(_ id: ContextID, at moment: Moment, into sink: inout ProxySink) {
    guard let context = contexts[id], let q = context.branches.lazy.filter(\.isWaiting).map(\.target.q).max() else {
      return
    }
    var hasFailed = true
    var destinations: [Hop] = []
    var group = context.branches.indices.filter {
      context.branches[$0].isWaiting && context.branches[$0].target.q == q
    }
    divideBreadth(context, among: &group)
    for index in group {
      guard let hop = send(branch: index, of: context, id, at: moment) else { continue }
      hasFailed = false
      if isWitnessed { destinations.append(hop) }
    }
    recordForwarding(context, to: destinations, at: moment, into: &sink)
    if hasFailed { branchesSettled(id, at: moment, into: &sink) }
  }

  /// Gives each branch its part of Max-Breadth (RFC 5393 §5.3.3). Where there is too little for all, the others wait until
  /// these have failed. A request without it that goes on to one place stays without: whoever forks it begins at 60.
  private func divideBreadth(_ context: ResponseContext, among group: inout [Int]) {
    guard group.count > 1 || context.breadth != nil else { return }
    let breadth = Int(context.breadth ?? Self.usualBreadth)
    group = Array(group.prefix(breadth))
    for (place, index) in group.enumerated() {
      let part = breadth / group.count + (place < breadth % group.count ? 1 : 0)
      context.branches[index].breadth = UInt8(truncatingIfNeeded: part)
    }
  }

  /// What a request without Max-Breadth begins with (RFC 5393 §5.3.3.1).
  private static var usualBreadth: UInt8 { 60 }

  /// Tries the next way to a branch's target, if there is one; false when all have failed.
  mutating func sendNextWay(
    branch index: Int, of context: ResponseContext, _ id: ContextID, at moment: Moment, into sink: inout ProxySink
  ) -> Bool {
    while context.branches[index].hasAnotherWay {
      context.branches[index].way += 1
      guard let hop = send(branch: index, of: context, id, at: moment) else { continue }
      recordForwarding(context, to: [hop], at: moment, into: &sink)
      return true
    }
    return false
  }

  /// Sends the request on one branch in the way that is due; where to, nil when it cannot be sent.
  private mutating func send(
    branch index: Int, of context: ResponseContext, _ id: ContextID, at moment: Moment
  ) -> Hop? {
    guard let inbound = context.inbound else { return nil }
    let request = inbound.request
    let view = request.view
    let target = context.branches[index].target
    var way = target.ways[context.branches[index].way]
    guard isSecure(way) || !wantsSecureHops(context, inbound) && !way.isSIPS else {
      // §16.6 item 7, §26.2.2: a SIPS URI goes over TLS or nowhere (RFC 5630 §5.1).
      context.lacksSecureWay = true
      context.branches[index].state = .done(status: 480)
      if Self.isBetter(480, than: context.best?.status) { context.best = (480, nil, .ours) }
      return nil
    }
    var mask: Mask?
    if policy.mayHide {
      mask = self.mask(view, inbound.fields, inbound.route, from: context.hop, to: way.hop, cookie: context.cookie)
      if let mask {
        guard !isTooLong(mask, inbound.fields) else {
          counts.limitReached(NodeLimit.hiddenRoutes.rawValue)
          context.branches[index].state = .done(status: 513)
          if Self.isBetter(513, than: context.best?.status) { context.best = (513, nil, .ours) }
          return nil
        }
        keepVias(of: inbound, mask, in: context)
      }
    }
    var body: [UInt8]?
    if context.media != nil {
      do throws(AnchorRefusal) {
        body = try mediaBody(of: context, toward: way.hop)
      } catch {
        context.mediaRefusal = error
        context.branches[index].state = .done(status: 488)
        if Self.isBetter(488, than: context.best?.status) { context.best = (488, nil, .ours) }
        return nil
      }
    }
    let branch = newBranch(view, inbound.fields, cookie: context.cookie ?? 0)
    var bytes = rewritten(
      view, inbound.fields, from: context.hop, to: way, route: inbound.route, branch: branch, cookie: context.cookie,
      isEscalation: context.isEscalation, hasOwnCredentialsOnly: inbound.hasOwnCredentialsOnly, user: context.user,
      breadth: context.branches[index].breadth, mask: mask, shift: context.shift, body: body,
      adding: context.addedHeaders)
    if bytes.count > Self.longestDatagram, way.hop.transport == .udp, !way.takesLongDatagrams,
      let stream = onStream(way)
    {
      // §18.1.1: what might not fit into a datagram goes over TCP, and as a datagram after all when TCP fails.
      context.branches[index].insert(stream)
      way = stream
      bytes = rewritten(
        view, inbound.fields, from: context.hop, to: way, route: inbound.route, branch: branch,
        cookie: context.cookie, isEscalation: context.isEscalation,
        hasOwnCredentialsOnly: inbound.hasOwnCredentialsOnly, user: context.user,
        breadth: context.branches[index].breadth, mask: mask, shift: context.shift, body: body,
        adding: context.addedHeaders)
    }
    let client = layer.sendRequest(
      method: context.method, branch: branch.span, bytes: bytes, hop: way.hop, context: id.word,
      timerC: context.method == .invite, patience: context.branches[index].hasAnotherWay ? policy.failover : nil,
      now: moment.now, into: &transactions)
    context.branches[index].client = client
    context.branches[index].isCancelled = false
    guard client != nil else {
      context.branches[index].state = .done(status: 503)
      if Self.isBetter(503, than: context.best?.status) { context.best = (503, nil, .ours) }
      return nil
    }
    context.branches[index].state = .pending
    return way.hop
  }

  /// Whether nobody on a network can listen to what goes there.
  private func isSecure(_ way: Way) -> Bool {
    way.hop.isGateway ? policy.isCouncilHere : way.hop.transport.isSecure
  }

  /// Whether a request may only go on over TLS, since a SIPS URI is meant. Inside a dialog its Routes say so themselves.
  private func wantsSecureHops(_ context: ResponseContext, _ inbound: Inbound) -> Bool {
    inbound.fields.requestURI.scheme == .sips && !context.isInDialog
  }

  /// §18.1.1: within 200 bytes of the MTU, which is not known: 1300 bytes.
  static var longestDatagram: Int { 1300 }

  /// The same way over TCP, if we have a socket for it.
  private func onStream(_ way: Way) -> Way? {
    guard let listener = policy.listener(for: .tcp, to: way.hop.remote, preferring: way.hop.listener) else {
      return nil
    }
    var stream = way
    stream.hop = Hop(transport: .tcp, remote: way.hop.remote, listener: listener)
    // The token would name a flow that is not the one taken.
    stream.keepsFlow = false
    return stream
  }

  private mutating func recordForwarding(
    _ context: ResponseContext, to destinations: [Hop], at moment: Moment, into sink: inout ProxySink
  ) {
    guard isWitnessed, let inbound = context.inbound else { return }
    let request = inbound.request
    let answered = context.trying
    context.trying = nil
    // As the messages came and went: the INVITE, however long it took to find its way, then our 100.
    let time = Moment(now: moment.now, clock: answered ?? moment.clock)
    record(
      .sipRequest, request.view, inbound.fields, from: context.origin, traceID: context.traceID, at: time, into: &sink
    ) { details in
      if destinations.count == 1 {
        details.append(WitnessDetail("forwarded_to", .peer(destinations[0].witnessPeer)))
      } else if !destinations.isEmpty {
        details.append(WitnessDetail("forwarded_to", .list(destinations.map { .peer($0.witnessPeer) })))
      }
      if context.origin != context.hop { details.append(WitnessDetail("vouched_by", .peer(context.hop.witnessPeer))) }
    }
    guard answered != nil else { return }
    record(
      .sipResponse, request.view, inbound.fields, from: context.origin, traceID: context.traceID, status: 100,
      isOut: true, at: time, into: &sink)
  }

  /// Records an INVITE that will go nowhere, unless it has its record.
  mutating func recordUnsent(_ context: ResponseContext, at moment: Moment, into sink: inout ProxySink) {
    if context.trying != nil { recordForwarding(context, to: [], at: moment, into: &sink) }
  }

  /// The message as it leaves (§16.6 steps 1 to 8).
  ///
  /// - Parameters:
  ///   - shift: by how much its number is written higher.
  ///   - body: what stands in the place of its body; nil: that as it came.
  mutating func rewritten(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields, from hop: Hop, to way: Way, route: RouteSet,
    branch: [UInt8], cookie: UInt64?, isEscalation: Bool, hasOwnCredentialsOnly: Bool = false, user: String? = nil,
    breadth: UInt8? = nil, mask: Mask? = nil, shift: UInt32 = 0, body: [UInt8]? = nil,
    adding added: [HeaderLine] = []
  ) -> [UInt8] {
    rewriter.reset()
    if shift > 0 { renumber(view, fields.method(in: view), to: fields.cseqNumber &+ shift) }
    var value = wording.via(of: way.hop) ?? []
    value.append(contentsOf: branch)
    if let mask {
      hide(view, fields, by: mask, to: way, via: value.span, cookie: cookie)
    } else {
      rewriter.pushVia(value.span, onto: view)
      rewriter.stampVia(
        fields.topmostVia, received: received(fields.topmostVia, view, hop), port: hop.remote.port)
    }
    if let cookie, mask == nil, Self.makesDialog(view.method) {
      let calleeFlow = way.keepsFlow ? flows.token(for: way.hop) : nil
      let isSIPS = fields.requestURI.scheme == .sips || fields.topmostRoute?.uri.scheme == .sips || way.isSIPS
      // Beyond the gateway there is no SIP: both ends of such a call come back by the other side's listener.
      pushRecordRoute(
        way.hop.isGateway ? hop.listener : way.hop.listener, isSIPS, cookie, view, callerFlow(view, fields, hop),
        calleeFlow)
      // Where transport or address family changes, each side gets an address of its own kind (RFC 5658).
      if let own = policy[hop.listener], let other = policy[way.hop.listener],
        own.transport != other.transport || own.address.ip.isIPv4 != other.address.ip.isIPv4
      {
        pushRecordRoute(hop.listener, isSIPS, cookie, view)
      }
    }
    rewriteRoutes(route, way, view)
    rewriter.setMaxForwards((fields.maxForwards ?? 71) - 1, of: view)
    if let breadth { rewriter.setMaxBreadth(breadth, of: view) }
    let isTrusted = policy.trusts(hop)
    removeHeaders(
      view, isTrusted: isTrusted, to: way.hop, isEscalation: isEscalation,
      hasOwnCredentialsOnly: hasOwnCredentialsOnly, except: added)
    if added.isEmpty { assertIdentity(of: user, in: view, isTrusted: isTrusted, to: way.hop.remote) }
    for line in added { rewriter.append(line.name, value: line.value, to: view) }
    if let body {
      rewriter.replaceBody(of: view, with: body.span)
    } else if way.hop.transport.isReliable {
      rewriter.ensureContentLength(of: view)
    }
    var bytes: [UInt8] = []
    rewriter.write(view, into: &bytes)
    return bytes
  }

  /// Whether a request of that method begins a dialog, so that we must stay in its path.
  static func makesDialog(_ method: SIPMethod) -> Bool {
    method == .invite || method == .subscribe || method == .refer
  }

  private mutating func pushRecordRoute(
    _ listener: UInt16, _ isSIPS: Bool, _ cookie: UInt64, _ view: SIPMessageView, _ callerFlow: [UInt8]? = nil,
    _ calleeFlow: [UInt8]? = nil
  ) {
    var value = wording.recordRoute(of: listener, isSIPS: isSIPS, cookie: cookie)
    if let callerFlow { value += Wording.callerFlowMark + callerFlow }
    if let calleeFlow { value += Wording.calleeFlowMark + calleeFlow }
    value.append(UInt8(ascii: ">"))
    rewriter.pushRecordRoute(value.span, onto: view)
  }

  /// The address that the socket saw, where it goes into the topmost Via (§18.2.1, RFC 3581 §4).
  func received(_ via: ViaField, _ view: SIPMessageView, _ hop: Hop) -> IPAddress? {
    let isAsIs = via.rport == .absent && SIPHost.address(view.slice(via.host)) == hop.remote.ip
    return isAsIs ? nil : hop.remote.ip
  }

  /// The Route set and the Request-URI as they go on (§16.4, §16.6 items 2 and 6).
  private mutating func rewriteRoutes(_ route: RouteSet, _ way: Way, _ view: SIPMessageView) {
    let isNextStrict = route.isNextStrict && way.routes.isEmpty
    if isNextStrict || route.displaced != nil {
      restackRoutes(route, way, view, isNextStrict: isNextStrict)
      return
    }
    removeOwnRoutes(route, view)
    for path in way.routes { rewriter.pushRoute(Array(path.utf8).span, onto: view) }
    if let uri = way.requestURI { rewriter.replaceRequestURI(of: view, with: uri.span) }
  }

  /// The same where a neighbour routes strictly, as RFC 2543 had it: the whole set is written anew.
  private mutating func restackRoutes(_ route: RouteSet, _ way: Way, _ view: SIPMessageView, isNextStrict: Bool) {
    rewriter.removeHeaders(of: view) { $0.name == .route }
    for path in way.routes { rewriter.append("Route", value: path, to: view) }
    var next = route.next
    if isNextStrict, let first = next { next = (try? view.route(after: first)) ?? nil }
    while let current = next, current.value != route.displaced?.value {
      rewriter.append("Route", value: view.slice(current.value), to: view)
      next = (try? view.route(after: current)) ?? nil
    }
    var target = way.requestURI ?? [UInt8](copying: view.slice(route.target.whole))
    if isNextStrict, let strict = route.next {
      rewriter.append("Route", value: ([UInt8(ascii: "<")] + target + [UInt8(ascii: ">")]).span, to: view)
      target = [UInt8](copying: view.slice(strict.uri.whole))
    }
    rewriter.replaceRequestURI(of: view, with: target.span)
  }

  /// Takes our own values off the top of the Route set (§16.4).
  private mutating func removeOwnRoutes(_ route: RouteSet, _ view: SIPMessageView) {
    guard !route.ours.isEmpty else { return }
    var place: Int?
    for own in route.ours where own.place != place {
      place = own.place
      if let rest = route.rest, rest.place == own.place {
        rewriter.remove(ByteRange(lower: own.lower, upper: rest.lower))
      } else {
        rewriter.removeHeader(at: own.place, of: view)
      }
    }
  }

  /// What must not go on: credentials for us, X-IF headers that are not the target's business (DOMAIN §4), and
  /// identities that nobody we trust asserts, or that the target must not see (RFC 3325).
  private mutating func removeHeaders(
    _ view: SIPMessageView, isTrusted: Bool, to next: Hop, isEscalation: Bool, hasOwnCredentialsOnly: Bool,
    except added: [HeaderLine]
  ) {
    for place in 0..<view.headerCount {
      let entry = view.header(at: place)
      switch entry.name {
      case .proxyAuthorization where hasOwnCredentialsOnly:
        rewriter.removeHeader(at: place, of: view)
      case .proxyAuthorization, .authorization:
        var ours = DigestCandidates(realm: policy.realm)
        if ours.add(view.slice(entry.valueRange)) { rewriter.removeHeader(at: place, of: view) }
      case .xIFSource, .xIFAuthenticatedUser:
        rewriter.removeHeader(at: place, of: view)
      case .pAssertedIdentity:
        // The gateway is one of us.
        if !(next.isGateway && isTrusted), !keepsAssertedIdentity(view, isTrusted: isTrusted, to: next.remote) {
          rewriter.removeHeader(at: place, of: view)
        }
      case .pPreferredIdentity:
        // A wish to whoever asserts identities: that is us, and here it ends (RFC 3325 §5).
        if !isTrusted { rewriter.removeHeader(at: place, of: view) }
      case .xIFTraceID, .xIFHazard, .xIFTimestamp, .xIFSignature:
        if !isTrusted && !isEscalation || added.contains(where: { "\($0.name)" == entry.name.canonicalName }) {
          rewriter.removeHeader(at: place, of: view)
        }
      default:
        if !isTrusted, entry.name.isXIF { rewriter.removeHeader(at: place, of: view) }
      }
    }
  }

  /// A response as it goes back: without our Via, and without what an untrusted peer says about X-IF (§16.7 steps 3, 8).
  ///
  /// - Parameter challenges: the 401 and 407 responses of all branches, the view's own among them: their challenges go
  ///   back together (§16.7 step 7).
  mutating func rewrittenResponse(
    _ view: SIPMessageView, _ via: ViaField, from origin: ResponseOrigin, towards context: ResponseContext,
    challenges: [SIPMessage] = [], body: [UInt8]? = nil
  ) -> [UInt8] {
    rewriter.reset()
    if context.shift > 0, let request = context.inbound?.fields, let sent = try? view.cseq() {
      renumber(view, sent.method, to: request.cseqNumber)
    }
    if let hidden = context.hidden, !hidden.vias.isEmpty {
      restore(view, hidden, to: context.hop.listener, isHidden: origin.isHidden)
    } else {
      rewriter.popVia(via, of: view)
    }
    if origin.isHidden { hide(view, towards: context) }
    let (isTrusted, next) = (origin.isTrusted, context.hop.remote)
    if !challenges.isEmpty { aggregate(challenges, into: view) }
    if !isTrusted {
      rewriter.removeHeaders(of: view) { $0.name.isXIF }
    }
    if view.contains(.pAssertedIdentity), !keepsAssertedIdentity(view, isTrusted: isTrusted, to: next) {
      rewriter.removeHeaders(of: view) { $0.name == .pAssertedIdentity }
    }
    if let body { rewriter.replaceBody(of: view, with: body.span) }
    var bytes: [UInt8] = []
    rewriter.write(view, into: &bytes)
    return bytes
  }

  /// Puts another number into CSeq.
  private mutating func renumber(_ view: SIPMessageView, _ method: SIPMethod, to number: UInt32) {
    guard let entry = view.first(.cseq) else { return }
    rewriter.replace(entry.valueRange, with: "\(number) \(method.name)")
  }

  private mutating func aggregate(_ challenges: [SIPMessage], into view: SIPMessageView) {
    rewriter.removeHeaders(of: view) { $0.name == .wwwAuthenticate || $0.name == .proxyAuthenticate }
    for challenge in challenges {
      let other = challenge.view
      other.forEach(.wwwAuthenticate) {
        rewriter.append("WWW-Authenticate", value: other.slice($0.valueRange), to: view)
      }
      other.forEach(.proxyAuthenticate) {
        rewriter.append("Proxy-Authenticate", value: other.slice($0.valueRange), to: view)
      }
    }
  }

  // MARK: Branches

  /// What stands behind the magic cookie in our Vias: reactor, the call's cookie, the loop mark, and 64 bits that make
  /// it unique and unguessable.
  mutating func newBranch(_ view: SIPMessageView, _ fields: SIPMandatoryFields, cookie: UInt64) -> [UInt8] {
    branch(cookie: cookie, mark: loopMark(view, fields), unique: unguessable().0)
  }

  /// The branch of a request that is forwarded without a transaction: the same for a retransmission (§16.11).
  func statelessBranch(_ view: SIPMessageView, _ fields: SIPMandatoryFields, cookie: UInt64) -> [UInt8] {
    var hash = SipHash(key: hashKey)
    if let branch = fields.topmostVia.branch { hash.combine(view.slice(branch)) }
    return branch(cookie: cookie, mark: loopMark(view, fields), unique: hash.finalize())
  }

  func branch(cookie: UInt64, mark: UInt64, unique: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64)
    bytes.append(contentsOf: Wording.magicCookie)
    bytes.append(Hex.digit(reactor >> 4))
    bytes.append(Hex.digit(reactor & 15))
    Hex.append(cookie, to: &bytes)
    Hex.append(mark, to: &bytes)
    Hex.append(unique, to: &bytes)
    return bytes
  }

  /// Stands for everything that decides where a request goes (§16.6 step 8, RFC 5393 §4.2.2): when it comes back with the
  /// same mark it would go the same way again; a spiral comes back with another one.
  private func loopMark(_ view: SIPMessageView, _ fields: SIPMandatoryFields) -> UInt64 {
    var hash = SipHash(key: hashKey)
    hash.combine(view.slice(view.requestURI))
    hash.combine(byte: 0)
    hash.combine(view.slice(fields.callID))
    hash.combine(byte: 0)
    if let tag = fields.from.tag { hash.combine(view.slice(tag)) }
    hash.combine(byte: 0)
    if let tag = fields.to.tag { hash.combine(view.slice(tag)) }
    hash.combine(UInt64(fields.cseqNumber))
    view.forEach(.route) { hash.combine(view.slice($0.valueRange)) }
    return hash.finalize()
  }

  /// Whether a request has been here before on the same way (§16.3 step 4).
  func isLoop(_ view: SIPMessageView, _ fields: SIPMandatoryFields) -> Bool {
    var via = fields.topmostVia
    var mark: UInt64?
    while true {
      if let branch = via.branch, let own = BranchToken(view.slice(branch)) {
        let current = mark ?? loopMark(view, fields)
        mark = current
        if own.mark == current { return true }
      }
      guard let next = (try? view.via(after: via)) ?? nil else { return false }
      via = next
    }
  }
}

/// A branch that this node, or one with the same configuration, has made.
struct BranchToken {
  let reactor: UInt8
  let cookie: UInt64
  let mark: UInt64

  /// How long a branch of ours is.
  static let count = 57

  /// The first branch of ours in the beginning of a message.
  static func find(in bytes: Span<UInt8>) -> Range<Int>? {
    let marker = Wording.branchMark
    var start = 0
    while start + 7 + count <= bytes.count {
      var length = 0
      while length < marker.count, bytes[start + length] == marker[length] { length += 1 }
      if length == marker.count { return start + 7..<start + 7 + count }
      start += 1
    }
    return nil
  }

  /// Reads a branch of ours; nil for anybody else's.
  init?(_ branch: Span<UInt8>) {
    guard branch.count == Self.count else { return nil }
    for (index, byte) in Wording.magicCookie.enumerated() where branch[index] != byte { return nil }
    guard let high = HexWord.value(branch[7]), let low = HexWord.value(branch[8]),
      let cookie = HexWord.parse(branch.extracting(9..<25)), let mark = HexWord.parse(branch.extracting(25..<41)),
      HexWord.parse(branch.extracting(41..<57)) != nil
    else { return nil }
    reactor = high << 4 | low
    self.cookie = cookie
    self.mark = mark
  }
}
