import GRDB
import Glibc

/// A user by name and realm, compared byte by byte.
public struct UserName: Sendable, Hashable {
  /// The digest user name.
  public var name: String
  /// The realm.
  public var realm: String

  /// A name in a realm.
  public init(name: String, realm: String) {
    self.name = name
    self.realm = realm
  }

  /// Whether both are the same bytes.
  public static func == (left: Self, right: Self) -> Bool {
    left.name.isSame(as: right.name) && left.realm.isSame(as: right.realm)
  }

  /// Hashes the name: nearly all names are of one realm.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The users of `ifsip.sqlite`: what `ifsip-proxy user …` writes. Not for the packet path: that asks ``UserCache``.
///
/// Every change is on the disk when the method returns.
public final class UserDatabase: Sendable {
  /// The longest name, realm and password, in UTF-8 bytes.
  public static let maxTextBytes = 255

  private let database: StoreDatabase

  /// Opens the database and brings it to this version's form.
  public init(path: String) throws(StoreError) {
    database = try StoreDatabase(path: path, durability: .full)
  }

  /// Adds a user. A user that exists is an error (``StoreError/Reason/userExists``).
  public func add(_ name: String, realm: String, password: String) throws(StoreError) {
    let user = try Self.credentials(name, realm, password)
    let added = try database.write { database in
      try database.execute(
        sql: "INSERT OR IGNORE INTO users (name, realm, md5, sha256, sha512_256) VALUES (?, ?, ?, ?, ?)",
        arguments: [name, realm] + user.storedHashes)
      return database.changesCount > 0
    }
    guard added else {
      throw StoreError(
        .userExists, "there is a user \(name) in realm \(realm) already; user passwd \(name) changes the password")
    }
  }

  /// Gives a user another password. An unknown user is an error (``StoreError/Reason/noSuchUser``).
  public func setPassword(_ name: String, realm: String, password: String) throws(StoreError) {
    let user = try Self.credentials(name, realm, password)
    let changed = try database.write { database in
      try database.execute(
        sql: "UPDATE users SET md5 = ?, sha256 = ?, sha512_256 = ? WHERE name = ? AND realm = ?",
        arguments: user.storedHashes + [name, realm])
      return database.changesCount > 0
    }
    guard changed else { throw Self.unknown(name, realm) }
  }

  /// Removes a user from one realm. An unknown user is an error (``StoreError/Reason/noSuchUser``).
  public func remove(_ name: String, realm: String) throws(StoreError) {
    let removed = try database.write { database in
      try database.execute(sql: "DELETE FROM users WHERE name = ? AND realm = ?", arguments: [name, realm])
      return database.changesCount > 0
    }
    guard removed else { throw Self.unknown(name, realm) }
  }

  /// All users by name, then realm.
  public func list() throws(StoreError) -> [UserName] {
    try database.read { database in
      try Row.fetchAll(database, sql: "SELECT name, realm FROM users ORDER BY name, realm").map {
        UserName(name: $0["name"], realm: $0["realm"])
      }
    }
  }

  /// Waits until the running node has taken what was changed before; false: not in time.
  public func waitUntilSeen(timeout: Duration) -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + timeout
    while clock.now < deadline {
      let isSeen = try? database.read { database in
        try Bool.fetchOne(
          database,
          sql: """
            SELECT (SELECT value FROM generations WHERE name = 'users_seen')
              >= (SELECT value FROM generations WHERE name = 'users')
            """) ?? false
      }
      if isSeen == true { return true }
      usleep(5_000)
    }
    return false
  }

  /// Closes the database; the object is of no use afterwards.
  public func close() { database.close() }

  private static func credentials(_ name: String, _ realm: String, _ password: String) throws(StoreError)
    -> UserCredentials
  {
    for (what, text) in [("the user name", name), ("the realm", realm), ("the password", password)] {
      guard (1...maxTextBytes).contains(text.utf8.count) else {
        throw StoreError(.invalid, "\(what) must have 1 to \(maxTextBytes) bytes, not \(text.utf8.count)")
      }
      guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
        throw StoreError(.invalid, "\(what) must not hold control characters")
      }
    }
    // H(user:realm:password) would not tell a:b in realm c from a in realm b:c.
    guard !name.utf8.contains(UInt8(ascii: ":")) else {
      throw StoreError(.invalid, "the user name must not hold a colon (RFC 7616 §3.4.2 hashes name:realm:password)")
    }
    return UserCredentials(name: name, realm: realm, password: password)
  }

  private static func unknown(_ name: String, _ realm: String) -> StoreError {
    StoreError(.noSuchUser, "there is no user \(name) in realm \(realm); user list shows all")
  }
}

extension UserCredentials {
  fileprivate var storedHashes: StatementArguments {
    [ha1(.md5).storedHex, ha1(.sha256).storedHex, ha1(.sha512_256).storedHex]
  }
}
