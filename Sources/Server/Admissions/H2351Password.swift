public import H225
import OpenSSLCrypto
public import PER
public import Wire

/// H.235.1 with a password: HMAC-SHA1-96 over whole RAS messages, keyed with the SHA-1 of the password in UTF-8.
public struct H2351Password: Sendable {
  /// How far a message's timeStamp may be from our clock.
  public static let tolerance = Duration.seconds(300)

  private let text: String

  /// The password that both sides know.
  public init(_ text: String) {
    self.text = text
  }

  /// HMAC-SHA1 of octets under this password.
  public func hmacSHA1(_ octets: Span<UInt8>) -> [UInt8] { Self.authenticate(octets, key) }

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
    let seconds = Int(min(max(time.seconds, 1), 4_294_967_295))
    guard
      let token = H2351.token(
        sendersID: sendersID, generalID: generalID, timeStamp: seconds, random: random, placeholder: placeholder)
    else { return nil }
    var message = message
    message.cryptoTokens = [token]
    guard var octets = try? message.encoded() else { return nil }
    let key = key
    return H2351.seal(&octets, placeholder: placeholder, hmacSHA1: { Self.authenticate($0, key) }) ? octets : nil
  }

  /// Whether a message, as it was received, has the hash that its token says.
  public func isAuthentic(_ message: Span<UInt8>, token: CryptoHashedToken) -> Bool {
    let key = key
    return H2351.isAuthentic(message, hash: token.token.hash, hmacSHA1: { Self.authenticate($0, key) })
  }

  private var key: [UInt8] { Digest.hash(.sha1, Array(text.utf8)) }

  private static func authenticate(_ bytes: Span<UInt8>, _ key: [UInt8]) -> [UInt8] {
    let mac = HMACSHA1Key(key.span).authenticate(bytes)
    return [UInt8](copying: mac.span)
  }
}
