import SDP
import Testing
import Wire

@Suite("Keys: profiles, SDES (RFC 4568), DTLS (RFC 5764, RFC 8842), opportunistic (RFC 8643)")
struct SecurityTests {
  static let address = IPAddress(v4: 0xC633_6401)
  static let print = Array(repeating: "0A", count: 32).joined(separator: ":")
  static let k80 = "inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
  static let fingerprint = ["a=fingerprint:sha-256 \(print)", "a=setup:actpass"]
  static let crypto = ["a=crypto:7 AES_CM_128_HMAC_SHA1_32 \(k80)", "a=crypto:8 AES_CM_128_HMAC_SHA1_80 \(k80)"]

  static func key(_ tag: UInt32, _ suite: CryptoSuite) throws -> CryptoAttribute {
    let length = (suite.keyLength ?? 0) + (suite.saltLength ?? 0)
    return try #require(CryptoAttribute(tag: tag, suite: suite, key: SRTPKeySalt(Array(repeating: 9, count: length))))
  }

  static func dtls(_ answers: DTLSSetup = .active) throws -> DTLSParameters {
    DTLSParameters(
      fingerprints: [try #require(Fingerprint("sha-256", Array(repeating: 7, count: 32)))], answers: answers)
  }

  static func answer(_ lines: [String], _ security: MediaSecurity) throws -> NegotiatedMedia? {
    var session = SessionNegotiation(origin: Origin(sessionID: 1, address: address))
    try session.receivedOffer(
      try SessionDescription(text(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"] + lines)))
    var stream = LocalStream(address: address, port: 40_000, codecs: [.pcmu])
    stream.security = security
    return try session.answer([stream]).media[0]
  }

  static func kind(_ media: NegotiatedMedia?) -> String {
    switch media?.keying {
    case nil: "-"
    case .some(.none): "plain"
    case .sdes(let suite, _, _): suite == .aes128CMSHA1Tag80 ? "80" : suite == .aes128CMSHA1Tag32 ? "32" : "sdes"
    case .dtls: "dtls"
    }
  }

  /// For every profile and every kind of keys offered: what is agreed by a side that allows plain RTP only, SDES only,
  /// DTLS only, everything, and everything but opportunistic keys.
  static let table: [(transport: String, keys: String, results: [String])] = [
    ("RTP/AVP", "none", ["plain", "-", "-", "plain", "plain"]),
    ("RTP/AVP", "sdes", ["plain", "80", "-", "80", "plain"]),
    ("RTP/AVP", "dtls", ["plain", "-", "dtls", "dtls", "plain"]),
    ("RTP/AVPF", "both", ["plain", "80", "dtls", "dtls", "plain"]),
    ("RTP/SAVP", "none", ["-", "-", "-", "-", "-"]),
    ("RTP/SAVP", "sdes", ["-", "80", "-", "80", "80"]),
    ("RTP/SAVPF", "dtls", ["-", "-", "dtls", "dtls", "dtls"]),
    ("RTP/SAVPF", "both", ["-", "80", "dtls", "dtls", "dtls"]),
    ("UDP/TLS/RTP/SAVP", "none", ["-", "-", "-", "-", "-"]),
    ("UDP/TLS/RTP/SAVP", "sdes", ["-", "-", "-", "-", "-"]),
    ("UDP/TLS/RTP/SAVPF", "dtls", ["-", "-", "dtls", "dtls", "dtls"]),
  ]

  @Test("profiles and keys", arguments: table.indices)
  func profiles(index: Int) throws {
    let row = Self.table[index]
    let sdes = [try Self.key(1, .aes128CMSHA1Tag80), try Self.key(2, .aeadAES256GCM)]
    let dtls = try Self.dtls()
    let policies = [
      MediaSecurity.plain, MediaSecurity(sdes: sdes, allowsPlain: false), MediaSecurity(dtls: dtls, allowsPlain: false),
      MediaSecurity(sdes: sdes, dtls: dtls), MediaSecurity(sdes: sdes, dtls: dtls, allowsOpportunistic: false),
    ]
    var lines = ["m=audio 5000 \(row.transport) 0"]
    if row.keys == "sdes" || row.keys == "both" { lines += Self.crypto }
    if row.keys == "dtls" || row.keys == "both" { lines += Self.fingerprint }
    #expect(try policies.map { Self.kind(try Self.answer(lines, $0)) } == row.results, "\(row.transport) \(row.keys)")
  }

  @Test("SDES: the first offered suite that we have, under its tag, with a key each way (RFC 4568 §5.1.2)")
  func sdes() throws {
    let ours = [try Self.key(1, .aes128CMSHA1Tag80), try Self.key(2, .aes128CMSHA1Tag32)]
    let media = try #require(try Self.answer(["m=audio 1 RTP/SAVP 0"] + Self.crypto, MediaSecurity(sdes: ours)))
    guard case .sdes(let suite, let send, let receive) = media.keying else {
      Issue.record("no SDES")
      return
    }
    #expect(suite == .aes128CMSHA1Tag32 && send.tag == 7 && receive.tag == 7)
    #expect(
      send.keys == ours[1].keys && receive.keys[0].keySalt.exposedBytes == Array("012345678901234567890123456789".utf8))
    // What cannot be run is passed over.
    let special = [
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 \(Self.k80) UNENCRYPTED_SRTP",
      "a=crypto:2 AES_CM_128_HMAC_SHA1_80 \(Self.k80)|1:1",
      "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:AAAA", "a=crypto:4 aes_cm_128_hmac_sha1_80 \(Self.k80)",
    ]
    let passed = try #require(try Self.answer(["m=audio 1 RTP/SAVP 0"] + special, MediaSecurity(sdes: ours)))
    guard case .sdes(_, let answered, _) = passed.keying else {
      Issue.record("no SDES")
      return
    }
    #expect(answered.tag == 4 && answered.suite.name == "aes_cm_128_hmac_sha1_80")
  }

  @Test("SDES: our offer, their answer; a tag or suite that was not offered is none")
  func sdesOffer() throws {
    let ours = [try Self.key(1, .aeadAES256GCM), try Self.key(2, .aes128CMSHA1Tag80)]
    func agreed(_ lines: String...) throws -> NegotiatedKeying? {
      var session = SessionNegotiation(origin: Origin(sessionID: 1, address: Self.address))
      var stream = LocalStream(address: Self.address, port: 40_000, codecs: [.pcmu])
      stream.transport = .rtpSAVP
      stream.security = MediaSecurity(sdes: ours)
      #expect(try session.offer([stream]).media[0].attributes.all(CryptoAttribute.self) == ours)
      let answer = try SessionDescription(
        text(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 1 RTP/SAVP 0"] + lines))
      return try session.receivedAnswer(answer).media[0]?.keying
    }
    let theirs = try CryptoAttribute("2 AES_CM_128_HMAC_SHA1_80 \(Self.k80)")
    #expect(try agreed("a=crypto:\(theirs.text)") == .sdes(suite: .aes128CMSHA1Tag80, send: ours[1], receive: theirs))
    #expect(throws: NegotiationFault.noKeys(0)) { try agreed() }
    #expect(throws: NegotiationFault.noKeys(0)) { try agreed("a=crypto:1 AES_CM_128_HMAC_SHA1_80 \(Self.k80)") }
    #expect(throws: NegotiationFault.noKeys(0)) { try agreed("a=crypto:3 AES_CM_128_HMAC_SHA1_80 \(Self.k80)") }
  }

  /// What was offered, what we would rather be, what we answer and whether we begin; nil refuses.
  static let roles: [(offered: String?, answers: DTLSSetup, answered: DTLSSetup?, isClient: Bool?)] = [
    ("actpass", .active, .active, true), ("actpass", .passive, .passive, false), ("active", .active, .passive, false),
    ("passive", .passive, .active, true), (nil, .active, .active, true), ("holdconn", .active, nil, nil),
  ]

  @Test("DTLS: who begins, as answerer (RFC 8842 §5.3)", arguments: roles.indices)
  func answererRoles(index: Int) throws {
    let row = Self.roles[index]
    let lines = ["a=fingerprint:sha-256 \(Self.print)"] + (row.offered.map { ["a=setup:\($0)"] } ?? [])
    let media = try Self.answer(
      ["m=audio 1 UDP/TLS/RTP/SAVP 0"] + lines, MediaSecurity(dtls: try Self.dtls(row.answers)))
    guard case .dtls(let isClient, let remote, _)? = media?.keying else {
      #expect(row.isClient == nil)
      return
    }
    #expect(isClient == row.isClient && remote.map(\.bytes) == [Array(repeating: 10, count: 32)])
  }

  @Test("DTLS: who begins, as offerer (RFC 8842 §5.4)")
  func offererRoles() throws {
    for (setup, isClient) in [("active", false), ("passive", true), ("actpass", false), (nil, false)] {
      var session = SessionNegotiation(origin: Origin(sessionID: 1, address: Self.address))
      var stream = LocalStream(address: Self.address, port: 40_000, codecs: [.pcmu])
      stream.transport = .udpTLSRTPSAVPF
      stream.security = MediaSecurity(dtls: try Self.dtls())
      #expect(try session.offer([stream]).media[0].attributes.first(DTLSSetup.self) == .actpass)
      // The fingerprint of the whole session counts, and so does the profile of older browsers.
      let agreement = try session.receivedAnswer(
        try SessionDescription(
          text(
            [
              "v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0",
              "a=fingerprint:sha-256 \(Self.print)",
            ]
              + (setup.map { ["a=setup:\($0)"] } ?? []) + ["m=audio 1 RTP/SAVPF 0"])))
      guard case .dtls(let begins, _, _)? = agreement.media[0]?.keying else {
        Issue.record("no DTLS")
        continue
      }
      #expect(begins == isClient, "\(setup ?? "nothing")")
    }
  }

  @Test("a browser's offer: audio over DTLS with ICE, the data channel, no video")
  func browser() throws {
    var session = SessionNegotiation(origin: Origin(sessionID: 1, address: Self.address))
    try session.receivedOffer(try Corpus.description("chromium-offer"))
    var audio = LocalStream(
      address: Self.address, port: 40_000, codecs: [.opus, .telephoneEvent(), .telephoneEvent(48_000)])
    audio.security = MediaSecurity(dtls: try Self.dtls(), allowsPlain: false)
    audio.rtcpMux = .required
    audio.rtcpReducedSize = true
    audio.extensions = ["urn:ietf:params:rtp-hdrext:sdes:mid"]
    let candidate = try #require(
      ICECandidate(
        foundation: "1", component: 1, priority: 2_130_706_431, host: .address(Self.address), port: 40_000, kind: .host)
    )
    audio.ice = ICEDescription(
      fragment: try #require(ICEUsernameFragment(value: "abcd")),
      password: try #require(ICEPassword(value: String(repeating: "x", count: 24))), candidates: [candidate],
      options: ["ice2"], isLite: true, hasEnded: true)
    var data = audio
    data.type = .application
    data.codecs = []
    data.transport = .udpDTLSSCTP
    data.formats = ["webrtc-datachannel"]
    data.attributes = ["sctp-port:5000", "max-message-size:262144"]
    let agreement = try session.answer([audio, data])
    let local = agreement.local
    #expect(local.groups.map(\.text) == ["BUNDLE 0 2"] && local.isICELite)
    #expect(
      local.media.map(\.description) == [
        "audio 40000 UDP/TLS/RTP/SAVPF 111 110", "video 0 UDP/TLS/RTP/SAVPF 96 97 102 103",
        "application 40000 UDP/DTLS/SCTP webrtc-datachannel",
      ])
    #expect(local.media.map(\.mid) == ["0", "1", "2"])
    #expect(local.media[0].attributes.valid(ExtensionMap.self).map(\.id) == [4])
    #expect(local.media[2].attributes.number(of: .sctpPort) == 5_000)
    let media = try #require(agreement.media[0])
    #expect(media.sharesPort && media.hasReducedSizeRTCP && media.remoteICE?.candidates.count == 4)
    #expect(media.remoteICE?.fragment.value == "Xb3k" && media.localRTCP == media.local)
    #expect(Self.kind(media) == "dtls" && Self.kind(agreement.media[2]) == "dtls" && agreement.media[1] == nil)
    try local.checkAttributes()
    #expect(local.canonical() == local)
  }
}
