import OpenSSLCrypto
import Wire

/// Why a note, a checkpoint, a proof or a key of one is not accepted.
public struct NoteError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: String, Sendable, Hashable {
    case tooLarge = "it is too large"
    case notText = "it is not UTF-8, or holds a control character"
    case noSignatures = "no empty line and signatures stand at its end"
    case tooManySignatures = "it has too many signatures"
    case signatureLine = "this is no signature line"
    case noKnownSignature = "nobody signed it whose key was given"
    case wrongSignature = "a signature of a known key does not fit: it was altered"
    case verifierKey = "this is no verifier key: name+hash+base64, of Ed25519"
    case keyID = "the hash in the verifier key is not that of the name and the key"
    case keyName = "a key's name is 1 to 255 bytes without spaces and +"
    case origin = "the origin is missing"
    case size = "the second line is no tree size"
    case rootHash = "the third line is no root hash of 32 bytes in base64"
    case extensionLine = "an extension line is empty, or there are too many"
    case header = "the first line is not \"c2sp.org/tlog-proof@v1\""
    case extra = "the extra data are not base64, or too large"
    case index = "the line \"index N\" is missing"
    case path = "a line of the path is no hash of 32 bytes in base64, or there are too many"
    case notInTree = "the index is not below the tree size"
    case oldSize = "the line \"old N\" is missing, or N is larger than the checkpoint"
  }

  /// What is wrong.
  public var reason: Reason
  /// The line it was found in, from 1; 0 when that means nothing.
  public var line: Int

  /// An error.
  public init(_ reason: Reason, line: Int = 0) {
    self.reason = reason
    self.line = line
  }

  /// `line 3: …`.
  public var description: String { line > 0 ? "line \(line): \(reason.rawValue)" : reason.rawValue }
}

/// The named limits of what is read.
public enum NoteLimits {
  /// Bytes of a signed note, signatures included.
  public static let maxNoteBytes = 131_072
  /// Signatures in a note; C2SP signed-note wants at least 16 to be accepted.
  public static let maxSignatures = 64
  /// Bytes of one signature with its key id: the largest assigned one, ML-DSA-44 with a time, has 2,432.
  public static let maxSignatureBytes = 5_120
  /// Bytes of a key's name and of an origin.
  public static let maxNameBytes = 255
  /// Extension lines in a checkpoint.
  public static let maxExtensionLines = 16
  /// Hashes in a proof (C2SP tlog-witness, "add-checkpoint").
  public static let maxPathHashes = 63
  /// Bytes of the extra data in a proof: a whole record.
  public static let maxExtraBytes = WitnessLimits.maxRecordBytes
  /// Bytes of a whole proof: the extra data in base64, the path and the note.
  public static let maxProofBytes = 32 + maxExtraBytes / 3 * 4 + 8 + 64 * 45 + maxNoteBytes
}

/// Reads lines that all end with LF.
struct LineReader: ~Escapable {
  private let bytes: Span<UInt8>
  private(set) var offset = 0
  /// The number of the line that comes next, from 1.
  private(set) var line = 1

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  /// What was not read yet.
  var rest: Range<Int> { offset..<bytes.count }

  /// The next line without its LF; nil: there is none that ends.
  @_lifetime(self: copy self)
  mutating func next() -> Range<Int>? {
    guard let end = LineBreak.first(in: bytes, from: offset) else { return nil }
    defer {
      offset = end + 1
      line += 1
    }
    return offset..<end
  }
}

/// Small texts that notes share.
enum NoteText {
  /// A number of at most 63 bits without leading zeros.
  static func number(_ bytes: Span<UInt8>) -> UInt64? {
    if bytes.count > 1, bytes[0] == UInt8(ascii: "0") { return nil }
    return Decimal.parse(bytes, maximum: MerkleTree.maxSize)
  }

  /// A hash in base64.
  static func hash(_ bytes: Span<UInt8>) -> Digest32? {
    guard bytes.count == 44, let decoded = try? Base64.decode(bytes) else { return nil }
    return Digest32(decoded.span)
  }

  static func append(_ hash: Digest32, to output: inout [UInt8]) {
    Base64.append(hash.span, to: &output)
    output.append(0x0A)
  }

  static func append(_ text: String, to output: inout [UInt8]) { output.append(contentsOf: text.utf8) }

  /// Whether the bytes begin with a text.
  static func hasPrefix(_ bytes: Span<UInt8>, _ prefix: StaticString) -> Bool {
    let length = prefix.utf8CodeUnitCount
    guard bytes.count >= length else { return false }
    return "\(prefix)".utf8.enumerated().allSatisfy { bytes[$0.offset] == $0.element }
  }

  /// UTF-8 without control characters but LF (C2SP signed-note, "Format").
  static func isPlain(_ bytes: Span<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x80 {
        guard byte >= 0x20 || byte == 0x0A else { return false }
        index += 1
      } else {
        guard let length = CanonicalText.scalarLength(bytes, at: index) else { return false }
        index += length
      }
    }
    return true
  }

  /// Not empty, no space of Unicode, no plus sign, no line end.
  static func isKeyName(_ name: String) -> Bool {
    let utf8 = name.utf8
    guard (1...NoteLimits.maxNameBytes).contains(utf8.count), isPlain(utf8.span) else { return false }
    return name.unicodeScalars.allSatisfy { $0 != "+" && !$0.properties.isWhitespace }
  }
}
