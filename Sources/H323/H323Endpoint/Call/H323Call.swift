import H225
import H245
import PER
import Wire

/// One call: its call signalling, its control channel, its media.
///
/// ```
///   +---------+  release, timer, fault: endSessionCommand   +--------+
///   | Running | ------------------------------------------> | Ending |
///   +---------+                                             +--------+
///     |  |  ^                                                 |  the peer's endSessionCommand, its ReleaseComplete,
///     |  |  | the peer's endSessionCommand,                   |  a lost connection, time: ReleaseComplete
///     |  |  | H.245 lost     +-------------+                  v
///     |  |  +--------------> | Peer ending | -----------> +------+
///     |  |                   +-------------+  its         | Gone |
///     |  +----- its ReleaseComplete, connection lost ---> +------+
///     +-------- release where no H.245 connection has to end: ReleaseComplete
/// ```
///
/// An event changes it by one of its methods and then `settle`s it: only there is it decided what H.245 has to do next.
struct H323Call: Sendable {
  /// Which side of the call signalling this is.
  enum Role: Sendable {
    case outgoing(OutgoingCallMachine, H323Calling)
    case incoming(IncomingCallMachine)
  }

  /// How far the call's end is.
  enum Phase: Sendable, Hashable {
    /// To all others.
    case running
    /// The peer has ended H.245: its ReleaseComplete should follow. To `ending`, `gone`.
    case peerEnding(deadline: Instant, H323Release.Side)
    /// endSessionCommand was sent, ReleaseComplete not yet. To `gone`.
    case ending(deadline: Instant, H323Release)
    /// To nowhere.
    case gone
  }

  let handle: H323CallHandle
  /// The call signalling connection, until it is closed.
  let link: H323Link
  /// Where call signalling comes from.
  let remote: SocketAddress
  /// Our end of it, once it is open.
  var local: SocketAddress?
  let callReference: UInt16
  let callIdentifier: CallIdentifier?
  let conferenceID: GloballyUniqueID

  var role: Role
  var phase = Phase.running
  /// Messages that could not be read.
  var faults = 0

  var tunnelling: Tunnelling
  var route = ControlRoute.undecided
  /// Where the peer takes an H.245 connection.
  var peerControlAddress: SocketAddress?
  var session: ControlSession
  var isSessionStarted = false
  /// Whether something that only H.245 can do is wanted although fast connect has opened everything.
  var isControlNeeded = false
  /// Encoded messages that have not gone out.
  var controlQueue: [[UInt8]] = []

  var fastConnect = FastConnect.none
  /// Answers of the called side that say no to fast connect, once that is known.
  var refusesFastConnect = false
  /// The answer of the called side that goes into its next message.
  var fastStartAnswer: [[UInt8]]?

  /// Where we take media and in which codecs; the last known while the peer is held.
  var localMedia: H323LocalMedia?
  /// Whether we want nothing sent.
  var isHeld = false
  /// Our channel on the way.
  var openingChannel: LogicalChannelNumber?
  var openingCodec: AudioCapability.Codec?
  /// Codecs that the peer has refused though its capabilities have them.
  var refusedCodecs: Set<AudioCapability.Codec> = []
  /// The peer's channels that wait for our address.
  var proposals: [LogicalChannelNumber] = []
  /// The peer was asked to close its channel, so that it opens another: until when it may take.
  var reopeningDeadline: Instant?
  /// Whether that has to be done as soon as there is H.245.
  var isReopeningDue = false
  /// When the call ends unless it has media.
  var mediaDeadline: Instant?
  var digits: [(digit: UInt8, milliseconds: UInt16?)] = []
  /// Where the call has been so far, which the next place may not be.
  var visited: [RedirectionPlace] = []
  /// The peer wants the call led elsewhere: until when the user may say what becomes of that.
  var redirectionDeadline: Instant?
  /// Whether the called side has something to be heard before it answers.
  var isHeardEarly = false

  /// What the user knows of the media.
  var media = H323Media()
  /// Whose timer is set in the endpoint's wheel, and for when.
  var alarm: (token: TimerWheel<AlarmKey>.Token, deadline: Instant)?

  init(
    handle: H323CallHandle, link: H323Link, remote: SocketAddress, local: SocketAddress?, callReference: UInt16,
    callIdentifier: CallIdentifier?, conferenceID: GloballyUniqueID, role: Role, tunnelling: Tunnelling,
    localMedia: H323LocalMedia?, configuration: H323EndpointConfiguration
  ) {
    self.handle = handle
    self.link = link
    self.remote = remote
    self.local = local
    self.callReference = callReference
    self.callIdentifier = callIdentifier
    self.conferenceID = conferenceID
    self.role = role
    self.tunnelling = tunnelling
    self.localMedia = localMedia
    if case .outgoing(_, let calling) = role { visited = [RedirectionPlace(calling)] }
    session = ControlSession(Self.control(configuration, localMedia))
  }

  static func control(_ configuration: H323EndpointConfiguration, _ media: H323LocalMedia?) -> ControlConfiguration {
    ControlConfiguration(
      terminalType: configuration.terminalType, capabilities: media?.capabilities ?? LocalCapabilities(),
      acceptsAsymmetry: configuration.acceptsAsymmetry)
  }

  var isOutgoing: Bool {
    switch role {
    case .outgoing: true
    case .incoming: false
    }
  }

  /// Whether Connect has been sent or received.
  var isActive: Bool {
    switch role {
    case .outgoing(let machine, _): machine.phase == .active
    case .incoming(let machine): machine.phase == .active
    }
  }

  /// Whether the called side has said anything.
  var isAnswered: Bool {
    switch role {
    case .outgoing(let machine, _):
      switch machine.phase {
      case .proceeding, .delivered, .active: true
      case .connecting, .initiated, .over: false
      }
    case .incoming(let machine):
      switch machine.phase {
      case .proceeding, .received, .answering, .active: true
      case .present, .over: false
      }
    }
  }

  var callState: UInt8 {
    switch role {
    case .outgoing(let machine, _): machine.callState
    case .incoming(let machine): machine.callState
    }
  }

  var isGone: Bool { phase == .gone }

  /// When `advance` has something to do next.
  var nextDeadline: Instant? {
    var deadline: Instant?
    func take(_ other: Instant?) { deadline = Instant.earlier(deadline, other) }
    switch phase {
    case .running:
      switch role {
      case .outgoing(let machine, _): take(redirectionDeadline ?? machine.nextDeadline)
      case .incoming(let machine): take(machine.nextDeadline)
      }
      take(mediaDeadline)
      take(reopeningDeadline)
    case .peerEnding(let end, _), .ending(let end, _): take(end)
    case .gone: return nil
    }
    take(session.nextDeadline)
    return deadline
  }

  /// Fires what is due.
  mutating func advance(_ turn: inout Turn) {
    let now = turn.now
    switch phase {
    case .running:
      switch role {
      case .outgoing(let machine, _):
        if let deadline = redirectionDeadline {
          if deadline <= now { end(.timer, 102, &turn) }
        } else if machine.advance(now: now) == .timedOut {
          end(.timer, machine.timeoutCause, &turn)
        }
      case .incoming(let machine):
        if machine.isTimedOut(now: now) { end(.timer, machine.timeoutCause, &turn) }
      }
      if let deadline = mediaDeadline, deadline <= now { end(.timer, 102, &turn) }
    case .peerEnding(let deadline, let side):
      if deadline <= now { end(side, side == .peer ? 16 : 41, &turn) }
    case .ending(let deadline, _):
      if deadline <= now { finishEnding(&turn) }
    case .gone: return
    }
    withSession(&turn) { session, actions in session.advance(now: now, into: &actions) }
  }

  /// Tells of a message that nothing is done about.
  func tellOther(_ name: String, _ turn: inout Turn) {
    turn.tell(.other(handle, name))
  }
}
