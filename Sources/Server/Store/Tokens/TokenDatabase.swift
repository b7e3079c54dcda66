import GRDB
import OpenSSLCrypto
import Wire

/// The bearer tokens of `ifsip.sqlite`: what `ifsip-proxy token …` writes and the API asks. A change counts from the
/// next request on, also one of another process.
public final class TokenDatabase: Sendable {
  /// How many tokens there may be.
  public static let maxTokens = 10_000
  /// The longest agent and room, in UTF-8 bytes.
  public static let maxTextBytes = 255

  private let database: StoreDatabase

  /// Opens the database and brings it to this version's form.
  public init(path: String) throws(StoreError) {
    database = try StoreDatabase(path: path, durability: .full)
  }

  /// Makes a token. Its text is returned this once and cannot be had again.
  public func create(
    scopes: Set<TokenScope>, agent: String? = nil, room: String? = nil, lifetime: Duration?, now: UTCTimestamp
  ) throws(StoreError) -> (token: AccessToken, text: String) {
    guard !scopes.isEmpty else { throw StoreError(.invalid, "a token needs at least one scope") }
    for (what, text) in [("the agent", agent), ("the room", room)] {
      guard let text else { continue }
      guard (1...Self.maxTextBytes).contains(text.utf8.count), !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F })
      else { throw StoreError(.invalid, "\(what) must have 1 to \(Self.maxTextBytes) bytes, none of them a space") }
    }
    if let lifetime, lifetime <= .zero { throw StoreError(.invalid, "the lifetime must be longer than nothing") }
    let text = TokenText.generate()
    let token = AccessToken(
      id: text.id, scopes: scopes, agent: agent, room: room, createdAt: now, expiresAt: lifetime.map { now + $0 })
    let hash = text.hash.hex
    let isAdded = try database.write { database in
      // Those that have expired long ago are of no interest in a list either.
      try database.execute(
        sql: "DELETE FROM tokens WHERE expires_us <= ?", arguments: [(now + .seconds(-30 * 86_400)).microseconds])
      guard try Int.fetchOne(database, sql: "SELECT count(*) FROM tokens") ?? 0 < Self.maxTokens else { return false }
      try database.execute(
        sql: """
          INSERT INTO tokens (id, hash, scopes, agent, room, created_us, expires_us) VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          token.id, hash, token.scopeNames.joined(separator: " "), agent, room, now.microseconds,
          token.expiresAt?.microseconds,
        ])
      return true
    }
    guard isAdded else {
      throw StoreError(.invalid, "there are \(Self.maxTokens) tokens already; revoke some with: token revoke ID")
    }
    return (token, text.text)
  }

  /// All tokens, the oldest first, expired ones included.
  public func list() throws(StoreError) -> [AccessToken] {
    try database.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM tokens ORDER BY created_us, id").map(AccessToken.init)
    }
  }

  /// Makes a token worthless. An unknown one is an error (``StoreError/Reason/noSuchToken``).
  public func revoke(_ id: String) throws(StoreError) {
    let isGone = try database.write { database in
      try database.execute(sql: "DELETE FROM tokens WHERE id = ?", arguments: [id])
      return database.changesCount > 0
    }
    guard isGone else { throw StoreError(.noSuchToken, "there is no token \(id); token list shows all") }
  }

  /// The token of that text, expired or not; nil when it is none of ours, or was revoked. Hashes are compared in a time
  /// that tells nothing of where they differ.
  public func find(_ text: String) throws(StoreError) -> AccessToken? {
    guard let presented = TokenText(text) else { return nil }
    let row = try database.read { database -> (AccessToken, String)? in
      guard let row = try Row.fetchOne(database, sql: "SELECT * FROM tokens WHERE id = ?", arguments: [presented.id])
      else { return nil }
      return (AccessToken(row), row["hash"])
    }
    guard let (token, hash) = row, let bytes = try? Hex.decode(hash), let kept = Digest32(bytes.span),
      kept == presented.hash
    else { return nil }
    return token
  }

  /// Closes the database; the object is of no use afterwards.
  public func close() { database.close() }
}

extension AccessToken {
  fileprivate init(_ row: Row) {
    let scopes: String = row["scopes"]
    let expires: Int64? = row["expires_us"]
    self.init(
      id: row["id"], scopes: Set(scopes.split(separator: " ").compactMap { TokenScope(rawValue: String($0)) }),
      agent: row["agent"], room: row["room"], createdAt: UTCTimestamp(microseconds: row["created_us"]),
      expiresAt: expires.map { UTCTimestamp(microseconds: $0) })
  }
}
