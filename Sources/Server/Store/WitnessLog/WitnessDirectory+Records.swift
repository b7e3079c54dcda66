import Files
import OpenSSLCrypto
import Wire
import Witness

// Records by their place: record n is the n-th line of the log.
extension WitnessDirectory {
  /// Visits `count` records from a number on, in order; a line is given without its LF and not checked.
  public func records(
    from first: UInt64 = 0, count: UInt64 = .max, _ visit: (UInt64, Span<UInt8>) throws -> Void
  ) throws(StoreError) {
    let all = try segments()
    guard count > 0, let start = all.lastIndex(where: { $0.firstSequence <= first }) ?? all.indices.first else {
      return
    }
    let end = first.addingReportingOverflow(count)
    let last = end.overflow ? .max : end.partialValue
    for segment in all[start...] {
      var number = segment.firstSequence
      guard number < last else { return }
      var splitter = LineSplitter()
      try read(segment) { bytes in
        try splitter.feed(bytes) { line in
          if number >= first, number < last { try visit(number, line) }
          number += 1
        }
        return number < last
      }
    }
  }

  /// The leaves of all records.
  func allLeaves() throws(StoreError) -> [Digest32] {
    var leaves: [Digest32] = []
    try records { _, line in leaves.append(MerkleTree.leaf(line)) }
    return leaves
  }

  /// Packs the segments that nobody wrote to since `time`, but never the two newest: the log goes on from those. Returns
  /// the names of the packed files.
  @discardableResult
  public func pack(before time: UTCTimestamp) throws(StoreError) -> [String] {
    var packed: [String] = []
    do {
      for segment in try segments().dropLast(2) where !segment.isPacked {
        let plain = path(of: segment)
        guard Files.mark(plain).changedAt / 1_000 < time.microseconds else { continue }
        try Files.gzip(plain, to: plain + ".gz")
        try check(plain)
        try Files.remove(plain)
        packed.append(segment.name + ".gz")
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
    return packed
  }

  /// Whether the packed file unpacks to the plain one.
  private func check(_ plain: String) throws {
    let before = try OpenFile(plain, .read)
    let after = try GzipReader(plain + ".gz")
    var (left, right) = (SHA256(), SHA256())
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = try before.read(into: &buffer), count > 0 { left.update(buffer.span.extracting(0..<count)) }
    while case let count = try after.read(into: &buffer), count > 0 { right.update(buffer.span.extracting(0..<count)) }
    guard left.finalize() == right.finalize() else {
      throw StoreError(.corrupt, "\(plain).gz does not unpack to what was packed; the plain file stays")
    }
  }
}

/// Makes lines of pieces.
struct LineSplitter {
  private var carry: [UInt8] = []

  mutating func feed(_ bytes: Span<UInt8>, _ visit: (Span<UInt8>) throws -> Void) throws {
    var start = 0
    while let end = LineBreak.first(in: bytes, from: start) {
      if carry.isEmpty {
        try visit(bytes.extracting(start..<end))
      } else {
        carry.append(copying: bytes.extracting(start..<end))
        try visit(carry.span)
        carry.removeAll(keepingCapacity: true)
      }
      start = end + 1
    }
    // A line that never ends is no record; what is kept of it is enough to see that.
    let room = WitnessLimits.maxRecordBytes + 1 - carry.count
    carry.append(copying: bytes.extracting(start..<min(bytes.count, start + max(room, 0))))
  }
}
