import OpenSSLCrypto

/// That a leaf is in a tree (RFC 9162 §2.1.3).
public struct InclusionProof: Sendable, Hashable {
  /// The leaf's number.
  public var index: UInt64
  /// The size of the tree.
  public var size: UInt64
  /// The hashes beside the way from the leaf to the root, the leaf's neighbour first.
  public var path: [Digest32]

  /// A proof that was received.
  public init(index: UInt64, size: UInt64, path: [Digest32]) {
    self.index = index
    self.size = size
    self.path = path
  }

  /// Makes a proof from the hashes of subtrees; nil when there is no such leaf (RFC 9162 §2.1.3.1).
  public static func make<Failure: Error>(
    index: UInt64, size: UInt64, hash: (MerkleNode) throws(Failure) -> Digest32
  ) throws(Failure) -> InclusionProof? {
    guard index < size, size <= MerkleTree.maxSize else { return nil }
    var ranges: [Range<UInt64>] = []
    var (lower, upper) = (UInt64(0), size)
    while upper - lower > 1 {
      let middle = lower + MerkleTree.split(upper - lower)
      if index < middle {
        ranges.append(middle..<upper)
        upper = middle
      } else {
        ranges.append(lower..<middle)
        lower = middle
      }
    }
    return InclusionProof(index: index, size: size, path: try MerkleTree.hashes(of: ranges, hash: hash))
  }

  /// The root that the proof leads to from a leaf; nil when its form is wrong (RFC 9162 §2.1.3.2).
  public func root(leaf: Digest32) -> Digest32? {
    guard index < size, size <= MerkleTree.maxSize else { return nil }
    var (node, last) = (index, size - 1)
    var hash = leaf
    for neighbour in path {
      guard last > 0 else { return nil }
      if node & 1 == 1 || node == last {
        hash = MerkleTree.node(neighbour, hash)
        while node & 1 == 0, node > 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        hash = MerkleTree.node(hash, neighbour)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 ? hash : nil
  }

  /// Whether the leaf is in the tree of this root.
  public func proves(leaf: Digest32, root: Digest32) -> Bool { self.root(leaf: leaf) == root }
}

/// That a tree goes on from a smaller one without changing it (RFC 9162 §2.1.4).
public struct ConsistencyProof: Sendable, Hashable {
  /// The size of the smaller tree.
  public var from: UInt64
  /// The size of the larger one.
  public var to: UInt64
  /// The hashes; none when the smaller tree is empty or the sizes are the same.
  public var path: [Digest32]

  /// A proof that was received.
  public init(from: UInt64, to: UInt64, path: [Digest32]) {
    self.from = from
    self.to = to
    self.path = path
  }

  /// Makes a proof from the hashes of subtrees; nil when `from` is larger than `to` (RFC 9162 §2.1.4.1).
  public static func make<Failure: Error>(
    from: UInt64, to: UInt64, hash: (MerkleNode) throws(Failure) -> Digest32
  ) throws(Failure) -> ConsistencyProof? {
    guard from <= to, to <= MerkleTree.maxSize else { return nil }
    guard from > 0, from < to else { return ConsistencyProof(from: from, to: to, path: []) }
    var ranges: [Range<UInt64>] = []
    var (lower, upper) = (UInt64(0), to)
    while upper != from {
      let middle = lower + MerkleTree.split(upper - lower)
      if from <= middle {
        ranges.append(middle..<upper)
        upper = middle
      } else {
        ranges.append(lower..<middle)
        lower = middle
      }
    }
    // What is left is a subtree of both; when it is all of the smaller tree, the verifier has its hash already.
    if lower > 0 { ranges.append(lower..<upper) }
    return ConsistencyProof(from: from, to: to, path: try MerkleTree.hashes(of: ranges, hash: hash))
  }

  /// Whether the tree of the second root goes on from that of the first (RFC 9162 §2.1.4.2).
  public func proves(from oldRoot: Digest32, to newRoot: Digest32) -> Bool {
    guard from <= to, to <= MerkleTree.maxSize else { return false }
    if from == to { return path.isEmpty && oldRoot == newRoot }
    if from == 0 { return path.isEmpty && oldRoot == MerkleTree.empty }
    var (node, last) = (from - 1, to - 1)
    while node & 1 == 1 {
      node >>= 1
      last >>= 1
    }
    var rest = path[...]
    let isPowerOfTwo = from & (from - 1) == 0
    guard let seed = isPowerOfTwo ? oldRoot : rest.popFirst() else { return false }
    var (old, new) = (seed, seed)
    for hash in rest {
      guard last > 0 else { return false }
      if node & 1 == 1 || node == last {
        old = MerkleTree.node(hash, old)
        new = MerkleTree.node(hash, new)
        while node & 1 == 0, node > 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        new = MerkleTree.node(new, hash)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && old == oldRoot && new == newRoot
  }
}

extension MerkleTree {
  /// The hashes of ranges that the tree's recursion made, the last first.
  fileprivate static func hashes<Failure: Error>(
    of ranges: [Range<UInt64>], hash: (MerkleNode) throws(Failure) -> Digest32
  ) throws(Failure) -> [Digest32] {
    var result: [Digest32] = []
    for range in ranges.reversed() {
      var peaks: [Digest32] = []
      for node in MerkleNode.covering(range) { peaks.append(try hash(node)) }
      result.append(fold(peaks))
    }
    return result
  }

  /// The root of a tree from the hashes of its subtrees.
  public static func root<Failure: Error>(
    size: UInt64, hash: (MerkleNode) throws(Failure) -> Digest32
  ) throws(Failure) -> Digest32 {
    var peaks: [Digest32] = []
    for node in MerkleNode.covering(0..<min(size, maxSize)) { peaks.append(try hash(node)) }
    return fold(peaks)
  }
}
