import Dispatch
import Files
import Logging
import OpenSSLCrypto
import Relay
import Synchronization
import Transcoder
import Wire

/// The limits of recording calls.
enum RecorderLimits {
  /// Recordings that run at once.
  static let maxRunning = 32
  /// Recordings that are over and still listed.
  static let maxListed = 256
  /// Bytes of packets that may wait to be written, of all recordings together: a second and a half of thirty-two calls
  /// of G.711 at 64 times that.
  static let maxQueuedBytes = 8 << 20
  /// Bytes that one wake-up of a reactor may add.
  static let maxBatchBytes = 1 << 20
}

/// Packets of recorded calls that one wake-up of a reactor has found.
struct RecordedBatch: Sendable {
  struct Entry: Sendable {
    let recording: CallRecording
    let side: RelaySide
    let source: SocketAddress
    let destination: SocketAddress
    let now: Instant
    let start: Int
    let count: Int
  }

  var entries: [Entry] = []
  var bytes: [UInt8] = []

  mutating func append(
    _ packet: Span<UInt8>, of side: RelaySide, from source: SocketAddress, to destination: SocketAddress, now: Instant,
    for recording: CallRecording
  ) {
    guard bytes.count + packet.count <= RecorderLimits.maxBatchBytes else {
      recording.lost.add(1, ordering: .relaxed)
      return
    }
    entries.append(
      Entry(
        recording: recording, side: side, source: source, destination: destination, now: now, start: bytes.count,
        count: packet.count))
    bytes.append(copying: packet)
  }
}

/// Writes recordings: reactors hand packets over and never write. What is beyond the limit of the queue is lost, and
/// counted at each recording.
final class Recorder: Sendable {
  private enum Item: Sendable {
    case packets(RecordedBatch)
    case codecs(CallRecording, RelaySide, [UInt8: SpeechCodec])
    case end(CallRecording, CallRecording.End, Instant, UTCTimestamp)
  }

  private struct Queue {
    var items: [Item] = []
    var bytes = 0
    var isScheduled = false
  }

  private struct Book {
    var recordings: [CallRecording] = []
    var lost: UInt64 = 0
    var isClosed = false
  }

  private let queue = Mutex(Queue())
  private let book = Mutex(Book())
  private let work = DispatchQueue(label: "ifsip.recordings")
  private let digests = DispatchQueue(label: "ifsip.recordings.digests")
  private let logger: Logger
  /// Told of every recording that is over.
  private let onEnd: @Sendable (CallRecording, CallRecording.Result) -> Void

  init(logger: Logger, onEnd: @escaping @Sendable (CallRecording, CallRecording.Result) -> Void) {
    self.logger = logger
    self.onEnd = onEnd
  }

  // MARK: The book

  /// All that run, and the newest of those that are over, the oldest first.
  var recordings: [CallRecording] { book.withLock { $0.recordings } }

  /// How many run, and how many packets of all that there were are lost.
  var figures: (running: Int, lost: UInt64) {
    book.withLock { book in
      let known = book.recordings.reduce(UInt64(0)) { $0 + UInt64($1.lost.load(ordering: .relaxed)) }
      return (book.recordings.count { $0.result == nil }, book.lost + known)
    }
  }

  /// Enters one; false: as many run as may, or the node stops.
  func enter(_ recording: CallRecording) -> Bool {
    book.withLock { book in
      guard !book.isClosed, book.recordings.count(where: { $0.result == nil }) < RecorderLimits.maxRunning else {
        return false
      }
      while book.recordings.count >= RecorderLimits.maxListed + RecorderLimits.maxRunning,
        let oldest = book.recordings.firstIndex(where: { $0.result != nil })
      {
        book.lost += UInt64(book.recordings[oldest].lost.load(ordering: .relaxed))
        book.recordings.remove(at: oldest)
      }
      book.recordings.append(recording)
      return true
    }
  }

  // MARK: What reactors and others say; never waits

  /// Takes packets.
  func post(_ batch: consuming RecordedBatch) {
    let batch = consume batch
    let (mustSchedule, isLost) = queue.withLock { queue in
      guard queue.bytes + batch.bytes.count <= RecorderLimits.maxQueuedBytes else { return (false, true) }
      queue.bytes += batch.bytes.count
      queue.items.append(.packets(batch))
      defer { queue.isScheduled = true }
      return (!queue.isScheduled, false)
    }
    if isLost {
      for entry in batch.entries { entry.recording.lost.add(1, ordering: .relaxed) }
    }
    if mustSchedule { work.async { self.write() } }
  }

  /// What the payload types of a side's packets stand for, from here on.
  func post(_ codecs: [UInt8: SpeechCodec], of side: RelaySide, for recording: CallRecording) {
    post(.codecs(recording, side, codecs))
  }

  /// A recording is over; only the first time counts.
  func end(_ recording: CallRecording, _ end: CallRecording.End, now: Instant, clock: UTCTimestamp) {
    guard !recording.isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
    post(.end(recording, end, now, clock))
  }

  private func post(_ item: Item) {
    let mustSchedule = queue.withLock { queue in
      queue.items.append(item)
      defer { queue.isScheduled = true }
      return !queue.isScheduled
    }
    if mustSchedule { work.async { self.write() } }
  }

  // MARK: The writer's own thread

  /// Ends all that run, and returns when every file is whole.
  func stop(now: Instant, clock: UTCTimestamp) {
    let all = book.withLock { book in
      book.isClosed = true
      return book.recordings
    }
    for recording in all { end(recording, .nodeStops, now: now, clock: clock) }
    work.sync { write() }
    digests.sync {}
  }

  private func write() {
    let items = queue.withLock { queue in
      defer { queue = Queue() }
      return queue.items
    }
    for item in items {
      switch item {
      case .packets(let batch): write(batch)
      case .codecs(let recording, let side, let codecs): recording.file.withLock { $0.set(codecs, of: side) }
      case .end(let recording, let end, let now, let clock): finish(recording, end, now, clock)
      }
    }
  }

  private func write(_ batch: RecordedBatch) {
    var touched: [CallRecording] = []
    for entry in batch.entries where entry.recording.result == nil {
      let packet = batch.bytes.span.extracting(entry.start..<(entry.start + entry.count))
      do throws(any Error) {
        try entry.recording.file.withLock { file in
          try file.append(packet, of: entry.side, from: entry.source, to: entry.destination, now: entry.now)
        }
        if !touched.contains(where: { $0 === entry.recording }) { touched.append(entry.recording) }
      } catch {
        fail(entry.recording, error, entry.now)
      }
    }
    guard let now = batch.entries.last?.now else { return }
    for recording in touched {
      do {
        try recording.file.withLock { try $0.flush(now: now) }
      } catch {
        fail(recording, error, now)
      }
    }
  }

  private func fail(_ recording: CallRecording, _ error: any Error, _ now: Instant) {
    logger.error(
      "a recording ends, its file cannot be written",
      metadata: ["recording": .string(recording.id), "call_id": .string(recording.callID), "problem": "\(error)"])
    end(recording, .failed("\(error)"), now: now, clock: SystemClock.now())
  }

  private func finish(_ recording: CallRecording, _ end: CallRecording.End, _ now: Instant, _ clock: UTCTimestamp) {
    var end = end
    let (bytes, packets) = recording.file.withLock { file in
      do {
        try file.finish(now: now)
      } catch {
        if case .failed = end {} else { end = .failed("\(error)") }
      }
      return (file.bytes, file.count)
    }
    // Reading a long one again keeps no other from being written.
    digests.async { [end] in
      let result = CallRecording.Result(
        end: end, endedAt: clock, bytes: bytes, packets: packets, sha256: Self.digest(recording.path))
      self.onEnd(recording, result)
      recording.settle(result)
    }
  }

  private static func digest(_ path: String) -> String? {
    do {
      let file = try OpenFile(path, .read)
      var hash = SHA256()
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      while true {
        let count = try file.read(into: &buffer)
        if count == 0 { return hash.finalize().hex }
        hash.update(buffer.span.extracting(0..<count))
      }
    } catch {
      return nil
    }
  }
}
