// More than 600 lines in one file: every event of a reactor comes through here, and what it holds is private to it.

import Council
import Gatekeeper
import Gateway
import Guard
import H225
import Media
import Proxy
import Reactor
import SIPMessage
import SIPTransaction
import Telemetry
import Transport
import Wire
import Witness

/// The proxy core of one reactor with everything that carries messages to it and actions away from it.
///
/// The walk of a datagram: ring → index → owner (by Call-ID) → core → actions → outbox. A message that another reactor
/// owns goes there in one hop, indexed.
struct NodeLoop: ~Copyable {
  var core: ProxyCore
  var sink = ProxySink()
  private(set) var moment: Moment
  /// When the core wants to be called again; asked for after every event, so that the reactor need not ask twice.
  private(set) var nextDeadline: Instant?
  /// Set from the mailbox: answers have come that were not there when they were asked for.
  var hasReplies = false
  /// The same for records that INVITEs wait for.
  var hasSettledRecords = false
  /// The same for what others ask of RAS.
  var hasQuestions = false
  /// The same for what RAS has answered.
  var hasAdmissions = false

  private var overload: OverloadControl
  private let reactor: Int
  private let shared: NodeShared
  private let replies: ReplyBox
  /// Taken out while a message is looked at, since the view borrows it.
  private var index: SIPMessageIndex? = SIPMessageIndex()
  /// The streams this reactor has heard of, by their number: where what they bring comes from.
  private var streams: [UInt64: Hop] = [:]
  /// Copies for a capture server, and what became of them until the last wake-up.
  private var capture: ReactorCapture?
  private(set) var captureCounters = HEPCounters()
  /// Whether there is one: all that capturing costs where it is off.
  private let isCapturing: Bool
  /// Whether anybody but IF.witness wants to hear of events.
  private let isOverheard: Bool
  /// In mode strict: what waits for the disk.
  private var gate: StrictGate?
  /// Relayed calls.
  private var media: NodeMedia
  /// Connections of H.323; nil where there is none.
  private var h323: NodeH323?
  /// RAS, on the reactor that has its socket.
  private var ras: NodeRAS?
  /// Rooms of the council.
  private var council: NodeCouncil
  /// Between SIP and H.323; nil where there is no H.323.
  private var gateway: NodeGateway?

  init(_ context: ReactorContext, shared: NodeShared, core: consuming ProxyCore, now: Instant) {
    reactor = context.reactor
    replies = ReplyBox(mailbox: context.mailboxes[context.reactor]) { $0.repliesHaveCome() }
    self.shared = shared
    gate = shared.isStrict ? StrictGate(mailbox: context.mailboxes[context.reactor]) : nil
    media = NodeMedia(shared.media, context, reactors: shared.reactorCount, recorder: shared.recorder)
    h323 = shared.h323.map { NodeH323($0, hub: shared.hub, reactor: context.reactor) }
    let moment = Moment(now: now, clock: SystemClock.now())
    self.moment = moment
    ras = context.reactor == 0 ? shared.h323.map { NodeRAS($0, shared.resolver, at: moment) } : nil
    overload = OverloadControl(target: shared.overload)
    self.core = core
    council = NodeCouncil(shared.h323, mediaTimeout: shared.media.settings.mediaTimeout, at: moment)
    if let plan = shared.h323 { gateway = NodeGateway(plan, shared, reactor: context.reactor) } else { gateway = nil }
    nextDeadline = self.core.nextDeadline
    capture = shared.capture.flatMap { $0.join(context.reactor) }
    isCapturing = capture != nil
    isOverheard = isCapturing || shared.callLog != nil
  }

  mutating func turn(to now: Instant) {
    if now != moment.now { moment = Moment(now: now, clock: SystemClock.now()) }
  }

  /// The same at an event, which also tells how far behind we are.
  private mutating func turn(to now: Instant, _ io: borrowing ReactorIO) {
    guard now != moment.now else { return }
    moment = Moment(now: now, clock: SystemClock.now())
    if overload.look(behindSince: io.behindSince, now: now) {
      io.thinOut(beginningWith: "INVITE", admitted: overload.admitted)
    }
    core.isShedding = overload.isShedding
    let isAccepting = shared.witness.isAccepting
    if isAccepting != (core.unrecordable == nil) {
      core.unrecordable =
        isAccepting
        ? nil : shared.witness.status.failure == nil ? "Audit Log Behind" : "Audit Log Cannot Be Written"
    }
  }

  /// Whether what a message leads to can be recorded. If not it is dropped unread: nothing happens that is not recorded,
  /// and whoever sent a datagram sends it again.
  private mutating func hasRoom() -> Bool {
    if shared.witness.hasRoom { return true }
    core.dropUnrecordable()
    return false
  }

  /// The core has changed, and with it the time when it wants to be called.
  mutating func changed() {
    nextDeadline = Instant.earlier(core.nextDeadline, media.nextDeadline)
    nextDeadline = Instant.earlier(nextDeadline, ras?.nextDeadline)
    nextDeadline = Instant.earlier(nextDeadline, council.nextDeadline)
    nextDeadline = Instant.earlier(nextDeadline, gateway?.nextDeadline)
    nextDeadline = Instant.earlier(nextDeadline, overload.nextDeadline)
  }

  // MARK: Datagrams

  mutating func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {
    turn(to: now, io)
    guard !truncated else { return }
    if let h323, socket == h323.plan.rasSocket { return received(ras: datagram, from: from, io: &io) }
    let hop = Hop(transport: .udp, remote: from, listener: shared.datagramListeners[socket])
    guard shared.store.admitsPacket(from: from.ip, now: now) else {
      core.refuseFlood(from: hop, at: moment, into: &sink)
      if !sink.actions.isEmpty { perform(&io) }
      return
    }
    guard hasRoom() else { return }
    if let answer = STUNKeepAlive.answer(to: datagram, from: from) {
      io.send(bytes: answer.span, to: from, socket: socket)
      return
    }
    take(
      datagram, from: hop, local: local, framing: .datagram,
      arrival: shared.reactorCount > 1 ? (local, socket) : nil, io: &io)
  }

  /// Indexes a message and gives it to its owner: this core, or another reactor.
  ///
  /// - Parameters:
  ///   - local: our end, for a copy of the message.
  ///   - arrival: of a datagram that may be another's: where it arrived.
  private mutating func take(
    _ bytes: Span<UInt8>, from hop: Hop, local: SocketAddress?, framing: SIPFraming,
    arrival: (local: SocketAddress, socket: Int)?, io: inout ReactorIO
  ) {
    var own = index.take() ?? SIPMessageIndex()
    do throws(SIPParseError) {
      try own.index(bytes, framing: framing)
      let view = own.view(of: bytes)
      if isCapturing { capture?.received(view, bytes, from: hop, local: local, at: moment.clock) }
      var isOwn = true
      if let arrival { isOwn = !handOver(view, from: hop, arrival, io: &io) }
      if isOwn {
        if shared.takesAliases, shared.takesAliases(over: hop.transport),
          let address = StreamWord.alias(view, from: hop)
        {
          shared.hub.alias(address, to: hop.connection.rawValue)
        }
        core.receive(view, from: hop, at: moment, into: &sink)
        perform(&io)
      }
    } catch {
      if error.isAnswerable {
        let view = own.view(of: bytes)
        if isCapturing { capture?.received(view, bytes, from: hop, local: local, at: moment.clock) }
        core.refuseMalformed(view, error, from: hop, at: moment, into: &sink)
      } else {
        core.refuseUnreadable(error, from: hop, at: moment, into: &sink)
      }
      perform(&io)
    }
    index = consume own
  }

  /// Gives a message to the reactor on which its call lives; false when that is this one.
  private func handOver(
    _ view: SIPMessageView, from hop: Hop, _ arrival: (local: SocketAddress, socket: Int), io: inout ReactorIO
  ) -> Bool {
    guard let callID = try? view.callID() else { return false }
    let owner = shared.owner(of: view.slice(callID))
    guard owner != reactor else { return false }
    let message = HandedMessage(SIPMessage(copying: view), from: hop)
    _ = io.post(
      to: owner,
      .datagram(
        message, from: hop.remote, local: arrival.local, socket: UInt16(truncatingIfNeeded: arrival.socket)))
    return true
  }

  // MARK: Messages of other threads

  mutating func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    turn(to: now, io)
    switch message {
    case .datagram(let parcel, _, _, _):
      // Asked again: a whole batch may have come over since it was received.
      guard let handed = parcel as? HandedMessage, hasRoom() else { return }
      let message = handed.message
      core.receive(message.view, from: handed.hop, keeping: message, at: moment, into: &sink)
      perform(&io)
    case .streamMessage(let bytes, let connection):
      guard let hop = streams[connection] else {
        received(h323: message, io: &io)
        return
      }
      guard hasRoom() else { return }
      // A WebSocket message is whole, with or without a Content-Length (RFC 7118 §4.2).
      take(
        bytes.span, from: hop, local: isCapturing ? shared.hub.facts(of: connection)?.local : nil,
        framing: hop.transport.isWebSocket ? .datagram : .stream, arrival: nil, io: &io)
    case .streamOpened(let connection, let facts):
      guard let transport = facts.transport.kind else {
        received(h323: message, io: &io)
        return
      }
      streams[connection] = Hop(
        transport: transport, remote: facts.remote, connection: ConnectionID(rawValue: connection),
        listener: facts.listener ?? shared.streamListener(for: facts),
        security: facts.tls.map { HopSecurity(facts: $0) })
    case .streamListening:
      received(h323: message, io: &io)
    case .streamFailed(let connection, _), .streamClosed(let connection, _):
      if streams.removeValue(forKey: connection) == nil, received(h323: message, io: &io) { return }
      shared.store.connectionClosed(connection)
      core.connectionClosed(ConnectionID(rawValue: connection), at: moment, into: &sink)
      perform(&io)
    case .control(let subject, let payload):
      guard subject == Self.lostDatagram else { return }
      core.datagramLost(payload.span, at: moment, into: &sink)
      perform(&io)
    case .call, .stop:
      break
    }
  }

  /// A `control` message whose payload is what an ICMP report quotes.
  private static let lostDatagram: UInt64 = 1

  mutating func sendFailed(_ failure: borrowing SendFailure, now: Instant, io: inout ReactorIO) {
    turn(to: now, io)
    guard let owner = ProxyCore.reactor(ofLost: failure.payload.span), owner < shared.reactorCount else { return }
    if owner == reactor {
      core.datagramLost(failure.payload.span, at: moment, into: &sink)
      perform(&io)
    } else {
      _ = io.post(to: owner, .control(Self.lostDatagram, payload: failure.payload))
    }
  }

  mutating func timerFired(now: Instant, io: inout ReactorIO) {
    turn(to: now, io)
    core.advance(at: moment, into: &sink)
    for call in media.advance(now: now) { core.mediaTimedOut(call, at: moment, into: &sink) }
    ras?.advance(at: moment)
    if ras != nil { flushRAS(&io) }
    council.advance(at: moment)
    gateway?.advance(now: moment.now)
    perform(&io)
  }

  // MARK: H.323

  /// A stream of H.323 has brought something; false when it is none of those.
  @discardableResult
  private mutating func received(h323 message: ReactorMessage, io: inout ReactorIO) -> Bool {
    guard let news = h323?.streams.received(message) else { return false }
    switch news {
    case .none: return true
    case .call(let call):
      switch hasRoom() ? h323?.plan.shared.side(of: call.message.span) : nil {
      case .council: h323?.take(call, to: &council, at: moment)
      case .gateway: tellGateway { gateway, streams, now in gateway.take(call, &streams, now: now) }
      case nil: h323?.streams.refuse(call)
      }
    case .of(.council, let happening): h323?.tell(happening, to: &council, at: moment)
    case .of(.gateway, let happening):
      tellGateway { gateway, streams, now in gateway.tell(happening, &streams, now: now) }
    case .of: break
    }
    perform(&io)
    return true
  }

  /// Performs what the council wants; what has happened is recorded.
  private mutating func performCouncil(_ io: inout ReactorIO) {
    guard !council.isIdle else { return }
    var events: [CouncilEvent] = []
    h323?.perform(&council, &media, at: moment, io: &io, into: &events)
    for event in events {
      if let record = event.record(at: moment.clock) { sink.actions.append(.record(record)) }
    }
  }

  /// Tells the gateway something that has to do with its connections.
  private mutating func tellGateway(_ body: (inout NodeGateway, inout H323Streams, Instant) -> Void) {
    guard var own = gateway.take() else { return }
    if var h323 = h323.take() {
      body(&own, &h323.streams, moment.now)
      self.h323 = h323
    }
    gateway = consume own
  }

  /// Performs what the gateway wants: its messages go to the core, what has happened is recorded.
  private mutating func performGateway() {
    guard gateway?.isIdle == false else { return }
    var messages: [[UInt8]] = []
    var events: [GatewayEvent] = []
    let registry = core.policy.registry
    tellGateway { gateway, streams, now in
      gateway.perform(&streams, registry, now: now, messages: &messages, events: &events)
    }
    for event in events where core.isWitnessed { sink.actions.append(.record(event.record(at: moment.clock))) }
    for bytes in messages {
      guard let message = try? SIPMessage(parsing: bytes) else { continue }
      core.receive(message.view, from: .gateway, keeping: message, at: moment, into: &sink)
    }
  }

  /// A datagram of RAS.
  private mutating func received(ras datagram: Span<UInt8>, from: SocketAddress, io: inout ReactorIO) {
    guard shared.store.admitsPacket(from: from.ip, now: moment.now), hasRoom() else { return }
    ras?.received(datagram, from: from, at: moment)
    flushRAS(&io)
    changed()
  }

  /// What an external gatekeeper says of calls.
  private mutating func received(admissions: [RASAnswer], io: inout ReactorIO) {
    for answer in admissions {
      if case .callEnded(let identifier?, _) = answer { _ = council.end(identifier, at: moment) }
      gateway?.received(answer, now: moment.now)
    }
  }

  /// The first and the last thing that happens to RAS.
  mutating func startRAS(now: Instant, io: inout ReactorIO) {
    turn(to: now)
    ras?.start(at: moment)
    flushRAS(&io)
    changed()
  }

  mutating func stopRAS(now: Instant, io: inout ReactorIO) {
    turn(to: now)
    ras?.stop(at: moment)
    flushRAS(&io)
  }

  /// The registry was read again; what that leads to leaves at the end of this wake-up.
  mutating func change(_ registry: Registry) {
    guard ras != nil else { return }
    turn(to: SystemClock.monotonic())
    ras?.setRegistry(registry, at: moment)
    hasQuestions = true
  }

  /// Requests of RAS by what became of them.
  var rasCounters: H323Counters { ras?.counters ?? H323Counters() }

  /// Records what came and went, and sends what there is to send.
  private mutating func flushRAS(_ io: inout ReactorIO) {
    for event in ras?.takeRecords(at: moment.clock) ?? [] {
      if isOverheard { tell(of: event) }
      shared.witness.post(event)
    }
    ras?.flush(&io)
  }

  // MARK: Media

  mutating func received(
    media packet: inout MutableSpan<UInt8>, count: Int, from: SocketAddress, tag: UInt32, now: Instant
  ) -> MediaVerdict {
    guard tag & MediaTable.foreignTag == 0 else {
      council.received(media: packet.span.extracting(0..<count), from: from, tag: tag, now: now)
      return .drop
    }
    return media.received(&packet, count: count, from: from, tag: tag, now: now)
  }

  /// Records a call from now on; false when it is not relayed here.
  mutating func begin(_ recording: CallRecording) -> Bool {
    let streams = core.mediaFormats(of: recording.relay)
    guard !streams.isEmpty else { return false }
    media.begin(recording, streams)
    return true
  }

  /// Ends a recording; false when it does not run here.
  mutating func end(_ recording: CallRecording, _ end: CallRecording.End) -> Bool {
    media.end(recording, end, core.mediaFormats(of: recording.relay))
  }

  /// What was counted of media.
  mutating func mediaCounters() -> MediaCounters { media.counters() }

  /// A call as it stands, with what its relay has counted.
  mutating func withReports(_ call: CallSummary) -> CallSummary {
    guard let relay = call.relay else { return call }
    let reports = media.reports(of: relay)
    var call = call
    for index in call.streams.indices where index < reports.count { call.streams[index].report = reports[index] }
    return call
  }

  /// The end of a wake-up: what came by `call` is given on here, where something can be sent: late answers of the store,
  /// and what a hang-up of the operator wants.
  mutating func batchEnded(now: Instant, io: inout ReactorIO) {
    performLate(now, &io)
    if media.hasKeys { sendKeys(now, &io) }
    media.batchEnded(now: now)
    if isCapturing, let counters = capture?.flush() { captureCounters = counters }
  }

  /// Keys that came as telephone events, for parties that take INFO. One that cannot be sent lets the next one go.
  private mutating func sendKeys(_ now: Instant, _ io: inout ReactorIO) {
    turn(to: now, io)
    while media.hasKeys {
      for key in media.takeKeys() {
        core.send(key: key.key, stream: key.stream, of: key.call, to: key.side, at: moment, into: &sink)
      }
      perform(&io)
    }
  }

  private mutating func performLate(_ now: Instant, _ io: inout ReactorIO) {
    guard
      hasReplies || hasSettledRecords || hasQuestions || hasAdmissions || !sink.actions.isEmpty || !council.isIdle
        || gateway?.isIdle == false
    else { return }
    turn(to: now, io)
    if hasQuestions {
      hasQuestions = false
      ras?.receivedQuestions(at: moment)
      flushRAS(&io)
    }
    if hasAdmissions {
      hasAdmissions = false
      received(admissions: shared.h323?.shared.answers[reactor].take() ?? [], io: &io)
    }
    if hasSettledRecords {
      hasSettledRecords = false
      release(&io)
    }
    if hasReplies {
      hasReplies = false
      for (context, answer) in replies.take() { core.answer(context, answer, at: moment, into: &sink) }
    }
    perform(&io)
  }

  // MARK: What the operator wants; it leaves at the end of this wake-up

  mutating func hangUp(_ key: CallKey, _ reason: HangUpReason) -> HangUpOutcome {
    turn(to: SystemClock.monotonic())
    return core.hangUp(key, reason, at: moment, into: &sink)
  }

  mutating func hangUp(upTo limit: Int, _ reason: HangUpReason) -> Int {
    turn(to: SystemClock.monotonic())
    return core.hangUp(upTo: limit, reason, at: moment, into: &sink)
  }

  // MARK: The council

  mutating func councilRooms() -> [CouncilRoomState] {
    turn(to: SystemClock.monotonic())
    return council.roster(at: moment)
  }

  mutating func councilRoom(_ name: CouncilRoomName) -> CouncilRoomState? {
    turn(to: SystemClock.monotonic())
    return council.room(name, at: moment)
  }

  mutating func perform(_ order: CouncilOrder) -> Council.Outcome {
    turn(to: SystemClock.monotonic())
    let outcome = council.perform(order, at: moment)
    changed()
    return outcome
  }

  /// Takes no new calls into rooms, or ends all.
  mutating func closeCouncil(endingAll: Bool) {
    turn(to: SystemClock.monotonic())
    if endingAll { council.endAll(at: moment) } else { council.close() }
  }

  var councilCounters: CouncilCounters { council.counters }

  /// What was counted of calls between SIP and H.323.
  mutating func gatewayCounters() -> GatewayCounters { gateway?.counters ?? GatewayCounters() }

  /// What was counted of H.323 here. A call of the gateway's to a room of ours is one call: it is counted there.
  mutating func h323Counters() -> H323Counters {
    var counters = rasCounters
    let rooms = council.counters
    counters.participants = UInt64(rooms.participants)
    counters.rooms = UInt64(rooms.rooms)
    guard !council.isOn else {
      for result in CouncilEnding.Result.allCases {
        counters.call(CallResult(rawValue: result.rawValue) ?? .failed, rooms[result])
      }
      counters.activeCalls = UInt64(rooms.active)
      return counters
    }
    let calls = gatewayCounters()
    for result in GatewayCounters.Result.allCases {
      counters.call(CallResult(rawValue: result.rawValue) ?? .failed, calls[result])
    }
    counters.activeCalls = calls.activeCalls
    return counters
  }

  /// Whether a gatekeeper has the gateway on its list; nil where there is no H.323.
  var isRegistered: Bool? { council.isOn ? true : shared.h323?.shared.isRegistered }

  /// Who is registered with our gatekeeper; nil where it is not.
  var endpoints: [GatekeeperEndpoint]? { council.isOn ? ras?.endpoints : nil }

  /// The calls that our gatekeeper has let in.
  var admittedCalls: [GatekeeperCall]? { council.isOn ? ras?.calls : nil }

  /// Ends a call that our gatekeeper has let in; false when there is none.
  mutating func endAdmittedCall(_ identifier: GloballyUniqueID) -> Bool {
    turn(to: SystemClock.monotonic())
    hasQuestions = true
    return ras?.endCall(identifier, at: moment) ?? false
  }

  // MARK: Actions

  /// Performs what the core wants until it wants nothing more. Most answers of the store come at once, and may want more;
  /// the others come through `replies`.
  private mutating func perform(_ io: inout ReactorIO) {
    performCouncil(&io)
    performGateway()
    var next = 0
    while next < sink.actions.count {
      let action = sink.take(at: next)
      next += 1
      switch consume action {
      case .send(let bytes, let hop, let origin):
        if gate?.holds(bytes, hop, origin) ?? false { continue }
        send(bytes, to: hop, origin, io: &io)
      case .ask(let query, let context):
        let reply = Reply(box: replies, context: context)
        if let answer = shared.answer(query, at: moment, reply: reply) {
          core.answer(context, answer, at: moment, into: &sink)
        }
      case .tell(let query): _ = shared.answer(query, at: moment, reply: nil)
      case .record(let event):
        if isOverheard { tell(of: event) }
        // Last, so that it can be handed over.
        if gate?.posted(event, to: shared.witness) != true { shared.witness.post(event) }
      case .openMedia(let opening, let context):
        let result = media.open(opening, now: moment.now, io: &io)
        core.mediaOpened(context, opening, result, at: moment, into: &sink)
      case .setMedia(let call, let stream, let caller, let callee):
        media.set(call, stream: stream, caller, callee, now: moment.now, io: &io)
        if media.isRecorded(call) { media.describe(call, core.mediaFormats(of: call)) }
      case .closeMedia(let closing):
        let reports = media.close(closing.call, now: moment.now, io: &io)
        core.mediaClosed(closing, reports, at: moment, into: &sink)
      case .pressKey(let call, let stream, let side, let key):
        media.received(key, of: side, stream: stream, call: call, now: moment.now)
      case .keyAnswered(let call, let stream): media.keyAnswered(call, stream: stream)
      case .authenticationFailed(let user, let source):
        _ = shared.store.authenticationFailed(user: user, source: source, now: moment.now)
      }
    }
    sink.removeAll()
    gate?.passEnded()
    changed()
  }

  private mutating func tell(of event: WitnessEvent) {
    shared.callLog?.note(event)
    capture?.note(event)
  }

  /// Lets go on what waited for records.
  private mutating func release(_ io: inout ReactorIO) {
    for request in gate?.settled() ?? [] {
      if request.isRecorded {
        send(request.bytes, to: request.hop, request.origin, io: &io)
      } else {
        core.transportFailed(request.origin, at: moment, into: &sink)
      }
    }
  }

  private mutating func send(_ bytes: [UInt8], to hop: Hop, _ origin: TransactionOrigin?, io: inout ReactorIO) {
    if hop.isGateway {
      gateway?.receive(bytes, now: moment.now)
      performGateway()
      return
    }
    guard hop.transport.isReliable else {
      let socket = shared.sockets[Int(hop.listener)] ?? 0
      if io.send(bytes: bytes.span, to: hop.remote, socket: socket) {
        guard isCapturing else { return }
        capture?.sent(
          bytes, from: io.localAddress(of: socket, towards: hop.remote), to: hop.remote, hop, at: moment.clock)
      } else if let origin {
        core.transportFailed(origin, at: moment, into: &sink)
      }
      return
    }
    sendOnStream(bytes, to: hop, origin)
  }

  /// Streams are used again as long as they live (RFC 3261 §18); a response goes back on the one its request came by.
  private mutating func sendOnStream(_ bytes: [UInt8], to hop: Hop, _ origin: TransactionOrigin?) {
    var connection = hop.connection.rawValue
    if hop.isFlow, connection == 0 || shared.hub.facts(of: connection)?.remote != hop.remote {
      // RFC 5626 §5.3: nothing else leads to this phone. A number may be another's by now, after a restart.
      if let origin { core.transportFailed(origin, at: moment, into: &sink) }
      return
    }
    if connection == 0 || !shared.hub.isOpen(connection) {
      if connection != 0, hop.transport.isWebSocket {
        // A client that has gone listens nowhere, and connects again by itself (RFC 7118 §5).
        if let origin { core.transportFailed(origin, at: moment, into: &sink) }
        return
      }
      guard let transport = StreamTransport(hop.transport) else { return }
      var remote = hop.remote
      var name = hop.security?.peer
      if connection != 0, let sentBy = StreamWord.returnAddress(of: bytes, hop.transport) {
        remote.port = sentBy.port
        name = core.provenName(of: sentBy.host, at: remote)
      }
      connection = shared.hub.connect(to: remote, transport: transport, name: name, from: reactor)
    }
    guard connection != 0, shared.hub.send(bytes, connection: connection, from: reactor) else {
      if let origin { core.transportFailed(origin, at: moment, into: &sink) }
      return
    }
    if isCapturing {
      let facts = shared.hub.facts(of: connection)
      capture?.sent(bytes, from: facts?.local, to: facts?.remote ?? hop.remote, hop, at: moment.clock)
    }
    if let origin, connection != hop.connection.rawValue {
      core.sentOn(ConnectionID(rawValue: connection), origin)
    }
  }
}

/// A message on its way from the reactor that received it to the one that owns its call.
final class HandedMessage: DatagramParcel {
  let message: SIPMessage
  let hop: Hop

  var byteCount: Int { message.byteCount }

  init(_ message: SIPMessage, from hop: Hop) {
    self.message = message
    self.hop = hop
  }
}
