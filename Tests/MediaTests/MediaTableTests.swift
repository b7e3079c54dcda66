import Media
import Reactor
import Relay
import Testing
import Wire

@Suite("The table of relayed calls") struct MediaTableTests {
  private let now = Instant(milliseconds: 1_000)
  private let loopback = IPAddress(v4: 0x7f00_0001)

  private func io() throws -> ReactorIO {
    try ReactorIO(reactor: 0, mailboxes: [], sockets: SocketTable(capacity: 1), limits: ReactorLimits())
  }

  private func table(
    _ ports: ClosedRange<UInt16> = 41_000...41_199, reactor: Int = 0, reactors: Int = 1,
    timeout: Duration? = .seconds(5)
  ) -> MediaTable {
    var configuration = MediaConfiguration(addresses: [loopback, IPAddress(high: 0, low: 1)], ports: ports)
    configuration.settings.mediaTimeout = timeout
    return MediaTable(configuration, reactor: reactor, reactors: reactors, seed: 7)
  }

  @Test("A call has four sockets for each stream, of the families asked for, in pairs of even and odd")
  func ports() throws {
    var table = self.table()
    var io = try io()
    let (call, ports) = try table.open(streams: 2, callerIsIPv4: true, calleeIsIPv4: false, now: now, io: &io)
    #expect(ports.count == 2 && table.count == 1 && io.media.count == 8)
    for each in ports {
      #expect(each.towardCaller.media.ip == loopback && each.towardCallee.media.ip.isIPv6)
      for end in [each.towardCaller, each.towardCallee] {
        #expect(end.media.port % 2 == 0 && end.control.port == end.media.port + 1)
        #expect((41_000...41_199).contains(end.media.port))
      }
    }
    _ = try table.addStream(to: call, now: now, io: &io)
    #expect(io.media.count == 12 && table.reports(of: call).count == 3)
    #expect(table.close(call, now: now, io: &io).count == 3)
    #expect(io.media.count == 0 && table.count == 0)
    // It is over, and its name with it.
    #expect(table.close(call, now: now, io: &io).isEmpty && table.reports(of: call).isEmpty)
    #expect(throws: MediaError.unknownCall) { try table.addStream(to: call, now: now, io: &io) }
    let next = try table.open(streams: 1, now: now, io: &io)
    #expect(next.call != call && table.reports(of: call).isEmpty)
  }

  @Test("Ports end, and come back with the end of a call; nothing of a call that cannot be is left")
  func scarce() throws {
    var table = self.table(41_200...41_207, timeout: nil)
    var io = try io()
    let first = try table.open(streams: 1, now: now, io: &io)
    #expect(throws: MediaError.ports) { try table.open(streams: 2, now: now, io: &io) }
    #expect(io.media.count == 4 && table.count == 1)
    let second = try table.open(streams: 1, now: now, io: &io)
    #expect(throws: MediaError.ports) { try table.open(streams: 1, now: now, io: &io) }
    _ = table.close(first.call, now: now, io: &io)
    let third = try table.open(streams: 1, now: now, io: &io)
    #expect(Set(third.ports) != Set(second.ports) && table.count == 2)
  }

  @Test("Sockets of others come out of the same ports, are told apart by their tags, and can be sent by")
  func ends() throws {
    var table = self.table(41_210...41_217)
    var io = try io()
    let (end, endpoint) = try table.openEnd(isIPv4: true, tag: 6, io: &io)
    #expect(io.media.count == 2 && table.count == 0)
    #expect(endpoint.control.port == endpoint.media.port + 1 && (41_210...41_217).contains(endpoint.media.port))
    // Two of four pairs are the relay's, one is left.
    let (call, _) = try table.open(streams: 1, now: now, io: &io)
    let (other, place) = try table.openEnd(isIPv4: true, tag: 8, io: &io)
    #expect(throws: MediaError.ports) { try table.openEnd(isIPv4: true, tag: 10, io: &io) }
    // What comes to such a tag is none of the table's, whatever its number.
    var packet = [UInt8](repeating: 0x80, count: 2_048)
    var span = packet.mutableSpan
    let verdict = table.received(
      media: &span, count: 172, from: place.media, tag: MediaTable.foreignTag | 6, now: now)
    #expect(verdict == .drop)
    let bytes = [UInt8](repeating: 0x80, count: 172)
    let isSent = io.sendMedia(bytes.span, to: place.media, by: end.media)
    #expect(isSent && io.counters.mediaSent == 1)
    let unreachable = SocketAddress(ip: IPAddress(high: 0, low: 1), port: 9)
    let isRefused = !io.sendMedia(bytes.span, to: unreachable, by: end.media)
    #expect(isRefused && io.counters.mediaDropped == 1)
    table.close(end, io: &io)
    table.close(other, io: &io)
    let isGone = !io.sendMedia(bytes.span, to: place.media, by: end.media)
    #expect(isGone && io.media.count == 4)
    _ = table.close(call, now: now, io: &io)
    #expect(io.media.count == 0)
  }

  @Test("As many streams as a call may have, and not one more")
  func streams() throws {
    var table = self.table(41_300...41_399)
    var io = try io()
    let (call, ports) = try table.open(streams: MediaLimits.maxStreams, now: now, io: &io)
    #expect(ports.count == MediaLimits.maxStreams)
    #expect(throws: MediaError.limit) { try table.addStream(to: call, now: now, io: &io) }
    #expect(throws: MediaError.limit) { try table.open(streams: MediaLimits.maxStreams + 1, now: now, io: &io) }
    #expect(throws: MediaError.limit) { try table.open(streams: 0, now: now, io: &io) }
    #expect(io.media.count == 4 * MediaLimits.maxStreams)
  }

  @Test("A port that somebody else has is passed over")
  func occupied() throws {
    var other = self.table(41_400...41_415)
    var otherIO = try io()
    let taken = Set(try other.open(streams: 2, now: now, io: &otherIO).ports.flatMap { ports(of: $0) })
    var table = self.table(41_400...41_415)
    var io = try io()
    let mine = Set(try table.open(streams: 2, now: now, io: &io).ports.flatMap { ports(of: $0) })
    #expect(taken.count == 8 && mine.count == 8 && taken.isDisjoint(with: mine))
    #expect(throws: MediaError.ports) { try table.open(streams: 1, now: now, io: &io) }
  }

  private func ports(of ports: RelayPorts) -> [UInt16] {
    [ports.towardCaller, ports.towardCallee].flatMap { [$0.media.port, $0.control.port] }
  }

  @Test("An address of a family that we have none of is refused")
  func family() throws {
    var io = try io()
    var table = MediaTable(
      MediaConfiguration(addresses: [loopback], ports: 41_500...41_599), reactor: 0, reactors: 1, seed: 1)
    #expect(throws: MediaError.family) { try table.open(streams: 1, calleeIsIPv4: false, now: now, io: &io) }
    #expect(io.media.count == 0 && table.count == 0)
  }

  @Test("Silence on all streams where something should come is told once, in time, and again after a renegotiation")
  func silence() throws {
    var table = self.table(41_600...41_699)
    var io = try io()
    let (call, _) = try table.open(streams: 2, now: now, io: &io)
    var peer = RelayPeer(media: SocketAddress(ip: loopback, port: 9))
    func describe(_ stream: Int, _ at: Instant) {
      table.set(peer, of: .caller, stream: stream, call: call, now: at, io: &io)
      table.set(peer, of: .callee, stream: stream, call: call, now: at, io: &io)
    }
    describe(0, now)
    peer.direction = .inactive
    describe(1, now)
    func run(from: Instant, seconds: Int) -> (events: [MediaEvent], first: Instant?) {
      var events: [MediaEvent] = []
      var first: Instant?
      var time = from
      while time < from + .seconds(seconds) {
        guard let deadline = table.nextDeadline else { break }
        time = max(time, deadline)
        table.advance(now: time, events: &events)
        if first == nil, !events.isEmpty { first = time }
      }
      return (events, first)
    }
    let (events, first) = run(from: now, seconds: 20)
    #expect(events == [.timedOut(call)])
    let waited = try #require(first) - now
    #expect(waited >= .seconds(5) && waited <= .seconds(6))
    peer.direction = .sendrecv
    describe(0, now + .seconds(20))
    #expect(run(from: now + .seconds(20), seconds: 20).events == [.timedOut(call)])
    _ = table.close(call, now: now, io: &io)
    #expect(run(from: now + .seconds(40), seconds: 2).events.isEmpty)
    #expect(table.nextDeadline == nil)
  }

  @Test("The reactors share the ports, and each takes its own in an order of its own")
  func slices() {
    let range: ClosedRange<UInt16> = 40_001...40_101
    var seen: [UInt16] = []
    var orders: [[UInt16]] = []
    for reactor in 0..<3 {
      var pool = PortPool(range, reactor: reactor, reactors: 3, seed: UInt64(reactor))
      var order: [UInt16] = []
      while let port = pool.take() { order.append(port) }
      #expect(pool.count == 0)
      seen += order
      orders.append(order)
    }
    #expect(seen.sorted() == Array(stride(from: 40_002, through: 40_100, by: 2)))
    #expect(orders.allSatisfy { $0 != $0.sorted() })
    // The last pair's odd port lies outside.
    #expect(!seen.contains(40_102))
    var one = PortPool(range, reactor: 0, reactors: 1, seed: 1)
    var other = PortPool(range, reactor: 0, reactors: 1, seed: 2)
    #expect((0..<10).map { _ in one.take() } != (0..<10).map { _ in other.take() })
  }

  @Test("A port that was given back is not the next one")
  func rest() {
    var pool = PortPool(40_000...40_019, reactor: 0, reactors: 1, seed: 3)
    for _ in 0..<100 {
      guard let port = pool.take() else {
        Issue.record("no port")
        return
      }
      pool.giveBack(port)
      var others: [UInt16] = []
      for _ in 0..<4 {
        if let other = pool.take() { others.append(other) }
      }
      #expect(!others.contains(port))
      for other in others { pool.giveBack(other) }
    }
    #expect(pool.count == 10)
  }
}
