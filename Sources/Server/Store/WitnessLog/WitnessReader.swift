import Files
import OpenSSLCrypto
import Witness

/// Answers questions about a log that lies on the disk, also while it is written: records by number, tiles of any width
/// and proofs. It believes nothing it reads: a proof that it makes leads to the checkpoint's root or is not given out.
public struct WitnessReader: Sendable {
  /// The record files.
  public let directory: WitnessDirectory
  /// The signed checkpoint.
  public let note: SignedNote
  /// What it says.
  public let checkpoint: Checkpoint
  private let folder: WitnessFolder
  private var tiles: [TilePlace: MerkleTile] = [:]
  private static let maxTiles = 4_096

  /// Opens a log at its present checkpoint, or at the one that cosigners have signed if that counts the record that is
  /// meant. The signatures are not looked at: whoever gets a proof does that.
  public init(_ directory: WitnessDirectory, covering sequence: UInt64? = nil) throws(StoreError) {
    self.directory = directory
    folder = WitnessFolder(records: directory.path)
    if let sequence, let cosigned = try folder.readCosigned(),
      let checkpoint = try? Checkpoint(parsing: cosigned.text.span), checkpoint.size > sequence
    {
      note = cosigned
      self.checkpoint = checkpoint
      return
    }
    guard let note = try folder.readCheckpoint() else {
      throw StoreError(
        .fileSystem, "\(folder.checkpointPath) is not there: nothing has been signed, so nothing can be proven")
    }
    self.note = note
    do {
      checkpoint = try Checkpoint(parsing: note.text.span)
    } catch {
      throw StoreError(.corrupt, "\(folder.checkpointPath) is no checkpoint: \(error)")
    }
  }

  /// A tile as it stands in a tree that is no larger than the checkpoint's; nil: there is none.
  public mutating func tile(_ place: TilePlace) throws(StoreError) -> MerkleTile? {
    if let tile = tiles[place] { return tile }
    guard place.level < 8, (1...TilePlace.fullWidth).contains(place.width) else { return nil }
    let (start, overflow) = place.index.multipliedReportingOverflow(by: UInt64(TilePlace.fullWidth))
    guard !overflow, start + UInt64(place.width) <= checkpoint.size >> UInt64(8 * place.level) else { return nil }
    guard let tile = try read(place, start: start) else { return nil }
    if tiles.count >= Self.maxTiles { tiles.removeAll() }
    tiles[place] = tile
    return tile
  }

  private mutating func read(_ place: TilePlace, start: UInt64) throws(StoreError) -> MerkleTile? {
    if let full = folder.readTile(level: place.level, index: place.index) {
      return MerkleTile(place, bytes: full.bytes)
    }
    var bytes: [UInt8] = []
    if place.level == 0 {
      try directory.records(from: start, count: UInt64(place.width)) { _, line in
        bytes += MerkleTree.leaf(line).array
      }
    } else {
      for index in start..<start + UInt64(place.width) {
        guard let root = try tile(TilePlace(level: place.level - 1, index: index))?.root else { return nil }
        bytes += root.array
      }
    }
    return MerkleTile(place, bytes: bytes)
  }

  /// The hash of a subtree.
  public mutating func hash(of node: MerkleNode) throws(StoreError) -> Digest32 {
    guard let place = TilePlace(holding: node, size: checkpoint.size), let hash = try tile(place)?.hash(of: node) else {
      throw StoreError(.corrupt, "\(folder.path): a tile of the tree is missing, and the records it was made from too")
    }
    return hash
  }

  /// The line of a record, and the proof that it is in the checkpoint's tree.
  public mutating func proof(of sequence: UInt64) throws(StoreError) -> LogProof {
    guard sequence < checkpoint.size else {
      throw StoreError(
        .invalid,
        "the checkpoint counts \(checkpoint.size) records, so the last that can be proven is \(Int64(checkpoint.size) - 1)"
      )
    }
    var found: [UInt8]?
    try directory.records(from: sequence, count: 1) { _, line in found = [UInt8](copying: line) }
    guard let record = found else {
      if let first = try directory.segments().first?.firstSequence, sequence < first {
        throw StoreError(
          .invalid,
          "record \(sequence) was deleted (witness.delete_after_days): there is nothing to prove; only its hash "
            + "is still in the tree. The first record there is has number \(first)")
      }
      throw StoreError(.corrupt, "record \(sequence) is not in \(directory.path)")
    }
    let size = checkpoint.size
    let proof = try inclusion(of: sequence, size: size)
    guard proof.proves(leaf: MerkleTree.leaf(record.span), root: checkpoint.root) else {
      throw StoreError(
        .corrupt,
        "record \(sequence) does not lead to the root that the checkpoint signs: it was altered. Run witness verify")
    }
    return LogProof(extra: record, index: sequence, path: proof.path, checkpoint: note)
  }

  mutating func inclusion(of sequence: UInt64, size: UInt64) throws(StoreError) -> InclusionProof {
    // A closure cannot borrow what this method changes, so the hashes are fetched first.
    var nodes: [MerkleNode] = []
    _ = InclusionProof.make(index: sequence, size: size) { node in
      nodes.append(node)
      return .witnessStart
    }
    var hashes = try fetch(nodes)[...]
    return InclusionProof.make(index: sequence, size: size) { _ in hashes.popFirst() ?? .witnessStart }
      ?? InclusionProof(index: sequence, size: size, path: [])
  }

  /// The proof that the checkpoint's tree goes on from a smaller one.
  public mutating func consistency(from size: UInt64) throws(StoreError) -> ConsistencyProof {
    var nodes: [MerkleNode] = []
    _ = ConsistencyProof.make(from: size, to: checkpoint.size) { node in
      nodes.append(node)
      return .witnessStart
    }
    var hashes = try fetch(nodes)[...]
    let proof = ConsistencyProof.make(from: size, to: checkpoint.size) { _ in hashes.popFirst() ?? .witnessStart }
    guard let proof else { throw StoreError(.invalid, "the checkpoint counts \(checkpoint.size) records, not \(size)") }
    return proof
  }

  private mutating func fetch(_ nodes: [MerkleNode]) throws(StoreError) -> [Digest32] {
    var hashes: [Digest32] = []
    for node in nodes { hashes.append(try hash(of: node)) }
    return hashes
  }
}
