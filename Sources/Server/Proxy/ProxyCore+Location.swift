import SIPLocation
import SIPMessage
import SIPTransaction
import Wire

// Where names lead (RFC 3263), and whether the hops of static routes are alive.
extension ProxyCore {
  /// Asks DNS about the first way that needs it; when none does any more, the request goes out.
  ///
  /// Only ways of branches that wait are looked at: a redirection may add some while others ring.
  mutating func resolveNext(_ id: ContextID, at moment: Moment, into sink: inout ProxySink) {
    guard let context = contexts[id] else { return }
    for index in context.branches.indices where context.branches[index].isWaiting {
      guard let way = context.branches[index].unlocated,
        let destination = context.branches[index].target.ways[way].destination
      else { continue }
      context.phase = .resolving(branch: index, way: way)
      sink.actions.append(.ask(.locate(destination), id))
      return
    }
    if openMedia(id, context, into: &sink) { return }
    context.phase = .forwarding
    branchesSettled(id, at: moment, into: &sink)
  }

  /// DNS has said where a way leads: every address is a way of its own, in DNS's order (RFC 3263 §4.3).
  mutating func resolved(
    _ id: ContextID, branch: Int, way index: Int, _ hops: [LocatedHop], at moment: Moment, into sink: inout ProxySink
  ) {
    guard let context = contexts[id], let inbound = context.inbound else { return }
    let named = context.branches[branch].target.ways[index]
    guard let destination = named.destination else { return }
    let ways = hops.compactMap { hop -> Way? in
      guard
        var way = way(to: hop.address, hop.transport, of: destination.host, preferring: inbound.hop.listener)
      else { return nil }
      if let name = named.verifiedName { way.hop = way.hop.leading(to: name) }
      way.requestURI = named.requestURI
      way.routes = named.routes
      return way
    }
    context.branches[branch].locate(index, ways)
    if !context.branches[branch].isWaiting, Self.isBetter(502, than: context.best?.status) {
      context.best = (502, nil, .ours)
    }
    resolveNext(id, at: moment, into: &sink)
  }

  // MARK: Health

  /// Watches what the policy wants watched.
  mutating func watchHops(at now: Instant) {
    let watched = policy.routes.filter { $0.healthCheck != nil }
    guard let interval = watched.compactMap(\.healthCheck).min() else {
      health = HopHealth(interval: .seconds(60))
      return
    }
    health = HopHealth(interval: interval)
    for hop in watched.flatMap(\.hops).compactMap(\.fixedHop) { health.watch(hop, now: now) }
  }

  /// Sends the OPTIONS that are due (§11).
  mutating func probeHops(at moment: Moment) {
    while let hop = health.probeDue(now: moment.now) {
      let serial = unguessable()
      guard let listener = policy.listener(for: hop.transport, to: hop.address, preferring: 0),
        let way = policy[listener]
      else {
        health.failed(hop, now: moment.now)
        continue
      }
      let branch = self.branch(cookie: 0, mark: serial.1, unique: serial.0)
      let name = policy.domains.first ?? way.host
      var request = SIPRequestWriter(.options, requestURI: "sip:\(hop.address)")
      request.add(
        "Via", "SIP/2.0/\(way.transport.viaName) \(way.sentBy);branch=\(String(decoding: branch, as: UTF8.self))")
      request.add("Max-Forwards", "0")
      request.add("From", "<sip:\(name)>;tag=\(Hex.encode(serial.1))")
      request.add("To", "<sip:\(hop.address)>")
      request.add("Call-ID", Hex.encode(serial.0))
      request.add("CSeq", "1 OPTIONS")
      var bytes: [UInt8] = []
      request.write(into: &bytes)
      let probe = probes.insert(hop)
      let sent = probe.flatMap { id in
        layer.sendRequest(
          method: .options, branch: branch.span, bytes: bytes,
          hop: Hop(transport: hop.transport, remote: hop.address, listener: listener)
            .leading(to: provenName(of: .address(hop.address.ip), at: hop.address)),
          context: id.word,
          patience: Self.probePatience, now: moment.now, into: &transactions)
      }
      if sent == nil {
        if let probe { _ = probes.remove(probe) }
        health.failed(hop, now: moment.now)
      }
    }
    healthDeadline = health.nextDeadline
  }

  private static var probePatience: Duration { .seconds(4) }

  /// What became of a probe: its final status, nil when nothing came. False when the context is of no probe.
  mutating func probeEnded(_ id: ContextID, status: Int?, at now: Instant) -> Bool {
    guard let hop = probes[id] else { return false }
    if let status {
      guard status >= 200 else { return true }
      health.answered(hop, status: status, now: now)
    } else {
      health.failed(hop, now: now)
    }
    _ = probes.remove(id)
    healthDeadline = health.nextDeadline
    return true
  }
}

/// An ACK that waits for DNS.
struct HeldAck {
  let message: SIPMessage
  let host: SIPHost
  let fields: SIPMandatoryFields
  let route: RouteSet
  let hop: Hop
  let dialog: DialogReference
}

/// Values that something other than a response context is waited for, under names that no context has.
struct AsideTable<Value> {
  private var values: [UInt32: Value] = [:]
  private var next: UInt32 = 0
  private let kind: UInt32
  let limit: Int

  /// - Parameter kind: tells the tables of a core apart; contexts count their generations from 0 and never get so far.
  init(kind: UInt32, limit: Int) {
    self.kind = kind
    self.limit = limit
  }

  var count: Int { values.count }

  /// Enters a value; nil when the table is full.
  mutating func insert(_ value: Value) -> ContextID? {
    guard values.count < limit else { return nil }
    repeat { next &+= 1 } while values[next] != nil
    values[next] = value
    return ContextID(index: next, generation: kind)
  }

  subscript(id: ContextID) -> Value? { id.generation == kind ? values[id.index] : nil }

  /// Takes a value out.
  mutating func remove(_ id: ContextID) -> Value? {
    id.generation == kind ? values.removeValue(forKey: id.index) : nil
  }
}
