import CIfsipLinux
import Wire

/// The loop of one core: waits, receives, calls its driver, sends.
///
/// Everything it owns is made before its thread starts, except the driver, which is made on it. Nothing here is
/// generic: the driver is a class behind a protocol, and a call through it costs a dozen instructions.
struct Reactor: ~Copyable {
  private var poller: Poller
  private var ring: ReceiveRing
  private var mediaRing: MediaRing
  private var io: ReactorIO
  private let mailbox: Mailbox
  private let limits: ReactorLimits
  private let statistics: ReactorStatistics

  /// Messages taken from the mailbox but not yet given to the driver begin at `nextMessage`.
  private var messages: [ReactorMessage] = []
  private var nextMessage = 0
  private var mailboxHasMore = false
  /// Sockets that may hold more than their last turn took.
  private var unfinished: [Int] = []
  /// The same of media sockets.
  private var unfinishedMedia: [MediaSocketID] = []
  private var isStopping = false

  init(
    reactor: Int, sockets: consuming SocketTable, mailboxes: [Mailbox], limits: ReactorLimits,
    statistics: ReactorStatistics
  ) throws(ReactorError) {
    let poller = try Poller()
    try poller.watch(mailbox: mailboxes[reactor].descriptor)
    for index in 0..<sockets.count { try poller.watch(socket: sockets[index].descriptor, index: index) }
    let ring = try ReceiveRing(
      capacity: limits.receiveBatch, slotBytes: limits.slotBytes, packetInformation: sockets.hasWildcard)
    let mediaRing = try MediaRing(capacity: limits.mediaBatch)
    var io = try ReactorIO(reactor: reactor, mailboxes: mailboxes, sockets: sockets, limits: limits)
    io.media.poller = poller.descriptor
    self.poller = poller
    self.ring = ring
    self.mediaRing = mediaRing
    self.io = io
    self.mailbox = mailboxes[reactor]
    self.limits = limits
    self.statistics = statistics
  }

  /// Runs until told to stop; throws only when the system refuses to wait.
  mutating func run(_ driver: any ReactorDriver) throws(ReactorError) {
    driver.started(now: MonotonicClock.now, io: &io)
    // Asked for once per wake-up, at its end: what became due during it is the next one's, which comes at once.
    var deadline = driver.nextDeadline
    while !isStopping {
      finishWakeUp()
      try poller.wait(nanoseconds: patience(until: deadline))
      let now = MonotonicClock.now
      io.counters.wakeUps += 1
      if !unfinished.isEmpty { serveUnfinished(driver, now) }
      if !unfinishedMedia.isEmpty { serveUnfinishedMedia(driver, now) }
      for index in 0..<poller.count { handle(poller[index], driver, now) }
      reportFailures(driver, now)
      if mailboxHasMore { receiveMessages(driver, now) }
      if let deadline, deadline <= now { driver.timerFired(now: now, io: &io) }
      driver.batchEnded(now: now, io: &io)
      deadline = driver.nextDeadline
      io.behindSince = unfinished.isEmpty && unfinishedMedia.isEmpty && !mailboxHasMore ? nil : io.behindSince ?? now
    }
    driver.stopping(now: MonotonicClock.now, io: &io)
    finishWakeUp()
    mailbox.close()
  }

  // MARK: One wake-up

  /// The poller says everything once: it is dealt with now, or noted.
  private mutating func handle(_ event: ifsip_event, _ driver: any ReactorDriver, _ now: Instant) {
    if let socket = MediaSocketID(token: event.token) {
      relay(socket, driver, now)
      return
    }
    guard event.token != Poller.mailboxToken else {
      mailboxHasMore = true
      return
    }
    let socket = Int(event.token)
    if io.sockets[socket].pending == 0 {
      serve(socket, event.events, driver, now)
    } else {
      // It has had its turn, or a turn is due to it in the next wake-up.
      io.sockets[socket].pending |= event.events
    }
  }

  /// What the last wake-up left undone.
  private mutating func serveUnfinished(_ driver: any ReactorDriver, _ now: Instant) {
    var sockets: [Int] = []
    swap(&sockets, &unfinished)
    for socket in sockets {
      let pending = io.sockets[socket].pending
      io.sockets[socket].pending = 0
      serve(socket, pending, driver, now)
    }
  }

  /// One turn of a socket: a batch of datagrams, a batch of error reports. What is left waits for the next wake-up,
  /// which comes at once, after everyone else had a turn.
  private mutating func serve(_ socket: Int, _ events: UInt32, _ driver: any ReactorDriver, _ now: Instant) {
    var left: UInt32 = 0
    if events & IFSIP_EVENT_IN != 0, receiveDatagrams(socket, driver, now) { left |= IFSIP_EVENT_IN }
    if events & IFSIP_EVENT_ERROR != 0, takeErrors(of: socket) { left |= IFSIP_EVENT_ERROR }
    if events & IFSIP_EVENT_OUT != 0 { io.drainQueue(of: socket) }
    if left != 0 {
      io.sockets[socket].pending = left
      unfinished.append(socket)
    }
  }

  /// Receives one batch; `true` when the socket may hold more.
  private mutating func receiveDatagrams(_ socket: Int, _ driver: any ReactorDriver, _ now: Instant) -> Bool {
    let count = ring.receive(from: io.sockets[socket].descriptor)
    // An error other than "nothing there" is one that somebody else's refusal left behind; it has gone by being read.
    guard count > 0 else { return count != -SystemError.again }
    Reactor.deliver(ring, socket, driver, now, &io)
    return count == limits.receiveBatch
  }

  /// One turn of a media socket: a batch of datagrams, which leave at once.
  private mutating func relay(_ socket: MediaSocketID, _ driver: any ReactorDriver, _ now: Instant) {
    guard let (descriptor, tag) = io.media.find(socket) else { return }
    let count = mediaRing.receive(from: descriptor)
    guard count > 0 else {
      // As above: an error is gone by being read, and there may be datagrams behind it.
      if count != -SystemError.again { unfinishedMedia.append(socket) }
      return
    }
    Reactor.deliver(&mediaRing, socket, tag, driver, now, &io)
    if count == limits.mediaBatch { unfinishedMedia.append(socket) }
  }

  private mutating func serveUnfinishedMedia(_ driver: any ReactorDriver, _ now: Instant) {
    var sockets: [MediaSocketID] = []
    swap(&sockets, &unfinishedMedia)
    for socket in sockets { relay(socket, driver, now) }
  }

  // Static, for the reason below.
  @inline(never)
  private static func deliver(
    _ ring: inout MediaRing, _ socket: MediaSocketID, _ tag: UInt32, _ driver: any ReactorDriver, _ now: Instant,
    _ io: inout ReactorIO
  ) {
    let count = ring.received
    io.counters.mediaReceived += count
    for index in 0..<count {
      let (from, bytes) = ring.envelope(index)
      guard let from, bytes > 0 else { continue }
      var packet = ring.packet(index)
      let verdict = driver.received(
        media: &packet, count: bytes, from: from, socket: socket, tag: tag, now: now, io: &io)
      if case .forward(let length, let destination, let exit, let isOnlyPeer) = verdict,
        let (descriptor, _) = io.media.find(exit)
      {
        let isTied = isOnlyPeer && io.media.tie(exit, to: destination)
        ring.forward(index, count: length, to: isTied ? nil : destination, through: descriptor)
      }
    }
    let (sent, dropped) = ring.flush()
    io.counters.mediaSent += sent
    io.counters.mediaDropped += dropped
  }

  // Static, because the ring is lent to the driver together with the right to change `io`. Not inlined: the loop over
  // datagrams wants the registers for itself.
  @inline(never)
  private static func deliver(
    _ ring: borrowing ReceiveRing, _ socket: Int, _ driver: any ReactorDriver, _ now: Instant, _ io: inout ReactorIO
  ) {
    let isWildcard = io.sockets[socket].isWildcard
    let bound = io.sockets[socket].local
    let count = ring.received
    io.counters.received += count
    for index in 0..<count {
      let (from, truncated) = ring.envelope(index)
      if truncated { io.counters.truncated += 1 }
      guard let from else {
        ring.discard(index)
        continue
      }
      var local = bound
      if isWildcard, let address = ring.localAddress(index, port: bound.port) {
        local = address
        io.remember(address.ip, for: from, socket: socket)
      }
      driver.received(
        datagram: ring.datagram(index), from: from, local: local, socket: socket, truncated: truncated, now: now,
        io: &io)
    }
  }

  /// Takes what the error queue holds; `true` when it may hold more.
  private mutating func takeErrors(of socket: Int) -> Bool {
    for _ in 0..<limits.errorsPerWakeUp {
      guard let failure = io.sockets.takeError(of: socket) else { return false }
      io.counters.failed += 1
      if io.failures.count < ReactorIO.maximumFailures { io.failures.append(failure) }
    }
    return true
  }

  private mutating func reportFailures(_ driver: any ReactorDriver, _ now: Instant) {
    guard !io.failures.isEmpty else { return }
    // What the driver sends in answer may fail in its turn; that is for the next wake-up.
    var failures: [SendFailure] = []
    swap(&failures, &io.failures)
    for failure in failures { driver.sendFailed(failure, now: now, io: &io) }
  }

  private mutating func receiveMessages(_ driver: any ReactorDriver, _ now: Instant) {
    if nextMessage == messages.count {
      if !messages.isEmpty { messages.removeAll(keepingCapacity: true) }
      nextMessage = 0
      mailboxHasMore = mailbox.drain(into: &messages)
    }
    let end = min(messages.count, nextMessage + limits.messagesPerWakeUp)
    io.counters.messages += end - nextMessage
    while nextMessage < end {
      // Moved, not copied.
      var message = ReactorMessage.stop
      swap(&message, &messages[nextMessage])
      nextMessage += 1
      switch message {
      case .stop: isStopping = true
      case .call(let body): body(driver)
      case .datagram(_, let from, let local, let socket) where io.sockets.hasWildcard:
        // Another reactor received it, this one will answer.
        if !local.ip.isUnspecified { io.remember(local.ip, for: from, socket: Int(socket)) }
        driver.received(message: message, now: now, io: &io)
      default: driver.received(message: message, now: now, io: &io)
      }
    }
    // What is handled must not be kept alive until the next burst; what is left needs no signal to be continued.
    if nextMessage == messages.count {
      messages.removeAll(keepingCapacity: messages.capacity <= 1024)
      nextMessage = 0
    } else {
      mailboxHasMore = true
    }
  }

  private mutating func finishWakeUp() {
    if io.outbox.count > 0 { io.flush() }
    if !io.changedQueues.isEmpty {
      for socket in io.changedQueues {
        poller.watch(
          socket: io.sockets[socket].descriptor, index: socket, forWriting: !io.sockets[socket].queue.isEmpty)
      }
      io.changedQueues.removeAll(keepingCapacity: true)
    }
    statistics.publish(io.counters)
  }

  /// How long the next wait may take, in nanoseconds; negative for ever. The clock is read again: what was done since
  /// the wake-up has taken its time.
  private func patience(until deadline: Instant?) -> Int64 {
    if mailboxHasMore || !unfinished.isEmpty || !unfinishedMedia.isEmpty || !io.failures.isEmpty { return 0 }
    guard let deadline else { return -1 }
    let now = MonotonicClock.now
    return deadline > now ? deadline.nanoseconds &- now.nanoseconds : 0
  }
}
