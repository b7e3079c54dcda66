import FuzzSupport
import Guard
import Proxy
import SIPMessage
import SIPTransaction
import Wire

/// One call between a phone inside and one outside, whose network is hidden (`hide_topology`): the routes, Vias and
/// Contacts inside are the input's choice. Nobody outside is told an address inside; what was hidden is put back to the
/// byte, in answers and in later requests, by a node that has forgotten everything; and what a peer makes of it by changing
/// a character leads nowhere.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count <= 1_024 else { return }
  var script = FuzzScript(bytes)
  let inside = Inside(&script)
  if script.once(in: 2) {
    callOut(inside, &script)
  } else {
    callIn(inside, &script)
  }
}

/// The phone inside calls.
private func callOut(_ inside: Inside, _ script: inout FuzzScript) {
  let node = Node()
  let lines = inside.vias + inside.recordRoutes + ["Contact: \(inside.contact)"]
  let sent = node.receive(
    message("INVITE sip:bob@outer.test SIP/2.0", from: ("alice", "a1"), to: ("bob", nil), lines), from: Node.inner)
  guard let invite = sent.first(where: { $0.text.hasPrefix("INVITE ") && $0.hop.remote == Node.outer.remote }) else {
    require(sent.contains { $0.text.hasPrefix("SIP/2.0 4") || $0.text.hasPrefix("SIP/2.0 5") }, "no answer")
    return
  }
  seal(invite)
  require(invite.values(.via).count == 1 && invite.values(.recordRoute).count == 1, "more than one hop")
  let echoed = invite.values(.via).map { "Via: \($0)" } + invite.values(.recordRoute).map { "Record-Route: \($0)" }
  let answers = node.receive(
    message("SIP/2.0 200 OK", from: ("alice", "a1"), to: ("bob", "b1"), echoed + ["Contact: <sip:bob@198.51.100.9>"]),
    from: Node.outer)
  guard let answer = answers.first(where: { $0.text.hasPrefix("SIP/2.0 200") }) else {
    require(false, "the answer is lost")
    return
  }
  require(answer.values(.via).elementsEqual(inside.viaValues, by: isSame), "other Vias: \(answer.text)")
  require(answer.values(.recordRoute).suffix(inside.routes.count).elementsEqual(inside.routes), "other routes")
  let later = script.once(in: 2) ? Node() : node
  bring(back: invite, tags: ("b1", "a1"), to: inside, routes: inside.routes, later, &script)
}

/// The phone outside calls.
private func callIn(_ inside: Inside, _ script: inout FuzzScript) {
  let node = Node()
  let vias = ["Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bKo"]
  let sent = node.receive(
    message(
      "INVITE sip:bob@inner.test SIP/2.0", from: ("carol", "a1"), to: ("bob", nil),
      vias + ["Record-Route: <sip:198.51.100.5;lr>", "Contact: <sip:carol@198.51.100.9>"]), from: Node.outer)
  guard let invite = sent.first(where: { $0.text.hasPrefix("INVITE ") }) else {
    require(false, "the call does not go on")
    return
  }
  let echoed =
    invite.values(.via).map { "Via: \($0)" } + inside.recordRoutes
    + invite.values(.recordRoute).map { "Record-Route: \($0)" } + ["Contact: \(inside.contact)"]
  let answers = node.receive(
    message("SIP/2.0 200 OK", from: ("carol", "a1"), to: ("bob", "b1"), echoed), from: Node.inner)
  guard let answer = answers.first(where: { $0.text.hasPrefix("SIP/2.0 200") }) else { return }
  seal(answer)
  require(answer.values(.recordRoute).count == 2, "more than one hop")
  require(answer.values(.via).count == 1, "more than one Via")
  let later = script.once(in: 2) ? Node() : node
  bring(back: answer, tags: ("a1", "b1"), to: inside, routes: inside.routes.reversed(), later, &script)
}

/// A later request of the phone outside, with what it was given.
private func bring(
  back given: Sent, tags: (String, String), to inside: Inside, routes: [String], _ node: Node,
  _ script: inout FuzzScript
) {
  guard let route = given.values(.recordRoute).first else { return }
  let target = given.uri(.contact)
  func ask(_ method: String, _ target: String, _ route: String, _ branch: String) -> Sent? {
    node.receive(
      message(
        "\(method) \(target) SIP/2.0", from: ("x", tags.0), to: ("y", tags.1),
        ["Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bK\(branch)", "Route: \(route)"], method: method, number: 7),
      from: Node.outer
    ).first { $0.text.hasPrefix("\(method) ") }
  }
  // A character of one of the two, not in the names and addresses around them.
  let mark = UInt8(ascii: "A") + UInt8(script.below(26))
  if let spoilt = changed(target, behind: "sip:ifh.", script.byte(), mark) {
    require(ask("INFO", spoilt, route, "a") == nil, "a made-up Contact leads somewhere")
  }
  if let spoilt = changed(route, behind: ";ifh=", script.byte(), mark) {
    require(ask("INFO", target, spoilt, "b") == nil, "a made-up route leads somewhere")
  }
  guard let request = ask(script.pick(["BYE", "UPDATE", "ACK", "PRACK"]), target, route, "c") else {
    require(false, "what belongs to the call is lost: \(target) \(route)")
    return
  }
  require(request.text.split(separator: " ")[1] == inside.target, "another target: \(request.text)")
  require(request.values(.route).elementsEqual(routes), "other routes: \(request.text)")
}

/// Nothing of what goes out says an address inside.
private func seal(_ sent: Sent) {
  require(!sent.text.contains("10.0.0."), "told: \(sent.text)")
}

/// A text with a character of the sealed part behind a mark changed; nil without such a part.
private func changed(_ text: String, behind mark: String, _ place: UInt8, _ character: UInt8) -> String? {
  guard let start = text.firstRange(of: mark)?.upperBound else { return nil }
  var bytes = Array(text.utf8)
  let first = text.utf8.distance(from: text.startIndex, to: start)
  let index = first + Int(place) % 64
  guard index < bytes.count, bytes[index] != character else { return nil }
  bytes[index] = character
  return String(decoding: bytes, as: UTF8.self)
}

/// Two Vias that differ in nothing but what the socket saw.
private func isSame(_ one: String, _ other: String) -> Bool {
  one == other || one.hasPrefix(other) || one.contains("received=10.0.0.2")
}

/// A message with a body that says where somebody is, which nobody looks at.
private func message(
  _ start: String, from: (String, String), to: (String, String?), _ lines: [String], method: String = "INVITE",
  number: Int = 1
) -> String {
  let to = "To: <sip:\(to.0)@test.invalid>" + (to.1.map { ";tag=\($0)" } ?? "")
  let head =
    [start] + lines + [
      "From: <sip:\(from.0)@test.invalid>;tag=\(from.1)", to, "Call-ID: call", "CSeq: \(number) \(method)",
      "Max-Forwards: 70", "Content-Length: 0",
    ]
  return head.joined(separator: "\r\n") + "\r\n\r\n"
}

/// What the input chooses: who stands between us and the phone inside.
private struct Inside {
  /// Record-Route values, topmost first.
  var routes: [String] = []
  /// The same as header lines.
  var recordRoutes: [String] = []
  var viaValues: [String] = []
  var vias: [String] = []
  /// As the phone writes it.
  let contact: String
  /// As it stands in a Request-URI.
  let target: String

  init(_ script: inout FuzzScript) {
    for number in 0...script.below(4) {
      let parameters = script.pick(["", ";rport=5070", ";ttl=1;x=\"a,b\"", ";received=10.0.0.99", ";keep"])
      viaValues.append(
        "SIP/2.0/\(script.pick(["TCP", "UDP"])) 10.0.0.\(number + 2):5060\(parameters);branch=z9hG4bKi\(number)")
    }
    vias = Self.lines("Via", viaValues, &script)
    for _ in 0..<script.below(12) {
      let user = script.pick(["", "p@", "a%41,b@", "x;y@"])
      let parameters = script.pick([
        ";lr", ";transport=tcp;lr;ftag=1", ";lr=on;did=\(script.byte())", ";lr;x=%2C;y=[a]",
      ])
      let name = script.pick(["", "\"a, <b>\" ", "edge "])
      // Not 10.0.0.1, which is ours: a route of our own is taken off as such.
      let value = "\(name)<sip:\(user)10.0.0.\(2 + script.below(250)):5060\(parameters)>\(script.pick(["", ";r=1"]))"
      routes.append(value)
    }
    // Whatever was chosen above leads on by TCP, as the first hop does; what is stateless needs no more.
    recordRoutes = Self.lines("Record-Route", routes, &script)
    let user = script.pick(["alice", "a%20b", "1000", "x;y=z", String(repeating: "u", count: script.below(256))])
    let uri = "sip:\(user.isEmpty ? "u" : user)@10.0.0.7:5080"
    let parameters = script.pick(["", ";transport=tcp", ";ob", ";gr=urn:uuid:1", ";x=\"1"])
    let clean = parameters == ";x=\"1" ? "" : parameters
    let headers = script.pick(["", "", "?a=b", "?Replaces=c%3Bd"])
    target = uri + clean
    contact = "\(script.pick(["", "\"A, B\" "]))<\(uri)\(clean)\(headers)>\(script.pick(["", ";expires=60;+sip.ice"]))"
  }

  /// Values over lines or in one, as it comes.
  private static func lines(_ name: String, _ values: [String], _ script: inout FuzzScript) -> [String] {
    var lines: [String] = []
    for value in values {
      if let last = lines.popLast() {
        if script.once(in: 2) { lines.append("\(last), \(value)") } else { lines += [last, "\(name): \(value)"] }
      } else {
        lines.append("\(name): \(value)")
      }
    }
    return lines
  }
}

private struct Sent {
  let text: String
  let hop: Hop

  /// All values of a list header.
  func values(_ name: SIPHeaderName) -> [String] {
    guard let message = try? SIPMessage(parsing: Array(text.utf8)) else { return [] }
    let view = message.view
    var values: [String] = []
    view.forEachElement(of: name) { values.append(view.string($0)) }
    return values
  }

  /// The URI in a header's angle brackets.
  func uri(_ name: SIPHeaderName) -> String {
    guard let value = values(name).first, let open = value.lastIndex(of: "<"), let close = value.lastIndex(of: ">")
    else { return "" }
    return String(value[value.index(after: open)..<close])
  }
}

/// A node between 10.0.0.0/8, by TCP, and everybody else, by UDP, and by TCP what is too long for that (RFC 3261 §18.1.1).
private final class Node {
  private var core: ProxyCore
  private var sink = ProxySink()
  private var moment = Moment(now: Instant(nanoseconds: 1_000_000_000), clock: UTCTimestamp(seconds: 1_800_000_000))

  static let inner = Hop(
    transport: .tcp, remote: address("10.0.0.2:5060"), connection: ConnectionID(1), listener: 2)
  static let outer = Hop(transport: .udp, remote: address("198.51.100.5:5060"), listener: 0)

  static func address(_ text: String) -> SocketAddress {
    SocketAddress(text) ?? SocketAddress(ip: IPAddress(v4: 0), port: 0)
  }

  init() {
    var policy = ProxyPolicy()
    policy.listeners = [
      .init(transport: .udp, address: Self.address("203.0.113.1:5060")),
      .init(transport: .tcp, address: Self.address("203.0.113.1:5060")),
      .init(transport: .tcp, address: Self.address("10.0.0.1:5060")),
    ]
    policy.domains = ["if.internal"]
    policy.authenticatesInvite = false
    policy.allowlist = SourceAllowlist(
      allow: ["0.0.0.0/0"].compactMap { CIDR($0) }, registry: Registry(), trustedFrom: [])
    policy.hiding = CIDR("10.0.0.0/8").map { TopologyHiding(inside: [$0], hidesContacts: true) }
    policy.routes = [("sip:*@outer.test", Self.outer), ("sip:*@inner.test", Self.inner)].compactMap { pattern, hop in
      RoutePattern(pattern).map { .init(pattern: $0, transport: hop.transport, address: hop.remote) }
    }
    core = ProxyCore(
      reactor: 0, policy: policy,
      keys: .init(cookie: [UInt8](repeating: 1, count: 32), nonce: [UInt8](repeating: 2, count: 32), hash: (3, 4)),
      timers: SIPTimers(trying: nil))
  }

  /// What the core sends because of a message.
  func receive(_ text: String, from hop: Hop) -> [Sent] {
    let bytes = Array(text.utf8)
    var index = SIPMessageIndex()
    guard (try? index.index(bytes.span, framing: hop.transport.isReliable ? .stream : .datagram)) != nil else {
      return []
    }
    let view = index.view(of: bytes.span)
    core.receive(view, from: hop, at: moment, into: &sink)
    var sent: [Sent] = []
    var next = 0
    while next < sink.actions.count {
      let action = sink.actions[next]
      next += 1
      switch action {
      case .send(let bytes, let hop, _): sent.append(Sent(text: String(decoding: bytes, as: UTF8.self), hop: hop))
      case .ask(.bindings, let context): core.answer(context, .bindings([], version: 0), at: moment, into: &sink)
      case .ask(.locate, let context): core.answer(context, .located([]), at: moment, into: &sink)
      case .ask, .tell, .record, .authenticationFailed, .openMedia, .setMedia, .closeMedia, .pressKey, .keyAnswered:
        break
      }
    }
    sink.actions.removeAll()
    return sent
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
