import OpenSSLCrypto
import Wire

/// The hashes of a Merkle tree with SHA-256 (RFC 9162 §2.1.1). A leaf is a record's line without its LF.
public enum MerkleTree {
  /// The root of a tree without leaves: the hash of nothing.
  public static let empty = SHA256().finalize()

  /// The greatest number of leaves: what a decimal size in a checkpoint can be (C2SP tlog-cosignature keeps to 2^63 − 1).
  public static let maxSize = UInt64(Int64.max)

  /// SHA-256(0x00 ‖ record).
  public static func leaf(_ record: Span<UInt8>) -> Digest32 {
    var hash = SHA256()
    hash.update(byte: 0x00)
    hash.update(record)
    return hash.finalize()
  }

  /// SHA-256(0x01 ‖ left ‖ right).
  public static func node(_ left: Digest32, _ right: Digest32) -> Digest32 {
    var hash = SHA256()
    hash.update(byte: 0x01)
    hash.update(left.span)
    hash.update(right.span)
    return hash.finalize()
  }

  /// The k of RFC 9162 §2.1.1: the largest power of two that is smaller than `count`, which is 2 or more.
  static func split(_ count: UInt64) -> UInt64 {
    count < 2 ? 1 : 1 << UInt64(63 - (count - 1).leadingZeroBitCount)
  }

  /// The root of the tree whose perfect subtrees, from left to right and so from large to small, have these hashes.
  static func fold(_ peaks: [Digest32]) -> Digest32 {
    guard var hash = peaks.last else { return empty }
    for peak in peaks.dropLast().reversed() { hash = node(peak, hash) }
    return hash
  }
}

/// A perfect subtree: the leaves from `index` · 2^`height` on, 2^`height` of them.
public struct MerkleNode: Sendable, Hashable {
  /// 0 for a leaf.
  public var height: Int
  /// Its number among the subtrees of this height, from the left.
  public var index: UInt64

  /// A subtree.
  public init(height: Int, index: UInt64) {
    self.height = height
    self.index = index
  }

  /// The perfect subtrees of a range as the tree's own recursion makes one: `range` begins at a multiple of the largest
  /// power of two that fits it.
  static func covering(_ range: Range<UInt64>) -> [MerkleNode] {
    var nodes: [MerkleNode] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let height = 63 - (range.upperBound - start).leadingZeroBitCount
      nodes.append(MerkleNode(height: height, index: start >> UInt64(height)))
      start += 1 << UInt64(height)
    }
    return nodes
  }
}
