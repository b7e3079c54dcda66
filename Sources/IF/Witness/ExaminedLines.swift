import OpenSSLCrypto
import Wire

/// Complete lines, each read and hashed by itself: nearly all the work of verifying, and the part of it for which the
/// lines before need not be known, so that any thread can do it. ``WitnessVerifier/take(_:report:)`` does the rest, in
/// the order of the log.
public struct ExaminedLines: Sendable {
  /// What a line says.
  struct Line {
    /// Its bytes, LF not counted.
    var size = 0
    /// Whether its form is right; otherwise the next of ``unreadable`` says what is wrong, and the rest means nothing.
    var isRecord = false
    var sequence: UInt64 = 0
    var previous = Digest32.witnessStart
    var hash = Digest32.witnessStart
    /// The hash that it should have.
    var computed = Digest32.witnessStart
  }

  /// A line that is no record.
  struct Unreadable {
    var kind: WitnessFault.Kind
    /// Whether it begins as a record does.
    var opens: Bool
  }

  private(set) var lines: [Line] = []
  private(set) var unreadable: [Unreadable] = []
  /// The leaf of every line (``MerkleTree/leaf(_:)``); none when they were not wanted.
  public private(set) var leaves: [Digest32] = []
  /// The `time` of the first and of the last record.
  private(set) var firstTime: [UInt8] = []
  private(set) var lastTime: [UInt8] = []
  /// The last record that was deleted, by the word of `witness.deleted` records.
  private(set) var deletedThrough: UInt64?

  /// No lines.
  init() {}

  /// Reads lines, each with its LF; what stands behind the last LF is left out.
  public init(_ bytes: Span<UInt8>, withLeaves: Bool) {
    // A record of a call has some 500 bytes.
    let expected = bytes.count / 400 + 1
    lines.reserveCapacity(expected)
    if withLeaves { leaves.reserveCapacity(expected) }
    append(bytes, withLeaves: withLeaves)
  }

  mutating func removeAll() {
    lines.removeAll(keepingCapacity: true)
    unreadable.removeAll(keepingCapacity: true)
    leaves.removeAll(keepingCapacity: true)
    firstTime.removeAll(keepingCapacity: true)
    lastTime.removeAll(keepingCapacity: true)
    deletedThrough = nil
  }

  /// The same as ``init(_:withLeaves:)``, for more of them.
  mutating func append(_ bytes: Span<UInt8>, withLeaves: Bool) {
    var time = 0..<0
    var start = 0
    while start < bytes.count {
      var scanner = RecordScanner(bytes, from: start)
      // A record holds no LF, so reading one finds the line's end without looking for it.
      guard let record = try? scanner.scan(), scanner.index < bytes.count, bytes[scanner.index] == 0x0A,
        scanner.index - start <= WitnessLimits.maxRecordBytes
      else {
        guard let end = LineBreak.first(in: bytes, from: start) else { break }
        append(unreadable: bytes.extracting(start..<end), size: end - start, withLeaves: withLeaves)
        start = end + 1
        continue
      }
      let end = scanner.index
      if record.event.count == Self.deleted.count { noteDeletion(record, bytes.extracting(start..<end), start) }
      if withLeaves { leaves.append(MerkleTree.leaf(bytes.extracting(start..<end))) }
      lines.append(
        Line(
          size: end - start, isRecord: true, sequence: record.sequence, previous: record.previous, hash: record.hash,
          computed: Digest32.ofRecord(
            bytes.extracting(start..<record.hashMember.lowerBound),
            bytes.extracting(record.hashMember.upperBound..<end))))
      if firstTime.isEmpty { firstTime.append(copying: bytes.extracting(record.time)) }
      time = record.time
      start = end + 1
    }
    guard !time.isEmpty else { return }
    lastTime.removeAll(keepingCapacity: true)
    lastTime.append(copying: bytes.extracting(time))
  }

  private static let deleted = Array(WitnessEventName.witnessDeleted.text.utf8)

  /// Believes a record that older ones were deleted. A record that was altered is a fault anyway.
  private mutating func noteDeletion(_ record: ScannedRecord, _ line: Span<UInt8>, _ start: Int) {
    let event = line.extracting((record.event.lowerBound - start)..<(record.event.upperBound - start))
    guard event.isEqual(to: Self.deleted.span), case .object(let members)? = try? JSONValue(parsing: line),
      case .object(let details)? = members["details"], case .integer(let through)? = details["through"], through >= 0
    else { return }
    deletedThrough = max(deletedThrough ?? 0, UInt64(through))
  }

  /// A line that is no record; of one that is too large the beginning is enough.
  mutating func append(unreadable line: Span<UInt8>, size: Int, withLeaves: Bool) {
    let beginning = line.extracting(0..<min(line.count, WitnessLimits.maxRecordBytes))
    if withLeaves { leaves.append(MerkleTree.leaf(beginning)) }
    lines.append(Line(size: size))
    if size > WitnessLimits.maxRecordBytes {
      unreadable.append(Unreadable(kind: .tooLarge(bytes: size), opens: true))
    } else {
      unreadable.append(Unreadable(kind: Self.explain(line), opens: Self.opensRecord(line)))
    }
  }

  /// The first member is `call_id` or `component`.
  static func opensRecord(_ bytes: Span<UInt8>) -> Bool {
    bytes.count > 3 && bytes[0] == UInt8(ascii: "{") && bytes[2] == UInt8(ascii: "c")
      && (bytes[3] == UInt8(ascii: "a") || bytes[3] == UInt8(ascii: "o"))
  }

  /// The exact words for a line that the fast reading refuses.
  private static func explain(_ line: Span<UInt8>) -> WitnessFault.Kind {
    do {
      let value = try JSONValue(parsing: line)
      guard case .object = value else { return .notJSON(offset: 0) }
    } catch {
      return .notJSON(offset: error.offset)
    }
    var scanner = RecordScanner(line)
    do {
      _ = try scanner.scan()
      // Only what stands behind the record is left to be wrong.
      return .notCanonical
    } catch {
      switch error {
      case .malformed(let key): return .malformed(key: key.text)
      case .unknownKey(let range): return .unknownKey(text(line.extracting(range)))
      case .forbiddenKey(let range): return .forbiddenKey(text(line.extracting(range)))
      case .form: return .notCanonical
      }
    }
  }

  private static func text(_ bytes: Span<UInt8>) -> String {
    let unescaped = CanonicalText.unescaped(bytes)
    return String(decoding: unescaped.prefix(64), as: UTF8.self)
  }
}

/// Finds the ends of lines, eight bytes at a time (see `CanonicalText.plainEnd`).
package enum LineBreak {
  /// The offset of the first LF from `start` on.
  package static func first(in bytes: Span<UInt8>, from start: Int) -> Int? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while bytes.count - index >= 8 {
      let word = bytes.littleEndianUInt64(at: index)
      let breaks = word ^ (ones &* 0x0A)
      let found = (breaks &- ones) & ~breaks & tops
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < bytes.count {
      if bytes[index] == 0x0A { return index }
      index += 1
    }
    return nil
  }

  /// The offset behind the last LF; 0: there is none.
  package static func end(in bytes: Span<UInt8>) -> Int {
    var index = bytes.count
    while index > 0, bytes[index - 1] != 0x0A { index -= 1 }
    return index
  }
}
