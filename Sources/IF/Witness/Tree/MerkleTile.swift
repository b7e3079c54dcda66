import OpenSSLCrypto
import Wire

/// Where a tile stands: its level, its number in the level and its width (C2SP tlog-tiles, "Merkle Tree").
public struct TilePlace: Sendable, Hashable {
  /// 0 for leaves; a hash at level l stands for 256^l leaves.
  public var level: Int
  /// The number in the level.
  public var index: UInt64
  /// How many hashes it holds: 256, or 1 to 255 in a partial tile.
  public var width: Int

  /// The width of a full tile.
  public static let fullWidth = 256
  /// The bytes of a full tile.
  public static let fullBytes = 32 * fullWidth
  /// The highest level that a path can name.
  public static let maxLevel = 63

  /// A place.
  public init(level: Int, index: UInt64, width: Int = TilePlace.fullWidth) {
    self.level = level
    self.index = index
    self.width = width
  }

  /// How many hashes the partial tile of a level has in a tree of this size; 0: there is none.
  public static func partialWidth(level: Int, size: UInt64) -> Int {
    level < 8 ? Int(size >> UInt64(8 * level) & 0xFF) : 0
  }

  /// The tile that holds what a subtree is computed from, as it stands in a tree of this size; nil when the subtree is
  /// not all in the tree.
  public init?(holding node: MerkleNode, size: UInt64) {
    guard node.height < 64, node.index < (size >> UInt64(node.height)) else { return nil }
    level = node.height / 8
    index = node.index >> UInt64(8 - node.height % 8)
    let complete = (size >> UInt64(8 * level)) - index * UInt64(Self.fullWidth)
    width = complete >= UInt64(Self.fullWidth) ? Self.fullWidth : Int(complete)
  }

  /// `tile/0/x001/x234/067` or `tile/0/000.p/17`.
  public var path: String {
    var groups: [String] = []
    var rest = index
    repeat {
      let group = String(rest % 1_000)
      groups.append(String(repeating: "0", count: 3 - group.count) + group)
      rest /= 1_000
    } while rest > 0
    let text = groups.indices.reversed().map { ($0 == 0 ? "" : "x") + groups[$0] }.joined(separator: "/")
    return "tile/\(level)/\(text)" + (width == Self.fullWidth ? "" : ".p/\(width)")
  }

  /// Reads a path; nil for anything but the one spelling of a place.
  public init?(path: String) {
    guard path.utf8.count <= 64 else { return nil }
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0] == "tile", let level = Int(parts[1]), (0...Self.maxLevel).contains(level) else {
      return nil
    }
    self.level = level
    width = Self.fullWidth
    if parts.count >= 4, parts[parts.count - 2].hasSuffix(".p") {
      guard let width = Int(parts.removeLast()), (1..<Self.fullWidth).contains(width) else { return nil }
      self.width = width
      parts[parts.count - 1] = parts[parts.count - 1].dropLast(2)
    }
    var index: UInt64 = 0
    for position in 2..<parts.count {
      let digits = position == parts.count - 1 ? parts[position] : parts[position].dropFirst()
      guard digits.utf8.count == 3, let group = UInt64(digits) else { return nil }
      let (product, overflow) = index.multipliedReportingOverflow(by: 1_000)
      guard !overflow, product <= UInt64.max - group else { return nil }
      index = product + group
    }
    self.index = index
    // Signs, leading zeros, empty groups at the front and wrong prefixes all show in the comparison.
    guard self.path.utf8.elementsEqual(path.utf8) else { return nil }
  }
}

/// Up to 256 neighbouring hashes of one level.
public struct MerkleTile: Sendable, Hashable {
  /// Where it stands.
  public let place: TilePlace
  /// 32 bytes a hash.
  public let bytes: [UInt8]

  /// A tile of these bytes, whose width they say.
  init(level: Int, index: UInt64, bytes: [UInt8]) {
    place = TilePlace(level: level, index: index, width: bytes.count / 32)
    self.bytes = bytes
  }

  /// A tile that was read; nil when it has not the bytes that its place says. Of a full tile that stands where a partial
  /// one was asked for the beginning counts (C2SP tlog-tiles, "Partial Tiles").
  public init?(_ place: TilePlace, bytes: [UInt8]) {
    guard (1...TilePlace.fullWidth).contains(place.width) else { return nil }
    guard bytes.count == 32 * place.width || bytes.count == TilePlace.fullBytes else { return nil }
    self.place = place
    self.bytes = bytes.count == 32 * place.width ? bytes : Array(bytes[..<(32 * place.width)])
  }

  /// One of its hashes.
  public func hash(at position: Int) -> Digest32? {
    guard position >= 0, position < place.width else { return nil }
    return Digest32(bytes.span.extracting(32 * position..<32 * (position + 1)))
  }

  /// Whether that hash stands at a place.
  public func holds(_ hash: Digest32, at position: Int) -> Bool {
    guard position >= 0, position < place.width else { return false }
    return bytes.span.extracting(32 * position..<32 * (position + 1)).isEqual(to: hash.span)
  }

  /// The root of a perfect subtree of at most 256 neighbouring hashes: `height` 0 to 8 above the tile's hashes, `index`
  /// counted in the tile. Nil when the tile does not hold all of it.
  func hash(height: Int, index: UInt64) -> Digest32? {
    guard (0...8).contains(height), index <= UInt64(TilePlace.fullWidth) else { return nil }
    let start = Int(index) << height
    guard start + 1 << height <= place.width else { return nil }
    var hashes = (start..<(start + 1 << height)).compactMap { hash(at: $0) }
    while hashes.count > 1 {
      hashes = stride(from: 0, to: hashes.count - 1, by: 2).map { MerkleTree.node(hashes[$0], hashes[$0 + 1]) }
    }
    return hashes.first
  }

  /// The hash of a subtree of the whole tree, when this is the tile that ``TilePlace/init(holding:size:)`` names.
  public func hash(of node: MerkleNode) -> Digest32? {
    guard node.height / 8 == place.level, node.index >> UInt64(8 - node.height % 8) == place.index else { return nil }
    return hash(height: node.height % 8, index: node.index & (0xFF >> UInt64(node.height % 8)))
  }

  /// The hash of a full tile, as the level above holds it.
  public var root: Digest32? { hash(height: 8, index: 0) }
}
