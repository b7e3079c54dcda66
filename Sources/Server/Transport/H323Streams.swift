import H323Endpoint
import Reactor
import Wire

/// Joins the connections of H.323 endpoints to the streams of one reactor: an endpoint knows links, the ``StreamHub`` knows
/// streams, and this says which link stands for which stream, and whose it is.
///
/// Several endpoints may live on a reactor and share one listener. The first message of a stream that a peer has opened
/// comes up as ``News/call(_:)``: whoever drives looks at it, and gives the stream to an endpoint or shows it out.
///
///     switch streams.received(message) {
///     case .call(let call): streams.give(call, to: .council, &council, now: now, into: &sink)
///     case .of(.council, let happening): streams.tell(happening, to: .council, &council, now: now, into: &sink)
///     …
///     }
///     // and for each action of its sink:
///     switch streams.perform(action, of: .council) { … }
package struct H323Streams {
  /// An endpoint, among those of a reactor.
  package struct User: Sendable, Hashable {
    let number: UInt8

    /// One of them by its number.
    package init(_ number: UInt8) { self.number = number }
  }

  /// What a message from the hub means.
  package enum News: Sendable {
    /// Nothing for anybody yet.
    case none
    /// A stream that nobody has yet, and its first message.
    case call(Call)
    /// Something about a connection of an endpoint.
    case of(User, Happening)
  }

  /// A stream that nobody has yet.
  package struct Call: Sendable {
    /// The stream.
    package var stream: UInt64
    /// What the socket says.
    package var facts: StreamFacts
    /// Its first message, without the packet's header.
    package var message: [UInt8]
  }

  /// What an endpoint is to be told of its connections.
  package enum Happening: Sendable {
    /// A connection of its own has come about; our end.
    case opened(H323Link, local: SocketAddress)
    /// Where it listens; nil: nowhere.
    case listening(H323Link, at: SocketAddress?)
    /// Who has come where it listened.
    case came(StreamFacts, to: H323Link, stream: UInt64)
    /// A message.
    case message([UInt8], H323Link)
    /// A connection is gone, or could not be opened.
    case closed(H323Link)
  }

  /// What is left to do after an action.
  package enum Outcome: Sendable {
    case done
    /// This endpoint's user is to be told.
    case event(H323EndpointEvent)
    /// It could not be done, and the endpoint has to be told.
    case failed(Happening)
  }

  private struct Place: Hashable {
    var user: User
    var link: H323Link
  }

  private enum Stage {
    /// Asked for by us.
    case opening
    /// Its peer is to come; whether it is known where to.
    case awaited(isListening: Bool)
    case open
  }

  private struct Entry {
    var place: Place
    var stage: Stage
    /// Where it leads; nil while its peer is to come.
    var host: IPAddress?
  }

  private let hub: StreamHub
  private let reactor: Int
  /// Where H.245 is listened for.
  private let address: IPAddress
  /// On which ports; nil: the system chooses.
  private let ports: ClosedRange<UInt16>?
  /// From where connections for H.245 are taken, beside the hosts that calls are with.
  private let networks: [CIDR]
  private var entries: [UInt64: Entry] = [:]
  private var streams: [Place: UInt64] = [:]
  /// Streams that nobody has yet. As each comes with its first message, there are none between two messages of the hub but
  /// those of a mailbox that was full.
  private var unclaimed: [UInt64: StreamFacts] = [:]

  /// No connections yet.
  ///
  /// - Parameters:
  ///   - address: ours, where peers open connections for H.245.
  ///   - ports: the ports there that they are told; nil: the system chooses.
  ///   - networks: from where these connections are taken, beside the hosts that calls are with.
  package init(
    hub: StreamHub, reactor: Int, address: IPAddress, ports: ClosedRange<UInt16>? = nil, networks: [CIDR] = []
  ) {
    self.hub = hub
    self.reactor = reactor
    self.address = address
    self.ports = ports
    self.networks = networks
  }

  /// Connections that endpoints have.
  package var count: Int { entries.count }

  // MARK: What streams bring

  /// Looks at a message of the hub; nil when it is about no stream of H.323.
  package mutating func received(_ message: ReactorMessage) -> News? {
    switch message {
    case .streamOpened(let stream, let facts):
      guard facts.transport == .tpkt else { return nil }
      return opened(stream, facts)
    case .streamListening(let stream, let address):
      guard let entry = entries[stream] else { return nil }
      entries[stream]?.stage = .awaited(isListening: true)
      return .of(entry.place.user, .listening(entry.place.link, at: address))
    case .streamMessage(let bytes, let stream):
      if let place = entries[stream]?.place { return .of(place.user, .message(bytes, place.link)) }
      guard let facts = unclaimed.removeValue(forKey: stream) else { return nil }
      return .call(Call(stream: stream, facts: facts, message: bytes))
    case .streamFailed(let stream, _), .streamClosed(let stream, _):
      if unclaimed.removeValue(forKey: stream) != nil { return News.none }
      guard let entry = entries.removeValue(forKey: stream) else { return nil }
      streams[entry.place] = nil
      if case .awaited(isListening: false) = entry.stage {
        return .of(entry.place.user, .listening(entry.place.link, at: nil))
      }
      return .of(entry.place.user, .closed(entry.place.link))
    case .datagram, .control, .call, .stop:
      return nil
    }
  }

  private mutating func opened(_ stream: UInt64, _ facts: StreamFacts) -> News {
    guard let entry = entries[stream] else {
      // What we have let go of before it came about is closed already.
      if facts.listener != nil { unclaimed[stream] = facts } else { hub.close(stream) }
      return .none
    }
    entries[stream]?.stage = .open
    switch entry.stage {
    case .awaited: return .of(entry.place.user, .came(facts, to: entry.place.link, stream: stream))
    case .opening, .open: return .of(entry.place.user, .opened(entry.place.link, local: facts.local))
    }
  }

  // MARK: Telling endpoints

  /// Gives a stream to an endpoint, with its first message; one that does not want it is closed.
  package mutating func give<Endpoint: H323EndpointOwner & ~Copyable>(
    _ call: Call, to user: User, _ endpoint: inout Endpoint, now: Instant, into sink: inout Endpoint.Sink
  ) {
    guard
      let link = endpoint.accepted(from: call.facts.remote, local: call.facts.local, to: nil, now: now, into: &sink)
    else { return refuse(call) }
    enter(call.stream, Place(user: user, link: link), .open, call.facts.remote.ip)
    endpoint.received(call.message.span, on: link, now: now, into: &sink)
  }

  /// Shows a stream out that no endpoint is to have.
  package func refuse(_ call: Call) { hub.close(call.stream) }

  /// Tells an endpoint what has happened to a connection of its own.
  package mutating func tell<Endpoint: H323EndpointOwner & ~Copyable>(
    _ happening: Happening, to user: User, _ endpoint: inout Endpoint, now: Instant, into sink: inout Endpoint.Sink
  ) {
    switch happening {
    case .opened(let link, let local): endpoint.opened(link, local: local, now: now, into: &sink)
    case .listening(let link, let address): endpoint.listening(link, at: address, now: now, into: &sink)
    case .message(let bytes, let link): endpoint.received(bytes.span, on: link, now: now, into: &sink)
    case .closed(let link): endpoint.closed(link, now: now, into: &sink)
    case .came(let facts, let listening, let stream):
      leave(stream)
      guard
        let link = endpoint.accepted(from: facts.remote, local: facts.local, to: listening, now: now, into: &sink)
      else {
        hub.close(stream)
        // Nobody comes there any more.
        return endpoint.closed(listening, now: now, into: &sink)
      }
      enter(stream, Place(user: user, link: link), .open, facts.remote.ip)
    }
  }

  // MARK: What endpoints want

  /// Performs what an endpoint wants of its connections.
  package mutating func perform(_ action: H323EndpointAction, of user: User) -> Outcome {
    switch action {
    case .connect(let link, let address):
      let stream = hub.connect(to: address, transport: .tpkt, from: reactor)
      guard stream != 0 else { return .failed(.closed(link)) }
      enter(stream, Place(user: user, link: link), .opening, address.ip)
    case .listen(let link):
      // Hosts with which this endpoint has a connection; which of them it is the call's, the endpoint looks at.
      let peers = Set(entries.values.lazy.filter { $0.place.user == user }.compactMap(\.host))
      let stream = hub.expect(
        StreamAwaiting(address: address, ports: ports, peers: peers, networks: networks), from: reactor)
      guard stream != 0 else { return .failed(.listening(link, at: nil)) }
      enter(stream, Place(user: user, link: link), .awaited(isListening: false), nil)
    case .send(let bytes, let link):
      // One that is gone has been told of, or will be.
      guard let stream = streams[Place(user: user, link: link)] else { return .done }
      if !hub.send(bytes, connection: stream, from: reactor) {
        // Too much waits for the event loop: a call that has lost a message is over.
        leave(stream)
        hub.close(stream)
        return .failed(.closed(link))
      }
    case .close(let link):
      guard let stream = streams[Place(user: user, link: link)] else { return .done }
      leave(stream)
      hub.close(stream)
    case .event(let event):
      return .event(event)
    }
    return .done
  }

  private mutating func enter(_ stream: UInt64, _ place: Place, _ stage: Stage, _ host: IPAddress?) {
    entries[stream] = Entry(place: place, stage: stage, host: host)
    streams[place] = stream
  }

  private mutating func leave(_ stream: UInt64) {
    guard let entry = entries.removeValue(forKey: stream) else { return }
    if streams[entry.place] == stream { streams[entry.place] = nil }
  }
}
