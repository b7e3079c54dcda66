// An echo server on one reactor, the counterpart of Benchmarks/reactor-echo/echo.c. Runs until it is killed.
//
//   BenchmarkReactorEcho PORT

import Glibc
import Reactor
import Wire

final class EchoDriver: ReactorDriver {
  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {
    io.send(bytes: datagram, to: from, socket: socket)
  }

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {}
}

guard CommandLine.arguments.count == 2, let port = UInt16(CommandLine.arguments[1]) else {
  fatalError("usage: BenchmarkReactorEcho PORT")
}
let address = SocketAddress(ip: IPAddress(v4: 0x7f00_0001), port: port)
let group = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [address]))
try group.start { _ in EchoDriver() }
// Not `await`: valgrind does not survive what Swift's runtime does with a main thread that is given up.
while true { pause() }
