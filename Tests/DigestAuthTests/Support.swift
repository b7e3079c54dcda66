import DigestAuth
import Wire

/// Bytes of a text, for the parameters that are spans.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A phone that answers challenges, one count after another.
struct Phone {
  var username = "bob"
  var password = "zanzibar"
  var clientNonce = "0a4f113b"
  var nextCount: UInt32 = 1

  mutating func answer(
    _ challenge: DigestChallenge, method: String = "INVITE", uri: String = "sip:council@if.internal", body: String = ""
  ) throws -> DigestCredentials {
    defer { nextCount += 1 }
    return try DigestClient.answer(
      challenge, username: username, password: bytes(password).span, method: method, uri: uri, body: bytes(body).span,
      clientNonce: clientNonce, nonceCount: nextCount)
  }
}

extension UTCTimestamp {
  /// 2026-01-01T00:00:00Z and so many seconds.
  static func at(_ seconds: Int64) -> UTCTimestamp { UTCTimestamp(seconds: 1_767_225_600 + seconds) }
}

extension Instant {
  /// So many seconds after the clock's origin.
  static func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1_000_000_000)) }
}

/// A nonce factory that `#expect` can hold.
final class Nonces: Sendable {
  let factory: NonceFactory

  init(key: [UInt8] = Array(0..<32), realm: String = "if.internal", lifetime: Duration = .seconds(300)) {
    factory = NonceFactory(key: key.span, realm: realm, lifetime: lifetime)
  }

  func make(now: UTCTimestamp, random: UInt64, source: IPAddress) -> String {
    factory.make(now: now, random: random, source: source)
  }

  func check(_ nonce: String, now: UTCTimestamp, source: IPAddress) -> NonceStatus {
    factory.check(nonce, now: now, source: source)
  }
}

/// A verifier that `#expect` can use.
func verify(
  _ credentials: DigestCredentials, realm: String, _ hash: DigestHash, ha1: HA1?, method: String, body: String = ""
) -> Bool {
  var verifier = DigestVerifier(realm: realm, algorithms: [hash])
  let method = bytes(method)
  let body = bytes(body)
  return verifier.verify(credentials, method: method.span, body: body.span, ha1: ha1)
}

/// Adds one header to a request's candidates.
func add(_ header: String, to candidates: inout DigestCandidates) -> Bool {
  candidates.add(bytes(header).span)
}
