import FuzzSupport
import OpenSSLCrypto
import Wire
import Witness

/// The first line is a path, what follows it a tile. A path is refused or is the only one of its place; a tile answers
/// for the subtrees it holds and for no other; a tree that begins with it grows like one that was grown.
private func check(_ bytes: Span<UInt8>) {
  var end = 0
  while end < bytes.count, bytes[end] != 0x0A { end += 1 }
  guard let path = String(utf8: bytes.extracting(0..<end)) else { return }
  guard let place = TilePlace(path: path) else { return }
  require(place.path == path, "a place has two paths")
  let content = [UInt8](copying: bytes.extracting(min(end + 1, bytes.count)..<bytes.count))
  guard let tile = MerkleTile(place, bytes: content) else { return }
  require(tile.bytes.count == 32 * place.width, "a tile of another width")
  require(tile.hash(at: place.width) == nil && tile.hash(at: -1) == nil, "a hash beyond the tile")
  require((tile.root != nil) == (place.width == TilePlace.fullWidth), "the root of a tile that is not full")
  var builder = MerkleTreeBuilder()
  var tiles: [MerkleTile] = []
  for position in 0..<place.width {
    guard let hash = tile.hash(at: position) else { return require(false, "a hash is missing") }
    builder.append(hash, tiles: &tiles)
  }
  if let root = tile.root {
    require(builder.root == root && tiles.first?.bytes == tile.bytes, "another root")
  } else {
    let again = MerkleTreeBuilder(size: builder.size, partialTiles: [tile.bytes])
    require(again?.root == builder.root, "another root from the partial tile")
  }
  guard place.level == 0, place.index == 0 else { return }
  let size = UInt64(place.width)
  for index in [0, size / 2, size - 1] {
    guard let proof = InclusionProof.make(index: index, size: size, hash: { tile.hash(of: $0) ?? MerkleTree.empty }),
      let leaf = tile.hash(at: Int(index))
    else { return require(false, "no proof of a leaf") }
    require(proof.proves(leaf: leaf, root: builder.root), "a proof that proves nothing")
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
