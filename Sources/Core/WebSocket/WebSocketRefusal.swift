/// Why an upgrade is refused. A closed set: metrics use the names, and no name holds anything the peer has sent.
public enum WebSocketRefusal: String, Error, Sendable, Hashable, CaseIterable {
  /// The request is longer than allowed.
  case tooLong = "too-long"
  /// It has more header fields than allowed.
  case tooManyFields = "too-many-fields"
  /// It is no HTTP/1.1 request.
  case malformed
  /// Another version of HTTP.
  case httpVersion = "http-version"
  /// Another method than GET.
  case method
  /// Another path.
  case path
  /// `Host` is missing, empty or there twice.
  case host
  /// The request has content.
  case content
  /// An HTTP request that asks for no WebSocket.
  case upgrade = "no-upgrade"
  /// Another version of WebSocket than 13.
  case version
  /// `Sec-WebSocket-Key` is not 16 bytes.
  case key
  /// A web page whose origin may not.
  case origin
  /// The subprotocol `sip` is not among those offered.
  case subprotocol

  /// The HTTP status of the answer.
  public var status: Int {
    switch self {
    case .malformed, .host, .content, .key, .subprotocol: 400
    case .origin: 403
    case .path: 404
    case .method: 405
    case .upgrade, .version: 426
    case .tooLong, .tooManyFields: 431
    case .httpVersion: 505
    }
  }

  /// The reason phrase of the answer.
  var phrase: String {
    switch self {
    case .malformed, .host, .content, .key, .subprotocol: "Bad Request"
    case .origin: "Forbidden"
    case .path: "Not Found"
    case .method: "Method Not Allowed"
    case .upgrade, .version: "Upgrade Required"
    case .tooLong, .tooManyFields: "Request Header Fields Too Large"
    case .httpVersion: "HTTP Version Not Supported"
    }
  }

  /// What the answer says to a person.
  var sentence: String {
    switch self {
    case .tooLong: "The request is too long."
    case .tooManyFields: "The request has too many header fields."
    case .malformed: "This is no HTTP/1.1 request."
    case .httpVersion: "Only HTTP/1.1 is spoken here."
    case .method: "Only GET can be upgraded."
    case .path: "There is no WebSocket at this path."
    case .host: "The header field Host is missing, or there are two."
    case .content: "A request for an upgrade has no content."
    case .upgrade: "Only WebSocket is spoken here."
    case .version: "Only version 13 of WebSocket is spoken here."
    case .key: "Sec-WebSocket-Key is not 16 bytes in base64."
    case .origin: "Pages of this origin may not connect here."
    case .subprotocol: "Only the subprotocol sip is spoken here (Sec-WebSocket-Protocol)."
    }
  }

  /// Header fields that the answer needs.
  var headers: [String] {
    switch self {
    case .method: ["Allow: GET", "Connection: close"]
    case .upgrade: ["Upgrade: websocket", "Connection: Upgrade"]
    case .version: ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    case .tooLong, .tooManyFields, .malformed, .httpVersion, .path, .host, .content, .key, .origin, .subprotocol:
      ["Connection: close"]
    }
  }

  /// The whole answer.
  var response: [UInt8] {
    let lines = ["HTTP/1.1 \(status) \(phrase)"] + headers + ["Content-Type: text/plain; charset=utf-8"]
    let body = "\(sentence)\n"
    return Array("\(lines.joined(separator: "\r\n"))\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
  }
}
