import OpenSSLCrypto
import Wire

/// That a record is in the log, in one text that needs nothing else but the log's key (C2SP tlog-proof).
public struct LogProof: Sendable, Hashable {
  /// What goes with it and is not proven by itself: ours hold the record's line, whose hash the proof is about.
  public var extra: [UInt8]?
  /// The record's number.
  public var index: UInt64
  /// The path to the root.
  public var path: [Digest32]
  /// The signed checkpoint.
  public var checkpoint: SignedNote

  private static let header = "c2sp.org/tlog-proof@v1"

  /// A proof of parts.
  public init(extra: [UInt8]? = nil, index: UInt64, path: [Digest32], checkpoint: SignedNote) {
    self.extra = extra
    self.index = index
    self.path = path
    self.checkpoint = checkpoint
  }

  /// The text of the proof.
  public var bytes: [UInt8] {
    var output = Array("\(Self.header)\n".utf8)
    if let extra {
      NoteText.append("extra ", to: &output)
      Base64.append(extra.span, to: &output)
      output.append(0x0A)
    }
    NoteText.append("index ", to: &output)
    Decimal.append(index, to: &output)
    output.append(0x0A)
    for hash in path { NoteText.append(hash, to: &output) }
    output.append(0x0A)
    output += checkpoint.bytes
    return output
  }

  /// Reads a proof, strictly; nothing in it is believed yet.
  public init(parsing bytes: Span<UInt8>) throws(NoteError) {
    guard bytes.count <= NoteLimits.maxProofBytes else { throw NoteError(.tooLarge) }
    var reader = LineReader(bytes)
    guard let first = reader.next(), first.count == Self.header.utf8.count,
      NoteText.hasPrefix(bytes.extracting(first), "c2sp.org/tlog-proof@v1")
    else { throw NoteError(.header, line: 1) }
    var line = reader.next()
    if let range = line, NoteText.hasPrefix(bytes.extracting(range), "extra ") {
      let text = bytes.extracting(range.lowerBound + 6..<range.upperBound)
      guard text.count <= NoteLimits.maxExtraBytes / 3 * 4 + 4, let decoded = try? Base64.decode(text),
        decoded.count <= NoteLimits.maxExtraBytes
      else { throw NoteError(.extra, line: 2) }
      extra = decoded
      line = reader.next()
    }
    guard let range = line, NoteText.hasPrefix(bytes.extracting(range), "index "),
      let index = NoteText.number(bytes.extracting(range.lowerBound + 6..<range.upperBound))
    else { throw NoteError(.index, line: reader.line - 1) }
    self.index = index
    path = []
    while true {
      let number = reader.line
      guard let range = reader.next() else { throw NoteError(.path, line: number) }
      if range.isEmpty { break }
      guard path.count < NoteLimits.maxPathHashes, let hash = NoteText.hash(bytes.extracting(range)) else {
        throw NoteError(.path, line: number)
      }
      path.append(hash)
    }
    checkpoint = try SignedNote(parsing: bytes.extracting(reader.rest))
  }

  /// The checkpoint, when one of the keys signed it and the path leads from the leaf to its root.
  public func verify(leaf: Digest32, origin: String, keys: [NoteVerifierKey]) throws(NoteError) -> Checkpoint {
    let head = try Checkpoint(checkpoint, origin: origin, keys: keys)
    guard index < head.size else { throw NoteError(.notInTree) }
    guard InclusionProof(index: index, size: head.size, path: path).proves(leaf: leaf, root: head.root) else {
      throw NoteError(.rootHash)
    }
    return head
  }
}
