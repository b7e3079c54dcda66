import OpenSSLCrypto
import Testing
import Wire
import Witness

@Suite("Signed notes, checkpoints and proofs (C2SP)")
struct NoteTests {
  /// The example of C2SP signed-note, "Verifier keys".
  private static let exampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
  private static let example = """
    This is an example message.

    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

    """

  private func signer(_ name: String = "log.example/1", _ kind: NoteVerifierKey.Kind = .ed25519) throws -> NoteSigner {
    try NoteSigner(name: name, kind: kind, key: Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32).span))
  }

  private func note(_ text: String) throws(NoteError) -> SignedNote { try SignedNote(parsing: Array(text.utf8).span) }

  private func reason(_ body: () throws(NoteError) -> Void) -> NoteError? {
    do throws(NoteError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test("the example of the specification verifies, comes back as it was, and not with one bit changed")
  func theExample() throws {
    let key = try NoteVerifierKey(parsing: Self.exampleKey)
    #expect(key.description == Self.exampleKey)
    #expect(key.id == 0x530d_903a && key.name == "example.com/foo" && key.kind == .ed25519)
    let parsed = try note(Self.example)
    #expect(try parsed.verify(with: [key]) == [key])
    let bytes = parsed.bytes
    #expect(bytes == Array(Self.example.utf8))
    var accepted = 0
    for position in bytes.indices {
      for bit in 0..<8 {
        var altered = bytes
        altered[position] ^= 1 << UInt8(bit)
        if let other = try? SignedNote(parsing: altered.span), (try? other.verify(with: [key])) != nil { accepted += 1 }
      }
    }
    #expect(accepted == 0)
  }

  @Test("a checkpoint is written as the specification shows it and read back")
  func checkpoint() throws {
    let bytes = try Base64.decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    let decoded = Digest32(bytes.span)
    let root = try #require(decoded)
    let head = Checkpoint(origin: "example.com/behind-the-sofa", size: 20_852_163, root: root)
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    #expect(head.text == Array(text.utf8))
    #expect(try Checkpoint(parsing: head.text.span) == head)
    let more = try Checkpoint(parsing: Array((text + "more\nand more\n").utf8).span)
    #expect(more.extensions == ["more", "and more"] && more.text == Array((text + "more\nand more\n").utf8))
    let signer = try signer("example.com/behind-the-sofa")
    let signed = head.signed(by: signer)
    #expect(try Checkpoint(signed, origin: head.origin, keys: [signer.verifierKey]) == head)
    #expect(
      reason { () throws(NoteError) in _ = try Checkpoint(signed, origin: "other", keys: [signer.verifierKey]) }?.reason
        == .origin)
  }

  @Test(
    "what is no checkpoint",
    arguments: [
      ("", NoteError.Reason.origin, 1), ("\n1\n", .origin, 1), ("o\n", .size, 2), ("o\n01\n", .size, 2),
      ("o\n-1\n", .size, 2), ("o\n\n", .size, 2), ("o\n9223372036854775808\n", .size, 2), ("o\n1\n", .rootHash, 3),
      ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n", .rootHash, 3),
      ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", .rootHash, 3),
      ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", .rootHash, 3),
      ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n", .extensionLine, 4),
      ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nx", .extensionLine, 4),
      ("o\r\n1\n", .notText, 0),
    ])
  func wrongCheckpoints(text: String, expected: NoteError.Reason, line: Int) {
    let error = reason { () throws(NoteError) in _ = try Checkpoint(parsing: Array(text.utf8).span) }
    #expect(error == NoteError(expected, line: line))
  }

  @Test("limits of a checkpoint: the largest size, the longest origin, the most extension lines, and one beyond")
  func checkpointLimits() throws {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    func parse(_ text: String) -> Bool { (try? Checkpoint(parsing: Array(text.utf8).span)) != nil }
    #expect(parse("o\n9223372036854775807\n" + root))
    #expect(parse(String(repeating: "o", count: 255) + "\n0\n" + root))
    #expect(!parse(String(repeating: "o", count: 256) + "\n0\n" + root))
    #expect(parse("o\n0\n" + root + String(repeating: "x\n", count: 16)))
    #expect(!parse("o\n0\n" + root + String(repeating: "x\n", count: 17)))
  }

  @Test(
    "what is no note",
    arguments: [
      ("", NoteError.Reason.noSignatures), ("text\n", .noSignatures), ("text\n\n", .noSignatures),
      ("\n\n", .noSignatures),
      ("text\n\n— a AAAA\n", .signatureLine), ("text\n\n— a AAAAAA==", .signatureLine),
      ("text\n\n- a AAAAAAA=\n", .signatureLine), ("text\n\n— AAAAAAA=\n", .signatureLine),
      ("text\n\n— a+b AAAAAAA=\n", .signatureLine), ("text\n\n— a b AAAAAAA=\n", .signatureLine),
      ("text\n\n— a\u{A0}b AAAAAAA=\n", .signatureLine), ("text\n\n—  AAAAAAA=\n", .signatureLine),
      ("text\n\n— a AAAAAAA\n", .signatureLine), ("te\u{7}xt\n\n— a AAAAAAA=\n", .notText),
      ("te\txt\n\n— a AAAAAAA=\n", .notText), ("text\r\n\r\n— a AAAAAAA=\r\n", .notText),
    ])
  func wrongNotes(text: String, expected: NoteError.Reason) {
    #expect(reason { () throws(NoteError) in _ = try note(text) }?.reason == expected)
  }

  @Test("bytes that are not UTF-8 are no note; text may have empty lines of its own")
  func text() throws {
    #expect(
      reason { () throws(NoteError) in _ = try SignedNote(parsing: ([0xFF] + Array(Self.example.utf8)).span) }?.reason
        == .notText)
    let signer = try signer()
    let text = Array("Ognuno sta solo\n\ned è subito sera.\n".utf8)
    let signed = SignedNote(text: text, signatures: [signer.sign(text.span)])
    let again = try SignedNote(parsing: signed.bytes.span)
    #expect(again == signed)
    #expect(try again.verify(with: [signer.verifierKey]).count == 1)
  }

  @Test("limits of a note: 64 signatures and no more, 131,072 bytes and no more")
  func noteLimits() throws {
    let line = "— a AAAAAAA=\n"
    #expect(try note("text\n\n" + String(repeating: line, count: 64)).signatures.count == 64)
    #expect(
      reason { () throws(NoteError) in _ = try note("text\n\n" + String(repeating: line, count: 65)) }?.reason
        == .tooManySignatures)
    let room = NoteLimits.maxNoteBytes - line.utf8.count - 2
    #expect(try note(String(repeating: "x", count: room) + "\n\n" + line).text.count == room + 1)
    #expect(
      reason { () throws(NoteError) in _ = try note(String(repeating: "x", count: room + 1) + "\n\n" + line) }?.reason
        == .tooLarge)
    let large = NoteSignature(name: "a", keyID: 1, bytes: [UInt8](repeating: 1, count: NoteLimits.maxSignatureBytes))
    let larger = NoteSignature(
      name: "a", keyID: 1, bytes: [UInt8](repeating: 1, count: NoteLimits.maxSignatureBytes + 1))
    #expect(try SignedNote(parsing: SignedNote(text: [0x0A], signatures: [large]).bytes.span).signatures == [large])
    #expect((try? SignedNote(parsing: SignedNote(text: [0x0A], signatures: [larger]).bytes.span)) == nil)
  }

  @Test("unknown signatures are passed over, wrong ones of known keys refuse the note, and nobody's is no signature")
  func verification() throws {
    let log = try signer()
    let other = try signer("other.example")
    let text = Array("o\n".utf8)
    let good = log.sign(text.span)
    var bad = good
    bad.bytes[0] ^= 1
    func verify(_ signatures: [NoteSignature], _ keys: [NoteVerifierKey]) -> NoteError.Reason? {
      reason { () throws(NoteError) in try SignedNote(text: text, signatures: signatures).verify(with: keys) }?.reason
    }
    #expect(verify([good], [log.verifierKey]) == nil)
    #expect(verify([good, other.sign(text.span)], [log.verifierKey]) == nil)
    #expect(verify([good], [other.verifierKey]) == .noKnownSignature)
    #expect(verify([bad], [log.verifierKey]) == .wrongSignature)
    #expect(verify([good, bad], [log.verifierKey]) == .wrongSignature)
    #expect(verify([good], []) == .noKnownSignature)
    #expect(try SignedNote(text: text, signatures: [good, good]).verify(with: [log.verifierKey]).count == 1)
    // The name is the same, the key is not.
    var foreign = good
    foreign.keyID ^= 1
    #expect(verify([foreign], [log.verifierKey]) == .noKnownSignature)
  }

  @Test("a cosignature covers its time and the text, and is none without either")
  func cosignature() throws {
    let witness = try signer("witness.example/w1", .cosignature)
    let text = Array("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".utf8)
    let line = witness.cosign(text.span, time: 1_679_315_147)
    #expect(line.bytes.count == 72 && line.cosignedAt == 1_679_315_147)
    let signed = SignedNote(text: text, signatures: [line])
    #expect(try SignedNote(parsing: signed.bytes.span).verify(with: [witness.verifierKey]) == [witness.verifierKey])
    for position in line.bytes.indices {
      var altered = line
      altered.bytes[position] ^= 1
      let note = SignedNote(text: text, signatures: [altered])
      #expect(
        reason { () throws(NoteError) in try note.verify(with: [witness.verifierKey]) }?.reason == .wrongSignature)
    }
    #expect(try NoteVerifierKey(parsing: witness.verifierKey.description).kind == .cosignature)
    // One key, two types: two ids, and neither takes the other's signature.
    let log = try signer("witness.example/w1")
    #expect(log.verifierKey.id != witness.verifierKey.id)
    #expect(reason { () throws(NoteError) in try signed.verify(with: [log.verifierKey]) }?.reason == .noKnownSignature)
  }

  @Test(
    "what is no verifier key",
    arguments: [
      "", "a", "a+b", "a+530d903a", "a+530d903a+", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
      "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
      "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
      "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
      "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
      "example.com/f o+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ])
  func wrongKeys(text: String) { #expect((try? NoteVerifierKey(parsing: text)) == nil) }

  @Test("a proof comes back from its text, proves its record and nothing else, and no changed byte is accepted")
  func proof() throws {
    let signer = try signer()
    var builder = MerkleTreeBuilder()
    var tiles: [MerkleTile] = []
    let records = (0..<11).map { Array("record \($0)".utf8) }
    let leaves = records.map { MerkleTree.leaf($0.span) }
    for leaf in leaves { builder.append(leaf, tiles: &tiles) }
    let tile = try #require(builder.partialTiles.first)
    let inclusion = InclusionProof.make(index: 6, size: 11) { tile.hash(of: $0) ?? MerkleTree.empty }
    let path = try #require(inclusion).path
    let head = Checkpoint(origin: "log.example/1", size: 11, root: builder.root)
    let proof = LogProof(extra: records[6], index: 6, path: path, checkpoint: head.signed(by: signer))
    let bytes = proof.bytes
    #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("c2sp.org/tlog-proof@v1\nextra cmVjb3JkIDY=\nindex 6\n"))
    let again = try LogProof(parsing: bytes.span)
    #expect(again == proof)
    #expect(try again.verify(leaf: leaves[6], origin: head.origin, keys: [signer.verifierKey]) == head)
    #expect(
      reason { () throws(NoteError) in
        _ = try again.verify(leaf: leaves[5], origin: head.origin, keys: [signer.verifierKey])
      } != nil)
    for position in bytes.indices {
      var altered = bytes
      altered[position] ^= 1 << UInt8(position % 8)
      guard let parsed = try? LogProof(parsing: altered.span) else { continue }
      let record = parsed.extra ?? []
      let leaf = MerkleTree.leaf(record.span)
      let verified = try? parsed.verify(leaf: leaf, origin: head.origin, keys: [signer.verifierKey])
      #expect(verified == nil, "byte \(position)")
    }
    let bare = LogProof(index: 0, path: [], checkpoint: proof.checkpoint)
    #expect(try LogProof(parsing: bare.bytes.span) == bare)
    for end in bytes.indices {
      let parsed = try? LogProof(parsing: bytes.span.extracting(0..<end))
      #expect(parsed == nil, "cut at \(end)")
    }
  }

  @Test("limits of a proof: 63 hashes and one more, the largest record and one byte more")
  func proofLimits() throws {
    let note = try note(Self.example)
    let hash = MerkleTree.empty
    for (hashes, extra, isFine) in [(63, 65_535, true), (64, 1, false), (1, 65_536, false)] {
      let proof = LogProof(
        extra: [UInt8](repeating: 1, count: extra), index: 1, path: [Digest32](repeating: hash, count: hashes),
        checkpoint: note)
      #expect(((try? LogProof(parsing: proof.bytes.span)) != nil) == isFine)
    }
  }
}
