import Wire

/// When RTCP is sent: timer reconsideration, its reverse on BYE, and the way out of a crowd (RFC 3550 §6.3, appendix A.7).
///
/// ```
///              leave, few members
///   +--------+ ------------------------------------> +------+
///   | Active |                                       | Left |
///   +--------+ ------------------> +---------+ ----> +------+
///     timer: report   leave, many  | Leaving |  timer: BYE
///     or later                     +---------+  or later
/// ```
public struct RTCPScheduler: Sendable, Hashable {
  /// What the owner has to do.
  public enum Action: Sendable, Hashable {
    case none
    /// Send a report and say so by ``reportSent(byteCount:now:random:)``.
    case sendReport
    /// Send a BYE; nothing comes behind it.
    case sendGoodbye
  }

  private enum State: Sendable, Hashable {
    /// To `leaving`, `left`.
    case active
    /// To `left`.
    case leaving
    /// Ends here.
    case left
  }

  /// From which number of members on a BYE waits its turn (§6.3.7).
  public static let goodbyeThreshold = 50
  /// The smallest interval, if the owner does not set another (§6.2).
  public static let minimumInterval = Duration.seconds(5)
  /// e − 3/2: what timer reconsideration takes off the mean is given back (§6.3.1).
  private static let compensation = 2.718_281_828_459_045 - 1.5

  private var state = State.active
  private let bandwidth: RTCPBandwidth
  private let minimumSeconds: Double
  private var isInitial = true
  private var members = 1
  private var membersAtLastTimer = 1
  private var senders = 0
  private var weSent = false
  /// Of datagrams with their UDP and IP headers, in bytes.
  public private(set) var averageBytes: Double
  /// tp of the standard: the last time a report was sent.
  private var previous: Instant
  /// tn of the standard; nil when nothing is to be sent.
  private var next: Instant?

  /// A participant that has just joined.
  ///
  /// - Parameters:
  ///   - expectedBytes: the likely size of the first report with its UDP and IP headers.
  ///   - minimumInterval: 5 s, or less where the bandwidth is wide (§6.2).
  public init(
    bandwidth: RTCPBandwidth, expectedBytes: Int, minimumInterval: Duration = RTCPScheduler.minimumInterval,
    now: Instant, random: UInt64
  ) {
    self.bandwidth = bandwidth
    averageBytes = Double(expectedBytes)
    minimumSeconds = max(0, Double(minimumInterval.saturatingNanoseconds) / 1e9)
    previous = now
    next = interval(random).map { now + $0 }
  }

  /// When ``advance(now:random:)`` has something to do next; nil when never.
  public var nextDeadline: Instant? { next }

  /// Whether the BYE has been asked for and no report will be sent any more.
  public var isLeaving: Bool { state != .active }

  /// The interval without its random factor and never below 5 s, by which others are timed out (§6.3.5); nil when there
  /// is no bandwidth for RTCP.
  public var deterministicInterval: Duration? {
    let seconds = bandwidth.interval(members: members, senders: senders, weSent: weSent, averageBytes: averageBytes)
    return Self.duration(max(5, seconds))
  }

  /// How many participants there are, ourselves among them, and how many of them send. When there are fewer members than
  /// at the last timer, because of a BYE, the next report comes sooner (§6.3.4); not when they fell silent.
  public mutating func update(members: Int, senders: Int, weSent: Bool, because reason: Change = .other, now: Instant) {
    guard state == .active else { return }
    self.members = max(1, members)
    self.senders = max(0, senders)
    self.weSent = weSent
    // There may be a share for us now, where there was none before; the dice are thrown when it is looked at.
    if next == nil, deterministicInterval != nil { next = now }
    guard reason == .goodbye, self.members < membersAtLastTimer else { return }
    let ratio = Double(self.members) / Double(membersAtLastTimer)
    if let next, next > now { self.next = now + (now.duration(to: next) * ratio) }
    previous = now - (previous.duration(to: now) * ratio)
    membersAtLastTimer = self.members
  }

  /// Why the numbers of members changed.
  public enum Change: Sendable, Hashable {
    /// Somebody said BYE.
    case goodbye
    /// Somebody came, fell silent, or began or ceased to send.
    case other
  }

  /// A datagram of RTCP has come (§6.3.3); `byteCount` is with its UDP and IP headers.
  public mutating func received(byteCount: Int, hasGoodbye: Bool) {
    switch state {
    case .active: note(byteCount)
    case .leaving:
      // Only those that leave as well count now (§6.3.7).
      guard hasGoodbye else { return }
      members += 1
      note(byteCount)
    case .left: break
    }
  }

  /// Decides what is due (§6.3.6); `random` is drawn anew for every call.
  public mutating func advance(now: Instant, random: UInt64) -> Action {
    guard let due = next, due <= now else { return .none }
    membersAtLastTimer = members
    guard let interval = interval(random) else {
      next = nil
      return .none
    }
    let reconsidered = previous + interval
    guard reconsidered <= now else {
      next = reconsidered
      return .none
    }
    switch state {
    case .active:
      // Until the owner says that the report is sent: not due again at once.
      next = now + interval
      return .sendReport
    case .leaving:
      state = .left
      next = nil
      return .sendGoodbye
    case .left: return .none
    }
  }

  /// The report that ``advance(now:random:)`` asked for has been sent; `byteCount` is with its UDP and IP headers.
  public mutating func reportSent(byteCount: Int, now: Instant, random: UInt64) {
    guard state == .active else { return }
    note(byteCount)
    previous = now
    isInitial = false
    next = interval(random).map { now + $0 }
    membersAtLastTimer = members
  }

  /// We leave (§6.3.7): at once where few are there, else when the timer says so.
  ///
  /// - Parameters:
  ///   - byteCount: of the BYE with its UDP and IP headers.
  public mutating func leave(byteCount: Int, now: Instant, random: UInt64) -> Action {
    guard state == .active else { return .none }
    guard members > Self.goodbyeThreshold else {
      state = .left
      next = nil
      return .sendGoodbye
    }
    state = .leaving
    previous = now
    members = 1
    membersAtLastTimer = 1
    isInitial = true
    weSent = false
    senders = 0
    averageBytes = Double(byteCount)
    next = interval(random).map { now + $0 }
    return .none
  }

  private mutating func note(_ byteCount: Int) {
    averageBytes += (Double(byteCount) - averageBytes) / 16
  }

  /// The interval with its random factor (appendix A.7); nil when there is no bandwidth.
  private func interval(_ random: UInt64) -> Duration? {
    let seconds = bandwidth.interval(members: members, senders: senders, weSent: weSent, averageBytes: averageBytes)
    let minimum = isInitial ? minimumSeconds / 2 : minimumSeconds
    // A number from 0.5 up to 1.5 of the upper 53 bits.
    let factor = Double(random >> 11) / Double(1 << 53) + 0.5
    return Self.duration(max(minimum, seconds) * factor / Self.compensation)
  }

  /// Nil for what is longer than a year: never.
  private static func duration(_ seconds: Double) -> Duration? {
    seconds < 31_536_000 ? .nanoseconds(Int64(seconds * 1e9)) : nil
  }
}
