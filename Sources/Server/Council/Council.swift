import H323Endpoint
import Mixer
import RTP
import Wire

/// The audio MCU of the built-in council (DOMAIN §9): an H.323 endpoint that is called, and rooms in which everyone who calls
/// hears everyone else and not itself.
///
/// ```
///            admit?            yes: a room, openMedia          ports: Connect
///   Setup ----------> asking ----------------------> opening ------------------> answered
///                       |                               |                           |
///                       | no, full, no answer           | no ports                  | ReleaseComplete of either side,
///                       v                               v                           v expelled, silent, room over
///                     gone <------------------------------------------------------- gone, and the room with the last
/// ```
///
/// It owns no socket and no clock. What its connections bring is given to `accepted`, `opened`, `listening`, `received` and
/// `closed`, as to an `H323Endpoint`; what its media sockets bring to ``received(media:component:from:at:now:)``. The driver
/// then sends ``CouncilSink/packets`` and does what ``CouncilSink/actions`` say. One reactor has one; all calls of a room
/// belong to one reactor.
package struct Council: H323EndpointOwner, ~Copyable {
  /// How it is run. A change holds for what comes.
  package var configuration: CouncilConfiguration
  /// Whether new calls are refused: the node is stopping.
  package var isClosed = false

  var endpoint: H323Endpoint
  /// What the endpoint wants, until it is done.
  var wanted = H323EndpointSink()
  var random: SplitMix64
  let cname: [UInt8]
  /// By place.
  var legs: [CouncilLeg?] = []
  var freePlaces: [UInt32] = []
  var places: [H323CallHandle: CouncilPlace] = [:]
  var rooms: [CouncilRoomName: CouncilRoom] = [:]
  var ticks = TickClock()
  /// When it is looked who is silent, and which rooms are over.
  var nextLook: Instant?
  /// What both clocks said last.
  var clock: (now: Instant, civil: UTCTimestamp)
  var counted = CouncilCounters()
  var rtcpEvents: [RTPSessionEvent] = []

  /// A council without rooms.
  ///
  /// - Parameters:
  ///   - seed: random and secret.
  ///   - clock: civil time now, for RTCP and for rosters.
  package init(_ configuration: CouncilConfiguration, seed: UInt64, now: Instant, clock: UTCTimestamp) {
    self.configuration = configuration
    self.configuration.capacity = min(max(configuration.capacity, 1), MixerLimits.maxLegs)
    random = SplitMix64(seed: seed)
    endpoint = H323Endpoint(configuration: configuration.endpoint, seed: random.next())
    self.clock = (now, clock)
    // 96 bits.
    let name = Hex.encode(random.next()) + Hex.encode(random.next())
    cname = configuration.cname ?? Array(name.utf8.prefix(24))
  }

  // MARK: Connections

  /// See ``H323EndpointOwner``.
  package mutating func withEndpoint<Result>(
    now: Instant, into sink: inout CouncilSink, _ body: (inout H323Endpoint, inout H323EndpointSink) -> Result
  ) -> Result {
    let result = body(&endpoint, &wanted)
    pump(now, &sink)
    return result
  }

  /// Gives on what the endpoint wants, and does what its events ask for, which may be more.
  mutating func pump(_ now: Instant, _ sink: inout CouncilSink) {
    while !wanted.actions.isEmpty {
      for action in wanted.take() {
        switch action {
        case .connect, .send, .close, .listen: sink.actions.append(.link(action))
        case .event(let event): handle(event, now: now, into: &sink)
        }
      }
    }
  }

  // MARK: Time

  /// When ``advance(now:clock:into:)`` has to be called next; nil for never.
  package var nextDeadline: Instant? {
    Instant.earlier(.earlier(endpoint.nextDeadline, ticks.due), nextLook)
  }

  /// Does what is due: timers of calls, ticks of rooms, RTCP, silence, the end of a room's time.
  package mutating func advance(now: Instant, clock: UTCTimestamp, into sink: inout CouncilSink) {
    self.clock = (now, clock)
    if let deadline = endpoint.nextDeadline, deadline <= now {
      endpoint.advance(now: now, into: &wanted)
      pump(now, &sink)
    }
    tick(now: now, into: &sink)
    guard let look = nextLook, look <= now else { return }
    nextLook = now + .seconds(1)
    lookAround(now: now, into: &sink)
    if legs.count == freePlaces.count, rooms.isEmpty { nextLook = nil }
  }

  private mutating func lookAround(now: Instant, into sink: inout CouncilSink) {
    for room in Array(rooms.values) {
      if room.ends <= now {
        for leg in room.legs { end(leg, .lifetime, cause: 16, now: now, into: &sink) }
      }
      if (room.waitsUntil ?? .distantFuture) <= now { close(room, now: now, into: &sink) }
    }
    for case .some(let leg) in legs {
      if leg.phase != .answered {
        if leg.began + configuration.setupPatience <= now { refuse(leg, .noAnswer, now: now, into: &sink) }
      } else if let timeout = configuration.mediaTimeout, leg.isExpected, leg.lastHeard + timeout <= now {
        // Recovery on timer expiry.
        end(leg, .mediaTimeout, cause: 102, now: now, into: &sink)
      }
    }
  }

  /// Civil time at an instant.
  func civil(at instant: Instant) -> UTCTimestamp { clock.civil + clock.now.duration(to: instant) }

  // MARK: What is there

  /// What has been counted, with what goes on.
  package var counters: CouncilCounters {
    var counters = counted
    counters.rooms = rooms.count
    counters.participants = rooms.values.reduce(0) { $0 + $1.participantCount }
    counters.active = legs.count - freePlaces.count
    return counters
  }

  /// Calls of the endpoint, for tests: as many as there are legs, but for those that are ending.
  package var callCount: Int { endpoint.callCount }

  /// Places for calls, taken or free: what has been needed at once so far.
  package var heldPlaces: Int { legs.count }

  func leg(_ call: H323CallHandle) -> CouncilLeg? { places[call].flatMap { leg($0) } }

  func leg(_ place: CouncilPlace) -> CouncilLeg? {
    let number = Int(place.number)
    return number < legs.count ? legs[number] : nil
  }
}
