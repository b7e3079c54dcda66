import Files
import Guard
import Proxy
import Relay
import Synchronization
import Wire

/// One recording of a call, from its beginning to the digest of its file.
final class CallRecording: Sendable {
  /// Why it has ended.
  enum End: Sendable, Equatable {
    /// The call, or its relaying, is over.
    case callEnded
    /// Somebody has stopped it: whose token.
    case stopped(by: String)
    /// It was to be so long.
    case time
    /// The node stops.
    case nodeStops
    /// The file cannot be written, or has reached its largest size: what was wrong.
    case failed(String)

    /// For records and lists.
    var text: String {
      switch self {
      case .callEnded: "call ended"
      case .stopped: "stopped"
      case .time: "time"
      case .nodeStops: "node stops"
      case .failed: "failed"
      }
    }
  }

  /// What is known of it when it is over.
  struct Result: Sendable {
    var end: End
    var endedAt: UTCTimestamp
    var bytes: Int
    var packets: Int
    /// Of the whole file; nil when it could not be read again.
    var sha256: String?
  }

  struct State: Sendable {
    var result: Result?
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  let id: String
  let key: CallKey
  let relay: RelayCallID
  let callID: String
  let traceID: String
  let format: RecordingFormat
  /// Whose token it was asked for with.
  let by: String
  let startedAt: UTCTimestamp
  /// How long it is at most.
  let longest: Duration
  /// Its name in the directory of recordings, and its path.
  let name: String
  let path: String
  /// Packets that are not in it, since too many waited to be written.
  let lost = Atomic<Int>(0)
  /// Whether nothing is added to it any more.
  let isOver = Atomic<Bool>(false)
  let state = Mutex(State())
  /// Touched on the recorder's own queue.
  let file: Mutex<RecordingFile>

  init(
    _ call: CallSummary, relay: RelayCallID, _ format: RecordingFormat, id: String, by: String, longest: Duration,
    in directory: String, now: Instant, clock: UTCTimestamp
  ) throws(FileError) {
    self.id = id
    self.relay = relay
    key = call.key
    callID = call.callID
    traceID = call.traceID
    self.format = format
    self.by = by
    self.longest = longest
    startedAt = clock
    let digits = clock.rfc3339.utf8.prefix(19).filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
    name = "\(String(decoding: digits, as: UTF8.self))Z-\(id).\(format.rawValue)"
    path = "\(directory)/\(name)"
    file = Mutex(try RecordingFile(path, format, start: now, clock: clock))
  }

  var result: Result? { state.withLock { $0.result } }

  /// Returns when the file is whole.
  func waitForEnd() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isOver = state.withLock { state in
        if state.result == nil { state.waiters.append(continuation) }
        return state.result != nil
      }
      if isOver { continuation.resume() }
    }
  }

  /// The file is whole.
  func settle(_ result: Result) {
    let waiters = state.withLock { state in
      state.result = result
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
