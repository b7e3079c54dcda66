import OpenSSLCrypto
import SIPMessage
import SIPTransaction
import Testing
import Wire

/// Messages as phones send them.
enum Phone {
  static func request(
    _ method: String, to uri: String = "sip:bob@callee.test", from: String = "sip:alice@if.internal",
    fromTag: String = "a1", toURI: String? = nil, toTag: String? = nil, callID: String = "call-1@host", cseq: Int = 1,
    branch: String = "z9hG4bKbranch1", via: String = "SIP/2.0/UDP 127.0.0.1:5080", maxForwards: Int? = 70,
    contact: String? = "sip:alice@127.0.0.1:5080", headers: [String] = [], body: String = ""
  ) -> String {
    var lines = ["\(method) \(uri) SIP/2.0", "Via: \(via);branch=\(branch)"]
    if let maxForwards { lines.append("Max-Forwards: \(maxForwards)") }
    lines.append("From: <\(from)>;tag=\(fromTag)")
    lines.append("To: <\(toURI ?? uri)>" + (toTag.map { ";tag=\($0)" } ?? ""))
    lines.append("Call-ID: \(callID)")
    lines.append("CSeq: \(cseq) \(method)")
    if let contact { lines.append("Contact: <\(contact)>") }
    lines += headers
    lines.append("Content-Length: \(body.utf8.count)")
    return lines.joined(separator: "\n") + "\n\n" + body
  }

  /// A response to a request that the proxy has sent, by its own headers.
  static func response(
    _ status: Int, _ phrase: String = "X", to request: Harness.Sent, toTag: String = "b1", headers: [String] = [],
    body: String = ""
  ) -> String {
    var lines = ["SIP/2.0 \(status) \(phrase)"]
    for name in ["Via", "Record-Route", "From"] { lines += request.headers(name).map { "\(name): \($0)" } }
    let to = request.header("To") ?? ""
    lines.append("To: \(to)" + (to.contains("tag=") || status == 100 ? "" : ";tag=\(toTag)"))
    for name in ["Call-ID", "CSeq"] { lines += request.headers(name).map { "\(name): \($0)" } }
    lines += headers
    lines.append("Content-Length: \(body.utf8.count)")
    return lines.joined(separator: "\n") + "\n\n" + body
  }

  /// The header that answers a challenge.
  static func credentials(
    for challenge: Harness.Sent, user: String = "alice", password: String = "secret", method: String = "INVITE",
    uri: String = "sip:bob@callee.test", nonceCount: Int = 1, body: String? = nil
  ) -> String {
    let isProxy = challenge.header("Proxy-Authenticate") != nil
    let all = challenge.headers(isProxy ? "Proxy-Authenticate" : "WWW-Authenticate")
    guard let value = all.first(where: { $0.contains("algorithm=MD5") }), let nonce = parameter("nonce", value),
      let realm = parameter("realm", value)
    else { return "" }
    func md5(_ text: String) -> String {
      let bytes = Array(text.utf8)
      return Hex.encode(Digest.hash(.md5, bytes.span).span)
    }
    let count = String(nonceCount, radix: 16)
    let nc = String(repeating: "0", count: 8 - count.count) + count
    // With a body, auth-int, which covers it.
    let qop = body == nil ? "auth" : "auth-int"
    let secondHalf = md5("\(method):\(uri)" + (body.map { ":\(md5($0))" } ?? ""))
    let response = md5(
      [md5("\(user):\(realm):\(password)"), nonce, nc, "c0ffee", qop, secondHalf].joined(separator: ":"))
    return
      "\(isProxy ? "Proxy-Authorization" : "Authorization"): Digest username=\"\(user)\", realm=\"\(realm)\", "
      + "nonce=\"\(nonce)\", uri=\"\(uri)\", response=\"\(response)\", algorithm=MD5, cnonce=\"c0ffee\", qop=\(qop), nc=\(nc)"
  }

  private static func parameter(_ name: String, _ value: String) -> String? {
    guard let start = value.firstRange(of: "\(name)=\"") else { return nil }
    return String(value[start.upperBound...].prefix { $0 != "\"" })
  }

  /// Registers and answers the challenge; the last answer.
  static func register(
    _ proxy: Harness, contact: String?, headers: [String] = [], user: String = "alice", password: String = "secret",
    to: String = "sip:alice@if.internal", callID: String = "reg", cseq: Int = 1, from: String = "127.0.0.1:5080",
    via: String = "SIP/2.0/UDP 127.0.0.1:5080", _ transport: SIPTransportKind = .udp, connection: UInt64 = 0
  ) throws -> Harness.Sent {
    let lines = headers + (contact.map { ["Contact: \($0)"] } ?? [])
    let mark = "\(callID)\(cseq)\(to.utf8.count)\(lines.joined().utf8.count)"
    let challenge = try #require(
      proxy.receive(
        request(
          "REGISTER", to: "sip:if.internal", from: to, toURI: to, callID: callID, cseq: cseq, branch: "z9hG4bKa\(mark)",
          via: via, contact: nil, headers: lines), from: from, transport, connection: connection
      ).first)
    guard challenge.startLine == "SIP/2.0 401 Unauthorized" else { return challenge }
    let credentials = credentials(
      for: challenge, user: user, password: password, method: "REGISTER", uri: "sip:if.internal")
    return try #require(
      proxy.receive(
        request(
          "REGISTER", to: "sip:if.internal", from: to, toURI: to, callID: callID, cseq: cseq + 1,
          branch: "z9hG4bKb\(mark)", via: via, contact: nil, headers: lines + [credentials]), from: from, transport,
        connection: connection
      ).first)
  }

  /// Calls as alice and answers the challenge; what the proxy then sends.
  static func call(
    _ proxy: Harness, _ uri: String, callID: String = "call-1@host", contact: String = "sip:alice@127.0.0.1:5080",
    from: String = "127.0.0.1:5080"
  ) throws -> [Harness.Sent] {
    let branch = callID.replacing("@", with: ".")
    let challenge = try #require(
      proxy.receive(
        request("INVITE", to: uri, callID: callID, branch: "z9hG4bKi\(branch)", contact: contact), from: from
      ).first)
    // The challenge is acknowledged, so that its transaction does not send it again in the midst of a test.
    proxy.receive(
      request(
        "ACK", to: uri, toTag: challenge.header("To")?.split(separator: "tag=").last.map { String($0) }, callID: callID,
        branch: "z9hG4bKi\(branch)", contact: nil), from: from)
    return proxy.receive(
      request(
        "INVITE", to: uri, callID: callID, cseq: 2, branch: "z9hG4bKj\(branch)", contact: contact,
        headers: [credentials(for: challenge, uri: uri)]), from: from)
  }
}
