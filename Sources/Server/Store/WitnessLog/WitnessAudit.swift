import Files
import OpenSSLCrypto
import Witness

extension WitnessDirectory {
  /// What ``verify(key:cosigners:from:through:report:)`` found besides faults.
  public struct Audit: Sendable {
    /// The records that were read.
    public var summary = WitnessVerifier.Summary()
    /// Faults in all: of records, tree and checkpoints.
    public var faults: UInt64 = 0
    /// The checkpoint; nil: there is none.
    public var checkpoint: Checkpoint?
    /// The keys whose signatures on the checkpoint fit.
    public var signers: [NoteVerifierKey] = []
    /// The checkpoint that cosigners have signed; nil: there is none.
    public var cosigned: Checkpoint?
    /// The cosignatures that fit.
    public var cosignatures: [Cosignature] = []
    /// Records that were compared with the tree.
    public var compared: UInt64 = 0
    /// Whether the records lead to the checkpoint's root.
    public var isRooted = false
    /// How many records at the beginning were deleted, as the log itself says; their hashes are in the tree.
    public var deleted: UInt64 = 0

    /// Of nothing yet.
    public init() {}
  }

  /// The key that lies beside the log in a state directory: `keys/witness.pub`.
  public func neighbouringKey() -> NoteVerifierKey? {
    let state = Files.directory(of: WitnessFolder(records: path).path)
    guard let bytes = try? Files.read(state + "/keys/witness.pub", limit: 4_096) else { return nil }
    return try? NoteVerifierKey(parsing: String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
  }

  /// Verifies records, chain, tree and checkpoints, telling every fault as it is found.
  ///
  /// Whole or in part: a part is compared with the tiles, and the tiles with the checkpoint's root. Of records that were
  /// deleted the leaves are taken from the tiles, and the log must hold a record that says so.
  public func verify(
    key: NoteVerifierKey? = nil, cosigners: [NoteVerifierKey] = [], from first: UInt64 = 0,
    through last: UInt64 = .max, report: (WitnessFault) -> Void
  ) throws(StoreError) -> Audit {
    var audit = Audit()
    let folder = WitnessFolder(records: path)
    // Apart from the audit, which others change while they tell.
    var told: UInt64 = 0
    func tell(_ kind: WitnessFault.Kind, _ record: UInt64) {
      told += 1
      report(WitnessFault(record: record, kind: kind, segment: "", line: 0))
    }
    // Before the records: while the log is written, records come first and checkpoints after.
    readNotes(folder, key, cosigners, &audit, tell)
    let all = try segments()
    guard let start = all.lastIndex(where: { $0.firstSequence <= first }) ?? all.indices.first else {
      if let checkpoint = audit.checkpoint, checkpoint.size > 0 { tell(.truncated(checkpoint: checkpoint.size), 0) }
      audit.faults = told
      return audit
    }
    let begin = all[start].firstSequence
    // Nothing is before it, or what was is deleted.
    let isWhole = start == 0
    var verifier = begin > 0 ? WitnessVerifier(from: begin) : WitnessVerifier()
    var comparison = TreeComparison(
      folder: folder, first: begin, checkpoint: audit.checkpoint, cosigned: audit.cosigned, isWhole: isWhole)
    if isWhole, begin > 0, let missing = comparison.takeLeavesFromTiles() { tell(.hashes, missing) }
    try feed(all[start...].filter { $0.firstSequence <= last }, to: &verifier, leaves: { comparison.take($0) }) {
      report($0)
    }
    verifier.finish { report($0) }
    audit.summary = verifier.summary
    audit.compared = comparison.compared
    if start == 0, begin > 0 {
      // A part that ends early may not have come to the record that says so.
      if verifier.summary.deletedThrough.map({ $0 + 1 >= begin }) ?? false || last != .max {
        audit.deleted = begin
      } else {
        tell(.sequence(expected: 0, found: begin), 0)
      }
    }
    try judge(comparison, verifier.summary, begin: begin, through: last, &audit, tell)
    audit.faults = told + verifier.summary.faults
    return audit
  }

  private func readNotes(
    _ folder: WitnessFolder, _ key: NoteVerifierKey?, _ cosigners: [NoteVerifierKey], _ audit: inout Audit,
    _ tell: (WitnessFault.Kind, UInt64) -> Void
  ) {
    var found = Audit()
    do {
      let note = try folder.readCheckpoint()
      found.checkpoint = try note.map { try Checkpoint(parsing: $0.text.span) }
      if let note, let key { found.signers = try note.verify(with: [key]) }
      if note == nil, key != nil || folder.hasTiles { tell(.checkpoint("it is missing"), 0) }
    } catch {
      tell(.checkpoint("\(error)"), found.checkpoint?.size ?? 0)
    }
    do {
      let note = try folder.readCosigned()
      found.cosigned = try note.map { try Checkpoint(parsing: $0.text.span) }
      if let note {
        if let key { try note.verify(with: [key]) }
        found.cosignatures = try Self.cosignatures(note, cosigners)
      }
    } catch {
      tell(.cosignature("\(error)"), found.cosigned?.size ?? 0)
    }
    for cosigner in cosigners where !found.cosignatures.contains(where: { $0.key == cosigner }) {
      tell(.cosignature("\(cosigner.name) has not signed it"), found.cosigned?.size ?? 0)
    }
    audit.checkpoint = found.checkpoint
    audit.signers = found.signers
    audit.cosigned = found.cosigned
    audit.cosignatures = found.cosignatures
  }

  /// What the tree says of the records, and the checkpoints of the tree.
  private func judge(
    _ comparison: TreeComparison, _ summary: WitnessVerifier.Summary, begin: UInt64, through last: UInt64,
    _ audit: inout Audit, _ tell: (WitnessFault.Kind, UInt64) -> Void
  ) throws(StoreError) {
    audit.isRooted = comparison.isRooted(at: audit.checkpoint)
    let next = summary.last.map { $0.sequence + 1 } ?? begin
    let sizes = [audit.checkpoint, audit.cosigned].compactMap { $0?.size }
    guard let most = sizes.max() else { return }
    // What the chain has told already is not told again.
    guard summary.faults == 0 || comparison.count < most else { return }
    if next < most, last == .max { tell(.truncated(checkpoint: most), next) }
    guard summary.faults == 0, !comparison.isIncomplete else { return }
    if let record = comparison.firstDifference {
      tell(.tile, record)
    } else if comparison.isWhole {
      for checkpoint in [audit.checkpoint, audit.cosigned].compactMap({ $0 })
      where comparison.count >= checkpoint.size && !comparison.isRooted(at: checkpoint) {
        tell(.root(size: checkpoint.size), checkpoint.size == 0 ? 0 : checkpoint.size - 1)
      }
    } else if audit.checkpoint != nil {
      try bind(comparison, &audit, tell)
    }
  }

  /// A part of the log: the tiles it was compared with must lead to the checkpoint's root, and that to the other one's.
  private func bind(
    _ comparison: TreeComparison, _ audit: inout Audit, _ tell: (WitnessFault.Kind, UInt64) -> Void
  ) throws(StoreError) {
    var reader = try WitnessReader(self)
    let present = reader.checkpoint
    for index in comparison.tiles {
      let first = index * UInt64(TilePlace.fullWidth)
      guard first < present.size else { continue }
      let proof = try reader.inclusion(of: first, size: present.size)
      let leaf = try reader.hash(of: MerkleNode(height: 0, index: first))
      guard proof.proves(leaf: leaf, root: present.root) else { return tell(.root(size: present.size), first) }
    }
    audit.isRooted = true
    guard let cosigned = audit.cosigned, cosigned.size <= present.size else { return }
    let proof = try reader.consistency(from: cosigned.size)
    if !proof.proves(from: cosigned.root, to: present.root) { tell(.root(size: cosigned.size), cosigned.size) }
  }
}

/// Compares records with the tree as it is on the disk.
private struct TreeComparison {
  let folder: WitnessFolder
  /// Whether the tree is known from its beginning on, so that roots can be computed.
  let isWhole: Bool
  private let goals: [Checkpoint]
  private let sizes: [UInt64]
  private var rooted: [Checkpoint] = []
  private var builder = MerkleTreeBuilder()
  private var tile: MerkleTile?
  /// The number of the next record.
  private(set) var count: UInt64
  private(set) var compared: UInt64 = 0
  private(set) var tiles: [UInt64] = []
  private(set) var firstDifference: UInt64?
  /// Whether hashes of deleted records are missing, so that there is nothing to compare with.
  private(set) var isIncomplete = false

  init(folder: WitnessFolder, first: UInt64, checkpoint: Checkpoint?, cosigned: Checkpoint?, isWhole: Bool) {
    self.folder = folder
    self.isWhole = isWhole
    goals = [checkpoint, cosigned].compactMap { $0 }
    sizes = goals.map(\.size)
    count = first
    noteRoots()
  }

  /// Whether the records lead to the root of a checkpoint.
  func isRooted(at checkpoint: Checkpoint?) -> Bool { checkpoint.map(rooted.contains) ?? false }

  /// Takes the leaves of records that are no longer there from the lowest tiles, up to the first record there is. Returns
  /// the record whose tile is missing, if one is.
  mutating func takeLeavesFromTiles() -> UInt64? {
    guard !goals.isEmpty else { return nil }
    var filled: [MerkleTile] = []
    for index in 0...(count / 256) {
      let width = min(count - 256 * index, 256)
      guard width > 0 else { break }
      guard let tile = folder.readTile(level: 0, index: index) else {
        isIncomplete = true
        return 256 * index
      }
      for position in 0..<Int(width) {
        guard let leaf = tile.hash(at: position) else { break }
        builder.append(leaf, tiles: &filled)
        noteRoots()
      }
    }
    return nil
  }

  mutating func take(_ leaves: [Digest32]) {
    guard !goals.isEmpty else { return }
    var filled: [MerkleTile] = []
    for leaf in leaves {
      if count % 256 == 0 || tiles.isEmpty {
        tile = folder.readTile(level: 0, index: count / 256)
        tiles.append(count / 256)
      }
      if let tile {
        compared += 1
        if firstDifference == nil, !tile.holds(leaf, at: Int(count % 256)) { firstDifference = count }
      }
      count += 1
      guard isWhole, !isIncomplete else { continue }
      builder.append(leaf, tiles: &filled)
      noteRoots()
    }
  }

  private mutating func noteRoots() {
    guard sizes.contains(builder.size) else { return }
    for goal in goals where goal.size == builder.size && goal.root == builder.root { rooted.append(goal) }
  }
}
