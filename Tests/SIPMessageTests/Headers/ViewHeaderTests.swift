import SIPMessage
import Testing
import Wire

@Suite("Typed headers of a message")
struct ViewHeaderTests {
  /// The error that reading one header of a message ends in; nil when it is read.
  private func fault(
    _ lines: String..., read: (borrowing SIPMessageView) throws(SIPParseError) -> Void
  ) throws -> SIPParseError? {
    let message = try SIPMessage(
      parsing: Array(request("INVITE sip:b@c SIP/2.0", lines.joined(separator: "\r\n")).utf8))
    do throws(SIPParseError) {
      try read(message.view)
      return nil
    } catch {
      return error
    }
  }

  @Test("Lists run over all lines of a name, compact forms and folds included")
  func lists() throws {
    let text = request(
      "REGISTER sip:example.com SIP/2.0", cseq: "CSeq: 7 REGISTER",
      "v: SIP/2.0/TCP b ,\r\n SIP/2.0/UDP c", "Route: <sip:p1;lr>, <sip:p2>", "Record-Route: <sip:r>",
      "ROUTE : <sip:p3>",
      "Path: <sip:e;lr>", "Service-Route: <sip:s>", "m: <sip:x@y>;q=0.5", "Contact: sip:z@y", "k: path", "Supported:",
      "Supported: gruu", "Require: a,b", "Proxy-Require: c", "Unsupported: d", "Allow: INVITE, ACK", "Allow:",
      "Allow: X",
      "Accept: application/sdp", "Accept: text/plain", "Reason: SIP;cause=200", "Reason: Q.850;cause=16, x",
      "Warning: 399 a \"x\"", "WWW-Authenticate: Digest realm=\"a\"", "WWW-Authenticate: Digest realm=\"b\"",
      "Authorization: Digest realm=\"c\"", "P-Asserted-Identity: <sip:a@b>", "P-Asserted-Identity: <tel:+1>",
      "Identity: a;info=<https://e.com/1>", "y: b;info=<https://e.com/2>")
    let message = try SIPMessage(parsing: Array(text.utf8))
    let view = message.view
    #expect(try view.vias().map(\.host.text) == ["192.0.2.1", "b", "c"])
    #expect(try view.routes().map(\.uri.text) == ["sip:p1;lr", "sip:p2", "sip:p3"])
    #expect(try view.recordRoutes().count == 1)
    #expect(try view.paths().map(\.text) == ["<sip:e;lr>"])
    #expect(try view.serviceRoutes().map(\.text) == ["<sip:s>"])
    #expect(try view.contacts() == ContactList("<sip:x@y>;q=0.5, <sip:z@y>"))
    #expect(try view.supported().tags == ["path", "gruu"])
    #expect(try view.require().tags == ["a", "b"])
    #expect(try view.proxyRequire().tags == ["c"])
    #expect(try view.unsupported().tags == ["d"])
    #expect(try view.allow()?.text == "INVITE, ACK, X")
    #expect(try view.accept()?.types.count == 2)
    #expect(try view.reasons().map(\.cause) == [200, 16, nil])
    #expect(try view.warnings().map(\.code) == [399])
    #expect(try view.authentication(.wwwAuthenticate).map(\.realm) == ["a", "b"])
    #expect(try view.authentication(.authorization).map(\.realm) == ["c"])
    #expect(try view.authentication(.proxyAuthorization).isEmpty)
    #expect(try view.assertedIdentities().count == 2)
    #expect(try view.identities().map(\.digest) == ["a", "b"])
  }

  @Test("Single headers")
  func singles() throws {
    let text = request(
      "INVITE sip:bob@example.com SIP/2.0", "Content-Type: multipart/mixed;boundary=b", "Content-Disposition: session",
      "Min-Expires: 60",
      "Date: Sat, 13 Nov 2010 23:29:00 GMT", "Retry-After: 5", "x: 1800;refresher=uas", "Min-SE: 90",
      "Authentication-Info: nextnonce=\"a\"", "Privacy: id", "o: dialog", "r: <sip:t@u>",
      "Replaces: a;to-tag=1;from-tag=2", "RSeq: 1", "RAck: 1 2 INVITE", length: "Content-Length: 16",
      body: "--b\r\n\r\nxy\r\n--b--")
    let message = try SIPMessage(parsing: Array(text.utf8))
    let view = message.view
    #expect(try view.fromHeader().tag == "1")
    #expect(try view.toHeader().uri.text == "sip:bob@example.com")
    #expect(try view.cseqHeader() == CSeqHeader(number: 1, method: .invite))
    #expect(try view.callIDHeader().value == "a@192.0.2.1")
    #expect(try view.contentType()?.boundary == "b")
    #expect(try view.contentDisposition()?.type == "session")
    #expect(try view.date()?.timestamp == UTCTimestamp(seconds: 1_289_690_940))
    #expect(try view.minExpires()?.seconds == 60)
    #expect(try view.retryAfter()?.seconds == 5)
    #expect(try view.sessionExpires()?.refresher == .uas)
    #expect(try view.minSE()?.seconds == 90)
    #expect(try view.authenticationInfo()?.value(of: "nextnonce") == "a")
    #expect(try view.privacy()?.values == ["id"])
    #expect(try view.event()?.type == "dialog")
    #expect(try view.referTo()?.uri.text == "sip:t@u")
    #expect(try view.replaces()?.fromTag == "2")
    #expect(try view.rSeq()?.number == 1)
    #expect(try view.rAck()?.cseq.number == 2)
    let parts = try #require(try view.multipartBody()).parts
    #expect(parts.map { view.string($0.content) } == ["xy"])
  }

  @Test("Absent headers")
  func absent() throws {
    let message = try SIPMessage(parsing: Array(request().utf8))
    let view = message.view
    #expect(try view.contacts() == .contacts([]))
    #expect(try view.routes().isEmpty)
    #expect(try view.allow() == nil)
    #expect(try view.accept() == nil)
    #expect(try view.supported().tags.isEmpty)
    #expect(try view.date() == nil)
    #expect(try view.multipartBody() == nil)
    #expect(try view.privacy() == nil)
  }

  @Test("Errors name the header, and count from the message's start")
  func errors() throws {
    let start = request("INVITE sip:b@c SIP/2.0").utf8.count - "Content-Length: 0\r\n\r\n".utf8.count
    let contact = try fault("m: <sip:a@b>, *") { (view) throws(SIPParseError) in _ = try view.contacts() }
    #expect(contact == SIPParseError(.unexpectedEnd, at: start + 15, in: .contact))
    let date = try fault("Date: Fri, 01 Jan 2010 16:00:00 EST") { (view) throws(SIPParseError) in _ = try view.date() }
    #expect(date == SIPParseError(.malformedDate, at: start + 35, in: .date))
    let twice = try fault("Privacy: id", "Privacy: user") { (view) throws(SIPParseError) in _ = try view.privacy() }
    #expect(twice?.reason == .duplicateHeader)
    let star = try fault("m: *", "Contact: <sip:a@b>") { (view) throws(SIPParseError) in _ = try view.contacts() }
    #expect(star?.reason == .unknownValue)
    let starLast = try fault("m: <sip:a@b>", "Contact: *") { (view) throws(SIPParseError) in _ = try view.contacts() }
    #expect(starLast?.reason == .unknownValue)
    let challenge = try fault("Proxy-Authenticate: Digest a") { (view) throws(SIPParseError) in
      _ = try view.authentication(.proxyAuthenticate)
    }
    #expect(challenge == nil)
    let empty = try fault("Route:") { (view) throws(SIPParseError) in _ = try view.routes() }
    #expect(empty?.reason == .emptyValue)
    for (lines, reason) in [
      ("<sip:a@b>, <sips:c@d>", SIPParseError.Reason.tooManyValues), ("<tel:+1>, <tel:+2>", .tooManyValues),
      ("<http://a>", .unknownValue),
    ] {
      let error = try fault("P-Asserted-Identity: \(lines)") { (view) throws(SIPParseError) in
        _ = try view.assertedIdentities()
      }
      #expect(error?.reason == reason)
    }
    let many = Array(repeating: "<sip:a>", count: SIPLimits.default.maxValues).joined(separator: ",")
    let edge = try fault("Route: \(many)") { (view) throws(SIPParseError) in _ = try view.routes() }
    #expect(edge == nil)
    let beyond = try fault("Route: \(many)", "Route: <sip:a>") { (view) throws(SIPParseError) in _ = try view.routes() }
    #expect(beyond?.reason == .tooManyValues)
  }
}
