import SIPDialog
import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("Dialogs (RFC 3261 §12)")
struct DialogTests {
  static func invite(recordRoutes: [String] = [], contact: String? = "sip:alice@192.0.2.1") -> String {
    Raw.request(
      "INVITE", branch: "i",
      lines: recordRoutes.map { "Record-Route: \($0)" } + (contact.map { ["Contact: <\($0)>"] } ?? []),
      body: "offer")
  }

  static func uas(_ text: String, maxRoutes: Int = 8) throws(Dialog.Fault) -> Dialog {
    guard let message = try? SIPMessage(parsing: Array(text.utf8)) else { throw .noContact }
    let view = message.view
    return try Dialog(request: view, localTag: "b", maxRoutes: maxRoutes)
  }

  static func uac(_ text: String, maxRoutes: Int = 8, target: String? = nil) throws(Dialog.Fault) -> Dialog {
    guard let message = try? SIPMessage(parsing: Array(text.utf8)) else { throw .noContact }
    let view = message.view
    return try Dialog(
      response: view, localAddress: "<sip:alice@192.0.2.1>", remoteAddress: "<sip:bob@192.0.2.2>", target: target,
      maxRoutes: maxRoutes)
  }

  static func response(_ status: Int, tag: String?, recordRoutes: [String] = [], contact: String? = "sip:bob@192.0.2.2")
    -> String
  {
    let lines = [
      "SIP/2.0 \(status) Whatever", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKi",
      "From: <sip:alice@192.0.2.1>;tag=a", "To: <sip:bob@192.0.2.2>\(tag.map { ";tag=\($0)" } ?? "")",
      "Call-ID: raw@192.0.2.1", "CSeq: 7 INVITE",
    ]
    return
      (lines + recordRoutes.map { "Record-Route: \($0)" } + (contact.map { ["Contact: <\($0)>"] } ?? [])
      + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
  }

  @Test("as UAS: routes in their order, the Contact as target, tags the right way round")
  func server() throws {
    var dialog = try Self.uas(Self.invite(recordRoutes: ["<sip:p2.example;lr>, <sip:p1.example;lr>"]))
    #expect(dialog.id == DialogID(callID: "raw@192.0.2.1", localTag: "b", remoteTag: "a"))
    #expect(dialog.routeSet == ["<sip:p2.example;lr>", "<sip:p1.example;lr>"])
    #expect(dialog.requestTarget.requestURI == "sip:alice@192.0.2.1")
    #expect(dialog.requestTarget.routes == dialog.routeSet)
    #expect(dialog.nextHop == "sip:p2.example;lr")
    #expect(dialog.phase == .early)
    #expect(dialog.remoteAddress == "<sip:alice@192.0.2.1>")
    dialog.confirm()
    #expect(dialog.phase == .confirmed)
    dialog.terminate()
    dialog.confirm()
    #expect(dialog.phase == .terminated)
  }

  @Test("as UAC: routes reversed; the 2xx of an early dialog brings them anew")
  func client() throws {
    var dialog = try Self.uac(
      Self.response(180, tag: "b", recordRoutes: ["<sip:p2.example;lr>", "<sip:p1.example;lr>"]))
    #expect(dialog.routeSet == ["<sip:p1.example;lr>", "<sip:p2.example;lr>"])
    #expect(dialog.phase == .early)
    #expect(dialog.localSequence == 7)
    let message = try SIPMessage(
      parsing: Array(Self.response(200, tag: "b", recordRoutes: ["<sip:p3.example;lr>"], contact: "sip:b2@h").utf8))
    let view = message.view
    try dialog.confirm(response: view, maxRoutes: 8)
    #expect(dialog.routeSet == ["<sip:p3.example;lr>"])
    #expect(dialog.remoteTarget == "sip:b2@h")
    #expect(dialog.phase == .confirmed)
    #expect(try Self.uac(Self.response(200, tag: "b")).phase == .confirmed)
  }

  @Test("a strict router first: its URI is the Request-URI, the target the last Route (§12.2.1.1)")
  func strict() throws {
    let dialog = try Self.uas(
      Self.invite(recordRoutes: ["<sip:p2.example;method=INVITE;transport=tcp?Subject=x>", "<sip:p1.example;lr>"]))
    #expect(dialog.requestTarget.requestURI == "sip:p2.example;transport=tcp")
    #expect(dialog.requestTarget.routes == ["<sip:p1.example;lr>", "<sip:alice@192.0.2.1>"])
    #expect(dialog.nextHop.hasPrefix("sip:p2.example"))
  }

  @Test("what makes none: no tag, no Contact, another scheme, too many routes")
  func none() throws {
    #expect(throws: Dialog.Fault.noTag) { try Self.uac(Self.response(180, tag: nil)) }
    #expect(throws: Dialog.Fault.noContact) { try Self.uac(Self.response(180, tag: "b", contact: nil)) }
    #expect(throws: Dialog.Fault.noContact) { try Self.uas(Self.invite(contact: nil)) }
    #expect(throws: Dialog.Fault.noContact) { try Self.uas(Self.invite(contact: "mailto:a@b")) }
    #expect(try Self.uac(Self.response(200, tag: "b", contact: nil), target: "sip:x@y").remoteTarget == "sip:x@y")
    let routes = (0..<4).map { "<sip:p\($0).example;lr>" }
    #expect(try Self.uas(Self.invite(recordRoutes: routes), maxRoutes: 4).routeSet.count == 4)
    #expect(throws: Dialog.Fault.tooManyRoutes) { try Self.uas(Self.invite(recordRoutes: routes), maxRoutes: 3) }
  }

  @Test("CSeq: ours rises by one up to the last, theirs must rise")
  func sequence() throws {
    var dialog = try Self.uas(Self.invite())
    #expect(dialog.nextSequence() == 1)
    #expect(dialog.nextSequence() == 2)
    #expect(dialog.received(1) == false)
    #expect(dialog.received(5) == true)
    #expect(dialog.received(5) == false)
    #expect(dialog.received(4) == false)
    #expect(dialog.remoteSequence == 5)
    dialog.sent(CSeqHeader.maxNumber - 1)
    #expect(dialog.nextSequence() == CSeqHeader.maxNumber)
    #expect(dialog.nextSequence() == nil)
  }
}

@Suite("Forks and strangers")
struct ForkTests {
  static let server = Hop(transport: .udp, remote: Phone.address("192.0.2.2:5060"))

  /// A caller whose messages go nowhere.
  static func caller(limits: UserAgentLimits = .default) throws -> Phone {
    let phone = Phone("alice", host: "192.0.2.1", seed: 9, limits: limits)
    try phone.run { (agent, now, sink) throws(UserAgentError) in
      _ = try agent.invite(
        "sip:bob@192.0.2.2", from: "<sip:alice@192.0.2.1>", via: server, offer: SessionBody("a1"), now: now, into: &sink
      )
    }
    return phone
  }

  static func drain(_ phone: Phone) {
    while let deadline = phone.agent.nextDeadline {
      phone.now = max(phone.now, deadline.milliseconds + 1)
      phone.advance()
    }
    let isEmpty = phone.agent.isEmpty
    #expect(isEmpty, "\(phone.log)")
  }

  static func respond(
    _ phone: Phone, _ status: Int, to method: String = "INVITE", tag: String, lines: [String] = [], body: String = ""
  ) throws {
    let invite = try phone.lastSent(method)
    let text = Raw.response(status, to: invite, tag: tag, contact: "sip:\(tag)@192.0.2.2", lines: lines, body: body)
    phone.receive(text, from: server)
  }

  @Test("forks make early dialogs; the first 2xx is the call, a later one is acknowledged and hung up on")
  func forks() throws {
    let phone = try Self.caller()
    try Self.respond(phone, 180, tag: "one")
    try Self.respond(phone, 183, tag: "two", body: "early")
    #expect(phone.agent.dialogCount == 2)
    #expect(phone.log == ["progress 180", "progress 183 preview early"])
    try Self.respond(phone, 200, tag: "two", body: "answer")
    #expect(phone.log.last == "answered answer answer")
    #expect(phone.agent.dialogCount == 1)
    #expect(phone.sent == ["INVITE", "ACK"])
    try Self.respond(phone, 200, tag: "one", body: "other")
    #expect(phone.sent == ["INVITE", "ACK", "ACK", "BYE"])
    #expect(try phone.header(.to, of: "BYE") == "<sip:bob@192.0.2.2>;tag=one")
    try Self.respond(phone, 200, tag: "one", body: "other")
    #expect(phone.sent.suffix(1) == ["ACK"])
    try Self.respond(phone, 200, tag: "two", body: "answer")
    #expect(phone.sent.count == 6)
    #expect(phone.log.count == 3)
    #expect(phone.agent.callCount == 1)
    try phone.hangUp()
    #expect(phone.log.last == "ended hung up")
    Self.drain(phone)
  }

  @Test("forks at the limit and one beyond")
  func forkLimit() throws {
    let phone = try Self.caller(limits: UserAgentLimits(maxForks: 2))
    for tag in ["one", "two", "three"] { try Self.respond(phone, 180, tag: tag) }
    #expect(phone.agent.dialogCount == 2)
    #expect(phone.log == ["progress 180", "progress 180", "progress 180"])
    try Self.respond(phone, 200, tag: "three", body: "answer")
    #expect(phone.log.last == "answered answer answer")
    #expect(phone.agent.dialogCount == 1)
    for tag in ["four", "five", "six", "seven"] { try Self.respond(phone, 200, tag: tag, body: "answer") }
    // Two dialogs in all were acknowledged; who sends more 2xx than that is left to time out.
    #expect(phone.sent.count { $0 == "BYE" } == 1)
    try phone.hangUp()
    Self.drain(phone)
  }

  @Test("a challenged BYE goes again with credentials; the dialog is known until it is answered")
  func challengedBye() throws {
    let phone = try Self.caller()
    try Self.respond(phone, 200, tag: "one", body: "answer")
    try phone.hangUp()
    try Self.respond(phone, 401, to: "BYE", tag: "one")
    #expect(phone.log.suffix(2) == ["ended hung up", "challenged 401"])
    #expect(phone.agent.dialogCount == 1)
    try phone.authenticate("Digest one")
    #expect(try phone.header(.authorization, of: "BYE") == "Digest one")
    #expect(try phone.header(.cseq, of: "BYE") == "3 BYE")
    try Self.respond(phone, 200, to: "BYE", tag: "one")
    #expect(phone.agent.dialogCount == 0)
    Self.drain(phone)
  }

  @Test("a refusal after early dialogs takes them along")
  func refusal() throws {
    let phone = try Self.caller()
    try Self.respond(phone, 180, tag: "one")
    try Self.respond(phone, 603, tag: "two")
    #expect(phone.agent.dialogCount == 0)
    #expect(phone.log.last == "ended refused with 603")
    Self.drain(phone)
  }

  static func callee(
    limits: UserAgentLimits = .default, _ change: (inout UserAgentConfiguration) -> Void = { _ in }
  ) -> Phone {
    Phone("bob", host: "192.0.2.2", seed: 4, limits: limits, change)
  }

  static let client = Hop(transport: .udp, remote: Phone.address("192.0.2.1:5060"))

  @Test(
    "requests outside any dialog",
    arguments: [
      ("OPTIONS", "200"), ("BYE", "481"), ("UPDATE", "481"), ("INFO", "481"), ("NOTIFY", "481"), ("PRACK", "481"),
      ("MESSAGE", "405"), ("REGISTER", "405"), ("SUBSCRIBE", "405"), ("REFER", "405"), ("STRANGE", "501"),
    ])
  func outside(method: String, status: String) {
    let phone = Self.callee()
    phone.receive(Raw.request(method, branch: "o"), from: Self.client)
    #expect(phone.sent == ["\(status) \(method)"])
    phone.receive(Raw.request(method, branch: "p", toTag: "unknown", cseq: 2), from: Self.client)
    #expect(phone.sent.last == "481 \(method)")
    #expect(phone.log == [])
    Self.drain(phone)
  }

  @Test("faulty requests are answered 400 and forgotten; garbage is dropped")
  func faulty() {
    let phone = Self.callee()
    let request = Raw.request("INVITE", branch: "f", lines: ["Contact: <sip:a@b>"])
    phone.receive(request.replacing("Call-ID: raw@192.0.2.1", with: "Call-ID: two words"), from: Self.client)
    #expect(phone.sent == ["400 INVITE"])
    phone.receive("garbage", from: Self.client)
    phone.receive("", from: Self.client)
    #expect(phone.sent.count == 1)
    let isEmpty = phone.agent.isEmpty
    #expect(isEmpty)
  }

  @Test("an INVITE: merged 482, without Contact 400, with an unknown demand 420, beyond the limit 503")
  func invites() throws {
    let phone = Self.callee(limits: UserAgentLimits(maxCalls: 1))
    phone.receive(Raw.request("INVITE", branch: "a", callID: "x@y"), from: Self.client)
    #expect(phone.sent.last == "400 INVITE")
    phone.receive(
      Raw.request("INVITE", branch: "b", callID: "z@y", lines: ["Contact: <sip:a@b>", "Require: 100rel, magic"]),
      from: Self.client)
    #expect(phone.sent.last == "420 INVITE")
    #expect(try phone.header(.unsupported, of: "420 INVITE") == "magic")
    let good = Raw.request("INVITE", branch: "c", lines: ["Contact: <sip:a@192.0.2.1>"], body: "offer")
    phone.receive(good, from: Self.client)
    phone.receive(good.replacing("z9hG4bKc", with: "z9hG4bKd"), from: Self.client)
    #expect(phone.sent.last == "482 INVITE")
    phone.receive(
      Raw.request("INVITE", branch: "e", callID: "two@y", lines: ["Contact: <sip:a@b>"]), from: Self.client)
    #expect(phone.sent.last == "503 INVITE")
    #expect(phone.log == ["incoming offer offer"])
    try phone.reject(486)
    Self.drain(phone)
  }

  @Test("requests that wait for the user, at the limit and one beyond")
  func pendingLimit() throws {
    let pair = Pair(bob: UserAgentLimits(maxPendingRequests: 2))
    try pair.establish()
    let dialog = try pair.bob.currentDialog()
    for cseq in 10..<13 {
      pair.bob.receive(
        Raw.request(
          "INFO", branch: "n\(cseq)", from: "<sip:alice@192.0.2.1>;tag=\(dialog.id.remoteTag)",
          toTag: dialog.id.localTag, callID: dialog.id.callID, cseq: cseq), from: Self.client)
    }
    #expect(pair.bob.log.count { $0 == "request INFO" } == 2)
    #expect(pair.bob.sent.last == "500 INFO")
    try pair.bob.accept()
    #expect(pair.bob.sent.last == "200 INFO")
    // Alice's own numbers are behind those of the stranger above.
    try pair.bob.hangUp()
    #expect(pair.bob.sent.contains("487 INFO"))
    pair.expectNothingLeft()
  }

  @Test("a CANCEL from elsewhere is 481 and cancels nothing")
  func foreignCancel() throws {
    let phone = Self.callee()
    phone.receive(Raw.request("INVITE", branch: "c", lines: ["Contact: <sip:a@192.0.2.1>"]), from: Self.client)
    let elsewhere = Hop(transport: .udp, remote: Phone.address("192.0.2.66:5060"))
    phone.receive(Raw.request("CANCEL", branch: "c"), from: elsewhere)
    #expect(phone.sent.last == "481 CANCEL")
    #expect(phone.log == ["incoming"])
    try phone.reject(486)
    Self.drain(phone)
  }
}
