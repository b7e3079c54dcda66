import Guard
import SIPLocation
import SIPMessage
import SIPTransaction
import Wire

// Addresses: who is meant, and how to get there.
extension ProxyCore {
  /// A URI of a message as a normalised address of record, our own sockets standing for our first domain. Nil when it is
  /// no SIP URI.
  func addressOfRecord(_ view: SIPMessageView, _ range: ByteRange?) -> String? {
    guard let range, let field = try? view.uriField(range) else { return nil }
    return addressOfRecord(view, field)
  }

  /// The same for a URI that has been taken apart.
  func addressOfRecord(_ view: SIPMessageView, _ field: SIPURIField) -> String? {
    guard let aor = view.normalizedAOR(of: field) else { return nil }
    guard let domain = policy.domains.first, isOurSocket(view, field) else { return aor }
    guard let at = aor.utf8.lastIndex(of: UInt8(ascii: "@")) else { return domain }
    return aor[...at] + domain
  }

  /// The first static route that a target falls under.
  func route(to target: String) -> ProxyPolicy.StaticRoute? {
    guard !policy.routes.isEmpty else { return nil }
    let bytes = Array(target.utf8)
    let at = bytes.lastIndex(of: UInt8(ascii: "@"))
    let (user, host) = (bytes[..<(at ?? 0)], bytes[(at.map { $0 + 1 } ?? 0)...])
    return policy.routes.first { $0.pattern.matches(user: user, host: host) }
  }

  /// Reads the Route headers.
  func routeSet(_ view: SIPMessageView, _ fields: SIPMandatoryFields) throws(SIPParseError) -> RouteSet {
    guard let topmost = fields.topmostRoute else {
      var result = RouteSet(target: fields.requestURI)
      result.isForUs = isForUs(view, fields.requestURI)
      return result
    }
    let displaced = try displacedTarget(view, fields)
    var result = RouteSet(target: displaced?.uri ?? fields.requestURI)
    if let displaced {
      result.displaced = displaced
      result.cookie = cookie(view.slice(fields.requestURI.parameters))
      readFlows(view, fields.requestURI, into: &result)
    }
    var route: RouteField? = topmost
    while let current = route, current.value != displaced?.value {
      guard isOurSocket(view, current.uri) else {
        result.next = current
        break
      }
      result.ours.append((current.address.place, current.value.lower))
      if result.cookie == nil { result.cookie = cookie(view.slice(current.uri.parameters)) }
      readFlows(view, current.uri, into: &result)
      route = try view.route(after: current)
    }
    if result.next == nil { result.isForUs = isForUs(view, result.target) }
    return result
  }

  private func isForUs(_ view: SIPMessageView, _ target: SIPURIField) -> Bool {
    (target.user == nil || view.isMethod("REGISTER")) && (isOurSocket(view, target) || isOurDomain(view, target))
  }

  /// The last Route of a request that a strict router sent us: it put our Record-Route into the Request-URI and the
  /// Request-URI behind the Routes (§16.4). Only our own cookie makes us believe so, and only inside a dialog.
  private func displacedTarget(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields
  ) throws(SIPParseError) -> RouteField? {
    let uri = fields.requestURI
    guard fields.to.tag != nil, uri.user == nil, !uri.parameters.isEmpty, var last = fields.topmostRoute,
      cookie(view.slice(uri.parameters)) != nil, isOurSocket(view, uri)
    else { return nil }
    while let next = try view.route(after: last) { last = next }
    return last
  }

  /// The cookie among the parameters of a Route of ours.
  private func cookie(_ parameters: Span<UInt8>) -> UInt64? {
    let mark = Wording.cookieMark
    var start = 0
    while start + mark.count + 16 <= parameters.count {
      var length = 0
      while length < mark.count, parameters[start + length] == mark[length] { length += 1 }
      let end = start + mark.count + 16
      if length == mark.count, end == parameters.count || parameters[end] == UInt8(ascii: ";") {
        return HexWord.parse(parameters.extracting((end - 16)..<end))
      }
      start += 1
    }
    return nil
  }

  /// Whether a URI names one of our sockets: its address and port, or what we advertise.
  func isOurSocket(_ view: SIPMessageView, _ uri: SIPURIField) -> Bool {
    guard uri.scheme == .sip || uri.scheme == .sips else { return false }
    let host = view.slice(uri.host)
    let address = SIPHost.address(host)
    let isSecure =
      uri.scheme == .sips || uri.transport.map { view.slice($0).equalsIgnoringCase("tls") } ?? false
    for listener in policy.listeners {
      guard (uri.port ?? (isSecure ? 5061 : 5060)) == listener.port else { continue }
      if let address {
        if address == listener.address.ip || address == listener.advertisedAddress { return true }
      } else if host.equalsIgnoringCase(listener.host) {
        return true
      }
    }
    return false
  }

  /// Whether a URI's host is a domain that we are the registrar of.
  func isOurDomain(_ view: SIPMessageView, _ uri: SIPURIField) -> Bool {
    let host = view.slice(uri.host)
    return policy.domains.contains { host.equalsIgnoringCase($0) }
  }

  /// The next hop of a request that brings its own way: the first Route that remains, else the Request-URI (§16.6 steps
  /// 6 and 7).
  func nextWay(_ route: RouteSet, _ view: SIPMessageView, preferring own: UInt16) -> Way? {
    let uri = route.next?.uri ?? route.target
    guard uri.scheme == .sip || uri.scheme == .sips else { return nil }
    let named = uri.transport.flatMap { SIPTransportKind(uriName: view.slice($0)) }
    guard named != nil || uri.transport == nil else { return nil }
    let transport: SIPTransportKind? =
      uri.scheme == .sips ? (named == .ws || named == .wss ? .wss : named == nil ? nil : .tls) : named
    let host = view.slice(uri.host)
    if let gateway = policy.gatewayHost, host.equalsIgnoringCase(gateway) { return Way(hop: .gateway) }
    if let address = SIPHost.address(host) {
      let transport = transport ?? (uri.scheme == .sips ? .tls : .udp)
      return way(
        to: SocketAddress(ip: address, port: uri.port ?? transport.defaultPort), transport, of: .address(address),
        preferring: own)
    }
    guard let name = SIPHost(parsing: host) else { return nil }
    let destination = LocationTarget(
      host: name, port: uri.port, transport: transport, isSecure: uri.scheme == .sips, acceptsLocalAddresses: true)
    return Way(hop: Hop(transport: .udp, remote: .none, listener: own), destination: destination)
  }

  /// The way to an address; nil when there is no socket to send from.
  ///
  /// - Parameter host: whose address it is, who has to prove it over TLS (RFC 5922 §7.2).
  func way(
    to address: SocketAddress, _ transport: SIPTransportKind, of host: SIPHost, preferring own: UInt16
  ) -> Way? {
    guard let listener = policy.listener(for: transport, to: address, preferring: own) else { return nil }
    let hop = Hop(transport: transport, remote: address, listener: listener)
    return Way(hop: transport.isSecure ? hop.leading(to: provenName(of: host, at: address)) : hop)
  }

  /// What the certificate at an address must name (RFC 5922 §7.2): the host that was to be reached, or, where that is the
  /// address itself, the name that a route has for it.
  package func provenName(of host: SIPHost, at address: SocketAddress) -> String {
    if case .address = host, let name = wording.verifiedNames[address] { return name }
    return host.provenName
  }

  /// The way to one hop of a static route or to another domain; nil when there is no socket to send from.
  ///
  /// - Parameter name: what a certificate there must name instead of the host.
  func way(to destination: LocationTarget, verifying name: String? = nil, preferring own: UInt16) -> Way? {
    guard let hop = destination.fixedHop else {
      var way = Way(hop: Hop(transport: .udp, remote: .none, listener: own), destination: destination)
      way.verifiedName = name
      return way
    }
    return way(to: hop.address, hop.transport, of: destination.host, preferring: own)
  }

  /// The ways of a static route, those first whose hops answer.
  func ways(of route: ProxyPolicy.StaticRoute, preferring own: UInt16) -> [Way] {
    var ways: [Way] = []
    var doubtful: [Way] = []
    for hop in route.hops {
      guard let way = way(to: hop, verifying: route.verifiedName, preferring: own) else { continue }
      if let fixed = hop.fixedHop, !health.isUp(fixed) { doubtful.append(way) } else { ways.append(way) }
    }
    return ways + doubtful
  }

  /// Whether a normalised address of record is in a domain that we may locate by DNS.
  func mayRelay(to aor: String) -> Bool {
    guard !policy.relayDomains.isEmpty else { return false }
    let bytes = aor.utf8
    let at = bytes.lastIndex(of: UInt8(ascii: "@")).map { bytes.index(after: $0) } ?? bytes.startIndex
    let host = bytes[at...]
    return policy.relayDomains.contains { domain in
      guard domain.hasPrefix("*.") else { return domain.utf8.elementsEqual(host) }
      let below = domain.utf8.dropFirst()
      return host.count > below.count && host.suffix(below.count).elementsEqual(below)
    }
  }

  // MARK: X-IF headers

  /// Replaces the socket's facts with those a trusted neighbour vouches for (DOMAIN §4).
  func applyTrust(_ inbound: Inbound) {
    if inbound.hop.isGateway { inbound.isSecure = true }
    let request = inbound.request
    guard let origin = vouchedOrigin(request.view, inbound.hop) else { return }
    inbound.isVouched = true
    inbound.origin = origin
    inbound.source = origin.remote
    inbound.isSecure = origin.transport.isSecure
  }

  /// The far end that a trusted neighbour vouches for; nil when there is no such word.
  func vouchedOrigin(_ view: SIPMessageView, _ hop: Hop) -> Hop? {
    guard !hop.isGateway, policy.trusts(hop), view.count(.xIFSource) == 1, let entry = view.first(.xIFSource),
      let source = TrustedSource(view.string(entry.valueRange))
    else { return nil }
    return Hop(transport: SIPTransportKind(source.transport), remote: source.address, listener: hop.listener)
  }

  /// The user that a trusted neighbour has authenticated.
  func vouchedUser(_ view: SIPMessageView, _ hop: Hop) -> String? {
    guard policy.trusts(hop), view.count(.xIFAuthenticatedUser) == 1 else { return nil }
    return view.first(.xIFAuthenticatedUser).map { view.string($0.valueRange) }
  }

  /// Whether a trusted neighbour says on whose behalf it calls.
  func hasTrustedFacts(_ view: SIPMessageView) -> Bool {
    guard view.count(.xIFSource) == 1, view.count(.xIFAuthenticatedUser) == 1, let entry = view.first(.xIFSource) else {
      return false
    }
    return TrustedSource(view.string(entry.valueRange)) != nil
  }

  /// The four headers of an escalation, as the message has them.
  func ifHeaders(_ view: SIPMessageView) -> IFHeaderFields {
    var fields = IFHeaderFields()
    for (header, name) in Self.escalationHeaders {
      view.forEach(header) { fields.add(name, value: view.string($0.valueRange)) }
    }
    return fields
  }

  static let escalationHeaders: [(SIPHeaderName, IFHeaderName)] = [
    (.xIFTraceID, .traceID), (.xIFHazard, .hazard), (.xIFTimestamp, .timestamp), (.xIFSignature, .signature),
  ]

  /// A well-formed trace_id that the message brings.
  func traceID(_ view: SIPMessageView) -> String? {
    guard view.count(.xIFTraceID) == 1, let entry = view.first(.xIFTraceID) else { return nil }
    return TraceID(view.slice(entry.valueRange))?.text
  }

  /// The signed call of an escalation, when it has what a signature needs.
  func signedAttempt(_ inbound: Inbound, _ admission: Admission) -> SpentCallIDs.Attempt? {
    let request = inbound.request
    let view = request.view
    guard let user = admission.user, view.count(.xIFSignature) == 1, view.count(.xIFTimestamp) == 1,
      let entry = view.first(.xIFTimestamp), let timestamp = UTCTimestamp(rfc3339: view.slice(entry.valueRange))
    else { return nil }
    let fields = inbound.fields
    return SpentCallIDs.Attempt(
      user: user, callID: view.string(fields.callID), fromTag: fields.from.tag.map { view.string($0) } ?? "",
      sequence: fields.cseqNumber, timestamp: timestamp)
  }
}

extension SIPHost {
  /// What a certificate must name: the host, an address without brackets.
  var provenName: String {
    switch self {
    case .address(let address): address.description
    case .name(let name): name.text
    }
  }

  /// The address that a host as written stands for; nil for a name.
  package static func address(_ host: Span<UInt8>) -> IPAddress? {
    guard host.count > 2, host[0] == UInt8(ascii: "["), host[host.count - 1] == UInt8(ascii: "]") else {
      return IPAddress(parsing: host)
    }
    return IPAddress(parsing: host.extracting(1..<(host.count - 1)))
  }
}

extension LocationTarget {
  /// Where that is when no DNS is needed: the host is an address.
  var fixedHop: LocatedHop? {
    guard let ip = host.address else { return nil }
    let transport = transport ?? (isSecure ? .tls : .udp)
    return LocatedHop(
      transport: transport, address: SocketAddress(ip: ip, port: port ?? transport.defaultPort))
  }
}

extension SocketAddress {
  /// Nowhere: of a way that has yet to be located.
  static let none = SocketAddress(ip: IPAddress(v4: 0), port: 0)
}

extension SIPTransportKind {
  /// From a URI's `transport` parameter.
  init?(uriName: Span<UInt8>) {
    guard
      let kind = [SIPTransportKind.udp, .tcp, .tls, .ws, .wss].first(where: { uriName.equalsIgnoringCase($0.name) })
    else { return nil }
    self = kind
  }

  /// What a trusted neighbour says was used.
  init(_ named: TrustedSource.Transport) {
    switch named {
    case .udp: self = .udp
    case .tcp: self = .tcp
    case .tls: self = .tls
    case .ws: self = .ws
    case .wss: self = .wss
    }
  }
}
