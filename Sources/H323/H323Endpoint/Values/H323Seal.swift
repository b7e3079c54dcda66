public import H225

/// Seals what we say of a call to a gatekeeper that routes its signalling (H.235.1, procedure I): every message has a token,
/// and in it the hash of the whole message. How tokens are made, and the hash, is handed in: they want a clock and a key.
public struct H323Seal: Sendable {
  /// A token for one message, and the placeholder in it; nil when none can be made.
  public var token: @Sendable () -> (token: CryptoH323Token, placeholder: [UInt8])?
  /// HMAC-SHA1 under the password that both sides know.
  public var hmacSHA1: @Sendable (Span<UInt8>) -> [UInt8]

  /// A seal.
  public init(
    token: @escaping @Sendable () -> (token: CryptoH323Token, placeholder: [UInt8])?,
    hmacSHA1: @escaping @Sendable (Span<UInt8>) -> [UInt8]
  ) {
    self.token = token
    self.hmacSHA1 = hmacSHA1
  }
}

extension H323MessageBody {
  /// Puts tokens in where the message has a place for them; false where it has none.
  mutating func set(cryptoTokens: [CryptoH323Token]) -> Bool {
    switch self {
    case .setup(var body):
      body.cryptoTokens = cryptoTokens
      self = .setup(body)
    case .callProceeding(var body):
      body.cryptoTokens = cryptoTokens
      self = .callProceeding(body)
    case .connect(var body):
      body.cryptoTokens = cryptoTokens
      self = .connect(body)
    case .alerting(var body):
      body.cryptoTokens = cryptoTokens
      self = .alerting(body)
    case .information(var body):
      body.cryptoTokens = cryptoTokens
      self = .information(body)
    case .releaseComplete(var body):
      body.cryptoTokens = cryptoTokens
      self = .releaseComplete(body)
    case .facility(var body):
      body.cryptoTokens = cryptoTokens
      self = .facility(body)
    case .progress(var body):
      body.cryptoTokens = cryptoTokens
      self = .progress(body)
    case .status(var body):
      body.cryptoTokens = cryptoTokens
      self = .status(body)
    case .notify(var body):
      body.cryptoTokens = cryptoTokens
      self = .notify(body)
    case .empty, .statusInquiry, .setupAcknowledge, .other: return false
    }
    return true
  }
}
