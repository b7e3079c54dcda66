import H225
import NIOCore
import SIPMessage
import Wire

/// Divides what a stream brings into messages.
enum StreamFraming {
  /// What comes next.
  enum Event {
    case message([UInt8])
    /// A keep-alive that wants an answer (RFC 5626 §3.5.1).
    case keepAlivePing
    case needMore
  }

  /// Where the next message begins is unknown.
  struct Failure: Error {}

  /// By Content-Length (RFC 3261 §18.3).
  case contentLength(SIPStreamFramer)
  /// Every read is a message; those that have not been asked for yet, newest first.
  case wholeMessages([[UInt8]])
  /// By the header of RFC 1006.
  case packets(PacketFraming)

  init(_ framing: StreamFront.Framing, maximumBytes: Int) {
    switch framing {
    case .contentLength:
      var limits = SIPLimits.default
      limits.maxMessageBytes = maximumBytes
      self = .contentLength(SIPStreamFramer(limits: limits))
    case .wholeMessages:
      self = .wholeMessages([])
    case .packets:
      self = .packets(PacketFraming(maximumBytes: maximumBytes))
    }
  }

  /// Some bytes of a message are here, others are missing.
  var isInsideMessage: Bool {
    switch self {
    case .contentLength(let framer): framer.isInsideMessage
    case .wholeMessages: false
    case .packets(let packets): packets.isInsideMessage
    }
  }

  /// The headers of the message that made ``next()`` throw, if they came whole.
  var rejected: [UInt8] {
    switch self {
    case .contentLength(let framer): framer.rejected
    case .wholeMessages, .packets: []
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
    case .packets(var packets):
      self = .wholeMessages([])
      packets.append(buffer.readableBytesUInt8Span)
      self = .packets(packets)
    }
  }

  mutating func next() throws(Failure) -> Event {
    switch self {
    case .contentLength(var framer):
      self = .wholeMessages([])
      defer { self = .contentLength(framer) }
      do throws(SIPParseError) {
        switch try framer.next() {
        case .message(let bytes): return .message(bytes)
        case .keepAlivePing: return .keepAlivePing
        case .needMore: return .needMore
        }
      } catch {
        throw Failure()
      }
    case .wholeMessages(var messages):
      self = .wholeMessages([])
      defer { self = .wholeMessages(messages) }
      while let message = messages.popLast() {
        // Keep-alives are messages of line ends only (RFC 5626 §3.5.1, RFC 7118 §6).
        guard message.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) else { return .message(message) }
        if message.elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) { return .keepAlivePing }
      }
      return .needMore
    case .packets(var packets):
      self = .wholeMessages([])
      defer { self = .packets(packets) }
      return try packets.next().map { .message($0) } ?? .needMore
    }
  }
}

/// Packets of RFC 1006 as messages. One without a payload is a keep-alive, and passed over.
struct PacketFraming {
  private var framer: TPKTFramer
  /// The payloads of packets that have not been asked for yet, each after its length in two bytes: at most what one read
  /// brought, so that thousands of tiny ones cost no more than their bytes.
  private var ready: [UInt8] = []
  private var position = 0
  private var hasFailed = false

  init(maximumBytes: Int) { framer = TPKTFramer(maxPayload: maximumBytes) }

  /// The first bytes of a packet are here, others are missing.
  var isInsideMessage: Bool { framer.pendingCount > 0 }

  mutating func append(_ segment: Span<UInt8>) {
    var ready = self.ready
    self.ready = []
    if position > 0 {
      ready.removeFirst(position)
      position = 0
    }
    do throws(TPKTError) {
      try framer.receive(segment) { payload in
        guard payload.count > 0 else { return }
        ready.append(UInt8(truncatingIfNeeded: payload.count >> 8))
        ready.append(UInt8(truncatingIfNeeded: payload.count))
        ready.append(copying: payload)
      }
    } catch {
      hasFailed = true
    }
    self.ready = ready
  }

  /// The next packet's payload. What came before a fault is given first.
  mutating func next() throws(StreamFraming.Failure) -> [UInt8]? {
    guard position < ready.count else {
      if hasFailed { throw StreamFraming.Failure() }
      return nil
    }
    let start = position + 2
    let end = start + (Int(ready[position]) << 8 | Int(ready[position + 1]))
    let payload = [UInt8](ready[start..<end])
    position = end
    if position == ready.count {
      ready.removeAll(keepingCapacity: false)
      position = 0
    }
    return payload
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
