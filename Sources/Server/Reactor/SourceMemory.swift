import Wire

/// Which of our addresses each peer of a wildcard socket wrote to last, so that what is sent to it leaves from there.
///
/// A direct-mapped table of fixed size: a peer that is forgotten is answered from the address that routing prefers,
/// which on most machines is the only one.
struct SourceMemory {
  private struct Entry {
    var peer: SocketAddress
    var socket: Int
    var local: IPAddress
  }

  /// Peers remembered per reactor, at best.
  static let capacity = 4096

  private var entries: [Entry?]

  init() { entries = Array(repeating: nil, count: SourceMemory.capacity) }

  mutating func remember(_ local: IPAddress, for peer: SocketAddress, socket: Int) {
    entries[place(of: peer)] = Entry(peer: peer, socket: socket, local: local)
  }

  func source(for peer: SocketAddress, socket: Int) -> IPAddress? {
    guard let entry = entries[place(of: peer)], entry.peer == peer, entry.socket == socket else { return nil }
    return entry.local
  }

  /// Peers can choose to collide, and gain nothing by it that they could not have by sending less.
  private func place(of peer: SocketAddress) -> Int {
    let mixed = (peer.ip.high ^ peer.ip.low ^ UInt64(peer.port) &<< 32) &* 0x9E37_79B9_7F4A_7C15
    return Int(mixed &>> 52)
  }
}
