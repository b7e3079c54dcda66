import Guard
import Testing
import Wire

@Suite struct HeaderTests {
  @Test(arguments: [
    ("a", true), ("A-Z_a.z-09", true), (String(repeating: "x", count: 64), true),
    (String(repeating: "x", count: 65), false), ("", false), ("a b", false), ("a/b", false), ("ü", false),
    ("a\n", false), ("0af7651916cd43dd8448eb211c80319c", true),
  ])
  func traceIDs(_ text: String, _ isOne: Bool) {
    #expect((TraceID(text) != nil) == isOne)
    let utf8 = Array(text.utf8)
    let fromBytes = TraceID(utf8.span)
    #expect(fromBytes?.text == (isOne ? text : nil))
  }

  @Test func tracesAreMadeOfRandomBits() {
    #expect(TraceID(random: (0x0af7_6519_16cd_43dd, 0x8448_eb21_1c80_319c)).text == "0af7651916cd43dd8448eb211c80319c")
    #expect(TraceID(random: (0, 0)).text == String(repeating: "0", count: 31) + "1")
    #expect(TraceID(random: (1, 0)).text == "0000000000000001" + String(repeating: "0", count: 16))
  }

  @Test func fieldsRememberRepetition() {
    var fields = IFHeaderFields()
    #expect(fields.traceID == .absent)
    fields.add(.traceID, value: "a")
    #expect(fields.traceID == .single("a"))
    fields.add(.traceID, value: "a")
    #expect(fields.traceID == .repeated)
    fields.add(.traceID, value: "a")
    #expect(fields.traceID == .repeated)
    #expect(fields.hazard == .absent && fields.timestamp == .absent && fields.signature == .absent)
  }

  private func fields(_ values: [(IFHeaderName, String)]) -> IFHeaderFields {
    values.reduce(into: IFHeaderFields()) { $0.add($1.0, value: $1.1) }
  }

  @Test func readsAllFour() throws {
    let headers = try IFHeaders(
      fields([
        (.traceID, "t"), (.hazard, "bias"), (.timestamp, "2026-01-01T00:00:00.5z"), (.signature, "anything"),
      ]), mayBeAbsent: false)
    #expect(headers.traceID?.text == "t")
    #expect(headers.hazard == .known(.bias))
    #expect(headers.timestamp?.text == "2026-01-01T00:00:00.5z")
    #expect(headers.timestamp?.time == UTCTimestamp.at(0) + .milliseconds(500))
    #expect(headers.signature == "anything")
  }

  @Test func absentIsFineOnlyForPhones() throws {
    let headers = try IFHeaders(IFHeaderFields(), mayBeAbsent: true)
    #expect(headers.traceID == nil && headers.hazard == nil && headers.timestamp == nil && headers.signature == nil)
    #expect(throws: IFHeaderFault(header: .traceID, kind: .missing)) {
      try IFHeaders(IFHeaderFields(), mayBeAbsent: false)
    }
    #expect(throws: IFHeaderFault(header: .hazard, kind: .missing)) {
      try IFHeaders(fields([(.traceID, "t")]), mayBeAbsent: false)
    }
    #expect(throws: IFHeaderFault(header: .timestamp, kind: .missing)) {
      try IFHeaders(fields([(.signature, "s")]), mayBeAbsent: true)
    }
  }

  @Test func theFirstFaultIsThrown() {
    #expect(throws: IFHeaderFault(header: .traceID, kind: .malformed)) {
      try IFHeaders(
        fields([(.signature, "s"), (.timestamp, "x"), (.hazard, ""), (.traceID, "")]), mayBeAbsent: false)
    }
  }

  @Test func tokensThatAreNoHazard() throws {
    let headers = try IFHeaders(fields([(.traceID, "t"), (.hazard, "x-!%*_+`'~.")]), mayBeAbsent: false)
    #expect(headers.hazard == .unknown)
  }

  // MARK: X-IF-Source

  @Test(arguments: [
    ("192.0.2.1:5061;transport=tls", "192.0.2.1:5061", TrustedSource.Transport.tls),
    ("[2001:db8::1]:5060;transport=UDP", "[2001:db8::1]:5060", .udp),
    ("192.0.2.1:443;Transport=wss", "192.0.2.1:443", .wss),
  ])
  func trustedSource(_ text: String, _ socket: String, _ transport: TrustedSource.Transport) throws {
    let source = try #require(TrustedSource(text))
    #expect(source.address.description == socket)
    #expect(source.transport == transport)
    #expect(source.transport.isSecure == (transport != .udp))
  }

  @Test(arguments: [
    "", "192.0.2.1:5061", "192.0.2.1;transport=tls", "192.0.2.1:5061;transport=sctp", "192.0.2.1:5061;transport=",
    "192.0.2.1:5061;transport", "192.0.2.1:5061;transport=tls;x", "host:5061;transport=tls", ";transport=tls",
    "192.0.2.1:5061;proto=tls", "192.0.2.1:70000;transport=tls", "192.0.2.1:5061 ;transport=tls",
    "192.0.2.1:5061;transport=tls=udp",
  ])
  func noTrustedSource(_ text: String) {
    #expect(TrustedSource(text) == nil)
  }
}
