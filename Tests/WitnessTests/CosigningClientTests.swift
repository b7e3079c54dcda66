import OpenSSLCrypto
import Testing
import Wire
import Witness

@Suite("Cosigning client (C2SP tlog-witness)")
struct CosigningClientTests {
  private struct Far: ~Copyable {
    let log: NoteSigner
    let witness: NoteSigner
    let roots: [Digest32]
    let leaves: [Digest32]

    init() throws {
      let log = try NoteSigner(
        name: "log.example", key: Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32).span))
      let witness = try NoteSigner(
        name: "witness.example", kind: .cosignature,
        key: Ed25519PrivateKey(seed: [UInt8](repeating: 2, count: 32).span))
      leaves = (0..<20).map { MerkleTree.leaf([UInt8($0)].span) }
      var builder = MerkleTreeBuilder()
      var tiles: [MerkleTile] = []
      var roots = [builder.root]
      for leaf in leaves {
        builder.append(leaf, tiles: &tiles)
        roots.append(builder.root)
      }
      self.roots = roots
      self.log = log
      self.witness = witness
    }

    func note(_ size: Int) -> SignedNote {
      Checkpoint(origin: "log.example", size: UInt64(size), root: roots[size]).signed(by: log)
    }

    func proof(_ from: UInt64, _ to: UInt64) throws -> ConsistencyProof {
      let tile = try #require(
        MerkleTile(TilePlace(level: 0, index: 0, width: 20), bytes: leaves.flatMap(\.array)))
      let proof = ConsistencyProof.make(from: from, to: to) { tile.hash(of: $0) ?? MerkleTree.empty }
      return try #require(proof)
    }

    func answer(_ note: SignedNote) -> [UInt8] {
      var lines: [UInt8] = []
      witness.cosign(note.text.span, time: 1_700_000_000).append(to: &lines)
      return lines
    }
  }

  @Test("the request is the one of the specification, and the answer's signature goes under the checkpoint")
  func cosigns() throws {
    let far = try Far()
    var client = CosigningClient(key: far.witness.verifierKey)
    #expect(client.needs(3))
    let request = client.request(far.note(3), proof: try far.proof(0, 3))
    let body = try #require(request)
    #expect(String(decoding: body, as: UTF8.self).hasPrefix("old 0\n\nlog.example\n3\n"))
    #expect(!client.needs(4))
    let second = client.request(far.note(3), proof: try far.proof(0, 3))
    #expect(second == nil)
    guard case .cosigned(let line) = client.received(status: 200, body: far.answer(far.note(3)).span) else {
      Issue.record("not cosigned")
      return
    }
    var note = far.note(3)
    note.signatures.append(line)
    #expect(try note.verify(with: [far.log.verifierKey, far.witness.verifierKey]).count == 2)
    #expect(client.knownSize == 3 && !client.needs(3) && client.needs(4))
    let proof = try far.proof(3, 9)
    let another = client.request(far.note(9), proof: proof)
    let next = try #require(another)
    let lines = String(decoding: next, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "old 3")
    #expect(lines[1...].prefix(proof.path.count).elementsEqual(proof.path.map { Substring(Base64.encode($0.span)) }))
    #expect(lines[1 + proof.path.count] == "")
  }

  @Test("a 409 tells the size, and the request is made again, once")
  func conflict() throws {
    let far = try Far()
    var client = CosigningClient(key: far.witness.verifierKey)
    _ = client.request(far.note(9), proof: try far.proof(0, 9))
    let outcome = client.received(status: 409, body: Array("4\n".utf8).span)
    #expect(outcome == .retry)
    #expect(client.knownSize == 4)
    let again = client.request(far.note(9), proof: try far.proof(4, 9))
    #expect(again != nil)
    guard case .refused = client.received(status: 409, body: Array("5\n".utf8).span) else {
      Issue.record("asked for ever")
      return
    }
  }

  @Test(
    "anything else is a refusal and nothing is believed",
    arguments: [
      (409, "10\n"), (409, "x"), (409, ""), (409, "-1\n"), (403, ""), (404, ""), (422, ""), (500, ""), (200, ""),
      (200, "— witness.example AAAAAAA=\n"), (200, "garbage\n"),
    ])
  func refusals(status: Int, body: String) throws {
    let far = try Far()
    var client = CosigningClient(key: far.witness.verifierKey)
    _ = client.request(far.note(9), proof: try far.proof(0, 9))
    guard case .refused = client.received(status: status, body: Array(body.utf8).span) else {
      Issue.record("\(status) \(body)")
      return
    }
    #expect(client.knownSize == 0 && client.needs(9))
  }

  @Test("a signature of another checkpoint, of another key or without time is not taken")
  func wrongSignatures() throws {
    let far = try Far()
    var client = CosigningClient(key: far.witness.verifierKey)
    var timeless: [UInt8] = []
    far.witness.cosign(far.note(9).text.span, time: 0).append(to: &timeless)
    var foreign: [UInt8] = []
    far.log.sign(far.note(9).text.span).append(to: &foreign)
    for body in [far.answer(far.note(8)), timeless, foreign] {
      _ = client.request(far.note(9), proof: try far.proof(0, 9))
      guard case .refused = client.received(status: 200, body: body.span) else {
        Issue.record("taken")
        return
      }
    }
    guard case .refused = client.received(status: 200, body: far.answer(far.note(9)).span) else {
      Issue.record("an answer without a question was taken")
      return
    }
  }
}
