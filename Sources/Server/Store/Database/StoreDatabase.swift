import GRDB
import Synchronization

/// One connection to `ifsip.sqlite`, brought to this version's form. Several of them, in several processes, may be open:
/// SQLite's write-ahead log lets one write while others read.
final class StoreDatabase: Sendable {
  /// How much a commit waits for.
  enum Durability: Sendable {
    /// The disk has it: for users, which are few and precious.
    case full
    /// The kernel has it, so that it survives the process but not the power: for registrations, which phones renew.
    case process
  }

  private let queue: DatabaseQueue
  private let path: String
  /// Held while the queue works: a connection that is asked after its end takes the process down, and a request that is
  /// late may do so while the node stops. The queue lets in one at a time anyway.
  private let isClosed = Mutex(false)

  init(path: String, durability: Durability) throws(StoreError) {
    self.path = path
    var configuration = Configuration()
    configuration.journalMode = .wal
    // A second process writes for milliseconds; five seconds mean that something is stuck.
    configuration.busyMode = .timeout(5)
    configuration.label = "ifsip.sqlite"
    let synchronous = durability == .full ? "FULL" : "NORMAL"
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = \(synchronous)") }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      if try queue.read(Schema.migrator.hasBeenSuperseded) {
        throw StoreError(.tooNew, "\(path) was written by a newer ifsip-proxy; use that one")
      }
      try Schema.migrator.migrate(queue)
    } catch let error as StoreError {
      throw error
    } catch {
      throw Self.error(error, path)
    }
  }

  func read<Value: Sendable>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      return try isClosed.withLock { isClosed in
        guard !isClosed else { throw closed }
        return try queue.read(body)
      }
    } catch {
      throw Self.error(error, path)
    }
  }

  /// All of `body` or nothing.
  func write<Value: Sendable>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      return try isClosed.withLock { isClosed in
        guard !isClosed else { throw closed }
        return try queue.write(body)
      }
    } catch {
      throw Self.error(error, path)
    }
  }

  /// Puts the write-ahead log into the database file and closes. Whoever asks afterwards gets an error.
  func close() {
    isClosed.withLock { isClosed in
      guard !isClosed else { return }
      isClosed = true
      try? queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
      try? queue.close()
    }
  }

  private var closed: StoreError { StoreError(.database, "\(path) is closed: the server stops") }

  private static func error(_ error: any Error, _ path: String) -> StoreError {
    if let error = error as? StoreError { return error }
    guard let error = error as? DatabaseError else { return StoreError(.database, "\(path): \(error)") }
    let what = error.message ?? "SQLite error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return StoreError(.database, "\(path) is locked by another process for more than 5 seconds; try again")
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return StoreError(
        .corrupt, "\(path) is damaged (\(what)); put back a copy, or move it away to begin with an empty one")
    case .SQLITE_CONSTRAINT: return StoreError(.userExists, what)
    default: return StoreError(.database, "\(path): \(what)")
    }
  }
}

/// The tables, version by version. A migration that was released is never changed.
enum Schema {
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1-users-bindings") { database in
      try database.execute(
        sql: """
          CREATE TABLE users (
            name TEXT NOT NULL, realm TEXT NOT NULL, md5 TEXT NOT NULL, sha256 TEXT NOT NULL, sha512_256 TEXT NOT NULL,
            PRIMARY KEY (name, realm)
          ) STRICT, WITHOUT ROWID;

          -- Rises with every change to users, whoever makes it, so that a running node notices.
          CREATE TABLE generations (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
          INSERT INTO generations VALUES ('users', 0);
          CREATE TRIGGER users_inserted AFTER INSERT ON users
            BEGIN UPDATE generations SET value = value + 1 WHERE name = 'users'; END;
          CREATE TRIGGER users_updated AFTER UPDATE ON users
            BEGIN UPDATE generations SET value = value + 1 WHERE name = 'users'; END;
          CREATE TRIGGER users_deleted AFTER DELETE ON users
            BEGIN UPDATE generations SET value = value + 1 WHERE name = 'users'; END;

          CREATE TABLE bindings (
            aor TEXT NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL, contact TEXT NOT NULL, q INTEGER NOT NULL,
            expires_us INTEGER NOT NULL, call_id TEXT NOT NULL, cseq INTEGER NOT NULL, source TEXT NOT NULL,
            transport TEXT NOT NULL, listener INTEGER NOT NULL, path TEXT NOT NULL, user_agent TEXT,
            PRIMARY KEY (aor, position)
          ) STRICT, WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("2-tokens") { database in
      try database.execute(
        sql: """
          CREATE TABLE tokens (
            id TEXT PRIMARY KEY, hash TEXT NOT NULL, scopes TEXT NOT NULL, agent TEXT, room TEXT,
            created_us INTEGER NOT NULL, expires_us INTEGER
          ) STRICT, WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("3-outbound") { database in
      try database.execute(
        sql: """
          ALTER TABLE bindings ADD COLUMN instance TEXT;
          ALTER TABLE bindings ADD COLUMN reg_id INTEGER;
          ALTER TABLE bindings ADD COLUMN parameters TEXT NOT NULL DEFAULT '';
          ALTER TABLE bindings ADD COLUMN updated_us INTEGER NOT NULL DEFAULT 0;
          """)
    }
    return migrator
  }()
}
