import Files
import OpenSSLCrypto
import Witness

/// The Merkle tree over the records while the log is written: grows with every record, and is signed and written after
/// every batch. Owned by the log's queue.
struct WitnessTree {
  private let folder: WitnessFolder
  private let identity: WitnessIdentity
  private var builder: MerkleTreeBuilder
  /// Full tiles that are not written yet.
  private var tiles: [MerkleTile] = []
  /// The size of the checkpoint on the disk.
  private(set) var signedSize: UInt64

  /// One more record, whose leaf this is.
  mutating func append(_ leaf: Digest32) { builder.append(leaf, tiles: &tiles) }

  /// Writes the tiles that are full, then signs and writes the checkpoint. The records are on the disk by now, so no
  /// checkpoint ever counts one that a power cut can take away. What fails is done again by the next call.
  mutating func publish(durable: Files.Durability = .content) throws(StoreError) {
    do {
      while let tile = tiles.first {
        try folder.write(tile)
        tiles.removeFirst()
      }
      guard signedSize != builder.size else { return }
      let checkpoint = Checkpoint(origin: identity.origin, size: builder.size, root: builder.root)
      try folder.write(checkpoint.signed(by: identity.signer), durable: durable)
      signedSize = builder.size
    } catch {
      throw StoreError(.fileSystem, "the witness checkpoint cannot be written: \(error)")
    }
  }

  /// Takes the tree up where the log ends, and compares it with the checkpoint: a log that has fewer records than were
  /// signed, or others, is not continued.
  ///
  /// - Parameters:
  ///   - count: how many records there are.
  ///   - leaves: the leaves from record `first` on.
  init(
    directory: WitnessDirectory, identity: WitnessIdentity, count: UInt64, first: UInt64, leaves: [Digest32]
  ) throws(StoreError) {
    folder = WitnessFolder(records: directory.path)
    self.identity = identity
    let checkpoint = try Self.checkpoint(folder, identity, count: count)
    let cosigned = try Self.cosigned(folder, identity, count: count)
    signedSize = checkpoint?.size ?? 0
    var grown = Self.fromTiles(folder, first: first, leaves: leaves, checkpoint: checkpoint, cosigned: cosigned)
    if grown == nil, first > 0 {
      // Tiles are missing or damaged: everything from the records, once.
      let all = try directory.allLeaves()
      guard UInt64(all.count) == count else {
        throw StoreError(.corrupt, "\(folder.path): the tiles are damaged and the oldest records are missing")
      }
      grown = Self.fromTiles(folder, first: 0, leaves: all, checkpoint: checkpoint, cosigned: cosigned)
    }
    guard let grown else {
      throw StoreError(
        .corrupt,
        "\(folder.path): the first \(signedSize) records do not have the root that the checkpoint signs: this is another "
          + "log, or it was altered. \(WitnessDirectory.advice)")
    }
    builder = grown.builder
    do {
      try folder.removeLeftovers()
      for tile in grown.tiles where folder.readTile(level: tile.place.level, index: tile.place.index) != tile {
        try folder.write(tile)
      }
      if checkpoint == nil {
        let empty = Checkpoint(origin: identity.origin, size: count, root: builder.root)
        try folder.write(empty.signed(by: identity.signer), durable: .name)
        signedSize = count
      }
      try identity.publish()
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  /// The checkpoint, when it is ours and not of more records than there are. Nil: nothing was signed yet.
  private static func checkpoint(
    _ folder: WitnessFolder, _ identity: WitnessIdentity, count: UInt64
  ) throws(StoreError) -> Checkpoint? {
    guard let note = try folder.readCheckpoint() else {
      guard !identity.hasSigned else {
        throw StoreError(
          .corrupt,
          "\(folder.checkpointPath) is missing, but checkpoints of \(identity.origin) were signed: put it back. To begin a "
            + "new log, give it a new name (witness.origin) and move the witness directory away and keep it")
      }
      return nil
    }
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(note, origin: identity.origin, keys: [identity.verifierKey])
    } catch {
      throw StoreError(
        .corrupt,
        "\(folder.checkpointPath) is not signed by keys/witness for \(identity.origin) (\(error)). The origin and the key "
          + "of a log never change: put them back, or begin a new log by moving the witness directory away")
    }
    guard checkpoint.size <= count else {
      throw StoreError(
        .corrupt,
        "\(folder.path): the checkpoint counts \(checkpoint.size) records and there are \(count): the end of the log was "
          + "cut off. \(WitnessDirectory.advice)")
    }
    return checkpoint
  }

  /// The checkpoint that cosigners signed, when it is ours and not of more records than there are. Nil: there is none.
  private static func cosigned(
    _ folder: WitnessFolder, _ identity: WitnessIdentity, count: UInt64
  ) throws(StoreError) -> Checkpoint? {
    guard let note = try folder.readCosigned() else { return nil }
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(note, origin: identity.origin, keys: [identity.verifierKey])
    } catch {
      throw StoreError(
        .corrupt, "\(folder.cosignedPath) is not signed by keys/witness for \(identity.origin) (\(error)): put it back")
    }
    guard checkpoint.size <= count else {
      throw StoreError(
        .corrupt,
        "\(folder.path): cosigners have signed \(checkpoint.size) records and there are \(count): the end of the log was "
          + "cut off. \(WitnessDirectory.advice)")
    }
    return checkpoint
  }

  /// The tree from the tiles below record `first` and the leaves from there on, with the tiles that the leaves fill; nil
  /// when tiles are missing or the root at the checkpoint's size is another one.
  private static func fromTiles(
    _ folder: WitnessFolder, first: UInt64, leaves: [Digest32], checkpoint: Checkpoint?, cosigned: Checkpoint?
  ) -> (builder: MerkleTreeBuilder, tiles: [MerkleTile])? {
    // The first whole tile that is all leaves we have.
    let start = (first + 255) / 256 * 256
    guard start <= first + UInt64(leaves.count), checkpoint.map({ $0.size >= start }) ?? (start == 0) else {
      return nil
    }
    guard var builder = Self.restored(folder, size: start) else { return nil }
    var tiles: [MerkleTile] = []
    func differs(_ builder: MerkleTreeBuilder) -> Bool {
      for known in [checkpoint, cosigned] {
        if let known, known.size == builder.size, known.root != builder.root { return true }
      }
      return false
    }
    if differs(builder) { return nil }
    for leaf in leaves.dropFirst(Int(start - first)) {
      builder.append(leaf, tiles: &tiles)
      if differs(builder) { return nil }
    }
    return (builder, tiles)
  }

  /// The tree of a whole number of tiles. Its partial tiles hold the roots of full tiles one level below.
  private static func restored(_ folder: WitnessFolder, size: UInt64) -> MerkleTreeBuilder? {
    var partial: [[UInt8]] = []
    var shift: UInt64 = 0
    while shift < 64, size >> shift > 0 {
      let level = Int(shift / 8)
      var row: [UInt8] = []
      if level > 0 {
        let end = size >> shift
        for index in (end & ~0xFF)..<end {
          guard let root = folder.readTile(level: level - 1, index: index)?.root else { return nil }
          row += root.array
        }
      }
      partial.append(row)
      shift += 8
    }
    return MerkleTreeBuilder(size: size, partialTiles: partial)
  }
}
