import Wire

/// The numbers of one side's reliable provisional responses to one INVITE: RFC 3262 §3, the server's side.
///
/// ```
///   +--------+  send   +---------------+  PRACK that fits -> acknowledged
///   |  Idle  |-------->|  Outstanding  |  PRACK that does not -> 481
///   |        |<--------|               |  interval -> repeat
///   +--------+  PRACK  +---------------+  64·T1 -> give up: the INVITE is refused
/// ```
///
/// One response is outstanding at a time: the standard demands it for the first and allows it for all.
public struct ReliableResponses: Sendable, Hashable {
  private enum State: Sendable, Hashable {
    /// To `outstanding`.
    case idle
    /// To `idle`.
    case outstanding(ResponseRepeater, hasDescription: Bool)
    /// To `idle`: the INVITE has its final response, the PRACK is still welcome.
    case late
  }

  private var state = State.idle
  private var number: UInt32

  /// The highest first number (§3): one below 2³¹, so that there is room to count.
  public static let maximumFirst: UInt32 = 0x7fff_ffff

  /// Numbers from a random one on, which is brought into 1 to 2³¹−1.
  public init(random: UInt32) {
    number = random % Self.maximumFirst
  }

  /// The RSeq of the response that was sent last.
  public var lastNumber: UInt32 { number }

  /// Whether a response waits for its PRACK.
  public var isOutstanding: Bool {
    if case .outstanding = state { true } else { false }
  }

  /// Whether it carries an offer or answer, for which a 2xx has to wait (§3).
  public var holdsSuccess: Bool {
    if case .outstanding(_, true) = state { true } else { false }
  }

  /// When `advance(now:)` has something to do next.
  public var nextDeadline: Instant? {
    if case .outstanding(let repeater, _) = state { repeater.nextDeadline } else { nil }
  }

  /// The RSeq for a response that is being sent now; nil while another waits for its PRACK.
  public mutating func send(repeater: ResponseRepeater, hasDescription: Bool) -> UInt32? {
    guard case .idle = state, number < .max else { return nil }
    number += 1
    state = .outstanding(repeater, hasDescription: hasDescription)
    return number
  }

  /// A PRACK came; whether it is the one that was waited for.
  public mutating func acknowledged(_ responseNumber: UInt32) -> Bool {
    guard state != .idle, responseNumber == number else { return false }
    state = .idle
    return true
  }

  /// The INVITE has its final response: nothing is repeated any more, but a PRACK under way is still taken.
  public mutating func stopRepeating() {
    if isOutstanding { state = .late }
  }

  /// Fires what is due.
  public mutating func advance(now: Instant) -> ResponseRepeater.Action {
    guard case .outstanding(var repeater, let hasDescription) = state else { return .none }
    let action = repeater.advance(now: now)
    state = action == .giveUp ? .idle : .outstanding(repeater, hasDescription: hasDescription)
    return action
  }
}

/// The numbers that have come: RFC 3262 §4, the client's side. Responses are taken in order and once.
public struct ReliableReceipt: Sendable, Hashable {
  private var last: UInt32?

  /// Nothing has come.
  public init() {}

  /// Whether a response with this RSeq is new and the next in order, so that it is acknowledged and looked at.
  public mutating func received(_ number: UInt32) -> Bool {
    guard let last else {
      self.last = number
      return true
    }
    guard last < .max, number == last + 1 else { return false }
    self.last = number
    return true
  }
}
