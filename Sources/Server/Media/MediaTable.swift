import DTMF
import Reactor
import Relay
import Wire

/// The relayed calls of one reactor. Its driver hands it the datagrams of media sockets and asks it when time passes.
package struct MediaTable: ~Copyable {
  private struct Call {
    var generation: UInt32 = 0
    /// Places of its streams; empty for a place that is free.
    var streams: [Int] = []
    var hasTimedOut = false
    var isOpen: Bool { !streams.isEmpty }
  }

  /// How often a second some of the calls are looked at for silence, all of them once a second.
  private static let looksPerSecond = 16

  private let configuration: MediaConfiguration
  /// One for each address.
  private var pools: [PortPool]
  private var streams: [MediaStream?] = []
  private var freeStreams: [Int] = []
  private var calls: [Call] = []
  private var freeCalls: [Int] = []
  private var nextLook: Instant?
  private var lookedAt = 0
  private var keys: [MediaKey] = []

  /// - Parameters:
  ///   - reactor: this one's number among `reactors`, which share the ports.
  ///   - seed: random and secret; the order in which ports are taken.
  package init(_ configuration: MediaConfiguration, reactor: Int, reactors: Int, seed: UInt64) {
    self.configuration = configuration
    var seeds = SplitMix64(seed: seed)
    pools = configuration.addresses.map { _ in
      PortPool(configuration.ports, reactor: reactor, reactors: reactors, seed: seeds.next())
    }
  }

  /// Calls that are open.
  package var count: Int { calls.count - freeCalls.count }

  // MARK: A call's life

  /// Opens the sockets of a call with so many streams, at least one: four for each.
  ///
  /// - Parameters:
  ///   - caller: whether the address that faces the caller is an IPv4 one.
  ///   - callee: the same for the callee.
  package mutating func open(
    streams number: Int, callerIsIPv4 caller: Bool = true, calleeIsIPv4 callee: Bool = true, now: Instant,
    io: inout ReactorIO
  ) throws(MediaError) -> (call: RelayCallID, ports: [RelayPorts]) {
    guard (1...MediaLimits.maxStreams).contains(number) else { throw .limit }
    let place = freeCalls.popLast() ?? calls.count
    if place == calls.count { calls.append(Call()) }
    var ports: [RelayPorts] = []
    do throws(MediaError) {
      for _ in 0..<number { ports.append(try openStream(of: place, caller, callee, now, &io)) }
    } catch {
      closeStreams(of: place, &io)
      throw error
    }
    if nextLook == nil { nextLook = now + .seconds(1) / Self.looksPerSecond }
    return (id(of: place), ports)
  }

  /// Opens one stream more, for an m-line that a later offer adds.
  package mutating func addStream(
    to call: RelayCallID, callerIsIPv4 caller: Bool = true, calleeIsIPv4 callee: Bool = true, now: Instant,
    io: inout ReactorIO
  ) throws(MediaError) -> RelayPorts {
    guard let place = place(of: call) else { throw .unknownCall }
    guard calls[place].streams.count < MediaLimits.maxStreams else { throw .limit }
    return try openStream(of: place, caller, callee, now, &io)
  }

  /// A side's description of one stream has come. A call or stream that is not there is passed over.
  package mutating func set(
    _ peer: RelayPeer, of side: RelaySide, stream: Int, call: RelayCallID, now: Instant, io: inout ReactorIO
  ) {
    guard let place = place(of: call), calls[place].streams.indices.contains(stream) else { return }
    calls[place].hasTimedOut = false
    guard let this = streams[calls[place].streams[stream]] else { return }
    this.relay.set(peer, of: side, now: now)
    // The peer may be elsewhere now.
    io.untieMedia(side == .caller ? this.caller.media : this.callee.media)
  }

  /// From now on `tap` hears one stream of a call; nil: nobody does. A call or stream that is not there is passed over.
  package mutating func set(tap: (any RelayTap)?, stream: Int, call: RelayCallID) {
    self.stream(stream, of: call)?.relay.set(tap: tap)
  }

  /// What is known of a call's streams; empty when it is not there.
  package func reports(of call: RelayCallID) -> [RelayReport] {
    guard let place = place(of: call) else { return [] }
    return calls[place].streams.compactMap { streams[$0]?.report }
  }

  /// Closes the sockets of a call; empty when it is not there.
  package mutating func close(_ call: RelayCallID, now: Instant, io: inout ReactorIO) -> [RelayReport] {
    guard let place = place(of: call) else { return [] }
    let reports = reports(of: call)
    closeStreams(of: place, &io)
    return reports
  }

  private func id(of place: Int) -> RelayCallID {
    RelayCallID(rawValue: UInt64(calls[place].generation) << 32 | UInt64(place))
  }

  private func place(of call: RelayCallID) -> Int? {
    let place = Int(truncatingIfNeeded: call.rawValue & 0xFFFF_FFFF)
    guard place < calls.count, calls[place].isOpen, UInt64(calls[place].generation) == call.rawValue >> 32 else {
      return nil
    }
    return place
  }

  // MARK: Sockets of others

  /// The bit that tags of sockets have which are not the relay's but share its ports.
  package static let foreignTag: UInt32 = 1 << 31

  /// Opens a pair of sockets, one for RTP and one for RTCP, for somebody who has no stream here.
  ///
  /// - Parameter tag: the RTP socket's: even, and with ``foreignTag``; the RTCP socket's is the one above.
  package mutating func openEnd(
    isIPv4: Bool, tag: UInt32, io: inout ReactorIO
  ) throws(MediaError) -> (end: MediaEnd, endpoint: RelayEndpoint) {
    let end = try openEnd(isIPv4, tag & ~1 | Self.foreignTag, &io)
    return (end, endpoint(end))
  }

  /// Closes them.
  package mutating func close(_ end: MediaEnd, io: inout ReactorIO) { closeEnd(end, &io) }

  // MARK: Datagrams

  /// A datagram of a media socket, as ``ReactorDriver/received(media:count:from:socket:tag:now:io:)`` has it.
  package mutating func received(
    media packet: inout MutableSpan<UInt8>, count: Int, from source: SocketAddress, tag: UInt32, now: Instant
  ) -> MediaVerdict {
    let place = Int(tag >> 2)
    guard place < streams.count, let stream = streams[place] else { return .drop }
    let side: RelaySide = tag & 2 == 0 ? .caller : .callee
    let component: RelayComponent = tag & 1 == 0 ? .media : .control
    switch stream.relay.receive(&packet, count: count, component: component, from: source, on: side, now: now) {
    case .drop(let reason):
      if reason == .key { collectKeys(stream) }
      return .drop
    case .forward(let destination, let component, let length):
      return .forward(
        count: length, to: destination, by: stream.socket(side.other, component),
        isOnlyPeer: component == .media && stream.relay.source(of: side.other) == destination)
    }
  }

  // MARK: Keys

  /// Whether there are keys that ``takeKeys()`` would give.
  package var hasKeys: Bool { !keys.isEmpty }

  /// The keys that are to go to parties by INFO. What becomes of each is to be said by ``keyAnswered(_:)``.
  package mutating func takeKeys() -> [MediaKey] {
    defer { keys = [] }
    return keys
  }

  /// The INFO with a key is answered, or could not be sent.
  package mutating func keyAnswered(_ call: RelayCallID, stream: Int) {
    guard let this = self.stream(stream, of: call) else { return }
    this.relay.keyAnswered()
    collectKeys(this)
  }

  /// A party has sent a key by INFO.
  package mutating func received(
    _ key: DTMFInfo, of side: RelaySide, stream: Int, call: RelayCallID, now: Instant
  ) {
    guard let this = self.stream(stream, of: call) else { return }
    this.relay.received(key, of: side, now: now)
    collectKeys(this)
  }

  private mutating func collectKeys(_ stream: MediaStream) {
    while let (side, key) = stream.relay.nextKey() {
      keys.append(MediaKey(call: stream.call, stream: stream.number, side: side, key: key))
    }
  }

  private func stream(_ number: Int, of call: RelayCallID) -> MediaStream? {
    guard let place = place(of: call), calls[place].streams.indices.contains(number) else { return nil }
    return streams[calls[place].streams[number]]
  }

  // MARK: Time

  /// When ``advance(now:events:)`` wants to be called; nil while there are no calls.
  package var nextDeadline: Instant? { nextLook }

  /// What has come about by now is appended.
  package mutating func advance(now: Instant, events: inout [MediaEvent]) {
    guard let look = nextLook, look <= now else { return }
    guard count > 0 else {
      nextLook = nil
      return
    }
    nextLook = now + .seconds(1) / Self.looksPerSecond
    for _ in 0..<((calls.count + Self.looksPerSecond - 1) / Self.looksPerSecond) {
      lookedAt = lookedAt + 1 < calls.count ? lookedAt + 1 : 0
      if isSilent(lookedAt, now) {
        calls[lookedAt].hasTimedOut = true
        events.append(.timedOut(id(of: lookedAt)))
      }
    }
  }

  /// Whether nothing comes any more on those streams of a call where something should.
  private func isSilent(_ place: Int, _ now: Instant) -> Bool {
    guard calls[place].isOpen, !calls[place].hasTimedOut else { return false }
    var isExpected = false
    for stream in calls[place].streams {
      guard let deadline = streams[stream]?.relay.nextDeadline else { continue }
      if deadline > now { return false }
      isExpected = true
    }
    return isExpected
  }

  // MARK: Sockets

  private mutating func openStream(
    of place: Int, _ caller: Bool, _ callee: Bool, _ now: Instant, _ io: inout ReactorIO
  ) throws(MediaError) -> RelayPorts {
    guard streams.count - freeStreams.count < MediaLimits.maxAllStreams else { throw .limit }
    let number = freeStreams.last ?? streams.count
    let tag = UInt32(truncatingIfNeeded: number) << 2
    let one = try openEnd(caller, tag, &io)
    let other: MediaEnd
    do throws(MediaError) {
      other = try openEnd(callee, tag | 2, &io)
    } catch {
      closeEnd(one, &io)
      throw error
    }
    let stream = MediaStream(
      RelayStream(configuration.settings, now: now), id(of: place), calls[place].streams.count, caller: one,
      callee: other)
    if freeStreams.popLast() == nil { streams.append(stream) } else { streams[number] = stream }
    calls[place].streams.append(number)
    return RelayPorts(towardCaller: endpoint(one), towardCallee: endpoint(other))
  }

  private mutating func openEnd(
    _ isIPv4: Bool, _ tag: UInt32, _ io: inout ReactorIO
  ) throws(MediaError) -> MediaEnd {
    guard let address = configuration.addresses.firstIndex(where: { $0.isIPv4 == isIPv4 }) else { throw .family }
    let ip = configuration.addresses[address]
    let trafficClass = configuration.dscp << 2
    for _ in 0..<min(MediaLimits.maxPortTries, pools[address].count) {
      guard let port = pools[address].take() else { break }
      do throws(ReactorError) {
        let media = try io.openMedia(SocketAddress(ip: ip, port: port), tag: tag, trafficClass: trafficClass)
        do throws(ReactorError) {
          let control = try io.openMedia(
            SocketAddress(ip: ip, port: port + 1), tag: tag | 1, trafficClass: trafficClass)
          return MediaEnd(media: media, control: control, address: address, port: port)
        } catch {
          io.closeMedia(media)
          throw error
        }
      } catch {
        pools[address].giveBack(port)
        switch error {
        // Somebody else has it (EADDRINUSE), or keeps it (EACCES).
        case .bind(_, 98), .bind(_, 13): continue
        case .bind(_, let number), .system(_, let number): throw .system(number)
        case .configuration: throw .system(0)
        }
      }
    }
    throw .ports
  }

  private func endpoint(_ end: MediaEnd) -> RelayEndpoint {
    let ip = configuration.addresses[Int(end.address)]
    return RelayEndpoint(
      media: SocketAddress(ip: ip, port: end.port), control: SocketAddress(ip: ip, port: end.port + 1))
  }

  private mutating func closeEnd(_ end: MediaEnd, _ io: inout ReactorIO) {
    io.closeMedia(end.media)
    io.closeMedia(end.control)
    pools[end.address].giveBack(end.port)
  }

  private mutating func closeStreams(of place: Int, _ io: inout ReactorIO) {
    for number in calls[place].streams {
      guard let stream = streams[number] else { continue }
      closeEnd(stream.caller, &io)
      closeEnd(stream.callee, &io)
      streams[number] = nil
      freeStreams.append(number)
    }
    calls[place].streams = []
    calls[place].hasTimedOut = false
    calls[place].generation &+= 1
    freeCalls.append(place)
  }
}

/// The two sockets that face one side of a stream.
package struct MediaEnd: Sendable {
  /// RTP's.
  package let media: MediaSocketID
  /// RTCP's.
  package let control: MediaSocketID
  /// Which of the configuration's addresses.
  let address: Int
  /// RTP's.
  let port: UInt16
}

/// A stream with its sockets. A class, so that a packet changes it where it lies.
final class MediaStream {
  var relay: RelayStream
  /// Whose it is, and which of its streams.
  let call: RelayCallID
  let number: Int
  let caller: MediaEnd
  let callee: MediaEnd

  init(_ relay: consuming RelayStream, _ call: RelayCallID, _ number: Int, caller: MediaEnd, callee: MediaEnd) {
    self.relay = relay
    self.call = call
    self.number = number
    self.caller = caller
    self.callee = callee
  }

  @inline(__always)
  func socket(_ side: RelaySide, _ component: RelayComponent) -> MediaSocketID {
    let end = side == .caller ? caller : callee
    return component == .media ? end.media : end.control
  }

  var report: RelayReport {
    RelayReport(caller: relay.statistics(of: .caller), callee: relay.statistics(of: .callee))
  }
}
