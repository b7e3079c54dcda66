import Files
import OpenSSLCrypto
import Wire
import Witness

/// The record files of a log: `<number of the first record>.jsonl` (DOMAIN §8), old ones packed as `….jsonl.gz`.
public struct WitnessDirectory: Sendable {
  /// One file.
  public struct Segment: Sendable, Hashable {
    /// The file's name.
    public var name: String
    /// The number of its first record.
    public var firstSequence: UInt64
    /// Whether it is packed.
    var isPacked: Bool { name.hasSuffix(".gz") }
  }

  /// Where the files are.
  public let path: String

  /// The directory of that path.
  public init(path: String) {
    self.path = path
  }

  /// The directory that a person means: a state directory, its `witness`, or the `records` in it.
  public init(near path: String) throws(StoreError) {
    do {
      for candidate in ["\(path)/witness/records", "\(path)/records", path] where try Files.isDirectory(candidate) {
        self.path = candidate
        return
      }
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
    throw StoreError(.fileSystem, "\(path) is no directory; name a state directory or its witness/records")
  }

  /// The files in order; other names are passed over.
  public func segments() throws(StoreError) -> [Segment] {
    let names: [String]
    do {
      names = try Files.list(path)
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
    // Sorted by number: by name 10 comes before 9. One number has one name, so that none can stand twice.
    var segments: [UInt64: Segment] = [:]
    for name in names {
      let plain = name.hasSuffix(".gz") ? name.dropLast(3) : name[...]
      guard plain.hasSuffix(".jsonl"), let number = UInt64(plain.dropLast(6)), Self.name(first: number) == plain else {
        continue
      }
      // Both are there when packing was interrupted: the plain file is the one that is whole for sure.
      if let other = segments[number], !other.isPacked { continue }
      segments[number] = Segment(name: name, firstSequence: number)
    }
    return segments.values.sorted { $0.firstSequence < $1.firstSequence }
  }

  static func name(first sequence: UInt64) -> String { "\(sequence).jsonl" }

  func path(of segment: Segment) -> String { "\(path)/\(segment.name)" }

  /// Reads a segment in pieces until `body` has enough.
  func read(_ segment: Segment, _ body: (Span<UInt8>) throws -> Bool) throws(StoreError) {
    do {
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      if segment.isPacked {
        let file = try GzipReader(path(of: segment))
        while case let count = try file.read(into: &buffer), count > 0 {
          guard try body(buffer.span.extracting(0..<count)) else { return }
        }
      } else {
        let file = try OpenFile(path(of: segment), .read)
        while case let count = try file.read(into: &buffer), count > 0 {
          guard try body(buffer.span.extracting(0..<count)) else { return }
        }
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }
}

extension WitnessDirectory {
  /// Where a log can go on.
  struct Tail {
    /// The last record; nil: the log is empty.
    var last: WitnessPosition?
    /// The file to append to; nil: begin one.
    var segment: Segment?
    /// The size of its complete lines.
    var size = 0
    /// Bytes of a torn last line, beyond `size`.
    var tornBytes = 0
    /// The first record that was read, and the leaves of all from there on.
    var firstRead: UInt64 = 0
    var leaves: [Digest32] = []

    /// The name of the file to append to.
    var name: String { segment?.name ?? WitnessDirectory.name(first: 0) }
  }

  /// Verifies the two newest segments, so that the last record is known also when the newest is empty; more when there
  /// is no beginning of a tile in them.
  ///
  /// A torn last line is what a crash leaves and no fault. Anything else is: a log that is not whole is not continued,
  /// because every record added to it would make the fault look older than it is.
  func openTail() throws(StoreError) -> Tail {
    let all = try segments()
    guard let newest = all.last else { return Tail() }
    let start = newest.firstSequence / 256 * 256
    let needed = all.count - (all.lastIndex { $0.firstSequence <= start } ?? 0)
    let segments = all.suffix(max(2, needed))
    let first = segments.first ?? newest
    var faults: [WitnessFault] = []
    var leaves: [Digest32] = []
    var verifier = WitnessVerifier(from: first.firstSequence)
    try feed(Array(segments), to: &verifier, leaves: { leaves += $0 }) { faults.append($0) }
    var tail = Tail(
      last: verifier.summary.last, segment: newest, size: Int(verifier.completeBytesInSegment),
      tornBytes: verifier.partialBytes)
    verifier.finish { faults.append($0) }
    faults.removeAll { $0.isTornTail && $0.segment == newest.name }
    guard faults.isEmpty else { throw damaged(faults, in: newest) }
    tail.last = verifier.summary.last
    tail.firstRead = first.firstSequence
    tail.leaves = leaves
    guard !newest.isPacked else {
      throw StoreError(
        .corrupt, "\(path): the newest file \(newest.name) is packed; newer ones are missing. \(Self.advice)")
    }
    let next = tail.last.map { $0.sequence + 1 } ?? 0
    guard tail.size > 0 || newest.firstSequence == next else {
      throw StoreError(
        .corrupt,
        "\(path): \(newest.name) is empty, and record \(next) is due: files are missing. \(Self.advice)")
    }
    return tail
  }

  private func damaged(_ faults: [WitnessFault], in segment: Segment) -> StoreError {
    let first = faults.first.map { "\($0)" } ?? "\(segment.name) holds no record"
    let more = faults.count > 1 ? " (and \(faults.count - 1) more)" : ""
    return StoreError(.corrupt, "the witness log \(path) is not whole: \(first)\(more). \(Self.advice)")
  }

  static let advice =
    "It will not be continued. Run ifsip-proxy witness verify to see all faults; to begin a new log, give it a new "
    + "name (witness.origin) and move the witness directory away and keep it"
}

extension WitnessFault {
  fileprivate var isTornTail: Bool {
    if case .tornTail = kind { true } else { false }
  }
}
