import Reactor
import Synchronization
import Wire

/// Which streams there are: asked by every reactor and every event loop, so it is small and its lock is held briefly.
final class StreamDirectory: Sendable {
  /// Whom a stream leads to, for those who look for one to use again (RFC 3261 §18.1.1).
  struct Peer: Hashable {
    var remote: SocketAddress
    var transport: StreamTransport
    /// Over TLS, the host it has to prove to be; nil for streams that were accepted, and for others.
    var name: String?

    init(remote: SocketAddress, transport: StreamTransport, name: String? = nil) {
      self.remote = remote
      self.transport = transport
      self.name = transport.isSecure ? name?.lowercased() : nil
    }
  }

  enum Opening {
    /// There is one, open or being opened.
    case found(UInt64)
    /// A new one has been entered; whoever asked must open it.
    case new(UInt64)
    case refused(StreamFailure)
  }

  private struct Entry {
    var peer: Peer
    var facts: StreamFacts?
    var isAccepted: Bool
    /// Where else it leads, by its peer's word.
    var aliases: [Peer] = []

    var mayHaveAliases: Bool {
      switch peer.transport {
      case .tcp: true
      case .tls: facts?.tls?.isPeerVerified == true
      case .webSocket, .secureWebSocket, .tpkt: false
      }
    }
  }

  /// Streams are counted by their address, those of H.323 apart from those of SIP.
  private struct Source: Hashable {
    var address: IPAddress
    var isCall: Bool

    init(_ peer: Peer) {
      address = peer.remote.ip
      isCall = !peer.transport.isShared
    }
  }

  private struct State {
    var entries: [UInt64: Entry] = [:]
    var byPeer: [Peer: UInt64] = [:]
    /// Streams that peers opened, by the addresses at which they say they listen (RFC 5923).
    var byAlias: [Peer: UInt64] = [:]
    var accepted: [Source: Int] = [:]
    /// Of those that peers opened, and of all, those that carry H.323.
    var calls = (accepted: 0, all: 0)
    /// Streams of balancers that have yet to say whose they are.
    var reserved = 0
    var nextNumber: UInt64 = 1
    var isStopping = false

    mutating func enter(_ entry: Entry, loop: Int) -> UInt64 {
      let connection = nextNumber << 8 | UInt64(loop)
      nextNumber += 1
      entries[connection] = entry
      if entry.peer.transport.isShared { byPeer[entry.peer] = connection } else { calls.all += 1 }
      return connection
    }

    /// Streams of every kind.
    var count: Int { entries.count + reserved }

    /// A stream that leads there itself, or else by an alias.
    func connection(to peer: Peer) -> UInt64? {
      if let connection = byPeer[peer] { return connection }
      return peer.transport.isSecure ? accepted(from: peer) : byAlias[peer]
    }

    /// Over TLS, a stream that the peer has opened, if it is known to be whom we want: by its certificate, or because
    /// nothing but its address is wanted, which the socket has shown (a phone behind its own connection has no name).
    /// For an alias the socket shows nothing, since the port is another, and the certificate alone counts (RFC 5923 §9.1).
    private func accepted(from peer: Peer) -> UInt64? {
      guard let name = peer.name else { return nil }
      let bare = Peer(remote: peer.remote, transport: peer.transport)
      if let connection = byPeer[bare], IPAddress(name) == peer.remote.ip || isProven(name, by: connection) {
        return connection
      }
      return byAlias[bare].flatMap { isProven(name, by: $0) ? $0 : nil }
    }

    private func isProven(_ name: String, by connection: UInt64) -> Bool {
      entries[connection]?.facts?.tls?.proves(domain: name) == true
    }

    mutating func forgetPeer(of connection: UInt64) {
      guard let entry = entries[connection] else { return }
      for alias in entry.aliases { byAlias[alias] = nil }
      entries[connection]?.aliases = []
      if byPeer[entry.peer] == connection { byPeer[entry.peer] = nil }
    }
  }

  private let limits: StreamLimits
  private let loops: Int
  private let state = Mutex(State())

  init(limits: StreamLimits, loops: Int) {
    self.limits = limits
    self.loops = loops
  }

  /// The event loop that owns a stream, by its number.
  static func loop(of connection: UInt64) -> Int { Int(connection & 0xff) }

  /// The most event loops that fit into a stream's number.
  static let maximumLoops = 256

  /// Enters a stream that a peer opened, unless there are too many.
  func admit(remote: SocketAddress, transport: StreamTransport, loop: Int) -> Opening {
    state.withLock { state in
      if state.isStopping { return .refused(.shuttingDown) }
      let peer = Peer(remote: remote, transport: transport)
      let source = Source(peer)
      let fromAddress = state.accepted[source, default: 0]
      guard state.count < limits.connections, !source.isCall || state.calls.accepted < limits.callSignalling else {
        return .refused(.tooManyConnections)
      }
      guard fromAddress < (source.isCall ? limits.callSignallingPerAddress : limits.connectionsPerAddress) else {
        return .refused(.tooManyOfAddress)
      }
      state.accepted[source] = fromAddress + 1
      if source.isCall { state.calls.accepted += 1 }
      return .new(state.enter(Entry(peer: peer, facts: nil, isAccepted: true), loop: loop))
    }
  }

  /// Takes a place for a stream of which it is not known yet where it comes from; false when there are too many.
  func reserve() -> Bool {
    state.withLock { state in
      guard !state.isStopping, state.count < limits.connections else { return false }
      state.reserved += 1
      return true
    }
  }

  /// Gives such a place back: the stream has ended, or is about to be admitted under its own address.
  func giveBackReserved() { state.withLock { $0.reserved -= 1 } }

  /// The stream that leads to a peer, or a new one.
  func open(to peer: Peer) -> Opening {
    state.withLock { state in
      if let connection = state.connection(to: peer) { return .found(connection) }
      if state.isStopping { return .refused(.shuttingDown) }
      guard state.count < limits.connections else { return .refused(.tooManyConnections) }
      let loop = Int(state.nextNumber % UInt64(loops))
      return .new(state.enter(Entry(peer: peer, facts: nil, isAccepted: false), loop: loop))
    }
  }

  /// A stream to use again.
  func find(_ peer: Peer) -> UInt64? { state.withLock { $0.connection(to: peer) } }

  /// Lets a stream stand for the address at which its peer says it listens (RFC 5923 §8.2).
  ///
  /// The address must be the socket's own, only the port another one, and whoever has it keeps it while its stream lives.
  /// Over plain TCP nothing else proves who speaks. Over TLS the peer must have shown a certificate, which is asked again
  /// when somebody is looked for there: whom it does not name is not reached over this stream. WebSocket clients listen
  /// nowhere (RFC 7118 §5).
  /// - Returns: whether requests for the address may go over this stream from now on.
  func alias(_ remote: SocketAddress, to connection: UInt64) -> Bool {
    state.withLock { state in
      guard let entry = state.entries[connection], entry.isAccepted, entry.mayHaveAliases,
        remote.ip == entry.peer.remote.ip, remote.port != 0, state.byPeer[entry.peer] == connection
      else { return false }
      let alias = Peer(remote: remote, transport: entry.peer.transport)
      if let known = state.byPeer[alias] ?? state.byAlias[alias] { return known == connection }
      guard entry.aliases.count < limits.aliasesPerConnection else { return false }
      state.byAlias[alias] = connection
      state.entries[connection]?.aliases.append(alias)
      return true
    }
  }

  /// What is known of an open stream.
  func facts(of connection: UInt64) -> StreamFacts? { state.withLock { $0.entries[connection]?.facts } }

  /// Whether a stream is open; its facts are not copied.
  func isOpen(_ connection: UInt64) -> Bool {
    state.withLock { state in if case .some = state.entries[connection]?.facts { true } else { false } }
  }

  /// A stream is open.
  func opened(_ connection: UInt64, _ facts: StreamFacts) {
    state.withLock { $0.entries[connection]?.facts = facts }
  }

  /// A stream is not to be used for anything new, although it lives.
  func retire(_ connection: UInt64) { state.withLock { $0.forgetPeer(of: connection) } }

  /// A stream is gone.
  func remove(_ connection: UInt64) {
    state.withLock { state in
      state.forgetPeer(of: connection)
      guard let entry = state.entries.removeValue(forKey: connection) else { return }
      let source = Source(entry.peer)
      if source.isCall { state.calls.all -= 1 }
      guard entry.isAccepted else { return }
      if source.isCall { state.calls.accepted -= 1 }
      let left = state.accepted[source, default: 1] - 1
      state.accepted[source] = left == 0 ? nil : left
    }
  }

  /// Nothing new from now on.
  func stop() { state.withLock { $0.isStopping = true } }

  /// Streams that there are: of SIP, and of H.323.
  var counts: (sip: Int, calls: Int) {
    state.withLock { ($0.entries.count - $0.calls.all, $0.calls.all) }
  }
}
