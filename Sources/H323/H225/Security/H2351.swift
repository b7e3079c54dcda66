import PER
import Wire

/// H.235.1, baseline security: HMAC-SHA1-96 over a whole encoded message, carried in one of its own tokens.
///
/// The hash is of the message with zeros where the hash itself stands. So the message is encoded with a placeholder,
/// the placeholder is found among the octets, zeros are put there, and then the hash. How a key and octets become
/// twenty octets of HMAC-SHA1 is handed in.
public enum H2351 {
  /// The octets of the hash: the first 96 bits of HMAC-SHA1.
  public static let hashOctets = 12
  /// How many places in a message are tried where the octets of its hash stand; they are random, so there is one.
  public static let maxPlaces = 4

  /// Object identifier "A" of version 2 (H.235.1 §15): authentication and integrity of the whole message.
  public static let authenticationAndIntegrity = identifier(1)
  /// Object identifier "T": the ClearToken of this profile.
  public static let clearToken = identifier(5)
  /// Object identifier "U": HMAC-SHA1-96.
  public static let hmacSHA1With96Bits = identifier(6)

  private static func identifier(_ last: UInt8) -> ObjectIdentifier? {
    let contents: [UInt8] = [0, 8, 0x81, 0x6B, 0, 2, last]
    return ObjectIdentifier(contents: contents.span)
  }

  /// A token with a placeholder for the hash, to be put into `cryptoTokens` before the message is encoded.
  ///
  /// `timeStamp` is in seconds since 1970, `random` increases within one second; the identifiers are those of the two
  /// sides; a gatekeeper whose name is not known yet has none. The placeholder is twelve octets that stand nowhere else in
  /// the message: random ones.
  public static func token(
    sendersID: BMPString, generalID: BMPString?, timeStamp: Int, random: Int, placeholder: [UInt8]
  ) -> CryptoH323Token? {
    guard placeholder.count == hashOctets, let authenticationAndIntegrity, let clearToken, let hmacSHA1With96Bits else {
      return nil
    }
    var values = ClearToken(tokenOID: clearToken)
    values.timeStamp = timeStamp
    values.random = random
    values.generalID = generalID
    values.sendersID = sendersID
    let hash = HASHED(
      algorithmOID: hmacSHA1With96Bits, paramS: EncryptionParams(),
      hash: BitString(octets: placeholder, count: hashOctets * 8))
    return .nestedcryptoToken(
      .cryptoHashedToken(
        CryptoHashedToken(tokenOID: authenticationAndIntegrity, hashedVals: values, token: hash)))
  }

  /// Puts the hash where the placeholder stands in an encoded message; false when it stands there not exactly once.
  public static func seal(
    _ message: inout [UInt8], placeholder: [UInt8], hmacSHA1: (Span<UInt8>) -> [UInt8]
  ) -> Bool {
    guard placeholder.count == hashOctets else { return false }
    let places = places(of: placeholder, in: message)
    guard places.count == 1, let place = places.first else { return false }
    overwrite(&message, at: place, with: [UInt8](repeating: 0, count: hashOctets))
    let hash = hmacSHA1(message.span)
    guard hash.count >= hashOctets else { return false }
    overwrite(&message, at: place, with: hash)
    return true
  }

  /// Whether a message, as it was received, has the hash that its token says.
  public static func isAuthentic(
    _ message: Span<UInt8>, hash: BitString, hmacSHA1: (Span<UInt8>) -> [UInt8]
  ) -> Bool {
    guard hash.count == hashOctets * 8 else { return false }
    let received = [UInt8](copying: message)
    for place in places(of: hash.octets, in: received) {
      var zeroed = received
      overwrite(&zeroed, at: place, with: [UInt8](repeating: 0, count: hashOctets))
      let computed = Array(hmacSHA1(zeroed.span).prefix(hashOctets))
      if constantTimeEquals(computed.span, hash.octets.span) { return true }
    }
    return false
  }

  /// The token of this profile in a message's `cryptoTokens`.
  public static func hashedToken(in tokens: [CryptoH323Token]?) -> CryptoHashedToken? {
    for case .nestedcryptoToken(.cryptoHashedToken(let token)) in tokens ?? []
    where token.tokenOID == authenticationAndIntegrity && token.token.algorithmOID == hmacSHA1With96Bits {
      return token
    }
    return nil
  }

  private static func overwrite(_ message: inout [UInt8], at place: Int, with octets: [UInt8]) {
    for index in 0..<hashOctets { message[place + index] = octets[index] }
  }

  private static func places(of octets: [UInt8], in message: [UInt8]) -> [Int] {
    var places: [Int] = []
    guard message.count >= octets.count else { return [] }
    for place in 0...(message.count - octets.count) where message[place] == octets[0] {
      guard message.span.extracting(place..<(place + octets.count)).isEqual(to: octets.span) else { continue }
      places.append(place)
      if places.count == maxPlaces { break }
    }
    return places
  }
}
