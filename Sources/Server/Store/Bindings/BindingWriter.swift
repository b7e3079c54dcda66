import Dispatch
import GRDB
import Synchronization
import Wire

/// Brings changed addresses into SQLite, a group at a time. It is told which AORs changed and reads their bindings when
/// it writes, so the order of marks does not matter and ten changes of one AOR are one write.
final class BindingWriter: Sendable {
  /// The longest a change waits, and the pause after a failure.
  static let interval = DispatchTimeInterval.milliseconds(30)
  static let pauseAfterFailure = DispatchTimeInterval.seconds(1)

  private struct Pending: Sendable {
    var addresses: Set<ExactText> = []
    var isScheduled = false
    var isStopped = false
    var failure: String?
  }

  private let database: StoreDatabase
  private let bindings: @Sendable (String) -> [Binding]
  private let pending = Mutex(Pending())
  private let queue = DispatchQueue(label: "ifsip.bindings", qos: .utility)

  init(path: String, bindings: @escaping @Sendable (String) -> [Binding]) throws(StoreError) {
    database = try StoreDatabase(path: path, durability: .process)
    self.bindings = bindings
  }

  var failure: String? { pending.withLock { $0.failure } }

  /// What is to be written soon.
  func mark(_ addresses: [String]) {
    guard !addresses.isEmpty else { return }
    let mustSchedule = pending.withLock { pending in
      pending.addresses.formUnion(addresses.lazy.map { ExactText($0) })
      defer { pending.isScheduled = true }
      return !pending.isScheduled && !pending.isStopped
    }
    if mustSchedule { schedule(Self.interval) }
  }

  func flush() { queue.sync { write() } }

  func stop() {
    let wasStopped = pending.withLock { pending in
      defer { pending.isStopped = true }
      return pending.isStopped
    }
    guard !wasStopped else { return }
    queue.sync {
      write()
      database.close()
    }
  }

  private func schedule(_ delay: DispatchTimeInterval) {
    queue.asyncAfter(deadline: .now() + delay) { [weak self] in
      guard let self, !pending.withLock({ $0.isStopped }) else { return }
      write()
    }
  }

  private func write() {
    let addresses = pending.withLock { pending in
      pending.isScheduled = false
      let addresses = pending.addresses
      pending.addresses = []
      return addresses
    }
    guard !addresses.isEmpty else { return }
    do {
      try database.write { database in
        let remove = try database.makeStatement(sql: "DELETE FROM bindings WHERE aor = ?")
        let insert = try database.makeStatement(
          sql: """
            INSERT INTO bindings (aor, position, key, contact, q, expires_us, call_id, cseq, source, transport, listener,
              path, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        for aor in addresses.lazy.map(\.text) {
          try remove.execute(arguments: [aor])
          for (position, binding) in bindings(aor).enumerated() {
            try insert.execute(arguments: binding.row(aor, position))
          }
        }
      }
      pending.withLock { $0.failure = nil }
    } catch {
      let mustSchedule = pending.withLock { pending in
        pending.failure = error.message
        pending.addresses.formUnion(addresses)
        defer { pending.isScheduled = true }
        return !pending.isScheduled && !pending.isStopped
      }
      if mustSchedule { schedule(Self.pauseAfterFailure) }
    }
  }

  /// All bindings that have not lapsed, by AOR, best first. A row that cannot be read is left out: the phone registers
  /// again.
  func load(now: UTCTimestamp) throws(StoreError) -> [(aor: String, bindings: [Binding])] {
    try database.write { database in
      try database.execute(sql: "DELETE FROM bindings WHERE expires_us <= ?", arguments: [now.microseconds])
      var table: [(aor: String, bindings: [Binding])] = []
      let rows = try Row.fetchCursor(database, sql: "SELECT * FROM bindings ORDER BY aor, position")
      while let row = try rows.next() {
        guard let binding = Binding(row) else { continue }
        let aor: String = row["aor"]
        if let last = table.last, last.aor.isSame(as: aor) {
          table[table.count - 1].bindings.append(binding)
        } else {
          table.append((aor, [binding]))
        }
      }
      return table
    }
  }
}

extension Binding {
  fileprivate func row(_ aor: String, _ position: Int) -> StatementArguments {
    [
      aor, position, key, contact, Int(q), expiresAt.microseconds, callID, Int64(cseq), source.description, transport,
      Int(listener), path.joined(separator: "\n"), userAgent,
    ]
  }

  fileprivate init?(_ row: Row) {
    guard let source = SocketAddress(row["source"] as String), let q = UInt16(exactly: row["q"] as Int64),
      let cseq = UInt32(exactly: row["cseq"] as Int64), let listener = UInt16(exactly: row["listener"] as Int64)
    else { return nil }
    let path: String = row["path"]
    self.init(
      contact: row["contact"], key: row["key"], q: q, expiresAt: UTCTimestamp(microseconds: row["expires_us"]),
      callID: row["call_id"], cseq: cseq, source: source, transport: row["transport"], listener: listener,
      path: path.split(separator: "\n").map { String($0) }, userAgent: row["user_agent"])
  }
}
