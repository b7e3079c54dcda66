import SIPMessage
import Testing
import Wire

@Suite("Via: RFC 3261 §20.42, RFC 3581, RFC 5118")
struct ViaHeaderTests {
  @Test("Valid and invalid")
  func table() {
    check(
      ViaHeader.self,
      valid: [
        ("SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7", nil),
        (
          "SIP/2.0/UDP 192.0.2.1:5060 ;received=192.0.2.207\r\n ;branch=z9hG4bK77asjd",
          "SIP/2.0/UDP 192.0.2.1:5060;received=192.0.2.207;branch=z9hG4bK77asjd"
        ),
        (
          "SIP / 2.0 / UDP first.example.com: 4000;ttl=16\r\n\t;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1",
          "SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7c6a8dlze.1"
        ),
        // RFC 4475 §3.1.1.1
        ("SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw", "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw"),
        (
          "SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8",
          "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8"
        ),
        // §3.1.1.10, §3.1.1.7
        ("SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKkdjuw", nil),
        ("SIP/2.0/TCP sip33.example.com", nil),
        ("SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~", nil),
        // RFC 5118 §4.5, §4.7
        ("SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111", nil),
        ("SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3", nil),
        (
          "SIP/2.0/UDP [2001:DB8::9:1]:6050;branch=z9hG4bKas3-111",
          "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111"
        ),
        ("SIP/2.0/UDP a;rport;alias;branch=x", nil),
        ("SIP/2.0/WSS df7jal23ls0d.invalid;rport=1;x=\"y;z\"", nil),
        ("SIP/2.0/UDP a : 5060 ; rport = 05061", "SIP/2.0/UDP a:5060;rport=05061"),
      ],
      invalid: [
        ("", .emptyValue, 0),
        ("SIP/2.0/UDP", .unexpectedEnd, 11),
        ("SIP/2.0 UDP a", .unexpectedByte, nil),
        ("SIP/2.0/UDP a b", .trailingBytes, 14),
        ("SIP/2.0/UDP/a b", .unexpectedByte, 11),
        ("SIP/2.0/UDP ;branch=x", .malformedHost, 12),
        ("SIP/2.0/UDP 192.0.2.15;;,;,,", .malformedParameter, 23),
        ("SIP/2.0/UDP a;branch", .malformedParameter, 13),
        ("SIP/2.0/UDP a;branch=", .malformedParameter, 21),
        ("SIP/2.0/UDP a;branch=x;branch=y", .duplicateParameter, 23),
        ("SIP/2.0/UDP a;branch=\"x\"", .malformedParameter, 13),
        ("SIP/2.0/UDP a;received=b", .malformedParameter, 13),
        ("SIP/2.0/UDP a;received=1.2.3", .malformedParameter, 13),
        ("SIP/2.0/UDP a;rport=0", .malformedParameter, 13),
        ("SIP/2.0/UDP a;rport=65536", .malformedParameter, 13),
        ("SIP/2.0/UDP a;ttl=256", .malformedParameter, 13),
        ("SIP/2.0/UDP a;ttl", .malformedParameter, 13),
        ("SIP/2.0/UDP a;maddr=300.0.0.1", .malformedParameter, 13),
        ("SIP/2.0/UDP a:", .malformedPort, 14),
        ("SIP/2.0/UDP a:0", .malformedPort, 14),
        ("SIP/2.0/UDP a:65536", .malformedPort, 14),
        ("SIP/2.0/UDP 2001:db8::1", .malformedHost, 12),
        ("SIP/2.0/UDP [2001:db8::1", .malformedHost, nil),
        ("SIP/2.0/UDP a, SIP/2.0/UDP b", .trailingBytes, 13),
      ])
  }

  @Test("What it says")
  func components() throws {
    let via = try ViaHeader("SIP/2.0/udp [::1]:5070;rport=1234;branch=z9hG4bKx;received=10.0.0.1;maddr=h.x;ttl=0")
    #expect(via.transport == "udp")
    #expect(via.transportToken == .udp)
    #expect(via.host.address == IPAddress("::1"))
    #expect(via.port == 5070)
    #expect(via.rport == .value(1234))
    #expect(via.branch == "z9hG4bKx")
    #expect(via.hasUniqueBranch)
    #expect(via.received == IPAddress("10.0.0.1"))
    #expect(via.maddr == SIPHost("h.x"))
    #expect(via.ttl == 0)

    let bare = try ViaHeader("SIP/2.0/TLS a;branch=z9hG4bK;rport;received=2001:db8::1")
    #expect(!bare.hasUniqueBranch)  // RFC 4475 §3.2.1
    #expect(bare.rport == .empty)
    #expect(bare.received == IPAddress("2001:db8::1"))
    #expect(try ViaHeader("SIP/2.0/XYZ a").rport == .absent)
    #expect(try ViaHeader("SIP/2.0/XYZ a").transportToken == .other)
    #expect(try !ViaHeader("SIP/2.0/UDP a;branch=390skdjuw").hasUniqueBranch)
  }

  @Test("Building")
  func building() throws {
    let host = try #require(SIPHost("[2001:db8::1]"))
    #expect(
      try ViaHeader(transport: "TLS", host: host, port: 5061, branch: "z9hG4bKabc").text
        == "SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKabc;rport")
    #expect(
      reason { () throws(SIPParseError) in _ = try ViaHeader(transport: "U P", host: host, branch: "x") }
        == .malformedToken)
    #expect(
      reason { () throws(SIPParseError) in _ = try ViaHeader(transport: "UDP", host: host, branch: "x y") }
        == .malformedParameter)
    #expect(
      reason { () throws(SIPParseError) in _ = try ViaHeader(transport: "UDP", host: host, port: 0, branch: "x") }
        == .malformedPort)
  }

  @Test("Lists keep their order; parameters have a limit")
  func lists() throws {
    let list = try ViaHeader.parseList("SIP/2.0/UDP a;branch=1 ,\r\n SIP / 2.0 / TCP b")
    #expect(list.map(\.transport) == ["UDP", "TCP"])
    #expect(list.listText == "SIP/2.0/UDP a;branch=1, SIP/2.0/TCP b")
    let limit = SIPLimits.default.maxParameters
    let parameters = (0..<limit).map { ";p\($0)" }.joined()
    #expect(try ViaHeader("SIP/2.0/UDP a" + parameters).parameters.entries.count == limit)
    #expect(
      reason { () throws(SIPParseError) in _ = try ViaHeader("SIP/2.0/UDP a\(parameters);q") } == .tooManyParameters)
  }
}
