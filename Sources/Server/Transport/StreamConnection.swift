import H225
import NIOCore
import NIOPosix
import Reactor
import Synchronization
import TLSEngine
import Wire

/// One stream: opening, open, half closed, gone. A channel handler, and so on its event loop only.
///
/// ```
///             connect, or come; handshake
///   .opening ────────────────────► .open ──── the peer ends its side ────► .halfClosed
///      │ streamFailed                │ streamClosed                             │ streamClosed
///      └────────────────────────► .gone ◄───────────────────────────────────────┘
/// ```
final class StreamConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    /// Not connected yet, or the front's handshake goes on; what is to be sent waits.
    case opening
    case open
    /// The peer has ended its side; we may still answer.
    case halfClosed(since: NIODeadline)
    case gone
  }

  private let number: UInt64
  private var remote: Wire.SocketAddress
  private let transport: StreamTransport
  /// `nil` for a stream that we open.
  private let listener: UInt16?
  private let hasFront: Bool
  private let loop: StreamLoop
  private let shared: StreamShared
  private let counters: StreamCounters
  private let whenRoom: @Sendable () -> Void
  private var context: ChannelHandlerContext?

  private var state = State.opening
  private var facts: StreamFacts?
  private var tls: TLSFacts?
  private var framing: StreamFraming
  /// Of H.323: whose it is. Everything goes there, once that is known.
  private var user: Int?
  /// Our peer has to come to us.
  private var isAwaited = false
  /// Where it has to come to.
  private var server: (any Channel)?
  /// Reactors that have used this stream, a bit each: they hear of its end.
  private var reactors: UInt64 = 0
  /// What is to be sent once the stream is open.
  private var waiting: [[UInt8]] = []
  private var waitingBytes = 0
  /// A message its reactor had no room for. While there is one nothing is read.
  private var held: [UInt8]?
  private var isConnected = false
  private var closing: (reason: StreamCloseReason, since: NIODeadline)?

  private let created = NIODeadline.now()
  private var lastReceived = NIODeadline.now()
  /// When the first byte of a message came of which some are missing.
  private var messageBegan: NIODeadline?
  private var hasReceived = false
  /// Requests received less final responses sent: what a peer that ended its side may still wait for.
  private var answersOwed = 0
  /// Since when the stream makes no messages any more and only waits for the last answer.
  private var brokenSince: NIODeadline?

  init(
    number: UInt64, remote: Wire.SocketAddress, transport: StreamTransport, listener: UInt16?, front: StreamFront?,
    loop: StreamLoop
  ) {
    self.number = number
    self.remote = remote
    self.transport = transport
    self.listener = listener
    self.hasFront = front != nil
    self.loop = loop
    self.shared = loop.shared
    self.counters = loop.shared.counters(of: transport)
    self.whenRoom = loop.whenRoom(for: number)
    self.framing = StreamFraming(front?.framing ?? transport.framing, maximumBytes: loop.shared.limits.messageBytes)
  }

  // MARK: Opening

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if case .gone = state { context.close(promise: nil) }
  }

  func channelActive(context: ChannelHandlerContext) {
    isConnected = true
    if !hasFront { becameReady(context) }
    context.fireChannelActive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let done = event as? TLSHandshakeCompleted {
      tls = done.facts
    } else if event is StreamFrontReady {
      becameReady(context)
    } else if event is StreamFrontActivity {
      lastReceived = .now()
    } else if let ended = event as? StreamFrontEnded {
      frontEnded(ended.reason)
    } else if event as? ChannelEvent == .inputClosed {
      inputClosed()
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func becameReady(_ context: ChannelHandlerContext) {
    guard case .opening = state else { return }
    state = .open
    // Not before: who comes while its listener closes is shown out.
    closeServer()
    let local = context.localAddress.flatMap { Wire.SocketAddress($0) }
    let facts = StreamFacts(
      local: local ?? Wire.SocketAddress(ip: remote.ip.isIPv4 ? .anyIPv4 : .anyIPv6, port: 0), remote: remote,
      transport: transport, listener: listener, tls: tls)
    self.facts = facts
    shared.directory.opened(number, facts)
    if listener == nil { counters.opened.count() }
    lastReceived = .now()
    tellReactors(.streamOpened(connection: number, facts))
    for bytes in waiting { write(bytes, context) }
    waiting = []
    waitingBytes = 0
    context.flush()
    if closing != nil { closeAfterFlush() }
  }

  /// The stream could not be connected.
  func failed(_ error: any Error) {
    let failure: StreamFailure =
      switch error {
      case let error as StreamFailure: error
      case let error as IOError: .system(error.errnoCode)
      case ChannelError.connectTimeout: .timedOut
      default: .system(0)
      }
    finish(failure)
  }

  // MARK: Being come to

  /// This stream is opened by its peer, at a place of its own.
  func waits() { isAwaited = true }

  /// The place is there.
  func waits(at server: any Channel) {
    guard case .opening = state, !isConnected, let local = server.localAddress.flatMap({ Wire.SocketAddress($0) })
    else {
      server.close(promise: nil)
      return
    }
    self.server = server
    tellReactors(.streamListening(connection: number, at: local))
  }

  /// Somebody has come there; `false` when it is not who may, or not the first.
  func hasCome(_ remote: Wire.SocketAddress, to awaiting: StreamAwaiting) -> Bool {
    guard case .opening = state, isAwaited else { return false }
    guard awaiting.expects(remote.ip) else {
      counters.strangers.count()
      return false
    }
    isAwaited = false
    self.remote = remote
    return true
  }

  private func closeServer() {
    server?.close(promise: nil)
    server = nil
  }

  // MARK: Receiving

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard closing == nil, brokenSince == nil else { return }
    lastReceived = .now()
    framing.append(unwrapInboundIn(data))
    deliver()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // Answers to keep-alives.
    context.flush()
    context.fireChannelReadComplete()
  }

  /// Hands over whatever is whole, until a reactor has no room.
  private func deliver() {
    while closing == nil, held == nil, brokenSince == nil {
      let event: StreamFraming.Event
      do {
        event = try framing.next()
      } catch {
        framingFailed()
        return
      }
      switch event {
      case .message(let bytes):
        hasReceived = true
        messageBegan = nil
        deliver(bytes)
      case .keepAlivePing:
        hasReceived = true
        answerKeepAlive()
      case .needMore:
        // A message of which the first bytes are here must be complete in time.
        messageBegan = framing.isInsideMessage ? messageBegan ?? lastReceived : nil
        return
      }
    }
  }

  /// Where the next message would begin is unknown, so this stream ends; a request that can be answered is, first, by
  /// the reactor that finds in its headers what we found.
  private func framingFailed() {
    counters.badFraming.count()
    let headers = framing.rejected
    guard !headers.isEmpty else { return close(.badFraming) }
    brokenSince = .now()
    shared.directory.retire(number)
    deliver(headers)
  }

  private func deliver(_ message: [UInt8]) {
    guard let reactor = owner(of: message) else {
      // A call begins with its Setup; whoever says something else has come to the wrong place.
      counters.badFraming.count()
      return close(.badFraming)
    }
    note(reactor)
    switch shared.mailboxes[reactor].post(.streamMessage(message, connection: number), whenRoom: whenRoom) {
    case .accepted:
      counters.messages.count()
      // A call is over when its peer ends the stream: of H.323 nothing is owed.
      if transport != .tpkt, StreamMessageKind(message) == .request { answersOwed += 1 }
    case .full:
      held = message
      counters.paused.count()
      setReading(false)
    case .closed: close(.shuttingDown)
    }
  }

  /// Whose a message is; of H.323, whose the first one of its stream was.
  private func owner(of message: [UInt8]) -> Int? {
    guard transport == .tpkt else { return min(max(shared.owner(message.span), 0), shared.mailboxes.count - 1) }
    if user == nil {
      user = shared.callOwner(message.span).map { min(max($0, 0), shared.mailboxes.count - 1) }
    }
    return user
  }

  /// There is room again.
  func resume() {
    guard let message = held, closing == nil else { return }
    held = nil
    lastReceived = .now()
    deliver(message)
    deliver()
    if held == nil, closing == nil { setReading(true) }
  }

  private func setReading(_ isReading: Bool) {
    try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
    // A front may have messages in hand that it has read already.
    context?.triggerUserOutboundEvent(StreamReading(isOn: isReading), promise: nil)
  }

  private func answerKeepAlive() {
    counters.keepAlives.count()
    guard let context else { return }
    guard context.channel.isWritable else { return overflow() }
    context.write(wrapOutboundOut(ByteBuffer(string: "\r\n")), promise: nil)
  }

  /// The front has ended the stream; what remains is to wait for the peer, not for long.
  private func frontEnded(_ reason: StreamCloseReason) {
    guard closing == nil else { return }
    switch reason {
    case .badFraming: counters.badFraming.count()
    case .idle: counters.idle.count()
    case .closedByPeer, .system, .tls, .outboundFull, .gone, .requested, .shuttingDown: break
    }
    shared.directory.retire(number)
    closing = (reason, .now())
    held = nil
    setReading(true)
  }

  private func inputClosed() {
    guard case .open = state, closing == nil else { return abort(.closedByPeer) }
    state = .halfClosed(since: .now())
    // A peer that is gone for good looks the same, so we stay only for what it has asked.
    if answersOwed <= 0 { close(.closedByPeer) } else { shared.directory.retire(number) }
  }

  // MARK: Sending

  /// A reactor has asked for this stream.
  func belongs(to reactor: Int) {
    if transport == .tpkt { user = reactor }
    note(reactor)
  }

  /// Remembers a reactor that uses this stream, and tells it of the stream if that is open.
  func note(_ reactor: Int) {
    let bit: UInt64 = 1 << UInt64(reactor)
    guard reactors & bit == 0 else { return }
    reactors |= bit
    if let facts { shared.mailboxes[reactor].post(.streamOpened(connection: number, facts)) }
  }

  /// Sends a message or lets it wait until the stream is open; `true` when it wants to be flushed.
  func send(_ bytes: [UInt8], from reactor: Int) -> Bool {
    note(reactor)
    guard closing == nil else { return false }
    switch state {
    case .opening:
      waitingBytes += bytes.count
      if waitingBytes <= shared.limits.outboundBytes { waiting.append(bytes) } else { overflow() }
      return false
    case .open, .halfClosed:
      guard let context, context.channel.isWritable else {
        overflow()
        return false
      }
      write(bytes, context)
      if StreamMessageKind(bytes) == .finalResponse { answersOwed -= 1 }
      if brokenSince != nil { close(.badFraming) }
      if case .halfClosed = state, answersOwed <= 0 { close(.closedByPeer) }
      return true
    case .gone:
      return false
    }
  }

  private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    guard transport == .tpkt else {
      context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
      return
    }
    // A message that fits no packet would be missed for ever.
    guard let packet = try? TPKT.packet(bytes) else { return overflow() }
    context.write(wrapOutboundOut(ByteBuffer(bytes: packet)), promise: nil)
  }

  func flush() { context?.flush() }

  private func overflow() {
    counters.outboundFull.count()
    abort(.outboundFull)
  }

  // MARK: The end

  /// Ends the stream after everything written has left.
  func close(_ reason: StreamCloseReason) {
    guard closing == nil else { return }
    shared.directory.retire(number)
    switch state {
    case .opening where reason == .requested && !isAwaited: closing = (reason, .now())
    case .opening: abort(reason)
    case .open, .halfClosed:
      closing = (reason, .now())
      closeAfterFlush()
    case .gone: break
    }
  }

  private func closeAfterFlush() {
    guard let context else { return }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    // A peer that still sends would have its unread bytes answered by a reset, which may overtake our last message: so
    // only our side ends, and what comes is thrown away until the peer ends too, or the deadline comes. A node that
    // stops does not wait for that.
    let mode: CloseMode =
      switch state {
      case .open where closing?.reason != .shuttingDown: .output
      case .opening, .open, .halfClosed, .gone: .all
      }
    setReading(true)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
      bound.value.close(mode: mode, promise: nil)
    }
  }

  /// Ends the stream at once.
  func abort(_ reason: StreamCloseReason) {
    closing = closing ?? (reason, .now())
    if let context { context.close(promise: nil) } else { finish(nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is TLSFailure || error is TLSHandshakeTimedOut { return abort(.tls) }
    abort(.system((error as? IOError)?.errnoCode ?? 0))
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(nil)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    // The attempt to connect says why it failed a moment later.
    if isConnected || listener != nil { finish(nil) }
  }

  /// - Parameter failure: why it could not be opened, when that is known better than from the reason for closing.
  private func finish(_ failure: StreamFailure?) {
    let news: ReactorMessage
    switch state {
    case .gone: return
    case .opening where listener == nil:
      counters.failed.count()
      news = .streamFailed(connection: number, failureOfOurs ?? failure ?? .system(0))
    case .opening, .open, .halfClosed:
      news = .streamClosed(connection: number, closing?.reason ?? .closedByPeer)
    }
    state = .gone
    waiting = []
    held = nil
    closeServer()
    loop.remove(number)
    tellReactors(news)
  }

  private var failureOfOurs: StreamFailure? {
    switch closing?.reason {
    case .shuttingDown: .shuttingDown
    case .outboundFull: .tooMuchWaiting
    case .idle: .timedOut
    case .tls: .tls
    case .system(let error): .system(error)
    case .closedByPeer, .badFraming, .gone, .requested, nil: nil
    }
  }

  private func tellReactors(_ news: ReactorMessage) {
    for reactor in 0..<shared.mailboxes.count where reactors & 1 << UInt64(reactor) != 0 {
      shared.mailboxes[reactor].post(news)
    }
  }

  // MARK: Deadlines

  func lookAtDeadlines(_ now: NIODeadline) {
    let limits = shared.limits
    func hasPassed(_ start: NIODeadline, _ limit: Duration) -> Bool { now - start > limit.timeAmount }
    if let closing {
      if hasPassed(closing.since, limits.closing), isConnected { abort(closing.reason) }
      return
    }
    switch state {
    case .opening:
      // Connecting has a deadline of its own; this one is the handshake's.
      if hasPassed(created, isAwaited ? limits.waiting : limits.firstMessage) { reap(counters.mute) }
    case .open:
      if let brokenSince, hasPassed(brokenSince, limits.closing) { return close(.badFraming) }
      // A stream that we do not read is not to blame.
      guard held == nil else { return }
      let isMute = listener != nil && !hasReceived && hasPassed(created, limits.firstMessage)
      let isStuck = messageBegan.map { hasPassed($0, limits.messageCompletion) } ?? false
      if isStuck {
        reap(counters.stuck)
      } else if isMute {
        reap(counters.mute)
      } else if transport != .tpkt, hasPassed(lastReceived, limits.idle) {
        reap(counters.idle)
      }
    case .halfClosed(let since):
      if hasPassed(since, limits.halfClosed) { close(.closedByPeer) }
    case .gone: break
    }
  }

  private func reap(_ counter: borrowing Atomic<Int>) {
    counter.count()
    close(.idle)
  }
}
