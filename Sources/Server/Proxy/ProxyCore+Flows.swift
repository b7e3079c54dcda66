import SIPMessage
import SIPTransaction
import Wire

// Reaching phones over the way they came (RFC 5626), and those behind translators.
//
// The rule for a registered contact, after its Path if it has one:
//
//     it has a reg-id, or came by WebSocket      over its flow, and never otherwise
//     its address is the one its REGISTER had    at the port and transport it names: it knows where it is
//     any other address, or a name               where its REGISTER came from: it does not
//     it came over TLS and names an address      the same: it listens nowhere, or with a certificate that nobody believes
//
// The rule for the two ends of a call is the same, with the INVITE's source and the contact it was sent to: who does not
// know where it is, or asks for it by `ob`, gets its flow into our Record-Route.
extension ProxyCore {
  // MARK: Registered contacts

  /// How to reach a registered phone; nil when none of our sockets faces it.
  func hop(to contact: Contact, _ uri: SIPURI) -> Hop? {
    var hop = contact.hop
    // A WebSocket client listens nowhere, whatever its contact says (RFC 7118 §5).
    hop.isFlow = (contact.regID != nil || contact.hop.transport.isWebSocket) && contact.path.isEmpty
    if !hop.isFlow {
      // A Path leads to its first proxy, of which the same can be said as of a phone.
      let next = contact.path.first.flatMap { try? PathHeader($0) }?.address.uri.sip ?? uri
      if let address = next.host.address, address == contact.hop.remote.ip {
        hop.transport = next.transport.flatMap(SIPTransportKind.init(name:)) ?? contact.hop.transport
        if next.scheme == .sips { hop.transport = hop.transport.underSIPS }
        if !hop.transport.isSecure || hop.transport != contact.hop.transport {
          hop.remote = SocketAddress(ip: address, port: next.port ?? hop.transport.defaultPort)
        }
        if hop.transport != contact.hop.transport { hop.connection = .none }
      }
      hop = hop.leading(to: provenName(of: next.host, at: hop.remote))
    }
    guard let listener = policy.listener(for: hop.transport, to: hop.remote, preferring: contact.hop.listener) else {
      return nil
    }
    hop.listener = listener
    return hop
  }

  /// Registered contacts as targets: one for each phone, its flows or contacts the ways to it, which are tried one by one
  /// (RFC 5626 §7). A contact that is itself an escalation target is none for a call that guard has not judged as such.
  func targets(of contacts: [Contact], aor: String, isAdmitted: Bool) -> [Target] {
    var targets: [Target] = []
    for contact in contacts.prefix(limits.targets) {
      guard let uri = try? SIPURI(contact.uri),
        isAdmitted || policy.escalationTargets.match(uri.normalizedAOR) == nil,
        let way = way(to: contact, uri, aor: aor)
      else { continue }
      if let instance = way.instance, let known = targets.firstIndex(where: { $0.ways[0].instance == instance }) {
        targets[known].ways.append(way)
      } else {
        targets.append(Target(way, q: contact.q))
      }
    }
    return targets
  }

  /// The way to a registered contact. Its URI loses what may not stand in a Request-URI (RFC 3261 §16.6 item 2, §19.1.1).
  private func way(to contact: Contact, _ uri: SIPURI, aor: String) -> Way? {
    guard let hop = hop(to: contact, uri) else { return nil }
    let isPlain = uri.headers.isEmpty && !uri.parameters.contains("method")
    var way = Way(
      requestURI: Array((isPlain ? contact.uri : uri.asRequestURI.text).utf8), routes: contact.path, hop: hop,
      takesLongDatagrams: contact.hop.transport == .udp)
    way.instance = contact.instance?.lowercased()
    way.keepsFlow = needsFlow(contact, uri)
    if contact.regID != nil {
      way.flow = FlowReference(aor: aor, key: contact.key, callID: contact.callID, sequence: contact.sequence)
    }
    return way
  }

  /// Whether a phone with that contact can be reached inside a dialog over its flow only.
  func needsFlow(_ contact: Contact, _ uri: SIPURI) -> Bool {
    guard contact.path.isEmpty else { return false }
    return contact.regID != nil || contact.hop.transport.isWebSocket || !knowsItsAddress(uri.host, of: contact.hop)
  }

  private func knowsItsAddress(_ host: SIPHost, of hop: Hop) -> Bool {
    switch host {
    case .address(let address): address == hop.remote.ip && !hop.needsCertificate(of: address)
    // Whoever has a name can be looked up, except under the domain for those who have none (RFC 7118 §5).
    case .name(let name): !name.text.hasSuffix(".invalid")
    }
  }

  // MARK: Dialogs

  /// The flow of whoever begins a dialog, when it wants one or needs it: as our Record-Route carries it.
  func callerFlow(_ view: SIPMessageView, _ fields: SIPMandatoryFields, _ hop: Hop) -> [UInt8]? {
    guard !hop.isGateway, case .address(let contact) = fields.contact, let field = try? view.uriField(contact.uri),
      field.scheme == .sip || field.scheme == .sips
    else { return nil }
    var needsIt = hop.transport.isWebSocket || Self.parameter("ob", in: view.slice(field.parameters)) != nil
    if !needsIt {
      let host = view.slice(field.host)
      if let address = SIPHost.address(host) {
        needsIt = address != hop.remote.ip || hop.needsCertificate(of: address)
      } else {
        needsIt = String(copying: host).lowercased().hasSuffix(".invalid")
      }
    }
    // A proxy between us and the phone has to do this itself (RFC 5626 §5.3).
    guard needsIt, ((try? view.via(after: fields.topmostVia)) ?? nil) == nil else { return nil }
    return flows.token(for: hop)
  }

  /// Where a request inside a dialog goes that has no Route but ours: over the flow of the other end, if there is one.
  enum DialogHop {
    case hop(Hop)
    /// There is a token, and we have not made it.
    case forged
    /// There is none.
    case none
  }

  func dialogFlow(_ route: RouteSet, _ view: SIPMessageView, isFromCaller: Bool) -> DialogHop {
    guard route.next == nil, let token = isFromCaller ? route.calleeFlow : route.callerFlow else { return .none }
    guard let hop = flows.hop(of: view.slice(token), policy) else { return .forged }
    return .hop(hop)
  }

  /// Reads the flow tokens among the parameters of a Route of ours.
  func readFlows(_ view: SIPMessageView, _ uri: SIPURIField, into route: inout RouteSet) {
    // `;lr;ifc=` and the cookie: what is not longer has no token.
    guard uri.parameters.count > FlowMint.characters || policy.isPrivacyService else { return }
    let parameters = view.slice(uri.parameters)
    if Self.parameter("ifh", in: parameters) != nil { route.isHidden = true }
    if policy.isPrivacyService, Self.parameter("ifp", in: parameters) != nil { route.isPrivate = true }
    func place(_ name: StaticString) -> ByteRange? {
      Self.parameter(name, in: parameters).map {
        ByteRange(
          lower: uri.parameters.lower + UInt32($0.lowerBound), upper: uri.parameters.lower + UInt32($0.upperBound))
      }
    }
    if route.callerFlow == nil { route.callerFlow = place("ifa") }
    if route.calleeFlow == nil { route.calleeFlow = place("ifb") }
  }

  /// Finds the value of a URI parameter, as a range of `parameters`; an empty one when it has none.
  static func parameter(_ name: StaticString, in parameters: Span<UInt8>) -> Range<Int>? {
    var start = 0
    while start < parameters.count {
      // Each begins with its `;`.
      var end = start + 1
      while end < parameters.count, parameters[end] != UInt8(ascii: ";") { end += 1 }
      var equals = start + 1
      while equals < end, parameters[equals] != UInt8(ascii: "=") { equals += 1 }
      if parameters.extracting(start + 1..<equals).equalsIgnoringCase("\(name)") {
        return min(equals + 1, end)..<end
      }
      start = end
    }
    return nil
  }

  // MARK: Flows that fail

  /// What the end of a branch means for its flow: one that cannot be written to has failed (RFC 5626 §5.3), and one that
  /// has failed is forgotten (§7). Returns the status by that meaning.
  func flowEnded(
    _ context: ResponseContext, _ client: ClientTransactionID, status: Int, isOurs: Bool, into sink: inout ProxySink
  ) -> Int {
    guard status == 430 || status == 503 && isOurs, let branch = context.branches.first(where: { $0.client == client })
    else { return status }
    let way = branch.target.ways[branch.way]
    guard status == 430 || way.hop.isFlow else { return status }
    if let flow = way.flow { sink.actions.append(.tell(.flowFailed(flow))) }
    return 430
  }
}

extension Hop {
  /// Whether a new connection there would end at its certificate: over TLS an address has to be proven (RFC 5922 §7.2),
  /// and who came from there has not done so.
  fileprivate func needsCertificate(of address: IPAddress) -> Bool {
    transport.isSecure && security?.facts?.proves(domain: address.description) != true
  }
}

extension Branch {
  /// Whether an end with that status says that the way is closed, so that the next may be tried. To a phone, only no answer
  /// (408) and a dead flow (430) do: any other was the phone's own (RFC 5626 §7, RFC 5627 §6.1). Elsewhere a neighbour
  /// that cannot take more (503) is as good as closed (RFC 3263 §4.3).
  func isClosed(by status: Int, isOurs: Bool) -> Bool {
    if isOurs || status == 430 { return true }
    return target.ways[way].instance == nil ? status == 503 : status == 408
  }
}
