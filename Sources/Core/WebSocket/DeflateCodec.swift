import Wire

/// Compresses and decompresses messages (RFC 7692 §7.2). One may serve many connections of a thread, as long as none of
/// them keeps its context from one message to the next: what it holds is made when first needed.
public final class DeflateCodec {
  private var inflater: Inflater?
  private var deflaters: [Int: Deflater] = [:]

  /// A codec that holds nothing yet.
  public init() {}

  /// A message as its sender had it.
  ///
  /// - Parameter compressed: all payloads of the message; the four bytes that were left off (§7.2.1) are put back here.
  func inflate(
    _ compressed: [UInt8], keepsContext: Bool, limits: WebSocketLimits
  ) throws(WebSocketFault) -> [UInt8] {
    let inflater = self.inflater ?? Inflater()
    guard let inflater else { throw .badCompression }
    self.inflater = inflater
    if !keepsContext { inflater.reset() }
    let maximum = limits.inflatedBytes(from: compressed.count)
    var message: [UInt8] = []
    let tail: [UInt8] = [0, 0, 0xFF, 0xFF]
    do throws(Inflater.Fault) {
      try inflater.inflate(compressed.span, into: &message, maximum: maximum)
      try inflater.inflate(tail.span, into: &message, maximum: maximum)
    } catch {
      switch error {
      case .badData: throw .badCompression
      case .tooLong: throw maximum < limits.messageBytes ? .inflationBomb : .messageTooBig
      }
    }
    guard inflater.isBetweenBlocks else { throw .badCompression }
    return message
  }

  /// A message compressed; `nil` when that fails.
  func deflate(_ message: Span<UInt8>, windowBits: Int, keepsContext: Bool) -> [UInt8]? {
    let deflater = deflaters[windowBits] ?? Deflater(windowBits: windowBits)
    guard let deflater else { return nil }
    deflaters[windowBits] = deflater
    if !keepsContext { deflater.reset() }
    return deflater.deflate(message)
  }
}
