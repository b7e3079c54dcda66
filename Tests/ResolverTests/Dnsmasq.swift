import Foundation
import Wire

/// Debian's dnsmasq on a free port of 127.0.0.1, with records of its own and no servers above it.
final class Dnsmasq {
  static let path = "/usr/sbin/dnsmasq"

  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

  let address: SocketAddress
  private let process: ChildProcess

  /// Starts it and waits until it answers; nil when it does not.
  init?(_ records: [String]) {
    let probe = DatagramSocket()
    // The port is free for a moment; nobody else here asks for one meanwhile.
    let port = DatagramSocket().port
    address = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: port)
    let options: [String] = [
      "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-dhcp-interface=lo",
      "--port=\(port)", "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=", "--user=\(NSUserName())",
      "--local-ttl=60", "--local=/example.com/", "--local=/example.net/", "--log-facility=/dev/null",
    ]
    guard let process = ChildProcess(Dnsmasq.path, options + records.map { "--\($0)" }) else { return nil }
    self.process = process
    // A query for the A records of example.com.
    let query: [UInt8] =
      [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7] + Array("example".utf8) + [3] + Array("com".utf8) + [0, 0, 1, 0, 1]
    for _ in 0..<100 {
      probe.send(query, to: port)
      if probe.receive() != nil { return }
      guard process.isRunning else { return nil }
      Thread.sleep(forTimeInterval: 0.02)
    }
    process.stop()
    return nil
  }

  func stop() { process.stop() }

  deinit { stop() }
}
