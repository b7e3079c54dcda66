import Store
import Testing
import Wire

@Suite("Tokens")
struct TokenTests {
  private func reason(_ body: () throws(StoreError) -> Void) -> StoreError.Reason? {
    do throws(StoreError) {
      try body()
      return nil
    } catch {
      return error.reason
    }
  }

  @Test("a token is found by its text, and by nothing near it")
  func find() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let tokens = try TokenDatabase(path: temporary("db"))
    let (token, text) = try tokens.create(
      scopes: [.whip, .read], agent: "agent-legal", room: "council-*", lifetime: .seconds(60), now: someTime)
    #expect(text.hasPrefix("ifsip.\(token.id)."))
    // The public half and 43 characters of base64url: 32 random bytes.
    #expect(text.utf8.count == 6 + 12 + 1 + 43)
    #expect(try tokens.find(text) == token)
    #expect(token.scopeNames == ["read", "whip"])
    #expect(token.expiresAt == someTime + .seconds(60))
    let (other, otherText) = try tokens.create(scopes: [.alerts], lifetime: nil, now: someTime)
    #expect(other.id != token.id)
    #expect(other.expiresAt == nil)
    let secret = String(text.suffix(43))
    let wrong = [
      "", "ifsip.", text + "A", String(text.dropLast()), text.uppercased(), "ifsip.\(other.id).\(secret)",
      "ifsip.\(token.id).", "ifsip.\(token.id)", "ifsip..\(secret)", secret, " \(text)", "\(text).x",
      "ifsip.\(token.id)." + String(repeating: "A", count: 43), String(repeating: "x", count: 100_000),
    ]
    for wrong in wrong { #expect(try tokens.find(wrong) == nil, "\(wrong.prefix(80))") }
    #expect(try tokens.find(otherText) == other)
  }

  @Test("the database holds no secret")
  func secrecy() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let tokens = try TokenDatabase(path: temporary("db"))
    let (_, text) = try tokens.create(scopes: [.read], lifetime: nil, now: someTime)
    tokens.close()
    try expectNoFile(in: temporary, holds: String(text.suffix(43)))
  }

  /// A request may come while the node stops.
  @Test("a database that is closed says so, whoever asks and however often")
  func closed() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let tokens = try TokenDatabase(path: temporary("db"))
    let (token, text) = try tokens.create(scopes: [.alerts], lifetime: nil, now: someTime)
    tokens.close()
    tokens.close()
    #expect(reason { () throws(StoreError) in _ = try tokens.find(text) } == .database)
    #expect(reason { () throws(StoreError) in _ = try tokens.list() } == .database)
    #expect(reason { () throws(StoreError) in try tokens.revoke(token.id) } == .database)
    #expect(try TokenDatabase(path: temporary("db")).find(text) == token)
  }

  @Test("a token is good until its time, and not at it")
  func lifetime() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let tokens = try TokenDatabase(path: temporary("db"))
    let (token, text) = try tokens.create(scopes: [.read], lifetime: .seconds(60), now: someTime)
    #expect(!token.isExpired(at: someTime + .microseconds(59_999_999)))
    #expect(token.isExpired(at: someTime + .seconds(60)))
    // An expired one is still known, so that its owner can be told why it is refused; a month later it is not.
    #expect(try tokens.find(text) != nil)
    _ = try tokens.create(scopes: [.read], lifetime: nil, now: someTime + .seconds(60 + 30 * 86_400 - 1))
    #expect(try tokens.find(text) != nil)
    _ = try tokens.create(scopes: [.read], lifetime: nil, now: someTime + .seconds(60 + 30 * 86_400))
    #expect(try tokens.find(text) == nil)
  }

  @Test("revoking works from another process's connection; each mistake has its own reason")
  func revoke() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let server = try TokenDatabase(path: temporary("db"))
    let command = try TokenDatabase(path: temporary("db"))
    let (first, text) = try command.create(scopes: [.read], lifetime: nil, now: someTime)
    let (second, _) = try command.create(scopes: [.evidence], lifetime: nil, now: someTime + .seconds(1))
    #expect(try server.find(text) == first)
    #expect(try command.list() == [first, second])
    try command.revoke(first.id)
    #expect(try server.find(text) == nil)
    #expect(try command.list() == [second])
    #expect(reason { () throws(StoreError) in try command.revoke(first.id) } == .noSuchToken)
    #expect(
      reason { () throws(StoreError) in _ = try command.create(scopes: [], lifetime: nil, now: someTime) } == .invalid)
    let long = String(repeating: "x", count: 255)
    _ = try command.create(scopes: [.read], agent: long, room: long, lifetime: nil, now: someTime)
    for (agent, room, lifetime) in [
      (long + "x", nil, nil), ("", nil, nil), ("a b", nil, nil), (nil, long + "x", nil), (nil, "a\n", nil),
      (nil, nil, Duration.zero),
    ] as [(String?, String?, Duration?)] {
      #expect(
        reason { () throws(StoreError) in
          _ = try command.create(scopes: [.read], agent: agent, room: room, lifetime: lifetime, now: someTime)
        } == .invalid)
    }
  }
}
