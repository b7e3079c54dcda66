import Admissions
import AudioTraces
import Codecs
import Council
import H225
import H245
import H323Endpoint
import Mixer
import PER
import RTP
import Relay
import Testing
import Wire

/// A council with its driver and everybody who calls it, on virtual time. What its endpoint would tell is told here, as
/// values: how calls come about over the wire is `PipeTests`' matter.
final class Hall {
  static let address = IPAddress(v4: 0x0A00_0001)

  var council: Council
  var sink = CouncilSink()
  var now = Instant(milliseconds: 10_000)
  let clock = UTCTimestamp(seconds: 1_800_000_000)
  /// Whom the table lets in.
  var table: AdmissionTable
  var phones: [Phone] = []
  var events: [CouncilEvent] = []
  /// Media sockets that are open.
  var ports: [CouncilPlace: CouncilMediaAddresses] = [:]
  var portsLeft = Int.max
  var opened = 0
  /// Packets that found nobody, and RTCP that was sent.
  var lost = 0
  var control: [(place: CouncilPlace, to: SocketAddress, bytes: [UInt8])] = []
  /// What becomes of connections, and what else happens every 20 ms, where there are any.
  var onLink: (H323EndpointAction) -> Void = { _ in }
  var onTime: () -> Void = {}
  /// Whose call is being let in.
  private var asking: Phone?

  init(_ configuration: CouncilConfiguration = CouncilConfiguration(), seed: UInt64 = 7) {
    council = Council(
      configuration, seed: seed, now: Instant(milliseconds: 10_000), clock: UTCTimestamp(seconds: 1_800_000_000))
    // The council's own account of places is what is tested.
    table = AdmissionTable(roomCapacity: 1_000)
  }

  /// Somebody calls; with an admission, unless told otherwise.
  @discardableResult
  func call(
    _ phone: Phone, _ room: String, admittedTo admitted: String? = nil, isAdmitted: Bool = true,
    destination: [AliasAddress]? = nil
  ) -> Phone {
    phone.identifier = GloballyUniqueID(high: 1, low: phone.call.number)
    if isAdmitted {
      let entered = table.enter(
        Admission(
          callIdentifier: phone.identifier, party: .guardian("if://guardian/\(phone.call.number)"),
          destination: .room(admitted ?? room), bandwidthBitsPerSecond: 128_000, traceID: "trace"), now: now)
      #expect(entered == .entered)
    }
    if !phones.contains(where: { $0 === phone }) { phones.append(phone) }
    tell(.incoming(phone.call, phone.invitation(destination ?? [.h323ID(BMPString(room))])))
    return phone
  }

  /// Calls and has its media agreed upon both ways.
  @discardableResult
  func join(_ phone: Phone, _ room: String = "council-a") -> Phone {
    call(phone, room)
    agree(phone)
    return phone
  }

  /// What the endpoint says when both channels are open.
  func agree(_ phone: Phone, outgoing: Bool = true, incoming: Bool = true) {
    guard let own = address(of: phone) else { return }
    phone.isSending = incoming
    tell(
      .media(
        phone.call,
        H323Media(
          outgoing: outgoing
            ? .init(
              audio: phone.hears, media: phone.address,
              mediaControl: SocketAddress(ip: phone.address.ip, port: phone.address.port + 1),
              payloadType: phone.hearsPayloadType) : nil,
          incoming: incoming
            ? .init(
              audio: phone.says, media: own.media, mediaControl: own.control, payloadType: phone.saysPayloadType)
            : nil)))
  }

  func hangUp(_ phone: Phone, cause: UInt8 = 16) {
    phone.isSending = false
    tell(.released(phone.call, H323Release(side: .peer, cause: cause)))
  }

  func tell(_ event: H323EndpointEvent) {
    council.handle(event, now: now, into: &sink)
    perform()
  }

  func address(of phone: Phone) -> CouncilMediaAddresses? { phone.place.flatMap { ports[$0] } }

  // MARK: The operator. A machine that cannot be copied cannot be asked inside `#expect`.

  func state(_ name: CouncilRoomName) -> CouncilRoomState? { council.room(name, now: now) }

  func roster() -> [CouncilRoomState] { council.roster(now: now) }

  func end(_ name: CouncilRoomName) -> Council.Outcome {
    let outcome = council.end(name, now: now, into: &sink)
    perform()
    return outcome
  }

  func expel(_ participant: UInt64, from name: CouncilRoomName) -> Council.Outcome {
    let outcome = council.expel(participant, from: name, now: now, into: &sink)
    perform()
    return outcome
  }

  @discardableResult
  func mute(_ participant: UInt64, _ isMuted: Bool, in name: CouncilRoomName) -> Council.Outcome {
    let outcome = council.setMuted(isMuted, of: participant, in: name, into: &sink)
    perform()
    return outcome
  }

  @discardableResult
  func open(
    _ name: CouncilRoomName, traceID: String?, capacity: Int? = nil, lifetime: Duration? = nil
  ) -> Council.Outcome {
    let outcome = council.open(
      name, traceID: traceID, capacity: capacity, lifetime: lifetime, now: now, into: &sink)
    perform()
    return outcome
  }

  // MARK: The driver

  func perform() {
    deliver()
    var next = 0
    while next < sink.actions.count {
      let action = sink.actions[next]
      next += 1
      switch action {
      case .link(let wanted): onLink(wanted)
      case .admit(let call, let invitation):
        asking = phones.first { $0.identifier == invitation.setup.callIdentifier?.guid && $0.place == nil }
        asking?.call = call
        let admission = invitation.setup.callIdentifier.flatMap { table.take($0.guid, now: now) }
        council.admitted(call, admission, now: now, into: &sink)
      case .openMedia(let place, _, _):
        guard portsLeft > 0 else {
          council.mediaOpened(place, at: nil, now: now, into: &sink)
          continue
        }
        portsLeft -= 1
        #expect(ports[place] == nil)
        let port = UInt16(40_000 + opened * 2 % 20_000)
        opened += 1
        let addresses = CouncilMediaAddresses(
          media: SocketAddress(ip: Hall.address, port: port), control: SocketAddress(ip: Hall.address, port: port + 1))
        ports[place] = addresses
        asking?.place = place
        council.mediaOpened(place, at: addresses, now: now, into: &sink)
      case .closeMedia(let place):
        #expect(ports.removeValue(forKey: place) != nil)
        if portsLeft < Int.max { portsLeft += 1 }
      case .event(let event):
        events.append(event)
        if case .released(let call, _) = event {
          if call.party != nil, let identifier = call.identifier { table.release(identifier) }
          if let phone = phones.first(where: { $0.call.number == call.number }) {
            phone.place = nil
          }
        }
      }
      deliver()
    }
    sink.removeAll()
  }

  private func deliver() {
    let packets = sink.packets
    for entry in packets.entries {
      #expect(ports[entry.place] != nil, "a packet leaves by a socket that is closed")
      let bytes = packets.bytes(of: entry)
      if entry.component == .control {
        control.append((entry.place, entry.destination, [UInt8](copying: bytes)))
      } else if let phone = phones.first(where: { $0.address == entry.destination }) {
        phone.hear(bytes)
      } else {
        lost += 1
      }
    }
    sink.packets.removeAll()
  }

  /// 20 ms after 20 ms: everybody says something, then the council's timers run.
  func run(_ duration: Duration) {
    let end = now + duration
    while now < end {
      for phone in phones where phone.isSending {
        if let place = phone.place { send(phone.nextPacket(), from: phone.address, to: place) }
      }
      now += .milliseconds(20)
      onTime()
      advance()
    }
  }

  /// Time alone.
  func pass(_ duration: Duration) {
    now += duration
    advance()
  }

  func advance() {
    var rounds = 0
    while let deadline = council.nextDeadline, deadline <= now, rounds < 100 {
      council.advance(now: now, clock: clock + .nanoseconds(now.nanoseconds), into: &sink)
      perform()
      rounds += 1
    }
    #expect(rounds < 100, "it is never done")
  }

  func send(
    _ packet: [UInt8], from source: SocketAddress, to place: CouncilPlace, _ component: RelayComponent = .media
  ) {
    council.received(media: packet.span, component: component, from: source, at: place, now: now, into: &sink)
    perform()
  }

  func endings() -> [CouncilEnding] {
    events.compactMap { if case .released(_, let ending) = $0 { ending } else { nil } }
  }
}

/// A telephone in the hall: says a tone, and keeps what it hears.
final class Phone {
  var call: H323CallHandle
  var identifier = GloballyUniqueID(high: 0, low: 0)
  let address: SocketAddress
  var place: CouncilPlace?
  var isSending = false
  var says: AudioCapability
  var hears: AudioCapability
  var tone: Harmonic
  var heard: [Int16] = []
  var headers: [RTPHeader] = []
  private var encoder = G722Encoder()
  private var decoder = G722Decoder()
  private var sequence: UInt16 = 65_500
  private var timestamp: UInt32 = 0xFFFF_F000
  let ssrc: UInt32

  init(_ number: Int, says: AudioCapability = .g711Ulaw64k(20), hears: AudioCapability? = nil, hertz: Int? = nil) {
    call = H323CallHandle(number: UInt64(number))
    address = SocketAddress(ip: IPAddress(v4: 0x0A00_0100 + UInt32(number)), port: 5_000)
    self.says = says
    self.hears = hears ?? says
    ssrc = UInt32(number) &* 7_919
    // Whole periods in a second, so that one does not leak into another.
    tone = Harmonic(hertz: hertz ?? 300 + 110 * number, amplitude: 900)
  }

  static func payloadType(_ audio: AudioCapability) -> UInt8 {
    switch audio.codec {
    case .g711Alaw64k: 8
    case .g722At64k: 9
    default: 0
    }
  }

  var saysPayloadType: UInt8 { Phone.payloadType(says) }
  var hearsPayloadType: UInt8 { Phone.payloadType(hears) }

  func invitation(_ destination: [AliasAddress]) -> H323Invitation {
    var setup = SetupUUIE(
      protocolIdentifier: H225.ProtocolIdentifier.ours, sourceInfo: EndpointType(mc: false, undefinedNode: false),
      activeMC: false, conferenceID: identifier, conferenceGoal: .join, callType: .pointToPoint)
    setup.callIdentifier = CallIdentifier(guid: identifier)
    return H323Invitation(
      remote: SocketAddress(ip: address.ip, port: 30_000), local: SocketAddress(ip: Hall.address, port: 1_720),
      destination: destination, source: [.h323ID("phone")], display: "Phone \(call.number)", setup: setup,
      nonStandardData: nil)
  }

  /// The next 20 ms of its tone.
  func nextPacket() -> [UInt8] {
    let samples = tone.next(160)
    var payload = [UInt8](repeating: 0, count: 160)
    var span = payload.mutableSpan
    switch says.codec {
    case .g711Alaw64k: G711Law.a.encode(samples.span, into: &span)
    case .g722At64k: _ = encoder.encodeNarrowband(samples.span, into: &span)
    default: G711Law.mu.encode(samples.span, into: &span)
    }
    defer { timestamp &+= 160 }
    return packet(saysPayloadType, payload, timestamp: timestamp)
  }

  func packet(_ payloadType: UInt8, _ payload: [UInt8], timestamp: UInt32, marker: Bool = false) -> [UInt8] {
    var packet = [UInt8](repeating: 0, count: 12) + payload
    var span = packet.mutableSpan
    let fields = RTPPacketFields(
      marker: marker, payloadType: payloadType, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc)
    _ = try? fields.writeHeader(into: &span)
    sequence &+= 1
    return packet
  }

  /// A key as telephone events: a packet at its beginning and its three last ones.
  func keyPackets(_ digit: Character, payloadType: UInt8 = 101) -> [[UInt8]] {
    guard let byte = digit.asciiValue, let digit = DTMFDigit(byte) else { return [] }
    defer { timestamp &+= 1_600 }
    return (0..<4).map { number in
      let event = TelephoneEvent(code: digit.code, isEnd: number > 0, duration: number > 0 ? 800 : 160)
      var payload = [UInt8](repeating: 0, count: 4)
      var span = payload.mutableSpan
      event.write(into: &span)
      return packet(payloadType, payload, timestamp: timestamp, marker: number == 0)
    }
  }

  func hear(_ bytes: Span<UInt8>) {
    guard let view = try? RTPPacketView(bytes) else {
      Issue.record("no RTP")
      return
    }
    headers.append(view.header)
    #expect(view.header.payloadType == hearsPayloadType)
    var samples = [Int16](repeating: 0, count: view.payload.count)
    var target = samples.mutableSpan
    switch hears.codec {
    case .g711Alaw64k: G711Law.a.decode(view.payload, into: &target)
    case .g722At64k: _ = decoder.decodeNarrowband(view.payload, into: &target)
    default: G711Law.mu.decode(view.payload, into: &target)
    }
    heard += samples
  }

  /// How loud a tone has been in the last second.
  func level(of other: Phone) -> Double { heard.count < 8_000 ? 0 : other.tone.level(in: heard.suffix(8_000)) }
}
