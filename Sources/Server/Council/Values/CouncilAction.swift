import H225
import H323Endpoint
import Relay
import Wire

/// What the driver of a ``Council`` has to do, in the order in which it was wanted. What is in ``CouncilSink/packets`` leaves
/// before.
package enum CouncilAction: Sendable {
  /// Something about a connection: `connect`, `send`, `close` or `listen`, as the endpoint wants it.
  case link(H323EndpointAction)
  /// May this call come in? To be answered with ``Council/admitted(_:_:now:into:)``, at once.
  case admit(H323CallHandle, H323Invitation)
  /// Open a pair of media sockets for a participant at an address of this family; `isOwnHost` says that its call comes
  /// from this host, and is not to be told what address others see. To be answered with
  /// ``Council/mediaOpened(_:at:now:into:)``, at once.
  case openMedia(CouncilPlace, isIPv4: Bool, isOwnHost: Bool)
  /// Close them.
  case closeMedia(CouncilPlace)
  /// Tell whoever listens.
  case event(CouncilEvent)
}

/// Which participant a media socket belongs to.
package struct CouncilPlace: Sendable, Hashable {
  /// 30 bits.
  package let number: UInt32

  package init(number: UInt32) { self.number = number }
}

/// Where a participant's media sockets are.
package struct CouncilMediaAddresses: Sendable, Hashable {
  /// RTP.
  package var media: SocketAddress
  /// RTCP.
  package var control: SocketAddress

  /// A pair.
  package init(media: SocketAddress, control: SocketAddress) {
    self.media = media
    self.control = control
  }
}

/// Where a council puts what it wants done; reused from one event to the next.
package struct CouncilSink: Sendable {
  /// What is to be done.
  package var actions: [CouncilAction] = []
  /// RTP and RTCP to be sent.
  package var packets = CouncilPackets()

  /// An empty sink.
  package init() {}

  /// Empties it.
  package mutating func removeAll() {
    actions.removeAll(keepingCapacity: true)
    packets.removeAll()
  }
}

/// Packets one behind the other in one buffer, which grows to what a tick of all rooms takes and stays.
package struct CouncilPackets: Sendable {
  /// One packet.
  package struct Entry: Sendable, Hashable {
    /// Whose sockets it leaves by.
    package var place: CouncilPlace
    /// Which of the two.
    package var component: RelayComponent
    /// Where it goes.
    package var destination: SocketAddress
    /// Where it lies.
    package var range: Range<Int>
  }

  /// The packets, in the order in which they leave.
  package private(set) var entries: [Entry] = []
  private var bytes: [UInt8] = []
  private var end = 0

  init() {}

  /// The bytes of a packet.
  @_lifetime(borrow self)
  package func bytes(of entry: Entry) -> Span<UInt8> { bytes.span.extracting(entry.range) }

  /// Forgets them all.
  package mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    end = 0
  }

  /// Adds what `write` writes into the room it is given: it returns how many bytes, nil for none.
  mutating func append(
    for place: CouncilPlace, _ component: RelayComponent, to destination: SocketAddress, maxBytes: Int,
    _ write: (inout MutableSpan<UInt8>) -> Int?
  ) -> Entry? {
    let start = end
    if bytes.count < start + maxBytes {
      bytes.append(contentsOf: repeatElement(0, count: start + maxBytes - bytes.count))
    }
    guard let count = Self.fill(&bytes, start..<(start + maxBytes), write), count > 0, count <= maxBytes else {
      return nil
    }
    let entry = Entry(place: place, component: component, destination: destination, range: start..<(start + count))
    entries.append(entry)
    end = start + count
    return entry
  }

  // Of one part, not of the whole: a span of it would keep all of it busy.
  private static func fill(
    _ bytes: inout [UInt8], _ range: Range<Int>, _ write: (inout MutableSpan<UInt8>) -> Int?
  ) -> Int? {
    var all = bytes.mutableSpan
    var room = all._mutatingExtracting(range)
    return write(&room)
  }

  /// Adds a packet that is there already.
  mutating func append(
    _ packet: [UInt8], for place: CouncilPlace, _ component: RelayComponent, to destination: SocketAddress
  ) {
    _ = append(for: place, component, to: destination, maxBytes: packet.count) { room in
      for index in packet.indices { room[index] = packet[index] }
      return packet.count
    }
  }
}
