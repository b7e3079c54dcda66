public import H225
import OpenSSLCrypto
public import PER
public import Wire

/// H.235.1 with a password: HMAC-SHA1-96 over whole RAS messages, keyed with the SHA-1 of the password in UTF-8.
public struct H2351Password: Sendable {
  /// How far a message's timeStamp may be from our clock.
  public static let tolerance = Duration.seconds(300)

  private let key: [UInt8]

  /// The password that both sides know.
  public init(_ text: String) {
    key = Digest.hash(.sha1, Array(text.utf8))
  }

  /// HMAC-SHA1 of octets under this password.
  public func hmacSHA1(_ octets: Span<UInt8>) -> [UInt8] {
    let mac = HMACSHA1Key(key.span).authenticate(octets)
    return [UInt8](copying: mac.span)
  }

  /// A token of this profile for one message; the hash is still to be put in. Parameters as of `seal`.
  public static func token(
    sendersID: BMPString, generalID: BMPString?, time: UTCTimestamp, random: Int, placeholder: [UInt8]
  ) -> CryptoH323Token? {
    H2351.token(
      sendersID: sendersID, generalID: generalID, timeStamp: Int(min(max(time.seconds, 1), 4_294_967_295)),
      random: random, placeholder: placeholder)
  }

  /// A message with a token of this profile, encoded and sealed; nil when the message cannot be written.
  ///
  /// - Parameters:
  ///   - generalID: the other side's name, where it is known.
  ///   - random: counts up, so that no two messages of one second are alike.
  ///   - placeholder: twelve random octets.
  public func seal(
    _ message: RasMessage, sendersID: BMPString, generalID: BMPString?, time: UTCTimestamp, random: Int,
    placeholder: [UInt8]
  ) -> [UInt8]? {
    guard
      let token = Self.token(
        sendersID: sendersID, generalID: generalID, time: time, random: random, placeholder: placeholder)
    else { return nil }
    var message = message
    message.cryptoTokens = [token]
    guard var octets = try? message.encoded() else { return nil }
    return H2351.seal(&octets, placeholder: placeholder, hmacSHA1: { hmacSHA1($0) }) ? octets : nil
  }

  /// Whether a message, as it was received, has the hash that its token says.
  public func isAuthentic(_ message: Span<UInt8>, token: CryptoHashedToken) -> Bool {
    H2351.isAuthentic(message, hash: token.token.hash, hmacSHA1: { hmacSHA1($0) })
  }
}
