import CIfsipLinux
import Wire

// Why this file is sound: the outbox owns one mapping and two allocations from init to deinit. `append` copies the
// caller's bytes behind the last datagram's only after it has compared the room left, and every index is below
// `count`, which never exceeds `capacity`. The kernel reads what the structures name, nothing else does.

/// Datagrams that leave together, copied one behind the other.
///
/// Packed rather than in slots: a batch of SIP messages touches a few pages that stay in the cache.
@safe package struct Outbox: ~Copyable {
  private let messages: UnsafeMutablePointer<ifsip_message>
  private let records: UnsafeMutablePointer<ifsip_outgoing>
  private let bytes: UnsafeMutableRawPointer
  private let capacity: Int
  private let byteCapacity: Int
  private let mappedBytes: Int
  /// Datagrams waiting.
  package private(set) var count = 0
  private var used = 0
  /// Not all for one socket.
  private var isMixed = false
  /// Some with a source address of their own.
  private var hasSources = false

  /// A UDP datagram holds no more (IPv4: 65,535 less two headers; IPv6 holds twenty bytes more, which nobody misses).
  package static let maximumDatagramBytes = 65_507

  init(capacity: Int) throws(ReactorError) {
    // One datagram of any length always fits into an empty outbox.
    let byteCapacity = max(Outbox.maximumDatagramBytes + 1, capacity * 2048)
    let mappedBytes = byteCapacity + capacity * Int(IFSIP_CONTROL_BYTES)
    guard let bytes = unsafe ifsip_map_pages(mappedBytes) else { throw .system("mmap", Int32(SystemError.noMemory)) }
    unsafe self.bytes = bytes
    self.capacity = capacity
    self.byteCapacity = byteCapacity
    self.mappedBytes = mappedBytes
    unsafe messages = .allocate(capacity: capacity)
    unsafe records = .allocate(capacity: capacity)
    unsafe messages.initialize(repeating: ifsip_message(), count: capacity)
    unsafe records.initialize(repeating: ifsip_outgoing(), count: capacity)
    for index in 0..<capacity {
      // The name and the vector are where the record has them.
      let record = unsafe UnsafeMutableRawPointer(records + index)
      let name = unsafe MemoryLayout<ifsip_outgoing>.offset(of: \.name) ?? 0
      unsafe messages[index].name = record + name
      unsafe messages[index].vectors = unsafe record.assumingMemoryBound(to: ifsip_vector.self)
      unsafe messages[index].vector_count = 1
    }
  }

  deinit {
    unsafe ifsip_unmap_pages(bytes, mappedBytes)
    unsafe messages.deallocate()
    unsafe records.deallocate()
  }

  /// Can a datagram of this length be appended?
  func hasRoom(for length: Int) -> Bool { count < capacity && length <= byteCapacity - used }

  /// Copies a datagram in; `false` when it does not fit until what waits has left.
  @inline(__always)
  mutating func append(_ datagram: Span<UInt8>, to destination: SocketAddress, socket: Int) -> Bool {
    let length = datagram.count
    guard count < capacity, length <= byteCapacity &- used else { return false }
    let message = unsafe messages + count
    let record = unsafe records + count
    let start = unsafe bytes + used
    if let bits = destination.ip.v4 {
      unsafe record.pointee.name.family = UInt16(IFSIP_AF_INET)
      unsafe record.pointee.name.v4 = bits.bigEndian
      unsafe message.pointee.name_length = 16
    } else {
      unsafe record.pointee.name = destination.system
      unsafe message.pointee.name_length = 28
    }
    unsafe record.pointee.name.port = destination.port.bigEndian
    unsafe record.pointee.vector.base = start
    unsafe record.pointee.vector.length = length
    unsafe record.pointee.socket = UInt32(truncatingIfNeeded: socket)
    if unsafe records.pointee.socket != UInt32(truncatingIfNeeded: socket) { isMixed = true }
    used &+= length
    count &+= 1
    // Last, so that nothing has to be remembered across the call.
    unsafe datagram.withUnsafeBytes { source in
      if let base = source.baseAddress { unsafe start.copyMemory(from: base, byteCount: length) }
    }
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
    hasSources = true
  }

  /// Gives the kernel the datagrams of one socket that stand together from `first` on.
  ///
  /// - Returns: how many it took (one or more), or a negated errno that is about the first of them.
  package mutating func send(from first: Int, through descriptor: Int32) -> Int {
    precondition(first >= 0 && first < count)
    var end = count
    if isMixed {
      end = first + 1
      while end < count, unsafe records[end].socket == records[first].socket { end += 1 }
    }
    return Int(unsafe ifsip_send_messages(descriptor, messages + first, UInt32(end - first)))
  }

  /// The socket a waiting datagram leaves by.
  package func socket(_ index: Int) -> Int {
    precondition(index >= 0 && index < count)
    return Int(unsafe records[index].socket)
  }

  /// A waiting datagram's destination.
  package func destination(_ index: Int) -> SocketAddress? {
    precondition(index >= 0 && index < count)
    return unsafe SocketAddress(system: records[index].name)
  }

  /// A waiting datagram's bytes, at most so many of them.
  package func copy(_ index: Int, limit: Int = .max) -> [UInt8] {
    precondition(index >= 0 && index < count)
    let vector = unsafe records[index].vector
    return unsafe [UInt8](UnsafeRawBufferPointer(start: vector.base, count: min(vector.length, limit)))
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
    if hasSources {
      for index in 0..<count { unsafe messages[index].control_length = 0 }
      hasSources = false
    }
    isMixed = false
    count = 0
    used = 0
  }
}
