import Wire

/// One WebSocket connection after its upgrade (RFC 6455 §5 to §7, RFC 7692 §6): bytes in, messages out, and the other way
/// round. It does no input or output and knows no clock; random bytes for masks come in.
///
/// ```
///             our Close is sent                 the peer's Close
///   .open ───────────────────────► .closing ──────────────────────┐
///     │ the peer's Close: echoed                                   ▼
///     ├──────────────────────────────────────────────────────► .closed
///     │ a fault: our Close is sent                                 ▲
///     └────────────────────────────────────────────────────────────┘
/// ```
///
/// Feed it with ``append(_:)``, then call ``next(now:mask:)`` until it needs more. However the stream is cut into pieces,
/// the same comes out. What it keeps is bounded by its limits, and given back between messages.
public struct WebSocketConnection {
  /// What came next.
  public enum Event: Sendable, Equatable {
    /// Nothing more until more bytes arrive.
    case needMore
    /// A whole message.
    case message([UInt8])
    /// A ping; the frame answers it. `nil` when too many came.
    case ping(answer: [UInt8]?)
    /// A pong: the peer lives.
    case pong
    /// The peer ends the connection, or has answered our Close (`answer` is `nil` then). Send the frame, then close.
    case closed(WebSocketCloseCode, answer: [UInt8]?)
    /// The peer broke a rule. Send the frame, then close.
    case failed(WebSocketFault, close: [UInt8])
  }

  /// What time demands.
  public enum Demand: Sendable, Equatable {
    case none
    /// A ping to send.
    case ping([UInt8])
    /// The peer is silent or too slow. Send the frame, then close.
    case failed(WebSocketFault, close: [UInt8])
    /// The peer has not answered our Close in time: close.
    case abandoned
  }

  private enum State {
    case open
    /// We have sent a Close: what still comes is not for us, except the peer's.
    case closing(since: Instant)
    case closed
  }

  /// A frame whose payload is being read.
  private struct Payload {
    var header: FrameHeader
    var read = 0
  }

  /// Which end we are.
  public let role: WebSocketRole
  /// What it may cost.
  public let limits: WebSocketLimits

  private let deflate: DeflateParameters?
  private let codec: DeflateCodec?
  private var state = State.open

  /// Bytes that have not been looked at, from `start` on.
  private var buffer: [UInt8] = []
  private var start = 0
  private var payload: Payload?
  /// The payload of a control frame, which may stand between fragments.
  private var control: [UInt8] = []
  private var message: MessageDraft?
  private var window = ControlWindow()

  private var lastReceived: Instant
  /// When we asked for a sign of life that has not come.
  private var pingSent: Instant?

  /// A connection right after its upgrade.
  ///
  /// - Parameters:
  ///   - deflate: what the handshake agreed upon.
  ///   - codec: one that all connections of a thread share; not used where a context is kept.
  public init(
    role: WebSocketRole, deflate: DeflateParameters? = nil, codec: DeflateCodec? = nil,
    limits: WebSocketLimits = WebSocketLimits(), now: Instant
  ) {
    self.role = role
    self.limits = limits
    self.deflate = deflate
    self.codec = deflate.map { ($0.keepsContext ? nil : codec) ?? DeflateCodec() }
    lastReceived = now
  }

  /// Whether messages can be sent.
  public var isOpen: Bool {
    if case .open = state { true } else { false }
  }

  /// How many bytes are kept.
  public var keptByteCount: Int { buffer.count - start + (message?.bytes.count ?? 0) + control.count }

  // MARK: Receiving

  /// Takes in what the stream brought.
  public mutating func append(_ bytes: Span<UInt8>, now: Instant) {
    if case .closed = state { return }
    lastReceived = now
    pingSent = nil
    buffer.append(copying: bytes)
  }

  /// The next event.
  ///
  /// - Parameter mask: for a frame that answers; random, a new one for every call. A server needs none.
  public mutating func next(now: Instant, mask: UInt32 = 0) -> Event {
    if case .closed = state { return .needMore }
    do throws(WebSocketFault) {
      while true {
        if payload == nil {
          guard try readHeader(now: now) else { return wait() }
        }
        guard try readPayload() else { return wait() }
        guard let done = payload else { continue }
        payload = nil
        if let event = try finished(done.header, now: now, mask: mask) { return event }
      }
    } catch {
      return .failed(error, close: fail(error, mask: mask))
    }
  }

  /// Reads the next frame's header; false when it is not here yet.
  private mutating func readHeader(now: Instant) throws(WebSocketFault) -> Bool {
    guard case .header(let header, let count) = try nextHeader() else { return false }
    start += count
    if header.opcode.isControl {
      guard window.admits(now, limits) else { throw .tooManyControlFrames }
    } else {
      try begin(header, now: now)
    }
    payload = Payload(header: header)
    return true
  }

  private func nextHeader() throws(WebSocketFault) -> FrameHeader.Reading {
    try FrameHeader.read(
      buffer.span.extracting(start..<buffer.count), from: role == .server ? .client : .server,
      allowsCompression: deflate != nil, maximum: limits.messageBytes)
  }

  /// Begins or continues a message (RFC 6455 §5.4).
  private mutating func begin(_ header: FrameHeader, now: Instant) throws(WebSocketFault) {
    if case .closing = state { return }
    switch (header.opcode, message) {
    case (.continuation, .some(var draft)):
      guard draft.fragments < limits.fragments else { throw .tooManyFragments }
      guard header.length <= limits.messageBytes - draft.bytes.count else { throw .messageTooBig }
      draft.fragments += 1
      message?.fragments = draft.fragments
    case (.text, nil), (.binary, nil):
      message = MessageDraft(isText: header.opcode == .text, isCompressed: header.isCompressed, began: now)
    case (.continuation, nil), (.text, .some), (.binary, .some), (.close, _), (.ping, _), (.pong, _):
      throw .badFragment
    }
  }

  /// Reads as much of the payload as is here; whether that was all of it.
  private mutating func readPayload() throws(WebSocketFault) -> Bool {
    guard let current = payload else { return false }
    let header = current.header
    let count = min(header.length - current.read, buffer.count - start)
    // A second name for the same bytes, so that they may be read while other parts of the machine change.
    let received = buffer
    let part = received.span.extracting(start..<start + count)
    if header.opcode.isControl {
      FrameMask.append(part, masked: header.mask ?? 0, from: current.read, to: &control)
    } else if isOpen {
      message?.append(part, mask: header.mask, from: current.read)
    }
    start += count
    payload?.read += count
    return current.read + count == header.length
  }

  /// A frame is whole.
  private mutating func finished(
    _ header: FrameHeader, now: Instant, mask: UInt32
  ) throws(WebSocketFault) -> Event? {
    switch header.opcode {
    case .continuation, .text, .binary:
      guard header.isFinal, let draft = message else { return nil }
      message = nil
      return .message(try whole(draft))
    case .ping:
      defer { control = [] }
      guard isOpen else { return nil }
      guard window.answers(now, limits) else { return .ping(answer: nil) }
      return .ping(answer: frame(.pong, control.span, mask: mask))
    case .pong:
      control = []
      return isOpen ? .pong : nil
    case .close:
      defer { control = [] }
      return try closed(mask: mask)
    }
  }

  private func whole(_ draft: MessageDraft) throws(WebSocketFault) -> [UInt8] {
    var bytes = draft.bytes
    if draft.isCompressed {
      guard let deflate, let codec else { throw .reservedBits }
      let keepsContext = role == .server ? deflate.clientKeepsContext : deflate.serverKeepsContext
      bytes = try codec.inflate(bytes, keepsContext: keepsContext, limits: limits)
    }
    if draft.isText {
      guard (try? UTF8Span(validating: bytes.span)) != nil else { throw .invalidUTF8 }
    }
    return bytes
  }

  /// The peer's Close (§5.5.1).
  private mutating func closed(mask: UInt32) throws(WebSocketFault) -> Event {
    var code = WebSocketCloseCode.noStatus
    if !control.isEmpty {
      guard control.count >= 2 else { throw .badClose }
      code = WebSocketCloseCode(rawValue: UInt16(control[0]) << 8 | UInt16(control[1]))
      guard code.maybeSent else { throw .badClose }
      guard (try? UTF8Span(validating: control.span.extracting(2..<control.count))) != nil else { throw .invalidUTF8 }
    }
    let isAnswer = !isOpen
    // The code goes back as it came.
    let answer = isAnswer ? nil : frame(.close, Array(control.prefix(2)).span, mask: mask)
    end()
    return .closed(code, answer: answer)
  }

  /// Gives memory back when there is nothing to keep.
  private mutating func wait() -> Event {
    if start == buffer.count {
      buffer = []
      start = 0
    } else if start > 4_096 {
      buffer.removeFirst(start)
      start = 0
    }
    return .needMore
  }

  private mutating func fail(_ fault: WebSocketFault, mask: UInt32) -> [UInt8] {
    let bytes = closeFrame(fault.code, mask: mask)
    end()
    return bytes
  }

  private mutating func end() {
    state = .closed
    buffer = []
    start = 0
    payload = nil
    control = []
    message = nil
  }

  // MARK: Sending

  /// A message as it leaves: as text when it is UTF-8, else as binary (RFC 7118 §4.2 allows both, browsers' programs
  /// prefer text), compressed when that was agreed upon. Empty once the connection is closing.
  ///
  /// - Parameter mask: random, a new one for every call. A server needs none.
  public mutating func send(_ message: Span<UInt8>, mask: UInt32 = 0) -> [UInt8] {
    guard isOpen else { return [] }
    let opcode: FrameOpcode = (try? UTF8Span(validating: message)) == nil ? .binary : .text
    guard let deflate, let codec else { return frame(opcode, message, mask: mask) }
    let isServer = role == .server
    let keepsContext = isServer ? deflate.serverKeepsContext : deflate.clientKeepsContext
    // What is short does not become shorter.
    guard keepsContext || message.count >= 128 else { return frame(opcode, message, mask: mask) }
    guard
      let compressed = codec.deflate(
        message, windowBits: isServer ? deflate.serverWindowBits : deflate.clientWindowBits, keepsContext: keepsContext),
      keepsContext || compressed.count < message.count
    else { return frame(opcode, message, mask: mask) }
    return frame(opcode, compressed.span, isCompressed: true, mask: mask)
  }

  /// Begins the closing handshake (§7.1.2); empty when it has begun.
  public mutating func close(_ code: WebSocketCloseCode = .normal, now: Instant, mask: UInt32 = 0) -> [UInt8] {
    guard isOpen else { return [] }
    state = .closing(since: now)
    message = nil
    return closeFrame(code, mask: mask)
  }

  private func closeFrame(_ code: WebSocketCloseCode, mask: UInt32) -> [UInt8] {
    let payload = [UInt8(truncatingIfNeeded: code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
    return frame(.close, payload.span, mask: mask)
  }

  private func frame(
    _ opcode: FrameOpcode, _ payload: Span<UInt8>, isCompressed: Bool = false, mask: UInt32
  ) -> [UInt8] {
    FrameHeader.frame(opcode, payload, isCompressed: isCompressed, mask: role == .client ? mask : nil)
  }

  // MARK: Time

  /// When ``advance(now:mask:)`` wants to be called; `nil` for never.
  public var nextDeadline: Instant? {
    switch state {
    case .open:
      let ping = limits.pingInterval.map { max(lastReceived, pingSent ?? lastReceived) + $0 }
      let completion = message.map { $0.began + limits.messageCompletion }
      return Instant.earlier(ping, completion)
    case .closing(let since): return since + limits.closing
    case .closed: return nil
    }
  }

  /// Looks at the time.
  public mutating func advance(now: Instant, mask: UInt32 = 0) -> Demand {
    guard let deadline = nextDeadline, now >= deadline else { return .none }
    switch state {
    case .closing:
      end()
      return .abandoned
    case .closed: return .none
    case .open:
      if let message, now >= message.began + limits.messageCompletion {
        return .failed(.messageTooSlow, close: fail(.messageTooSlow, mask: mask))
      }
      guard pingSent == nil else { return .failed(.silent, close: fail(.silent, mask: mask)) }
      pingSent = now
      return .ping(frame(.ping, [UInt8]().span, mask: mask))
    }
  }
}

/// A message of which the end has not come.
private struct MessageDraft {
  let isText: Bool
  let isCompressed: Bool
  let began: Instant
  var bytes: [UInt8] = []
  var fragments = 1

  init(isText: Bool, isCompressed: Bool, began: Instant) {
    self.isText = isText
    self.isCompressed = isCompressed
    self.began = began
  }

  mutating func append(_ part: Span<UInt8>, mask: UInt32?, from position: Int) {
    if let mask {
      FrameMask.append(part, masked: mask, from: position, to: &bytes)
    } else {
      bytes.append(copying: part)
    }
  }
}

/// Counts control frames, so that nobody keeps us busy with them.
private struct ControlWindow {
  private var began: Instant?
  private var frames = 0
  private var answered = 0

  mutating func admits(_ now: Instant, _ limits: WebSocketLimits) -> Bool {
    if let began, now < began + limits.controlWindow {
      guard frames < limits.controlFrames else { return false }
    } else {
      began = now
      frames = 0
      answered = 0
    }
    frames += 1
    return true
  }

  mutating func answers(_ now: Instant, _ limits: WebSocketLimits) -> Bool {
    guard answered < limits.answeredPings else { return false }
    answered += 1
    return true
  }
}
