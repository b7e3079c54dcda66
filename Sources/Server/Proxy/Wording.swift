import SIPTransaction

/// The pieces of text that every forwarded message repeats, made once per policy.
struct Wording {
  struct Listener {
    /// `SIP/2.0/UDP 192.0.2.1:5060;branch=`
    let via: [UInt8]
    /// `<sip:192.0.2.1:5060;transport=tcp;lr;ifc=`, to be followed by the cookie and `>`.
    let recordRoute: [UInt8]
    /// The same as a SIPS URI, where the listener is secure: `<sips:192.0.2.1:5061;transport=tcp;lr;ifc=`.
    let secureRecordRoute: [UInt8]
  }

  let listeners: [Listener]

  init(_ policy: ProxyPolicy) {
    listeners = policy.listeners.map { listener in
      // A SIPS URI demands TLS all the way to the phones, and SIPS Contacts of both (§12.1.1, RFC 5630 §3.1): whoever
      // did not call a SIPS URI gets none from us, only TLS for the next hop.
      let transport = listener.transport == .udp ? "" : ";transport=\(listener.transport.name)"
      let recordRoute = "<sip:\(listener.sentBy)\(transport);lr;ifc="
      let secure = "<sips:\(listener.sentBy);transport=\(listener.transport.uriName);lr;ifc="
      return Listener(
        via: Array("SIP/2.0/\(listener.transport.viaName) \(listener.sentBy);branch=".utf8),
        recordRoute: Array(recordRoute.utf8),
        secureRecordRoute: Array((listener.transport.isSecure ? secure : recordRoute).utf8))
    }
  }

  /// What every branch of RFC 3261 begins with (§8.1.1.7).
  static let magicCookie = Array("z9hG4bK".utf8)

  /// How a branch of RFC 3261 stands in a Via.
  static let branchMark = Array("branch=z9hG4bK".utf8)

  /// What stands before the flow tokens there: of who began the dialog, and of who was called.
  static let callerFlowMark = Array(";ifa=".utf8)
  static let calleeFlowMark = Array(";ifb=".utf8)

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
