import SIPTransaction
import Wire

/// What every forwarded message needs of the policy, mostly pieces of text; made once.
struct Wording {
  struct Listener {
    /// `SIP/2.0/UDP 192.0.2.1:5060;branch=`
    let via: [UInt8]
    /// The same with `alias`, where that is wanted: over TLS, on connections that we open.
    let aliasVia: [UInt8]?
    /// `<sip:192.0.2.1:5060;transport=tcp;lr;ifc=`, to be followed by the cookie and `>`.
    let recordRoute: [UInt8]
    /// The same as a SIPS URI, where the listener is secure: `<sips:192.0.2.1:5061;transport=tcp;lr;ifc=`.
    let secureRecordRoute: [UInt8]
    /// What stands behind the user in a hidden Contact: `@192.0.2.1:5060;transport=tcp`.
    let contactTail: [UInt8]
    /// The same in a SIPS URI.
    let secureContactTail: [UInt8]
  }

  let listeners: [Listener]
  /// `SIP/2.0/TCP` and our name on the first listener, for what goes to the gateway.
  private let gatewayVia: [UInt8]
  /// What certificates at addresses must name (``ProxyPolicy/StaticRoute/verifiedName``).
  let verifiedNames: [SocketAddress: String]

  init(_ policy: ProxyPolicy) {
    verifiedNames = policy.verifiedNames
    gatewayVia = Array("SIP/2.0/TCP \(policy.listeners.first?.sentBy ?? "gateway.invalid");branch=".utf8)
    listeners = policy.listeners.map { listener in
      // A SIPS URI demands TLS all the way to the phones, and SIPS Contacts of both (§12.1.1, RFC 5630 §3.1): whoever
      // did not call a SIPS URI gets none from us, only TLS for the next hop.
      let transport = listener.transport == .udp ? "" : ";transport=\(listener.transport.name)"
      let recordRoute = "<sip:\(listener.sentBy)\(transport);lr;ifc="
      let secure = "<sips:\(listener.sentBy);transport=\(listener.transport.uriName);lr;ifc="
      let via = "SIP/2.0/\(listener.transport.viaName) \(listener.sentBy)"
      return Listener(
        via: Array("\(via);branch=".utf8),
        aliasVia: policy.offersAlias && listener.transport == .tls ? Array("\(via);alias;branch=".utf8) : nil,
        recordRoute: Array(recordRoute.utf8),
        secureRecordRoute: Array((listener.transport.isSecure ? secure : recordRoute).utf8),
        contactTail: Array("@\(listener.sentBy)\(transport)".utf8),
        secureContactTail: Array("@\(listener.sentBy);transport=\(listener.transport.uriName)".utf8))
    }
  }

  /// Our Via towards a hop, up to the branch; nil when we have no socket for it.
  func via(of hop: Hop) -> [UInt8]? {
    if hop.isGateway { return gatewayVia }
    guard Int(hop.listener) < listeners.count else { return nil }
    let listener = listeners[Int(hop.listener)]
    return hop.connection == .none ? listener.aliasVia ?? listener.via : listener.via
  }

  /// Our Record-Route value on a listener up to the cookie, and with it when there is one; the `>` is still to come.
  func recordRoute(of listener: UInt16, isSIPS: Bool, cookie: UInt64?) -> [UInt8] {
    let texts = listeners[Int(listener)]
    var value = isSIPS ? texts.secureRecordRoute : texts.recordRoute
    if let cookie { Hex.append(cookie, to: &value) }
    return value
  }

  /// What stands behind the user in a hidden Contact.
  func contactTail(of listener: UInt16, isSIPS: Bool) -> [UInt8] {
    isSIPS ? listeners[Int(listener)].secureContactTail : listeners[Int(listener)].contactTail
  }

  /// What every branch of RFC 3261 begins with (§8.1.1.7).
  static let magicCookie = Array("z9hG4bK".utf8)

  /// How a branch of RFC 3261 stands in a Via.
  static let branchMark = Array("branch=z9hG4bK".utf8)

  /// What stands before the flow tokens there: of who began the dialog, and of who was called.
  static let callerFlowMark = Array(";ifa=".utf8)
  static let calleeFlowMark = Array(";ifb=".utf8)

  /// What stands before the sealed routes there (``HidingMint``), and what marks a caller who has asked for privacy.
  static let hiddenMark = Array(";ifh=".utf8)
  static let privateMark = Array(";ifp".utf8)

  /// Between the values of a list.
  static let separator = Array(", ".utf8)

  /// What stands before the cookie in our Record-Route.
  static let cookieMark = Array(";ifc=".utf8)
}

extension SIPTransportKind {
  /// As Via writes it (RFC 3261 §20.42, RFC 7118 §5).
  var viaName: String {
    switch self {
    case .udp: "UDP"
    case .tcp: "TCP"
    case .tls: "TLS"
    case .ws: "WS"
    case .wss: "WSS"
    }
  }

  /// As a URI's `transport` parameter writes it; TLS is TCP under `sips`.
  var uriName: String {
    switch self {
    case .udp: "udp"
    case .tcp, .tls: "tcp"
    case .ws, .wss: "ws"
    }
  }

  /// What it becomes in a SIPS URI, where `transport=tcp` means TLS over it (§26.2.2).
  var underSIPS: SIPTransportKind {
    switch self {
    case .udp, .tcp, .tls: .tls
    case .ws, .wss: .wss
    }
  }

  /// As the store and the records write it.
  public var name: String {
    switch self {
    case .udp: "udp"
    case .tcp: "tcp"
    case .tls: "tls"
    case .ws: "ws"
    case .wss: "wss"
    }
  }

  /// The transport of that name.
  public init?(name: String) {
    guard let kind = SIPTransportKind.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }
}
