import Wire

/// Cuts a byte stream into SIP messages by their Content-Length (§18.3), and finds the keep-alives between them
/// (RFC 5626 §4.4.1). It does no input or output: bytes go in, messages come out.
///
/// However the stream is chopped into pieces, the same messages come out, and no byte is searched twice for the end of
/// the headers. Content-Length is read with the index's own rules, so compact form, white space before the colon,
/// folding and duplicates cannot make two readers see two different messages. Memory is bounded by the limits: what cannot
/// become a message within `maxMessageBytes` is an error before it is kept.
///
/// An error is final: where the next message would start is unknown, so the connection must be closed. `rejected` has the
/// message's headers then, if they came whole, so that a request may be answered first.
public struct SIPStreamFramer: Sendable {
  /// What came next on the stream.
  public enum Event: Sendable, Equatable {
    /// A whole message: start line, headers and body, nothing before or behind.
    case message([UInt8])
    /// A double CRLF between messages; the answer is one CRLF.
    case keepAlivePing
    /// Nothing more until more bytes arrive.
    case needMore
  }

  private enum State: Sendable, Equatable {
    /// Between messages, after so many CRLFs (0 or 1).
    case between(lineEnds: Int)
    /// In the start line or the headers; the search for their end goes on at `searched`, a distance from the start.
    case headers(searched: Int)
    /// The headers are there and the message is this long.
    case body(count: Int)
    /// An error was thrown, and will be again.
    case failed(SIPParseError)
  }

  /// What a message may hold.
  public let limits: SIPLimits
  /// The start line and headers of the message that made `next()` throw; empty unless they came whole.
  public private(set) var rejected: [UInt8] = []

  private var buffer: [UInt8] = []
  private var start = 0
  private var state = State.between(lineEnds: 0)

  /// A framer at the start of a stream.
  public init(limits: SIPLimits = .default) {
    self.limits = limits
  }

  /// How many bytes wait for the rest of their message.
  public var pendingByteCount: Int { buffer.count - start }

  /// Whether a message has begun and is not complete: what a time limit against slow senders asks.
  public var isInsideMessage: Bool {
    switch state {
    case .between: buffer.count > start
    case .headers, .body: true
    case .failed: false
    }
  }

  /// Takes in what the stream brought; call `next()` until it needs more.
  public mutating func append(_ bytes: Span<UInt8>) {
    if case .failed = state { return }
    buffer.append(copying: bytes)
  }

  /// The next message or keep-alive, or that more bytes are needed.
  public mutating func next() throws(SIPParseError) -> Event {
    while true {
      switch state {
      case .between(let lineEnds):
        if let event = try skipLineEnds(lineEnds) { return event }
      case .headers(let searched):
        if let event = try searchHeaders(from: searched) { return event }
      case .body(let count):
        guard pendingByteCount >= count else { return wait() }
        let message = [UInt8](copying: buffer.span.extracting(start..<start + count))
        start += count
        state = .between(lineEnds: 0)
        return .message(message)
      case .failed(let error):
        throw error
      }
    }
  }
}

// MARK: - The three states

extension SIPStreamFramer {
  /// Skips CRLFs before a start line (§7.5); two of them are a ping.
  private mutating func skipLineEnds(_ lineEnds: Int) throws(SIPParseError) -> Event? {
    guard pendingByteCount > 0 else { return wait() }
    switch buffer[start] {
    case UInt8(ascii: "\r"):
      guard pendingByteCount > 1 else { return wait() }
      guard buffer[start + 1] == UInt8(ascii: "\n") else { throw fail(SIPParseError(.bareCarriageReturn, at: 0)) }
      start += 2
      state = .between(lineEnds: lineEnds == 0 ? 1 : 0)
      return lineEnds == 0 ? nil : .keepAlivePing
    case UInt8(ascii: "\n"):
      throw fail(SIPParseError(.bareLineFeed, at: 0))
    default:
      state = .headers(searched: 0)
      return nil
    }
  }

  /// Looks for the empty line that ends the headers; then knows how long the message is.
  private mutating func searchHeaders(from searched: Int) throws(SIPParseError) -> Event? {
    let pending = min(pendingByteCount, limits.maxMessageBytes)
    if let end = SIPStreamFramer.endOfHeaders(buffer.span.extracting(start..<start + pending), from: searched) {
      try measure(headerCount: end)
      return nil
    }
    if pending == limits.maxMessageBytes { throw fail(SIPParseError(.messageTooLarge, at: pending)) }
    // A CRLF at the very end may be half of the empty line.
    state = .headers(searched: max(searched, pending - 3))
    return wait()
  }

  /// Where the headers end, empty line included; nil when their end is not there yet.
  private static func endOfHeaders(_ bytes: Span<UInt8>, from start: Int) -> Int? {
    var cursor = start
    while cursor < bytes.count {
      let word = bytes.word(at: cursor)
      if word & 0xFFFF_FFFF == 0x0A0D_0A0D { return cursor + 4 }
      cursor += 1 + min((word &>> 8).marks(of: UInt8(ascii: "\r")).firstMark, 7)
    }
    return nil
  }

  /// Reads Content-Length out of headers that came whole.
  private mutating func measure(headerCount: Int) throws(SIPParseError) {
    let headers = [UInt8](copying: buffer.span.extracting(start..<start + headerCount))
    do throws(SIPParseError) {
      let length = try SIPStreamFramer.contentLength(headers.span, limits: limits)
      guard length <= limits.maxMessageBytes - headerCount else {
        throw SIPParseError(.messageTooLarge, at: limits.maxMessageBytes)
      }
      state = .body(count: headerCount + length)
    } catch {
      rejected = headers
      throw fail(error)
    }
  }

  private static func contentLength(_ headers: Span<UInt8>, limits: SIPLimits) throws(SIPParseError) -> Int {
    var index = SIPMessageIndex(limits: limits)
    var fault: SIPParseError?
    try index.indexLines(headers, fault: &fault)
    do throws(SIPParseError) {
      if let length = try index.declaredLength(headers) { return length }
      throw SIPParseError(.missingContentLength, at: headers.count, in: .contentLength)
    } catch {
      // A line that was left out of the index may have been the Content-Length: then that line is what is wrong.
      throw (fault ?? error).answerable(index.view(of: headers).canBeAnswered)
    }
  }

  /// Gives back the room of what has been taken out, in strokes that are paid for by the bytes taken.
  private mutating func wait() -> Event {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 4_096)
      start = 0
    } else if start > 4_096, start > buffer.count / 2 {
      buffer.removeSubrange(0..<start)
      start = 0
    }
    return .needMore
  }

  private mutating func fail(_ error: SIPParseError) -> SIPParseError {
    state = .failed(error)
    buffer = []
    start = 0
    return error
  }
}
