import FuzzSupport
import OpenSSLCrypto
import Proxy
import SIPMessage
import SIPTransaction
import Wire

/// Messages as phones and attackers write them, by choice of the input.
struct Grammar {
  private var serial = 0
  private var nonceCount = 0
  /// What was received before, to be repeated, cancelled and acknowledged.
  private(set) var before: [(bytes: [UInt8], hop: Hop, parts: Parts)] = []

  /// What a request is made of.
  struct Parts {
    var method = "INVITE"
    var uri = "sip:bob@callee.test"
    var via = "SIP/2.0/UDP 127.0.0.1:5080;rport"
    var branch: String?
    var callID = ""
    var fromTag: String? = "a1"
    var from = "sip:alice@if.internal"
    var toTag: String?
    var cseq = 1
    var routes: [String] = []
    var maxForwards: Int? = 70
    var headers: [String] = []
    var body = ""

    var bytes: [UInt8] {
      var text = "\(method) \(uri) SIP/2.0\r\nVia: \(via)" + (branch.map { ";branch=\($0)" } ?? "") + "\r\n"
      if let maxForwards { text += "Max-Forwards: \(maxForwards)\r\n" }
      for route in routes { text += "Route: \(route)\r\n" }
      text += "From: <\(from)>" + (fromTag.map { ";tag=\($0)" } ?? "") + "\r\n"
      let to = method == "REGISTER" ? from : uri
      text += "To: <\(to)>" + (toTag.map { ";tag=\($0)" } ?? "") + "\r\n"
      text += "Call-ID: \(callID)\r\nCSeq: \(cseq) \(method)\r\n"
      for header in headers { text += header + "\r\n" }
      text += "Content-Length: \(body.utf8.count)\r\n\r\n" + body
      return Array(text.utf8)
    }
  }

  static let hops = [
    hop("127.0.0.1:5080"), hop("127.0.0.2:5081"), hop("127.0.0.1:6000", .tcp, 1), hop("127.0.0.2:6001", .tcp, 2),
    hop("[::1]:5090"), hop("192.0.2.1:5060"), hop("127.0.0.1:7000"),
  ]
  static let uris = [
    "sip:bob@callee.test", "sip:fork@if.internal", "sip:x@loop.test", "sip:carol@if.internal", "sip:bob@stream.test",
    "sip:alice@if.internal", "sip:nobody@if.internal", "sip:if.internal", "sip:127.0.0.1:5060", "sip:bob@else.test",
    "tel:+15551234", "sips:bob@callee.test", "sip:council@if.internal", "sip:x@ring.test", "sip:bob@six.test",
    "sip:bob@callee.test;maddr=127.0.0.9", "sip:bob@127.0.0.1:7003;transport=tcp", "sip:expert-safety@if.internal",
  ]
  static let methods = [
    "INVITE", "INVITE", "INVITE", "OPTIONS", "REGISTER", "BYE", "MESSAGE", "SUBSCRIBE", "REFER", "STRANGE", "ACK",
    "CANCEL", "UPDATE", "PRACK",
  ]

  static func hop(_ from: String, _ transport: SIPTransportKind = .udp, _ connection: UInt64 = 0) -> Hop {
    let address = World.address(from)
    return Hop(
      transport: transport, remote: address, connection: ConnectionID(rawValue: connection),
      listener: transport == .udp ? (address.ip.isIPv4 ? 0 : 2) : 1)
  }

  // MARK: Requests

  /// A request from outside a dialog.
  mutating func request(_ script: inout FuzzScript, nonce: String) -> ([UInt8], Hop) {
    var parts = begin(&script)
    parts.method = script.pick(Self.methods)
    parts.uri = script.pick(Self.uris)
    if script.once(in: 4) { decorate(&parts, &script) }
    if parts.method == "REGISTER" { register(&parts, &script) }
    if script.once(in: 4) { authorise(&parts, &script, nonce: nonce) }
    return keep(parts, script.pick(Self.hops))
  }

  /// A plain INVITE to somebody, as most calls begin.
  mutating func invite(_ script: inout FuzzScript) -> ([UInt8], Hop) {
    var parts = begin(&script)
    parts.uri = Self.uris[script.below(5)]
    return keep(parts, Self.hops[script.below(3)])
  }

  private mutating func begin(_ script: inout FuzzScript) -> Parts {
    serial += 1
    var parts = Parts()
    parts.branch = "z9hG4bKs\(serial)"
    parts.callID = "c\(script.once(in: 4) ? 1 : serial)"
    return parts
  }

  private func decorate(_ parts: inout Parts, _ script: inout FuzzScript) {
    let own = "<sip:127.0.0.1:5060;lr;ifc=0123456789abcdef>"
    switch script.below(16) {
    case 0: parts.maxForwards = 0
    case 1: parts.maxForwards = 1
    case 2: parts.maxForwards = nil
    case 3: parts.maxForwards = 255
    case 4: parts.routes = [own]
    case 5: parts.routes = ["<sip:192.0.2.77;lr>"]
    case 6: parts.routes = [own + ", <sip:127.0.0.1:7005;lr>"]
    case 7: parts.toTag = "b1"
    case 8: parts.branch = nil
    case 9: parts.fromTag = nil
    case 10: parts.headers = ["Require: x", "Proxy-Require: y"]
    case 11: parts.headers = ["X-IF-Trace-ID: t-7", "X-IF-Hazard: safety", "X-IF-Other: z"]
    case 12: parts.headers = ["X-IF-Source: 192.0.2.1:5060;transport=tls", "X-IF-Authenticated-User: alice"]
    case 13: parts.from = "sip:expert-safety@external.advisor"
    case 14: parts.body = "v=0\r\n"
    default: parts.via = "SIP/2.0/TCP host.test"
    }
  }

  private func register(_ parts: inout Parts, _ script: inout FuzzScript) {
    parts.uri = "sip:if.internal"
    parts.from = script.pick(["sip:alice@if.internal", "sip:carol@if.internal", "sip:bob@if.internal"])
    let contacts = [
      "<sip:alice@127.0.0.1:5080>", "*", "<sip:carol@127.0.0.1:5060;x=2>", "<sip:dave@if.internal>;q=0.1",
      "<sip:a@127.0.0.1:5088;transport=tcp>;expires=60", "<sip:b@[::1]:5091>", "<tel:+1>",
      "<sip:alice@127.0.0.1:5080>;expires=0",
    ]
    parts.headers.append("Contact: " + script.pick(contacts))
    if script.once(in: 2) { parts.headers.append("Expires: \(script.pick([0, 10, 3600]))") }
    if script.once(in: 4) { parts.headers.append("Path: <sip:127.0.0.1:7006;lr>") }
  }

  private mutating func authorise(_ parts: inout Parts, _ script: inout FuzzScript, nonce: String) {
    let name = parts.method == "REGISTER" ? "Authorization" : "Proxy-Authorization"
    if script.once(in: 4) {
      parts.headers.append("\(name): " + script.pick(["Digest x", "Basic abc", "Digest realm=\"if.internal\""]))
      return
    }
    let (user, password) = script.pick([("alice", "secret"), ("expert-safety", "expert"), ("alice", "wrong")])
    func md5(_ text: String) -> String {
      let bytes = Array(text.utf8)
      return Hex.encode(Digest.hash(.md5, bytes.span).span)
    }
    nonceCount += 1
    let digits = String(nonceCount, radix: 16)
    let nc = String(repeating: "0", count: 8 - digits.utf8.count) + digits
    let secret = md5("\(user):\(Policy.realm):\(password)")
    let response = md5("\(secret):\(nonce):\(nc):c0ffee:auth:\(md5("\(parts.method):\(parts.uri)"))")
    parts.headers.append(
      "\(name): Digest username=\"\(user)\", realm=\"\(Policy.realm)\", nonce=\"\(nonce)\", uri=\"\(parts.uri)\", "
        + "response=\"\(response)\", algorithm=MD5, cnonce=\"c0ffee\", qop=auth, nc=\(nc)")
  }

  /// What was received before: once more, its CANCEL, its ACK.
  mutating func again(_ script: inout FuzzScript) -> ([UInt8], Hop)? {
    guard !before.isEmpty else { return nil }
    let (bytes, hop, parts) = before[max(0, before.count - 1 - script.below(8))]
    var other = parts
    switch script.below(4) {
    case 0: return (bytes, hop)
    case 1, 2: other.method = "CANCEL"
    default: other.method = "ACK"
    }
    other.headers = []
    return (other.bytes, script.once(in: 8) ? script.pick(Self.hops) : hop)
  }

  /// A request inside a call that is up, of its caller or its callee; with a forged cookie now and then.
  mutating func inDialog(_ script: inout FuzzScript, _ dialogs: [Ledger.Dialog]) -> ([UInt8], Hop)? {
    guard !dialogs.isEmpty else { return nil }
    let dialog = dialogs[max(0, dialogs.count - 1 - script.below(4))]
    var parts = begin(&script)
    parts.method = script.pick(["BYE", "ACK", "INVITE", "UPDATE", "INFO", "OPTIONS", "REFER", "CANCEL"])
    parts.uri = script.pick(["sip:bob@127.0.0.1:7000", "sip:x@127.0.0.1:5060", "sip:bob@name.test", "sip:b@[::1]:7009"])
    parts.callID = dialog.callID
    parts.cseq = 2 + script.below(3)
    let isOfCaller = !script.once(in: 2)
    parts.fromTag = isOfCaller ? dialog.fromTag : dialog.toTag
    parts.toTag = isOfCaller ? dialog.toTag : dialog.fromTag
    parts.routes = isOfCaller ? dialog.routes.reversed() : dialog.routes
    if script.once(in: 8) { parts.routes = parts.routes.map { $0.replacing("a", with: "b") } }
    if script.once(in: 8) { parts.routes.append("<sip:127.0.0.1:5060;lr>") }
    if script.once(in: 8) { decorate(&parts, &script) }
    return keep(parts, Self.hops[script.below(5)])
  }

  private mutating func keep(_ parts: Parts, _ hop: Hop) -> ([UInt8], Hop) {
    let bytes = parts.bytes
    before.append((bytes, hop, parts))
    return (bytes, hop)
  }

  // MARK: Responses

  /// An answer to something that the core sent.
  func response(_ script: inout FuzzScript, _ requests: [Ledger.Request]) -> ([UInt8], Hop)? {
    guard !requests.isEmpty else { return nil }
    let request = requests[max(0, requests.count - 1 - script.below(12))]
    guard let message = try? SIPMessage(parsing: request.bytes) else { return nil }
    let codes = [180, 200, 100, 486, 183, 487, 302, 404, 407, 500, 503, 600, 603, 408, 202, 199, 481, 699]
    var writer = SIPResponseWriter(script.pick(codes))
    writer.copiesRecordRoute = true
    writer.toTag = "t\(request.hop.remote.port)\(script.once(in: 8) ? "x" : "")"
    if script.once(in: 8) { writer.add("X-IF-Trace-ID", "forged") }
    if script.once(in: 16) { writer.body = Array("v=0\r\n".utf8) }
    var bytes: [UInt8] = []
    writer.write(answering: message.view, into: &bytes)
    return (bytes, request.hop)
  }
}
