import Admissions
import Council
import FuzzSupport
import H225
import H245
import H323Endpoint
import RTP
import Relay
import Wire

/// Calls, media, keys, operators and time in any order, with a driver that sometimes has no ports or does not answer. There is
/// no leg without a call, no room without legs but one that the operator lets wait, no packet by a socket that is closed;
/// no room holds more than it may.
private func check(_ bytes: Span<UInt8>) {
  var hall = Hall(FuzzScript(bytes))
  while !hall.script.isAtEnd { hall.step() }
  hall.finish()
}

private struct Hall: ~Copyable {
  var script: FuzzScript
  var council: Council
  var sink = CouncilSink()
  var now = Instant(milliseconds: 1_000)
  /// Calls that are up, as the endpoint knows them.
  var calls: [H323CallHandle] = []
  var next: UInt64 = 1
  var ports: Set<CouncilPlace> = []
  var ordered: Set<CouncilRoomName> = []
  let capacity: Int

  init(_ script: FuzzScript) {
    self.script = script
    capacity = self.script.pick([1, 3, 25])
    var configuration = CouncilConfiguration()
    configuration.capacity = capacity
    configuration.mediaTimeout = .seconds(3)
    configuration.setupPatience = .seconds(2)
    configuration.lifetime = .seconds(60)
    configuration.openPatience = .seconds(5)
    council = Council(configuration, seed: 5, now: now, clock: .epoch)
  }

  mutating func step() {
    switch script.below(12) {
    case 0, 1: arrive()
    case 2: agree()
    case 3: hangUp()
    case 4: tell { .digit($0, $1, milliseconds: nil) }
    case 5, 6: datagram()
    case 7: operate()
    case 8: council.isClosed = script.once(in: 4)
    default: pass(.milliseconds(script.pick([20, 5, 100, 1_000, 300_000])))
    }
    perform()
    compare()
  }

  mutating func finish() {
    council.endAll(now: now, into: &sink)
    perform()
    compare()
    require(council.counters.active == 0 && council.counters.rooms == 0 && ports.isEmpty, "something is left")
    pass(.seconds(1))
    require(council.nextDeadline == nil, "it still wants to be called")
  }

  private mutating func roomName() -> String { script.pick(["council-a", "council-b", "council", "council-c", "x"]) }

  private mutating func arrive() {
    let call = H323CallHandle(number: next)
    next += 1
    // Some use an identifier again.
    let low = script.once(in: 5) ? 1 : call.number
    var setup = SetupUUIE(
      protocolIdentifier: H225.ProtocolIdentifier.ours, sourceInfo: EndpointType(mc: false, undefinedNode: false),
      activeMC: false, conferenceID: GloballyUniqueID(high: 0, low: 0), conferenceGoal: .join, callType: .pointToPoint)
    if !script.once(in: 9) { setup.callIdentifier = CallIdentifier(guid: GloballyUniqueID(high: 0, low: low)) }
    calls.append(call)
    let invitation = H323Invitation(
      remote: SocketAddress(ip: IPAddress(v4: 0x0A00_0000 + UInt32(script.below(4))), port: 1_000),
      local: SocketAddress(ip: IPAddress(v4: 0x0A00_00FF), port: 1_720), destination: [.urlID(roomName())], source: [],
      display: nil, setup: setup, nonStandardData: nil)
    council.handle(.incoming(call, invitation), now: now, into: &sink)
  }

  private mutating func address() -> SocketAddress {
    SocketAddress(
      ip: IPAddress(v4: 0x0A00_0000 + UInt32(script.below(4))), port: script.pick([5_000, 5_001, 5_002, 0, 65_535]))
  }

  private mutating func agree() {
    guard !calls.isEmpty else { return }
    let call = script.pick(calls)
    func stream(_ hall: inout Hall) -> H323Media.Stream? {
      guard !hall.script.once(in: 3) else { return nil }
      let audio = hall.script.pick(
        [AudioCapability.g711Ulaw64k(20), .g711Alaw64k(20), .g722At64k(20), .g729(2)])
      return H323Media.Stream(
        audio: audio, media: hall.address(), mediaControl: hall.script.once(in: 2) ? hall.address() : nil,
        payloadType: hall.script.pick([0, 8, 9, 101, 96]))
    }
    let media = H323Media(outgoing: stream(&self), incoming: stream(&self), telephoneEventPayloadType: 101)
    council.handle(.media(call, media), now: now, into: &sink)
  }

  private mutating func hangUp() {
    guard !calls.isEmpty else { return }
    let call = calls.remove(at: script.below(min(calls.count, 256)))
    let side = script.pick([H323Release.Side.peer, .us, .connection, .timer, .fault])
    council.handle(.released(call, H323Release(side: side, cause: script.byte())), now: now, into: &sink)
  }

  private mutating func tell(_ event: (H323CallHandle, UInt8) -> H323EndpointEvent) {
    guard !calls.isEmpty else { return }
    let digit = script.pick(Array("*60#!".utf8) + [0])
    council.handle(event(script.pick(calls), digit), now: now, into: &sink)
  }

  private mutating func datagram() {
    var packet = [UInt8](repeating: 0, count: script.pick([12, 172, 16, 8, 0, 28]))
    for place in packet.indices where place < 16 { packet[place] = script.byte() }
    // Mostly a packet.
    if !packet.isEmpty, !script.once(in: 4) { packet[0] = 0x80 }
    let place = CouncilPlace(number: UInt32(script.below(6)))
    council.received(
      media: packet.span, component: script.pick([.media, .control]), from: address(), at: place, now: now, into: &sink)
  }

  private mutating func operate() {
    guard let name = CouncilRoomName(roomName()) else { return }
    let number = UInt64(script.byte())
    switch script.below(4) {
    case 0: _ = council.end(name, now: now, into: &sink)
    case 1: _ = council.expel(number, from: name, now: now, into: &sink)
    case 2: _ = council.setMuted(script.once(in: 2), of: number, in: name, into: &sink)
    default:
      if council.open(name, traceID: nil, capacity: script.pick([1, 2, 99]), now: now, into: &sink) == .done(0) {
        ordered.insert(name)
      }
    }
  }

  private mutating func pass(_ duration: Duration) {
    now += duration
    var rounds = 0
    while let deadline = council.nextDeadline, deadline <= now {
      council.advance(now: now, clock: UTCTimestamp(microseconds: now.nanoseconds / 1_000), into: &sink)
      perform()
      rounds += 1
      require(rounds < 16, "it is never done")
    }
  }

  private mutating func perform() {
    var next = 0
    sendPackets()
    while next < sink.actions.count {
      let action = sink.actions[next]
      next += 1
      switch action {
      case .link: break
      case .admit(let call, let invitation):
        if script.once(in: 8) { continue }
        let room = CouncilRoomName(invitation.destination)?.text ?? ""
        let admission = Admission(
          callIdentifier: GloballyUniqueID(high: 0, low: 0), party: .gateway(callID: "x"),
          destination: .room(script.once(in: 6) ? roomName() : room), bandwidthBitsPerSecond: 1)
        council.admitted(call, script.once(in: 6) ? nil : admission, now: now, into: &sink)
      case .openMedia(let place, _, _):
        if script.once(in: 8) { continue }
        let hasPorts = !script.once(in: 8)
        if hasPorts { require(ports.insert(place).inserted, "a place was given twice") }
        let address = SocketAddress(ip: IPAddress(v4: 0x0A00_00FF), port: 40_000)
        council.mediaOpened(
          place, at: hasPorts ? CouncilMediaAddresses(media: address, control: address) : nil, now: now, into: &sink)
      case .closeMedia(let place): require(ports.remove(place) != nil, "it was not open")
      case .event(.released(let call, _)): calls.removeAll { $0.number == call.number }
      case .event(.roomEnded(let name, _, _)): ordered.remove(name)
      case .event(.joined(let name, _)): ordered.remove(name)
      case .event: break
      }
      sendPackets()
    }
    sink.removeAll()
  }

  private mutating func sendPackets() {
    for entry in sink.packets.entries {
      require(ports.contains(entry.place), "a packet leaves by a socket that is closed")
      require(entry.destination.port != 0, "a packet goes to port 0")
      let bytes = sink.packets.bytes(of: entry)
      if entry.component == .media { require((try? RTPHeader(bytes)) != nil, "it is no RTP") }
    }
    sink.packets.removeAll()
  }

  private func compare() {
    let roster = council.roster(now: now)
    let counters = council.counters
    require(roster.count == counters.rooms, "\(roster.count) rooms")
    var inRooms = 0
    for room in roster {
      require(!room.participants.isEmpty || ordered.contains(room.name), "\(room.name) is empty")
      require(room.participants.count <= min(room.capacity, capacity), "\(room.name) is too full")
      for participant in room.participants {
        require(calls.contains { $0.number == participant.number }, "a leg without a call")
      }
      inRooms += room.participants.count
    }
    require(inRooms <= counters.active && counters.active <= calls.count, "\(inRooms) of \(counters.active)")
    require(ports.count <= inRooms, "\(ports.count) sockets for \(inRooms)")
    require(counters.participants <= inRooms, "\(counters.participants) participants")
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
