import NIOCore
import TLSEngine
import Wire

/// The user event by which ``TLSHandler`` says that its handshake is over. Whoever stands behind it passes it on, so that
/// the stream learns what it has come to.
package struct TLSHandshakeCompleted: Sendable {
  /// What the handshake found out.
  package var facts: TLSFacts

  /// Makes the event.
  package init(facts: TLSFacts) {
    self.facts = facts
  }
}

/// TLS between a socket and whatever stands behind it: `ByteBuffer`s of ciphertext on one side, of plaintext on the other.
///
/// What is written between two flushes becomes one record, or as few as it takes. Ciphertext that the engine makes on its
/// own while it reads leaves when the read is complete. The peer's close_notify is told as the end of input, since that
/// is what it means; the end of the stream behind it is not told again.
final class TLSHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Plaintext that is kept for one record; at this many bytes it is encrypted without waiting for a flush, so that the
  /// channel knows how much waits.
  private static let recordBytes = 16_384
  /// Plaintext that may wait for the end of the handshake.
  private static let earlyBytes = 65_536

  private var engine: TLSEngine
  private let options: TLSFrontOptions
  private var isHandshaking = true
  private var hasEnded = false
  private var hasFailed = false
  private var needsFlush = false
  private var deadline: Scheduled<Void>?
  private var plaintext = ByteBuffer()
  private var promises: [EventLoopPromise<Void>] = []

  init(_ engine: consuming TLSEngine, options: TLSFrontOptions) {
    self.engine = engine
    self.options = options
  }

  // MARK: Opening

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  private func begin(_ context: ChannelHandlerContext) {
    guard deadline == nil else { return }
    let own = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: options.handshake.timeAmount) {
      let (handler, context) = own.value
      handler.handshakeTimedOut(context)
    }
    engine.start()
    send(context)
    context.flush()
  }

  private func handshakeTimedOut(_ context: ChannelHandlerContext) {
    guard isHandshaking, !hasFailed else { return }
    hasFailed = true
    options.counters.count(.timedOut)
    context.fireErrorCaught(TLSHandshakeTimedOut())
    context.close(promise: nil)
  }

  private func handshakeIsOver(_ context: ChannelHandlerContext) {
    isHandshaking = false
    deadline?.cancel()
    guard let facts = engine.facts else { return }
    options.counters.count(facts.isResumed ? .resumed : .full)
    context.fireUserInboundEventTriggered(TLSHandshakeCompleted(facts: facts))
    context.fireUserInboundEventTriggered(StreamFrontReady())
    if plaintext.readableBytes > 0 || !promises.isEmpty { flush(context: context) }
  }

  // MARK: Receiving

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasFailed, !hasEnded else { return }
    let ciphertext = unwrapInboundIn(data)
    engine.receive(ciphertext.readableBytesUInt8Span)
    // Answers of the engine's own must not pile up before a peer that sends and does not read.
    if send(context), !isHandshaking, !context.channel.isWritable { return fail(.malformed, context) }
    switch engine.state {
    case .handshaking: return
    case .open, .ended: if isHandshaking { handshakeIsOver(context) }
    case .failed: break
    }
    let plain = engine.takePlaintext()
    if !plain.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: plain))) }
    switch engine.state {
    case .handshaking, .open: break
    case .ended: inputEnded(context)
    case .failed(let failure): fail(failure, context)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if needsFlush {
      needsFlush = false
      context.flush()
    }
    context.fireChannelReadComplete()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event as? ChannelEvent == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
    guard !hasFailed, !hasEnded else { return }
    engine.receivedEnd()
    // A phone that is switched off says no more than this. SIP knows by itself whether a message is whole (RFC 3261
    // §18.3), so an end that an attacker made takes nothing away unnoticed.
    if isHandshaking { fail(.truncated, context) } else { inputEnded(context) }
  }

  private func inputEnded(_ context: ChannelHandlerContext) {
    guard !hasEnded else { return }
    hasEnded = true
    context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    if isHandshaking, !hasFailed { options.counters.count(.failed(.truncated)) }
    hasFailed = true
    drop()
    context.fireChannelInactive()
  }

  /// The connection is of no use any more: the peer gets the alert that says why, and who stands behind the reason.
  private func fail(_ failure: TLSFailure, _ context: ChannelHandlerContext) {
    guard !hasFailed else { return }
    hasFailed = true
    deadline?.cancel()
    options.counters.count(.failed(failure))
    options.whenFailed(failure, context.remoteAddress.flatMap { Wire.SocketAddress($0) })
    send(context)
    context.flush()
    drop()
    context.fireErrorCaught(failure)
    context.close(promise: nil)
  }

  // MARK: Sending

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    var buffer = unwrapOutboundIn(data)
    guard !hasFailed, !isHandshaking || plaintext.readableBytes + buffer.readableBytes <= Self.earlyBytes else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    if plaintext.readableBytes == 0 { plaintext = buffer } else { plaintext.writeBuffer(&buffer) }
    if let promise { promises.append(promise) }
    if !isHandshaking, plaintext.readableBytes >= Self.recordBytes { encrypt(context) }
  }

  func flush(context: ChannelHandlerContext) {
    if !isHandshaking { encrypt(context) }
    context.flush()
  }

  private func encrypt(_ context: ChannelHandlerContext) {
    guard plaintext.readableBytes > 0 || !promises.isEmpty else { return }
    if plaintext.readableBytes > 0 {
      guard engine.write(plaintext.readableBytesUInt8Span) else {
        drop()
        return
      }
      plaintext = ByteBuffer()
    }
    let bytes = ByteBuffer(bytes: engine.takeCiphertext())
    let waiting = promises
    promises = []
    guard let first = waiting.first else { return context.write(wrapOutboundOut(bytes), promise: nil) }
    for other in waiting.dropFirst() { first.futureResult.cascade(to: other) }
    context.write(wrapOutboundOut(bytes), promise: first)
  }

  /// Sends what the engine has made; `true` if there was something.
  @discardableResult
  private func send(_ context: ChannelHandlerContext) -> Bool {
    let bytes = engine.takeCiphertext()
    guard !bytes.isEmpty else { return false }
    needsFlush = true
    context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    return true
  }

  /// What waits will not be sent.
  private func drop() {
    plaintext = ByteBuffer()
    let waiting = promises
    promises = []
    for promise in waiting { promise.fail(ChannelError.ioOnClosedChannel) }
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode != .input, !hasFailed, !isHandshaking {
      encrypt(context)
      engine.closeNotify()
      send(context)
      context.flush()
    }
    context.close(mode: mode, promise: promise)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    drop()
  }
}

/// The peer has not come to an end with its handshake in time.
package struct TLSHandshakeTimedOut: Error {}
