import SIPMessage
import SIPTransaction
import Wire

// Reaching phones over the way they came (RFC 5626), and those behind translators.
//
// The rule for a registered contact, after its Path if it has one:
//
//     it has a reg-id                            over its flow, and never otherwise
//     its address is the one its REGISTER had    at the port and transport it names: it knows where it is
//     any other address, or a name               where its REGISTER came from: it does not
//
// The rule for the two ends of a call is the same, with the INVITE's source and the contact it was sent to: who does not
// know where it is, or asks for it by `ob`, gets its flow into our Record-Route.
extension ProxyCore {
  // MARK: Registered contacts

  /// How to reach a registered phone; nil when none of our sockets faces it.
  func hop(to contact: Contact, _ uri: SIPURI) -> Hop? {
    var hop = contact.hop
    hop.isFlow = contact.regID != nil && contact.path.isEmpty
    if !hop.isFlow {
      // A Path leads to its first proxy, of which the same can be said as of a phone.
      let next = contact.path.first.flatMap { try? PathHeader($0) }?.address.uri.sip ?? uri
      if let address = next.host.address, address == contact.hop.remote.ip {
        hop.transport = next.transport.flatMap(SIPTransportKind.init(name:)) ?? contact.hop.transport
        hop.remote = SocketAddress(ip: address, port: next.port ?? hop.transport.defaultPort)
        if hop.transport != contact.hop.transport { hop.connection = .none }
      }
    }
    guard let listener = policy.listener(for: hop.transport, to: hop.remote, preferring: contact.hop.listener) else {
      return nil
    }
    hop.listener = listener
    return hop
  }

  /// A registered phone as a target. Its URI loses what may not stand in a Request-URI (RFC 3261 §16.6 step 2, §19.1.1).
  func target(of contact: Contact, _ uri: SIPURI, _ hop: Hop, aor: String) -> Target {
    let isPlain = uri.headers.isEmpty && !uri.parameters.contains("method")
    var target = Target(
      requestURI: Array((isPlain ? contact.uri : uri.asRequestURI.text).utf8), routes: contact.path, hop: hop,
      q: contact.q)
    target.instance = contact.instance?.lowercased()
    target.keepsFlow = needsFlow(contact, uri)
    if contact.regID != nil {
      target.flow = FlowReference(aor: aor, key: contact.key, callID: contact.callID, sequence: contact.sequence)
    }
    return target
  }

  /// Whether a phone with that contact can be reached inside a dialog over its flow only.
  func needsFlow(_ contact: Contact, _ uri: SIPURI) -> Bool {
    guard contact.path.isEmpty else { return false }
    return contact.regID != nil || !knowsItsAddress(uri.host, of: contact.hop) || uri.parameters.contains("ob")
  }

  private func knowsItsAddress(_ host: SIPHost, of hop: Hop) -> Bool {
    switch host {
    case .address(let address): address == hop.remote.ip
    // Whoever has a name can be looked up, except under the domain for those who have none (RFC 7118 §5).
    case .name(let name): !name.text.hasSuffix(".invalid")
    }
  }

  // MARK: Dialogs

  /// The flow of whoever begins a dialog, when it wants one or needs it: as our Record-Route carries it.
  func callerFlow(_ view: SIPMessageView, _ fields: SIPMandatoryFields, _ hop: Hop) -> [UInt8]? {
    guard case .address(let contact) = fields.contact, let field = try? view.uriField(contact.uri),
      field.scheme == .sip || field.scheme == .sips
    else { return nil }
    var needsIt = Self.parameter("ob", in: view.slice(field.parameters)) != nil
    if !needsIt {
      let host = view.slice(field.host)
      if let address = SIPHost.address(host) {
        needsIt = address != hop.remote.ip
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
    guard route.nextHop == nil, let token = isFromCaller ? route.calleeFlow : route.callerFlow else { return .none }
    guard let hop = flows.hop(of: view.slice(token), policy) else { return .forged }
    return .hop(hop)
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

  // MARK: Several flows of one phone

  /// A branch is over. Flows of the same phone that wait are tried one by one, and only when this one has not reached it
  /// (RFC 5626 §7, RFC 5627 §6.1): no answer (408) or a dead flow (430). Any other answer was the phone's.
  ///
  /// - Returns: whether another flow is being tried now.
  mutating func tryNextFlow(
    _ id: ContextID, _ context: ResponseContext, after client: ClientTransactionID, status: Int, at moment: Moment,
    into sink: inout ProxySink
  ) -> Bool {
    guard let ended = context.branches.firstIndex(where: { $0.client == client }) else { return false }
    let target = context.branches[ended].target
    if status == 430, let flow = target.flow { sink.actions.append(.tell(.flowFailed(flow))) }
    guard let instance = target.instance else { return false }
    let waiting = context.branches.indices.filter {
      context.branches[$0].isWaiting && context.branches[$0].target.instance == instance
    }
    guard status == 408 || status == 430, !context.isCancelled else {
      for index in waiting { context.branches[index].state = .done(status: 487) }
      return false
    }
    guard let next = waiting.first else { return false }
    send(id, branches: [next], at: moment, into: &sink)
    return true
  }
}

extension ResponseContext {
  /// The branches to be tried now: those of the highest priority that is left, but of one phone only the first, since its
  /// flows lead to the same ears (RFC 5626 §7).
  func nextBranches() -> [Int] {
    guard let q = branches.lazy.filter(\.isWaiting).map(\.target.q).max() else { return [] }
    var phones: Set<String> = []
    return branches.indices.filter { index in
      let branch = branches[index]
      guard branch.isWaiting, branch.target.q == q else { return false }
      return branch.target.instance.map { phones.insert($0).inserted } ?? true
    }
  }

  /// What the end of a branch means: a flow that cannot be written to has failed (RFC 5626 §5.3).
  func meaning(of status: Int, isOurs: Bool, for client: ClientTransactionID) -> Int {
    guard status == 503, isOurs, let branch = branches.first(where: { $0.client == client }) else { return status }
    return branch.target.hop.isFlow ? 430 : 503
  }
}
