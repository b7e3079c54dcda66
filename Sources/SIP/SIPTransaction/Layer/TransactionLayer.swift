import SIPMessage
import Wire

/// All transactions of one thread: matches messages to them, runs their machines and timers, and keeps what has to be
/// sent again (RFC 3261 §17).
///
/// The layer owns no socket and no clock. Every event carries `now`; what has to be done about it goes into a
/// `TransactionSink` and the answer says whom the message concerns:
///
///     switch layer.receiveRequest(view, hop: hop, now: now, into: &sink) {
///     case .new(let id): layer.respond(id, status: 100, bytes: trying, now: now, into: &sink)
///     …
///     }
///     layer.advance(now: now, into: &sink)   // when layer.nextDeadline has come
///     for action in sink.actions { … }
///
/// IDs of transactions that are gone are harmless: queries answer nil, commands do nothing. Nothing a peer sends makes
/// the layer trap or grow beyond its `TransactionLimits`.
///
/// A message costs one keyed hash of its branch, one table probe and one step of a machine; a new transaction adds the
/// copy of its request and one timer.
public struct TransactionLayer: ~Copyable {
  /// The timers that new transactions get.
  public let timers: SIPTimers
  /// What may be held.
  public let limits: TransactionLimits

  var servers = Slab<ServerSlot>()
  var clients = Slab<ClientSlot>()
  var serverIndex = KeyIndex()
  var clientIndex = KeyIndex()
  // Keys of the wheel: a place in `servers`, or in `clients` with the highest bit set.
  var wheel = TimerWheel<UInt32>()
  let keys: TransactionKeyMaker
  var builder = MessageBuilder()

  /// By the key of the ACK that will come: answered INVITE transactions of RFC 2543 clients (§17.2.3).
  var legacyAcks: [TransactionKey: UInt32] = [:]
  var legacyAckKeys: [UInt32: TransactionKey] = [:]
  /// Transactions that the user asked to compare under §8.2.2.2.
  var merges: [TransactionKey: UInt32] = [:]
  var mergeKeys: [UInt32: TransactionKey] = [:]
  /// The first client transaction of each stream's list.
  var clientsByConnection: [ConnectionID: UInt32] = [:]

  /// Bytes that the transactions keep, with `TransactionLimits.overheadPerTransaction` for each.
  public internal(set) var retainedBytes = 0

  private let stays = AddressOnly()

  static var clientBit: UInt32 { 1 << 31 }

  /// An empty layer.
  ///
  /// - Parameters:
  ///   - timers: the timers that all transactions run by.
  ///   - limits: what may be held.
  ///   - hashKey: 128 random bits that no peer knows.
  public init(
    timers: SIPTimers = .rfc3261, limits: TransactionLimits = .default, hashKey: (UInt64, UInt64)
  ) {
    self.timers = timers
    self.limits = limits
    keys = TransactionKeyMaker(key: hashKey)
  }

  /// Server transactions held.
  public var serverCount: Int { servers.count }

  /// Client transactions held, the layer's own CANCELs among them.
  public var clientCount: Int { clients.count }

  /// Chunks of slots held, for tests.
  package var slabChunks: Int { servers.chunkCount + clients.chunkCount }

  /// Whether nothing is held: every transaction has ended and given everything back.
  public var isEmpty: Bool { servers.count == 0 && clients.count == 0 }

  // MARK: Time

  /// When `advance` has to be called next; a little early at times, never late by more than a millisecond.
  public var nextDeadline: Instant? { wheel.nextDeadline }

  /// Fires every timer whose time has come, and takes transactions out that are over.
  public mutating func advance(now: Instant, into sink: inout TransactionSink) {
    while let key = wheel.popExpired(now: now) {
      if key & Self.clientBit != 0 {
        advanceClient(key & ~Self.clientBit, now: now, into: &sink)
      } else {
        advanceServer(key, now: now, into: &sink)
      }
    }
  }
}
