import CIfsipLinux
import Wire

// Why this file is sound: the ring owns one mapping and its allocations from init to deinit. Every pointer the kernel is
// given points into them, and their sizes are written beside them. Packets are lent as mutable spans that hold the ring
// exclusively, so none can live past the next call. Indices are below `received` or `waiting`, which never exceed
// `capacity`; a length to be sent is compared with the slot's. The kernel reports no more bytes than a slot has, because
// it is not asked for the real length (MSG_TRUNC as an argument).

/// Slots that the kernel fills with packets of media, and that it sends from: a packet that goes on is never copied here.
@safe package struct MediaRing: ~Copyable {
  /// The bytes of a slot. Longer datagrams are dropped: none is media.
  package static let slotBytes = 2048

  private static let nameOffset = unsafe MemoryLayout<ifsip_outgoing>.offset(of: \.name) ?? 0

  private let incoming: UnsafeMutablePointer<ifsip_message>
  private let vectors: UnsafeMutablePointer<ifsip_vector>
  private let sources: UnsafeMutablePointer<ifsip_sockaddr>
  private let outgoing: UnsafeMutablePointer<ifsip_message>
  private let records: UnsafeMutablePointer<ifsip_outgoing>
  private let bytes: UnsafeMutableRawPointer
  private let capacity: Int
  /// Packets of the newest batch.
  private(set) var received = 0
  /// Packets that are to go on.
  private var waiting = 0

  init(capacity: Int) throws(ReactorError) {
    guard let bytes = unsafe ifsip_map_pages(capacity * MediaRing.slotBytes) else {
      throw .system("mmap", Int32(SystemError.noMemory))
    }
    unsafe self.bytes = bytes
    self.capacity = capacity
    unsafe incoming = .allocate(capacity: capacity)
    unsafe vectors = .allocate(capacity: capacity)
    unsafe sources = .allocate(capacity: capacity)
    unsafe outgoing = .allocate(capacity: capacity)
    unsafe records = .allocate(capacity: capacity)
    unsafe incoming.initialize(repeating: ifsip_message(), count: capacity)
    unsafe vectors.initialize(repeating: ifsip_vector(), count: capacity)
    unsafe sources.initialize(repeating: ifsip_sockaddr(), count: capacity)
    unsafe outgoing.initialize(repeating: ifsip_message(), count: capacity)
    unsafe records.initialize(repeating: ifsip_outgoing(), count: capacity)
    for index in 0..<capacity {
      unsafe vectors[index].base = bytes + index * MediaRing.slotBytes
      unsafe vectors[index].length = MediaRing.slotBytes
      unsafe incoming[index].name = UnsafeMutableRawPointer(sources + index)
      unsafe incoming[index].name_length = UInt32(MemoryLayout<ifsip_sockaddr>.size)
      unsafe incoming[index].vectors = vectors + index
      unsafe incoming[index].vector_count = 1
      let record = unsafe UnsafeMutableRawPointer(records + index)
      unsafe outgoing[index].vectors = unsafe record.assumingMemoryBound(to: ifsip_vector.self)
      unsafe outgoing[index].vector_count = 1
    }
  }

  deinit {
    unsafe ifsip_unmap_pages(bytes, capacity * MediaRing.slotBytes)
    unsafe incoming.deallocate()
    unsafe vectors.deallocate()
    unsafe sources.deallocate()
    unsafe outgoing.deallocate()
    unsafe records.deallocate()
  }

  /// Fills the slots from the front with what a socket holds; a negated errno when it holds nothing.
  mutating func receive(from descriptor: Int32) -> Int {
    let result = Int(unsafe ifsip_receive_messages(descriptor, incoming, UInt32(capacity)))
    received = min(max(result, 0), capacity)
    return result
  }

  /// Where a packet of the newest batch came from and its bytes, 0 for one whose end is missing. Makes the slot ready for
  /// the next batch.
  @inline(__always)
  mutating func envelope(_ index: Int) -> (from: SocketAddress?, count: Int) {
    precondition(index >= 0 && index < received)
    unsafe incoming[index].name_length = UInt32(MemoryLayout<ifsip_sockaddr>.size)
    let isWhole = unsafe incoming[index].flags & Int32(IFSIP_MSG_TRUNC) == 0
    let from = unsafe SocketAddress(system: sources[index])
    return (from, isWhole ? Int(unsafe incoming[index].count) : 0)
  }

  /// The whole slot of a packet.
  @inline(__always)
  @_lifetime(&self)
  mutating func packet(_ index: Int) -> MutableSpan<UInt8> {
    precondition(index >= 0 && index < received)
    let start = unsafe (bytes + index &* MediaRing.slotBytes).assumingMemoryBound(to: UInt8.self)
    let span = unsafe MutableSpan(_unsafeStart: start, count: MediaRing.slotBytes)
    return unsafe _overrideLifetime(span, mutating: &self)
  }

  /// Sends a packet of the newest batch on with the next ``flush()``, from where it lies.
  ///
  /// - Parameter destination: nil for a socket that is tied to its peer.
  @inline(__always)
  mutating func forward(_ index: Int, count: Int, to destination: SocketAddress?, through descriptor: Int32) {
    precondition(index >= 0 && index < received && waiting < capacity && count >= 0 && count <= MediaRing.slotBytes)
    let record = unsafe records + waiting
    unsafe record.pointee.vector.base = bytes + index &* MediaRing.slotBytes
    unsafe record.pointee.vector.length = count
    unsafe record.pointee.socket = UInt32(bitPattern: descriptor)
    if let destination {
      unsafe record.pointee.name = destination.system
      unsafe outgoing[waiting].name = UnsafeMutableRawPointer(record) + MediaRing.nameOffset
      unsafe outgoing[waiting].name_length = ifsip_sockaddr_length(record.pointee.name.family)
    } else {
      unsafe outgoing[waiting].name = nil
      unsafe outgoing[waiting].name_length = 0
    }
    waiting &+= 1
  }

  /// Gives the kernel what is to go on, each socket's run by one call. What it does not take at once is lost: media that
  /// waits is worth nothing.
  mutating func flush() -> (sent: Int, dropped: Int) {
    var next = 0
    var dropped = 0
    // An error stands for the packet it is returned for, or for an earlier one that the peer's host refused; the latter
    // goes away by being read.
    var isSecondTry = false
    while next < waiting {
      let socket = unsafe records[next].socket
      var end = next &+ 1
      while end < waiting, unsafe records[end].socket == socket { end &+= 1 }
      let result = Int(unsafe ifsip_send_messages(Int32(bitPattern: socket), outgoing + next, UInt32(end &- next)))
      switch result {
      case 1...:
        next &+= result
        isSecondTry = false
      case -SystemError.interrupted: break
      case -SystemError.again, -SystemError.noBuffers:
        dropped &+= end &- next
        next = end
      default:
        if isSecondTry {
          dropped &+= 1
          next &+= 1
        }
        isSecondTry.toggle()
      }
    }
    let sent = waiting &- dropped
    waiting = 0
    received = 0
    return (sent, dropped)
  }
}
