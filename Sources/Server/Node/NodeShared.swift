import Media
import Proxy
import Reactor
import Resolver
import SIPLocation
import SIPTransaction
import Store
import Transport
import Wire

/// What the drivers of all reactors share: immutable, or with locks of its own.
final class NodeShared: Sendable {
  let reactorCount: Int
  let store: NodeStore
  let resolver: Resolver
  /// How far a reactor may be behind before it refuses what is new.
  let overload: Duration
  let witness: WitnessLog
  /// Whether an INVITE goes on only when its record is on the disk.
  let isStrict: Bool
  let hub: StreamHub
  /// Listener number by UDP socket.
  let datagramListeners: [UInt16]
  /// UDP socket by listener number; nil for streams.
  let sockets: [Int?]
  /// The listeners that streams come to, for those we open ourselves.
  private let streamListeners: [(number: UInt16, transport: StreamTransport, isIPv4: Bool)]
  private let ownerKey: (UInt64, UInt64)
  /// Over what streams may stand for the addresses their peers name (RFC 5923).
  private let aliasTransports: Set<SIPTransportKind>
  /// Whether there is any such.
  let takesAliases: Bool
  /// Copies for a capture server; nil: none.
  let capture: CapturePlan?
  /// Log lines about calls; nil: none.
  let callLog: CallLog?
  /// From where media is relayed. A reload does not change it.
  let media: MediaConfiguration
  let recorder: Recorder
  /// H.323; nil: none.
  let h323: H323Plan?

  init(
    reactorCount: Int, store: NodeStore, resolver: Resolver, overload: Duration, witness: WitnessLog,
    isStrict: Bool, hub: StreamHub,
    datagramListeners: [UInt16], sockets: [Int?],
    streamListeners: [(number: UInt16, transport: StreamTransport, isIPv4: Bool)], ownerKey: (UInt64, UInt64),
    aliasTransports: Set<SIPTransportKind>, capture: CapturePlan?, callLog: CallLog?,
    media: MediaConfiguration, recorder: Recorder, h323: H323Plan?
  ) {
    self.media = media
    self.recorder = recorder
    self.h323 = h323
    self.capture = capture
    self.callLog = callLog
    self.reactorCount = reactorCount
    self.store = store
    self.resolver = resolver
    self.overload = overload
    self.witness = witness
    self.isStrict = isStrict
    self.hub = hub
    self.datagramListeners = datagramListeners
    self.sockets = sockets
    self.streamListeners = streamListeners
    self.ownerKey = ownerKey
    self.aliasTransports = aliasTransports
    takesAliases = !aliasTransports.isEmpty
  }

  /// Answers what a core asks: of the store, or of DNS. Nil when the answer comes later, through `reply`.
  func answer(_ query: StoreQuery, at moment: Moment, reply: Reply?) -> StoreAnswer? {
    guard case .locate(let target) = query else {
      return store.answer(query, now: moment.now, clock: moment.clock, reply: reply)
    }
    if let known = resolver.cachedResult(target) { return .located((try? known.get()) ?? []) }
    guard let reply else { return .located([]) }
    resolver.locate(target) { result in reply(.located((try? result.get()) ?? [])) }
    return nil
  }

  /// The reactor on which a call lives.
  func owner(of callID: Span<UInt8>) -> Int { Self.owner(of: callID, key: ownerKey, count: reactorCount) }

  /// The same for whoever has no node yet.
  static func owner(of callID: Span<UInt8>, key: (UInt64, UInt64), count: Int) -> Int {
    var hash = SipHash(key: key)
    hash.combine(callID)
    return Int(hash.finalize() % UInt64(max(count, 1)))
  }

  /// Whether streams of that kind may stand for the addresses their peers name.
  func takesAliases(over transport: SIPTransportKind) -> Bool { aliasTransports.contains(transport) }

  /// The listener that stands for a stream we opened.
  func streamListener(for facts: StreamFacts) -> UInt16 {
    streamListeners.first { $0.transport == facts.transport && $0.isIPv4 == facts.local.ip.isIPv4 }?.number ?? 0
  }
}
