/// A digest user as the database holds it: never a password.
public struct UserCredentials: Sendable, Hashable {
  /// The digest user name, compared byte by byte.
  public var name: String
  /// The realm that the hashes are for.
  public var realm: String
  /// H(user:realm:password) with MD5, lower-case hex.
  public var md5: String
  /// The same with SHA-256.
  public var sha256: String
  /// The same with SHA-512/256.
  public var sha512_256: String
}

/// The users of `ifsip.sqlite`: what `ifsip-proxy user …` writes. Not for the packet path: that asks ``UserCache``.
public final class UserDatabase: Sendable {
  /// Opens the database and brings it to this version's form.
  public init(path: String) throws(StoreError) { preconditionFailure("declared, not built yet") }

  /// Adds a user. A user that exists is an error.
  public func add(_ name: String, realm: String, password: String) throws(StoreError) {}
  /// Gives a user another password. An unknown user is an error.
  public func setPassword(_ name: String, realm: String, password: String) throws(StoreError) {}
  /// Removes a user from one realm. An unknown user is an error.
  public func remove(_ name: String, realm: String) throws(StoreError) {}
  /// All users by name, then realm.
  public func list() throws(StoreError) -> [UserCredentials] { [] }
}

/// The users in memory, for the reactors: a lookup never touches the disk. What another process changes is seen within
/// a second.
public final class UserCache: Sendable {
  /// Reads all users and begins to watch.
  public init(databasePath: String) throws(StoreError) { preconditionFailure("declared, not built yet") }

  /// The user's hashes; nil: no such user.
  public func credentials(of name: String, realm: String) -> UserCredentials? { nil }
  /// Stops watching.
  public func stop() {}
}
