import Logging
import NIOCore
import NIOPosix
import Reactor
import SIPTransaction
import Synchronization
import Wire

/// All streams of a node, of SIP and of H.323: listens, opens, divides what arrives into messages and hands each to its reactor.
///
/// SwiftNIO's event loops own the sockets; reactors own calls. Between them go whole messages only: in through a
/// reactor's ``Mailbox``, out through ``send(_:connection:from:)``. Everything here may be called from any thread and
/// returns at once.
///
/// What a reactor hears of a stream it uses: `streamOpened` before anything else, its messages in order, and
/// `streamClosed` last. A stream a reactor asked for and that cannot be opened ends in `streamFailed`. Reactors that
/// never used a stream hear nothing of it.
///
/// A stream of SIP serves whatever goes to its peer, and each of its messages goes to its own reactor. One of H.323
/// belongs to one call, and so to one reactor: to whom its first message says, or to who has asked for it.
package final class StreamHub: Sendable {
  private let limits: StreamLimits
  private let directory: StreamDirectory
  private let counters = StreamCounters()
  private let callCounters = StreamCounters()
  private let ports: [StreamPort]
  private let group: MultiThreadedEventLoopGroup
  private let logger: Logger
  private let servers = Mutex<[any Channel]>([])

  /// Makes a hub on event loops that others may use as well.
  ///
  /// - Parameters:
  ///   - callOwner: which reactor a stream of H.323 that a peer has opened belongs to; called on event loops with its first
  ///     message. Nil for what begins no call: the stream ends.
  ///   - owner: which reactor a message belongs to; called on event loops with the whole message.
  ///   - fronts: what is put in front of streams that we open, by transport; plain TCP needs nothing.
  package init(
    group: MultiThreadedEventLoopGroup, mailboxes: [Mailbox], limits: StreamLimits = StreamLimits(),
    fronts: [StreamTransport: StreamFront] = [:], logger: Logger,
    callOwner: @escaping @Sendable (Span<UInt8>) -> Int? = { _ in nil },
    owner: @escaping @Sendable (Span<UInt8>) -> Int
  ) {
    // What lies beyond the number that fits into a connection's identity is simply not used.
    let loops = Array(Array(group.makeIterator()).prefix(StreamDirectory.maximumLoops))
    self.limits = limits
    self.group = group
    self.logger = logger
    let directory = StreamDirectory(limits: limits, loops: loops.count)
    self.directory = directory
    let shared = StreamShared(
      limits: limits, directory: directory, counters: counters, callCounters: callCounters, mailboxes: mailboxes,
      fronts: fronts, owner: owner, callOwner: callOwner)
    self.ports = loops.enumerated().map { StreamPort(number: $0.offset, eventLoop: $0.element, shared: shared) }
  }

  // MARK: Listening

  /// Listens; on failure nothing is left behind.
  ///
  /// - Returns: the addresses with the ports that were bound, in order.
  package func listen(_ listeners: [StreamListener]) async throws(StreamError) -> [Wire.SocketAddress] {
    var bound: [any Channel] = []
    for listener in listeners {
      do {
        bound.append(try await listen(listener))
      } catch {
        for channel in bound { try? await channel.close() }
        throw .bind(listener.address, (error as? IOError)?.errnoCode ?? 0)
      }
    }
    servers.withLock { $0 += bound }
    return zip(listeners, bound).map { listener, channel in
      channel.localAddress.flatMap { Wire.SocketAddress($0) } ?? listener.address
    }
  }

  private func listen(_ listener: StreamListener) async throws -> any Channel {
    // A loop beyond the prefix never accepts: children are spread over all loops of the group.
    let byLoop = Dictionary(uniqueKeysWithValues: ports.map { (ObjectIdentifier($0.eventLoop), $0) })
    return try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.writeBufferWaterMark, value: limits.waterMark)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let port = byLoop[ObjectIdentifier(channel.eventLoop)] else { throw StreamFailure.tooManyConnections }
          try port.accept(channel, listener)
        }
      }
      .bind(to: listener.address.nio).get()
  }

  // MARK: Use by reactors

  /// The stream that leads to a peer, opened if there is none yet: what is sent on it meanwhile waits, within limits. One
  /// of H.323 is always a new one.
  ///
  /// - Parameter name: over TLS, the host that the peer has to prove to be; a stream to the same address whose peer has
  ///   proven another one is not used.
  /// - Returns: 0 when there are too many streams or the node is stopping.
  package func connect(
    to remote: Wire.SocketAddress, transport: StreamTransport = .tcp, name: String? = nil, from reactor: Int
  ) -> UInt64 {
    let peer = StreamDirectory.Peer(remote: remote, transport: transport, name: name)
    switch directory.open(to: peer) {
    case .found(let connection): return connection
    case .refused: return 0
    case .new(let connection):
      let port = ports[StreamDirectory.loop(of: connection)]
      if port.post(.open(connection, to: peer, reactor: reactor)) { return connection }
      directory.remove(connection)
      return 0
    }
  }

  /// A stream that its peer opens, at a place of its own: `streamListening` says where that is, `streamOpened` that the
  /// peer has come. When it does not, or there is no place, the stream ends in `streamFailed`.
  ///
  /// - Returns: 0 when there are too many streams or the node is stopping.
  package func expect(_ awaiting: StreamAwaiting, from reactor: Int) -> UInt64 {
    let peer = StreamDirectory.Peer(remote: .unknown, transport: awaiting.transport)
    guard case .new(let connection) = directory.open(to: peer) else { return 0 }
    let port = ports[StreamDirectory.loop(of: connection)]
    if port.post(.expect(connection, awaiting, reactor: reactor)) { return connection }
    directory.remove(connection)
    return 0
  }

  /// A stream to a peer that is open or being opened; one that the peer opened is found by the port it came from.
  package func connection(to remote: Wire.SocketAddress, transport: StreamTransport = .tcp) -> UInt64? {
    directory.find(StreamDirectory.Peer(remote: remote, transport: transport))
  }

  /// Lets a stream that its peer opened stand for an address of that peer, by the peer's own word: the `alias` in the
  /// topmost Via of a request (RFC 5923). Forgotten with the stream.
  ///
  /// - Returns: whether requests for the address go over this stream from now on; not so if the address is not the
  ///   peer's own, another stream leads there, the stream has too many, or its peer has shown no certificate over TLS.
  ///   Over TLS only requests for a host that the certificate names do.
  @discardableResult
  package func alias(_ remote: Wire.SocketAddress, to connection: UInt64) -> Bool {
    directory.alias(remote, to: connection)
  }

  /// Sends one message on a stream.
  ///
  /// - Parameter reactor: who wants to hear of the stream's end.
  /// - Returns: `false` when too much waits for the event loop. `true` is no promise: a stream that is gone, or goes
  ///   before the message has left, is reported by `streamClosed`.
  @discardableResult
  package func send(_ bytes: [UInt8], connection: UInt64, from reactor: Int) -> Bool {
    let loop = StreamDirectory.loop(of: connection)
    guard connection != 0, loop < ports.count else { return false }
    return ports[loop].post(.send(connection, bytes, reactor: reactor))
  }

  /// What the socket says about an open stream.
  package func facts(of connection: UInt64) -> StreamFacts? { directory.facts(of: connection) }

  /// Whether a stream is open.
  package func isOpen(_ connection: UInt64) -> Bool { directory.isOpen(connection) }

  /// Ends a stream after what was sent on it has left.
  package func close(_ connection: UInt64) {
    let loop = StreamDirectory.loop(of: connection)
    if loop < ports.count { _ = ports[loop].post(.close(connection)) }
  }

  /// What streams of SIP have come to so far.
  package var statistics: StreamStatistics { counters.snapshot(open: directory.counts.sip) }

  /// What streams of H.323 have come to so far.
  package var callStatistics: StreamStatistics { callCounters.snapshot(open: directory.counts.calls) }

  // MARK: Stopping

  /// Accepts nothing more; streams that are open live on.
  package func stopListening() async {
    let servers = servers.withLock { servers in
      let all = servers
      servers = []
      return all
    }
    for server in servers { try? await server.close() }
  }

  /// Ends every stream, those that wait for a slow reader after a short time, and waits until they are gone.
  package func stop() async {
    directory.stop()
    await stopListening()
    await withTaskGroup(of: Void.self) { tasks in
      for port in ports { tasks.addTask { await port.stop() } }
    }
  }
}
