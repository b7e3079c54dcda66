import Proxy
import SIPTransaction
import Testing
import Wire

/// Flows that phones open and keep (RFC 5626).
@Suite struct OutboundTests {
  private let phone = "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"

  /// Registers one of bob's flows over a stream of its own.
  @discardableResult
  private func flow(
    _ proxy: Harness, _ regID: String, connection: UInt64, cseq: Int = 1, parameters: String = "",
    supported: String = "outbound, path", headers: [String] = [], via: String = "SIP/2.0/TCP 10.1.1.1:4444"
  ) throws -> Harness.Sent {
    try Phone.register(
      proxy, contact: "<sip:bob@10.1.1.1:4444;transport=tcp>;+sip.instance=\"\(phone)\"\(regID)\(parameters)",
      headers: ["Supported: \(supported)"] + headers, user: "bob", password: "hunter2", to: "sip:bob@if.internal",
      callID: "reg-\(connection)", cseq: cseq, from: "127.0.0.1:\(40_000 + connection)", via: via, .tcp,
      connection: connection)
  }

  private func invites(_ sent: [Harness.Sent]) -> [UInt64] {
    sent.filter { $0.startLine.hasPrefix("INVITE") }.map(\.hop.connection.rawValue)
  }

  @Test func aFlowIsRegisteredAndUsed() throws {
    let proxy = Harness()
    let answer = try flow(proxy, ";reg-id=1", connection: 7)
    #expect(answer.startLine == "SIP/2.0 200 OK")
    #expect(answer.header("Require") == "outbound")
    #expect(answer.header("Flow-Timer") == "120")
    #expect(answer.header("Contact")?.contains(";reg-id=1") == true)
    let invite = try #require(try Phone.call(proxy, "sip:bob@if.internal").first { $0.startLine.hasPrefix("INVITE") })
    #expect(invite.hop.connection == ConnectionID(7))
    #expect(invite.hop.isFlow)
    #expect(invite.hop.remote == Harness.address("127.0.0.1:40007"))
  }

  @Test func withoutSupportItIsAContactLikeOthers() throws {
    let proxy = Harness()
    let answer = try flow(proxy, ";reg-id=1", connection: 7, supported: "path")
    #expect(answer.header("Require") == nil)
    #expect(answer.header("Flow-Timer") == nil)
    #expect(proxy.bindings["bob@if.internal"]?.first?.regID == nil)
  }

  @Test(arguments: [
    (";reg-id=0", "SIP/2.0 400 Contact: malformed reg-id"), (";reg-id=1", "SIP/2.0 200 OK"),
    (";reg-id=2147483647", "SIP/2.0 200 OK"), (";reg-id=2147483648", "SIP/2.0 400 Contact: malformed reg-id"),
    (";reg-id=x", "SIP/2.0 400 Contact: malformed reg-id"),
    (";reg-id=1, <sip:bob@10.1.1.1:5>", "SIP/2.0 400 Contact: one flow at a time"),
    (";reg-id=1, <sip:bob@10.1.1.1:5>;expires=0", "SIP/2.0 200 OK"),
  ])
  func whatARegIDMayBe(parameters: String, line: String) throws {
    #expect(try flow(Harness(), parameters, connection: 7).startLine == line)
  }

  @Test func instancesHaveALimit() throws {
    func register(_ count: Int) throws -> String {
      let instance = "<" + String(repeating: "i", count: count - 2) + ">"
      return try Phone.register(Harness(), contact: "<sip:alice@127.0.0.1:7001>;+sip.instance=\"\(instance)\"")
        .startLine
    }
    #expect(try register(256) == "SIP/2.0 200 OK")
    #expect(try register(257) == "SIP/2.0 400 Contact: malformed +sip.instance")
  }

  @Test func aFlowTakesThePlaceOfTheOneWithItsNumber() throws {
    let proxy = Harness()
    try flow(proxy, ";reg-id=1", connection: 7)
    try flow(proxy, ";reg-id=2", connection: 8)
    #expect(proxy.bindings["bob@if.internal"]?.count == 2)
    // The phone came back from a new port: the same flow by number, another by Call-ID and connection.
    try flow(proxy, ";reg-id=1", connection: 9)
    #expect(proxy.bindings["bob@if.internal"]?.map(\.hop.connection.rawValue) == [8, 9])
    // A contact without reg-id, though of the same URI, is another.
    _ = try Phone.register(
      proxy, contact: "<sip:bob@10.1.1.1:4444;transport=tcp>", user: "bob", password: "hunter2",
      to: "sip:bob@if.internal", callID: "plain")
    #expect(proxy.bindings["bob@if.internal"]?.count == 3)
  }

  @Test func theFirstHopMustTakePart() throws {
    let proxy = Harness { $0.trustedFrom = [] }
    func register(_ path: String?) throws -> Harness.Sent {
      try flow(
        proxy, ";reg-id=1", connection: 7,
        headers: ["Via: SIP/2.0/TCP 10.1.1.1:4444;branch=z9hG4bKphone"] + (path.map { ["Path: \($0)"] } ?? []),
        via: "SIP/2.0/TCP 127.0.0.1:40007")
    }
    #expect(try register(nil).startLine == "SIP/2.0 439 First Hop Lacks Outbound Support")
    #expect(try register("<sip:127.0.0.1:40007;lr>").startLine == "SIP/2.0 439 First Hop Lacks Outbound Support")
    // The phone's edge is the one that wrote first, so its value is the last.
    #expect(
      try register("<sip:127.0.0.1:40007;lr;ob>, <sip:10.0.0.1;lr>").startLine
        == "SIP/2.0 439 First Hop Lacks Outbound Support")
    let answer = try register("<sip:127.0.0.1:40007;lr>, <sip:token@10.0.0.1;lr;ob>")
    #expect(answer.startLine == "SIP/2.0 200 OK")
    #expect(answer.header("Require") == "outbound")
    // How long a flow may be silent is the edge's to say.
    #expect(answer.header("Flow-Timer") == nil)
  }

  @Test func twoFlowsOfOnePhoneAreTriedOneByOne() throws {
    let proxy = Harness()
    try flow(proxy, ";reg-id=1", connection: 7)
    try flow(proxy, ";reg-id=2", connection: 8)
    _ = try Phone.register(
      proxy, contact: "<sip:bob@127.0.0.1:7777>", user: "bob", password: "hunter2", to: "sip:bob@if.internal",
      callID: "desk")
    let sent = try Phone.call(proxy, "sip:bob@if.internal")
    // One flow of the phone, and at the same time the other phone.
    #expect(invites(sent) == [7, 0])
    let first = try #require(sent.first { $0.hop.connection == ConnectionID(7) })
    // No answer over the first: the second at once, whatever the other phone does.
    let next = proxy.receive(Phone.response(408, to: first), from: "127.0.0.1:40007", .tcp, connection: 7)
    #expect(invites(next) == [8])
    #expect(proxy.bindings["bob@if.internal"]?.count == 3)
  }

  @Test(arguments: [(486, false), (430, true), (408, true), (503, false)])
  func onlyADeadFlowLeadsToTheNext(status: Int, goesOn: Bool) throws {
    let proxy = Harness()
    try flow(proxy, ";reg-id=1", connection: 7)
    try flow(proxy, ";reg-id=2", connection: 8)
    let first = try #require(try Phone.call(proxy, "sip:bob@if.internal").first { $0.startLine.hasPrefix("INVITE") })
    let next = proxy.receive(Phone.response(status, to: first), from: "127.0.0.1:40007", .tcp, connection: 7)
    #expect(invites(next) == (goesOn ? [8] : []))
    // 430 says that the flow is gone for good.
    #expect(proxy.bindings["bob@if.internal"]?.count == (status == 430 ? 1 : 2))
    guard goesOn, let second = next.first(where: { $0.startLine.hasPrefix("INVITE") }) else { return }
    // What the phone answers over the second counts, though 430 came first.
    let last = proxy.receive(Phone.response(486, to: second), from: "127.0.0.1:40008", .tcp, connection: 8)
    #expect(last.contains { $0.startLine == "SIP/2.0 486 X" })
  }

  @Test func aFlowThatIsGoneIsForgotten() throws {
    let proxy = Harness()
    try flow(proxy, ";reg-id=1", connection: 7)
    try flow(proxy, ";reg-id=2", connection: 8)
    proxy.deadConnections = [7]
    #expect(invites(try Phone.call(proxy, "sip:bob@if.internal")) == [8])
    #expect(proxy.bindings["bob@if.internal"]?.map(\.regID) == [2])
    proxy.deadConnections = [8]
    let sent = try Phone.call(proxy, "sip:bob@if.internal", callID: "again")
    #expect(invites(sent) == [])
    #expect(sent.contains { $0.startLine == "SIP/2.0 480 Temporarily Unavailable" })
    #expect(proxy.bindings["bob@if.internal"] == [])
  }

  @Test func aDialogStaysOnItsFlows() throws {
    let proxy = Harness()
    try flow(proxy, ";reg-id=1", connection: 7)
    // The caller is behind a translator as well.
    let invite = try #require(
      try Phone.call(proxy, "sip:bob@if.internal", contact: "sip:alice@10.2.2.2:5060").first {
        $0.startLine.hasPrefix("INVITE")
      })
    let routes = invite.headers("Record-Route")
    #expect(routes.count == 2)
    #expect(routes[0].contains(";ifa=") && routes[0].contains(";ifb="))
    _ = proxy.receive(
      Phone.response(200, to: invite, headers: ["Contact: <sip:bob@10.1.1.1:4444;transport=tcp>"]),
      from: "127.0.0.1:40007", .tcp, connection: 7)
    // From the caller: over the callee's flow, not to the address that its Contact names.
    let callerRoutes = routes.reversed().map { "Route: \($0)" }
    for method in ["ACK", "BYE"] {
      let sent = proxy.receive(
        Phone.request(
          method, to: "sip:bob@10.1.1.1:4444;transport=tcp", toURI: "sip:bob@if.internal", toTag: "b1", cseq: 3,
          branch: "z9hG4bK\(method)", contact: nil, headers: callerRoutes))
      let request = try #require(sent.first { $0.startLine.hasPrefix(method) })
      #expect(request.hop.connection == ConnectionID(7))
      #expect(request.hop.isFlow)
      #expect(request.startLine == "\(method) sip:bob@10.1.1.1:4444;transport=tcp SIP/2.0")
    }
    // From the callee: back to where the caller's INVITE came from.
    let sent = proxy.receive(
      Phone.request(
        "INFO", to: "sip:alice@10.2.2.2:5060", from: "sip:bob@if.internal", fromTag: "b1", toTag: "a1", cseq: 9,
        branch: "z9hG4bKinfo", via: "SIP/2.0/TCP 10.1.1.1:4444", contact: nil, headers: routes.map { "Route: \($0)" }),
      from: "127.0.0.1:40007", .tcp, connection: 7)
    #expect(sent.first { $0.startLine.hasPrefix("INFO") }?.hop.remote == Harness.address("127.0.0.1:5080"))
    // The flow ends: 430, since it was the request that named it.
    proxy.deadConnections = [7]
    let failed = proxy.receive(
      Phone.request(
        "INFO", to: "sip:bob@10.1.1.1:4444;transport=tcp", toURI: "sip:bob@if.internal", toTag: "b1", cseq: 4,
        branch: "z9hG4bKlate", contact: nil, headers: callerRoutes))
    #expect(failed.map(\.startLine) == ["SIP/2.0 430 Flow Failed"])
    // A token that somebody has bent.
    let bent = callerRoutes.map { $0.replacing(";ifb=A", with: ";ifb=B") }
    #expect(bent != callerRoutes)
    let forged = proxy.receive(
      Phone.request(
        "INFO", to: "sip:bob@10.1.1.1:4444;transport=tcp", toURI: "sip:bob@if.internal", toTag: "b1", cseq: 5,
        branch: "z9hG4bKbent", contact: nil, headers: bent))
    #expect(forged.map(\.startLine) == ["SIP/2.0 403 Forbidden"])
  }

  @Test func phonesThatKnowTheirAddressCarryNoTokens() throws {
    let proxy = Harness()
    _ = try Phone.register(
      proxy, contact: "<sip:bob@127.0.0.1:7777>", user: "bob", password: "hunter2", to: "sip:bob@if.internal")
    let plain = try #require(try Phone.call(proxy, "sip:bob@if.internal").first { $0.startLine.hasPrefix("INVITE") })
    #expect(plain.header("Record-Route")?.contains(";if") == true)
    #expect(plain.header("Record-Route")?.contains(";ifa=") == false)
    #expect(plain.header("Record-Route")?.contains(";ifb=") == false)
    // Unless they ask for it.
    let asked = try #require(
      try Phone.call(proxy, "sip:bob@if.internal", callID: "ob", contact: "sip:alice@127.0.0.1:5080;ob").first {
        $0.startLine.hasPrefix("INVITE")
      })
    #expect(asked.header("Record-Route")?.contains(";ifa=") == true)
  }
}

/// STUN on a SIP socket (RFC 5626 §4.4.2, §8).
@Suite struct STUNKeepAliveTests {
  /// The transaction of RFC 5769 §2.
  private let transaction: [UInt8] = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]

  private func request(attributes: [UInt8] = [], length: Int? = nil, type: [UInt8] = [0, 1]) -> [UInt8] {
    let length = length ?? attributes.count
    return type + [UInt8(length >> 8), UInt8(length & 255), 0x21, 0x12, 0xa4, 0x42] + transaction + attributes
  }

  private func answer(_ bytes: [UInt8], _ from: String = "192.0.2.1:32853") -> [UInt8]? {
    STUNKeepAlive.answer(to: bytes.span, from: Harness.address(from))
  }

  @Test func theMappedAddressIsThatOfRFC5769() {
    let head: [UInt8] = [1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42] + transaction
    #expect(answer(request()) == head + [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43])
    let head6: [UInt8] = [1, 1, 0, 24, 0x21, 0x12, 0xa4, 0x42] + transaction
    let mapped: [UInt8] = [
      0, 0x20, 0, 20, 0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe,
      0xd2, 0xb9, 0xd9,
    ]
    #expect(answer(request(), "[2001:db8:1234:5678:11:2233:4455:6677]:32853") == head6 + mapped)
  }

  @Test func whatMustBeUnderstoodAndIsNotIsNamed() {
    // SOFTWARE may be ignored, USERNAME may not.
    #expect(answer(request(attributes: [0x80, 0x22, 0, 1, 65, 0, 0, 0]))?.first == 1)
    let refused = answer(request(attributes: [0, 6, 0, 1, 65, 0, 0, 0]))
    #expect(refused.map { Array($0.prefix(4)) } == [1, 0x11, 0, 16])
    #expect(refused.map { Array($0.suffix(16)) } == [0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 2, 0, 6, 0, 0])
    let many = answer(request(attributes: (0..<60).flatMap { _ in [0, 6, 0, 0] as [UInt8] }))
    #expect(many?.count == 48)
  }

  @Test func whatIsNoBindingRequestIsNotAnswered() {
    let tooLong = (STUNKeepAlive.maximumBytes - 20) / 4
    func padding(_ words: Int) -> [UInt8] { (0..<words).flatMap { _ in [0x80, 0x22, 0, 0] as [UInt8] } }
    #expect(answer(request(attributes: padding(tooLong))) != nil)
    #expect(answer(request(attributes: padding(tooLong + 1))) == nil)
    #expect(answer(request(length: 4)) == nil)
    #expect(answer(request(attributes: [0x80, 0x22, 0, 8])) == nil)
    #expect(answer(request(type: [1, 1])) == nil)
    #expect(answer(Array("\r\n\r\n".utf8)) == nil)
    #expect(answer(Array("OPTIONS sip:a SIP/2.0\r\n\r\n".utf8)) == nil)
    for count in 0..<20 { #expect(answer(Array(request().prefix(count))) == nil) }
  }
}
