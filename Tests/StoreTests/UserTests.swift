import DigestAuth
import Store
import Testing

@Suite("Users")
struct UserTests {
  private func reason(_ body: () throws(StoreError) -> Void) -> StoreError.Reason? {
    do throws(StoreError) {
      try body()
      return nil
    } catch {
      return error.reason
    }
  }

  @Test("add, change, list, remove; each mistake has its own reason")
  func commands() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let users = try UserDatabase(path: temporary("db"))
    try users.add("bob", realm: "r", password: "secret")
    try users.add("alice", realm: "r", password: "secret")
    try users.add("alice", realm: "q", password: "secret")
    #expect(reason { () throws(StoreError) in try users.add("bob", realm: "r", password: "x") } == .userExists)
    #expect(try users.list().map { "\($0.name)@\($0.realm)" } == ["alice@q", "alice@r", "bob@r"])
    #expect(
      reason { () throws(StoreError) in try users.setPassword("carol", realm: "r", password: "x") } == .noSuchUser)
    #expect(reason { () throws(StoreError) in try users.remove("carol", realm: "r") } == .noSuchUser)
    try users.setPassword("bob", realm: "r", password: "new")
    try users.remove("alice", realm: "q")
    #expect(try users.list().count == 2)
    for (name, realm, password) in [
      ("", "r", "p"), ("a:b", "r", "p"), ("a\n", "r", "p"), ("a", "", "p"), ("a", "r", ""),
    ] {
      #expect(reason { () throws(StoreError) in try users.add(name, realm: realm, password: password) } == .invalid)
    }
    let long = String(repeating: "x", count: 255)
    try users.add(long, realm: "r", password: long)
    #expect(reason { () throws(StoreError) in try users.add(long + "x", realm: "r", password: "p") } == .invalid)
  }

  @Test("the hashes are those of RFC 7616's user, for every algorithm")
  func hashes() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let users = try UserDatabase(path: temporary("db"))
    try users.add("Mufasa", realm: "http-auth@example.org", password: "Circle of Life")
    let cache = try UserCache(databasePath: temporary("db"))
    defer { cache.stop() }
    // Computed with Python's hashlib.
    #expect(
      cache.ha1(of: "Mufasa", realm: "http-auth@example.org", .md5)?.storedHex == "3d78807defe7de2157e2b0b6573a855f")
    #expect(
      cache.ha1(of: "Mufasa", realm: "http-auth@example.org", .sha256)?.storedHex
        == "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232")
    #expect(cache.ha1(of: "Mufasa", realm: "http-auth@example.org", .sha512_256)?.storedHex.utf8.count == 64)
    #expect(cache.credentials(of: "mufasa", realm: "http-auth@example.org") == nil)
    #expect(cache.credentials(of: "Mufasa", realm: "other") == nil)
  }

  @Test("names that only look the same are two users")
  func exactNames() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let users = try UserDatabase(path: temporary("db"))
    try users.add("K", realm: "r", password: "one")
    let cache = try UserCache(databasePath: temporary("db"))
    defer { cache.stop() }
    #expect(cache.credentials(of: "\u{212a}", realm: "r") == nil)
    try users.add("\u{212a}", realm: "r", password: "two")
    try cache.refresh()
    #expect(cache.count == 2)
    #expect(cache.ha1(of: "K", realm: "r", .md5) != cache.ha1(of: "\u{212a}", realm: "r", .md5))
  }

  @Test("no file in the directory holds the password")
  func noPassword() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let users = try UserDatabase(path: temporary("db"))
    try users.add("bob", realm: "r", password: "CORRECT-HORSE-BATTERY")
    try expectNoFile(in: temporary, holds: "CORRECT-HORSE-BATTERY")
    users.close()
    try expectNoFile(in: temporary, holds: "CORRECT-HORSE-BATTERY")
  }

  @Test("who changed something can wait until the node has taken it")
  func acknowledged() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let users = try UserDatabase(path: temporary("db"))
    try users.add("bob", realm: "r", password: "one")
    #expect(!users.waitUntilSeen(timeout: .milliseconds(50)))
    let cache = try UserCache(databasePath: temporary("db"))
    defer { cache.stop() }
    #expect(users.waitUntilSeen(timeout: .seconds(5)))
    for number in 0..<5 {
      try users.add("user\(number)", realm: "r", password: "one")
      #expect(users.waitUntilSeen(timeout: .seconds(5)))
      #expect(cache.credentials(of: "user\(number)", realm: "r") != nil)
    }
  }

  @Test("a change by another process is seen within a second")
  func cacheNotices() async throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let users = try UserDatabase(path: temporary("db"))
    let cache = try UserCache(databasePath: temporary("db"))
    defer { cache.stop() }
    #expect(cache.count == 0)
    try users.add("bob", realm: "r", password: "one")
    let first = try await waitFor { cache.credentials(of: "bob", realm: "r") }
    try users.setPassword("bob", realm: "r", password: "two")
    _ = try await waitFor { cache.credentials(of: "bob", realm: "r") == first ? nil : true }
    try users.remove("bob", realm: "r")
    _ = try await waitFor { cache.count == 0 ? true : nil }
    #expect(cache.failure == nil)
  }

  /// Within the second that is promised, and as much again for a busy machine.
  private func waitFor<Value>(_ value: () -> Value?) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(2)
    while clock.now < deadline {
      if let value = value() { return value }
      try await Task.sleep(for: .milliseconds(20))
    }
    return try #require(value())
  }
}
