import Glibc
import NIOCore
import NIOPosix
import Reactor
import Wire

/// The streams of one event loop. Lives on that loop.
final class StreamLoop {
  let shared: StreamShared
  let eventLoop: any EventLoop
  private var connections: [UInt64: StreamConnection] = [:]
  private var ticking: RepeatedTask?
  private var whenEmpty: [() -> Void] = []

  init(shared: StreamShared, eventLoop: any EventLoop) {
    self.shared = shared
    self.eventLoop = eventLoop
  }

  /// Begins to look at deadlines; once, on the loop.
  func start() {
    let tick = shared.limits.tick.timeAmount
    let own = NIOLoopBound(self, eventLoop: eventLoop)
    ticking = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in own.value.lookAtDeadlines() }
  }

  // MARK: Commands

  func perform(_ commands: [StreamCommand]) {
    var written: [StreamConnection] = []
    for command in commands {
      switch command {
      case .open(let number, let peer, let reactor):
        open(number, peer, reactor)
      case .expect(let number, let awaiting, let reactor):
        expect(number, awaiting, reactor)
      case .send(let number, let bytes, let reactor):
        guard let connection = connections[number] else {
          // It ended before this command came; whoever was told already is told twice.
          shared.mailboxes[reactor].post(.streamClosed(connection: number, .gone))
          continue
        }
        if connection.send(bytes, from: reactor) { written.append(connection) }
      case .close(let number):
        connections[number]?.close(.requested)
      }
    }
    for connection in written { connection.flush() }
  }

  private func open(_ number: UInt64, _ peer: StreamDirectory.Peer, _ reactor: Int) {
    let front = shared.fronts[peer.transport]
    let connection = StreamConnection(
      number: number, remote: peer.remote, transport: peer.transport, listener: nil, front: front, loop: self)
    connection.belongs(to: reactor)
    connections[number] = connection
    let bound = NIOLoopBound(connection, eventLoop: eventLoop)
    let address: NIOCore.SocketAddress
    do {
      address = try peer.remote.nio
    } catch {
      connection.failed(error)
      return
    }
    let keepAlive = StreamKeepAlive(peer.transport, shared.limits)
    ClientBootstrap(group: eventLoop)
      .connectTimeout(shared.limits.connect.timeAmount)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.writeBufferWaterMark, value: shared.limits.waterMark)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try keepAlive?.set(on: channel)
          try front?.addHandlers(channel, peer.name)
          try channel.pipeline.syncOperations.addHandler(bound.value)
        }
      }
      .connect(to: address)
      .whenFailure { error in bound.value.failed(error) }
  }

  // MARK: Streams that peers open

  func accept(
    _ channel: any Channel, _ number: UInt64, _ listener: StreamListener, from remote: Wire.SocketAddress
  ) throws {
    let connection = StreamConnection(
      number: number, remote: remote, transport: listener.transport, listener: listener.number,
      front: listener.front, loop: self)
    try StreamKeepAlive(listener.transport, shared.limits)?.set(on: channel)
    try listener.front?.addHandlers(channel, nil)
    try channel.pipeline.syncOperations.addHandler(connection)
    connections[number] = connection
  }

  /// A stream has ended.
  func remove(_ number: UInt64) {
    connections[number] = nil
    shared.directory.remove(number)
    if connections.isEmpty { becameEmpty() }
  }

  // MARK: Streams that are waited for

  private func expect(_ number: UInt64, _ awaiting: StreamAwaiting, _ reactor: Int) {
    let connection = StreamConnection(
      number: number, remote: .unknown, transport: awaiting.transport, listener: nil, front: nil, loop: self)
    connection.belongs(to: reactor)
    connections[number] = connection
    connection.waits()
    var ports: [UInt16] = [0]
    if let range = awaiting.ports {
      // Each time another first one, so that a port is not taken again at once.
      let first = Int(number >> 8) % range.count
      ports = (0..<min(range.count, Self.portsTried)).map {
        range.lowerBound + UInt16(truncatingIfNeeded: (first + $0) % range.count)
      }
    }
    bind(connection, awaiting, ports[...])
  }

  /// Ports of a range that are looked at before it counts as full.
  private static let portsTried = 64

  private func bind(_ connection: StreamConnection, _ awaiting: StreamAwaiting, _ ports: ArraySlice<UInt16>) {
    guard let port = ports.first else { return connection.failed(StreamFailure.system(EADDRINUSE)) }
    let local = Wire.SocketAddress(ip: awaiting.address, port: port)
    guard let address = try? local.nio else { return connection.failed(StreamFailure.system(EADDRNOTAVAIL)) }
    let own = NIOLoopBound((loop: self, connection: connection), eventLoop: eventLoop)
    let limits = shared.limits
    ServerBootstrap(group: eventLoop, childGroup: eventLoop)
      .serverChannelOption(.backlog, value: 4)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.writeBufferWaterMark, value: limits.waterMark)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let connection = own.value.connection
          guard let remote = channel.remoteAddress.flatMap({ Wire.SocketAddress($0) }),
            connection.hasCome(remote, to: awaiting)
          else { throw StreamFailure.notAllowed }
          try StreamKeepAlive(awaiting.transport, limits)?.set(on: channel)
          try channel.pipeline.syncOperations.addHandler(connection)
        }
      }
      .bind(to: address)
      .whenComplete { result in
        let (loop, connection) = own.value
        switch result {
        case .success(let server): connection.waits(at: server)
        case .failure(let error as IOError) where error.errnoCode == EADDRINUSE:
          loop.bind(connection, awaiting, ports.dropFirst())
        case .failure(let error): connection.failed(error)
        }
      }
  }

  // MARK: Back-pressure

  /// What a reactor calls when its mailbox has room again for what a stream holds.
  func whenRoom(for number: UInt64) -> @Sendable () -> Void {
    let own = NIOLoopBound(self, eventLoop: eventLoop)
    let eventLoop = eventLoop
    return { eventLoop.execute { own.value.connections[number]?.resume() } }
  }

  // MARK: Time and the end

  private func lookAtDeadlines() {
    let now = NIODeadline.now()
    // Closing a stream changes the dictionary.
    for connection in Array(connections.values) { connection.lookAtDeadlines(now) }
  }

  func stop(_ done: @escaping @Sendable () -> Void) {
    ticking?.cancel()
    whenEmpty.append(done)
    guard !connections.isEmpty else { return becameEmpty() }
    for connection in Array(connections.values) { connection.close(.shuttingDown) }
    let own = NIOLoopBound(self, eventLoop: eventLoop)
    eventLoop.scheduleTask(in: shared.limits.closing.timeAmount) {
      for connection in Array(own.value.connections.values) { connection.abort(.shuttingDown) }
    }
  }

  private func becameEmpty() {
    let done = whenEmpty
    whenEmpty = []
    for each in done { each() }
  }
}

/// TCP's own question whether a peer is there, for streams on which nothing is said while all is well.
struct StreamKeepAlive {
  private let limits: StreamLimits

  /// Nil where the messages themselves do it.
  init?(_ transport: StreamTransport, _ limits: StreamLimits) {
    guard transport == .tpkt else { return nil }
    self.limits = limits
  }

  func set(on channel: any Channel) throws {
    guard let options = channel.syncOptions else { return }
    func seconds(_ duration: Duration) -> Int { Int(clamping: max(duration.components.seconds, 1)) }
    try options.setOption(.socketOption(.so_keepalive), value: 1)
    for (name, value) in [
      (TCP_KEEPIDLE, seconds(limits.keepAlive.after)), (TCP_KEEPINTVL, seconds(limits.keepAlive.every)),
      (TCP_KEEPCNT, limits.keepAlive.times),
    ] {
      try options.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: CInt(name))), value: value)
    }
  }
}
