import CIfsipLinux
import Wire

// Why this file is sound: the addresses handed to C are local values, borrowed for the length of the call, and so are the
// bytes that are sent, which the kernel only reads. A descriptor is closed once, by `close` or by the deinit of the table that opened it, and its entry says so.

/// A media socket of one reactor, as long as it is open: place and generation, so that it is never taken for the one that
/// has its place later.
package struct MediaSocketID: Sendable, Hashable {
  let place: UInt32
  let generation: UInt32

  /// What the poller knows it by: no index of a socket that is always there, and not the mailbox.
  var token: UInt64 { MediaSocketID.mark | UInt64(generation) << 32 | UInt64(place) }

  private static let mark: UInt64 = 1 << 63

  init(place: UInt32, generation: UInt32) {
    self.place = place
    self.generation = generation
  }

  @inline(__always)
  init?(token: UInt64) {
    guard token & MediaSocketID.mark != 0, token != Poller.mailboxToken else { return nil }
    place = UInt32(truncatingIfNeeded: token)
    generation = UInt32(truncatingIfNeeded: token >> 32) & 0x7FFF_FFFF
  }
}

/// What a driver wants done with a datagram of a media socket.
package enum MediaVerdict: Sendable, Hashable {
  case drop
  /// The first `count` bytes of its slot leave by a media socket of this reactor. `isOnlyPeer` says that it has no other
  /// peer until it is untied (``ReactorIO/untieMedia(_:)``): the kernel keeps everybody else out, and knows the way.
  case forward(count: Int, to: SocketAddress, by: MediaSocketID, isOnlyPeer: Bool)
}

/// The sockets that come and go with calls; closed with the reactor.
package struct MediaSockets: ~Copyable {
  private struct Entry {
    var descriptor: Int32
    var tag: UInt32
    var generation: UInt32
    /// The only one that it hears and speaks to.
    var peer: SocketAddress?
  }

  /// What one may hold that has not been looked at. The kernel counts its own bookkeeping too: some 80 packets of audio,
  /// more than a second and a half of it; who is further behind helps nobody by being late.
  private static let receiveBufferBytes: Int32 = 65_536

  /// An epoll instance that watches them; -1 for none, as in tests without a reactor.
  var poller: Int32 = -1
  private var entries: [Entry] = []
  private var free: [UInt32] = []

  /// How many are open.
  package var count: Int { entries.count - free.count }

  init() {}

  deinit {
    for entry in entries where entry.descriptor >= 0 { _ = ifsip_close(entry.descriptor) }
  }

  mutating func open(
    _ address: SocketAddress, tag: UInt32, trafficClass: UInt8
  ) throws(ReactorError) -> MediaSocketID {
    let system = address.system
    var local = system
    let descriptor = unsafe ifsip_udp_socket(&local, 0, MediaSockets.receiveBufferBytes, 0)
    if descriptor < 0 { throw .bind(address, -descriptor) }
    if trafficClass != 0 {
      // A kernel that refuses sends without a mark.
      _ = ifsip_set_traffic_class(descriptor, system.family, Int32(trafficClass))
    }
    let place = free.popLast() ?? UInt32(truncatingIfNeeded: entries.count)
    if place == entries.count { entries.append(Entry(descriptor: -1, tag: 0, generation: 0, peer: nil)) }
    entries[Int(place)].descriptor = descriptor
    entries[Int(place)].tag = tag
    let socket = MediaSocketID(place: place, generation: entries[Int(place)].generation)
    if poller >= 0 {
      let error = ifsip_poller_add(poller, descriptor, IFSIP_EVENT_IN | IFSIP_EVENT_EDGE, socket.token)
      if error < 0 {
        close(socket)
        throw .system("epoll_ctl", -error)
      }
    }
    return socket
  }

  /// The kernel takes a socket that is closed out of its poller; what that has said of it already names a generation that
  /// is over.
  mutating func close(_ socket: MediaSocketID) {
    guard find(socket) != nil else { return }
    let place = Int(socket.place)
    _ = ifsip_close(entries[place].descriptor)
    entries[place].descriptor = -1
    entries[place].peer = nil
    entries[place].generation = (entries[place].generation &+ 1) & 0x7FFF_FFFF
    free.append(socket.place)
  }

  @inline(__always)
  func find(_ socket: MediaSocketID) -> (descriptor: Int32, tag: UInt32)? {
    let place = Int(socket.place)
    guard place < entries.count else { return nil }
    let entry = entries[place]
    guard entry.generation == socket.generation, entry.descriptor >= 0 else { return nil }
    return (entry.descriptor, entry.tag)
  }

  /// Ties a socket to its only peer; false when it speaks to more than one, or the kernel refuses.
  @inline(__always)
  mutating func tie(_ socket: MediaSocketID, to peer: SocketAddress) -> Bool {
    let place = Int(socket.place)
    if let tied = entries[place].peer { return tied == peer }
    return tieNow(place, to: peer)
  }

  @inline(never)
  private mutating func tieNow(_ place: Int, to peer: SocketAddress) -> Bool {
    var system = peer.system
    guard unsafe ifsip_connect(entries[place].descriptor, &system) >= 0 else { return false }
    entries[place].peer = peer
    return true
  }

  mutating func untie(_ socket: MediaSocketID) {
    guard let (descriptor, _) = find(socket), entries[Int(socket.place)].peer != nil else { return }
    _ = ifsip_connect(descriptor, nil)
    entries[Int(socket.place)].peer = nil
  }

  /// Sends a datagram now, from where it lies; false when the system does not take it: media that waits is worth nothing.
  mutating func send(_ bytes: Span<UInt8>, to destination: SocketAddress, by socket: MediaSocketID) -> Bool {
    guard let (descriptor, _) = find(socket) else { return false }
    // An error may be one that an earlier datagram left behind; it goes away by being read.
    for _ in 0..<2 {
      switch MediaSockets.send(bytes, to: destination, through: descriptor) {
      case 1...: return true
      case -SystemError.again, -SystemError.noBuffers: return false
      default: break
      }
    }
    return false
  }

  private static func send(_ bytes: Span<UInt8>, to destination: SocketAddress, through descriptor: Int32) -> Int {
    var name = destination.system
    let nameLength = ifsip_sockaddr_length(name.family)
    return unsafe bytes.withUnsafeBytes { buffer in
      var vector = unsafe ifsip_vector(
        base: UnsafeMutableRawPointer(mutating: buffer.baseAddress), length: buffer.count)
      return unsafe withUnsafeMutablePointer(to: &name) { name in
        unsafe withUnsafeMutablePointer(to: &vector) { vector in
          var message = unsafe ifsip_message()
          unsafe message.name = UnsafeMutableRawPointer(name)
          unsafe message.name_length = nameLength
          unsafe message.vectors = vector
          unsafe message.vector_count = 1
          return Int(unsafe ifsip_send_messages(descriptor, &message, 1))
        }
      }
    }
  }

  /// The address that an open one is bound to.
  package func localAddress(of socket: MediaSocketID) -> SocketAddress? {
    guard let (descriptor, _) = find(socket) else { return nil }
    var system = ifsip_sockaddr()
    guard unsafe ifsip_socket_address(descriptor, &system) >= 0 else { return nil }
    return SocketAddress(system: system)
  }
}
