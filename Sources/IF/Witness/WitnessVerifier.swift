import OpenSSLCrypto
import Wire

/// Reads a log from front to back, in pieces of any size, and reports every fault with the number of its record.
///
/// It holds at most one line and, of the piece it was given, what each line says. Faults are told as they are found; a run of unreadable lines only once the next readable
/// record has said how many records they were. After a fault it goes on with what stands there: a changed record is one
/// fault and not one per record from there on.
///
/// What it cannot see: a tail that was cut off at the end of a line. Compare ``Summary/last`` with what is known
/// elsewhere (a checkpoint, a printed head).
public struct WitnessVerifier: ~Copyable {
  /// What was read.
  public struct Summary: Sendable, Equatable {
    /// Complete lines.
    public var lines: UInt64 = 0
    /// Bytes of complete lines, LF included.
    public var bytes: UInt64 = 0
    /// Faults reported so far.
    public var faults: UInt64 = 0
    /// The first readable record's number.
    public var firstSequence: UInt64?
    /// The last readable record, with the hash that stands in it.
    public var last: WitnessPosition?
    /// The earliest `time` of a readable record's first and last line, as they stand.
    public var firstTime: String?
    /// The `time` of the last readable record.
    public var lastTime: String?
    /// The last record that was deleted, by the word of the log itself; nil: it says of none.
    public var deletedThrough: UInt64?

    /// Of nothing yet.
    public init() {}
  }

  /// What was read so far.
  public private(set) var summary = Summary()
  /// Bytes of complete lines in this segment: where a torn tail would begin.
  public private(set) var completeBytesInSegment: UInt64 = 0
  /// Bytes after the last LF.
  public var partialBytes: Int { carry.count + oversize }

  /// Whether the leaf of every complete line is kept for ``takeLeaves()``.
  public var collectsLeaves = false
  private var leaves: [Digest32] = []

  /// The number that is due; nil: whatever comes first.
  private var due: UInt64?
  /// What the next `prev_hash` may be: the last record's stated hash, and its computed one when they differ.
  /// Empty: unknown, since the line before was unreadable or not read.
  private var previous: Digest32?
  private var previousComputed: Digest32?

  private var segment = ""
  private var segmentNumber: UInt64?
  private var line = 0
  private var examined = ExaminedLines()
  private var carry: [UInt8] = []
  /// Bytes of a line that is too large, beyond what `carry` holds.
  private var oversize = 0
  private var pending: [WitnessFault] = []
  /// How many records the lines behind `pending` seem to be.
  private var pendingRecords: UInt64 = 0
  private var lastTime: [UInt8] = []

  /// Faults of unreadable lines that wait for a readable record; beyond this many they are told at once.
  static let maxPending = 64

  /// Verifies a whole log, or one that goes on after a record.
  public init(after last: WitnessPosition? = nil) {
    due = last.map { $0.sequence + 1 } ?? 0
    previous = last?.hash ?? .witnessStart
  }

  /// Verifies a part of a log: the first record may have any `prev_hash`.
  public init(from sequence: UInt64) {
    due = sequence
    previous = sequence == 0 ? .witnessStart : nil
  }

  /// The file that the next bytes come from, and the number in its name.
  public mutating func beginSegment(_ name: String, firstSequence: UInt64?, report: (WitnessFault) -> Void) {
    endSegment(report: report)
    segment = name
    segmentNumber = firstSequence
    line = 0
    completeBytesInSegment = 0
  }

  /// The next bytes.
  public mutating func feed(_ bytes: Span<UInt8>, report: (WitnessFault) -> Void) {
    var start = 0
    // Moved out, so that it can be filled from what is kept here, and put back for its storage.
    var examined = ExaminedLines()
    swap(&examined, &self.examined)
    examined.removeAll()
    if partialBytes > 0, let end = LineBreak.first(in: bytes, from: 0) {
      keep(bytes.extracting(0...end))
      let held = carry
      // All of a line that is too large but its LF is counted in `oversize`.
      if oversize > 0 {
        examined.append(unreadable: held.span, size: partialBytes - 1, withLeaves: collectsLeaves)
      } else {
        examined.append(held.span, withLeaves: collectsLeaves)
      }
      carry.removeAll(keepingCapacity: true)
      oversize = 0
      start = end + 1
    }
    let end = start + LineBreak.end(in: bytes.extracting(start..<bytes.count))
    examined.append(bytes.extracting(start..<end), withLeaves: collectsLeaves)
    if partialBytes == 0 { take(examined, report: report) }
    keep(bytes.extracting(end..<bytes.count))
    self.examined = examined
  }

  /// The next lines, already examined. They must begin where a line does: ``partialBytes`` is 0.
  public mutating func take(_ examined: ExaminedLines, report: (WitnessFault) -> Void) {
    precondition(partialBytes == 0, "lines in the middle of a line")
    var unreadable = examined.unreadable.makeIterator()
    for index in examined.lines.indices {
      count(examined.lines[index].size)
      if examined.lines[index].isRecord {
        link(examined.lines[index], report: report)
      } else if let reason = unreadable.next() {
        self.unreadable(reason.kind, opens: reason.opens, report: report)
      }
    }
    if collectsLeaves { leaves += examined.leaves }
    if let through = examined.deletedThrough { summary.deletedThrough = max(summary.deletedThrough ?? 0, through) }
    if !examined.lastTime.isEmpty { lastTime = examined.lastTime }
    if summary.firstTime == nil, !examined.firstTime.isEmpty {
      summary.firstTime = String(decoding: examined.firstTime, as: UTF8.self)
    }
  }

  /// The leaves (``MerkleTree/leaf(_:)``) of the lines that were completed since this was last asked, in their order.
  public mutating func takeLeaves() -> [Digest32] {
    defer { leaves.removeAll(keepingCapacity: true) }
    return leaves
  }

  /// No more bytes: tells what is still to tell, a partial last line included.
  public mutating func finish(report: (WitnessFault) -> Void) {
    endSegment(report: report)
    settle(found: nil, report: report)
    summary.lastTime = lastTime.isEmpty ? nil : String(decoding: lastTime, as: UTF8.self)
  }
}

extension WitnessVerifier {
  private mutating func keep(_ bytes: Span<UInt8>) {
    // One more for the LF.
    let room = WitnessLimits.maxRecordBytes + 1 - carry.count
    let taken = min(room, bytes.count)
    carry.append(copying: bytes.extracting(0..<taken))
    oversize += bytes.count - taken
  }

  private mutating func endSegment(report: (WitnessFault) -> Void) {
    guard partialBytes > 0 else { return }
    line += 1
    hold(.tornTail(bytes: partialBytes), opens: ExaminedLines.opensRecord(carry.span))
    carry.removeAll(keepingCapacity: true)
    oversize = 0
    previous = nil
    previousComputed = nil
  }

  private func fault(_ kind: WitnessFault.Kind, record: UInt64? = nil) -> WitnessFault {
    WitnessFault(record: record ?? due ?? 0, kind: kind, segment: segment, line: line)
  }

  private mutating func tell(_ fault: WitnessFault, report: (WitnessFault) -> Void) {
    summary.faults += 1
    report(fault)
  }

  private mutating func count(_ size: Int) {
    line += 1
    summary.lines += 1
    summary.bytes += UInt64(size) + 1
    completeBytesInSegment += UInt64(size) + 1
  }

  /// Keeps a fault until its record's number is known. A line feed that appeared inside a record makes two lines of it:
  /// one that does not begin as a record does counts to the record before.
  private mutating func hold(_ kind: WitnessFault.Kind, opens: Bool) {
    if pending.isEmpty || opens { pendingRecords += 1 }
    pending.append(fault(kind, record: pendingRecords - 1))
  }

  /// The line is no record, so nothing is known about its number but its place.
  private mutating func unreadable(_ kind: WitnessFault.Kind, opens: Bool, report: (WitnessFault) -> Void) {
    hold(kind, opens: opens)
    previous = nil
    previousComputed = nil
    if pending.count >= Self.maxPending { settle(found: nil, report: report) }
  }

  /// Numbers the faults of a run of unreadable lines: one record after the other, as far as there are numbers before
  /// the record that was found after them.
  private mutating func settle(found: UInt64?, report: (WitnessFault) -> Void) {
    guard !pending.isEmpty else { return }
    let first = due ?? 0
    let last = found.map { $0 > first ? $0 - 1 : first }
    for var fault in pending {
      fault.record = min(first + fault.record, last ?? .max)
      tell(fault, report: report)
    }
    if let found, found >= first, found - first <= pendingRecords {
      due = found
    } else {
      due = first + pendingRecords
    }
    pending.removeAll(keepingCapacity: true)
    pendingRecords = 0
  }

  /// A record takes its place in the chain.
  private mutating func link(_ record: ExaminedLines.Line, report: (WitnessFault) -> Void) {
    let isWhole = record.computed.isSame(as: record.hash)
    if !pending.isEmpty { settle(found: isWhole ? record.sequence : nil, report: report) }

    let expected = due ?? record.sequence
    var isOutOfPlace = false
    if record.sequence != expected {
      isOutOfPlace = isWhole
      let number = isWhole ? min(expected, record.sequence) : expected
      tell(fault(.sequence(expected: expected, found: record.sequence), record: number), report: report)
    }
    let number = isWhole ? record.sequence : expected
    if let segmentNumber, isWhole {
      if line == 1, !isOutOfPlace, segmentNumber != record.sequence {
        tell(
          fault(.segmentName(expected: record.sequence, found: segmentNumber), record: number), report: report)
      }
      self.segmentNumber = nil
    }
    // Out of place the hash before is another one's; that it does not fit is said already.
    if let previous, !isOutOfPlace, !record.previous.isSame(as: previous),
      !(previousComputed?.isSame(as: record.previous) ?? false)
    {
      tell(fault(.previousHash, record: number), report: report)
    }
    if !isWhole { tell(fault(.hash, record: number), report: report) }

    due = number + 1
    previous = record.hash
    previousComputed = isWhole ? nil : record.computed
    summary.last = WitnessPosition(sequence: number, hash: record.hash)
    if summary.firstSequence == nil { summary.firstSequence = number }
  }
}
