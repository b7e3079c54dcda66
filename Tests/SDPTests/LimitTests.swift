import SDP
import Testing

@Suite("Limits: at the edge and one beyond")
struct LimitTests {
  static let head = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0"]

  @Test("the whole description")
  func bytes() {
    let whole = text(Self.head)
    var limits = SDPLimits()
    limits.maxBytes = whole.utf8.count
    #expect(fault(whole, limits: limits) == nil)
    limits.maxBytes -= 1
    #expect(fault(whole, limits: limits) == SDPError(.tooManyBytes, at: limits.maxBytes))
    #expect(throws: SDPError(.tooManyBytes, at: limits.maxBytes)) {
      _ = try SessionDescription(parsing: Array(whole.utf8).span, limits: limits)
    }
    let large = text(Self.head + Array(repeating: "a=" + String(repeating: "x", count: 8_000), count: 8))
    #expect(fault(large) == nil)
    #expect(fault(large + text(["a=" + String(repeating: "x", count: 8_000)]))?.reason == .tooManyBytes)
  }

  @Test("one line")
  func line() {
    let line = "a=" + String(repeating: "x", count: 8_190)
    #expect(fault(text(Self.head + [line])) == nil)
    let start = text(Self.head).utf8.count
    #expect(fault(text(Self.head + [line + "x"])) == SDPError(.lineTooLong, at: start + 8_192, line: 5))
  }

  @Test("media descriptions")
  func media() {
    let media = Array(repeating: "m=audio 0 RTP/AVP 0", count: 128)
    #expect(fault(text(Self.head + media)) == nil)
    #expect(fault(text(Self.head + media + ["m=audio 0 RTP/AVP 0"]))?.reason == .tooManyMedia)
  }

  @Test("lines that are no attributes")
  func lines() {
    let lines = Array(repeating: "e=a", count: 1_024 - 4)
    #expect(fault(text(Self.head + lines)) == nil)
    #expect(fault(text(Self.head + lines + [""]))?.reason == .tooManyLines)
  }

  @Test("attributes of each section")
  func attributes() {
    let attributes = Array(repeating: "a=x", count: 1_024)
    #expect(fault(text(Self.head + attributes + ["m=audio 0 RTP/AVP 0"] + attributes)) == nil)
    #expect(fault(text(Self.head + attributes + ["a=x"]))?.reason == .tooManyAttributes)
    #expect(fault(text(Self.head + ["m=audio 0 RTP/AVP 0"] + attributes + ["a=x"]))?.reason == .tooManyAttributes)
  }

  @Test("formats of a media description")
  func formats() {
    let formats = Array(repeating: "0", count: 128).joined(separator: " ")
    #expect(fault(text(Self.head + ["m=audio 0 RTP/AVP \(formats)"])) == nil)
    #expect(fault(text(Self.head + ["m=audio 0 RTP/AVP \(formats) 0"]))?.reason == .tooManyFormats)
  }

  @Test("candidates of a media description")
  func candidates() {
    let candidates = Array(repeating: "a=candidate:1 1 UDP 1 192.0.2.1 1 typ host", count: 128)
    let media = ["m=audio 0 RTP/AVP 0"]
    #expect(fault(text(Self.head + media + candidates + media + candidates)) == nil)
    #expect(fault(text(Self.head + media + candidates + ["a=candidate:"]))?.reason == .tooManyCandidates)
  }

  @Test("keys and session parameters of a=crypto")
  func crypto() {
    let key = "inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
    let keys = Array(repeating: key, count: 16).joined(separator: ";")
    let start = "1 AES_CM_128_HMAC_SHA1_80 "
    #expect((try? CryptoAttribute(start + keys)) != nil)
    #expect((try? CryptoAttribute(start + keys + ";" + key)) == nil)
    #expect((try? CryptoAttribute(start + key + String(repeating: " x", count: 16))) != nil)
    #expect((try? CryptoAttribute(start + key + String(repeating: " x", count: 17))) == nil)
  }

  @Test("names of hosts")
  func names() {
    let label = String(repeating: "a", count: 63)
    #expect(SDPHost(label) != nil && SDPHost(label + "a") == nil)
    let name = [label, label, label, String(repeating: "a", count: 61)].joined(separator: ".")
    #expect(SDPHost(name) != nil && SDPHost(name + ".") != nil && SDPHost(name + "a") == nil)
    for text in ["", ".", "a..b", "-a", "a-", "1", "127.1", "a.1", "a b"] { #expect(SDPHost(text) == nil) }
    #expect(SDPHost("Host.Example.COM") == .name("host.example.com"))
  }
}
