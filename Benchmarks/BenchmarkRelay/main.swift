// A media relay without signalling: one reactor, so many calls between two phones that stand for all. Writes the ports of
// each call, one line each, then `ready`, and relays until it is killed. The counterpart of Benchmarks/relay/forward.c.
//
//   BenchmarkRelay CALLS CALLER CALLEE FIRST-PORT LAST-PORT [SUITE]    CALLER, CALLEE: addresses of the phones
//
// With SUITE both sides have keys of it: for measuring memory.

import Glibc
import Media
import Reactor
import Relay
import SRTP
import Wire

final class RelayDriver: ReactorDriver {
  private var table: MediaTable
  private let calls: Int
  private let peers: (caller: RelayPeer, callee: RelayPeer)
  private let suite: SRTPSuite?
  private var events: [MediaEvent] = []

  init(_ configuration: MediaConfiguration, calls: Int, caller: SocketAddress, callee: SocketAddress, suite: SRTPSuite?)
  {
    table = MediaTable(configuration, reactor: 0, reactors: 1, seed: 1)
    self.calls = calls
    peers = (RelayPeer(media: caller), RelayPeer(media: callee))
    self.suite = suite
  }

  func started(now: Instant, io: inout ReactorIO) {
    for _ in 0..<calls {
      do throws(MediaError) {
        let (call, ports) = try table.open(streams: 1, now: now, io: &io)
        for (side, peer) in [(RelaySide.caller, peers.caller), (.callee, peers.callee)] {
          var peer = peer
          if let suite { peer.protection = RelayProtection(receive: .random(suite), send: .random(suite)) }
          table.set(peer, of: side, stream: 0, call: call, now: now, io: &io)
        }
        for each in ports { print(each.towardCaller.media.port, each.towardCallee.media.port) }
      } catch {
        fatalError("a call could not be opened: \(error)")
      }
    }
    print("ready")
    // Another program waits for these lines.
    fflush(nil)
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

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {}

  func timerFired(now: Instant, io: inout ReactorIO) { table.advance(now: now, events: &events) }

  var nextDeadline: Instant? { table.nextDeadline }
}

let arguments = CommandLine.arguments
guard arguments.count >= 6, let calls = Int(arguments[1]), let caller = SocketAddress(arguments[2]),
  let callee = SocketAddress(arguments[3]), let first = UInt16(arguments[4]), let last = UInt16(arguments[5]),
  first <= last
else { fatalError("usage: BenchmarkRelay CALLS CALLER CALLEE FIRST-PORT LAST-PORT [SUITE]") }
let suite = arguments.count > 6 ? SRTPSuite(name: arguments[6]) : nil
var configuration = MediaConfiguration(addresses: [IPAddress(v4: 0x7f00_0001)], ports: first...last)
configuration.settings.mediaTimeout = .seconds(3600)
let settings = configuration
// The reactor wants a socket of its own, which nobody writes to.
let group = try ReactorGroup(
  ReactorConfiguration(count: 1, sockets: [SocketAddress(ip: IPAddress(v4: 0x7f00_0001), port: 0)]))
try group.start { _ in RelayDriver(settings, calls: calls, caller: caller, callee: callee, suite: suite) }
while true { pause() }
