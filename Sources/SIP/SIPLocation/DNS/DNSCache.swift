import Wire

/// What a `DNSCache` keeps, and for how long.
public struct DNSCacheLimits: Sendable, Hashable {
  /// Entries at a time, at least 1; beyond it those that nobody asked for lately make room.
  public var maxEntries: Int
  /// Records are kept for no less, so that a TTL of zero does not mean a question per call.
  public var minimumTTL: Duration
  /// Records are kept for no longer.
  public var maximumTTL: Duration
  /// An absence is kept for no longer, whatever the zone says; and for so long when it does not say.
  public var negativeTTL: Duration
  /// A failure is kept for so long: enough to spare a server that is down, too short for an outage to outlive itself.
  public var failureTTL: Duration

  /// The defaults of `config/ifsip-proxy.yaml`.
  public static let `default` = DNSCacheLimits()

  /// Limits; what is not named keeps its default.
  public init(
    maxEntries: Int = 10_000, minimumTTL: Duration = .seconds(1), maximumTTL: Duration = .seconds(86_400),
    negativeTTL: Duration = .seconds(30), failureTTL: Duration = .seconds(3)
  ) {
    self.maxEntries = maxEntries
    self.minimumTTL = minimumTTL
    self.maximumTTL = maximumTTL
    self.negativeTTL = negativeTTL
    self.failureTTL = failureTTL
  }
}

/// Answers by question, each until its time is over.
///
/// An answer is only ever stored under the question that was asked, so one name's server cannot speak for another name.
/// And nothing but records takes the place of records that are still valid: an answer that failed, or that denies what
/// was there a moment ago, waits until they have expired.
///
/// When it is full, a hand goes round the entries as on a clock and takes the first that has expired or that nobody has
/// asked for since the hand came by last. A lookup costs one hashing; storing costs a few steps of the hand.
public struct DNSCache: Sendable {
  private struct Entry {
    var answer: DNSAnswer
    var expires: Instant
    /// Where it stands on the clock.
    var place: Int
    /// Asked for since the hand came by.
    var isWanted: Bool
  }

  /// What is kept, and for how long.
  public let limits: DNSCacheLimits

  private var entries: [DNSQuestion: Entry] = [:]
  private var clock: [DNSQuestion] = []
  private var hand = 0

  /// An empty cache.
  public init(limits: DNSCacheLimits = .default) {
    precondition(limits.maxEntries >= 1, "a cache that could hold nothing")
    self.limits = limits
  }

  /// Entries in memory, some perhaps expired.
  public var count: Int { entries.count }

  /// The answer to a question, if there is one that is still valid.
  public mutating func answer(to question: DNSQuestion, now: Instant) -> DNSAnswer? {
    guard let entry = entries[question], now < entry.expires else { return nil }
    if !entry.isWanted { entries[question]?.isWanted = true }
    return entry.answer
  }

  /// Keeps an answer.
  ///
  /// - Returns: whether it was kept. It is not when there are records that are still valid and this is none.
  @discardableResult
  public mutating func store(_ answer: DNSAnswer, to question: DNSQuestion, now: Instant) -> Bool {
    let expires = now + lifetime(of: answer)
    if let old = entries[question] {
      if case .records = old.answer, now < old.expires {
        guard case .records = answer else { return false }
      }
      entries[question] = Entry(answer: answer, expires: expires, place: old.place, isWanted: old.isWanted)
      return true
    }
    let place: Int
    if clock.count < limits.maxEntries {
      place = clock.count
      clock.append(question)
    } else {
      place = makeRoom(now: now)
      clock[place] = question
    }
    entries[question] = Entry(answer: answer, expires: expires, place: place, isWanted: false)
    return true
  }

  /// Forgets everything.
  public mutating func removeAll() {
    entries = [:]
    clock = []
    hand = 0
  }

  private func lifetime(of answer: DNSAnswer) -> Duration {
    switch answer {
    case .records(_, let seconds):
      min(max(.seconds(Int64(seconds)), limits.minimumTTL), limits.maximumTTL)
    case .absent(_, let seconds):
      seconds.map { min(max(.seconds(Int64($0)), limits.minimumTTL), limits.negativeTTL) } ?? limits.negativeTTL
    case .failed:
      limits.failureTTL
    }
  }

  /// Takes an entry off the clock and returns its place. Two rounds at most: the first one unwants everything.
  private mutating func makeRoom(now: Instant) -> Int {
    while true {
      let place = hand
      hand = hand + 1 == clock.count ? 0 : hand + 1
      let question = clock[place]
      guard let entry = entries[question] else { return place }
      if entry.isWanted, now < entry.expires {
        entries[question]?.isWanted = false
        continue
      }
      entries[question] = nil
      return place
    }
  }
}
