import SDP
import Testing
import Wire

@Suite("Attributes: valid values are written as they are read, invalid ones are refused where they go wrong")
struct AttributeTests {
  @Test("rtpmap (RFC 8866 §6.6)")
  func rtpmap() {
    check(
      RTPMap.self,
      valid: [("0 PCMU/8000", nil), ("111 opus/48000/2", nil), ("9  G722/8000/1 ", "9 G722/8000"), ("127 x/1", nil)],
      invalid: [
        ("128 x/8000", .numberOutOfRange, 0), ("x y/8000", .malformedNumber, 0), ("0", .unexpectedEnd, 1),
        ("0 PCMU", .unexpectedEnd, 6), ("0 PCMU/", .unexpectedEnd, 7), ("0 PCMU/0", .numberOutOfRange, 7),
        ("0 PCMU/4294967296", .numberOutOfRange, 7), ("0 /8000", .malformedToken, 2), ("0 a/8/0", .numberOutOfRange, 6),
        ("0 a/8/256", .numberOutOfRange, 6), ("0 a/8/1/1", .trailingBytes, 7), ("0 a/8x", .trailingBytes, 5),
      ])
  }

  @Test("fmtp (RFC 8866 §6.15), ptime, maxprate (RFC 3890)")
  func formats() {
    check(
      FormatParameters.self,
      valid: [("101 0-15", nil), ("96  a=b; c=d ", "96 a=b; c=d"), ("96", "96 "), ("t38 x", nil)],
      invalid: [("", .unexpectedEnd, 0), ("96;a", .unexpectedByte, 2)])
    check(
      PacketTime.self,
      valid: [("20", nil), ("2.5", nil), ("20.0", "20"), ("0.125", nil), ("60000", nil), ("1.0009", "1")],
      invalid: [
        ("0", .numberOutOfRange, 0), ("60001", .numberOutOfRange, 0), ("60000.001", .numberOutOfRange, 0),
        ("x", .malformedNumber, 0), ("20.", .unexpectedEnd, 3), ("20ms", .trailingBytes, 2),
        ("-1", .malformedNumber, 0),
      ])
    check(PacketRate.self, valid: [("50", nil), ("33.333", nil), ("0", nil)], invalid: [(".5", .malformedNumber, 0)])
    #expect(PacketTime(milliseconds: 20)?.duration == .milliseconds(20))
    #expect(FormatParameters("96", "a\r\nb") == nil && RTPMap(0, "a b", 8_000) == nil)
  }

  @Test("telephone events (RFC 4733 §2.4.1)")
  func events() throws {
    for (text, canonical) in [
      ("0-15", "0-15"), ("0-11,16", "0-11,16"), ("1,0,2", "0-2"), (" 0-9 , 66 ", "0-9,66"), ("255", "255"),
      ("0-255", "0-255"), ("63,64,127-128", "63-64,127-128"),
    ] {
      let events = try #require(TelephoneEvents(text))
      #expect(events.description == canonical && TelephoneEvents(canonical) == events)
    }
    for text in ["", "x", "256", "5-4", "0-", "0,,1", "0;1"] { #expect(TelephoneEvents(text) == nil) }
    #expect(TelephoneEvents.dtmf.intersection(TelephoneEvents("10-20") ?? .init()).description == "10-15")
    #expect(TelephoneEvents().isEmpty && TelephoneEvents.dtmf.contains(15) && !TelephoneEvents.dtmf.contains(16))
  }

  @Test("rtcp (RFC 3605), rtcp-fb (RFC 4585 §4.2), extmap (RFC 8285 §8)")
  func rtcp() {
    check(
      RTCPAddress.self,
      valid: [("53020", nil), ("9 IN IP4 0.0.0.0", nil), ("53020 IN IP6 2001:DB8::1", "53020 IN IP6 2001:db8::1")],
      invalid: [
        ("65536", .numberOutOfRange, 0), ("x", .malformedNumber, 0), ("1 IN IP4 x.1", .malformedAddress, 9),
        ("1 IN", .unexpectedEnd, 4), ("1 TN E164 1", .malformedAddress, 2),
      ])
    check(
      RTCPFeedback.self,
      valid: [("96 nack", nil), ("* ccm fir", nil), ("* trr-int 1000", nil), ("0 transport-cc ", "0 transport-cc")],
      invalid: [("128 nack", .numberOutOfRange, 0), ("*nack", .unexpectedByte, 1), ("96", .unexpectedEnd, 2)])
    check(
      ExtensionMap.self,
      valid: [("1 urn:x", nil), ("255/sendonly urn:x a b", nil), ("4096 urn:x", nil), ("4351/inactive urn:x", nil)],
      invalid: [
        ("0 urn:x", .numberOutOfRange, 0), ("256 urn:x", .numberOutOfRange, 0), ("4352 urn:x", .numberOutOfRange, 0),
        ("1/both urn:x", .unknownValue, 2), ("1", .unexpectedEnd, 1),
      ])
  }

  @Test("ssrc, ssrc-group (RFC 5576), msid (RFC 8830)")
  func sources() {
    check(
      SourceAttribute.self,
      valid: [("1 cname:a@b", nil), ("4294967295 msid:- x", nil), ("7 x", nil), ("7 cname:", nil), ("7", nil)],
      invalid: [("4294967296 x", .numberOutOfRange, 0), ("x y", .malformedNumber, 0), ("1 (", .malformedToken, 2)])
    check(
      SourceGroup.self, valid: [("FID 1 2", nil), ("SIM", nil), ("FEC-FR 4294967295", nil)],
      invalid: [("FID x", .malformedNumber, 4), ("", .unexpectedEnd, 0)])
    check(MediaStreamID.self, valid: [("- a", nil), ("{a}", nil)], invalid: [("a b c", .trailingBytes, 4)])
  }

  @Test("mid, group (RFC 5888), content (RFC 4796), SCTP (RFC 8841)")
  func plain() {
    check(TokenAttribute.self, valid: [("0", nil), ("audio ", "audio")], invalid: [("a b", .trailingBytes, 2)])
    check(MediaGroup.self, valid: [("BUNDLE 0 1", nil), ("LS", nil)], invalid: [("BUNDLE (", .malformedToken, 7)])
    check(MediaContent.self, valid: [("slides,main", nil)], invalid: [("a,", .unexpectedEnd, 2)])
    check(SCTPPort.self, valid: [("5000", nil), ("0", nil)], invalid: [("65536", .numberOutOfRange, 0)])
    check(
      NumberAttribute.self, valid: [("18446744073709551615", nil)],
      invalid: [("18446744073709551616", .numberOutOfRange, 0)])
  }

  @Test("setup (RFC 4145), fingerprint (RFC 8122), tls-id (RFC 8842)")
  func dtls() {
    check(
      DTLSSetup.self, valid: [("actpass", nil), ("Active", "active"), ("passive", nil), ("holdconn", nil)],
      invalid: [("server", .unknownValue, 0), ("", .unexpectedEnd, 0)])
    let sha1 = Array(repeating: "0A", count: 20).joined(separator: ":")
    check(
      Fingerprint.self,
      valid: [("sha-1 \(sha1)", nil), ("SHA-1 \(sha1.lowercased())", "sha-1 \(sha1)"), ("sha3-9 FF", nil)],
      invalid: [
        ("sha-1 \(sha1):0A", .malformedNumber, 6), ("sha-256 \(sha1)", .malformedNumber, 8),
        ("sha-1", .unexpectedEnd, 5), ("x 0", .malformedNumber, 2), ("x 0A:", .malformedNumber, 5),
        ("x 0AA", .malformedNumber, 2), ("x 0A0B", .malformedNumber, 2),
      ])
    #expect(Fingerprint("SHA-256", Array(repeating: 1, count: 32))?.isStrong == true)
    #expect(Fingerprint("sha-256", [1]) == nil && Fingerprint("md5", Array(repeating: 1, count: 16))?.isStrong == false)
    let id = String(repeating: "a", count: 20)
    check(
      TLSID.self, valid: [(id, nil), (String(repeating: "Z", count: 255), nil)],
      invalid: [(String(id.dropLast()), .malformedToken, 0), (String(repeating: "a", count: 256), .malformedToken, 0)])
  }

  @Test("ICE (RFC 8839 §5)")
  func ice() throws {
    check(
      ICECandidate.self,
      valid: [
        ("1 1 UDP 2130706431 192.0.2.1 8998 typ host", nil),
        ("a+/9 256 udp 0 2001:db8::1 0 typ srflx raddr 10.0.1.1 rport 8998", nil),
        ("1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0", nil),
        ("1 1 UDP 1 8f1c2a34.local 9 typ host", nil),
        ("1 1 UDP 1 192.0.2.1 9 typ relay raddr :: rport 0 network-id 1", nil),
        (
          "1 1 UDP 4294967295 192.0.2.1 9 typ new rport 7 raddr 192.0.2.2",
          "1 1 UDP 4294967295 192.0.2.1 9 typ new raddr 192.0.2.2 rport 7"
        ),
      ],
      invalid: [
        ("1 0 UDP 1 192.0.2.1 9 typ host", .numberOutOfRange, 2),
        ("1 257 UDP 1 192.0.2.1 9 typ host", .numberOutOfRange, 2),
        ("\(String(repeating: "1", count: 33)) 1 UDP 1 192.0.2.1 9 typ host", .malformedToken, 0),
        ("1 1 UDP 4294967296 192.0.2.1 9 typ host", .numberOutOfRange, 8),
        ("1 1 UDP 1 192.0.2 9 typ host", .malformedAddress, 10),
        ("1 1 UDP 1 192.0.2.1 9 type host", .unexpectedByte, 22),
        ("1 1 UDP 1 192.0.2.1 9", .unexpectedEnd, 21), ("1 1 UDP 1 192.0.2.1 9 typ host x", .unexpectedEnd, 32),
        ("1 1 UDP 1 192.0.2.1 65536 typ host", .numberOutOfRange, 20), ("", .malformedToken, 0),
      ])
    check(
      RemoteCandidates.self, valid: [("1 192.0.2.3 45664 2 192.0.2.3 45665", nil)],
      invalid: [("1 192.0.2.3", .unexpectedEnd, 11)])
    check(
      ICEUsernameFragment.self, valid: [("F7gI", nil), (String(repeating: "a", count: 256), nil)],
      invalid: [
        ("F7g", .malformedToken, 0), (String(repeating: "a", count: 257), .malformedToken, 0),
        ("ab cd", .malformedToken, 0),
      ])
    let password = String(repeating: "p", count: 22)
    check(
      ICEPassword.self, valid: [(password, nil)], invalid: [(String(password.dropLast()), .malformedToken, 0)])
    check(ICEOptions.self, valid: [("ice2 trickle", nil), ("google-ice", nil)], invalid: [("", .unexpectedEnd, 0)])

    let chromium = try Corpus.description("chromium-offer").media[0]
    let ice = try #require(chromium.ice)
    #expect(ice.fragment.value == "Xb3k" && ice.options == ["trickle"] && ice.candidates.count == 4 && !ice.isLite)
    #expect(ice.candidates[2].value(of: "tcptype") == "active" && !ice.candidates[2].isUDP)
    let session = try Corpus.description("linphone-offer").media[0]
    #expect(session.ice?.fragment.value == "7f21c9aa" && session.ice?.candidates.count == 4)
  }

  @Test("crypto (RFC 4568 §9): the grammar")
  func crypto() throws {
    let k = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
    let gcm = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis"
    let suite = "AES_CM_128_HMAC_SHA1_80"
    check(
      CryptoAttribute.self,
      valid: [
        ("1 \(suite) inline:\(k)", nil), ("999999999 \(suite) inline:\(k)|2^20|1:4", nil),
        ("0 F8_128_HMAC_SHA1_80 inline:\(k)|1:128", nil),
        ("1 \(suite) inline:\(k)|1048576", "1 \(suite) inline:\(k)|2^20"),
        ("1 \(suite) inline:\(k)|1000|66051:4;inline:\(k)|2^48|2:4 KDR=24 UNENCRYPTED_SRTCP", nil),
        ("1 \(suite) inline:\(k) FEC_ORDER=FEC_SRTP FEC_KEY=inline:\(k)|2^20 WSH=64 -x UNAUTHENTICATED_SRTP", nil),
        ("2 AEAD_AES_256_GCM inline:\(gcm)=", nil),
        ("2 AEAD_AES_256_GCM inline:\(gcm)", "2 AEAD_AES_256_GCM inline:\(gcm)="),
        ("1 X_SUITE inline:AAAA", nil), ("1 aes_cm_128_hmac_sha1_80 inline:\(k)", nil),
      ],
      invalid: [
        ("x \(suite) inline:\(k)", .malformedNumber, 0), ("1000000000 \(suite) inline:\(k)", .numberOutOfRange, 0),
        ("1 \(suite)", .unexpectedEnd, 25), ("1 \(suite) \(k)", .unknownValue, 26),
        ("1 \(suite) uri:x", .unknownValue, 26),
        ("1 \(suite) inline:", .malformedKey, 33), ("1 \(suite) inline:AAAA", .malformedKey, 33),
        ("1 AEAD_AES_256_GCM inline:\(k)", .malformedKey, 26), ("1 X inline:A", .malformedKey, 11),
        ("1 X inline:AAAA|0", .malformedNumber, 16), ("1 X inline:AAAA|3^4", .malformedNumber, 16),
        ("1 X inline:AAAA|2^64", .numberOutOfRange, 18), ("1 X inline:AAAA|1:129", .numberOutOfRange, 18),
        ("1 X inline:AAAA|1:0", .numberOutOfRange, 18), ("1 X inline:AAAA|1|2", .malformedNumber, 18),
        ("1 X inline:AAAA KDR=25", .numberOutOfRange, 20), ("1 X inline:AAAA WSH=63", .numberOutOfRange, 20),
        ("1 X inline:AAAA FEC_ORDER=X", .unknownValue, 26), ("1 X inline:AAAA;", .unknownValue, 16),
        ("1 X inline:AA!A", .trailingBytes, 13), ("1 - inline:AAAA", .unexpectedByte, 2),
      ])
    let lifetime = try CryptoAttribute("1 \(suite) inline:\(k)|2^20|66051:4")
    #expect(
      lifetime.keys[0].lifetime == 1 << 20 && lifetime.keys[0].mki?.value == 66_051 && lifetime.keys[0].mki?.length == 4
    )
    #expect(lifetime.keys[0].keySalt.exposedBytes == Array("012345678901234567890123456789".utf8))
  }

  @Test("crypto: which can be run as they are")
  func plainCrypto() throws {
    let k = "inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
    for (text, isPlain) in [
      ("1 AES_CM_128_HMAC_SHA1_80 \(k)", true), ("1 aes_cm_128_hmac_sha1_32 \(k)|2^31", true),
      ("1 AES_CM_128_HMAC_SHA1_80 \(k) WSH=128 -x KDR=0", true), ("1 AES_CM_128_HMAC_SHA1_80 \(k)|1:1", false),
      ("1 AES_CM_128_HMAC_SHA1_80 \(k);\(k)", false), ("1 AES_CM_128_HMAC_SHA1_80 \(k) KDR=1", false),
      ("1 AES_CM_128_HMAC_SHA1_80 \(k) UNENCRYPTED_SRTP", false), ("1 AES_CM_128_HMAC_SHA1_80 \(k) x", false),
      ("1 X \(k)", false),
    ] { #expect(try CryptoAttribute(text).isPlain == isPlain, "\(text)") }
    for suite in CryptoSuite.known {
      #expect(CryptoSuite(suite.name) == suite && suite.canonical == suite)
      let key = SRTPKeySalt(Array(repeating: 7, count: (suite.keyLength ?? 0) + (suite.saltLength ?? 0)))
      let attribute = try #require(CryptoAttribute(tag: 1, suite: suite, key: key))
      #expect(try CryptoAttribute(attribute.text) == attribute)
      #expect(CryptoAttribute(tag: 1, suite: suite, key: SRTPKeySalt(key.exposedBytes + [0])) == nil)
    }
    #expect(CryptoSuite("AES_CM_256_HMAC_SHA1_80").canonical == .aes256CMSHA1Tag80)
    #expect(CryptoSuite("AES_CM_256_HMAC_SHA1_80").name == "AES_CM_256_HMAC_SHA1_80")
  }

  @Test("keys and passwords are in no description, no reflection and no dump")
  func hidden() throws {
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
    let password = "0Qm1Ue9sTnVYc2k4b5h6j7l8"
    let description = try description(
      "k=clear:\(key)", "a=ice-pwd:\(password)", "m=audio 1 RTP/SAVP 0",
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key) FEC_KEY=inline:\(key)", "k=clear:\(key)",
      "a=Crypto:1 X inline:\(key)", "a=crypto \(key) INLINE:\(key)")
    let media = description.media[0]
    let crypto = try #require(try media.attributes.first(CryptoAttribute.self))
    let ice = try #require(try description.attributes.first(ICEPassword.self))
    #expect(crypto.text.contains(key) && ice.exposedText == password)
    var shown = ""
    func show(_ value: Any) {
      shown += "\(value) \(String(reflecting: value)) "
      dump(value, to: &shown)
    }
    show(description)
    show(crypto)
    show([crypto])
    show(crypto.keys)
    show(crypto.parameters)
    show(ice)
    for attribute in media.attributes { show(attribute) }
    for attribute in description.attributes { show(attribute) }
    #expect(shown.contains("AES_CM_128_HMAC_SHA1_80"))
    #expect(!shown.contains(key) && !shown.contains(password))
    // The bytes of the key as `dump` would list them.
    #expect(!shown.contains("- 48\n"))
  }

  @Test("accessors name the description's line and offset")
  func offsets() throws {
    let description = try description("m=audio 1 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=rtpmap:200 x/1")
    let expected = SDPError(.numberOutOfRange, at: description.bytes.count - 9, line: 8)
    #expect(throws: expected) { try description.media[0].attributes.all(RTPMap.self) }
    #expect(throws: expected) { try description.checkAttributes() }
    #expect(try description.media[0].attributes.first(RTPMap.self)?.payloadType == 0)
    #expect(description.media[0].attributes.valid(RTPMap.self).count == 1)
    #expect("\(expected)" == "number out of range in line 8 at offset \(description.bytes.count - 9)")
    #expect(Set(SDPError.Reason.allCases.map(\.phrase)).count == SDPError.Reason.allCases.count)
  }
}
