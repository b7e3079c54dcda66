import Wire

/// Datagrams that wait until the system takes more, oldest first: bounded in number and bytes.
struct SendQueue {
  struct Datagram: Equatable {
    var bytes: [UInt8]
    var destination: SocketAddress
    var source: IPAddress?
  }

  private let maximumDatagrams: Int
  private let maximumBytes: Int
  private var datagrams: [Datagram] = []
  private var head = 0
  private var bytes = 0

  init(datagrams: Int, bytes: Int) {
    maximumDatagrams = datagrams
    maximumBytes = bytes
  }

  var isEmpty: Bool { head == datagrams.count }
  var count: Int { datagrams.count - head }

  /// `false` when it is full: the datagram is dropped, as a network would.
  mutating func append(_ datagram: Datagram) -> Bool {
    guard count < maximumDatagrams, bytes + datagram.bytes.count <= maximumBytes else { return false }
    datagrams.append(datagram)
    bytes += datagram.bytes.count
    return true
  }

  /// The datagram this many places behind the oldest.
  subscript(index: Int) -> Datagram { datagrams[head + index] }

  mutating func removeFirst(_ number: Int) {
    for index in head..<(head + number) {
      bytes -= datagrams[index].bytes.count
      datagrams[index].bytes = []
    }
    head += number
    // The storage is reused as soon as the queue has been empty once, and moved up while it has not.
    if head == datagrams.count {
      datagrams.removeAll(keepingCapacity: datagrams.capacity <= 64)
      head = 0
    } else if head >= 256, head * 2 >= datagrams.count {
      datagrams.removeFirst(head)
      head = 0
    }
  }
}
