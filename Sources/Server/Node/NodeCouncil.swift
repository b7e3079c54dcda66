import Admissions
import Council
import H225
import Media
import OpenSSLCrypto
import Proxy
import Reactor
import Relay
import Transport
import Wire

/// The rooms of the council that are on one reactor: the machine, its media sockets, and what it wants of others.
struct NodeCouncil: ~Copyable {
  /// Whether it takes calls: the node has a council of its own.
  let isOn: Bool
  private var council: Council
  private var sink = CouncilSink()
  /// Sockets by the number of their place.
  private var ends: [UInt32: MediaEnd] = [:]
  private let shared: H323Shared?
  /// What hosts elsewhere are told in place of our address of that family.
  private let advertised: IPAddress?

  init(_ plan: H323Plan?, mediaTimeout: Duration?, at moment: Moment) {
    var configuration = CouncilConfiguration()
    configuration.mediaTimeout = mediaTimeout
    if let settings = plan?.settings {
      configuration.capacity = settings.capacity
      configuration.lifetime = settings.lifetime
    }
    isOn = plan?.settings.mode == .builtin
    shared = plan?.shared
    advertised = plan?.advertised
    council = Council(configuration, seed: SecureRandom.uint64(), now: moment.now, clock: moment.clock)
  }

  // MARK: What comes

  /// A call of ours, by its first message.
  mutating func take(_ call: H323Streams.Call, _ streams: inout H323Streams, at moment: Moment) {
    guard isOn else { return streams.refuse(call) }
    streams.give(call, to: .council, &council, now: moment.now, into: &sink)
  }

  /// Something about a connection of ours.
  mutating func tell(_ happening: H323Streams.Happening, _ streams: inout H323Streams, at moment: Moment) {
    streams.tell(happening, to: .council, &council, now: moment.now, into: &sink)
  }

  /// A datagram of one of our media sockets: those whose tags have `MediaTable.foreignTag`.
  @inline(__always)
  mutating func received(media packet: Span<UInt8>, from: SocketAddress, tag: UInt32, now: Instant) {
    let place = CouncilPlace(number: (tag & ~MediaTable.foreignTag) >> 1)
    council.received(
      media: packet, component: tag & 1 == 0 ? .media : .control, from: from, at: place, now: now, into: &sink)
  }

  var nextDeadline: Instant? { council.nextDeadline }

  mutating func advance(at moment: Moment) {
    guard let deadline = council.nextDeadline, deadline <= moment.now else { return }
    council.advance(now: moment.now, clock: moment.clock, into: &sink)
  }

  /// The gatekeeper ends a call; false when it is not here.
  mutating func end(_ callIdentifier: GloballyUniqueID, at moment: Moment) -> Bool {
    council.end(callIdentifier, now: moment.now, into: &sink)
  }

  // MARK: What the operator wants

  mutating func roster(at moment: Moment) -> [CouncilRoomState] { council.roster(now: moment.now) }

  mutating func room(_ name: CouncilRoomName, at moment: Moment) -> CouncilRoomState? {
    council.room(name, now: moment.now)
  }

  mutating func perform(_ order: CouncilOrder, at moment: Moment) -> Council.Outcome {
    guard isOn else { return .unknownRoom }
    switch order {
    case .open(let room, let traceID, let capacity, let lifetime):
      return council.open(
        room, traceID: traceID, capacity: capacity, lifetime: lifetime, now: moment.now, into: &sink)
    case .end(let room): return council.end(room, now: moment.now, into: &sink)
    case .expel(let number, let room): return council.expel(number, from: room, now: moment.now, into: &sink)
    case .mute(let number, let room, let isMuted):
      return council.setMuted(isMuted, of: number, in: room, into: &sink)
    }
  }

  /// No new calls from now on.
  mutating func close() { council.isClosed = true }

  /// The end of the node: everybody is released.
  mutating func endAll(at moment: Moment) {
    council.isClosed = true
    council.endAll(now: moment.now, into: &sink)
  }

  var counters: CouncilCounters { council.counters }

  // MARK: What it wants

  /// Whether there is anything to perform.
  var isIdle: Bool { sink.actions.isEmpty && sink.packets.entries.isEmpty }

  /// Performs what the council wants until it wants nothing more; what has happened is appended.
  mutating func perform(
    _ streams: inout H323Streams, _ media: inout NodeMedia, at moment: Moment, io: inout ReactorIO,
    into events: inout [CouncilEvent]
  ) {
    sendPackets(&io)
    var next = 0
    while next < sink.actions.count {
      let action = sink.actions[next]
      next += 1
      switch action {
      case .link(let wanted):
        switch streams.perform(wanted, of: .council) {
        case .done, .event: break
        case .failed(let happening): tell(happening, &streams, at: moment)
        }
      case .admit(let call, let invitation):
        let admission = admission(for: invitation.setup, from: invitation.remote.ip, now: moment.now)
        council.admitted(call, admission, now: moment.now, into: &sink)
      case .openMedia(let place, let isIPv4, let isOwnHost):
        let addresses = open(place, isIPv4: isIPv4, isOwnHost: isOwnHost, &media, &io)
        council.mediaOpened(place, at: addresses, now: moment.now, into: &sink)
      case .closeMedia(let place):
        if let end = ends.removeValue(forKey: place.number) { media.close(end, io: &io) }
      case .event(let event):
        if case .released(let call, _) = event, call.party != nil, let identifier = call.identifier {
          _ = shared?.admissions.withLock { $0.release(identifier) }
        }
        events.append(event)
      }
      sendPackets(&io)
    }
    sink.removeAll()
  }

  /// Packets leave by sockets that may be closed next.
  private mutating func sendPackets(_ io: inout ReactorIO) {
    guard !sink.packets.entries.isEmpty else { return }
    for entry in sink.packets.entries {
      guard let end = ends[entry.place.number] else { continue }
      let socket = entry.component == .media ? end.media : end.control
      io.sendMedia(sink.packets.bytes(of: entry), to: entry.destination, by: socket)
    }
    sink.packets.removeAll()
  }

  private func admission(for setup: SetupUUIE, from source: IPAddress, now: Instant) -> Admission? {
    guard let shared, let identifier = setup.callIdentifier?.guid else { return nil }
    let room = setup.destinationAddress.flatMap { CouncilRoomName($0) }
    return shared.admissions.withLock {
      $0.take(
        identifier, endpointIdentifier: setup.endpointIdentifier?.text, destination: room.map { .room($0.text) },
        from: source, now: now)
    }
  }

  private mutating func open(
    _ place: CouncilPlace, isIPv4: Bool, isOwnHost: Bool, _ media: inout NodeMedia, _ io: inout ReactorIO
  ) -> CouncilMediaAddresses? {
    guard let (end, endpoint) = try? media.openEnd(isIPv4: isIPv4, tag: place.number << 1, io: &io) else { return nil }
    ends[place.number] = end
    var addresses = CouncilMediaAddresses(media: endpoint.media, control: endpoint.control)
    if !isOwnHost, let seen = advertised, seen.isIPv4 == isIPv4 {
      addresses.media.ip = seen
      addresses.control.ip = seen
    }
    return addresses
  }
}

/// What the operator wants of a room.
enum CouncilOrder: Sendable {
  case open(CouncilRoomName, traceID: String?, capacity: Int?, lifetime: Duration?)
  case end(CouncilRoomName)
  case expel(UInt64, CouncilRoomName)
  case mute(UInt64, CouncilRoomName, Bool)
}
