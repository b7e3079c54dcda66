import OpenSSLCrypto
import Wire

/// What a bearer token may do (DESIGN §4).
public enum TokenScope: String, Sendable, Hashable, CaseIterable {
  /// Look at calls and registrations.
  case read
  /// Open escalations.
  case escalate
  /// Deliver alerts.
  case alerts
  /// Change the posture of IF.guard.
  case posture = "guard"
  /// Record calls.
  case record
  /// Join a room of the mesh.
  case whip
  /// See and send evidence.
  case evidence
}

/// A token that was minted for somebody, as the database holds it: the secret half is not in it.
public struct AccessToken: Sendable, Hashable {
  /// Its public half: names it in lists, when it is revoked, and in records.
  public var id: String
  /// What it may do.
  public var scopes: Set<TokenScope>
  /// The agent it is bound to, if any.
  public var agent: String?
  /// The room it is bound to, if any; `*` stands for any characters.
  public var room: String?
  /// When it was made.
  public var createdAt: UTCTimestamp
  /// From when on it is refused; nil: never.
  public var expiresAt: UTCTimestamp?

  /// The scopes in their order.
  public var scopeNames: [String] { TokenScope.allCases.filter(scopes.contains).map(\.rawValue) }

  /// Whether it is too late for it.
  public func isExpired(at now: UTCTimestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

/// A token's text: `ifsip.` and the public half, a dot, and 32 random bytes in base64url. Only a hash of the latter is
/// ever kept.
struct TokenText {
  static let prefix = "ifsip."
  static let idBytes = 6
  static let secretBytes = 32
  /// No longer text is looked at.
  static let maxBytes = 128

  let id: String
  let secret: String

  /// A new one.
  static func generate() -> TokenText {
    TokenText(
      id: Hex.encode(SecureRandom.bytes(idBytes)), secret: Base64.encode(SecureRandom.bytes(secretBytes), .urlSafe))
  }

  private init(id: String, secret: String) {
    self.id = id
    self.secret = secret
  }

  /// Takes a presented token apart; nil when it is none of ours.
  init?(_ text: String) {
    guard text.utf8.count <= Self.maxBytes, text.hasPrefix(Self.prefix) else { return nil }
    let parts = text.dropFirst(Self.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 2 * Self.idBytes, !parts[1].isEmpty else { return nil }
    id = String(parts[0])
    secret = String(parts[1])
  }

  var text: String { "\(Self.prefix)\(id).\(secret)" }

  /// What is kept of the secret. It has 256 random bits, so one round of SHA-256 is enough: there is nothing to guess.
  var hash: Digest32 {
    let utf8 = secret.utf8
    return SHA256.hash(utf8.span)
  }
}
