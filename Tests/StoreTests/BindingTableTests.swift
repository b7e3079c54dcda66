import Store
import Testing
import Wire

@Suite("Bindings")
struct BindingTableTests {
  private let aor = "alice@if.internal"

  private func binding(
    _ key: String, q: UInt16 = 1_000, seconds: Int = 60, callID: String = "c1", cseq: UInt32 = 1,
    connection: UInt64 = 0,
    regID: UInt32? = nil
  ) -> Binding {
    Binding(
      contact: "sip:alice@192.0.2.1:5060;ob", key: key, q: q, expiresAt: someTime + .seconds(seconds), callID: callID,
      cseq: cseq, source: SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 5060), transport: "udp",
      connection: connection, listener: 1, path: ["<sip:edge;lr>", "<sip:edge2;lr>"],
      instance: regID.map { _ in "<urn:uuid:1>" }, regID: regID, parameters: ";x=\"1\"", updatedAt: someTime,
      userAgent: "phone")
  }

  private func put(
    _ table: BindingTable, _ bindings: Binding..., callID: String = "c1", cseq: UInt32 = 1, version: UInt64? = nil
  ) -> BindingResult {
    table.update(
      aor, callID: callID, cseq: cseq, changes: bindings.map { .put($0) }, ifVersion: version, now: someTime)
  }

  private func keys(_ table: BindingTable, after seconds: Int = 0) -> [String] {
    table.lookup(aor, now: someTime + .seconds(seconds)).map(\.key)
  }

  @Test("best q first, then the newest; a refresh makes a binding the newest")
  func order() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { table.stop() }
    _ = put(table, binding("a"), binding("b", q: 500), binding("c"), binding("d", q: 500))
    #expect(keys(table) == ["c", "a", "d", "b"])
    _ = put(table, binding("a", callID: "c1", cseq: 2), cseq: 2)
    #expect(keys(table) == ["a", "c", "d", "b"])
    #expect(table.count == 4)
    #expect(table.addressCount == 1)
  }

  @Test("a REGISTER that comes late changes nothing, whatever else it wants (RFC 3261 §10.3 step 7)")
  func outOfOrder() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { table.stop() }
    _ = put(table, binding("a", cseq: 5), cseq: 5)
    #expect(put(table, binding("b", cseq: 5), binding("a", cseq: 5), cseq: 5) == .outOfOrder)
    #expect(put(table, binding("b", cseq: 4), binding("a", cseq: 4), cseq: 4) == .outOfOrder)
    #expect(keys(table) == ["a"])
    #expect(table.removeAll(aor, callID: "c1", cseq: 5, now: someTime) == .outOfOrder)
    #expect(table.update(aor, callID: "c1", cseq: 5, changes: [.remove(key: "a")], now: someTime) == .outOfOrder)
    // Another Call-ID is another client, or the same one after a restart.
    #expect(
      put(table, binding("a", callID: "c2", cseq: 1), callID: "c2", cseq: 1)
        == .updated(table.lookup(aor, now: someTime)))
    #expect(table.removeAll(aor, callID: "c2", cseq: 2, now: someTime) == .updated([]))
    #expect(keys(table) == [])
    #expect(table.addressCount == 0)
  }

  @Test("lapsed bindings are not seen, and a sweep removes them")
  func expiry() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { table.stop() }
    _ = put(table, binding("a", seconds: 10), binding("b", seconds: 20))
    #expect(keys(table, after: 9) == ["b", "a"])
    #expect(keys(table, after: 10) == ["b"])
    #expect(table.count == 2)
    #expect(table.sweep(now: someTime + .seconds(9)) == 0)
    #expect(table.sweep(now: someTime + .seconds(10)) == 1)
    #expect(table.sweep(now: someTime + .seconds(10)) == 0)
    #expect(table.sweep(now: someTime + .seconds(20)) == 1)
    #expect(table.addressCount == 0)
  }

  @Test("limits: the tenth binding is taken, the eleventh is not; the same for addresses")
  func limits() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    var limits = BindingTable.Limits()
    limits.maxAddresses = 2
    let table = try BindingTable(databasePath: temporary("db"), limits: limits, now: someTime)
    defer { table.stop() }
    for number in 0..<10 {
      let cseq = UInt32(number)
      guard case .updated = put(table, binding("\(number)", cseq: cseq), cseq: cseq) else {
        Issue.record("binding \(number) refused")
        return
      }
    }
    #expect(put(table, binding("x", cseq: 20), cseq: 20) == .full)
    #expect(keys(table).count == 10)
    func register(_ aor: String) -> BindingResult {
      table.update(aor, callID: "c", cseq: 1, changes: [.put(binding("k"))], now: someTime)
    }
    if case .updated = register("b@x") {} else { Issue.record("second address refused") }
    #expect(register("c@x") == .full)
    #expect(table.addressCount == 2)
  }

  @Test("what was looked up must still be so when a version is given")
  func versions() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { table.stop() }
    let (_, none) = table.lookupVersioned(aor, now: someTime)
    #expect(none == 0)
    if case .updated = put(table, binding("a"), version: none) {} else { Issue.record("first refused") }
    #expect(put(table, binding("b", cseq: 2), cseq: 2, version: none) == .conflict)
    let (_, version) = table.lookupVersioned(aor, now: someTime)
    if case .updated = put(table, binding("b", cseq: 2), cseq: 2, version: version) {} else { Issue.record("refused") }
    #expect(put(table, binding("c", cseq: 3), cseq: 3, version: version) == .conflict)
  }

  @Test("bindings survive a restart as they were, in order; connections do not")
  func restart() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let before: [Binding]
    do {
      let table = try BindingTable(databasePath: temporary("db"), now: someTime)
      _ = put(table, binding("a", connection: 7, regID: 3), binding("b", q: 300), binding("c", seconds: 5))
      before = table.lookup(aor, now: someTime)
      table.stop()
    }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime + .seconds(5))
    defer { table.stop() }
    var expected = before.filter { $0.key != "c" }
    for index in expected.indices { expected[index].connection = 0 }
    #expect(table.lookup(aor, now: someTime + .seconds(5)) == expected)
    #expect(expected.map(\.key) == ["a", "b"])
    #expect(table.count == 2)
  }

  @Test("a change is in the database without a stop, within 50 ms and what a busy machine adds")
  func written() async throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    _ = put(table, binding("a"))
    var found = 0
    for _ in 0..<100 where found == 0 {
      try await Task.sleep(for: .milliseconds(20))
      let other = try BindingTable(databasePath: temporary("db"), now: someTime)
      found = other.count
      other.stop()
    }
    #expect(found == 1)
    #expect(table.failure == nil)
    table.stop()
  }

  @Test("addresses that only look the same are two, also after a restart")
  func exactAddresses() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    for aor in ["\u{e9}@x", "e\u{301}@x", "K@x", "\u{212a}@x"] {
      _ = table.update(aor, callID: "c", cseq: 1, changes: [.put(binding("k"))], now: someTime)
    }
    #expect(table.addressCount == 4)
    _ = table.removeAll("K@x", callID: "d", cseq: 1, now: someTime)
    table.stop()
    let again = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { again.stop() }
    #expect(again.addressCount == 3)
    #expect(again.lookup("K@x", now: someTime).isEmpty)
    #expect(again.lookup("\u{212a}@x", now: someTime).count == 1)
  }

  @Test("a failed flow goes, unless it has been renewed")
  func failedFlows() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { table.stop() }
    _ = put(table, binding("a", regID: 1), binding("b"))
    table.removeFlow(aor, key: "a", callID: "c1", cseq: 2, now: someTime)
    table.removeFlow(aor, key: "a", callID: "c2", cseq: 1, now: someTime)
    #expect(keys(table) == ["b", "a"])
    table.removeFlow(aor, key: "a", callID: "c1", cseq: 1, now: someTime)
    table.removeFlow("nobody@x", key: "a", callID: "c1", cseq: 1, now: someTime)
    #expect(keys(table) == ["b"])
  }

  @Test("flows of a closed connection go, and nothing else")
  func connections() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { table.stop() }
    // Without a reg-id it may be reachable otherwise.
    _ = put(
      table, binding("a", connection: 7, regID: 1), binding("b", connection: 8, regID: 2), binding("c", connection: 7))
    #expect(table.removeFlows(of: 0) == 0)
    #expect(table.removeFlows(of: 9) == 0)
    #expect(table.removeFlows(of: 7) == 1)
    #expect(table.removeFlows(of: 7) == 0)
    #expect(keys(table) == ["c", "b"])
    // Registered again over another connection, the end of the old one concerns nobody.
    _ = put(table, binding("b", cseq: 2, connection: 10, regID: 2), cseq: 2)
    #expect(table.removeFlows(of: 8) == 0)
    #expect(table.removeFlows(of: 10) == 1)
    #expect(keys(table) == ["c"])
  }

  @Test("eight threads on the same addresses: nothing is lost, nothing is doubled")
  func concurrency() async throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    let sample = binding("k")
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          for number in 0..<200 {
            var binding = sample
            binding.key = "w\(worker)"
            binding.callID = "c\(worker)"
            binding.cseq = UInt32(number + 1)
            _ = table.update(
              "u\(number % 20)@x", callID: binding.callID, cseq: binding.cseq, changes: [.put(binding)], now: someTime)
          }
        }
      }
    }
    #expect(table.count == 160)
    table.stop()
    let again = try BindingTable(databasePath: temporary("db"), now: someTime)
    #expect(again.count == 160)
    #expect(again.addressCount == 20)
    again.stop()
  }
}
