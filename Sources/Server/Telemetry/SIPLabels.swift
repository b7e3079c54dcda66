/// Where a call came from and where it goes (`direction` of `sip_calls_total`).
public enum CallDirection: Int, CaseIterable, Sendable {
  /// Ends at this node.
  case `in`
  /// Starts at this node.
  case out
  /// Passes through.
  case through

  var label: String { ["in", "out", "through"][rawValue] }
}

/// How a call attempt ended (`result` of `sip_calls_total`).
public enum CallResult: String, CaseIterable, Sendable {
  /// A 2xx was forwarded.
  case answered
  /// Admitted, then a final 3xx–6xx other than 487, or a timeout.
  case failed
  /// Refused by the rules every new INVITE passes.
  case rejected
  /// Ended with 487.
  case cancelled

  var index: Int {
    switch self {
    case .answered: 0
    case .failed: 1
    case .rejected: 2
    case .cancelled: 3
    }
  }
}

/// The methods that have a label of their own; everything else is `OTHER`, so that nobody can choose a label.
public enum MethodLabel: Int, CaseIterable, Sendable {
  case invite, ack, bye, cancel, register, options, info, prack, update, refer, subscribe, notify, message, publish
  case other

  var label: String {
    [
      "INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER", "SUBSCRIBE",
      "NOTIFY", "MESSAGE", "PUBLISH", "OTHER",
    ][rawValue]
  }
}

/// The transports of `sip_requests_total`, in the order of `SIPTransportKind`.
public enum TransportLabel: Int, CaseIterable, Sendable {
  case udp, tcp, tls, ws, wss

  var label: String { ["udp", "tcp", "tls", "ws", "wss"][rawValue] }
}
