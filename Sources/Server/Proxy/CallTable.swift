import Guard
import Wire

/// One call as this proxy knows it, from the admitted INVITE to its end and a little beyond.
struct Call {
  /// Where a call stands.
  enum Phase: Sendable, Equatable {
    /// Admitted, no final answer yet.
    case attempted
    /// A 2xx went to the caller at this time.
    case connected(Instant)
    /// Over; kept until its deadline so that a late retry under the same identity is not counted again.
    case ended
  }

  let key: CallKey
  let traceID: String
  let callID: String
  let startedAt: Instant
  /// The cookie in our Record-Route, so that requests inside the call need no HMAC.
  let cookie: UInt64
  var phase: Phase = .attempted
  /// Whether its result has been counted: once per Call-ID and From-tag.
  var isCounted = false
  /// When the call is given up although nobody said goodbye, or forgotten after its end.
  var deadline: Instant
  /// Within how many seconds the parties have agreed to show that they are there (RFC 4028); 0: they have not.
  var sessionSeconds: UInt32 = 0
  /// What a listing shows and a hang-up needs; nil once the call is over.
  var dialog: CallDialog?

  var isConnected: Bool { if case .connected = phase { true } else { false } }
}

/// The calls of one reactor, bounded, each with one deadline.
struct CallTable {
  private var calls: [CallKey: Call] = [:]
  private var wheel: TimerWheel<CallKey>
  let limit: Int

  init(limit: Int) {
    self.limit = limit
    wheel = TimerWheel()
  }

  var count: Int { calls.count }
  var isFull: Bool { calls.count >= limit }
  var nextDeadline: Instant? { wheel.nextDeadline }

  subscript(key: CallKey) -> Call? { calls[key] }

  /// Enters a call or replaces the one of the same key. False when the table is full.
  mutating func insert(_ call: Call) -> Bool {
    let before = calls[call.key]
    guard before != nil || !isFull else { return false }
    calls[call.key] = call
    count(before, call)
    wheel.schedule(call.key, at: call.deadline)
    return true
  }

  /// Changes a call in place; false when it is gone.
  @discardableResult
  mutating func update(_ key: CallKey, _ change: (inout Call) -> Void) -> Bool {
    guard var call = calls[key] else { return false }
    let before = call
    change(&call)
    calls[key] = call
    count(before, call)
    if call.deadline != before.deadline { wheel.schedule(key, at: call.deadline) }
    return true
  }

  mutating func remove(_ key: CallKey) { count(calls.removeValue(forKey: key), nil) }

  private mutating func count(_ before: Call?, _ after: Call?) {
    if before?.isConnected == true { connectedCount -= 1 }
    if after?.isConnected == true { connectedCount += 1 }
    if let before, before.phase != .ended { runningCount -= 1 }
    if let after, after.phase != .ended { runningCount += 1 }
  }

  /// The next call whose deadline has passed.
  mutating func popExpired(now: Instant) -> Call? {
    while let key = wheel.popExpired(now: now) {
      guard let call = calls[key] else { continue }
      if call.deadline <= now { return call }
      wheel.schedule(key, at: call.deadline)
    }
    return nil
  }

  /// How many calls are up.
  private(set) var connectedCount = 0

  /// How many calls are up or wait for their answer.
  private(set) var runningCount = 0

  /// Every call that is not over, in no order.
  func forEachRunning(_ body: (Call) -> Void) {
    for call in calls.values where call.phase != .ended { body(call) }
  }

  /// Some calls that are up.
  func connected(upTo limit: Int) -> [Call] { Array(calls.values.lazy.filter(\.isConnected).prefix(limit)) }
}
