import Wire
import Witness

// The records of one escalation.
extension WitnessDirectory {
  /// A record that was found.
  public struct Found: Sendable, Equatable {
    /// Its number.
    public var sequence: UInt64
    /// Its line, without LF.
    public var line: [UInt8]
    /// The line, read; null when it is no JSON.
    public var value: JSONValue { (try? JSONValue(parsing: line.span)) ?? .null }

    package init(sequence: UInt64, line: [UInt8]) {
      self.sequence = sequence
      self.line = line
    }
  }

  /// The most records that ``records(ofTrace:limit:)`` returns by itself.
  public static let defaultLimit = 100_000

  /// All records of a trace_id, in order, with those of its calls from before the trace_id was known.
  public func records(ofTrace trace: String, limit: Int = defaultLimit) throws(StoreError) -> [Found] {
    let end = WitnessFilter.lineEnd(trace)
    var calls: Set<[UInt8]> = []
    var isThere = false
    try records { _, line in
      guard WitnessFilter.hasSuffix(line, end) else { return }
      isThere = true
      if let call = Self.callID(line), calls.count < 1_000 { calls.insert(call) }
    }
    guard isThere else { return [] }
    var found: [Found] = []
    try records { number, line in
      var isMine = WitnessFilter.hasSuffix(line, end)
      if !isMine, let call = Self.callID(line), calls.contains(call) { isMine = !Self.hasTrace(line) }
      if isMine, found.count < limit { found.append(Found(sequence: number, line: [UInt8](copying: line))) }
    }
    return found
  }

  /// Records without a trace_id of these calls, whose records with one were found: from before it was known.
  func untraced(of traced: [Found], from first: UInt64, count: UInt64) throws(StoreError) -> [Found] {
    let calls = Set(traced.compactMap { Self.callID($0.line.span) })
    guard !calls.isEmpty else { return [] }
    var found: [Found] = []
    try records(from: first, count: count) { number, line in
      guard !Self.hasTrace(line), let call = Self.callID(line), calls.contains(call) else { return }
      if found.count < 1_000 { found.append(Found(sequence: number, line: [UInt8](copying: line))) }
    }
    return found
  }

  /// A page of the records that are wanted, from a number on. At most `scanning` records are looked at: `next` is
  /// where to go on, nil at the end of the log.
  public func page(
    _ wanted: WitnessFilter, from first: UInt64, limit: Int, scanning: UInt64
  ) throws(StoreError) -> (records: [Found], next: UInt64?) {
    var found: [Found] = []
    var next: UInt64?
    var seen: UInt64 = 0
    // One more than is looked at tells whether there is more.
    try records(from: first, count: scanning &+ 1) { number, line in
      seen += 1
      guard next == nil else { return }
      guard seen <= scanning, found.count < limit else { return next = number }
      guard wanted.matches(line) else { return }
      found.append(Found(sequence: number, line: [UInt8](copying: line)))
    }
    return (found, next)
  }

  /// Whether the last member is a trace_id.
  private static func hasTrace(_ line: Span<UInt8>) -> Bool {
    guard line.count > 2, line[line.count - 2] == UInt8(ascii: "\"") else { return false }
    var start = line.count - 3
    while start > 0, line[start] != UInt8(ascii: "\"") { start -= 1 }
    return start >= 11 && WitnessFilter.hasSuffix(line.extracting(0..<start + 1), Array(#""trace_id":""#.utf8))
  }

  /// The text of `call_id`, the first member, as it stands.
  private static func callID(_ line: Span<UInt8>) -> [UInt8]? {
    let start = Array(#"{"call_id":""#.utf8)
    guard line.count > start.count else { return nil }
    for index in start.indices where line[index] != start[index] { return nil }
    var end = start.count
    while end < line.count, line[end] != UInt8(ascii: "\"") { end += line[end] == UInt8(ascii: "\\") ? 2 : 1 }
    guard end < line.count else { return nil }
    return [UInt8](copying: line.extracting(start.count..<end))
  }
}
