import OpenSSLCrypto
import Wire

/// The head of a log: its name, how many records it has and the root over them (C2SP tlog-checkpoint).
public struct Checkpoint: Sendable, Hashable {
  /// The log's name.
  public var origin: String
  /// How many records there are.
  public var size: UInt64
  /// The root of the Merkle tree over them.
  public var root: Digest32
  /// What other logs may say more; ours say nothing.
  public var extensions: [String]

  /// A head.
  public init(origin: String, size: UInt64, root: Digest32, extensions: [String] = []) {
    self.origin = origin
    self.size = size
    self.root = root
    self.extensions = extensions
  }

  /// The text that is signed.
  public var text: [UInt8] {
    var output = Array(origin.utf8)
    output.append(0x0A)
    Decimal.append(size, to: &output)
    output.append(0x0A)
    NoteText.append(root, to: &output)
    for line in extensions { NoteText.append(line + "\n", to: &output) }
    return output
  }

  /// Reads a note's text, strictly.
  public init(parsing text: Span<UInt8>) throws(NoteError) {
    guard text.count <= NoteLimits.maxNoteBytes else { throw NoteError(.tooLarge) }
    guard NoteText.isPlain(text) else { throw NoteError(.notText) }
    var reader = LineReader(text)
    guard let first = reader.next(), (1...NoteLimits.maxNameBytes).contains(first.count),
      let origin = String(utf8: text.extracting(first))
    else { throw NoteError(.origin, line: 1) }
    guard let second = reader.next(), let size = NoteText.number(text.extracting(second)) else {
      throw NoteError(.size, line: 2)
    }
    guard let third = reader.next(), let root = NoteText.hash(text.extracting(third)) else {
      throw NoteError(.rootHash, line: 3)
    }
    self.init(origin: origin, size: size, root: root)
    while !reader.rest.isEmpty {
      let number = reader.line
      guard let line = reader.next(), !line.isEmpty, extensions.count < NoteLimits.maxExtensionLines,
        let text = String(utf8: text.extracting(line))
      else { throw NoteError(.extensionLine, line: number) }
      extensions.append(text)
    }
  }

  /// Reads a note and believes it when one of the keys signed it and it is about `origin`.
  public init(_ note: SignedNote, origin: String, keys: [NoteVerifierKey]) throws(NoteError) {
    try note.verify(with: keys)
    try self.init(parsing: note.text.span)
    guard self.origin.utf8.elementsEqual(origin.utf8) else { throw NoteError(.origin, line: 1) }
  }

  /// The note with one signature.
  public func signed(by signer: borrowing NoteSigner) -> SignedNote {
    let text = text
    return SignedNote(text: text, signatures: [signer.sign(text.span)])
  }
}
