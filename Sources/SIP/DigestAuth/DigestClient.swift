/// The other side: answering a challenge (RFC 7616 §3.4, RFC 3261 §22.2).
public enum DigestClient {
  /// The challenge to answer out of those of one realm: the first, in the server's order, whose algorithm is known
  /// (RFC 8760 §2.4), or nil when there is none.
  public static func preferred(_ challenges: [DigestChallenge]) -> DigestChallenge? {
    challenges.first { $0.variant != nil }
  }

  /// The same for a client that has a password for one realm, which is what a client should have: a challenge of anybody
  /// else's, be it to a BYE inside a call with a stranger, must not be answered with it. Realms are compared byte by byte.
  public static func preferred(_ challenges: [DigestChallenge], realm: String) -> DigestChallenge? {
    challenges.first { $0.variant != nil && $0.realm.utf8.elementsEqual(realm.utf8) }
  }

  /// The credentials that answer a challenge; `headerValue` of the result goes into `Authorization` (401) or
  /// `Proxy-Authorization` (407).
  ///
  /// - Parameters:
  ///   - password: wiped by whoever owns it.
  ///   - uri: the Request-URI as it is sent.
  ///   - body: hashed only where the server offers nothing but auth-int.
  ///   - clientNonce: fresh random text, at least 64 bits; not used where the challenge has no qop.
  ///   - nonceCount: 1 for the first use of the challenge's nonce, then rising by 1.
  /// - Throws: `nothingSupported` when the algorithm is not known.
  public static func answer(
    _ challenge: DigestChallenge, username: String, password: Span<UInt8>, method: String, uri: String,
    body: Span<UInt8>, clientNonce: String, nonceCount: UInt32
  ) throws(DigestError) -> DigestCredentials {
    guard let variant = challenge.variant else { throw .nothingSupported }
    let qop = challenge.qop.contains(.auth) ? DigestQOP.auth : challenge.qop.first
    let needsClientNonce = qop != nil || variant.isSession
    let ha1 = HA1(variant.hash, username: username, realm: challenge.realm, password: password)
    func credentials(_ response: [UInt8]) throws(DigestError) -> DigestCredentials {
      try DigestCredentials(
        username: username, realm: challenge.realm, nonce: challenge.nonce, uri: uri, response: response,
        variant: variant, qop: qop, clientNonce: needsClientNonce ? clientNonce : nil,
        nonceCount: qop == nil ? nil : nonceCount, opaque: challenge.opaque)
    }
    // The response is computed from the very values that are sent, so the two cannot differ.
    let unanswered = try credentials([])
    var engine = DigestEngine(variant.hash)
    var response: [UInt8] = []
    let method = method.utf8
    engine.appendResponse(ha1: ha1.hex, unanswered.input, method: method.span, body: body, to: &response)
    return try credentials(response)
  }
}
