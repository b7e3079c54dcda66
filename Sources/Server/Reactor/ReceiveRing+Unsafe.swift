import CIfsipLinux
import Wire

// Why this file is sound: the ring owns one mapping and three allocations from init to deinit. Every pointer the
// kernel is given points into them, and their sizes are written beside them. Datagrams are lent as spans that borrow
// the ring, so none can live past the next `receive`, which mutates it. Indices are below `received`, which never
// exceeds `capacity`. What the kernel reports as a datagram's length never exceeds the slot's, which is what it was
// given as the vector's, because it is not asked for the real length (MSG_TRUNC as an argument).

/// Fixed slots that the kernel fills with datagrams, a batch at a time.
///
/// The slots are mapped and untouched: a slot of 65,535 bytes costs the pages that a datagram has been written to.
@safe struct ReceiveRing: ~Copyable {
  private let messages: UnsafeMutablePointer<ifsip_message>
  private let vectors: UnsafeMutablePointer<ifsip_vector>
  private let names: UnsafeMutablePointer<ifsip_sockaddr>
  private let bytes: UnsafeMutableRawPointer
  /// Bytes from one slot to the next.
  private let stride: Int
  private let capacity: Int
  private let mappedBytes: Int
  private let hasControl: Bool
  /// Datagrams of the newest batch.
  private(set) var received = 0

  /// - Parameter packetInformation: make room for the local address, which wildcard sockets need.
  init(capacity: Int, slotBytes: Int, packetInformation: Bool) throws(ReactorError) {
    // Slots begin on a page, the control records lie behind them.
    let stride = (slotBytes + 4095) / 4096 * 4096
    let controlBytes = packetInformation ? capacity * Int(IFSIP_CONTROL_BYTES) : 0
    let mappedBytes = capacity * stride + controlBytes
    guard let bytes = unsafe ifsip_map_pages(mappedBytes) else { throw .system("mmap", Int32(SystemError.noMemory)) }
    unsafe self.bytes = bytes
    self.stride = stride
    self.capacity = capacity
    self.mappedBytes = mappedBytes
    self.hasControl = packetInformation
    unsafe messages = .allocate(capacity: capacity)
    unsafe vectors = .allocate(capacity: capacity)
    unsafe names = .allocate(capacity: capacity)
    unsafe messages.initialize(repeating: ifsip_message(), count: capacity)
    unsafe vectors.initialize(repeating: ifsip_vector(), count: capacity)
    unsafe names.initialize(repeating: ifsip_sockaddr(), count: capacity)
    for index in 0..<capacity {
      unsafe vectors[index].base = bytes + index * stride
      unsafe vectors[index].length = slotBytes
      unsafe messages[index].name = UnsafeMutableRawPointer(names + index)
      unsafe messages[index].vectors = vectors + index
      unsafe messages[index].vector_count = 1
      if packetInformation {
        unsafe messages[index].control = bytes + capacity * stride + index * Int(IFSIP_CONTROL_BYTES)
      }
      discard(index)
    }
  }

  deinit {
    unsafe ifsip_unmap_pages(bytes, mappedBytes)
    unsafe messages.deallocate()
    unsafe vectors.deallocate()
    unsafe names.deallocate()
  }

  /// Makes a slot ready for the next batch: the kernel overwrites these lengths with what it used.
  func discard(_ index: Int) {
    precondition(index >= 0 && index < capacity)
    unsafe messages[index].name_length = UInt32(MemoryLayout<ifsip_sockaddr>.size)
    unsafe messages[index].control_length = hasControl ? Int(IFSIP_CONTROL_BYTES) : 0
  }

  /// Fills the slots from the front with what a socket holds; a negated errno when it holds nothing.
  mutating func receive(from descriptor: Int32) -> Int {
    let result = Int(unsafe ifsip_receive_messages(descriptor, messages, UInt32(capacity)))
    received = min(max(result, 0), capacity)
    return result
  }

  /// A datagram of the newest batch.
  @inline(__always)
  @_lifetime(borrow self)
  func datagram(_ index: Int) -> Span<UInt8> {
    precondition(index >= 0 && index < received)
    let count = Int(unsafe messages[index].count)
    let bytes = unsafe (bytes + index &* stride).assumingMemoryBound(to: UInt8.self)
    let span = unsafe Span(_unsafeStart: bytes, count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// Where a datagram of the newest batch came from, and whether its end is missing; makes the slot ready for the
  /// next batch, except for the local address.
  @inline(__always)
  func envelope(_ index: Int) -> (from: SocketAddress?, truncated: Bool) {
    precondition(index >= 0 && index < received)
    let truncated = unsafe messages[index].flags & Int32(IFSIP_MSG_TRUNC) != 0
    let from = unsafe SocketAddress(system: names[index])
    unsafe messages[index].name_length = UInt32(MemoryLayout<ifsip_sockaddr>.size)
    return (from, truncated)
  }

  /// The address a datagram was sent to, from its packet information; for wildcard sockets only, and once.
  func localAddress(_ index: Int, port: UInt16) -> SocketAddress? {
    precondition(index >= 0 && index < received && hasControl)
    var local = ifsip_sockaddr()
    let found = unsafe ifsip_local_address(messages + index, &local)
    unsafe messages[index].control_length = Int(IFSIP_CONTROL_BYTES)
    guard found == 1, var address = SocketAddress(system: local) else { return nil }
    address.port = port
    return address
  }
}
