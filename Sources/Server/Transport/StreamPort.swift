import NIOCore
import NIOPosix
import Reactor
import Synchronization
import Wire

/// What every event loop's streams need to know.
struct StreamShared: Sendable {
  let limits: StreamLimits
  let directory: StreamDirectory
  /// Of SIP.
  let counters: StreamCounters
  /// Of H.323.
  let callCounters: StreamCounters
  let mailboxes: [Mailbox]
  let fronts: [StreamTransport: StreamFront]
  let owner: @Sendable (Span<UInt8>) -> Int
  /// Which reactor a stream of H.323 belongs to, by its first message; nil: nobody's.
  let callOwner: @Sendable (Span<UInt8>) -> Int?

  func counters(of transport: StreamTransport) -> StreamCounters { transport.isShared ? counters : callCounters }
}

/// What a reactor wants of an event loop.
enum StreamCommand: Sendable {
  case open(UInt64, to: StreamDirectory.Peer, reactor: Int)
  case expect(UInt64, StreamAwaiting, reactor: Int)
  case send(UInt64, [UInt8], reactor: Int)
  case close(UInt64)
}

/// The way into one event loop: commands are collected, and the loop is woken only when there were none.
final class StreamPort: Sendable {
  let eventLoop: any EventLoop
  private let number: Int
  private let shared: StreamShared
  private let streams: NIOLoopBoundBox<StreamLoop>
  private let inbox = Mutex(Inbox())

  private struct Inbox {
    var commands: [StreamCommand] = []
    var bytes = 0
  }

  init(number: Int, eventLoop: any EventLoop, shared: StreamShared) {
    self.number = number
    self.eventLoop = eventLoop
    self.shared = shared
    self.streams = .makeBoxSendingValue(StreamLoop(shared: shared, eventLoop: eventLoop), eventLoop: eventLoop)
    eventLoop.execute { self.streams.value.start() }
  }

  /// `false` when too much waits. Openings and closings always pass: streams are limited in number.
  func post(_ command: StreamCommand) -> Bool {
    // A message weighs something even when it is short.
    var bytes = 0
    if case .send(_, let message, _) = command { bytes = message.count + 64 }
    var wake = false
    let isAccepted = inbox.withLock { inbox in
      guard bytes == 0 || inbox.bytes + bytes <= shared.limits.commandBytes else { return false }
      wake = inbox.commands.isEmpty
      inbox.commands.append(command)
      inbox.bytes += bytes
      return true
    }
    if wake { eventLoop.execute { self.drain() } }
    return isAccepted
  }

  private func drain() {
    let commands = inbox.withLock { inbox in
      var commands: [StreamCommand] = []
      swap(&commands, &inbox.commands)
      inbox.bytes = 0
      return commands
    }
    streams.value.perform(commands)
  }

  /// On the loop: a peer has opened a stream. Behind a balancer it is admitted when its PROXY header has said whose it is.
  func accept(_ channel: any Channel, _ listener: StreamListener) throws {
    guard let remote = channel.remoteAddress.flatMap({ Wire.SocketAddress($0) }) else { throw StreamFailure.system(0) }
    guard let balancers = listener.balancers else { return try admit(channel, listener, from: remote) }
    guard balancers.contains(where: { $0.contains(remote.ip) }) else {
      shared.counters.strangers.count()
      throw StreamFailure.notAllowed
    }
    guard shared.directory.reserve() else {
      shared.counters.refused.count()
      throw StreamFailure.tooManyConnections
    }
    let handler = ProxyHeaderHandler(deadline: shared.limits.firstMessage, counters: shared.counters) {
      try self.admit($0, listener, from: $1.addresses?.source ?? remote)
    } whenDone: {
      self.shared.directory.giveBackReserved()
    }
    do {
      try channel.pipeline.syncOperations.addHandler(handler)
    } catch {
      shared.directory.giveBackReserved()
      throw error
    }
  }

  /// Lets a stream in that comes from `remote`, within the limits.
  private func admit(_ channel: any Channel, _ listener: StreamListener, from remote: Wire.SocketAddress) throws {
    let connection: UInt64
    let counters = shared.counters(of: listener.transport)
    switch shared.directory.admit(remote: remote, transport: listener.transport, loop: number) {
    case .new(let number), .found(let number): connection = number
    case .refused(let failure):
      if failure == .tooManyOfAddress {
        counters.refusedPerAddress.count()
      } else {
        counters.refused.count()
      }
      throw failure
    }
    do {
      try streams.value.accept(channel, connection, listener, from: remote)
      counters.accepted.count()
    } catch {
      shared.directory.remove(connection)
      throw error
    }
  }

  /// Ends every stream of this loop and waits for it.
  func stop() async {
    await withCheckedContinuation { continuation in
      eventLoop.execute { self.streams.value.stop { continuation.resume() } }
    }
  }
}
