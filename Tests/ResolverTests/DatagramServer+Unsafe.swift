import Glibc
import Wire

// Why this file is sound: buffers and addresses are local values, borrowed for the length of each call; the descriptor
// belongs to one object and is closed once, by its deinit.

/// A UDP socket on a free port of 127.0.0.1, which waits no longer than a tenth of a second for anything.
final class DatagramSocket: Sendable {
  private let descriptor: Int32
  let port: UInt16

  init() {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    self.descriptor = descriptor
    precondition(descriptor >= 0, "no socket")
    var wait = timeval(tv_sec: 0, tv_usec: 100_000)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    var address = DatagramSocket.loopback(0)
    port = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        precondition(unsafe bind(descriptor, raw, length) == 0, "no port")
        _ = unsafe getsockname(descriptor, raw, &length)
      }
      return unsafe UInt16(bigEndian: pointer.pointee.sin_port)
    }
  }

  deinit { close(descriptor) }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  /// The next datagram and the port it came from; nil when none came in time.
  func receive() -> (bytes: [UInt8], port: UInt16)? {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    var address = sockaddr_in()
    let count = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe recvfrom(descriptor, &buffer, buffer.count, 0, raw, &length)
      }
    }
    return count < 0 ? nil : (Array(buffer[..<count]), UInt16(bigEndian: address.sin_port))
  }

  func send(_ bytes: [UInt8], to port: UInt16) {
    var address = DatagramSocket.loopback(port)
    unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        _ = unsafe sendto(descriptor, bytes, bytes.count, 0, raw, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
