import Media
import Reactor
import Relay
import Synchronization
import Testing
import Wire

/// What a relay on its reactor tells a test.
private final class Told: Sendable {
  let ports = Mutex<[RelayPorts]>([])
  let reports = Mutex<[RelayReport]>([])
}

/// Relays one call between two phones.
private final class RelayDriver: ReactorDriver {
  private var table: MediaTable
  private let peers: (caller: SocketAddress, callee: SocketAddress)
  private let told: Told
  private var call: RelayCallID?

  init(_ peers: (caller: SocketAddress, callee: SocketAddress), ports: ClosedRange<UInt16>, told: Told) {
    self.peers = peers
    self.told = told
    let addresses = [IPAddress(v4: 0x7f00_0001), IPAddress(high: 0, low: 1)]
    table = MediaTable(MediaConfiguration(addresses: addresses, ports: ports), reactor: 0, reactors: 1, seed: 5)
  }

  func started(now: Instant, io: inout ReactorIO) {
    guard
      let (call, ports) = try? table.open(
        streams: 1, callerIsIPv4: peers.caller.ip.isIPv4, calleeIsIPv4: peers.callee.ip.isIPv4, now: now, io: &io)
    else { return }
    table.set(RelayPeer(media: peers.caller), of: .caller, stream: 0, call: call, now: now, io: &io)
    table.set(RelayPeer(media: peers.callee), of: .callee, stream: 0, call: call, now: now, io: &io)
    self.call = call
    told.ports.withLock { $0 = ports }
  }

  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {}

  func received(
    media packet: inout MutableSpan<UInt8>, count: Int, from: SocketAddress, socket: MediaSocketID, tag: UInt32,
    now: Instant, io: inout ReactorIO
  ) -> MediaVerdict {
    table.received(media: &packet, count: count, from: from, tag: tag, now: now)
  }

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    guard let call else { return }
    let reports = table.close(call, now: now, io: &io)
    told.reports.withLock { $0 = reports }
  }
}

/// A phone that is a socket of a reactor: sends what it is handed, keeps what it gets.
private final class PhoneDriver: ReactorDriver {
  private let heard: Heard

  init(_ heard: Heard) { self.heard = heard }

  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {
    heard.packets.withLock { $0.append((from, [UInt8](copying: datagram))) }
  }

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    guard case .control(let port, let bytes) = message else { return }
    let ip = io.localAddress(of: 0).ip
    io.send(bytes: bytes.span, to: SocketAddress(ip: ip, port: UInt16(truncatingIfNeeded: port)), socket: 0)
  }
}

private final class Heard: Sendable {
  let packets = Mutex<[(SocketAddress, [UInt8])]>([])
  var all: [(SocketAddress, [UInt8])] { packets.withLock { $0 } }
}

@Suite("Media through sockets", .serialized) struct WireTests {
  private func eventually(_ holds: @Sendable () -> Bool) async -> Bool {
    for _ in 0..<5_000 {
      if holds() { return true }
      try? await Task.sleep(for: .milliseconds(2))
    }
    return holds()
  }

  private func packet(_ number: UInt8) -> [UInt8] {
    [0x80, 0, 0, number, 0, 0, 0, number, 0, 0, 0, 9] + [UInt8](repeating: number, count: 160)
  }

  @Test(
    "A packet goes through, both ways and between the families; a closed call's does not", arguments: [false, true])
  func through(isMixed: Bool) async throws {
    let loopback4 = SocketAddress(ip: IPAddress(v4: 0x7f00_0001), port: 0)
    let loopback6 = SocketAddress(ip: IPAddress(high: 0, low: 1), port: 0)
    let (heardByCaller, heardByCallee, told) = (Heard(), Heard(), Told())
    let caller = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [loopback4]))
    let callee = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [isMixed ? loopback6 : loopback4]))
    let relay = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [loopback4]))
    let peers = (caller: caller.sockets[0], callee: callee.sockets[0])
    try caller.start { _ in PhoneDriver(heardByCaller) }
    try callee.start { _ in PhoneDriver(heardByCallee) }
    try relay.start { _ in RelayDriver(peers, ports: 41_800...41_899, told: told) }
    #expect(await eventually { told.ports.withLock { !$0.isEmpty } })
    let ports = try #require(told.ports.withLock { $0.first })
    // More than a batch of the ring.
    for number in 0..<100 as Range<UInt8> {
      caller.mailboxes[0].post(.control(UInt64(ports.towardCaller.media.port), payload: packet(number)))
    }
    #expect(await eventually { heardByCallee.all.count == 100 })
    #expect(heardByCallee.all.allSatisfy { $0.0 == ports.towardCallee.media })
    #expect(heardByCallee.all.map(\.1) == (0..<100).map { packet($0) })
    // The callee is a stranger at the caller's port: nothing comes of it, neither as long as we see it
    if !isMixed {
      callee.mailboxes[0].post(.control(UInt64(ports.towardCaller.media.port), payload: packet(8)))
      #expect(await eventually { relay.statistics[0].counters.mediaReceived == 101 })
    }
    callee.mailboxes[0].post(.control(UInt64(ports.towardCallee.media.port), payload: packet(7)))
    #expect(await eventually { heardByCaller.all.count == 1 })
    #expect(heardByCaller.all.first?.0 == ports.towardCaller.media && heardByCaller.all.first?.1 == packet(7))
    // nor when the kernel has been told who the caller is.
    if !isMixed {
      callee.mailboxes[0].post(.control(UInt64(ports.towardCaller.media.port), payload: packet(8)))
      callee.mailboxes[0].post(.control(UInt64(ports.towardCallee.media.port), payload: packet(9)))
      #expect(await eventually { heardByCaller.all.count == 2 })
      #expect(relay.statistics[0].counters.mediaReceived <= 103)
    }
    let sent = isMixed ? 101 : 102
    #expect(await eventually { relay.statistics[0].counters.mediaSent == sent })
    #expect(relay.statistics[0].counters.mediaDropped == 0 && heardByCallee.all.count == 100)
    relay.mailboxes[0].post(.control(0, payload: []))
    #expect(await eventually { told.reports.withLock { !$0.isEmpty } })
    let report = try #require(told.reports.withLock { $0.first })
    #expect(report.caller.packetsReceived == 100 && report.callee.packetsReceived == UInt64(sent - 100))
    #expect(report.caller.packetsOfStrangers == (isMixed ? 0 : 1))
    for group in [caller, callee, relay] { await group.stop() }
  }
}
