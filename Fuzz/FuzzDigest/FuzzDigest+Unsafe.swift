import DigestAuth
import FuzzSupport
import Wire

/// Any bytes are refused, or are credentials and challenges that come back equal from their own text. No response that
/// was not computed from the password is accepted, whoever asks and for whichever user; one that was computed from it
/// is, whatever the challenge looks like.
private func check(_ bytes: Span<UInt8>) {
  checkCredentials(bytes)
  checkChallenge(bytes)
}

private let method = Array("INVITE".utf8)
private let password = Array("never in the corpus".utf8)
private let here = IPAddress(v4: 0xCB00_7101)

private func checkCredentials(_ bytes: Span<UInt8>) {
  let credentials: DigestCredentials
  do {
    credentials = try DigestCredentials(parsing: bytes)
  } catch {
    return
  }
  require(bytes.count <= DigestLimits.maxValueBytes, "longer than the limit")
  let text = credentials.headerValue
  if text.utf8.count <= DigestLimits.maxValueBytes {
    do {
      let again = try DigestCredentials(text)
      require(again == credentials, "its own text means something else: \(text)")
      require(again.headerValue == text, "its own text is not stable: \(text)")
    } catch {
      require(false, "its own text is refused: \(text)")
    }
  }

  var verifier = DigestVerifier(realm: credentials.realm, algorithms: DigestHash.allCases)
  for hash in DigestHash.allCases {
    let ha1 = HA1(hash, username: credentials.username, realm: credentials.realm, password: password.span)
    let isValid = verifier.verify(credentials, method: method.span, body: bytes, ha1: ha1)
    require(!isValid, "a random response was accepted: \(text)")
  }
  let isValidForNobody = verifier.verify(credentials, method: method.span, body: bytes, ha1: nil)
  require(!isValidForNobody, "nobody was accepted: \(text)")

  var candidates = DigestCandidates(realm: credentials.realm)
  require(candidates.add(bytes), "not for its own realm: \(text)")
  let nonces = NonceFactory(key: password.span, realm: credentials.realm)
  let outcome = verifier.judge(
    candidates, method: method.span, body: bytes, source: here, now: .epoch, nonces: nonces
  ) { username, hash in HA1(hash, username: username, realm: credentials.realm, password: password.span) }
  // Without a nonce of ours it does not even come to a comparison.
  require(outcome.failedUsernames.isEmpty, "a forged nonce was taken for fresh: \(text)")
  require(outcome.verdict == .stale || outcome.verdict == .absent, "a forged nonce was judged: \(text)")
}

private func checkChallenge(_ bytes: Span<UInt8>) {
  let challenge: DigestChallenge
  do {
    challenge = try DigestChallenge(parsing: bytes)
  } catch {
    return
  }
  let text = challenge.headerValue
  // The answer repeats the challenge's values and adds its own.
  guard text.utf8.count <= DigestLimits.maxValueBytes - 512 else { return }
  do {
    let again = try DigestChallenge(text)
    require(again == challenge, "its own text means something else: \(text)")
  } catch {
    require(false, "its own text is refused: \(text)")
  }
  guard let variant = challenge.variant else { return }
  do {
    let answer = try DigestClient.answer(
      challenge, username: "bob", password: password.span, method: "INVITE", uri: "sip:council@if.internal",
      body: Span(), clientNonce: "0a4f113b", nonceCount: 1)
    let received = try DigestCredentials(answer.headerValue)
    require(received == answer, "an answer changes on the wire: \(text)")
    var verifier = DigestVerifier(realm: challenge.realm, algorithms: [variant.hash])
    let ha1 = HA1(variant.hash, username: "bob", realm: challenge.realm, password: password.span)
    let isValid = verifier.verify(received, method: method.span, body: Span(), ha1: ha1)
    require(isValid == !variant.isSession, "the right answer was refused: \(text)")
  } catch {
    require(false, "an answer is refused: \(error) to \(text)")
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
