import Proxy
import Reactor
import SIPTransaction
import Store
import Synchronization
import Witness

/// Mode strict: an INVITE goes on only when its record is on the disk. The record comes before the request among the
/// actions of one pass; the request is held here until the log says what became of the record.
///
///     record of an INVITE ──▶ posted, a ticket ──▶ the request is held under it ──▶ durable: sent
///                                                                               └─▶ the disk failed: transport error
///
/// What is sent again meanwhile is dropped: it waits here already.
struct StrictGate {
  /// A request that waited.
  struct Held {
    var bytes: [UInt8]
    var hop: Hop
    var origin: TransactionOrigin
    /// Whether its record is on the disk.
    var isRecorded = false
    fileprivate var ticket: UInt64
  }

  private let results: RecordResults
  private var held: [Held] = []
  /// The last record of an INVITE that was posted.
  private var ticket: UInt64 = 0
  /// Whether it was posted in this pass, so that the requests of this pass wait for it.
  private var isDue = false

  init(mailbox: Mailbox) { results = RecordResults(mailbox: mailbox) }

  /// Posts an event when it is the record of an INVITE; false: it is not, and others may be posted as usual.
  mutating func posted(_ event: WitnessEvent, to log: WitnessLog) -> Bool {
    guard event.name == .sipRequest, event.method == "INVITE" else { return false }
    ticket += 1
    isDue = true
    let (results, ticket) = (results, ticket)
    let isTaken = log.post(event) { results.put(ticket, isDurable: $0) }
    if !isTaken { results.put(ticket, isDurable: false) }
    return true
  }

  /// Keeps a request back; false: it may go.
  mutating func holds(_ bytes: [UInt8], _ hop: Hop, _ origin: TransactionOrigin?) -> Bool {
    guard let origin, case .client = origin, bytes.starts(with: Self.invite) else { return false }
    if held.contains(where: { $0.origin == origin }) { return true }
    guard isDue else { return false }
    held.append(Held(bytes: bytes, hop: hop, origin: origin, ticket: ticket))
    return true
  }

  /// The actions of one event have been worked off.
  mutating func passEnded() { isDue = false }

  /// The requests whose records have settled.
  mutating func settled() -> [Held] {
    let results = results.take()
    var ready: [Held] = []
    held.removeAll { request in
      guard let isDurable = results[request.ticket] else { return false }
      ready.append(request)
      ready[ready.count - 1].isRecorded = isDurable
      return true
    }
    return ready
  }

  private static let invite = Array("INVITE ".utf8)
}

/// What the log says of records, for the reactor that waits: many results are one wake-up.
private final class RecordResults: Sendable {
  private let mailbox: Mailbox
  private let results = Mutex<[UInt64: Bool]>([:])

  init(mailbox: Mailbox) { self.mailbox = mailbox }

  func put(_ ticket: UInt64, isDurable: Bool) {
    let isFirst = results.withLock { results in
      results[ticket] = isDurable
      return results.count == 1
    }
    if isFirst { wake() }
  }

  private func wake() {
    _ = mailbox.post(.call { ($0 as? NodeDriver)?.recordsHaveSettled() }) { [weak self] in self?.wake() }
  }

  func take() -> [UInt64: Bool] {
    results.withLock { results in
      defer { results = [:] }
      return results
    }
  }
}
