import Wire

/// Where an HTTP server is, and below which path what we want of it.
package struct HTTPTarget: Sendable, Hashable {
  /// Whether it is asked over TLS: `https`.
  package var isSecure: Bool
  /// Its name or address; an IPv6 address without brackets.
  package var host: String
  /// Its port.
  package var port: UInt16
  /// The path with its leading slash, in the form that goes out.
  package var path: String

  /// A target.
  package init(isSecure: Bool, host: String, port: UInt16, path: String) {
    self.isSecure = isSecure
    self.host = host
    self.port = port
    self.path = path
  }

  /// The `Host` header: the port stands in it when it is not the usual one (RFC 9110 §7.2).
  package var authority: String {
    let host = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
  }
}

/// The bounds of one exchange.
package struct HTTPLimits: Sendable {
  /// Until the connection is there, TLS not counted.
  package var connect = Duration.seconds(5)
  /// From the question to the last byte of the answer, the TLS handshake included.
  package var exchange = Duration.seconds(15)
  /// Bytes of an answer's body.
  package var maxBodyBytes = 131_072

  /// The defaults.
  package init() {}
}

/// What a server answered.
package struct HTTPAnswer: Sendable, Equatable {
  /// The status code.
  package var status: Int
  /// `Content-Type` as it came.
  package var contentType: String?
  /// The body.
  package var body: [UInt8]

  /// An answer.
  package init(status: Int, contentType: String? = nil, body: [UInt8] = []) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }
}

/// Why there is no answer.
package enum HTTPFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Nobody is there, or the name is unknown.
  case unreachable(String)
  /// TLS did not come about.
  case insecure(String)
  /// It was there, and took too long.
  case timedOut
  /// It closed the connection before its answer was whole.
  case closed
  /// What it sent is no HTTP.
  case malformed
  /// Its answer is longer than we read.
  case tooLarge(Int)

  /// For people.
  package var description: String {
    switch self {
    case .unreachable(let reason): "it cannot be reached: \(reason)"
    case .insecure(let reason): "TLS failed: \(reason)"
    case .timedOut: "it did not answer in time"
    case .closed: "it closed the connection before its answer was whole"
    case .malformed: "what it sent is no HTTP"
    case .tooLarge(let limit): "its answer is longer than \(limit) bytes"
    }
  }
}
