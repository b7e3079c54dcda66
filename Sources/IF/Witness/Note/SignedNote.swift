import OpenSSLCrypto
import Wire

/// One signature line of a note: em dash, space, the key's name, space, base64 of key id and signature, LF.
public struct NoteSignature: Sendable, Hashable {
  /// The key's name.
  public var name: String
  /// The key's id.
  public var keyID: UInt32
  /// What follows the id.
  public var bytes: [UInt8]

  /// A signature.
  public init(name: String, keyID: UInt32, bytes: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.bytes = bytes
  }

  /// The time in a cosignature, in seconds since 1970; nil when it is too short for one, or the time is beyond 2^63 − 1.
  public var cosignedAt: UInt64? {
    guard bytes.count >= 8 else { return nil }
    let time = bytes.span.bigEndianUInt64(at: 0)
    return time <= UInt64(Int64.max) ? time : nil
  }

  /// Appends the line.
  public func append(to output: inout [UInt8]) {
    NoteText.append("— \(name) ", to: &output)
    let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> UInt32(24 - 8 * $0)) }
    Base64.append((id + bytes).span, to: &output)
    output.append(0x0A)
  }

  /// Reads a line without its LF.
  init?(line: Span<UInt8>) {
    let dash = Array("— ".utf8)
    guard line.count > dash.count, dash.indices.allSatisfy({ line[$0] == dash[$0] }) else { return nil }
    var space = line.count - 1
    while space > dash.count, line[space] != UInt8(ascii: " ") { space -= 1 }
    guard space > dash.count, let name = String(utf8: line.extracting(dash.count..<space)), NoteText.isKeyName(name),
      line.count - space <= (NoteLimits.maxSignatureBytes + 4) / 3 * 4 + 4,
      let decoded = try? Base64.decode(line.extracting(space + 1..<line.count)), decoded.count > 4,
      decoded.count - 4 <= NoteLimits.maxSignatureBytes
    else { return nil }
    self.name = name
    keyID = decoded[..<4].reduce(0) { $0 << 8 | UInt32($1) }
    bytes = Array(decoded[4...])
  }

  /// Reads signature lines with nothing else around them: what a cosigner answers.
  public static func parseLines(_ bytes: Span<UInt8>, firstLine: Int = 1) throws(NoteError) -> [NoteSignature] {
    guard bytes.count <= NoteLimits.maxNoteBytes else { throw NoteError(.tooLarge) }
    guard NoteText.isPlain(bytes) else { throw NoteError(.notText) }
    var reader = LineReader(bytes)
    var signatures: [NoteSignature] = []
    while !reader.rest.isEmpty {
      let number = firstLine + reader.line - 1
      guard let line = reader.next(), let signature = NoteSignature(line: bytes.extracting(line)) else {
        throw NoteError(.signatureLine, line: number)
      }
      guard signatures.count < NoteLimits.maxSignatures else { throw NoteError(.tooManySignatures, line: number) }
      signatures.append(signature)
    }
    guard !signatures.isEmpty else { throw NoteError(.noSignatures) }
    return signatures
  }
}

/// Text with signatures below it (C2SP signed-note). What it says counts only after ``verify(with:)``.
public struct SignedNote: Sendable, Hashable {
  /// The text, which ends with LF.
  public var text: [UInt8]
  /// The signatures, in their order.
  public var signatures: [NoteSignature]

  /// A note of parts.
  public init(text: [UInt8], signatures: [NoteSignature]) {
    self.text = text
    self.signatures = signatures
  }

  /// Reads a note: at most ``NoteLimits/maxNoteBytes``, and every line of it must be right.
  public init(parsing bytes: Span<UInt8>) throws(NoteError) {
    guard bytes.count <= NoteLimits.maxNoteBytes else { throw NoteError(.tooLarge) }
    guard NoteText.isPlain(bytes) else { throw NoteError(.notText) }
    // The last empty line divides text and signatures.
    var end = bytes.count
    while end >= 2, bytes[end - 1] != 0x0A || bytes[end - 2] != 0x0A { end -= 1 }
    guard end >= 2 else { throw NoteError(.noSignatures) }
    text = [UInt8](copying: bytes.extracting(0..<end - 1))
    let lines = text.count { $0 == 0x0A } + 2
    signatures = try NoteSignature.parseLines(bytes.extracting(end..<bytes.count), firstLine: lines)
  }

  /// The note as it is written.
  public var bytes: [UInt8] {
    var output = text
    output.append(0x0A)
    for signature in signatures { signature.append(to: &output) }
    return output
  }

  /// The keys whose signatures fit, in the order of the lines, each once. Lines of other keys are passed over; a line of
  /// one of these keys that does not fit refuses the note, and so does a note that none of them signed.
  @discardableResult
  public func verify(with keys: [NoteVerifierKey]) throws(NoteError) -> [NoteVerifierKey] {
    var found: [NoteVerifierKey] = []
    for signature in signatures {
      guard let key = keys.first(where: { $0.made(signature) }) else { continue }
      guard key.isValid(signature, for: text.span) else { throw NoteError(.wrongSignature) }
      if !found.contains(key) { found.append(key) }
    }
    guard !found.isEmpty else { throw NoteError(.noKnownSignature) }
    return found
  }
}
