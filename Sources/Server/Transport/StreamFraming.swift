import NIOCore
import SIPMessage

/// Divides what a stream brings into messages.
enum StreamFraming {
  /// By Content-Length (RFC 3261 §18.3).
  case contentLength(SIPStreamFramer)
  /// Every read is a message; those that have not been asked for yet, newest first.
  case wholeMessages([[UInt8]])

  init(_ framing: StreamFront.Framing, maximumBytes: Int) {
    switch framing {
    case .contentLength:
      var limits = SIPLimits.default
      limits.maxMessageBytes = maximumBytes
      self = .contentLength(SIPStreamFramer(limits: limits))
    case .wholeMessages:
      self = .wholeMessages([])
    }
  }

  /// Some bytes of a message are here, others are missing.
  var isInsideMessage: Bool {
    switch self {
    case .contentLength(let framer): framer.isInsideMessage
    case .wholeMessages: false
    }
  }

  /// The headers of the message that made ``next()`` throw, if they came whole.
  var rejected: [UInt8] {
    switch self {
    case .contentLength(let framer): framer.rejected
    case .wholeMessages: []
    }
  }

  mutating func append(_ buffer: ByteBuffer) {
    switch self {
    case .contentLength(var framer):
      // Moved out, changed and put back, or every read would copy what waits.
      self = .wholeMessages([])
      framer.append(buffer.readableBytesUInt8Span)
      self = .contentLength(framer)
    case .wholeMessages(var messages):
      self = .wholeMessages([])
      messages.insert(Array(buffer.readableBytesView), at: 0)
      self = .wholeMessages(messages)
    }
  }

  mutating func next() throws(SIPParseError) -> SIPStreamFramer.Event {
    switch self {
    case .contentLength(var framer):
      self = .wholeMessages([])
      defer { self = .contentLength(framer) }
      return try framer.next()
    case .wholeMessages(var messages):
      self = .wholeMessages([])
      defer { self = .wholeMessages(messages) }
      while let message = messages.popLast() {
        // Keep-alives are messages of line ends only (RFC 5626 §3.5.1, RFC 7118 §6).
        guard message.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) else { return .message(message) }
        if message.elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) { return .keepAlivePing }
      }
      return .needMore
    }
  }
}

/// As much of a message as its stream wants to know, read off its first bytes.
enum StreamMessageKind {
  /// One that will be answered.
  case request
  /// An ACK, which is not (RFC 3261 §17).
  case acknowledgement
  case provisionalResponse
  case finalResponse

  init(_ message: [UInt8]) {
    if message.starts(with: "SIP/2.0 ".utf8) {
      self = message.count > 8 && message[8] == UInt8(ascii: "1") ? .provisionalResponse : .finalResponse
    } else {
      self = message.starts(with: "ACK ".utf8) ? .acknowledgement : .request
    }
  }
}
