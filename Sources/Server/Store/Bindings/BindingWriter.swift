import Dispatch
import GRDB
import Synchronization
import Wire

/// Brings changed addresses into SQLite, a group at a time. It is told which AORs changed and reads their bindings when
/// it writes, so the order of marks does not matter and ten changes of one AOR are one write.
///
///     idle ── mark ──▶ due ──▶ writing one group ──▶ idle, or due again with what came meanwhile
///                       ▲             │ failed
///                       └── 1 s later ┘
///
/// Whoever comes while nobody writes is written at once; whoever comes during a write joins the next group. So a lonely
/// REGISTER waits for one transaction, and many share one.
final class BindingWriter: Sendable {
  /// The pause after a failure.
  static let pauseAfterFailure = DispatchTimeInterval.seconds(1)
  /// Addresses of one transaction: what joins a group waits for all of it.
  static let groupLimit = 1_024

  private struct Mark: Sendable {
    var aor: ExactText
    var whenWritten: BindingTable.Completion?
  }

  private struct Pending: Sendable {
    /// In the order they came, so that nobody is overtaken for ever.
    var marks: [Mark] = []
    /// What could not be written; nobody waits for it any more.
    var leftOver: Set<ExactText> = []
    /// Whether a write is running, or will.
    var isDue = false
    var isStopped = false
    var isProbing = false
    var failure: String?

    var isEmpty: Bool { marks.isEmpty && leftOver.isEmpty }
  }

  /// What one transaction writes, and who waits for it.
  private struct Group {
    var addresses: Set<ExactText>
    var waiting: [BindingTable.Completion]
  }

  private let database: StoreDatabase
  private let bindings: @Sendable (String) -> [Binding]
  private let pending = Mutex(Pending())
  private let queue = DispatchQueue(label: "ifsip.bindings", qos: .userInitiated)

  init(
    path: String, durability: BindingTable.Durability, bindings: @escaping @Sendable (String) -> [Binding]
  ) throws(StoreError) {
    database = try StoreDatabase(path: path, durability: durability == .strict ? .full : .process)
    self.bindings = bindings
  }

  var failure: String? { pending.withLock { $0.failure } }

  /// What is to be written, and whom to tell: once for each address.
  func mark(_ addresses: [String], _ whenWritten: BindingTable.Completion? = nil) {
    guard !addresses.isEmpty else { return }
    let (isStopped, mustStart) = pending.withLock { pending in
      if pending.isStopped { return (true, false) }
      for aor in addresses { pending.marks.append(Mark(aor: ExactText(aor), whenWritten: whenWritten)) }
      defer { pending.isDue = true }
      return (false, !pending.isDue)
    }
    if isStopped { whenWritten?(false) }
    if mustStart { queue.async { [weak self] in self?.writeGroup() } }
  }

  /// Writes a row that means nothing, unless there is something to write anyway.
  func probe() {
    let mustAsk = pending.withLock { pending in
      guard pending.isEmpty, !pending.isDue, !pending.isProbing, !pending.isStopped else { return false }
      pending.isProbing = true
      return true
    }
    guard mustAsk else { return }
    queue.async { [weak self] in self?.writeProbe() }
  }

  private func writeProbe() {
    var failure: String?
    // Closed meanwhile: that is no failure.
    if !pending.withLock({ $0.isStopped }) {
      do throws(StoreError) {
        try database.write { database in
          try database.cachedStatement(
            sql: """
              INSERT INTO generations (name, value) VALUES ('probe', 1)
                ON CONFLICT (name) DO UPDATE SET value = value + 1
              """
          ).execute()
        }
      } catch {
        failure = error.message
      }
    }
    pending.withLock { pending in
      pending.isProbing = false
      pending.failure = failure
    }
  }

  func flush() { queue.sync { while writePending() {} } }

  func stop() {
    let wasStopped = pending.withLock { pending in
      defer { pending.isStopped = true }
      return pending.isStopped
    }
    guard !wasStopped else { return }
    queue.sync {
      while writePending() {}
      database.close()
    }
  }

  private func writeGroup() {
    let hasFailed = !writePending() && failure != nil
    let mustGoOn = pending.withLock { pending in
      pending.isDue = !pending.isEmpty && !pending.isStopped
      return pending.isDue
    }
    guard mustGoOn else { return }
    if hasFailed {
      queue.asyncAfter(deadline: .now() + Self.pauseAfterFailure) { [weak self] in self?.writeGroup() }
    } else {
      queue.async { [weak self] in self?.writeGroup() }
    }
  }

  /// Writes one group; whether that could be done and there was one.
  private func writePending() -> Bool {
    guard let group = nextGroup() else { return false }
    do {
      try database.write { database in
        let write = try database.cachedStatement(
          sql: """
            INSERT OR REPLACE INTO bindings (aor, position, key, contact, q, expires_us, call_id, cseq, source, transport,
              listener, path, user_agent, instance, reg_id, parameters, updated_us)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        let cut = try database.cachedStatement(sql: "DELETE FROM bindings WHERE aor = ? AND position >= ?")
        for aor in group.addresses.lazy.map(\.text) {
          let bindings = self.bindings(aor)
          for (position, binding) in bindings.enumerated() {
            try write.execute(arguments: binding.row(aor, position))
          }
          try cut.execute(arguments: [aor, bindings.count])
        }
      }
    } catch {
      let waiting = pending.withLock { pending in
        pending.failure = error.message
        // Those behind it fare no better, and must not wait until each had its turn.
        let waiting = group.waiting + pending.marks.compactMap(\.whenWritten)
        pending.leftOver.formUnion(group.addresses)
        pending.leftOver.formUnion(pending.marks.lazy.map(\.aor))
        pending.marks = []
        return waiting
      }
      for tell in waiting { tell(false) }
      return false
    }
    pending.withLock { $0.failure = nil }
    for tell in group.waiting { tell(true) }
    return true
  }

  private func nextGroup() -> Group? {
    pending.withLock { pending in
      guard !pending.isEmpty else { return nil }
      var group = Group(addresses: Set(pending.leftOver.prefix(Self.groupLimit)), waiting: [])
      pending.leftOver.subtract(group.addresses)
      let count = min(pending.marks.count, Self.groupLimit - group.addresses.count)
      for mark in pending.marks.prefix(count) {
        group.addresses.insert(mark.aor)
        if let tell = mark.whenWritten { group.waiting.append(tell) }
      }
      pending.marks.removeFirst(count)
      return group
    }
  }

  // MARK: Loading

  /// Gives all bindings that have not lapsed, by AOR, best first. A row that cannot be read is left out: the phone
  /// registers again.
  func load(now: UTCTimestamp, _ give: (_ aor: String, _ bindings: [Binding]) -> Void) throws(StoreError) {
    try database.write { database in
      try database.execute(sql: "DELETE FROM bindings WHERE expires_us <= ?", arguments: [now.microseconds])
      // In the order of the primary key, which is how they lie: nothing is sorted.
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT aor, key, contact, q, expires_us, call_id, cseq, source, transport, listener, path, user_agent, instance,
            reg_id, parameters, updated_us FROM bindings ORDER BY aor, position
          """)
      var aor = ""
      var bindings: [Binding] = []
      while let row = try rows.next() {
        guard let binding = Binding(row) else { continue }
        let next: String = row[0]
        if !next.isSame(as: aor) {
          if !bindings.isEmpty { give(aor, bindings) }
          aor = next
          bindings.removeAll(keepingCapacity: true)
        }
        bindings.append(binding)
      }
      if !bindings.isEmpty { give(aor, bindings) }
    }
  }
}

extension Binding {
  fileprivate func row(_ aor: String, _ position: Int) -> StatementArguments {
    [
      aor, position, key, contact, Int(q), expiresAt.microseconds, callID, Int64(cseq), source.description, transport,
      Int(listener), path.joined(separator: "\n"), userAgent, instance, regID.map { Int64($0) }, parameters,
      updatedAt.microseconds,
    ]
  }

  /// The columns in the order of `load`.
  fileprivate init?(_ row: Row) {
    guard let source = SocketAddress(row[7] as String), let q = UInt16(exactly: row[3] as Int64),
      let cseq = UInt32(exactly: row[6] as Int64), let listener = UInt16(exactly: row[9] as Int64)
    else { return nil }
    let path: String = row[10]
    let regID: Int64? = row[13]
    self.init(
      contact: row[2], key: row[1], q: q, expiresAt: UTCTimestamp(microseconds: row[4]), callID: row[5], cseq: cseq,
      source: source, transport: row[8], listener: listener,
      path: path.isEmpty ? [] : path.split(separator: "\n").map { String($0) }, instance: row[12],
      regID: regID.flatMap { UInt32(exactly: $0) }, parameters: row[14],
      updatedAt: UTCTimestamp(microseconds: row[15]), userAgent: row[11])
  }
}
