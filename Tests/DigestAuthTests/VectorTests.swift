import DigestAuth
import OpenSSLCrypto
import Testing
import Wire

/// Published examples, and a table made with another implementation (Python's hashlib) for what nobody published.
@Suite struct VectorTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let source: String
    let challenge: String
    let username: String
    let password: String
    let method: String
    let uri: String
    let clientNonce: String
    let response: String

    var testDescription: String { source }
  }

  static let http = (
    nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
  )
  static let biloxi = "realm=\"biloxi.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\""

  static let examples = [
    Example(
      source: "RFC 7616 §3.9.1, MD5",
      challenge: """
        Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="\(http.nonce)", \
        opaque="\(http.opaque)"
        """,
      username: "Mufasa", password: "Circle of Life", method: "GET", uri: "/dir/index.html",
      clientNonce: http.clientNonce, response: "8ca523f5e9506fed4657c9700eebdbec"),
    Example(
      source: "RFC 7616 §3.9.1, SHA-256",
      challenge: """
        Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="\(http.nonce)", \
        opaque="\(http.opaque)"
        """,
      username: "Mufasa", password: "Circle of Life", method: "GET", uri: "/dir/index.html",
      clientNonce: http.clientNonce, response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    Example(
      source: "RFC 7616 §3.9.2, SHA-512-256 as corrected by erratum 4897",
      challenge: """
        Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, \
        nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", \
        charset=UTF-8, userhash=true
        """,
      username: "Jäsøn Doe", password: "Secret, or not?", method: "GET", uri: "/doe.json",
      clientNonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
      response: "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"),
    Example(
      source: "RFC 2617 §3.5",
      challenge: """
        Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", \
        opaque="5ccc069c403ebaf9f0171e9517f40e41"
        """,
      username: "Mufasa", password: "Circle Of Life", method: "GET", uri: "/dir/index.html", clientNonce: "0a4f113b",
      response: "6629fae49393a05397450978507c4ef1"),
    Example(
      source: "RFC 2069 §2.4 as corrected by erratum 749",
      challenge: """
        Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", \
        opaque="5ccc069c403ebaf9f0171e9517f40e41"
        """,
      username: "Mufasa", password: "CircleOfLife", method: "GET", uri: "/dir/index.html", clientNonce: "",
      response: "1949323746fe6a43ef61f9606e7febea"),
    Example(
      source: "draft-smith-sipping-auth-examples-01 §3.1, no qop", challenge: "Digest \(biloxi)", username: "bob",
      password: "zanzibar", method: "INVITE", uri: "sip:bob@biloxi.com", clientNonce: "0a4f113b",
      response: "bf57e4e0d0bffc0fbaedce64d59add5e"),
    Example(
      source: "draft-smith-sipping-auth-examples-01 §3.3, auth",
      challenge: "Digest \(biloxi), qop=\"auth,auth-int\", algorithm=MD5", username: "bob", password: "zanzibar",
      method: "INVITE", uri: "sip:bob@biloxi.com", clientNonce: "0a4f113b",
      response: "89eb0059246c02b2f6ee02c7961d5ea3"),
    Example(
      source: "draft-smith-sipping-auth-examples-01 §3.4, MD5-sess",
      challenge: "Digest \(biloxi), qop=\"auth,auth-int\", algorithm=MD5-sess", username: "bob", password: "zanzibar",
      method: "INVITE", uri: "sip:bob@biloxi.com", clientNonce: "0a4f113b",
      response: "e4e4ea61d186d07a92c9e1f6919902e9"),
  ]

  @Test(arguments: examples) func answers(_ example: Example) throws {
    let challenge = try DigestChallenge(example.challenge)
    let credentials = try DigestClient.answer(
      challenge, username: example.username, password: bytes(example.password).span, method: example.method,
      uri: example.uri, body: Span(), clientNonce: example.clientNonce, nonceCount: 1)
    #expect(credentials.headerValue.contains("response=\"\(example.response)\""))

    // What the client computes, the server accepts: from the wire, and with HA1 from the database.
    let variant = try #require(challenge.variant)
    guard !variant.isSession else { return }
    let received = try DigestCredentials(credentials.headerValue)
    let ha1 = HA1(variant.hash, username: example.username, realm: challenge.realm, password: example.password)
    let stored = try #require(HA1(variant.hash, storedHex: ha1.storedHex))
    #expect(verify(received, realm: challenge.realm, variant.hash, ha1: stored, method: example.method))
  }

  /// User bob, realm biloxi.com, password zanzibar, INVITE sip:bob@biloxi.com, nc 42, body `v=0` CRLF.
  static let table: [(String, String?, String)] = [
    ("MD5", nil, "bf57e4e0d0bffc0fbaedce64d59add5e"),
    ("MD5", "auth", "d03e5b09b7fb6eec4ea753fd1f467674"),
    ("MD5", "auth-int", "a39bb6e86167841c3f6c5684746125a3"),
    ("MD5-sess", nil, "fff17611bcbbf00c9116a2c922dea8e1"),
    ("MD5-sess", "auth", "71295379867a2fc3756becebab0cadcc"),
    ("MD5-sess", "auth-int", "b72a215fbab4574327e9d7a003936d7e"),
    ("SHA-256", nil, "38aad98c50c33abe72c5f88dd17246ffcfa6b1f68852c855719ff0659386c0ca"),
    ("SHA-256", "auth", "518bfe020cfc72bdfdab76a0c8de428e802dcfdc8c1b22ed824bd9042236e6b0"),
    ("SHA-256", "auth-int", "8baeeeafaaec16f6d16ee15c1c27747277c94e4addd0e91e3889fb9325dbbad8"),
    ("SHA-256-sess", nil, "2ceb74b5bf787a27f00a80b94f397228de1a9bab1c3c56b7c6f984cf9f3ffdf7"),
    ("SHA-256-sess", "auth", "d3fc5f2d49ac7818b199f9df5ba69068a7ec952dd2b21b6e6ed33c13fcd2b58d"),
    ("SHA-256-sess", "auth-int", "bbc7586f44349067dd41695e5712da4c046bf653087a84b913b318497567a733"),
    ("SHA-512-256", nil, "9e960b3a01beb63f1ea5d45d43bd8a2178879d3c9ddbbdb0624187ca823c6eca"),
    ("SHA-512-256", "auth", "93ba6ebd05ef58a706aba1fd880b2154e18c50d41c322e014b962127dcae67d3"),
    ("SHA-512-256", "auth-int", "0cb607e99a93ccaa309f70821b3cf287e374f7dec355101242589a273a4b266a"),
    ("SHA-512-256-sess", nil, "10f52db7e2818a98871fd94294a2593a22eeaf07e23dad0b2bb52694442db5dd"),
    ("SHA-512-256-sess", "auth", "3f40071d2a0cf61ad6a1d33d262953d6c5adb3227559f7b878f18353aa956669"),
    ("SHA-512-256-sess", "auth-int", "adc164b41d365bbc3bb60bd7d199f431909f4c5ee8e38ca9fa95f1468541a243"),
  ]

  @Test(arguments: table) func everyAlgorithmAndQOP(algorithm: String, qop: String?, response: String) throws {
    let offer = qop.map { ", qop=\"\($0)\"" } ?? ""
    let challenge = try DigestChallenge("Digest \(Self.biloxi), algorithm=\(algorithm)\(offer)")
    var phone = Phone(nextCount: 42)
    let credentials = try phone.answer(challenge, uri: "sip:bob@biloxi.com", body: "v=0\r\n")
    #expect(credentials.headerValue.contains("response=\"\(response)\""))
    #expect(credentials.headerValue.contains("algorithm=\(algorithm)"))
    #expect(credentials.headerValue.contains("nc=0000002a") == (qop != nil))
  }

  @Test func serverProvesItself() throws {
    let challenge = try DigestChallenge(Self.examples[1].challenge)
    let credentials = try DigestClient.answer(
      challenge, username: "Mufasa", password: bytes("Circle of Life").span, method: "GET", uri: "/dir/index.html",
      body: Span(), clientNonce: Self.http.clientNonce, nonceCount: 1)
    var verifier = DigestVerifier(realm: "http-auth@example.org", algorithms: [.sha256])
    let ha1 = HA1(.sha256, username: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life")
    let info = verifier.authenticationInfo(for: credentials, body: Span(), ha1: ha1, nextNonce: "abc")
    #expect(
      info == """
        nextnonce="abc", rspauth="86d3b25618d41854ca5039a5d7e53ff6355d5134a9b1fb088a78ac3c462195a0", qop=auth, \
        cnonce="\(Self.http.clientNonce)", nc=00000001
        """)
  }
}
