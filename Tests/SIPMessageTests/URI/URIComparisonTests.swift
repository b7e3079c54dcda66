import SIPMessage
import Testing

@Suite("URI comparison: RFC 3261 §19.1.4")
struct URIComparisonTests {
  /// Pairs that are equivalent; the first six are the standard's own.
  static let equivalent: [(String, String)] = [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
    ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
    (
      "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
    ),
    (
      "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
      "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
    ),
    ("sip:a@b;x=%61%62", "sip:a@b;X=AB"),
    ("sip:a@b;%78=1", "sip:a@b;x=1"),
    ("sip:a%c3%bc@b", "sip:a%C3%BC@b"),
    ("sip:a%2fb@c", "sip:a%2Fb@c"),
    ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::1]"),
    ("sip:a@b?priority=URGENT", "sip:a@b?PRIORITY=urgent"),
    ("sip:a@b?to=%22A%22%20%3Csip:x%40Y%3E%3Btag%3D1", "sip:a@b?to=%3Csip:x%40y%3E%3Btag%3D1"),
    ("sip:a@b?x=1&y=2&x=3", "sip:a@b?y=2&x=1&x=3"),
  ]

  /// Pairs that are not; the first seven are the standard's own.
  static let different: [(String, String)] = [
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ("sip:a@b", "sips:a@b"),
    ("sip:a@b", "sip:b"),
    ("sip:a@b", "sip:a:@b"),
    ("sip:a:p@b", "sip:a:P@b"),
    ("sip:a%40b@c", "sip:a%2540b@c"),
    ("sip:a%3Bb@c", "sip:a;b@c"),
    ("sip:a@b;user=ip", "sip:a@b"),
    ("sip:a@b;ttl=1", "sip:a@b"),
    ("sip:a@b;method=INVITE", "sip:a@b"),
    ("sip:a@b;method=invite", "sip:a@b;method=INVITE"),
    ("sip:a@b;maddr=192.0.2.1", "sip:a@b"),
    ("sip:a@b;x", "sip:a@b;x=1"),
    ("sip:a@b?x=1&x=2", "sip:a@b?x=2&x=1"),
    ("sip:a@b?subject=A", "sip:a@b?subject=a"),
    ("sip:a@b?x=%22A%22", "sip:a@b?x=%22a%22"),
    ("sip:a@b?to=%3Csip:x%40y%3E%3Btag%3D1", "sip:a@b?to=%3Csip:x%40y%3E"),
    ("sip:%00@b", "sip:%00%00@b"),
    ("sip:a@b.", "sip:a@b"),
  ]

  @Test("Equivalent, both ways", arguments: equivalent)
  func equivalents(_ left: String, _ right: String) throws {
    #expect(try SIPURI(left).isEquivalent(to: SIPURI(right)))
    #expect(try SIPURI(right).isEquivalent(to: SIPURI(left)))
    #expect(try SIPURI(left).normalizedAOR == SIPURI(right).normalizedAOR)
  }

  @Test("Not equivalent, either way", arguments: different)
  func differents(_ left: String, _ right: String) throws {
    #expect(try !SIPURI(left).isEquivalent(to: SIPURI(right)))
    #expect(try !SIPURI(right).isEquivalent(to: SIPURI(left)))
    #expect(try SIPURI(left).isEquivalent(to: SIPURI(left)))
    #expect(try SIPURI(right).isEquivalent(to: SIPURI(right)))
  }

  @Test(
    "The one text of an address-of-record (§10.3)",
    arguments: [
      ("sip:council@if.internal", "council@if.internal"),
      ("SIPS:council@IF.Internal", "council@if.internal"),
      ("sip:%63ounci%6C@if.internal", "council@if.internal"),
      ("sip:council:pw@if.internal.:5060;transport=tls;x?y=z", "council@if.internal"),
      ("sip:COUNCIL@if.internal", "COUNCIL@if.internal"),
      ("sip:if.internal", "if.internal"),
      ("sip:%2B49-30@x", "+49-30@x"),
      ("sip:a%3bb@x", "a;b@x"),
      ("sip:a%3ab%40c%20%00%25%c3@x", "a%3Ab%40c%20%00%25%C3@x"),
      ("sip:a@[2001:DB8::0:1]", "a@[2001:db8::1]"),
      ("sip:a@[::ffff:10.0.0.5]:5060", "a@10.0.0.5"),
    ])
  func normalized(_ uri: String, _ aor: String) throws {
    #expect(try SIPURI(uri).normalizedAOR == aor)
    #expect(try AddrSpec(uri).normalizedAOR == aor)
    #expect(try SIPURI("sip:" + aor).normalizedAOR == aor)
  }
}
