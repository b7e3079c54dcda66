import OpenSSLCrypto
import Wire

/// A record's place in the log.
public struct WitnessPosition: Sendable, Hashable {
  /// The record's number, from 0.
  public var sequence: UInt64
  /// Its hash.
  public var hash: Digest32

  /// A place.
  public init(sequence: UInt64, hash: Digest32) {
    self.sequence = sequence
    self.hash = hash
  }
}

/// Turns events into the lines of the log: numbers them from 0 without gaps, and chains them.
///
/// `hash` is SHA-256 over the canonical JSON of the record without `hash`; `prev_hash` is the previous record's, 64 zeros
/// at first. One owner: the writer.
///
///     var chain = WitnessChain()
///     chain.append(event, to: &lines)     // {"component":…,"hash":…,"prev_hash":"000…","seq":0,…}␊
public struct WitnessChain: ~Copyable {
  /// The number of the next record.
  public private(set) var nextSequence: UInt64
  /// The hash of the last record; zeros before the first.
  public private(set) var head: Digest32

  /// What stands behind `hash`, until the hash is known.
  private var tail: [UInt8] = []

  /// A new log, or one that goes on after a record.
  public init(after last: WitnessPosition? = nil) {
    nextSequence = last.map { $0.sequence + 1 } ?? 0
    head = last?.hash ?? .witnessStart
  }

  /// Appends the event's line, LF included, and returns its place.
  ///
  /// The line without LF is at most ``WitnessLimits/maxRecordBytes``: a larger record's texts are cut, all to the same
  /// size, the largest of ``WitnessLimits/shortenedTextBytes`` that fits; then `details` is left out. `details.shortened`
  /// says so.
  @discardableResult
  public mutating func append(_ event: WitnessEvent, to output: inout [UInt8]) -> WitnessPosition {
    var writer = RecordWriter()
    var attempts = WitnessLimits.shortenedTextBytes.makeIterator()
    let start = output.count
    while true {
      let size = write(event, with: writer, to: &output)
      if size <= WitnessLimits.maxRecordBytes || writer.dropsDetails { break }
      output.removeLast(output.count - start)
      if let limit = attempts.next() {
        writer.textLimit = limit
      } else {
        writer.dropsDetails = true
      }
    }
    output.append(UInt8(ascii: "\n"))
    let position = WitnessPosition(sequence: nextSequence, hash: head)
    nextSequence += 1
    return position
  }

  /// Writes one attempt; only one that fits is hashed. Returns its size.
  private mutating func write(
    _ event: WitnessEvent, with writer: RecordWriter, to output: inout [UInt8]
  ) -> Int {
    let start = output.count
    writer.writeHead(event, to: &output)
    tail.removeAll(keepingCapacity: true)
    writer.writeTail(event, place: (nextSequence, head), to: &tail)
    let size = output.count - start + RecordWriter.hashMemberBytes + tail.count
    guard size <= WitnessLimits.maxRecordBytes else { return size }
    head = Digest32.ofRecord(output.span.extracting(start..<output.count), tail.span)
    output.append(verbatim: ",\"hash\":\"")
    head.appendRecordText(to: &output)
    output.append(UInt8(ascii: "\""))
    output.append(contentsOf: tail)
    return size
  }
}
