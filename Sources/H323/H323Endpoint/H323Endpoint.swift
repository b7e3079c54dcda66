import H225
import H245
import PER
import Wire

/// An H.323 endpoint: makes and takes calls, runs their call signalling (H.225.0 §7, Q.931) and their control channels
/// (H.245, tunnelled or on a connection of its own), with fast connect or without (H.323 §8).
///
/// It owns no socket and no clock. A driver gives it what arrives and the time, and does what it says:
///
///     let call = endpoint.call(H323Calling(to: address, …), now: now, into: &sink)
///     endpoint.received(message, on: link, now: now, into: &sink)
///     endpoint.advance(now: now, into: &sink)   // when endpoint.nextDeadline has come
///     for action in sink.take() {
///       switch action {
///       case .connect(let link, to: let address): …   // then endpoint.opened(link, …) or endpoint.closed(link, …)
///       case .send(let message, on: let link): …
///       case .event(.media(let call, let media)): …
///       …
///     }
///
/// A call is on one call signalling connection, and that connection has no other. Nothing a peer sends makes the endpoint
/// trap or grow beyond its limits, and everything it keeps ends by itself, except a connected call that has media or is
/// held: a connection that vanishes without a word is the driver's to find (TCP keep-alive).
public struct H323Endpoint: ~Copyable {
  /// Who we are.
  public let configuration: H323EndpointConfiguration
  /// What may be held.
  public let limits: H323EndpointLimits

  var calls: [UInt64: H323Call] = [:]
  var turn: Turn
  var wheel = TimerWheel<AlarmKey>()
  var waitingCount = 0

  /// An endpoint without calls.
  ///
  /// - Parameter seed: random and secret; call references and H.245 determination numbers come of it.
  public init(configuration: H323EndpointConfiguration, limits: H323EndpointLimits = .default, seed: UInt64) {
    self.configuration = configuration
    self.limits = limits
    turn = Turn(configuration: configuration, limits: limits, seed: seed)
  }

  /// Calls held, those that are being ended among them.
  public var callCount: Int { calls.count }

  /// Connections and listeners held, those without a Setup among them.
  public var linkCount: Int { turn.links.count }

  /// When `advance` has to be called next.
  public var nextDeadline: Instant? { wheel.nextDeadline }

  /// Fires every timer whose time has come.
  public mutating func advance(now: Instant, into sink: inout H323EndpointSink) {
    while let key = wheel.popExpired(now: now) {
      switch key {
      case .call(let number):
        calls[number]?.alarm = nil
        with(number, now: now, into: &sink) { call, turn in call.advance(&turn) }
      case .link(let link):
        guard case .waiting? = turn.links[link] else { continue }
        waitingCount -= 1
        begin(now, &sink)
        turn.close(link)
        swap(&turn.actions, &sink.actions)
      }
    }
  }

  // MARK: Connections

  /// Somebody has connected: to the call-signalling listener, or (with `to`) to where a `listen` was answered for.
  ///
  /// - Returns: our end of it; nil when it is not wanted, and the driver closes it. What is in the sink then may be to be
  ///   sent on it.
  public mutating func accepted(
    from remote: SocketAddress, local: SocketAddress, to listening: H323Link? = nil, now: Instant,
    into sink: inout H323EndpointSink
  ) -> H323Link? {
    guard let listening else { return acceptedSignalling(from: remote, local: local, now: now) }
    guard case .listener(let number)? = turn.links[listening] else { return nil }
    var link: H323Link?
    with(number, now: now, into: &sink) { call, turn in link = call.controlAccepted(from: remote, &turn) }
    return link
  }

  /// A `connect` has come about; our end of it.
  public mutating func opened(_ link: H323Link, local: SocketAddress, now: Instant, into sink: inout H323EndpointSink) {
    switch turn.links[link] {
    case .signalling(let number)?:
      with(number, now: now, into: &sink) { call, turn in call.signallingOpened(local: local, &turn) }
    case .control(let number)?: with(number, now: now, into: &sink) { call, turn in call.controlOpened(link, &turn) }
    case .waiting?, .listener?, nil: return
    }
  }

  /// A `listen` has come about, or (nil) could not.
  public mutating func listening(
    _ link: H323Link, at address: SocketAddress?, now: Instant, into sink: inout H323EndpointSink
  ) {
    guard case .listener(let number)? = turn.links[link] else { return }
    with(number, now: now, into: &sink) { call, turn in call.listening(link, at: address, &turn) }
  }

  /// One message, without its TPKT header. An empty one is a keep-alive.
  public mutating func received(
    _ message: Span<UInt8>, on link: H323Link, now: Instant, into sink: inout H323EndpointSink
  ) {
    guard message.count > 0, let use = turn.links[link] else { return }
    switch use {
    case .waiting(let remote, let local, let alarm):
      wheel.cancel(alarm)
      waitingCount -= 1
      receivedFirst(message, on: link, from: remote, local: local, now: now, into: &sink)
    case .signalling(let number):
      guard var call = calls.removeValue(forKey: number) else { return }
      begin(now, &sink)
      call.received(message, &turn)
      finish(&call, into: &sink)
    case .control(let number):
      guard var call = calls.removeValue(forKey: number) else { return }
      begin(now, &sink)
      call.receivedControl(message, &turn)
      finish(&call, into: &sink)
    case .listener: return
    }
  }

  /// A connection is gone, or could not be opened; or a listener is gone.
  public mutating func closed(_ link: H323Link, now: Instant, into sink: inout H323EndpointSink) {
    guard let use = turn.links.removeValue(forKey: link) else { return }
    switch use {
    case .waiting(_, _, let alarm):
      wheel.cancel(alarm)
      waitingCount -= 1
    case .signalling(let number):
      with(number, now: now, into: &sink) { call, turn in
        // 27: destination out of order, as it could not even be reached; 41: temporary failure.
        call.ended(H323Release(side: .connection, cause: call.isAnswered ? 41 : 27), &turn)
      }
    case .control(let number), .listener(let number):
      with(number, now: now, into: &sink) { call, turn in call.controlClosed(link, &turn) }
    }
  }

  // MARK: Calls

  /// Makes a call.
  ///
  /// - Returns: nil when there are too many.
  public mutating func call(_ calling: H323Calling, now: Instant, into sink: inout H323EndpointSink) -> H323CallHandle?
  {
    guard calls.count < limits.maxCalls else { return nil }
    begin(now, &sink)
    let number = turn.newNumber()
    let link = turn.newLink(.signalling(number))
    let machine = OutgoingCallMachine(
      t303: configuration.t303, t310: configuration.t310, t301: configuration.t301, now: now)
    var call = H323Call(
      handle: H323CallHandle(number: number), link: link, remote: calling.address, local: nil,
      callReference: turn.newCallReference(),
      callIdentifier: CallIdentifier(guid: calling.callIdentifier), conferenceID: calling.conferenceID,
      role: .outgoing(machine, calling), tunnelling: configuration.tunnelsH245 ? .offered : .refused,
      localMedia: calling.media, configuration: configuration)
    call.offerFastStart(configuration)
    turn.actions.append(.connect(link, to: calling.address))
    let handle = call.handle
    finish(&call, into: &sink)
    return handle
  }

  /// Makes a call anew whose peer wants it led elsewhere, to where the user wants it: `redirected` has told of it. The call
  /// keeps its handle and its callIdentifier.
  ///
  /// - Returns: false when it cannot go elsewhere any more: it is over, or has been answered meanwhile. One that has been
  ///   there already has ended.
  @discardableResult
  public mutating func redirect(
    _ handle: H323CallHandle, to route: H323Rerouting, now: Instant, into sink: inout H323EndpointSink
  ) -> Bool {
    guard case .outgoing(_, var calling)? = calls[handle.number]?.role,
      var call = calls.removeValue(forKey: handle.number)
    else { return false }
    begin(now, &sink)
    calling.address = route.address
    calling.tokens = route.tokens
    calling.seal = route.seal
    if let destination = route.destination { calling.destination = destination }
    if let conferenceID = route.conferenceID {
      calling.conferenceID = conferenceID
      calling.conferenceGoal = .join
    }
    let anew = call.redirected(calling, on: { $0.newLink(.signalling(handle.number)) }, &turn)
    if let anew {
      turn.actions.append(.connect(anew.link, to: calling.address))
      call = anew
    }
    finish(&call, into: &sink)
    return anew != nil
  }

  /// CallProceeding.
  public mutating func proceed(_ call: H323CallHandle, now: Instant, into sink: inout H323EndpointSink) {
    with(call.number, now: now, into: &sink) { call, turn in call.proceed(&turn) }
  }

  /// Alerting; with media where the caller is to hear something already.
  public mutating func alert(
    _ call: H323CallHandle, media: H323LocalMedia? = nil, now: Instant, into sink: inout H323EndpointSink
  ) {
    with(call.number, now: now, into: &sink) { call, turn in call.alert(media, &turn) }
  }

  /// Connect.
  public mutating func answer(
    _ call: H323CallHandle, media: H323LocalMedia, now: Instant, into sink: inout H323EndpointSink
  ) {
    with(call.number, now: now, into: &sink) { call, turn in call.answer(media, &turn) }
  }

  /// Ends a call in any state, with a cause of Q.931.
  public mutating func release(
    _ call: H323CallHandle, cause: UInt8, reason: ReleaseCompleteReason? = nil, now: Instant,
    into sink: inout H323EndpointSink
  ) {
    with(call.number, now: now, into: &sink) { call, turn in call.end(.us, cause, reason: reason, &turn) }
  }

  /// Our side has changed: another address, other codecs; nil asks the peer to send nothing (hold, H.323 §8.4.6).
  public mutating func setMedia(
    _ call: H323CallHandle, _ media: H323LocalMedia?, now: Instant, into sink: inout H323EndpointSink
  ) {
    with(call.number, now: now, into: &sink) { call, turn in call.setMedia(media, &turn) }
  }

  /// Sends a digit in the way the peer takes.
  public mutating func send(
    digit: UInt8, milliseconds: UInt16? = nil, to call: H323CallHandle, now: Instant, into sink: inout H323EndpointSink
  ) {
    with(call.number, now: now, into: &sink) { call, turn in call.send(digit, milliseconds, &turn) }
  }

  /// The agreed audio; nil when the call is gone.
  public func media(of call: H323CallHandle) -> H323Media? { calls[call.number]?.media }

  // MARK: One event of one call

  private mutating func with(
    _ number: UInt64, now: Instant, into sink: inout H323EndpointSink, _ body: (inout H323Call, inout Turn) -> Void
  ) {
    // Taken out, so that it is changed in place and not copied.
    guard var call = calls.removeValue(forKey: number) else { return }
    begin(now, &sink)
    body(&call, &turn)
    finish(&call, into: &sink)
  }

  mutating func begin(_ now: Instant, _ sink: inout H323EndpointSink) {
    turn.now = now
    swap(&turn.actions, &sink.actions)
  }

  mutating func finish(_ call: inout H323Call, into sink: inout H323EndpointSink) {
    call.settle(&turn)
    swap(&turn.actions, &sink.actions)
    let deadline = call.isGone ? nil : call.nextDeadline
    if deadline != call.alarm?.deadline {
      if let alarm = call.alarm { wheel.cancel(alarm.token) }
      let key = AlarmKey.call(call.handle.number)
      call.alarm = deadline.map { (wheel.schedule(key, at: $0), $0) }
    }
    if !call.isGone { calls[call.handle.number] = call }
  }
}

extension H323Endpoint {
  /// Who holds a call; nil when it is gone or being ended.
  package func hold(of call: H323CallHandle) -> (byUs: Bool, byPeer: Bool)? {
    guard let call = calls[call.number], case .running = call.phase else { return nil }
    return (call.isHeld, call.session.isPaused)
  }
}
