import SIPMessage
import Testing
import Wire

@Suite("Typed headers of the torture messages: RFC 4475, RFC 5118")
struct TortureHeaderTests {
  /// What every accessor says of every message that can be indexed: nothing, except for these.
  static let faults: [String: [SIPHeaderName: SIPParseError.Reason]] = [
    "badinv01.dat": [.via: .malformedParameter, .contact: .malformedParameter],
    "scalar02.dat": [.cseq: .numberOutOfRange, .maxForwards: .numberOutOfRange, .expires: .numberOutOfRange],
    "scalarlg.dat": [.cseq: .numberOutOfRange, .retryAfter: .numberOutOfRange, .warning: .malformedNumber],
    "quotbal.dat": [.to: .unterminatedQuotedString],
    "baddate.dat": [.date: .malformedDate],
    "regbadct.dat": [.contact: .bracketsRequired],
    "badaspec.dat": [.to: .malformedURI],
    "multi01.dat": [
      .cseq: .duplicateHeader, .callID: .duplicateHeader, .from: .duplicateHeader, .to: .duplicateHeader,
      .maxForwards: .duplicateHeader,
    ],
    "insuf.dat": [.from: .missingHeader, .to: .missingHeader, .callID: .missingHeader],
  ]

  private static func faults(of view: borrowing SIPMessageView) -> [SIPHeaderName: SIPParseError.Reason] {
    var faults: [SIPHeaderName: SIPParseError.Reason] = [:]
    func note(_ name: SIPHeaderName, _ read: () throws(SIPParseError) -> Void) {
      do throws(SIPParseError) {
        try read()
      } catch {
        faults[error.header ?? name] = error.reason
      }
    }
    note(.via) { () throws(SIPParseError) in _ = try view.vias() }
    note(.from) { () throws(SIPParseError) in _ = try view.fromHeader() }
    note(.to) { () throws(SIPParseError) in _ = try view.toHeader() }
    note(.contact) { () throws(SIPParseError) in _ = try view.contacts() }
    note(.route) { () throws(SIPParseError) in _ = try view.routes() }
    note(.recordRoute) { () throws(SIPParseError) in _ = try view.recordRoutes() }
    note(.cseq) { () throws(SIPParseError) in _ = try view.cseqHeader() }
    note(.callID) { () throws(SIPParseError) in _ = try view.callIDHeader() }
    note(.maxForwards) { () throws(SIPParseError) in _ = try view.maxForwards() }
    note(.expires) { () throws(SIPParseError) in _ = try view.expires() }
    note(.allow) { () throws(SIPParseError) in _ = try view.allow() }
    note(.supported) { () throws(SIPParseError) in _ = try view.supported() }
    note(.require) { () throws(SIPParseError) in _ = try view.require() }
    note(.proxyRequire) { () throws(SIPParseError) in _ = try view.proxyRequire() }
    note(.contentType) { () throws(SIPParseError) in _ = try view.multipartBody() }
    note(.accept) { () throws(SIPParseError) in _ = try view.accept() }
    note(.date) { () throws(SIPParseError) in _ = try view.date() }
    note(.retryAfter) { () throws(SIPParseError) in _ = try view.retryAfter() }
    note(.warning) { () throws(SIPParseError) in _ = try view.warnings() }
    note(.authorization) { () throws(SIPParseError) in _ = try view.authentication(.authorization) }
    return faults
  }

  @Test("Read as far as they can be, refused where they must be", arguments: TortureTests.cases)
  func read(_ row: TortureTests.Case) throws {
    guard let bytes = try Conformance.bytes(row.file) else { return }
    let message: SIPMessage
    do throws(SIPParseError) {
      message = try SIPMessage(parsing: bytes)
    } catch {
      return  // The index's business, and its tests'.
    }
    #expect(TortureHeaderTests.faults(of: message.view) == TortureHeaderTests.faults[row.file] ?? [:])
  }

  private func message(_ file: String) throws -> SIPMessage? {
    guard let bytes = try Conformance.bytes(file) else { return nil }
    return try SIPMessage(parsing: bytes)
  }

  @Test("RFC 4475 §3.1.1.1, §3.1.1.2: folds, quotes, every token character")
  func values() throws {
    guard let wsinv = try message("wsinv.dat"), let intmeth = try message("intmeth.dat") else { return }
    #expect(try wsinv.view.toHeader().tag == "1918181833n")
    #expect(try wsinv.view.fromHeader().address.displayName == "J Rosenberg \\\"")
    #expect(
      try wsinv.view.vias().listText
        == "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw, SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8, SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239"
    )
    #expect(
      try wsinv.view.contacts().text
        == "\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com>;newparam=newvalue;secondparam;q=0.33")
    #expect(try intmeth.view.toHeader().address.displayName == "BEL:\u{7} NUL:\u{0} DEL:\u{7F}")
    #expect(try intmeth.view.fromHeader().parameters.value(of: "fromParam''~+*_!.-%") == "работающий")
  }

  @Test("RFC 4475 §3.1.1.3, §3.1.1.4, §3.1.1.9: escapes are data until components are apart")
  func escapes() throws {
    guard let esc01 = try message("esc01.dat"), let escnull = try message("escnull.dat"),
      let semiuri = try message("semiuri.dat")
    else { return }
    guard case .contacts(let contacts) = try esc01.view.contacts() else { return }
    let contact = try #require(contacts.first?.uri.sip)
    #expect(contact.isLooseRouter)
    #expect(contact.normalizedAOR == "caller@host5.example.net")
    #expect(URIEscape.decode(try #require(contact.parameters.value(of: "name"))) == Array("value%41".utf8))
    #expect(try esc01.view.toHeader().uri.normalizedAOR == "user@example.com")

    // Two distinct bindings.
    guard case .contacts(let bindings) = try escnull.view.contacts() else { return }
    #expect(bindings.count == 2)
    #expect(!bindings[0].uri.isEquivalent(to: bindings[1].uri))
    #expect(bindings.map(\.uri.normalizedAOR) == ["%00@host5.example.com", "%00%00@host5.example.com"])

    let view = semiuri.view
    #expect(try SIPURI(parsing: view.slice(view.requestURI)).normalizedAOR == "user;par=u%40example.net@example.com")
  }

  @Test("RFC 4475 §3.1.1.11: a signed body falls into its two parts, NUL octets and all")
  func multipart() throws {
    guard let message = try message("mpart01.dat") else { return }
    let view = message.view
    let parts = try #require(try view.multipartBody()).parts
    #expect(parts.map(\.type.text) == ["text/plain", "application/octet-stream"])
    #expect(view.string(parts[0].content) == "Hello")
    #expect(parts[1].content.count > 300)
  }

  @Test("RFC 4475 §3.3.7, §3.3.4: schemes nobody knows")
  func unknown() throws {
    guard let regaut = try message("regaut01.dat"), let unksm2 = try message("unksm2.dat") else { return }
    let credentials = try regaut.view.authentication(.authorization)
    #expect(credentials.map(\.scheme) == ["NoOneKnowsThisScheme"])
    #expect(credentials.first?.value(of: "opaque-data") == "here")
    #expect(try unksm2.view.toHeader().uri.scheme == "isbn")
    #expect(try unksm2.view.fromHeader().uri.scheme == "http")
  }

  @Test("RFC 5118: addresses in URIs and Via")
  func addresses() throws {
    guard let three = try message("rfc5118/ipv6-bug-abnf-3-colons.dat"),
      let two = try message("rfc5118/ipv6-correct-abnf-2-colons.dat"),
      let bare = try message("rfc5118/via-received-param-no-delim.dat"),
      let delimited = try message("rfc5118/via-received-param-with-delim.dat")
    else { return }
    #expect(try three.view.toHeader().uri.sip?.host == SIPHost("[2001:db8::192.0.2.1]"))
    #expect(try SIPURI(parsing: two.view.slice(two.view.requestURI)).host == SIPHost("[2001:db8::c000:201]"))
    #expect(try bare.view.vias()[0].received == IPAddress("2001:db8::9:255"))
    #expect(try delimited.view.vias()[0].received == IPAddress("2001:db8::9:255"))
  }
}
