import CIfsipLinux
import Wire

// Why this file is sound: the addresses handed to C are local values, borrowed for the length of the call; every
// descriptor is closed once, by this table's deinit.

/// The UDP sockets of one reactor, by index; closed with it.
///
/// Every reactor of a group binds the same addresses by SO_REUSEPORT; the kernel then gives each source address to one
/// of them.
package struct SocketTable: ~Copyable {
  /// One of them.
  package struct Socket {
    let descriptor: Int32
    let local: SocketAddress
    let isIPv4: Bool
    /// Bound to "any address": where a datagram was sent to is known from its packet information only.
    let isWildcard: Bool
    /// What the system did not take yet; while there is any, everything for this socket joins the end.
    package var queue: SendQueue
  }

  private(set) var sockets: [Socket] = []

  /// No sockets yet.
  package init() {}

  deinit {
    for socket in sockets { _ = ifsip_close(socket.descriptor) }
  }

  /// How many there are.
  package var count: Int { sockets.count }

  /// Any socket bound to "any address"?
  var hasWildcard: Bool { sockets.contains { $0.isWildcard } }

  /// A socket by its index.
  package subscript(index: Int) -> Socket {
    @inline(__always) _read { yield sockets[index] }
    @inline(__always) _modify { yield &sockets[index] }
  }

  /// Fails when somebody else is bound to an address, which SO_REUSEPORT would let us share without a word.
  static func probe(_ address: SocketAddress) throws(ReactorError) {
    var system = address.system
    let descriptor = unsafe ifsip_udp_socket(&system, 0, 0, 0)
    if descriptor < 0 { throw .bind(address, -descriptor) }
    _ = ifsip_close(descriptor)
  }

  /// Binds one more; returns its address with the port that was bound.
  package mutating func bind(_ address: SocketAddress, limits: ReactorLimits) throws(ReactorError) -> SocketAddress {
    let isWildcard = address.ip.isUnspecified
    var options = Int32(IFSIP_SOCKET_REUSE_PORT) | Int32(IFSIP_SOCKET_ERROR_QUEUE)
    if isWildcard { options |= Int32(IFSIP_SOCKET_PACKET_INFO) }
    var system = address.system
    let descriptor = unsafe ifsip_udp_socket(
      &system, options, Int32(clamping: limits.receiveBufferBytes), Int32(clamping: limits.sendBufferBytes))
    if descriptor < 0 { throw .bind(address, -descriptor) }
    let error = unsafe ifsip_socket_address(descriptor, &system)
    guard error >= 0, let local = SocketAddress(system: system) else {
      _ = ifsip_close(descriptor)
      throw .bind(address, -error)
    }
    sockets.append(
      Socket(
        descriptor: descriptor, local: local, isIPv4: local.ip.isIPv4, isWildcard: isWildcard,
        queue: SendQueue(datagrams: limits.queuedDatagrams, bytes: limits.queuedBytes)))
    return local
  }

  /// The oldest report of a datagram that a host or router refused; `nil` when there is none.
  func takeError(of socket: Int) -> SendFailure? {
    let descriptor = sockets[socket].descriptor
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SendFailure.maximumPayloadBytes) { buffer in
      var destination = ifsip_sockaddr()
      var error: Int32 = 0
      let length = unsafe ifsip_receive_error(descriptor, buffer.baseAddress, buffer.count, &destination, &error)
      guard length >= 0, let address = SocketAddress(system: destination) else { return nil }
      let payload = unsafe [UInt8](buffer.prefix(Int(length)))
      return SendFailure(destination: address, socket: socket, error: error, payload: payload)
    }
  }

  /// Datagrams the kernel dropped because a socket's receive buffer was full.
  var kernelDrops: Int { sockets.reduce(0) { $0 + max(0, Int(ifsip_socket_drops($1.descriptor))) } }
}
