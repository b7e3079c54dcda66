import Wire

/// What a driver acts through: it sends datagrams and posts messages. Lent to each call, and owned by the reactor.
package struct ReactorIO: ~Copyable {
  /// This reactor's number.
  package let reactor: Int
  /// The way to every reactor, by number.
  package let mailboxes: [Mailbox]
  /// What this reactor has counted since it started.
  package internal(set) var counters = ReactorCounters()

  /// Since when there has been more to do at the end of every wake-up than was done in it; nil when the sockets and the
  /// mailbox were empty lately. What is longer than a burst is a queue that does not go away.
  package internal(set) var behindSince: Instant?

  package var sockets: SocketTable
  /// Sockets of calls.
  package internal(set) var media: MediaSockets
  package var outbox: Outbox
  /// For wildcard sockets, if there are any.
  private var sources: SourceMemory?
  /// Reported to the driver in the next wake-up, which comes at once.
  package var failures: [SendFailure] = []
  /// Sockets whose queue has become empty or has ceased to be: the poller must hear of it.
  var changedQueues: [Int] = []

  /// More failures than this in one wake-up are counted only.
  package static let maximumFailures = 64

  /// Makes what one reactor acts through.
  package init(
    reactor: Int, mailboxes: [Mailbox], sockets: consuming SocketTable, limits: ReactorLimits
  ) throws(ReactorError) {
    let outbox = try Outbox(capacity: limits.sendBatch)
    media = MediaSockets()
    self.reactor = reactor
    self.mailboxes = mailboxes
    self.sources = sockets.hasWildcard ? SourceMemory() : nil
    self.sockets = sockets
    self.outbox = outbox
  }

  /// The address a socket is bound to.
  package func localAddress(of socket: Int) -> SocketAddress { sockets[socket].local }

  /// The address that what is sent to a peer leaves from: on a wildcard socket the one that it wrote to last, if that is
  /// remembered.
  package func localAddress(of socket: Int, towards peer: SocketAddress) -> SocketAddress {
    let bound = sockets[socket].local
    guard sockets[socket].isWildcard, let source = sources?.source(for: peer, socket: socket) else { return bound }
    return SocketAddress(ip: source, port: bound.port)
  }

  /// Sends a datagram at the end of this wake-up; the bytes are copied.
  ///
  /// - Parameter socket: index into ``ReactorConfiguration/sockets``.
  /// - Returns: `false` when it cannot leave: longer than a datagram can be, the wrong address family for the socket,
  ///   or the system has taken nothing for so long that the queue is full. It is counted as dropped. What the system
  ///   refuses later (port 0, no route …) is reported by ``ReactorDriver/sendFailed(_:now:io:)``.
  @discardableResult
  package mutating func send(bytes: Span<UInt8>, to destination: SocketAddress, socket: Int) -> Bool {
    // The usual case is a dozen comparisons and one copy; whatever is unusual is looked at anew.
    guard sockets.takes(SocketTable.Family(of: destination.ip), socket),
      bytes.count <= Outbox.maximumDatagramBytes,
      outbox.append(bytes, to: destination, socket: socket)
    else { return sendUnusually(bytes, destination, socket, nil) }
    return true
  }

  /// The same from one of the addresses that a wildcard socket answers for; on other sockets it makes no difference.
  ///
  /// Without it a wildcard socket sends from the address that the peer wrote to last: it waits for its answer from
  /// there (RFC 3581 §4), while the kernel would choose the one that routing prefers.
  @discardableResult
  package mutating func send(
    bytes: Span<UInt8>, to destination: SocketAddress, socket: Int, from source: IPAddress
  ) -> Bool {
    guard socket >= 0, socket < sockets.count, sockets[socket].isWildcard else {
      return send(bytes: bytes, to: destination, socket: socket)
    }
    return sendUnusually(bytes, destination, socket, source)
  }

  @inline(never)
  private mutating func sendUnusually(
    _ bytes: Span<UInt8>, _ destination: SocketAddress, _ socket: Int, _ source: IPAddress?
  ) -> Bool {
    guard socket >= 0, socket < sockets.count, bytes.count <= Outbox.maximumDatagramBytes,
      destination.ip.isIPv4 == sockets[socket].local.ip.isIPv4
    else {
      counters.dropped += 1
      return false
    }
    let source = sockets[socket].isWildcard ? source ?? sources?.source(for: destination, socket: socket) : nil
    if sockets[socket].queue.isEmpty, !outbox.hasRoom(for: bytes.count) { flush() }
    // The flush may have found out that the system takes no more.
    guard sockets[socket].queue.isEmpty else {
      var copy: [UInt8] = []
      copy.reserveCapacity(bytes.count)
      for index in bytes.indices { copy.append(bytes[index]) }
      return enqueue(SendQueue.Datagram(bytes: copy, destination: destination, source: source), socket)
    }
    _ = outbox.append(bytes, to: destination, socket: socket)
    if let source, source.isIPv4 == destination.ip.isIPv4 { outbox.setSourceOfLast(source) }
    return true
  }

  /// Opens a UDP socket for media, which nobody else may be bound to; its datagrams come by
  /// ``ReactorDriver/received(media:count:from:socket:tag:now:io:)``.
  ///
  /// - Parameters:
  ///   - address: with a port of its own: one that the kernel chose would be lost by ``untieMedia(_:)``.
  ///   - tag: what the driver knows it by.
  ///   - trafficClass: the mark of what is sent: DSCP in the upper six bits.
  package mutating func openMedia(
    _ address: SocketAddress, tag: UInt32, trafficClass: UInt8
  ) throws(ReactorError) -> MediaSocketID {
    try media.open(address, tag: tag, trafficClass: trafficClass)
  }

  /// Sends a datagram by a media socket, now and from where it lies: for what is made here and not relayed. False when the
  /// system does not take it.
  @discardableResult
  package mutating func sendMedia(_ bytes: Span<UInt8>, to destination: SocketAddress, by socket: MediaSocketID) -> Bool
  {
    let isSent = media.send(bytes, to: destination, by: socket)
    if isSent { counters.mediaSent += 1 } else { counters.mediaDropped += 1 }
    return isSent
  }

  /// Lets a media socket hear others than its only peer again.
  package mutating func untieMedia(_ socket: MediaSocketID) { media.untie(socket) }

  /// Closes a media socket; one that is not open any more is passed over.
  package mutating func closeMedia(_ socket: MediaSocketID) { media.close(socket) }

  /// Lets the kernel drop some of the datagrams that begin with four bytes before they are queued here, which costs this
  /// thread nothing: for a load that is beyond even refusing.
  ///
  /// - Parameter admitted: which share of them gets in, 0 to 1; 1 lets all in.
  package func thinOut(beginningWith word: StaticString, admitted: Double) {
    sockets.thinOut(beginningWith: word, admitted: admitted)
  }

  /// Hands a message to a reactor; `false` when its mailbox is full, or there is no such reactor.
  @discardableResult
  package func post(to reactor: Int, _ message: ReactorMessage) -> Bool {
    mailboxes.indices.contains(reactor) && mailboxes[reactor].post(message)
  }

  /// A peer has written to one of the addresses that a wildcard socket answers for.
  mutating func remember(_ local: IPAddress, for peer: SocketAddress, socket: Int) {
    sources?.remember(local, for: peer, socket: socket)
  }

  // MARK: Towards the system

  private mutating func enqueue(_ datagram: SendQueue.Datagram, _ socket: Int) -> Bool {
    let wasEmpty = sockets[socket].queue.isEmpty
    guard sockets[socket].enqueue(datagram) else {
      counters.dropped += 1
      return false
    }
    if wasEmpty { changedQueues.append(socket) }
    return true
  }

  /// Gives the kernel everything in the outbox, in as few calls as there are runs of one socket.
  mutating func flush() {
    flush { outbox, first, descriptor in outbox.send(from: first, through: descriptor) }
  }

  /// The same through something that stands for the kernel: it is given the outbox, the first datagram to send and the
  /// socket's descriptor, and answers as ``Outbox/send(from:through:)`` does.
  @inline(__always)
  package mutating func flush(by send: (inout Outbox, _ first: Int, _ descriptor: Int32) -> Int) {
    var next = 0
    // An error stands for the datagram it is returned for, or for an earlier one that somebody refused (ICMP); the
    // latter goes away by being read, so each datagram has a second chance.
    var isSecondTry = false
    let count = outbox.count
    while next < count {
      let socket = outbox.socket(next)
      let result = send(&outbox, next, sockets[socket].descriptor)
      switch result {
      case 1...:
        counters.sent += result
        next += result
        isSecondTry = false
      case -SystemError.interrupted:
        break
      case -SystemError.again:
        next = queueRun(from: next, socket: socket)
        isSecondTry = false
      default:
        if isSecondTry || result == -SystemError.noBuffers {
          fail(next, socket: socket, error: Int32(-result))
          next += 1
          isSecondTry = false
        } else {
          isSecondTry = true
        }
      }
    }
    outbox.removeAll()
  }

  /// Keeps the datagrams of one socket for later; returns the index behind them.
  private mutating func queueRun(from first: Int, socket: Int) -> Int {
    var index = first
    while index < outbox.count, outbox.socket(index) == socket {
      if let destination = outbox.destination(index) {
        _ = enqueue(
          SendQueue.Datagram(bytes: outbox.copy(index), destination: destination, source: outbox.source(index)),
          socket)
      }
      index += 1
    }
    return index
  }

  private mutating func fail(_ index: Int, socket: Int, error: Int32) {
    // A full device queue is loss like any other: the sender's retransmission is the cure.
    if error == SystemError.noBuffers {
      counters.dropped += 1
      return
    }
    counters.failed += 1
    guard failures.count < ReactorIO.maximumFailures, let destination = outbox.destination(index) else { return }
    failures.append(
      SendFailure(
        destination: destination, socket: socket, error: error,
        payload: outbox.copy(index, limit: SendFailure.maximumPayloadBytes)))
  }

  /// Sends what a socket's queue holds; called when the system takes more.
  mutating func drainQueue(of socket: Int) {
    drainQueue(of: socket) { outbox, first, descriptor in outbox.send(from: first, through: descriptor) }
  }

  /// The same through something that stands for the kernel.
  package mutating func drainQueue(
    of socket: Int, by send: (inout Outbox, _ first: Int, _ descriptor: Int32) -> Int
  ) {
    // Nothing for this socket stands in the outbox: while its queue holds anything, all goes there.
    flush(by: send)
    var isSecondTry = false
    loop: while !sockets[socket].queue.isEmpty {
      loadOutbox(fromQueueOf: socket)
      let result = send(&outbox, 0, sockets[socket].descriptor)
      switch result {
      case 1...:
        counters.sent += result
        sockets[socket].dequeue(result)
        isSecondTry = false
      case -SystemError.interrupted:
        break
      case -SystemError.again:
        break loop
      default:
        if isSecondTry || result == -SystemError.noBuffers {
          fail(0, socket: socket, error: Int32(-result))
          sockets[socket].dequeue(1)
        }
        isSecondTry.toggle()
      }
      outbox.removeAll()
    }
    outbox.removeAll()
    if sockets[socket].queue.isEmpty { changedQueues.append(socket) }
  }

  private mutating func loadOutbox(fromQueueOf socket: Int) {
    for index in 0..<sockets[socket].queue.count {
      let datagram = sockets[socket].queue[index]
      guard outbox.append(datagram.bytes.span, to: datagram.destination, socket: socket) else { return }
      if let source = datagram.source { outbox.setSourceOfLast(source) }
    }
  }
}

/// The few error numbers the reactor acts upon.
enum SystemError {
  static let interrupted = 4
  static let again = 11
  static let noMemory = 12
  static let noBuffers = 105
}
