import Wire

/// Datagrams that wait until the system takes more, oldest first: bounded in number and bytes.
package struct SendQueue {
  /// A datagram that waits.
  package struct Datagram: Equatable {
    /// Its payload.
    package var bytes: [UInt8]
    /// Where it goes.
    package var destination: SocketAddress
    /// The local address it leaves from, if that was named.
    package var source: IPAddress?

    /// Makes one.
    package init(bytes: [UInt8], destination: SocketAddress, source: IPAddress? = nil) {
      self.bytes = bytes
      self.destination = destination
      self.source = source
    }
  }

  private let maximumDatagrams: Int
  private let maximumBytes: Int
  private var datagrams: [Datagram] = []
  private var head = 0
  private var bytes = 0

  /// An empty queue that holds so many datagrams and bytes.
  package init(datagrams: Int, bytes: Int) {
    maximumDatagrams = datagrams
    maximumBytes = bytes
  }

  /// Nothing waits.
  package var isEmpty: Bool { head == datagrams.count }
  /// How many wait.
  package var count: Int { datagrams.count - head }

  /// `false` when it is full: the datagram is dropped, as a network would.
  package mutating func append(_ datagram: Datagram) -> Bool {
    guard count < maximumDatagrams, bytes + datagram.bytes.count <= maximumBytes else { return false }
    datagrams.append(datagram)
    bytes += datagram.bytes.count
    return true
  }

  /// The datagram this many places behind the oldest.
  package subscript(index: Int) -> Datagram { datagrams[head + index] }

  /// Forgets so many of the oldest.
  package mutating func removeFirst(_ number: Int) {
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
