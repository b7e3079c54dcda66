import FuzzSupport
import Gateway
import H225
import H245
import H323Endpoint
import SDP
import SIPDialog
import SIPMessage
import SIPTransaction
import Wire

/// A gateway between a phone and a room that do what the input's bytes say, over ways that lose what the bytes say.
///
/// Whatever comes, no call has one leg for longer than its timers last, what is sent is legal, and when everybody has hung
/// up and time has run out nothing is left.
struct Script: ~Copyable {
  private var gateway: Gateway
  private var sink = GatewaySink()
  private var phone: UserAgent
  private var phoneSink = UserAgentSink()
  private var room: H323Endpoint
  private var roomSink = H323EndpointSink()
  private var now = Instant(milliseconds: 1_000)
  private let options: UInt8

  private var calls: [CallHandle] = []
  private var dialogs: [DialogHandle] = []
  private var requests: [RequestHandle] = []
  private var roomCalls: [H323CallHandle] = []
  private var inquiries: [GatewayInquiry] = []
  private var admitted = 0
  private var disengaged = 0
  /// What is under way.
  private var queue: [Item] = []
  private var links: [(ours: H323Link?, theirs: H323Link?)] = []
  private var listeners: [UInt16: (isGateways: Bool, link: H323Link)] = [:]
  private var nextPort: UInt16 = 30_000
  private var descriptions: UInt64 = 0

  private enum Item {
    case toGateway([UInt8])
    case toPhone([UInt8])
    case connect(Int, isGateways: Bool, SocketAddress)
    case message([UInt8], Int, toGateway: Bool)
    case close(Int, toGateway: Bool)
  }

  private static let hop = Hop(
    transport: .tcp, remote: SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 5060), connection: ConnectionID(7))

  init(options: UInt8) {
    self.options = options
    var type = EndpointType(mc: false, undefinedNode: false)
    type.gateway = GatewayInfo()
    func endpoint(_ bits: UInt8) -> H323EndpointConfiguration {
      var configuration = H323EndpointConfiguration(endpointType: type, terminalType: 60)
      configuration.usesFastStart = bits & 1 == 0
      configuration.tunnelsH245 = bits & 2 == 0
      return configuration
    }
    var configuration = GatewayConfiguration(domain: "if.internal", endpoint: endpoint(options))
    configuration.limits.calls = 3
    configuration.limits.changes = 8
    configuration.longestCall = .seconds(3_600)
    gateway = Gateway(configuration, seed: (1, 2, 3, 4, 5, 6))
    phone = UserAgent(
      configuration: UserAgentConfiguration(
        contact: "sip:expert@192.0.2.1", sentBy: "192.0.2.1",
        reliability: options & 128 == 0 ? .off : options & 8 == 0 ? .supported : .required,
        sessionSeconds: options & 16 == 0 ? nil : 90), seed: (7, 8, 9, 10))
    room = H323Endpoint(configuration: endpoint(options >> 2), seed: 11)
  }

  // MARK: Steps

  /// One step; false at the input's end.
  @_lifetime(reader: copy reader)
  mutating func step(_ reader: inout ByteReader) -> Bool {
    guard let step = try? reader.readUInt8(), let detail = try? reader.readUInt8() else { return false }
    switch step & 15 {
    case 0: dial(detail)
    case 1: roomDials(detail)
    case 2, 3: phoneDoes(step >> 4, detail)
    case 4, 5: roomDoes(step >> 4, detail)
    case 6: decide(detail)
    case 7: lose(detail)
    case 8:
      now = now + .milliseconds(Int64(detail) * Int64(detail))
      advance()
    case 9: raw(&reader, detail)
    default: for _ in 0...(detail & 31) where !move() { break }
    }
    note()
    check()
    return true
  }

  /// A description of the phone's, by its number.
  private mutating func description(_ detail: UInt8) -> SessionBody {
    descriptions += 1
    let formats = ["0 8 101", "8", "0", "9 0", "18", "101", "8 0 96", "97"][Int(detail & 7)]
    let direction = ["sendrecv", "sendonly", "inactive", "recvonly"][Int(detail >> 3 & 3)]
    let port = detail & 0x20 == 0 ? 4_000 : 4_400
    return SessionBody(
      "v=0\r\no=- 1 \(descriptions) IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        + "m=audio \(port) RTP/AVP \(formats)\r\na=rtpmap:101 telephone-event/8000\r\n"
        + "a=rtpmap:96 telephone-event/8000\r\na=rtpmap:97 opus/48000/2\r\na=\(direction)\r\n")
  }

  private func media(_ detail: UInt8) -> H323LocalMedia {
    let audio: [[AudioCapability]] = [
      [.g711Ulaw64k(20), .g711Alaw64k(20)], [.g711Alaw64k(20)], [.g711Ulaw64k(10)], [.g722At64k(20), .g711Alaw64k(30)],
    ]
    let port: UInt16 = detail & 4 == 0 ? 6_000 : 6_600
    return H323LocalMedia(
      media: SocketAddress(ip: IPAddress(v4: 0xC000_0214), port: port),
      mediaControl: SocketAddress(ip: IPAddress(v4: 0xC000_0214), port: port + 1),
      capabilities: LocalCapabilities(
        audio: audio[Int(detail & 3)], telephoneEventPayloadType: detail & 8 == 0 ? 101 : nil))
  }

  private mutating func dial(_ detail: UInt8) {
    let offer = detail & 0x40 == 0 ? description(detail) : nil
    let call = try? phone.invite(
      detail & 0x80 == 0 ? "sip:council-x@if.internal" : "sip:council@if.internal",
      from: "<sip:expert@external.advisor>", via: Self.hop, offer: offer, now: now, into: &phoneSink)
    if let call { calls.append(call) }
  }

  private mutating func roomDials(_ detail: UInt8) {
    let calling = H323Calling(
      to: SocketAddress(ip: IPAddress(v4: 0xC000_020A), port: 1720),
      destination: detail & 0x40 == 0 ? [.h323ID("alice")] : [.emailID("a@b@c")], source: [],
      callIdentifier: GloballyUniqueID(high: 1, low: UInt64(detail)),
      conferenceID: GloballyUniqueID(high: 2, low: 3), media: detail & 0x80 == 0 ? media(detail) : nil)
    if let call = room.call(calling, now: now, into: &roomSink) { roomCalls.append(call) }
  }

  private mutating func phoneDoes(_ what: UInt8, _ detail: UInt8) {
    let body = description(detail)
    do throws(UserAgentError) {
      if let call = calls.last {
        switch what {
        case 0: try phone.hangUp(calls[Int(detail) % calls.count], now: now, into: &phoneSink)
        case 1: try phone.ring(call, now: now, into: &phoneSink)
        case 2:
          try phone.ring(call, status: 183, session: body, isReliable: detail & 0x40 != 0, now: now, into: &phoneSink)
        case 3, 4: try phone.answer(call, session: body, now: now, into: &phoneSink)
        case 5: try phone.reject(call, status: 300 + Int(detail) * 399 / 256, now: now, into: &phoneSink)
        default: break
        }
      }
      if let dialog = dialogs.last {
        switch what {
        case 6: try phone.reinvite(dialog, offer: body, now: now, into: &phoneSink)
        case 7: try phone.reinvite(dialog, offer: nil, now: now, into: &phoneSink)
        case 8: try phone.update(dialog, offer: body, now: now, into: &phoneSink)
        case 9: try phone.acknowledge(dialog, answer: body, now: now, into: &phoneSink)
        case 15: try phone.acknowledgeProvisional(dialog, answer: body, now: now, into: &phoneSink)
        case 10:
          try phone.send(
            .info, in: dialog, body: SessionBody("Signal=\(detail & 15)\r\n", contentType: "application/dtmf-relay"),
            now: now, into: &phoneSink)
        default: break
        }
      }
      if let request = requests.last {
        switch what {
        case 11, 12: try phone.accept(request, session: body, now: now, into: &phoneSink)
        case 13: try phone.refuse(request, status: detail & 1 == 0 ? 488 : 481, now: now, into: &phoneSink)
        case 14: try phone.accept(request, now: now, into: &phoneSink)
        default: break
        }
      }
    } catch {
      // What does not fit is not done.
    }
  }

  private mutating func roomDoes(_ what: UInt8, _ detail: UInt8) {
    guard let call = roomCalls.last else { return }
    switch what {
    case 0, 1: room.answer(call, media: media(detail), now: now, into: &roomSink)
    case 2: room.proceed(call, now: now, into: &roomSink)
    case 3: room.alert(call, now: now, into: &roomSink)
    case 4: room.alert(call, media: media(detail), now: now, into: &roomSink)
    case 5, 6:
      room.release(
        roomCalls[Int(detail) % roomCalls.count], cause: detail & 0x7F, now: now, into: &roomSink)
    case 7, 8: room.setMedia(call, media(detail), now: now, into: &roomSink)
    case 9: room.setMedia(call, nil, now: now, into: &roomSink)
    case 10: room.send(digit: UInt8(ascii: "5"), milliseconds: 100, to: call, now: now, into: &roomSink)
    default: break
    }
  }

  /// Lets a call in, or not: also one that has been asked about before, or is gone.
  private mutating func decide(_ detail: UInt8) {
    guard !inquiries.isEmpty else { return }
    let inquiry = inquiries[inquiries.count - 1 - Int(detail >> 4) % inquiries.count]
    let admission: GatewayAdmission
    switch detail & 7 {
    case 0: admission = .refused(cause: detail, reason: nil)
    case 1: admission = .invite(GatewayCaller(user: "a b", traceID: "t"))
    case 2: admission = .call(GatewayRoute(to: SocketAddress(ip: IPAddress(v4: 0xC000_0214), port: 99)))
    case 3: return gateway.end(inquiry.call, cause: detail >> 3, now: now, into: &sink)
    default:
      admission =
        if case .toRoom = inquiry.direction {
          .call(GatewayRoute(to: SocketAddress(ip: IPAddress(v4: 0xC000_0214), port: 1720)))
        } else { .invite(GatewayCaller(user: "technical")) }
    }
    gateway.admitted(inquiry.call, admission, now: now, into: &sink)
  }

  /// Loses a connection, or whatever is under way first.
  private mutating func lose(_ detail: UInt8) {
    if detail & 1 == 0, !queue.isEmpty { queue.removeFirst() }
    guard detail & 1 == 1, !links.isEmpty else { return }
    cut(Int(detail >> 1) % links.count)
  }

  private mutating func cut(_ number: Int) {
    if let ours = links[number].ours {
      links[number].ours = nil
      gateway.closed(ours, now: now, into: &sink)
    }
    if let theirs = links[number].theirs {
      links[number].theirs = nil
      room.closed(theirs, now: now, into: &roomSink)
    }
  }

  /// Bytes as they are: to the gateway as SIP, or on a connection of its.
  @_lifetime(reader: copy reader)
  private mutating func raw(_ reader: inout ByteReader, _ detail: UInt8) {
    let count = min(Int(detail & 0x7F), reader.remaining)
    guard let bytes = try? reader.readBytes(count) else { return }
    if detail & 0x80 == 0 {
      guard let message = try? SIPMessage(parsing: [UInt8](copying: bytes)) else { return }
      gateway.receive(message, now: now, into: &sink)
    } else if let ours = links.last(where: { $0.ours != nil })?.ours {
      gateway.received(bytes, on: ours, now: now, into: &sink)
    }
  }

  // MARK: The ways between

  private mutating func note() {
    while !sink.actions.isEmpty || !phoneSink.actions.isEmpty || !roomSink.actions.isEmpty {
      for action in phoneSink.take() {
        switch action {
        case .send(let bytes, _, _): queue.append(.toGateway(bytes))
        case .event(let event): note(event)
        }
      }
      for action in roomSink.take() {
        if case .event(let event) = action { note(event) } else { perform(action, isGateways: false) }
      }
      for action in sink.take() {
        switch action {
        case .sip(let bytes): queue.append(.toPhone(bytes))
        case .h323(let wanted):
          if case .event = wanted { require(false, "an event is no action of a connection") }
          perform(wanted, isGateways: true)
        case .admit(let inquiry):
          inquiries.append(inquiry)
          if options & 32 == 0 { decide(0xF4) }
        case .redirect(let inquiry, let wish):
          // Somebody lets it go, and to where it has been it goes no second time.
          let answer: GatewayAdmission =
            options & 16 == 0
            ? .call(GatewayRoute(to: wish.address ?? wish.from)) : .refused(cause: 21, reason: .noPermission)
          gateway.redirected(inquiry.call, answer, now: now, into: &sink)
        case .disengage: disengaged += 1
        case .event: break
        }
      }
    }
  }

  private mutating func note(_ event: UserAgentEvent) {
    switch event {
    case .incoming(let call, let dialog, _, _, _), .answered(let call, let dialog, _, _):
      if !calls.contains(call) { calls.append(call) }
      dialogs.append(dialog)
    case .sessionRequested(_, let request, _, _), .request(_, let request, _), .referred(_, let request, _, _):
      requests.append(request)
    case .progress(_, let dialog?, _, session: .offer):
      dialogs.append(dialog)
    case .progress, .acknowledged, .provisionalAcknowledged, .requestCancelled, .sessionAccepted, .sessionRefused,
      .challenged, .referAnswered, .referProgress, .ended:
      break
    }
  }

  private mutating func note(_ event: H323EndpointEvent) {
    if case .incoming(let call, _) = event { roomCalls.append(call) }
  }

  private mutating func perform(_ action: H323EndpointAction, isGateways: Bool) {
    switch action {
    case .event: break
    case .connect(let link, let to):
      links.append(isGateways ? (link, nil) : (nil, link))
      queue.append(.connect(links.count - 1, isGateways: isGateways, to))
    case .send(let bytes, let link):
      if let number = place(of: link, isGateways) { queue.append(.message(bytes, number, toGateway: !isGateways)) }
    case .close(let link):
      listeners = listeners.filter { $0.value.isGateways != isGateways || $0.value.link != link }
      guard let number = place(of: link, isGateways) else { return }
      if isGateways { links[number].ours = nil } else { links[number].theirs = nil }
      queue.append(.close(number, toGateway: !isGateways))
    case .listen(let link):
      nextPort += 1
      let canListen = options & 64 == 0
      if canListen { listeners[nextPort] = (isGateways, link) }
      let host = IPAddress(v4: isGateways ? 0xC000_020A : 0xC000_0214)
      let address = canListen ? SocketAddress(ip: host, port: nextPort) : nil
      if isGateways {
        gateway.listening(link, at: address, now: now, into: &sink)
      } else {
        room.listening(link, at: address, now: now, into: &roomSink)
      }
    }
  }

  private func place(of link: H323Link, _ isGateways: Bool) -> Int? {
    links.firstIndex { (isGateways ? $0.ours : $0.theirs) == link }
  }

  /// Lets one thing arrive; false when nothing is under way.
  private mutating func move() -> Bool {
    guard !queue.isEmpty else { return false }
    switch queue.removeFirst() {
    case .toGateway(let bytes):
      if let message = try? SIPMessage(parsing: bytes) { gateway.receive(message, now: now, into: &sink) }
    case .toPhone(let bytes):
      guard let message = try? SIPMessage(parsing: bytes) else { break }
      let view = message.view
      if view.isRequest { require((try? view.validate()) != nil, "a request of ours is not valid") }
      phone.receive(message, from: Self.hop, now: now, into: &phoneSink)
    case .connect(let number, let isGateways, let to): connect(number, isGateways, to)
    case .message(let bytes, let number, let toGateway):
      if toGateway, let ours = links[number].ours {
        gateway.received(bytes.span, on: ours, now: now, into: &sink)
      } else if !toGateway, let theirs = links[number].theirs {
        room.received(bytes.span, on: theirs, now: now, into: &roomSink)
      }
    case .close(let number, let toGateway):
      if toGateway, let ours = links[number].ours {
        links[number].ours = nil
        gateway.closed(ours, now: now, into: &sink)
      } else if !toGateway, let theirs = links[number].theirs {
        links[number].theirs = nil
        room.closed(theirs, now: now, into: &roomSink)
      }
    }
    note()
    return true
  }

  private mutating func connect(_ number: Int, _ isGateways: Bool, _ to: SocketAddress) {
    let listening = listeners[to.port].flatMap { $0.isGateways != isGateways ? $0.link : nil }
    let isOpen = to.port == 1720 || listening != nil
    let (ours, theirs) = links[number]
    let host = SocketAddress(ip: IPAddress(v4: isGateways ? 0xC000_020A : 0xC000_0214), port: 50_000)
    if isGateways, let ours {
      if isOpen {
        links[number].theirs = room.accepted(from: host, local: to, to: listening, now: now, into: &roomSink)
      }
      guard links[number].theirs != nil else { return cut(number) }
      gateway.opened(ours, local: host, now: now, into: &sink)
    } else if !isGateways, let theirs {
      if isOpen { links[number].ours = gateway.accepted(from: host, local: to, to: listening, now: now, into: &sink) }
      guard links[number].ours != nil else { return cut(number) }
      room.opened(theirs, local: host, now: now, into: &roomSink)
    }
  }

  private mutating func advance() {
    gateway.advance(now: now, into: &sink)
    phone.advance(now: now, into: &phoneSink)
    room.advance(now: now, into: &roomSink)
    note()
  }

  // MARK: What must hold

  private func check() {
    let counts = gateway.legCounts
    require(counts.calls <= 3, "\(counts.calls) calls")
    require(counts.h323 <= counts.calls + 3, "\(counts.h323) legs of H.323")
  }

  /// Everybody hangs up, everything arrives, and time runs out.
  mutating func finish() {
    for call in calls { try? phone.hangUp(call, now: now, into: &phoneSink) }
    for call in roomCalls { room.release(call, cause: 16, now: now, into: &roomSink) }
    note()
    var steps = 0
    while true {
      while move() {}
      steps += 1
      require(steps < 20_000, "no end in sight")
      guard let next = [gateway.nextDeadline, phone.nextDeadline, room.nextDeadline].compactMap({ $0 }).min() else {
        break
      }
      now = max(now, next) + .milliseconds(1)
      advance()
    }
    let counts = gateway.legCounts
    require(counts.calls == 0 && counts.sip == 0 && counts.h323 == 0, "half a call is left: \(counts)")
    let isEmpty = gateway.isEmpty
    require(isEmpty, "something is left")
  }
}
