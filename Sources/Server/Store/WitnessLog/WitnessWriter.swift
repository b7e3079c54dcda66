import Files
import Witness

/// Appends batches to the newest segment: bytes, then fdatasync, then it counts as written. Owned by the log's queue.
///
/// After a failure the bytes of the batch are kept, the file is cut back to what is known to be durable, and all is
/// written again: a failed sync may have thrown pages away that it will not mention again.
struct WitnessWriter: ~Copyable {
  private let directory: WitnessDirectory
  private let segmentBytes: Int
  private let feed: WitnessFeed
  private var chain: WitnessChain
  private var file: OpenFile
  private(set) var segmentName: String
  /// Durable bytes of the segment.
  private var size: Int
  /// The number of the first record that is not durable: the first of `lines`.
  private var durableNext: UInt64
  /// Lines that are chained and not yet durable.
  private var lines: [UInt8] = []
  /// The tree over the records; nil: the log has no identity that signs.
  private var tree: WitnessTree?
  /// Whether the file may hold more than `size` bytes.
  private var mustCutBack = false

  /// Bytes of a torn last line that were cut off when the log was opened.
  let tornBytes: Int

  /// The number of the next record.
  var nextSequence: UInt64 { chain.nextSequence }
  /// How many records the checkpoint counts; nil: nothing is signed.
  var signedSize: UInt64? { tree?.signedSize }

  /// Opens the log where it ends.
  init(directory path: String, segmentBytes: Int, identity: WitnessIdentity?, feed: WitnessFeed) throws(StoreError) {
    let directory = WitnessDirectory(path: path)
    let opened = try Self.open(directory)
    let tail = opened.tail
    let count = tail.last.map { $0.sequence + 1 } ?? 0
    if let identity {
      tree = try WitnessTree(
        directory: directory, identity: identity, count: count, first: tail.firstRead, leaves: tail.leaves)
    } else {
      tree = nil
    }
    self.directory = directory
    self.segmentBytes = segmentBytes
    self.feed = feed
    chain = WitnessChain(after: tail.last)
    durableNext = chain.nextSequence
    segmentName = tail.name
    size = tail.size
    tornBytes = tail.tornBytes
    file = opened.file
  }

  private struct Opened: ~Copyable {
    var tail: WitnessDirectory.Tail
    var file: OpenFile
  }

  private static func open(_ directory: WitnessDirectory) throws(StoreError) -> Opened {
    do {
      try Files.makeDirectory(directory.path, permissions: 0o700)
      let tail = try directory.openTail()
      let file = try OpenFile("\(directory.path)/\(tail.name)", .append)
      if tail.tornBytes > 0 {
        try file.truncate(to: tail.size)
        try file.syncData()
      }
      try Files.syncDirectory(directory.path)
      return Opened(tail: tail, file: file)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  /// Chains, writes and syncs. Returns the number of the next record.
  ///
  /// When it throws, the events are taken all the same: they are written by the next call that succeeds.
  mutating func append(_ items: [WitnessLog.Item]) throws(StoreError) -> UInt64 {
    for index in items.indices {
      let start = lines.count
      chain.append(items[index].event, to: &lines)
      guard tree != nil else { continue }
      let leaf = MerkleTree.leaf(lines.span.extracting(start..<lines.count - 1))
      tree?.append(leaf)
    }
    guard !lines.isEmpty else { return durableNext }
    do {
      if size >= segmentBytes { try beginSegment() }
      if mustCutBack { try file.truncate(to: size) }
      mustCutBack = true
      try file.write(lines.span)
      try file.syncData()
    } catch {
      throw StoreError(.fileSystem, "the witness log cannot be written: \(error)")
    }
    mustCutBack = false
    size += lines.count
    feed.publish(durableNext..<chain.nextSequence) { lines }
    lines.removeAll(keepingCapacity: true)
    durableNext = chain.nextSequence
    return durableNext
  }

  /// Signs what is durable: tiles, then the checkpoint. Returns how many records the checkpoint counts.
  mutating func publish(isLast: Bool) throws(StoreError) -> UInt64? {
    guard lines.isEmpty else { return signedSize }
    try tree?.publish(durable: isLast ? .name : .content)
    return signedSize
  }

  /// The next file, named after the record that it will begin with. A batch is never divided.
  private mutating func beginSegment() throws(FileError) {
    let name = WitnessDirectory.name(first: durableNext)
    let next = try OpenFile("\(directory.path)/\(name)", .append)
    try Files.syncDirectory(directory.path)
    file = next
    segmentName = name
    size = 0
    mustCutBack = true
  }
}
