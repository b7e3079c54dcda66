import Store
import Testing
import Wire

@Suite("Bindings, as the operator sees them")
struct BindingListingTests {
  private func bind(_ table: BindingTable, _ aor: String, seconds: Int64 = 60) {
    let binding = Binding(
      contact: "sip:x@192.0.2.1", key: "k", expiresAt: someTime + .seconds(seconds), callID: "c", cseq: 9,
      source: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5070), transport: "udp")
    _ = table.update(aor, callID: "c", cseq: 9, changes: [.put(binding)], now: someTime)
  }

  @Test("pages in the order of bytes, each address once, lapsed ones left out")
  func pages() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { table.stop() }
    let names = (0..<700).map { "user-\($0)@if.internal" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for name in names.shuffled() { bind(table, name) }
    bind(table, "gone@if.internal", seconds: 5)
    let now = someTime + .seconds(10)
    var seen: [String] = []
    var cursor: String?
    while true {
      let page = table.page(after: cursor, limit: 13, now: now)
      #expect(page.count <= 13)
      guard let last = page.last else { break }
      seen += page.map(\.aor)
      cursor = last.aor
    }
    #expect(seen == names)
    #expect(table.page(after: nil, limit: 0, now: now).isEmpty)
    #expect(table.page(after: nil, limit: 5_000, now: now).count == 700)
    #expect(table.page(after: nil, limit: 1, now: someTime).first?.aor == "gone@if.internal")
  }

  @Test("the operator removes whatever the phone's numbers are, on the disk too")
  func remove() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let table = try BindingTable(databasePath: temporary("db"), now: someTime)
    bind(table, "alice@if.internal")
    bind(table, "bob@if.internal")
    #expect(table.removeByOperator("alice@if.internal", now: someTime) == 1)
    #expect(table.removeByOperator("alice@if.internal", now: someTime) == 0)
    #expect(table.removeByOperator("nobody@if.internal", now: someTime) == 0)
    table.stop()
    let again = try BindingTable(databasePath: temporary("db"), now: someTime)
    defer { again.stop() }
    #expect(again.page(after: nil, limit: 10, now: someTime).map(\.aor) == ["bob@if.internal"])
  }
}
