import Glibc
import Wire

/// A blocking TCP client on IPv4 loopback without anything around it: thousands of them cost the process nothing but
/// their descriptors, so what memory grows by is the node's.
final class RawSocket: Sendable {
  private let descriptor: Int32

  /// Connects from any of the loopback addresses.
  init?(to port: UInt16, from host: UInt8 = 1) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var on: Int32 = 1
    // Sound: each call reads the value it is given, of the size that it is told, and keeps no pointer to it.
    _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    guard unsafe Self.call(bind, descriptor, Self.address(host, 0)),
      unsafe Self.call(connect, descriptor, Self.address(1, port))
    else { return nil }
  }

  deinit { _ = Glibc.close(descriptor) }

  private static func address(_ host: UInt8, _ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = (0x7f00_0000 | UInt32(host)).bigEndian
    return address
  }

  private static func call(
    _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ descriptor: Int32, _ address: sockaddr_in
  ) -> Bool {
    var address = address
    // Sound: a sockaddr_in is a sockaddr of its own length, and the call keeps no pointer to it.
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// Writes everything in one call; false when the peer is gone or takes no more.
  func send(_ bytes: [UInt8]) -> Bool {
    // Sound: the call reads as many bytes as the array has.
    unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// Whether the peer has ended, for one that has sent nothing.
  var hasEnded: Bool {
    var byte: UInt8 = 0
    // Sound: at most one byte is written to it.
    let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT))
    return count == 0 || (count < 0 && errno == ECONNRESET)
  }
}

/// What the process may use, and uses.
enum OwnProcess {
  /// Raises the limit of open files as far as it may be; what it is then.
  static func raiseOpenFiles(to wanted: Int) -> Int {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    // Sound: both calls use the struct they are given and keep no pointer to it.
    guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
    limit.rlim_cur = min(max(limit.rlim_cur, rlim_t(wanted)), limit.rlim_max)
    guard unsafe setrlimit(resource, &limit) == 0 else { return 0 }
    return Int(clamping: limit.rlim_cur)
  }

  /// Bytes of memory in use.
  static var residentBytes: Int {
    guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    // Sound: at most as many bytes are written as the array has.
    guard unsafe fgets(&line, 128, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Long runs were asked for.
  static var isFull: Bool { unsafe getenv("IFSIP_FULL") != nil }
}
