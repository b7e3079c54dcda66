import Glibc
import Store
import Wire

// Sound: `getaddrinfo` fills one list of its own, which is freed when this is done with it; every other pointer is to a
// structure or array of ours for the length of the call. The descriptor is closed on every way out.

/// One HTTP exchange with the admin listener over a socket that blocks: a command has nothing else to do meanwhile.
enum AdminSocket {
  /// The longest answer that is read.
  static let maxAnswerBytes = 64 << 20
  /// How long each step may take, in seconds. A reload may have a large registry to read.
  static let patience = 30

  private static let noSignal = Int32(truncatingIfNeeded: Int(MSG_NOSIGNAL))

  /// Sends the request and returns everything up to the end of the connection.
  static func exchange(_ request: [UInt8], with address: SocketAddress) throws -> [UInt8] {
    let descriptor = try connect(to: address)
    defer { _ = close(descriptor) }
    var rest = request[...]
    while !rest.isEmpty {
      // MSG_NOSIGNAL: a server that goes away is an error to report, not the end of this process.
      let count = unsafe rest.withUnsafeBytes {
        unsafe send(descriptor, $0.baseAddress, $0.count, noSignal)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("the connection broke while the request was sent", errno) }
      rest = rest.dropFirst(count)
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let capacity = buffer.count
      let count = unsafe recv(descriptor, &buffer, capacity, 0)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("no answer came", errno) }
      if count == 0 { return answer }
      guard answer.count + count <= maxAnswerBytes else {
        throw StoreError(.fileSystem, "the answer is longer than \(maxAnswerBytes) bytes; ask for less with --limit")
      }
      answer.append(contentsOf: buffer[..<count])
    }
  }

  private static func connect(to address: SocketAddress) throws -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(address.ip.description, String(address.port), &hints, &list) == 0, let found = unsafe list
    else { throw failure("\(address) cannot be reached", EINVAL) }
    defer { unsafe freeaddrinfo(found) }
    let descriptor = unsafe socket(
      found.pointee.ai_family, found.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), found.pointee.ai_protocol)
    guard descriptor >= 0 else { throw failure("no socket", errno) }
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    guard unsafe Glibc.connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
      let code = errno
      _ = close(descriptor)
      throw failure("nothing answers at http://\(address)", code)
    }
    return descriptor
  }

  private static func failure(_ what: String, _ code: Int32) -> StoreError {
    switch code {
    case ECONNREFUSED:
      StoreError(
        .fileSystem,
        "\(what): the server does not run, or another configuration is in use; start it with: ifsip-proxy serve")
    case EAGAIN, ETIMEDOUT: StoreError(.fileSystem, "\(what) within \(patience) seconds; is the server overloaded?")
    default: StoreError(.fileSystem, "\(what): \(unsafe String(cString: strerror(code)))")
    }
  }
}
