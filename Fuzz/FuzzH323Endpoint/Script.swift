import FuzzSupport
import H225
import H245
import H323Endpoint
import PER
import Wire

/// Two endpoints, their users, connections that are slow, lost and damaged, a peer that says anything, and time; one step
/// for every few bytes.
struct Script {
  private enum Item {
    case open(SocketAddress)
    case message([UInt8])
    case close
  }

  private struct Connection {
    var ends: [(side: Int, link: H323Link?)]
    var queues: [[Item]] = [[], []]
    /// What has gone towards each end, to be said once more.
    var history: [[[UInt8]]] = [[], []]
  }

  private var bytes: FuzzScript
  private let sides: [Watch]
  private var connections: [Connection] = []
  private var now = Instant.zero
  private var steps = 0

  init(_ bytes: FuzzScript) {
    self.bytes = bytes
    let options = self.bytes.byte()
    var limits = H323EndpointLimits.default
    limits.maxCalls = 3
    limits.maxWaitingLinks = 2
    sides = (0..<2).map { side in
      var type = EndpointType(mc: false, undefinedNode: false)
      type.terminal = TerminalInfo()
      var configuration = H323EndpointConfiguration(endpointType: type, terminalType: side == 0 ? 60 : 160)
      configuration.usesFastStart = options >> UInt8(side * 2) & 1 == 0
      configuration.tunnelsH245 = options >> UInt8(side * 2) & 2 == 0
      configuration.acceptsAsymmetry = options & 0x10 == 0
      return Watch(ip: 0xC000_0201 + UInt32(side), configuration, limits, seed: UInt64(options) + UInt64(side))
    }
  }

  /// One step; false at the input's end.
  mutating func step() -> Bool {
    guard !bytes.isAtEnd, steps < 1500 else { return false }
    steps += 1
    let step = bytes.byte()
    let side = Int(step & 1)
    switch step >> 1 & 15 {
    case 0: call(side)
    case 1, 2, 3, 4, 5, 6: carry(bytes.byte())
    case 7: for _ in 0..<8 { carry(bytes.byte()) }
    case 8, 9, 10: use(side)
    case 11: advance(.milliseconds(Int64(bytes.byte()) * Int64(bytes.byte())))
    case 12: cut()
    case 13: say(damaged: true)
    case 14: say(damaged: false)
    default: sides[side].canListen.toggle()
    }
    for side in sides { side.check(now: now) }
    return true
  }

  /// Everything arrives, a long time passes, everybody hangs up: nothing is left.
  mutating func finish() {
    settle(.seconds(4000))
    for side in sides { side.checkWhole() }
    for index in sides.indices {
      for call in sides[index].calls { with(index) { $0.release(call, cause: 16, now: $2, into: &$1) } }
    }
    settle(.seconds(4000))
    for side in sides { side.checkEmpty() }
  }

  private mutating func settle(_ duration: Duration) {
    let end = now + duration
    for _ in 0..<4000 {
      carryAll()
      let deadline = sides.compactMap { $0.endpoint.nextDeadline }.min()
      guard let deadline, deadline <= end else { break }
      advance(max(.zero, deadline - now))
    }
    if now < end { advance(end - now) }
    carryAll()
  }

  private mutating func carryAll() {
    for _ in 0..<4000 where !carry(UInt8(truncatingIfNeeded: steps)) { return }
    require(false, "messages without an end")
  }

  // MARK: Users

  private func media(_ side: Int) -> (UInt8) -> H323LocalMedia? {
    let ip = IPAddress(v4: sides[side].ip)
    return { choice in
      guard choice & 7 != 0 else { return nil }
      let port = 4000 + UInt16(choice & 0x18)
      let audio: [[AudioCapability]] = [
        [.g711Ulaw64k(20), .g711Alaw64k(20)], [.g711Alaw64k(30)], [.g711Ulaw64k(20)], [.g722At64k(20)],
      ]
      return H323LocalMedia(
        media: SocketAddress(ip: ip, port: port), mediaControl: SocketAddress(ip: ip, port: port + 1),
        capabilities: LocalCapabilities(audio: audio[Int(choice >> 6)]))
    }
  }

  private mutating func call(_ side: Int) {
    let local = media(side)(bytes.byte())
    let calling = H323Calling(
      to: SocketAddress(ip: IPAddress(v4: sides[1 - side].ip), port: 1720), destination: [.h323ID("council")],
      source: [.dialledDigits("100")], callIdentifier: GloballyUniqueID(high: 1, low: 2),
      conferenceID: GloballyUniqueID(high: 3, low: 4), media: local)
    var handle: H323CallHandle?
    with(side) { handle = $0.call(calling, now: $2, into: &$1) }
    if let handle { sides[side].calls.append(handle) }
  }

  private mutating func use(_ side: Int) {
    guard !sides[side].calls.isEmpty else { return }
    let call = bytes.pick(sides[side].calls)
    let choice = bytes.byte()
    let local = media(side)(bytes.byte())
    let other = IPAddress(v4: sides[1 - side].ip)
    with(side) { endpoint, sink, now in
      switch choice & 7 {
      case 0: endpoint.proceed(call, now: now, into: &sink)
      case 1: endpoint.alert(call, media: local, now: now, into: &sink)
      case 2, 3: if let local { endpoint.answer(call, media: local, now: now, into: &sink) }
      case 4, 5: endpoint.setMedia(call, local, now: now, into: &sink)
      case 6: endpoint.send(digit: UInt8(ascii: "5"), to: call, now: now, into: &sink)
      default:
        switch choice & 0x18 {
        case 0: endpoint.release(call, cause: 17, now: now, into: &sink)
        case 8:
          // Nobody listens on the other one.
          let address = SocketAddress(ip: other, port: 1720 + UInt16(choice >> 5 & 1))
          endpoint.redirect(call, to: H323Rerouting(to: address), now: now, into: &sink)
        default: break
        }
      }
    }
  }

  // MARK: The network

  private mutating func with(_ side: Int, _ body: (inout H323Endpoint, inout H323EndpointSink, Instant) -> Void) {
    var sink = H323EndpointSink()
    body(&sides[side].endpoint, &sink, now)
    perform(sink.take(), side)
  }

  private mutating func perform(_ actions: [H323EndpointAction], _ side: Int) {
    let watch = sides[side]
    for action in actions {
      watch.check(action)
      switch action {
      case .connect(let link, let address):
        var connection = Connection(ends: [(side, link), (1 - side, nil)])
        connection.queues[1].append(.open(address))
        connections.append(connection)
      case .send(let octets, let link):
        guard let (place, end) = find(side, link) else { continue }
        connections[place].queues[1 - end].append(.message(octets))
      case .close(let link):
        watch.listeners = watch.listeners.filter { $0.value != link }
        guard let (place, end) = find(side, link) else { continue }
        connections[place].ends[end].link = nil
        connections[place].queues[end] = []
        connections[place].queues[1 - end].append(.close)
      case .listen(let link):
        let port = watch.nextPort
        watch.nextPort = port == .max ? 30_000 : port + 1
        let address = SocketAddress(ip: IPAddress(v4: watch.ip), port: port)
        if watch.canListen { watch.listeners[port] = link } else { watch.lost(link) }
        let isThere = watch.canListen
        with(side) { $0.listening(link, at: isThere ? address : nil, now: $2, into: &$1) }
      case .event: break
      }
    }
  }

  private func find(_ side: Int, _ link: H323Link) -> (Int, Int)? {
    for place in connections.indices {
      for end in 0..<2 where connections[place].ends[end].side == side && connections[place].ends[end].link == link {
        return (place, end)
      }
    }
    return nil
  }

  /// Moves one thing on one connection; false when nothing is under way.
  @discardableResult
  private mutating func carry(_ choice: UInt8) -> Bool {
    connections.removeAll { $0.queues[0].isEmpty && $0.queues[1].isEmpty && $0.ends.allSatisfy { $0.link == nil } }
    var choices: [(Int, Int)] = []
    for place in connections.indices {
      for end in 0..<2 where !connections[place].queues[end].isEmpty { choices.append((place, end)) }
    }
    guard !choices.isEmpty else { return false }
    let (place, end) = choices[Int(choice) % choices.count]
    let item = connections[place].queues[end].removeFirst()
    let side = connections[place].ends[end].side
    switch item {
    case .open(let address): open(place, address)
    case .message(let octets):
      guard let link = connections[place].ends[end].link else { break }
      if connections[place].history[end].count < 16 { connections[place].history[end].append(octets) }
      with(side) { $0.received(octets.span, on: link, now: $2, into: &$1) }
    case .close: lose(place, end)
    }
    return true
  }

  private mutating func open(_ place: Int, _ address: SocketAddress) {
    let (from, other) = (connections[place].ends[0].side, connections[place].ends[1].side)
    let watch = sides[other]
    let listening = watch.listeners[address.port]
    var (link, sink): (H323Link?, H323EndpointSink) = (nil, H323EndpointSink())
    if address.ip == IPAddress(v4: watch.ip), address.port == 1720 || listening != nil {
      let remote = SocketAddress(ip: IPAddress(v4: sides[from].ip), port: 50_000)
      link = watch.endpoint.accepted(from: remote, local: address, to: listening, now: now, into: &sink)
    }
    if let link { watch.took(link) }
    connections[place].ends[1].link = link
    // `place` is still right: only `carry` takes connections away.
    perform(sink.take(), other)
    guard let ours = connections[place].ends[0].link else { return }
    if link == nil {
      connections[place].queues = [[], []]
      lose(place, 0)
    } else {
      let local = SocketAddress(ip: IPAddress(v4: sides[from].ip), port: 50_000)
      with(from) { $0.opened(ours, local: local, now: $2, into: &$1) }
    }
  }

  private mutating func lose(_ place: Int, _ end: Int) {
    guard let link = connections[place].ends[end].link else { return }
    connections[place].ends[end].link = nil
    let side = connections[place].ends[end].side
    sides[side].lost(link)
    with(side) { $0.closed(link, now: $2, into: &$1) }
  }

  private mutating func cut() {
    guard !connections.isEmpty, bytes.once(in: 4) else { return }
    let place = bytes.below(min(256, connections.count))
    connections[place].queues = [[], []]
    lose(place, 0)
    lose(place, 1)
  }

  /// Something on a connection that its peer did not say, or not now, or not so.
  private mutating func say(damaged: Bool) {
    guard !connections.isEmpty else { return }
    let place = bytes.below(min(256, connections.count))
    let end = bytes.below(2)
    guard let link = connections[place].ends[end].link else { return }
    let side = connections[place].ends[end].side
    var octets: [UInt8]
    if !connections[place].history[end].isEmpty, bytes.byte() & 3 != 0 {
      octets = bytes.pick(connections[place].history[end])
    } else {
      octets = Forged.messages[bytes.below(Forged.messages.count)]
    }
    if bytes.once(in: 4), let wish = Forged.redirection(after: connections[place].history[end], bytes.byte()) {
      octets = wish
    }
    if damaged, !octets.isEmpty {
      for _ in 0..<(1 + bytes.below(3)) {
        octets[(Int(bytes.byte()) | Int(bytes.byte()) << 8) % octets.count] ^= bytes.byte()
      }
      if bytes.once(in: 4) { octets = Array(octets.prefix(bytes.below(256))) }
    }
    with(side) { $0.received(octets.span, on: link, now: $2, into: &$1) }
  }

  private mutating func advance(_ duration: Duration) {
    now = now + duration
    for index in sides.indices { with(index) { $0.advance(now: $2, into: &$1) } }
  }
}

/// Messages that are well formed and come at the wrong time: of H.245, and of call signalling with a reference of their own.
private enum Forged {
  /// Somebody wants the call led elsewhere whose messages have come before.
  static func redirection(after history: [[UInt8]], _ choice: UInt8) -> [UInt8]? {
    guard let last = history.last(where: { (try? Q931Message(decoding: $0.span)) != nil }),
      let message = try? Q931Message(decoding: last.span)
    else { return nil }
    let reasons: [FacilityReason] = [.callForwarded, .routeCallToMC, .routeCallToGatekeeper]
    var body = FacilityUUIE(
      protocolIdentifier: ProtocolIdentifier.ours, reason: reasons[Int(choice) % reasons.count])
    body.alternativeAddress = choice & 8 == 0 ? nil : .ipAddress(IPAddress(v4: 0xC000_0201), port: 1720)
    body.alternativeAliasAddress = choice & 16 == 0 ? nil : [.h323ID("other")]
    let facility = Q931Message(
      .facility, callReference: message.callReference, isFromDestination: message.isFromDestination)
    let unit = H323UserInformation(h323UUPDU: H323UUPDU(h323MessageBody: .facility(body)))
    return try? CallSignallingMessage(facility, unit).encoded()
  }

  static let messages: [[UInt8]] = {
    let parameters = H2250LogicalChannelParameters(sessionID: 1)
    let control: [MultimediaSystemControlMessage] = [
      .command(.endSessionCommand(.disconnect)),
      .request(.terminalCapabilitySet(TerminalCapabilitySet(sequenceNumber: 3))),
      .request(.terminalCapabilitySet(LocalCapabilities(audio: [.g729(2)]).terminalCapabilitySet(sequenceNumber: 4))),
      .request(.openLogicalChannel(OpenLogicalChannel(9, audio: .g711Ulaw64k(20), parameters))),
      .response(.openLogicalChannelAck(OpenLogicalChannelAck(1, H2250LogicalChannelAckParameters()))),
      .response(.openLogicalChannelReject(OpenLogicalChannelReject(1, cause: .dataTypeNotSupported))),
      .request(.closeLogicalChannel(CloseLogicalChannel(1))),
      .request(.requestChannelClose(RequestChannelClose(1))),
      .request(.masterSlaveDetermination(MasterSlaveDetermination(terminalType: 60, statusDeterminationNumber: 5))),
      .request(.roundTripDelayRequest(RoundTripDelayRequest(sequenceNumber: 7))),
      .indication(.userInput(.alphanumeric(Array("12345".utf8)))),
    ]
    return control.compactMap { try? $0.encoded() } + [[], [8, 2, 0, 0, 0x75], [8, 2, 0x80, 1, 0x5A], [3, 0, 0, 4]]
  }()
}
