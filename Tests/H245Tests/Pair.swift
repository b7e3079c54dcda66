import H245
import Wire

/// Two sessions whose messages are carried from one to the other, without loss and in order, on virtual time.
final class Pair {
  enum Side: CaseIterable { case first, second }

  /// One end: its session, what it has said, and its owner, who takes every channel that is proposed.
  struct End {
    var session: ControlSession
    var sent: [Message] = []
    var events: [ControlEvent] = []
    /// Under way to the other end.
    var queue: [Message] = []
    var acceptsChannels = true
    var port: UInt16 = 10_000
  }

  var first: End
  var second: End
  var now = beginning
  var random: SplitMix64

  init(
    _ firstConfiguration: ControlConfiguration = ControlConfiguration(),
    _ secondConfiguration: ControlConfiguration = ControlConfiguration(), seed: UInt64 = 1
  ) {
    first = End(session: ControlSession(firstConfiguration))
    second = End(session: ControlSession(secondConfiguration), port: 20_000)
    random = SplitMix64(seed: seed)
  }

  subscript(side: Side) -> End {
    get { side == .first ? first : second }
    set {
      if side == .first { first = newValue } else { second = newValue }
    }
  }

  /// Does something to a session and takes care of what it wants.
  @discardableResult
  func with<Result>(_ side: Side, _ body: (inout ControlSession, inout [ControlAction]) -> Result) -> Result {
    var actions: [ControlAction] = []
    let result = body(&self[side].session, &actions)
    var place = 0
    while place < actions.count {
      switch actions[place] {
      case .send(let message):
        self[side].sent.append(message)
        self[side].queue.append(message)
      case .event(let event):
        self[side].events.append(event)
        if case .channelProposed(let request) = event, self[side].acceptsChannels {
          let port = self[side].port
          self[side].port += 2
          _ = self[side].session.accept(
            request.forwardLogicalChannelNumber, media: address(port), mediaControl: address(port + 1), into: &actions)
        }
      }
      place += 1
    }
    return result
  }

  func word() -> UInt32 { UInt32(truncatingIfNeeded: random.next()) }

  func start(_ side: Side) {
    let (random, now) = (word(), now)
    with(side) { $0.start(random: random, now: now, into: &$1) }
  }

  func deliver(_ message: Message, to side: Side) {
    let (random, now) = (word(), now)
    with(side) { $0.receive(message, random: random, now: now, into: &$1) }
  }

  /// Carries one message from a side to the other; false when there is none.
  func carry(from side: Side) -> Bool {
    guard !self[side].queue.isEmpty else { return false }
    let message = self[side].queue.removeFirst()
    deliver(message, to: side == .first ? .second : .first)
    return true
  }

  /// Carries messages in any order between the two directions until none is left; false if they never end.
  @discardableResult
  func run() -> Bool {
    for _ in 0..<10_000 {
      let side: Side = random.chance(50) ? .first : .second
      if carry(from: side) { continue }
      if !carry(from: side == .first ? .second : .first) { return true }
    }
    return false
  }

  /// Both start, and get ready.
  func begin() {
    start(.first)
    start(.second)
    run()
  }

  func open(_ side: Side, _ audio: AudioCapability = .g711Ulaw64k(20)) -> LogicalChannelNumber? {
    let now = now
    return with(side) { $0.openChannel(audio: audio, mediaControl: address(5005), now: now, into: &$1) }
  }

  func advance(_ duration: Duration) {
    now = now + duration
    let now = now
    for side in Side.allCases { with(side) { $0.advance(now: now, into: &$1) } }
    run()
  }
}
