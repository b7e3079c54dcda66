import CIfsipLinux
import Wire

// Why this file is sound: the outbox owns one mapping and four allocations from init to deinit. `append` copies the
// caller's bytes behind the last datagram's only after it has compared the room left, and every index is below
// `count`, which never exceeds `capacity`. The kernel reads what the structures name, nothing else does.

/// Datagrams that leave together, copied one behind the other.
///
/// Packed rather than in slots: a batch of SIP messages touches a few pages that stay in the cache.
@safe package struct Outbox: ~Copyable {
  private let messages: UnsafeMutablePointer<ifsip_message>
  private let vectors: UnsafeMutablePointer<ifsip_vector>
  private let names: UnsafeMutablePointer<ifsip_sockaddr>
  private let sockets: UnsafeMutablePointer<UInt16>
  private let bytes: UnsafeMutableRawPointer
  private let capacity: Int
  private let byteCapacity: Int
  private let mappedBytes: Int
  /// Datagrams waiting.
  package private(set) var count = 0
  private var used = 0

  /// A UDP datagram holds no more (IPv4: 65,535 less two headers; IPv6 holds twenty bytes more, which nobody misses).
  package static let maximumDatagramBytes = 65_507

  init(capacity: Int) throws(ReactorError) {
    // One datagram of any length always fits into an empty outbox.
    let byteCapacity = max(Outbox.maximumDatagramBytes + 1, capacity * 2048)
    let mappedBytes = byteCapacity + capacity * Int(IFSIP_CONTROL_BYTES)
    guard let bytes = unsafe ifsip_map_pages(mappedBytes) else { throw .system("mmap", 12) }
    unsafe self.bytes = bytes
    self.capacity = capacity
    self.byteCapacity = byteCapacity
    self.mappedBytes = mappedBytes
    unsafe messages = .allocate(capacity: capacity)
    unsafe vectors = .allocate(capacity: capacity)
    unsafe names = .allocate(capacity: capacity)
    unsafe sockets = .allocate(capacity: capacity)
    unsafe messages.initialize(repeating: ifsip_message(), count: capacity)
    unsafe vectors.initialize(repeating: ifsip_vector(), count: capacity)
    unsafe names.initialize(repeating: ifsip_sockaddr(), count: capacity)
    unsafe sockets.initialize(repeating: 0, count: capacity)
    for index in 0..<capacity {
      unsafe messages[index].name = UnsafeMutableRawPointer(names + index)
      unsafe messages[index].vectors = vectors + index
      unsafe messages[index].vector_count = 1
    }
  }

  deinit {
    unsafe ifsip_unmap_pages(bytes, mappedBytes)
    unsafe messages.deallocate()
    unsafe vectors.deallocate()
    unsafe names.deallocate()
    unsafe sockets.deallocate()
  }

  /// Copies a datagram in; `false` when it does not fit until what waits has left.
  @inline(__always)
  mutating func append(_ datagram: Span<UInt8>, to destination: SocketAddress, socket: Int) -> Bool {
    let length = datagram.count
    guard count < capacity, length <= byteCapacity - used else { return false }
    let start = unsafe bytes + used
    unsafe datagram.withUnsafeBytes { source in
      if let base = source.baseAddress { unsafe start.copyMemory(from: base, byteCount: length) }
    }
    let index = count
    unsafe vectors[index].base = start
    unsafe vectors[index].length = length
    unsafe names[index] = destination.system
    unsafe messages[index].name_length = ifsip_sockaddr_length(names[index].family)
    unsafe messages[index].control_length = 0
    unsafe sockets[index] = UInt16(truncatingIfNeeded: socket)
    used &+= length
    count = index &+ 1
    return true
  }

  /// Names the source address of the datagram appended last: for wildcard sockets.
  mutating func setSourceOfLast(_ source: IPAddress) {
    precondition(count > 0)
    let index = count - 1
    let control = unsafe bytes + byteCapacity + index * Int(IFSIP_CONTROL_BYTES)
    var system = SocketAddress(ip: source, port: 0).system
    unsafe messages[index].control = control
    unsafe messages[index].control_length = unsafe ifsip_set_source(control, &system)
  }

  /// Gives the kernel the datagrams of one socket that stand together from `first` on.
  ///
  /// - Returns: how many it took (one or more), or a negated errno that is about the first of them.
  package mutating func send(from first: Int, through descriptor: Int32) -> Int {
    precondition(first >= 0 && first < count)
    var end = first + 1
    while end < count, unsafe sockets[end] == sockets[first] { end += 1 }
    return Int(unsafe ifsip_send_messages(descriptor, messages + first, UInt32(end - first)))
  }

  /// The socket a waiting datagram leaves by.
  package func socket(_ index: Int) -> Int {
    precondition(index >= 0 && index < count)
    return Int(unsafe sockets[index])
  }

  /// A waiting datagram's destination.
  package func destination(_ index: Int) -> SocketAddress? {
    precondition(index >= 0 && index < count)
    return unsafe SocketAddress(system: names[index])
  }

  /// A waiting datagram's bytes, at most so many of them.
  package func copy(_ index: Int, limit: Int = .max) -> [UInt8] {
    precondition(index >= 0 && index < count)
    let length = min(unsafe vectors[index].length, limit)
    return unsafe [UInt8](UnsafeRawBufferPointer(start: vectors[index].base, count: length))
  }

  /// The source address named for a waiting datagram.
  package func source(_ index: Int) -> IPAddress? {
    precondition(index >= 0 && index < count)
    guard unsafe messages[index].control_length > 0 else { return nil }
    var local = ifsip_sockaddr()
    guard unsafe ifsip_local_address(messages + index, &local) == 1 else { return nil }
    return SocketAddress(system: local)?.ip
  }

  /// Forgets everything.
  mutating func removeAll() {
    count = 0
    used = 0
  }
}
