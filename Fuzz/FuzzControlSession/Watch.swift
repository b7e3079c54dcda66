import FuzzSupport
import H245
import PER
import Wire

/// One session, and what must be true of all it says and tells.
///
/// Nothing is said before it has begun but answers, and nothing after its end. A channel's number is not proposed while it is
/// in use; an Ack or a Reject answers a proposal that stands. Every channel that is open ends once.
struct Watch {
  var session: ControlSession
  var now = Instant.zero
  /// Under way to the peer.
  var queue: [MultimediaSystemControlMessage] = []
  /// Proposals whose owner has not answered.
  var proposals: [LogicalChannelNumber] = []
  /// Channels of ours that somebody may close.
  var numbers: [LogicalChannelNumber] = []

  private var isBegun = false
  private var hasSaidEnd = false
  private var hasEnded = false
  /// Ours, from the proposal until the peer has let go, or we.
  private var outstanding: Set<LogicalChannelNumber> = []
  /// The peer's, from the proposal until it is answered.
  private var unanswered: Set<LogicalChannelNumber> = []
  private var open: [ControlChannel.Direction: Set<LogicalChannelNumber>] = [:]
  /// Ours that were wanted and have not come to anything.
  private var wanted: Set<LogicalChannelNumber> = []

  init(_ configuration: ControlConfiguration) {
    session = ControlSession(configuration)
  }

  /// Does something to the session.
  @discardableResult
  mutating func with<Result>(_ body: (inout ControlSession, inout [ControlAction]) -> Result) -> Result {
    var actions: [ControlAction] = []
    let wasEnded = hasEnded
    let result = body(&session, &actions)
    require(!wasEnded || actions.isEmpty, "something after the end: \(actions)")
    for action in actions {
      switch action {
      case .send(let message): said(message)
      case .event(let event): told(event)
      }
    }
    let counts = session.channelCounts
    require(counts.outgoing <= H245Limits.maxChannels && counts.incoming <= H245Limits.maxChannels, "too many channels")
    require(session.remoteCapabilities.entries.count <= H245Limits.maxCapabilities, "too many capabilities")
    let channels = session.openChannels
    for direction in ControlChannel.Direction.allCases {
      let now = Set(channels.filter { $0.direction == direction }.map { $0.number })
      require(now == open[direction] ?? [], "\(direction): \(now) are open, \(open[direction] ?? []) were told")
    }
    require(session.nextDeadline.map { $0 >= self.now } ?? true, "a deadline that has passed")
    return result
  }

  mutating func start(random: UInt32) {
    isBegun = true
    let now = now
    with { $0.start(random: random, now: now, into: &$1) }
  }

  mutating func receive(_ message: MultimediaSystemControlMessage, random: UInt32) {
    let now = now
    if !hasSaidEnd, !hasEnded {
      switch message {
      case .request(.openLogicalChannel(let request)): unanswered.insert(request.forwardLogicalChannelNumber)
      case .response(.closeLogicalChannelAck(let ack)): outstanding.remove(ack.forwardLogicalChannelNumber)
      case .response(.openLogicalChannelReject(let reject)): outstanding.remove(reject.forwardLogicalChannelNumber)
      default: break
      }
    }
    with { $0.receive(message, random: random, now: now, into: &$1) }
  }

  mutating func advance(to instant: Instant) {
    now = instant
    with { $0.advance(now: instant, into: &$1) }
  }

  private mutating func said(_ message: MultimediaSystemControlMessage) {
    require(!hasEnded && !hasSaidEnd, "said after the end: \(message)")
    require((try? message.encoded()) != nil, "said, but cannot be written: \(message)")
    queue.append(message)
    switch message {
    case .request(.openLogicalChannel(let request)):
      let number = request.forwardLogicalChannelNumber
      require(isBegun && session.isReady, "proposed while not ready")
      require(outstanding.insert(number).inserted, "channel \(number) proposed twice")
      wanted.insert(number)
    case .request(.closeLogicalChannel(let close)):
      if close.source == .lcse { outstanding.remove(close.forwardLogicalChannelNumber) }
    case .response(.openLogicalChannelAck(let ack)):
      require(unanswered.remove(ack.forwardLogicalChannelNumber) != nil, "an Ack to nothing")
    case .response(.openLogicalChannelReject(let reject)):
      require(unanswered.remove(reject.forwardLogicalChannelNumber) != nil, "a Reject to nothing")
    case .response(.closeLogicalChannelAck(let ack)): unanswered.remove(ack.forwardLogicalChannelNumber)
    case .command(.endSessionCommand): hasSaidEnd = true
    case .request(.terminalCapabilitySet), .request(.masterSlaveDetermination):
      require(isBegun, "said before it had begun")
    default: break
    }
  }

  private mutating func told(_ event: ControlEvent) {
    require(!hasEnded, "told after the end: \(event)")
    switch event {
    case .channelProposed(let request): proposals.append(request.forwardLogicalChannelNumber)
    case .channelOpened(let channel):
      require(open[channel.direction, default: []].insert(channel.number).inserted, "opened twice")
      if channel.direction == .outgoing {
        require(wanted.remove(channel.number) != nil, "opened, but not wanted")
        numbers.append(channel.number)
      } else {
        proposals.removeAll { $0 == channel.number }
      }
    case .channelRefused(let number, _), .channelReplaced(let number, _):
      require(wanted.remove(number) != nil, "refused, but not wanted")
    case .channelClosed(.outgoing, let number):
      let wasOpen = open[.outgoing, default: []].remove(number) != nil
      require(wasOpen || wanted.remove(number) != nil, "closed, but not there")
    case .channelClosed(.incoming, let number):
      let wasOpen = open[.incoming, default: []].remove(number) != nil
      let wasProposed = proposals.contains(number)
      proposals.removeAll { $0 == number }
      require(wasOpen || wasProposed, "closed, but not there")
    case .ended: hasEnded = true
    default: break
    }
  }

  /// After the end nothing may be left.
  mutating func finish() {
    with { $0.connectionClosed(into: &$1) }
    require(hasEnded && session.isEnded, "no end")
    require(session.channelCounts == (0, 0) && session.nextDeadline == nil, "something is left")
    require(open.values.allSatisfy { $0.isEmpty } && wanted.isEmpty && proposals.isEmpty, "a channel without an end")
  }
}
