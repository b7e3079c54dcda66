import CIfsipLinux
import Wire

// Why this file is sound: the table owns its storage from init to deinit; the first `count` places are initialized, and
// the subscript compares the index with `count`. The addresses handed to C are local values, borrowed for the length of
// the call; every descriptor is closed once, by this table's deinit.

/// The UDP sockets of one reactor, by index; closed with it.
///
/// Every reactor of a group binds the same addresses by SO_REUSEPORT; the kernel then gives each source address to one
/// of them.
@safe package struct SocketTable: ~Copyable {
  /// Which destinations a socket reaches at the moment.
  enum Family: UInt8 {
    case ipv6 = 0
    case ipv4 = 1
    case none = 2

    @inline(__always)
    init(of ip: IPAddress) { self = ip.isIPv4 ? .ipv4 : .ipv6 }
  }

  /// One of them.
  package struct Socket {
    let descriptor: Int32
    let local: SocketAddress
    /// Bound to "any address": where a datagram was sent to is known from its packet information only.
    let isWildcard: Bool
    /// What may go straight to the outbox: nothing while the queue holds anything, and nothing at all on a wildcard
    /// socket, which has to find the source address first.
    fileprivate(set) var takes: Family
    /// What the system did not take yet; while there is any, everything for this socket joins the end.
    package fileprivate(set) var queue: SendQueue
    /// What the poller has said of this socket and has not been dealt with yet.
    var pending: UInt32 = 0

    /// Keeps a datagram until the system takes more; `false` when there is no room.
    mutating func enqueue(_ datagram: SendQueue.Datagram) -> Bool {
      guard queue.append(datagram) else { return false }
      takes = .none
      return true
    }

    /// So many of the oldest have left.
    mutating func dequeue(_ number: Int) {
      queue.removeFirst(number)
      if queue.isEmpty, !isWildcard { takes = Family(of: local.ip) }
    }
  }

  // Not an array, whose every change would ask whether somebody else holds it.
  private let storage: UnsafeMutablePointer<Socket>
  private let capacity: Int
  /// How many there are.
  package private(set) var count = 0

  /// No sockets yet.
  package init(capacity: Int) {
    self.capacity = capacity
    unsafe storage = .allocate(capacity: capacity)
  }

  deinit {
    for index in 0..<count { _ = ifsip_close(unsafe storage[index].descriptor) }
    unsafe storage.deinitialize(count: count)
    unsafe storage.deallocate()
  }

  /// Any socket bound to "any address"?
  private(set) var hasWildcard = false

  /// A socket by its index.
  package subscript(index: Int) -> Socket {
    @inline(__always) _read {
      precondition(index >= 0 && index < count)
      yield unsafe storage[index]
    }
    @inline(__always) _modify {
      precondition(index >= 0 && index < count)
      yield unsafe &storage[index]
    }
  }

  /// May a datagram for this family go straight to the outbox?
  @inline(__always)
  func takes(_ family: Family, _ index: Int) -> Bool {
    guard index >= 0, index < count else { return false }
    return unsafe storage[index].takes == family
  }

  /// Binds one more; returns its address with the port that was bound.
  ///
  /// - Parameter isFirst: of those who share the address. It fails when anybody is bound to it already, although
  ///   SO_REUSEPORT would let us share it without a word; those who follow join it.
  package mutating func bind(
    _ address: SocketAddress, isFirst: Bool, limits: ReactorLimits
  ) throws(ReactorError) -> SocketAddress {
    precondition(count < capacity)
    let isWildcard = address.ip.isUnspecified
    var options = Int32(IFSIP_SOCKET_ERROR_QUEUE) | Int32(isFirst ? IFSIP_SOCKET_FIRST : IFSIP_SOCKET_SHARED)
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
    unsafe (storage + count).initialize(
      to: Socket(
        descriptor: descriptor, local: local, isWildcard: isWildcard,
        takes: isWildcard ? .none : Family(of: local.ip),
        queue: SendQueue(datagrams: limits.queuedDatagrams, bytes: limits.queuedBytes)))
    count += 1
    if isWildcard { hasWildcard = true }
    return local
  }

  /// Lets the kernel drop some of the datagrams that begin with four bytes, at every socket.
  ///
  /// - Parameter admitted: which share of them gets in, 0 to 1; 1 lets all in.
  func thinOut(beginningWith word: StaticString, admitted: Double) {
    precondition(word.utf8CodeUnitCount >= 4 && word.hasPointerRepresentation)
    let share = admitted >= 1 ? UInt32.max : UInt32(max(0, admitted) * Double(UInt32.max - 1))
    for index in 0..<count {
      // Sound: a literal lives for ever and has the four bytes that are read. A kernel that refuses drops nothing.
      unsafe word.utf8Start.withMemoryRebound(to: CChar.self, capacity: 4) { start in
        _ = unsafe ifsip_thin_out(self[index].descriptor, start, share)
      }
    }
  }

  /// The oldest report of a datagram that a host or router refused; `nil` when there is none.
  func takeError(of socket: Int) -> SendFailure? {
    let descriptor = self[socket].descriptor
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SendFailure.maximumPayloadBytes) { buffer in
      var destination = ifsip_sockaddr()
      var error: Int32 = 0
      let length = unsafe ifsip_receive_error(descriptor, buffer.baseAddress, buffer.count, &destination, &error)
      guard length >= 0, let address = SocketAddress(system: destination) else { return nil }
      let payload = unsafe [UInt8](buffer.prefix(Int(length)))
      return SendFailure(destination: address, socket: socket, error: error, payload: payload)
    }
  }
}
