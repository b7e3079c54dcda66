import Guard
import Wire

/// One call as this proxy knows it, from the admitted INVITE to its end and a little beyond.
///
/// A class, so that looking a call up and changing it moves nothing; what the table counts by is changed through
/// ``CallTable/update(_:phase:deadline:)`` alone.
final class Call {
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
  fileprivate(set) var phase: Phase
  /// Whether its result has been counted: once per Call-ID and From-tag.
  var isCounted = false
  /// When the call is given up although nobody said goodbye, or forgotten after its end.
  fileprivate(set) var deadline: Instant
  /// The one timer it has in its table, so that none stays behind until a deadline that no longer holds, a day later.
  fileprivate var timer: TimerWheel<CallKey>.Token?
  /// Within how many seconds the parties have agreed to show that they are there (RFC 4028); 0: they have not.
  var sessionSeconds: UInt32 = 0
  /// The expert in whose quota this call has a place, until it is over.
  var expert: String?
  /// The last ACK of a 2xx that has its record, hashed: it is sent again as often as the 2xx comes again.
  var lastAck: UInt64 = 0
  /// What a listing shows and a hang-up needs; nil once the call is over.
  var dialog: CallDialog?
  /// Its media, where that is relayed; nil once the call is over.
  var media: CallMedia?

  init(
    key: CallKey, traceID: String, callID: String, startedAt: Instant, cookie: UInt64, phase: Phase = .attempted,
    deadline: Instant
  ) {
    self.key = key
    self.traceID = traceID
    self.callID = callID
    self.startedAt = startedAt
    self.cookie = cookie
    self.phase = phase
    self.deadline = deadline
  }

  var isConnected: Bool { if case .connected = phase { true } else { false } }
  var isRunning: Bool { if case .ended = phase { false } else { true } }
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
    if let before {
      leave(before)
      close(before)
    }
    calls[call.key] = call
    count(call, 1)
    call.timer = wheel.schedule(call.key, at: call.deadline)
    return true
  }

  /// Changes a call that is in the table.
  mutating func update(_ call: Call, phase: Call.Phase? = nil, deadline: Instant? = nil) {
    if let phase {
      count(call, -1)
      call.phase = phase
      count(call, 1)
      if phase == .ended {
        free(call)
        close(call)
      }
    }
    if let deadline, deadline != call.deadline {
      call.deadline = deadline
      if call.timer.map({ wheel.reschedule($0, at: deadline) }) != true {
        call.timer = wheel.schedule(call.key, at: deadline)
      }
    }
  }

  mutating func remove(_ key: CallKey) {
    guard let call = calls.removeValue(forKey: key) else { return }
    leave(call)
    free(call)
    close(call)
  }

  private mutating func leave(_ call: Call) {
    count(call, -1)
    if let timer = call.timer { wheel.cancel(timer) }
    call.timer = nil
  }

  /// Timers that are set: one for each call.
  var timerCount: Int { wheel.count }

  /// Places in experts' quotas that have become free, and of which the store has yet to hear.
  private(set) var freed: [(expert: String, call: CallKey)] = []

  /// Gives back the place of an attempt that needs none of its own.
  mutating func free(_ expert: String, _ key: CallKey) { freed.append((expert, key)) }

  private mutating func free(_ call: Call) {
    guard let expert = call.expert else { return }
    call.expert = nil
    free(expert, call.key)
  }

  /// Relayed calls that are over, and of which the driver has yet to hear.
  private(set) var closing: [MediaClosing] = []

  private mutating func close(_ call: Call) {
    guard call.media != nil else { return }
    if let end = MediaClosing(call) { closing.append(end) }
    call.media = nil
  }

  /// The driver has heard of them.
  mutating func clearClosing() { closing.removeAll(keepingCapacity: true) }

  /// The store has heard of them.
  mutating func clearFreed() { freed.removeAll(keepingCapacity: true) }

  private mutating func count(_ call: Call, _ step: Int) {
    if call.isConnected { connectedCount += step }
    if call.isRunning { runningCount += step }
  }

  /// The next call whose deadline has passed.
  mutating func popExpired(now: Instant) -> Call? {
    while let key = wheel.popExpired(now: now) {
      guard let call = calls[key] else { continue }
      call.timer = nil
      return call
    }
    return nil
  }

  /// How many calls are up.
  private(set) var connectedCount = 0

  /// How many calls are up or wait for their answer.
  private(set) var runningCount = 0

  /// Every call that is not over, in no order.
  func forEachRunning(_ body: (Call) -> Void) {
    for call in calls.values where call.isRunning { body(call) }
  }

  /// Some calls that are up.
  func connected(upTo limit: Int) -> [Call] { Array(calls.values.lazy.filter(\.isConnected).prefix(limit)) }
}
