import MediaAnchor
import Relay
import SDP
import SRTP
import Testing
import Wire

/// One call through an anchor, with the ports that a driver would open.
struct Call {
  var anchor: MediaAnchor
  let plain = AnchorLeg(mayCarryKeys: false, isSecure: false, address: IPAddress(v4: 0xC000_0201))
  let loopback = AnchorLeg(mayCarryKeys: true, isSecure: false, address: IPAddress(v4: 0x7F00_0001))
  let tls = AnchorLeg(mayCarryKeys: true, isSecure: true, address: IPAddress(v4: 0xC000_0202))

  init(_ srtp: SRTPUse = .preferred, transcodes: Bool = false) {
    anchor = MediaAnchor(srtp: srtp, transcodes: transcodes)
  }

  static let ours = IPAddress(v4: 0xCB00_7101)
  static let oursV6 = IPAddress("2001:db8::1")

  /// Ports as a driver gives them: 40000 and 40002 for the first stream, 40004 and 40006 for the second.
  mutating func open(_ stream: Int, _ message: AnchorMessage, callee: IPAddress = Call.ours) {
    let port = UInt16(40_000 + 4 * stream)
    anchor.opened(
      stream,
      AnchorPorts(
        endpoints: BothSides(
          caller: SDP.RelayEndpoint(Call.ours, port: port, rtcpPort: port + 1),
          callee: SDP.RelayEndpoint(callee, port: port + 2, rtcpPort: port + 3)),
        keys: BothSides(caller: Call.material(1), callee: Call.material(2))), for: message)
  }

  static func material(_ byte: UInt8) -> AnchorKeyMaterial {
    guard let material = AnchorKeyMaterial([UInt8](repeating: byte, count: AnchorKeyMaterial.byteCount)) else {
      preconditionFailure("enough bytes")
    }
    return material
  }

  /// A message goes through: what leaves.
  mutating func pass(
    _ text: String, _ message: AnchorMessage, from source: AnchorLeg? = nil, toward: AnchorLeg? = nil,
    callee: IPAddress = Call.ours
  ) throws -> String {
    let description = try SessionDescription(text)
    let role = try anchor.receive(description, message, from: source ?? plain)
    if case .offer(let missing) = role { for stream in missing { open(stream, message, callee: callee) } }
    let bytes = try anchor.rewrite(description, role, message, toward: toward ?? plain, from: source ?? plain)
    return String(decoding: bytes, as: UTF8.self)
  }
}

let invite = AnchorCarrier(.invite, from: .caller, sequence: 1)

func audio(_ address: String, _ port: Int, _ lines: [String] = [], transport: String = "RTP/AVP") -> String {
  let family = address.contains(":") ? "IP6" : "IP4"
  let head = ["v=0", "o=- 1 1 IN \(family) \(address)", "s=x", "c=IN \(family) \(address)", "t=0 0", "a=tool:phone 1"]
  return (head + ["m=audio \(port) \(transport) 0 8 101", "a=rtpmap:101 telephone-event/8000"] + lines)
    .map { $0 + "\r\n" }.joined()
}

@Suite struct MediaAnchorTests {
  @Test func anOfferAndItsAnswerNameOurAddresses() throws {
    var call = Call()
    let offer = try call.pass(audio("192.0.2.1", 6000), .request(invite))
    #expect(offer == audio("203.0.113.1", 40_002))
    #expect(call.anchor.takeUpdates().isEmpty)
    let answer = try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 200))
    #expect(answer == audio("203.0.113.1", 40_000))
    let updates = call.anchor.takeUpdates()
    #expect(updates.count == 1)
    #expect(updates.first?.peers.caller.rtp == SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 6000))
    #expect(updates.first?.peers.callee.rtp == SocketAddress(ip: IPAddress(v4: 0xC000_0209), port: 7000))
    #expect(updates.first?.peers.callee.rtcp?.port == 7001)
  }

  @Test func aRetransmittedAnswerChangesNothing() throws {
    var call = Call()
    _ = try call.pass(audio("192.0.2.1", 6000), .request(invite))
    let first = try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 200))
    _ = call.anchor.takeUpdates()
    #expect(try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 200)) == first)
    #expect(call.anchor.takeUpdates().isEmpty)
  }

  @Test func theNewestForkCountsUntilOneIsAnswered() throws {
    var call = Call()
    _ = try call.pass(audio("192.0.2.1", 6000), .request(invite))
    _ = try call.pass(audio("192.0.2.8", 7000), .response(invite, status: 183))
    _ = try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 183))
    #expect(call.anchor.takeUpdates().last?.peers.callee.rtp?.ip == IPAddress(v4: 0xC000_0209))
    _ = try call.pass(audio("192.0.2.8", 7000), .response(invite, status: 200))
    #expect(call.anchor.takeUpdates().last?.peers.callee.rtp?.ip == IPAddress(v4: 0xC000_0208))
    // A second fork that answered as well gets a BYE from the caller, and is not to be heard.
    _ = try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 200))
    #expect(call.anchor.takeUpdates().isEmpty)
  }

  @Test func aLateOfferIsAnsweredByTheACK() throws {
    var call = Call()
    call.anchor.receivedNothing(.request(invite))
    #expect(try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 200)) == audio("203.0.113.1", 40_000))
    #expect(try call.pass(audio("192.0.2.1", 6000), .ack(invite)) == audio("203.0.113.1", 40_002))
    let peers = call.anchor.takeUpdates().last?.peers
    #expect(peers?.caller.rtp?.port == 6000)
    #expect(peers?.callee.rtp?.port == 7000)
  }

  @Test func aFailedReinviteLeavesWhatWasAgreed() throws {
    var call = Call()
    _ = try call.pass(audio("192.0.2.1", 6000), .request(invite))
    _ = try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 200))
    let agreed = call.anchor.peers(of: 0)
    _ = call.anchor.takeUpdates()
    let again = AnchorCarrier(.invite, from: .callee, sequence: 7)
    _ = try call.pass(audio("192.0.2.77", 9000), .request(again))
    _ = try call.pass(audio("192.0.2.5", 9100), .response(again, status: 183))
    #expect(call.anchor.takeUpdates().last?.peers.callee.rtp?.port == 9000)
    call.anchor.failed(again)
    #expect(call.anchor.takeUpdates().last?.peers == agreed)
    #expect(call.anchor.peers(of: 0) == agreed)
  }

  /// A crash that fuzzing found: another fork's offer has more streams.
  @Test func forksMayOfferDifferently() throws {
    var call = Call()
    call.anchor.receivedNothing(.request(invite))
    _ = try call.pass(audio("192.0.2.8", 7000), .response(invite, status: 183))
    let video = "m=video 6002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
    let offer = try call.pass(audio("192.0.2.9", 7000) + video, .response(invite, status: 200))
    #expect(offer.contains("m=video 40004 "))
  }

  @Test func crossingOffersDoNotMix() throws {
    var call = Call()
    _ = try call.pass(audio("192.0.2.1", 6000), .request(invite))
    _ = try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 200))
    _ = call.anchor.takeUpdates()
    let one = AnchorCarrier(.invite, from: .caller, sequence: 2)
    let other = AnchorCarrier(.invite, from: .callee, sequence: 2)
    _ = try call.pass(audio("192.0.2.1", 6100), .request(one))
    _ = try call.pass(audio("192.0.2.9", 7100), .request(other))
    call.anchor.failed(one)
    _ = try call.pass(audio("192.0.2.1", 6000), .response(other, status: 200))
    let peers = call.anchor.takeUpdates().last?.peers
    #expect(peers?.callee.rtp?.port == 7100)
    #expect(peers?.caller.rtp?.port == 6000)
  }

  @Test func holdOfOldKeepsItsAddress() throws {
    var call = Call()
    _ = try call.pass(audio("192.0.2.1", 6000), .request(invite))
    _ = try call.pass(audio("192.0.2.9", 7000), .response(invite, status: 200))
    let hold = AnchorCarrier(.invite, from: .caller, sequence: 2)
    let offer = try call.pass(audio("0.0.0.0", 6000), .request(hold))
    #expect(offer.contains("c=IN IP4 0.0.0.0\r\n"))
    _ = try call.pass(audio("192.0.2.9", 7000), .response(hold, status: 200))
    #expect(call.anchor.peers(of: 0)?.caller.rtp == nil)
  }

  @Test func aStreamThatIsRefusedGoesNowhere() throws {
    var call = Call()
    let video = "m=video 6002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
    let offer = try call.pass(audio("192.0.2.1", 6000) + video, .request(invite))
    #expect(offer.contains("m=video 40006 RTP/AVP 96"))
    let answer = try call.pass(
      audio("192.0.2.9", 7000) + video.replacing("6002", with: "0"), .response(invite, status: 200))
    #expect(answer.contains("m=video 0 RTP/AVP 96"))
    #expect(call.anchor.peers(of: 1)?.callee.rtp == nil)
    #expect(call.anchor.peers(of: 0)?.callee.rtp?.port == 7000)
  }

  @Test func iceEndsAtTheRelay() throws {
    var call = Call()
    let lines = [
      "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=candidate:1 1 UDP 1 192.0.2.1 6000 typ host",
      "a=rtcp:6001 IN IP4 192.0.2.1", "a=x-unknown:kept",
    ]
    let offer = try call.pass(audio("192.0.2.1", 6000, lines), .request(invite))
    #expect(!offer.contains("192.0.2.1"))
    #expect(!offer.contains("ice-"))
    #expect(offer.contains("a=rtcp:40003 IN IP4 203.0.113.1\r\na=x-unknown:kept\r\n"))
  }

  @Test func dtlsGoesPastTheRelay() throws {
    var call = Call(.required)
    let lines = ["a=fingerprint:sha-256 00", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901"]
    let text = audio("192.0.2.1", 6000, lines, transport: "UDP/TLS/RTP/SAVPF")
    #expect(try call.pass(text, .request(invite)) == text)
    #expect(call.anchor.openStreams.isEmpty)
  }

  @Test func ipv4MeetsIPv6() throws {
    var call = Call()
    let six = try #require(Call.oursV6)
    let offer = try call.pass(audio("192.0.2.1", 6000), .request(invite), callee: six)
    #expect(offer == audio("2001:db8::1", 40_002))
    #expect(
      try call.pass(audio("2001:db8::9", 7000), .response(invite, status: 200)) == audio("203.0.113.1", 40_000))
  }
}

let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + Base64.encode([UInt8](repeating: 9, count: 30).span)

@Suite struct MediaAnchorSRTPTests {
  @Test func keysEndAtTheRelay() throws {
    var call = Call()
    let offer = try call.pass(
      audio("192.0.2.1", 6000, [key], transport: "RTP/SAVP"), .request(invite), from: call.tls, toward: call.plain)
    #expect(offer == audio("203.0.113.1", 40_002))
    let answer = try call.pass(
      audio("192.0.2.9", 7000), .response(invite, status: 200), from: call.plain, toward: call.tls)
    #expect(answer.contains("m=audio 40000 RTP/SAVP 0 8 101"))
    #expect(answer.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"))
    #expect(!answer.contains(key))
    let peers = try #require(call.anchor.peers(of: 0))
    #expect(peers.caller.receiveKey?.suite == .aesCM128HMACSHA1Tag80)
    #expect(peers.caller.receiveKey?.keySalt.exposedBytes == [UInt8](repeating: 9, count: 30))
    #expect(peers.caller.sendKey?.keySalt.exposedBytes == [UInt8](repeating: 1, count: 30))
    #expect(peers.callee.receiveKey == nil)
  }

  @Test func aKeyThatWasInUseDoesNotComeBack() throws {
    var call = Call()
    func exchange(_ sequence: UInt32, _ lines: [String]) throws -> [UInt8]? {
      let carrier = AnchorCarrier(.invite, from: .caller, sequence: sequence)
      _ = try call.pass(audio("192.0.2.1", 6000, lines), .request(carrier), from: call.tls, toward: call.plain)
      let answer = audio("192.0.2.9", 7000)
      for _ in 0..<2 {
        _ = try call.pass(answer, .response(carrier, status: 200), from: call.plain, toward: call.tls)
      }
      return try #require(call.anchor.peers(of: 0)).caller.sendKey?.keySalt.exposedBytes
    }
    let first = try exchange(1, [key])
    #expect(first == [UInt8](repeating: 1, count: 30))
    #expect(try exchange(2, [key]) == first)
    #expect(try exchange(3, []) == nil)
    let second = try #require(try exchange(4, [key]))
    #expect(second != first && second.count == 30)
    #expect(try exchange(5, [key]) == second)
  }

  @Test func bothSidesMayHaveKeysOfTheirOwn() throws {
    var call = Call()
    let offer = try call.pass(
      audio("192.0.2.1", 6000, [key], transport: "RTP/SAVP"), .request(invite), from: call.tls, toward: call.tls)
    #expect(offer.contains("RTP/SAVP"))
    #expect(offer.contains("a=crypto:2 AEAD_AES_256_GCM"))
    let taken = "a=crypto:2 AEAD_AES_256_GCM inline:" + Base64.encode([UInt8](repeating: 8, count: 44).span)
    let answer = try call.pass(
      audio("192.0.2.9", 7000, [taken], transport: "RTP/SAVP"), .response(invite, status: 200), from: call.tls,
      toward: call.tls)
    #expect(answer.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80"))
    let peers = try #require(call.anchor.peers(of: 0))
    #expect(peers.callee.receiveKey?.suite == .aeadAES256GCM)
    #expect(peers.callee.sendKey?.keySalt.exposedBytes == [UInt8](repeating: 2, count: 44))
    #expect(RelayPeer(peers.callee, learning: .address).protection != nil)
  }

  @Test func aPlainCallerMeetsAPhoneThatCanEncrypt() throws {
    var call = Call()
    let offer = try call.pass(audio("192.0.2.1", 6000), .request(invite), toward: call.tls)
    #expect(offer.contains("m=audio 40002 RTP/AVP 0 8 101"))
    #expect(offer.contains("a=crypto:1 "))
    let answer = try call.pass(
      audio("192.0.2.9", 7000, [key]), .response(invite, status: 200), from: call.tls, toward: call.plain)
    #expect(answer == audio("203.0.113.1", 40_000))
    #expect(call.anchor.peers(of: 0)?.callee.receiveKey != nil)
  }

  @Test func keysInTheOpenAreNotTaken() throws {
    var call = Call()
    #expect(throws: AnchorRefusal.noUsableKey) {
      try call.pass(audio("192.0.2.1", 6000, [key], transport: "RTP/SAVP"), .request(invite), from: call.plain)
    }
    let offer = try call.pass(audio("192.0.2.1", 6000, [key]), .request(invite), from: call.plain)
    #expect(offer == audio("203.0.113.1", 40_002))
  }

  @Test(arguments: [
    (SRTPUse.required, "RTP/AVP", AnchorRefusal.needsSRTP), (.off, "RTP/SAVP", .noUsableKey),
  ])
  func whatIsRequiredIsRequired(_ use: SRTPUse, _ transport: String, _ refusal: AnchorRefusal) {
    #expect(throws: refusal) {
      var call = Call(use)
      _ = try call.pass(audio("192.0.2.1", 6000, transport: transport), .request(invite), from: call.tls)
    }
  }

  @Test func aRequiredKeyGoesNowhereInTheOpen() {
    #expect(throws: AnchorRefusal.insecureNextHop) {
      var call = Call(.required)
      _ = try call.pass(
        audio("192.0.2.1", 6000, [key], transport: "RTP/SAVP"), .request(invite), from: call.tls, toward: call.plain)
    }
  }

  @Test func theGatewaysMediaIsPlainWhateverIsRequiredOfAPhone() throws {
    var call = Call(.required)
    let gateway = AnchorLeg(mayCarryKeys: true, isSecure: false, address: IPAddress(v4: 0x7F00_0001), isPlain: true)
    let offer = try call.pass(
      audio("192.0.2.1", 6000, [key], transport: "RTP/SAVP"), .request(invite), from: call.tls, toward: gateway)
    #expect(offer == audio("203.0.113.1", 40_002))
    let answer = try call.pass(
      audio("127.0.0.1", 7000), .response(invite, status: 200), from: gateway, toward: call.tls)
    #expect(answer.contains("RTP/SAVP 0"))
    #expect(answer.contains("a=crypto:"))
    #expect(call.anchor.peers(of: 0)?.caller.receiveKey != nil)
    #expect(call.anchor.peers(of: 0)?.callee.receiveKey == nil)
  }

  @Test func limitsHoldAndOneBeyondIsRefused() throws {
    let line = "m=audio 6002 RTP/AVP 0\r\n"
    var call = Call()
    let most = audio("192.0.2.1", 6000) + String(repeating: line, count: AnchorLimits.maxStreams - 1)
    _ = try call.pass(most, .request(invite))
    #expect(call.anchor.openStreams.count == AnchorLimits.maxStreams)
    #expect(throws: AnchorRefusal.tooManyStreams) {
      var call = Call()
      _ = try call.pass(most + line, .request(invite))
    }
    #expect(throws: AnchorRefusal.tooManyOffers) {
      var call = Call()
      for number in 0...AnchorLimits.maxExchanges {
        _ = try call.pass(
          audio("192.0.2.1", 6000), .request(AnchorCarrier(.update, from: .caller, sequence: UInt32(number))))
      }
    }
  }
}
