import OpenSSLCrypto
import Wire

/// A tree that grows by one leaf at a time and knows its root at every size (RFC 9162 §2.1.2).
///
/// It holds the perfect subtrees on the right edge (at most 64 hashes) and, for each level of tiles, the hashes of the
/// tile that is not full yet. A leaf costs one hash of a node, however large the tree is: what completes a tile is the
/// very hash that the level above wants.
public struct MerkleTreeBuilder: Sendable {
  /// How many leaves there are.
  public private(set) var size: UInt64 = 0
  /// The hashes of the perfect subtrees on the right edge, the largest first: one for each bit of `size`.
  private var peaks: [Digest32] = []
  /// The partial tiles, by level; 32 bytes a hash.
  private var rows: [[UInt8]] = []

  /// A tree without leaves.
  public init() {}

  /// A tree of so many leaves, from the partial tiles of that size, the lowest level first; nil when their widths are
  /// not those of the size. Compare ``root`` with what is known of it: tiles can be wrong.
  public init?(size: UInt64, partialTiles: [[UInt8]]) {
    guard size <= MerkleTree.maxSize, partialTiles.count == MerkleTree.levels(of: size) else { return nil }
    self.size = size
    rows = partialTiles
    for level in partialTiles.indices.reversed() {
      let width = TilePlace.partialWidth(level: level, size: size)
      guard partialTiles[level].count == 32 * width else { return nil }
      let tile = MerkleTile(level: level, index: 0, bytes: partialTiles[level])
      for node in MerkleNode.covering(0..<UInt64(width)) {
        guard let hash = tile.hash(height: node.height, index: node.index) else { return nil }
        peaks.append(hash)
      }
    }
  }

  /// One more leaf. Tiles that it fills are appended to `tiles`.
  public mutating func append(_ leaf: Digest32, tiles: inout [MerkleTile]) {
    add(leaf, level: 0, &tiles)
    var hash = leaf
    var height = 0
    // As when one is added to a number: every one at the end of `size` is carried.
    while size >> UInt64(height) & 1 == 1, let left = peaks.popLast() {
      hash = MerkleTree.node(left, hash)
      height += 1
      if height % 8 == 0 { add(hash, level: height / 8, &tiles) }
    }
    peaks.append(hash)
    size += 1
  }

  /// The root hash at this size.
  public var root: Digest32 { MerkleTree.fold(peaks) }

  /// The tiles that are not full, the lowest level first; levels whose last tile is full have none.
  public var partialTiles: [MerkleTile] {
    rows.indices.filter { !rows[$0].isEmpty }.map {
      MerkleTile(level: $0, index: size >> UInt64(8 * ($0 + 1)), bytes: rows[$0])
    }
  }

  private mutating func add(_ hash: Digest32, level: Int, _ tiles: inout [MerkleTile]) {
    if level == rows.count { rows.append([]) }
    rows[level].append(copying: hash.span)
    guard rows[level].count == TilePlace.fullBytes else { return }
    tiles.append(MerkleTile(level: level, index: size >> UInt64(8 * (level + 1)), bytes: rows[level]))
    rows[level].removeAll(keepingCapacity: true)
  }
}

extension MerkleTree {
  /// How many levels of tiles a tree has, empty partial ones at the top not counted.
  static func levels(of size: UInt64) -> Int { (64 - size.leadingZeroBitCount + 7) / 8 }
}
