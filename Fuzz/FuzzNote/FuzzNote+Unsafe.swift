import FuzzSupport
import OpenSSLCrypto
import Wire
import Witness

/// Any bytes are refused, or are a note, a checkpoint, a proof, a key or an answer of a cosigner that comes back equal
/// from its own text. No signature in them is anybody's whose key is not in the corpus.
private func check(_ bytes: Span<UInt8>) {
  if let note = try? SignedNote(parsing: bytes) {
    require((try? SignedNote(parsing: note.bytes.span)) == note, "a note changes on the way")
    require(note.signatures.count <= NoteLimits.maxSignatures, "too many signatures")
    require((try? note.verify(with: keys)) == nil, "a random signature was accepted")
    if let head = try? Checkpoint(parsing: note.text.span) {
      require(head.text == note.text, "not the text of its own")
    }
  }
  if let head = try? Checkpoint(parsing: bytes) {
    require(head.text == [UInt8](copying: bytes), "a checkpoint has two texts")
    require(head.size <= MerkleTree.maxSize && head.extensions.count <= NoteLimits.maxExtensionLines, "beyond limits")
  }
  if let proof = try? LogProof(parsing: bytes) {
    require((try? LogProof(parsing: proof.bytes.span)) == proof, "a proof changes on the way")
    require(proof.path.count <= NoteLimits.maxPathHashes, "too long a path")
    let record = proof.extra ?? []
    let leaf = MerkleTree.leaf(record.span)
    require((try? proof.verify(leaf: leaf, origin: "o", keys: keys)) == nil, "a random proof was accepted")
    _ = InclusionProof(index: proof.index, size: proof.index + 1, path: proof.path).root(leaf: leaf)
  }
  if let text = String(utf8: bytes), let key = try? NoteVerifierKey(parsing: text) {
    require(key.description == text, "a key has two texts")
  }
  for status in [200, 409] {
    guard let key = keys.last else { return }
    var client = CosigningClient(key: key)
    let head = Checkpoint(origin: "o", size: 5, root: MerkleTree.empty)
    let note = SignedNote(text: head.text, signatures: [NoteSignature(name: "o", keyID: 1, bytes: [1])])
    require(client.request(note, proof: ConsistencyProof(from: 0, to: 5, path: [])) != nil, "no request")
    let outcome = client.received(status: status, body: bytes)
    if case .cosigned = outcome { require(false, "a random cosignature was accepted") }
    require(client.knownSize <= 5, "a size beyond the checkpoint was believed")
  }
}

private let keys: [NoteVerifierKey] = [NoteVerifierKey.Kind.ed25519, .cosignature].compactMap { kind in
  guard let key = try? Ed25519PrivateKey(seed: [UInt8](repeating: 0x55, count: 32).span) else { return nil }
  return try? NoteVerifierKey(name: "o", kind: kind, publicKey: key.publicKey)
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
