import Testing
import WebSocket
import Wire

@Suite("The upgrade (RFC 6455 §4, RFC 7118 §4)")
struct HandshakeTests {
  /// The request of RFC 7118 §8.1, its key the one of RFC 6455 §1.3.
  static func request(
    _ line: String = "GET /sip HTTP/1.1", without: String? = nil, with: [String] = [], host: String = "sip.example.com"
  ) -> [UInt8] {
    var lines = [
      "Host: \(host)", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Protocol: sip", "Sec-WebSocket-Version: 13",
    ]
    lines.removeAll { line in without.map { line.hasPrefix($0 + ":") } ?? false }
    return ([line] + lines + with + ["", ""]).joined(separator: "\r\n").bytes
  }

  static func outcome(_ bytes: [UInt8], _ policy: WebSocketHandshake.Policy = .init()) -> WebSocketHandshake.Outcome {
    var handshake = WebSocketHandshake(policy)
    return handshake.receive(bytes.span)
  }

  static func status(_ bytes: [UInt8], _ policy: WebSocketHandshake.Policy = .init()) -> Int? {
    switch outcome(bytes, policy) {
    case .needMore: nil
    case .accepted: 101
    case .refused(_, let refusal): refusal.status
    }
  }

  static func refusal(_ bytes: [UInt8], _ policy: WebSocketHandshake.Policy = .init()) -> WebSocketRefusal? {
    if case .refused(_, let refusal) = outcome(bytes, policy) { refusal } else { nil }
  }

  @Test("the answer of §1.3, and the subprotocol")
  func accepted() throws {
    guard case .accepted(let response, let deflate, let rest) = Self.outcome(Self.request() + [0x81]) else {
      Issue.record("refused")
      return
    }
    let text = String(decoding: response, as: UTF8.self)
    #expect(
      text == """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
        Sec-WebSocket-Protocol: sip\r
        \r

        """)
    #expect(deflate == nil && rest == [0x81])
  }

  @Test("however the request is cut in two, the same comes out")
  func splits() {
    let request = Self.request() + [0x82, 0x80]
    for place in 0...request.count {
      var handshake = WebSocketHandshake(.init())
      var outcome = handshake.receive(request.span.extracting(0..<place))
      if case .needMore = outcome { outcome = handshake.receive(request.span.extracting(place..<request.count)) }
      guard case .accepted = outcome else {
        Issue.record("cut at \(place): \(outcome)")
        return
      }
    }
    var bytewise = WebSocketHandshake(.init())
    for (place, byte) in request.dropLast(2).enumerated() {
      let outcome = bytewise.receive([byte].span)
      if case .needMore = outcome { continue }
      #expect(place == request.count - 3)
    }
  }

  static let refusals: [(String, [UInt8], WebSocketRefusal)] = [
    ("POST", request("POST /sip HTTP/1.1"), .method),
    ("HTTP/1.0", request("GET /sip HTTP/1.0"), .httpVersion),
    ("HTTP/2.0", request("GET /sip HTTP/2.0"), .httpVersion),
    ("another path", request("GET /chat HTTP/1.1"), .path),
    ("a path that only begins like it", request("GET /sip/x HTTP/1.1"), .path),
    ("a whole URI", request("GET http://h/sip HTTP/1.1"), .path),
    ("no path", request("GET HTTP/1.1"), .malformed),
    ("a blank too many", request("GET  /sip HTTP/1.1"), .malformed),
    ("no HTTP", request("INVITE sip:a@b SIP/2.0"), .malformed),
    ("no Host", request(without: "Host"), .host),
    ("two Hosts", request(with: ["Host: other"]), .host),
    ("no Upgrade", request(without: "Upgrade"), .upgrade),
    ("Upgrade to something else", request(without: "Upgrade", with: ["Upgrade: h2c"]), .upgrade),
    ("no Connection", request(without: "Connection"), .upgrade),
    ("Connection without Upgrade", request(without: "Connection", with: ["Connection: keep-alive"]), .upgrade),
    ("version 8", request(without: "Sec-WebSocket-Version", with: ["Sec-WebSocket-Version: 8"]), .version),
    ("no version", request(without: "Sec-WebSocket-Version"), .version),
    ("no key", request(without: "Sec-WebSocket-Key"), .key),
    ("two keys", request(with: ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]), .key),
    ("15 bytes", request(without: "Sec-WebSocket-Key", with: ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j"]), .key),
    ("no base64", request(without: "Sec-WebSocket-Key", with: ["Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!=="]), .key),
    ("no subprotocol", request(without: "Sec-WebSocket-Protocol"), .subprotocol),
    (
      "another one", request(without: "Sec-WebSocket-Protocol", with: ["Sec-WebSocket-Protocol: mqtt, sips"]),
      .subprotocol
    ),
    ("content", request(with: ["Content-Length: 5"]), .content),
    ("chunks", request(with: ["Transfer-Encoding: chunked"]), .content),
    ("a strange page", request(with: ["Origin: https://evil.example"]), .origin),
    ("a page without a name", request(with: ["Origin: null"]), .origin),
    ("two origins", request(with: ["Origin: https://sip.example.com", "Origin: https://sip.example.com"]), .origin),
    ("folding", request(with: [" folded"]), .malformed),
    ("a blank before the colon", request(with: ["X : y"]), .malformed),
    ("no colon", request(with: ["X"]), .malformed),
    ("a bare line feed", request(with: ["X: y\nZ: 1"]), .malformed),
    ("a zero byte", request(with: ["X: \0"]), .malformed),
  ]

  @Test("what does not fit is refused, and why", arguments: refusals)
  func refused(name: String, request: [UInt8], refusal: WebSocketRefusal) {
    #expect(Self.refusal(request) == refusal, "\(name)")
  }

  @Test("every reason has its name, its status, and a case above or at the limits")
  func reasons() {
    #expect(
      WebSocketRefusal.allCases.map { "\($0.rawValue) \($0.status)" } == [
        "too-long 431", "too-many-fields 431", "malformed 400", "http-version 505", "method 405", "path 404",
        "host 400", "content 400", "no-upgrade 426", "version 426", "key 400", "origin 403", "subprotocol 400",
      ])
    let seen = Set(Self.refusals.map(\.2)).union([.tooLong, .tooManyFields])
    #expect(seen == Set(WebSocketRefusal.allCases))
  }

  @Test("a refusal is a whole HTTP response")
  func refusalText() {
    let request = Self.request(without: "Sec-WebSocket-Version", with: ["Sec-WebSocket-Version: 8"])
    guard case .refused(let response, _) = Self.outcome(request) else {
      Issue.record("not refused")
      return
    }
    let text = String(decoding: response, as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 426 Upgrade Required\r\n"))
    #expect(text.contains("\r\nSec-WebSocket-Version: 13\r\n"))
    let body = text[(text.firstRange(of: "\r\n\r\n")?.upperBound ?? text.startIndex)...]
    #expect(text.contains("\r\nContent-Length: \(body.utf8.count)\r\n"))
  }

  static let origins: [(allowed: [String], origin: String?, host: String, isAllowed: Bool)] = [
    ([], nil, "sip.example.com", true),
    ([], "https://sip.example.com", "sip.example.com:8443", true),
    ([], "https://SIP.example.com:4443", "sip.EXAMPLE.com", true),
    ([], "http://[2001:db8::1]:8000", "[2001:db8::1]:8080", true),
    ([], "http://[2001:db8::1]", "[2001:db8::2]", false),
    ([], "https://sip.example.com.evil.example", "sip.example.com", false),
    ([], "https://example.com", "sip.example.com", false),
    (["https://phone.example.net"], "https://phone.example.net", "sip.example.com", true),
    (["https://phone.example.net"], "https://PHONE.example.net", "sip.example.com", true),
    (["https://phone.example.net"], "http://phone.example.net", "sip.example.com", false),
    (["https://phone.example.net"], "https://phone.example.net:444", "sip.example.com", false),
    // Who names pages means these and no others.
    (["https://phone.example.net"], "https://sip.example.com", "sip.example.com", false),
    (["https://phone.example.net"], nil, "sip.example.com", true),
    (["*"], "https://evil.example", "sip.example.com", true),
    (["*"], "null", "sip.example.com", true),
  ]

  @Test("which pages may", arguments: origins)
  func origin(allowed: [String], origin: String?, host: String, isAllowed: Bool) {
    var policy = WebSocketHandshake.Policy()
    policy.origins = WebSocketOrigins(allowed: allowed)
    let request = Self.request(with: origin.map { ["Origin: \($0)"] } ?? [], host: host)
    #expect(Self.status(request, policy) == (isAllowed ? 101 : 403))
  }

  @Test("what stands behind a question mark, several subprotocols, several tokens, whatever case")
  func variants() {
    #expect(Self.status(Self.request("GET /sip?token=1 HTTP/1.1")) == 101)
    let protocols = Self.request(without: "Sec-WebSocket-Protocol", with: ["Sec-WebSocket-Protocol: mqtt, sip"])
    #expect(Self.status(protocols) == 101)
    let tokens = Self.request(without: "Connection", with: ["connection: keep-alive", "CONNECTION: upGRADE"])
    #expect(Self.status(tokens) == 101)
    let upgrade = Self.request(without: "Upgrade", with: ["UPGRADE: WebSocket"])
    #expect(Self.status(upgrade) == 101)
  }

  @Test("as many bytes and header fields as allowed, and not one more")
  func limits() {
    var policy = WebSocketHandshake.Policy()
    let request = Self.request()
    policy.limits.handshakeBytes = request.count
    #expect(Self.status(request, policy) == 101)
    policy.limits.handshakeBytes = request.count - 1
    #expect(Self.refusal(request, policy) == .tooLong)
    policy.limits = WebSocketLimits()
    policy.limits.handshakeHeaders = 6
    #expect(Self.status(request, policy) == 101)
    policy.limits.handshakeHeaders = 5
    #expect(Self.refusal(request, policy) == .tooManyFields)
    var endless = WebSocketHandshake(.init())
    for count in 1... {
      if case .refused(_, let refusal) = endless.receive([0x41].span) {
        #expect(refusal == .tooLong && count == WebSocketLimits().handshakeBytes)
        break
      }
    }
  }

  // MARK: The client's side

  @Test("both sides agree")
  func bothSides() {
    var client = WebSocketClientHandshake(host: "sip.example.com", path: "/sip", nonce: (1, 2))
    guard case .accepted(let response, let serverDeflate, _) = Self.outcome(client.request) else {
      Issue.record("refused")
      return
    }
    guard case .accepted(let deflate, let rest) = client.receive((response + [0x89]).span) else {
      Issue.record("not accepted")
      return
    }
    #expect(deflate == serverDeflate && deflate?.serverKeepsContext == false && rest == [0x89])
  }

  static let answers: [(String, String, Int)] = [
    ("a wrong key", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: sip", 101),
    ("no subprotocol", "Sec-WebSocket-Accept: ACCEPT", 101),
    ("another one", "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Protocol: mqtt", 101),
    (
      "an extension nobody offered",
      "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Extensions: x-other", 101
    ),
    (
      "a context that was not wanted",
      "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Extensions: permessage-deflate", 101
    ),
  ]

  @Test("a client takes no answer that is not one to its request", arguments: answers)
  func wrongAnswers(name: String, headers: String, status: Int) {
    var client = WebSocketClientHandshake(host: "h", path: "/sip", nonce: (0, 0))
    // The answer to sixteen zeros.
    let accept = "ICX+Yqv66kxgM0FcWaLWlFLwTAI="
    let text =
      "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + headers.split(separator: "ACCEPT", omittingEmptySubsequences: false).joined(separator: accept) + "\r\n\r\n"
    guard case .failed(let found) = client.receive(text.bytes.span) else {
      Issue.record("\(name) was accepted")
      return
    }
    #expect(found == status)
  }

  @Test("a refusal's status is told; what is no HTTP has none")
  func refusedClient() {
    for (text, wanted) in [("HTTP/1.1 403 Forbidden\r\n\r\n", 403), ("SIP/2.0 200 OK\r\n\r\n", 0), ("\r\n\r\n", 0)] {
      var client = WebSocketClientHandshake(host: "h", path: "/sip", nonce: (0, 0))
      guard case .failed(let status) = client.receive(text.bytes.span) else {
        Issue.record("accepted")
        continue
      }
      #expect(status == wanted)
    }
  }
}
