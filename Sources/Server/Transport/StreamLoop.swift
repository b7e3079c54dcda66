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
    connection.note(reactor)
    connections[number] = connection
    let bound = NIOLoopBound(connection, eventLoop: eventLoop)
    let address: NIOCore.SocketAddress
    do {
      address = try peer.remote.nio
    } catch {
      connection.failed(error)
      return
    }
    ClientBootstrap(group: eventLoop)
      .connectTimeout(shared.limits.connect.timeAmount)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.writeBufferWaterMark, value: shared.limits.waterMark)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
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
