import Codecs
import GuardianTerminal
import H225
import H245
import H323Endpoint
import Testing
import Wire

/// A guardian and a room that is another ``H323Endpoint``, on virtual time: what one sends arrives at the other, and the
/// room says back what it hears.
final class CallBench {
  static let host = IPAddress(v4: 0x7F00_0001)
  static let mcu = SocketAddress(ip: host, port: 1_720)
  static let own = SocketAddress(ip: host, port: 40_000)
  static let room = SocketAddress(ip: host, port: 50_000)
  static let roomControl = SocketAddress(ip: host, port: 50_001)

  var terminal: GuardianTerminal
  var endpoint: H323Endpoint
  var now = Instant(milliseconds: 9_000)
  var sink = GuardianSink()
  var endpointSink = H323EndpointSink()
  var progress: [GuardianProgress] = []
  var report: GuardianReport?
  var heard = SoundAnalyzer()
  var digits = ""
  /// The call in the room; answered unless `refuses`.
  var call: H323CallHandle?
  var refuses: UInt8?
  var released: H323Release?
  /// The audio of the room.
  var leg: AudioLeg
  /// By links of the guardian's, those of the room; and back.
  private var forth: [H323Link: H323Link] = [:]
  private var back: [H323Link: H323Link] = [:]
  /// Listeners for H.245, by port.
  private var listeners: [SocketAddress: (isGuardians: Bool, link: H323Link)] = [:]
  private var nextPort: UInt16 = 60_000
  private var roomTick: Instant?

  init(refuses: UInt8? = nil, _ change: (inout GuardianConfiguration) -> Void = { _ in }) {
    var configuration = GuardianConfiguration(
      room: "council-a", way: .direct(Self.mcu), terminalID: "if://guardian/technical", ras: Self.own,
      signalling: Self.own, media: Self.own, control: SocketAddress(ip: Self.host, port: 40_001))
    configuration.source = .tone(hertz: 440)
    configuration.stay = .seconds(8)
    change(&configuration)
    let clock = UTCTimestamp(seconds: 1_760_000_000)
    terminal = GuardianTerminal(configuration, at: Moment(now: now, clock: clock), random: 1)
    var type = EndpointType(mc: true, undefinedNode: false)
    type.mcu = McuInfo()
    var room = H323EndpointConfiguration(endpointType: type, terminalType: 160, display: "council")
    room.usesFastStart = configuration.usesFastStart
    room.tunnelsH245 = configuration.tunnelsH245
    endpoint = H323Endpoint(configuration: room, seed: 2)
    leg = AudioLeg(.tone(hertz: 1_000), cname: "room", keyPayloadType: 101, now: now, random: 3)
    self.refuses = refuses
  }

  func start() {
    terminal.start(now: now, into: &sink)
    settle()
  }

  func pass(_ duration: Duration) {
    let end = now + duration
    while let next = [terminal.nextDeadline, endpoint.nextDeadline, roomTick].compactMap({ $0 }).min(), next <= end {
      now = max(now, next)
      terminal.advance(now: now, into: &sink)
      endpoint.advance(now: now, into: &endpointSink)
      if let due = roomTick, due <= now {
        var packets: [[UInt8]] = []
        let sound = leg.tick(now: due, packets: &packets)
        if sound.isSpeech { heard.hear(sound.samples) }
        roomTick = due + AudioLeg.tickTime
        for packet in packets { terminal.received(rtp: packet.span, from: Self.room, now: now, into: &sink) }
        if let report = leg.report(now: now, clock: UTCTimestamp(seconds: 1_760_000_000), random: 5) {
          terminal.received(rtcp: report.span, from: Self.roomControl, now: now, into: &sink)
        }
      }
      settle()
    }
    now = end
  }

  private func settle() {
    while !sink.actions.isEmpty || !endpointSink.actions.isEmpty {
      for action in sink.take() { perform(action) }
      for action in endpointSink.take() { perform(action) }
    }
  }

  private func perform(_ action: GuardianAction) {
    switch action {
    case .link(.connect(let link, let address)):
      let listener = listeners[address]
      guard address == Self.mcu || listener != nil else {
        return terminal.closed(link, now: now, into: &sink)
      }
      guard
        let other = endpoint.accepted(
          from: Self.own, local: address, to: listener?.link, now: now, into: &endpointSink)
      else { return terminal.closed(link, now: now, into: &sink) }
      (forth[link], back[other]) = (other, link)
      terminal.opened(link, local: Self.own, now: now, into: &sink)
    case .link(.send(let bytes, let link)):
      if let other = forth[link] { endpoint.received(bytes.span, on: other, now: now, into: &endpointSink) }
    case .link(.close(let link)):
      if let other = forth.removeValue(forKey: link) {
        back[other] = nil
        endpoint.closed(other, now: now, into: &endpointSink)
      }
    case .link(.listen(let link)):
      let address = listen(isGuardians: true, link)
      terminal.listening(link, at: address, now: now, into: &sink)
    case .link(.event): break
    case .rtp(let packet, let address):
      #expect(address == Self.room)
      if let digit = leg.received(packet.span, from: Self.own, now: now) { digits += digit.description }
    case .rtcp(let packet, let address):
      #expect(address == Self.roomControl)
      leg.received(control: packet.span, from: SocketAddress(ip: Self.host, port: 40_001), now: now)
    case .progress(let step): progress.append(step)
    case .ended(let report): self.report = report
    case .ras, .heard: break
    }
  }

  private func listen(isGuardians: Bool, _ link: H323Link) -> SocketAddress {
    nextPort += 1
    let address = SocketAddress(ip: Self.host, port: nextPort)
    listeners[address] = (isGuardians, link)
    return address
  }

  private func perform(_ action: H323EndpointAction) {
    switch action {
    case .connect(let link, let address):
      guard let listener = listeners[address], listener.isGuardians,
        let other = terminal.accepted(
          from: Self.mcu, local: address, to: listener.link, now: now, into: &sink)
      else { return endpoint.closed(link, now: now, into: &endpointSink) }
      (back[link], forth[other]) = (other, link)
      endpoint.opened(link, local: Self.mcu, now: now, into: &endpointSink)
    case .send(let bytes, let link):
      if let other = back[link] { terminal.received(bytes.span, on: other, now: now, into: &sink) }
    case .close(let link):
      if let other = back.removeValue(forKey: link) {
        forth[other] = nil
        terminal.closed(other, now: now, into: &sink)
      }
    case .listen(let link):
      let address = listen(isGuardians: false, link)
      endpoint.listening(link, at: address, now: now, into: &endpointSink)
    case .event(let event): happened(event)
    }
  }

  private func happened(_ event: H323EndpointEvent) {
    switch event {
    case .incoming(let call, let invitation):
      #expect(invitation.destination == [.h323ID("council-a")])
      self.call = call
      endpoint.alert(call, now: now, into: &endpointSink)
      if let refuses {
        endpoint.release(call, cause: refuses, now: now, into: &endpointSink)
      } else {
        endpoint.answer(
          call, media: H323LocalMedia(media: Self.room, mediaControl: Self.roomControl), now: now, into: &endpointSink)
      }
    case .media(_, let media):
      leg.set(
        outgoing: media.outgoing.flatMap(LegStream.init), incoming: media.incoming.flatMap(LegStream.init),
        peersKeys: media.telephoneEventPayloadType)
      if roomTick == nil { roomTick = now }
    case .digit(_, let digit, _): digits.append(String(UnicodeScalar(digit)))
    case .released(_, let release):
      released = release
      roomTick = nil
    case .proceeding, .alerting, .connected, .redirected, .other: break
    }
  }

  func hangUpInRoom(cause: UInt8) {
    if let call { endpoint.release(call, cause: cause, now: now, into: &endpointSink) }
    settle()
  }
}

@Suite struct CallTests {
  struct Kind: Sendable {
    var fast: Bool
    var tunnelled: Bool
  }

  @Test(arguments: [
    Kind(fast: true, tunnelled: true), Kind(fast: false, tunnelled: true), Kind(fast: false, tunnelled: false),
  ])
  func bothHearEachOther(kind: Kind) throws {
    let bench = CallBench { configuration in
      configuration.usesFastStart = kind.fast
      configuration.tunnelsH245 = kind.tunnelled
      configuration.digits = Array("12#".utf8)
    }
    bench.start()
    bench.pass(.seconds(9))
    let found = bench.report
    let report = try #require(found)
    #expect(report.failure == nil && report.isGood && report.stage == .room)
    #expect(report.setup != nil && report.duration == .seconds(8))
    #expect(report.outgoing?.name == "PCMU" && report.incoming?.name == "PCMU")
    #expect(report.statistics.packetsSent > 380 && report.statistics.packetsReceived > 380)
    #expect(report.statistics.lost == 0 && report.statistics.dropped == 0)
    #expect(abs(try #require(report.sound.tones.first).hertz - 1_000) < 2)
    #expect(report.release?.side == .us && report.release?.cause == 16)
    let (heard, digits, released) = (bench.heard.tones, bench.digits, bench.released)
    #expect(abs(try #require(heard.first).hertz - 440) < 2)
    #expect(digits == "12#")
    #expect(released?.side == .peer && released?.cause == 16)
    let json = report.json
    #expect(json["result"] == "good" && json["received"]?["codec"] == "PCMU" && json["failure"] == nil)
    #expect(json["release"]?["by"] == "us")
  }

  @Test func digitsInRTP() throws {
    let bench = CallBench { configuration in
      configuration.digits = Array("0*9".utf8)
      configuration.sendsDigitsInRTP = true
    }
    bench.start()
    bench.pass(.seconds(9))
    let digits = bench.digits
    #expect(digits == "0*9")
  }

  @Test(arguments: [(UInt8(17), "full"), (21, "--gatekeeper"), (1, "no such room"), (41, "cause 41")])
  func aRefusalSaysWhatToDo(cause: UInt8, words: String) throws {
    let bench = CallBench(refuses: cause)
    bench.start()
    bench.pass(.seconds(1))
    let found = bench.report
    let report = try #require(found)
    #expect(!report.isGood && report.stage == .call && report.failure?.contains(words) == true)
  }

  @Test func theRoomEndsInOrderAndNotInOrder() throws {
    for (cause, isGood) in [(UInt8(16), true), (41, false)] {
      let bench = CallBench()
      bench.start()
      bench.pass(.seconds(2))
      bench.hangUpInRoom(cause: cause)
      bench.pass(.seconds(1))
      let found = bench.report
      let report = try #require(found)
      #expect(report.isGood == isGood)
      #expect(report.release?.side == .peer && report.release?.cause == cause)
    }
  }

  @Test func nobodyListens() throws {
    let bench = CallBench { $0.way = .direct(SocketAddress(ip: CallBench.host, port: 9)) }
    bench.start()
    bench.pass(.seconds(1))
    let found = bench.report
    #expect(try #require(found).failure?.contains("no connection to 127.0.0.1:9") == true)
  }
}
