import OpenSSLCrypto
import Wire

/// Asks one cosigner for its signature (C2SP tlog-witness, "add-checkpoint"): what to send, what an answer means, and
/// what to do next. No sockets, no clock.
///
///     idle ── submit ─────────────▶ asked ── 200 with its signature ──▶ idle   .cosigned
///                                     │ ├─── 409 with a size ─────────▶ idle   .retry, once for each checkpoint
///                                     │ └─── anything else ───────────▶ idle   .refused
///
/// The cosigner remembers the last checkpoint it signed; so do we, and a 409 tells where we are wrong.
public struct CosigningClient: Sendable {
  /// What an answer means.
  public enum Outcome: Sendable, Hashable {
    /// The checkpoint that was sent is cosigned; this line goes under it.
    case cosigned(NoteSignature)
    /// The cosigner knows another size: make the request again.
    case retry
    /// It will not, or cannot now.
    case refused(String)
  }

  private enum State: Hashable {
    case idle
    case asked(Checkpoint, text: [UInt8], isSecond: Bool)
  }

  /// Whose signature we want.
  public let key: NoteVerifierKey
  /// The size of the last checkpoint that it signed, as far as we know.
  public private(set) var knownSize: UInt64
  private var state = State.idle
  private var wasCorrected = false

  /// The most hashes in a request.
  public static let maxPathHashes = NoteLimits.maxPathHashes
  /// The most bytes of an answer that are read.
  public static let maxAnswerBytes = NoteLimits.maxNoteBytes

  /// A cosigner, and the size it signed last (0: none that we know of).
  public init(key: NoteVerifierKey, knownSize: UInt64 = 0) {
    self.key = key
    self.knownSize = knownSize
  }

  /// Whether the cosigner has signed a checkpoint of this size.
  public func needs(_ size: UInt64) -> Bool { state == .idle && size > knownSize }

  /// The body of the request for a checkpoint; `proof` shows that it goes on from ``knownSize``. Nil when it does not
  /// fit, or an answer is awaited.
  public mutating func request(_ note: SignedNote, proof: ConsistencyProof) -> [UInt8]? {
    guard state == .idle, let checkpoint = try? Checkpoint(parsing: note.text.span), proof.from == knownSize,
      proof.to == checkpoint.size, proof.path.count <= Self.maxPathHashes
    else { return nil }
    var body = Array("old ".utf8)
    Decimal.append(knownSize, to: &body)
    body.append(0x0A)
    for hash in proof.path { NoteText.append(hash, to: &body) }
    body.append(0x0A)
    body += note.bytes
    state = .asked(checkpoint, text: note.text, isSecond: wasCorrected)
    return body
  }

  /// The answer to the request.
  public mutating func received(status: Int, body: Span<UInt8>) -> Outcome {
    guard case .asked(let checkpoint, let text, let isSecond) = state else { return .refused("nothing was asked") }
    state = .idle
    wasCorrected = false
    guard body.count <= Self.maxAnswerBytes else { return .refused("its answer is too large") }
    switch status {
    case 200:
      let lines: [NoteSignature]
      do {
        lines = try NoteSignature.parseLines(body)
      } catch {
        return .refused("its answer is wrong: \(error)")
      }
      guard let line = lines.first(where: { key.made($0) }) else { return .refused("it answered with another key") }
      guard key.isValid(line, for: text.span), line.cosignedAt.map({ $0 > 0 }) ?? false else {
        return .refused("its signature does not fit")
      }
      knownSize = checkpoint.size
      return .cosigned(line)
    case 409:
      let digits = body.count > 0 && body[body.count - 1] == 0x0A ? body.extracting(0..<body.count - 1) : body
      guard let size = NoteText.number(digits) else { return .refused("it answered 409 without a size") }
      guard size <= checkpoint.size else {
        return .refused("it has signed \(size) records of this log, and there are \(checkpoint.size): a fork?")
      }
      guard !isSecond, size != knownSize else { return .refused("it does not agree with the size it told") }
      knownSize = size
      wasCorrected = true
      return .retry
    case 403: return .refused("it does not know our key (403)")
    case 404: return .refused("it does not know our origin (404)")
    case 422: return .refused("it does not accept the consistency proof (422): a fork?")
    default: return .refused("it answered \(status)")
    }
  }

  /// No answer came.
  public mutating func failed() { state = .idle }
}
