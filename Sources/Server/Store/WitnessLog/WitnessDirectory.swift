import Files
import OpenSSLCrypto
import Witness

/// The record files of a log: `<number of the first record>.jsonl` (DOMAIN §8).
public struct WitnessDirectory: Sendable {
  /// One file.
  public struct Segment: Sendable, Hashable {
    /// The file's name.
    public var name: String
    /// The number of its first record.
    public var firstSequence: UInt64
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
    return names.compactMap { name in
      guard name.hasSuffix(".jsonl"), let number = UInt64(name.dropLast(6)), Self.name(first: number) == name else {
        return nil
      }
      return Segment(name: name, firstSequence: number)
    }.sorted { $0.firstSequence < $1.firstSequence }
  }

  static func name(first sequence: UInt64) -> String { "\(sequence).jsonl" }

  func path(of segment: Segment) -> String { "\(path)/\(segment.name)" }

  /// Verifies the whole log, telling every fault as it is found.
  public func verify(report: (WitnessFault) -> Void) throws(StoreError) -> WitnessVerifier.Summary {
    var verifier = WitnessVerifier()
    for segment in try segments() {
      verifier.beginSegment(segment.name, firstSequence: segment.firstSequence, report: report)
      try feed(segment, to: &verifier, report: report)
    }
    verifier.finish(report: report)
    return verifier.summary
  }

  func feed(
    _ segment: Segment, to verifier: inout WitnessVerifier, report: (WitnessFault) -> Void
  ) throws(StoreError) {
    do {
      let file = try OpenFile(path(of: segment), .read)
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      while true {
        let count = try file.read(into: &buffer)
        if count == 0 { return }
        verifier.feed(buffer.span.extracting(0..<count), report: report)
      }
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

    /// The name of the file to append to.
    var name: String { segment?.name ?? WitnessDirectory.name(first: 0) }
  }

  /// Verifies the two newest segments, so that the last record is known also when the newest is empty.
  ///
  /// A torn last line is what a crash leaves and no fault. Anything else is: a log that is not whole is not continued,
  /// because every record added to it would make the fault look older than it is.
  func openTail() throws(StoreError) -> Tail {
    let segments = try segments().suffix(2)
    guard let first = segments.first, let newest = segments.last else { return Tail() }
    var faults: [WitnessFault] = []
    var verifier = WitnessVerifier(from: first.firstSequence)
    for segment in segments {
      verifier.beginSegment(segment.name, firstSequence: segment.firstSequence) { faults.append($0) }
      try feed(segment, to: &verifier) { faults.append($0) }
    }
    var tail = Tail(
      last: verifier.summary.last, segment: newest, size: Int(verifier.completeBytesInSegment),
      tornBytes: verifier.partialBytes)
    verifier.finish { faults.append($0) }
    faults.removeAll { $0.isTornTail && $0.segment == newest.name }
    guard faults.isEmpty else { throw damaged(faults, in: newest) }
    tail.last = verifier.summary.last
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

  private static let advice =
    "It will not be continued. Run ifsip-proxy witness verify to see all faults; to begin a new log, move the witness "
    + "directory away and keep it"
}

extension WitnessFault {
  fileprivate var isTornTail: Bool {
    if case .tornTail = kind { true } else { false }
  }
}
