import Files
import OpenSSLCrypto
import Witness

extension WitnessDirectory {
  /// What ``verify(key:from:through:report:)`` found besides faults.
  public struct Audit: Sendable {
    /// The records that were read.
    public var summary = WitnessVerifier.Summary()
    /// Faults in all: of records, tree and checkpoint.
    public var faults: UInt64 = 0
    /// The checkpoint; nil: there is none.
    public var checkpoint: Checkpoint?
    /// The keys whose signatures on the checkpoint fit.
    public var signers: [NoteVerifierKey] = []
    /// Records that were compared with the tree.
    public var compared: UInt64 = 0
    /// Whether the records lead to the checkpoint's root.
    public var isRooted = false

    /// Of nothing yet.
    public init() {}
  }

  /// The key that lies beside the log in a state directory: `keys/witness.pub`.
  public func neighbouringKey() -> NoteVerifierKey? {
    let state = Files.directory(of: WitnessFolder(records: path).path)
    guard let bytes = try? Files.read(state + "/keys/witness.pub", limit: 4_096) else { return nil }
    return try? NoteVerifierKey(parsing: String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
  }

  /// Verifies records, chain, tree and checkpoint, telling every fault as it is found.
  ///
  /// Whole or in part: a part is compared with the tiles, and the tiles with the checkpoint's root.
  public func verify(
    key: NoteVerifierKey? = nil, from first: UInt64 = 0, through last: UInt64 = .max, report: (WitnessFault) -> Void
  ) throws(StoreError) -> Audit {
    var audit = Audit()
    let folder = WitnessFolder(records: path)
    func tell(_ kind: WitnessFault.Kind, _ record: UInt64) {
      audit.faults += 1
      report(WitnessFault(record: record, kind: kind, segment: "", line: 0))
    }
    // Before the records: while the log is written, records come first and checkpoints after.
    var note: SignedNote?
    do {
      note = try folder.readCheckpoint()
      audit.checkpoint = try note.map { try Checkpoint(parsing: $0.text.span) }
      if let note, let key { audit.signers = try note.verify(with: [key]) }
      if note == nil, key != nil || folder.hasTiles { tell(.checkpoint("it is missing"), 0) }
    } catch {
      tell(.checkpoint("\(error)"), audit.checkpoint?.size ?? 0)
    }
    let all = try segments()
    guard let start = all.lastIndex(where: { $0.firstSequence <= first }) ?? all.indices.first else {
      if let checkpoint = audit.checkpoint, checkpoint.size > 0 { tell(.truncated(checkpoint: checkpoint.size), 0) }
      return audit
    }
    var verifier = first > 0 ? WitnessVerifier(from: all[start].firstSequence) : WitnessVerifier()
    var comparison = TreeComparison(
      folder: folder, first: all[start].firstSequence, checkpoint: audit.checkpoint,
      isWhole: all[start].firstSequence == 0)
    for segment in all[start...] where segment.firstSequence <= last {
      verifier.beginSegment(segment.name, firstSequence: segment.firstSequence) { report($0) }
      try feed(segment, to: &verifier, leaves: { comparison.take($0) }) { report($0) }
    }
    verifier.finish { report($0) }
    audit.summary = verifier.summary
    audit.faults += verifier.summary.faults
    audit.compared = comparison.compared
    audit.isRooted = comparison.isRooted
    guard let checkpoint = audit.checkpoint else { return audit }
    // What the chain has told already is not told again.
    guard verifier.summary.faults == 0 || comparison.count < checkpoint.size else { return audit }
    let next = verifier.summary.last.map { $0.sequence + 1 } ?? all[start].firstSequence
    if next < checkpoint.size, last == .max { tell(.truncated(checkpoint: checkpoint.size), next) }
    guard verifier.summary.faults == 0 else { return audit }
    if let record = comparison.firstDifference {
      tell(.tile, record)
    } else if comparison.isWhole, comparison.count >= checkpoint.size, !comparison.isRooted {
      tell(.root(size: checkpoint.size), checkpoint.size == 0 ? 0 : checkpoint.size - 1)
    } else if !comparison.isWhole {
      try bind(comparison, &audit, tell)
    }
    return audit
  }

  /// A part of the log: the tiles it was compared with must lead to the checkpoint's root.
  private func bind(
    _ comparison: TreeComparison, _ audit: inout Audit, _ tell: (WitnessFault.Kind, UInt64) -> Void
  ) throws(StoreError) {
    var reader = try WitnessReader(self)
    for index in comparison.tiles {
      let first = index * UInt64(TilePlace.fullWidth)
      guard first < reader.checkpoint.size else { continue }
      let proof = try reader.inclusion(of: first, size: reader.checkpoint.size)
      let leaf = try reader.hash(of: MerkleNode(height: 0, index: first))
      guard proof.proves(leaf: leaf, root: reader.checkpoint.root) else {
        return tell(.root(size: reader.checkpoint.size), first)
      }
    }
    audit.isRooted = true
  }
}

/// Compares records with the tree as it is on the disk.
private struct TreeComparison {
  let folder: WitnessFolder
  let checkpoint: Checkpoint?
  /// Whether the records begin at the log's beginning, so that the root can be computed from them alone.
  let isWhole: Bool
  private var builder = MerkleTreeBuilder()
  private var tile: MerkleTile?
  /// The number of the next record.
  private(set) var count: UInt64
  private(set) var compared: UInt64 = 0
  private(set) var tiles: [UInt64] = []
  private(set) var isRooted = false
  private(set) var firstDifference: UInt64?

  init(folder: WitnessFolder, first: UInt64, checkpoint: Checkpoint?, isWhole: Bool) {
    self.folder = folder
    self.checkpoint = checkpoint
    self.isWhole = isWhole
    count = first
    if let checkpoint, checkpoint.size == 0 { isRooted = checkpoint.root == MerkleTree.empty }
  }

  mutating func take(_ leaves: [Digest32]) {
    guard let checkpoint else { return }
    var filled: [MerkleTile] = []
    for leaf in leaves {
      if count % 256 == 0 || tiles.isEmpty {
        tile = folder.readTile(level: 0, index: count / 256)
        tiles.append(count / 256)
      }
      if let expected = tile?.hash(at: Int(count % 256)) {
        compared += 1
        if firstDifference == nil, expected != leaf { firstDifference = count }
      }
      count += 1
      guard isWhole else { continue }
      builder.append(leaf, tiles: &filled)
      if builder.size == checkpoint.size { isRooted = builder.root == checkpoint.root }
    }
  }
}
