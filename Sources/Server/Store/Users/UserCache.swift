import DigestAuth
import Dispatch
import Files
import GRDB
import Synchronization

/// The users in memory, for the reactors: a lookup never touches the disk. What another process changes
/// (`ifsip-proxy user add` beside a running node) is seen within a tenth of a second, and that it was seen is noted in
/// the database, so that the other process can wait for it (``UserDatabase/waitUntilSeen(timeout:)``).
public final class UserCache: Sendable {
  /// How often it looks for changes.
  public static let pollInterval = Duration.milliseconds(100)

  private struct Snapshot: Sendable {
    var generation: Int64 = -1
    var users: [UserName: UserCredentials] = [:]
    var failure: String?
  }

  private let snapshot = Mutex(Snapshot())
  private let database: StoreDatabase
  private let files: [String]
  private let queue = DispatchQueue(label: "ifsip.users", qos: .utility)
  private let isStopped = Mutex(false)

  /// Reads all users and begins to watch.
  public init(databasePath: String) throws(StoreError) {
    database = try StoreDatabase(path: databasePath, durability: .full)
    files = [databasePath, databasePath + "-wal"]
    try reload()
    poll(since: [], looks: 0)
  }

  /// The user's hashes; nil: no such user.
  public func credentials(of name: String, realm: String) -> UserCredentials? {
    let key = UserName(name: name, realm: realm)
    return snapshot.withLock { $0.users[key] }
  }

  /// H(user:realm:password) by that function; nil: no such user.
  public func ha1(of name: String, realm: String, _ hash: DigestHash) -> HA1? {
    credentials(of: name, realm: realm)?.ha1(hash)
  }

  /// How many users there are.
  public var count: Int { snapshot.withLock { $0.users.count } }

  /// Why the last look at the database failed; nil: it did not. Until it succeeds again the users stay as they were.
  public var failure: String? { snapshot.withLock { $0.failure } }

  /// Looks for changes at once.
  public func refresh() throws(StoreError) { try reload() }

  /// Stops watching and closes the database; lookups go on with what is in memory.
  public func stop() {
    let wasStopped = isStopped.withLock { isStopped in
      defer { isStopped = true }
      return isStopped
    }
    if !wasStopped { queue.sync { database.close() } }
  }

  /// Looks at the database only when its files have changed, and for some looks more, since two changes in one tick of
  /// the file system's clock look like one: a query costs a hundred times what a look at the files does.
  ///
  /// - Parameters:
  ///   - marks: what the files looked like the last time.
  ///   - looks: how often they have looked the same since.
  private func poll(since marks: [Files.Mark], looks: Int) {
    queue.asyncAfter(deadline: .now() + .milliseconds(100)) { [weak self] in
      guard let self, !isStopped.withLock({ $0 }) else { return }
      let now = files.map { Files.mark($0) }
      let looks = now == marks ? looks + 1 : 0
      if looks < Self.looksAfterChange || failure != nil {
        do throws(StoreError) {
          try reload()
        } catch {
          snapshot.withLock { $0.failure = error.message }
        }
      }
      poll(since: now, looks: min(looks, Self.looksAfterChange))
    }
  }

  /// A second's worth, longer than any file system's clock stands still.
  private static let looksAfterChange = 10

  /// Reads everything anew when the generation has changed: users are thousands at most, and change rarely.
  private func reload() throws(StoreError) {
    let known = snapshot.withLock { $0.generation }
    let read = try database.read { database -> (Int64, [UserCredentials?])? in
      let generation =
        try Int64.fetchOne(database.cachedStatement(sql: "SELECT value FROM generations WHERE name = 'users'")) ?? 0
      guard generation != known else { return nil }
      let rows = try Row.fetchAll(database, sql: "SELECT name, realm, md5, sha256, sha512_256 FROM users")
      return (
        generation,
        rows.map {
          UserCredentials(
            name: $0["name"], realm: $0["realm"], md5: $0["md5"], sha256: $0["sha256"], sha512t256: $0["sha512_256"])
        }
      )
    }
    guard let (generation, rows) = read else { return snapshot.withLock { $0.failure = nil } }
    var users: [UserName: UserCredentials] = [:]
    var damaged = 0
    for row in rows {
      guard let row else {
        damaged += 1
        continue
      }
      users[UserName(name: row.name, realm: row.realm)] = row
    }
    snapshot.withLock {
      $0 = Snapshot(
        generation: generation, users: users, failure: damaged > 0 ? "\(damaged) users have damaged hashes" : nil)
    }
    try database.write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO generations (name, value) VALUES ('users_seen', ?)", arguments: [generation])
    }
  }
}
