import OpenSSLCrypto
import Testing
import Wire
import Witness

@Suite("Merkle tree (RFC 9162 §2.1)")
struct MerkleTreeTests {
  /// The eight inputs that every implementation of Certificate Transparency tests with.
  private static let inputs = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
  ]
  private static let roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  /// MTH of RFC 9162 §2.1.1, word for word.
  private func naive(_ leaves: ArraySlice<Digest32>) -> Digest32 {
    if leaves.isEmpty { return SHA256.hash(Span()) }
    if leaves.count == 1, let only = leaves.first { return only }
    var split = 1
    while split * 2 < leaves.count { split *= 2 }
    let middle = leaves.startIndex + split
    return MerkleTree.node(naive(leaves[..<middle]), naive(leaves[middle...]))
  }

  private static func leaf(hex: String) throws -> Digest32 {
    let bytes = try Hex.decode(hex)
    return MerkleTree.leaf(bytes.span)
  }

  private func leaves(_ count: Int) -> [Digest32] {
    (0..<count).map { MerkleTree.leaf(Array("record \($0)".utf8).span) }
  }

  /// The hash of a subtree, from the leaves alone.
  private func hash(_ node: MerkleNode, _ leaves: [Digest32]) -> Digest32 {
    let start = Int(node.index) << node.height
    return naive(leaves[start..<start + (1 << node.height)])
  }

  @Test("the eight leaves of Certificate Transparency have the roots that all know")
  func knownRoots() throws {
    var builder = MerkleTreeBuilder()
    var tiles: [MerkleTile] = []
    #expect(builder.root.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    for (input, root) in zip(Self.inputs, Self.roots) {
      builder.append(try Self.leaf(hex: input), tiles: &tiles)
      #expect(builder.root.hex == root)
    }
    #expect(tiles.isEmpty)
  }

  @Test("proofs for the eight leaves are those of RFC 6962's implementations")
  func knownProofs() throws {
    let leaves = try Self.inputs.map(Self.leaf(hex:))
    let proof = InclusionProof.make(index: 5, size: 8) { hash($0, leaves) }
    #expect(
      proof?.path.map(\.hex) == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ])
    let consistency = ConsistencyProof.make(from: 6, to: 8) { hash($0, leaves) }
    #expect(
      consistency?.path.map(\.hex) == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ])
  }

  @Test("every inclusion proof of every size up to 70 holds, and no other leaf, root, index, size or path does")
  func inclusion() throws {
    let all = leaves(70)
    for size in 1...70 {
      let root = naive(all[..<size])
      for index in 0..<size {
        let proof = try #require(
          InclusionProof.make(index: UInt64(index), size: UInt64(size)) { hash($0, all) })
        #expect(proof.proves(leaf: all[index], root: root))
        #expect(!proof.proves(leaf: all[(index + 1) % 70], root: root))
        #expect(!proof.proves(leaf: all[index], root: all[index]) || size == 1)
        for other in 0..<size where other != index {
          var wrong = proof
          wrong.index = UInt64(other)
          #expect(!wrong.proves(leaf: all[index], root: root))
        }
        var wrong = proof
        wrong.path.append(all[0])
        #expect(!wrong.proves(leaf: all[index], root: root))
        if !proof.path.isEmpty {
          wrong.path.removeLast(2)
          #expect(!wrong.proves(leaf: all[index], root: root))
        }
        for position in proof.path.indices {
          wrong = proof
          wrong.path[position] = flipped(proof.path[position], bit: (index * 31 + position * 7) % 256)
          #expect(!wrong.proves(leaf: all[index], root: root))
        }
      }
    }
    #expect(InclusionProof.make(index: 3, size: 3) { hash($0, all) } == nil)
    #expect(!InclusionProof(index: 0, size: 0, path: []).proves(leaf: all[0], root: all[0]))
    #expect(InclusionProof(index: 0, size: 1 << 63, path: []).root(leaf: all[0]) == nil)
  }

  @Test("every consistency proof of every pair of sizes up to 70 holds, and no other")
  func consistency() throws {
    let all = leaves(70)
    let roots = (0...70).map { naive(all[..<$0]) }
    for to in 0...70 {
      for from in 0...to {
        let proof = try #require(ConsistencyProof.make(from: UInt64(from), to: UInt64(to)) { hash($0, all) })
        #expect(proof.proves(from: roots[from], to: roots[to]), "\(from) to \(to)")
        // Every tree goes on from the empty one.
        if from > 0 || to == 0 { #expect(!proof.proves(from: roots[from], to: all[1])) }
        #expect(!proof.proves(from: all[1], to: roots[to]))
        var wrong = proof
        wrong.path.append(all[0])
        #expect(!wrong.proves(from: roots[from], to: roots[to]))
        if !proof.path.isEmpty {
          wrong.path.removeLast(2)
          #expect(!wrong.proves(from: roots[from], to: roots[to]))
        }
        for position in proof.path.indices {
          wrong = proof
          wrong.path[position] = flipped(proof.path[position], bit: (from * 31 + to * 3 + position * 7) % 256)
          #expect(!wrong.proves(from: roots[from], to: roots[to]))
        }
      }
    }
    #expect(ConsistencyProof.make(from: 4, to: 3) { hash($0, all) } == nil)
  }

  @Test("one flipped bit anywhere in a proof, the leaf or the root is refused")
  func everyBit() throws {
    let all = leaves(13)
    let root = naive(all[...])
    let proof = try #require(InclusionProof.make(index: 5, size: 13) { hash($0, all) })
    for bit in 0..<256 {
      #expect(!proof.proves(leaf: flipped(all[5], bit: bit), root: root))
      #expect(!proof.proves(leaf: all[5], root: flipped(root, bit: bit)))
      for position in proof.path.indices {
        var wrong = proof
        wrong.path[position] = flipped(proof.path[position], bit: bit)
        #expect(!wrong.proves(leaf: all[5], root: root))
      }
    }
  }

  private func flipped(_ hash: Digest32, bit: Int) -> Digest32 {
    var bytes = hash.bytes
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return Digest32(bytes)
  }

  @Test("growing, tiles and a fresh start from partial tiles agree with the recursion at every size")
  func growth() throws {
    let all = leaves(1_300)
    var builder = MerkleTreeBuilder()
    var tiles: [MerkleTile] = []
    for size in 1...all.count {
      builder.append(all[size - 1], tiles: &tiles)
      guard size < 300 || size % 97 == 0 || size % 256 < 2 else { continue }
      let root = naive(all[..<size])
      #expect(builder.root == root)
      #expect(MerkleTree.root(size: UInt64(size)) { hash($0, all) } == root)
      var rows = [[UInt8]](repeating: [], count: size >= 256 ? 2 : 1)
      for tile in builder.partialTiles { rows[tile.place.level] = tile.bytes }
      let again = try #require(MerkleTreeBuilder(size: UInt64(size), partialTiles: rows))
      #expect(again.root == root)
      #expect(again.partialTiles == builder.partialTiles)
    }
    #expect(tiles.map(\.place.path) == ["tile/0/000", "tile/0/001", "tile/0/002", "tile/0/003", "tile/0/004"])
    for (index, tile) in tiles.enumerated() {
      #expect(tile.root == naive(all[index * 256..<(index + 1) * 256]))
      #expect((0..<256).allSatisfy { tile.hash(at: $0) == all[index * 256 + $0] })
    }
    #expect(builder.partialTiles.map(\.place.path) == ["tile/0/005.p/20", "tile/1/000.p/5"])
  }

  @Test("a tree of 70,000 has the tiles that C2SP tlog-tiles names, and proofs come from them alone")
  func tiles() throws {
    let size: UInt64 = 70_000
    var builder = MerkleTreeBuilder()
    var tiles: [MerkleTile] = []
    let all = (0..<Int(size)).map { number in MerkleTree.leaf(Array("\(number)".utf8).span) }
    for leaf in all { builder.append(leaf, tiles: &tiles) }
    #expect(tiles.count { $0.place.level == 0 } == 273)
    #expect(tiles.count { $0.place.level == 1 } == 1)
    #expect(
      builder.partialTiles.map(\.place.path) == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"])
    let places = Dictionary(uniqueKeysWithValues: (tiles + builder.partialTiles).map { ($0.place, $0) })
    func fromTiles(_ node: MerkleNode) throws -> Digest32 {
      let place = try #require(TilePlace(holding: node, size: size))
      let tile = try #require(places[place], "\(place)")
      return try #require(tile.hash(of: node))
    }
    for index in [0, 1, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999] as [UInt64] {
      let proof = try #require(try InclusionProof.make(index: index, size: size, hash: fromTiles))
      #expect(proof.proves(leaf: all[Int(index)], root: builder.root))
    }
    for from in [1, 256, 257, 65_536, 69_999] as [UInt64] {
      let proof = try #require(try ConsistencyProof.make(from: from, to: size, hash: fromTiles))
      let root = try MerkleTree.root(size: from, hash: fromTiles)
      #expect(proof.proves(from: root, to: builder.root))
    }
    #expect(try MerkleTree.root(size: size, hash: fromTiles) == builder.root)
  }

  @Test("a place has one path and a path one place", arguments: [0, 7, 999, 1_000, 1_234_067, UInt64.max])
  func paths(index: UInt64) throws {
    for (level, width) in [(0, 256), (63, 1), (7, 255)] {
      let place = TilePlace(level: level, index: index, width: width)
      #expect(TilePlace(path: place.path) == place)
    }
    #expect(TilePlace(level: 0, index: 1_234_067).path == "tile/0/x001/x234/067")
  }

  @Test(
    "other spellings of a path are none",
    arguments: [
      "", "tile", "tile/0", "tile/0/", "tile/64/000", "tile/00/000", "tile/+1/000", "tile/0/00", "tile/0/0000",
      "tile/0/x000/001", "tile/0/001/001", "tile/0/x001/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
      "tile/0/000.p", "tile/0/000/1", "tile/entries/000", "/tile/0/000", "tile/0/000/", "tile/0/../000", "tile/0/-01",
      "tile/0/x999/x999/x999/x999/x999/x999/x999", "tile/0/٠٠٠",
    ])
  func wrongPaths(path: String) { #expect(TilePlace(path: path) == nil) }

  @Test("tiles and starts of other widths are refused")
  func widths() {
    let place = TilePlace(level: 0, index: 0, width: 3)
    #expect(MerkleTile(place, bytes: [UInt8](repeating: 0, count: 95)) == nil)
    #expect(MerkleTile(place, bytes: [UInt8](repeating: 0, count: 128)) == nil)
    #expect(MerkleTile(place, bytes: [UInt8](repeating: 0, count: 8_192))?.bytes.count == 96)
    #expect(MerkleTile(TilePlace(level: 0, index: 0, width: 0), bytes: []) == nil)
    #expect(MerkleTreeBuilder(size: 2, partialTiles: [[UInt8](repeating: 0, count: 32)]) == nil)
    #expect(MerkleTreeBuilder(size: 256, partialTiles: [[]]) == nil)
    #expect(MerkleTreeBuilder(size: .max, partialTiles: []) == nil)
    #expect(MerkleTreeBuilder(size: 0, partialTiles: [])?.root == MerkleTree.empty)
    #expect(TilePlace(holding: MerkleNode(height: 64, index: 0), size: 5) == nil)
    #expect(TilePlace(holding: MerkleNode(height: 2, index: 1), size: 7) == nil)
  }
}
