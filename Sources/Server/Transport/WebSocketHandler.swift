import NIOCore
import OpenSSLCrypto
import Reactor
import WebSocket
import Wire

/// Upgrades a stream and carries messages in frames: bytes below, one buffer per message above.
///
/// ```
///               101                     either end closes, a fault
///   .upgrading ──────► .open ──────────────────────────────────────► .ended
///      │ refused, too slow                                              ▲
///      └────────────────────────────────────────────────────────────────┘
/// ```
final class WebSocketHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    /// We listen for a request, or, as a client, for the answer to ours.
    case upgrading
    case open
    /// Nothing goes up or down any more.
    case ended
  }

  private let configuration: WebSocketFront.Configuration
  private let role: WebSocketRole
  private let codec: DeflateCodec
  private var state = State.upgrading
  private var handshake: WebSocketHandshake
  /// Once the request is sent.
  private var clientHandshake: WebSocketClientHandshake?
  private var connection: WebSocketConnection?
  /// Whether bytes can be sent at once, without a handshake below.
  private var isBelowReady: Bool
  private var isPaused = false
  private var isDraining = false
  private var timer: (due: NIODeadline, task: Scheduled<Void>)?

  init(
    _ configuration: WebSocketFront.Configuration, role: WebSocketRole, isBelowReady: Bool, codec: DeflateCodec
  ) {
    self.configuration = configuration
    self.role = role
    self.isBelowReady = isBelowReady
    self.codec = codec
    handshake = WebSocketHandshake(configuration.policy)
  }

  // MARK: The upgrade

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  private func begin(_ context: ChannelHandlerContext) {
    guard timer == nil, case .upgrading = state else { return }
    arm(context, due: .now() + configuration.upgrade.timeAmount)
    if isBelowReady { ask(context) }
  }

  /// Sends the request, as a client.
  private func ask(_ context: ChannelHandlerContext) {
    guard role == .client, clientHandshake == nil, case .upgrading = state else { return }
    let host = context.remoteAddress.flatMap { Wire.SocketAddress($0)?.description } ?? "localhost"
    let handshake = WebSocketClientHandshake(
      host: host, path: configuration.policy.path, nonce: (SecureRandom.uint64(), SecureRandom.uint64()),
      offersDeflate: configuration.policy.deflate != nil, limits: configuration.policy.limits)
    clientHandshake = handshake
    write(context, handshake.request)
    context.flush()
  }

  private func upgrade(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) {
    switch role {
    case .server:
      switch handshake.receive(bytes.readableBytesUInt8Span) {
      case .needMore: break
      case .accepted(let response, let deflate, let rest):
        configuration.counters.count(.accepted)
        write(context, response)
        context.flush()
        opened(context, deflate, rest)
      case .refused(let response, let refusal):
        configuration.counters.count(.refused(refusal))
        end(context, response, .badFraming)
      }
    case .client:
      switch clientHandshake?.receive(bytes.readableBytesUInt8Span) {
      case .needMore: break
      case .accepted(let deflate, let rest): opened(context, deflate, rest)
      case .failed, nil: end(context, [], .badFraming)
      }
    }
  }

  private func opened(_ context: ChannelHandlerContext, _ deflate: DeflateParameters?, _ rest: [UInt8]) {
    state = .open
    var connection = WebSocketConnection(
      role: role, deflate: deflate, codec: codec, limits: configuration.policy.limits, now: now)
    connection.append(rest.span, now: now)
    self.connection = connection
    rearm(context)
    context.fireUserInboundEventTriggered(StreamFrontReady())
    drain(context)
  }

  // MARK: Receiving

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    switch state {
    case .upgrading: upgrade(context, bytes)
    case .open:
      connection?.append(bytes.readableBytesUInt8Span, now: now)
      drain(context)
    case .ended: break
    }
  }

  /// Hands up what is whole, for as long as the stream takes it.
  private func drain(_ context: ChannelHandlerContext) {
    guard !isDraining else { return }
    isDraining = true
    defer { isDraining = false }
    var hasPong = false
    while !isPaused, case .open = state {
      switch connection?.next(now: now, mask: mask) {
      case .needMore, nil:
        if hasPong { context.fireUserInboundEventTriggered(StreamFrontActivity()) }
        rearm(context)
        return
      case .message(let bytes):
        context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: bytes)))
      case .ping(let answer):
        hasPong = true
        if let answer {
          // A peer that asks and does not read is not answered.
          if context.channel.isWritable { write(context, answer) }
          context.flush()
        }
      case .pong:
        hasPong = true
      case .closed(_, let answer):
        end(context, answer ?? [], .closedByPeer)
      case .failed(let fault, let close):
        end(context, close, fault == .silent || fault == .messageTooSlow ? .idle : .badFraming)
      }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is StreamFrontReady {
      // What is below is ready; we say so ourselves when the upgrade is over.
      isBelowReady = true
      ask(context)
    } else if event as? ChannelEvent == .inputClosed {
      // A peer ends by a Close frame; half a WebSocket is of no use.
      noteGone()
      if case .ended = state {} else { end(context, [], .closedByPeer) }
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  // MARK: Sending

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let message = unwrapOutboundIn(data)
    // An empty buffer only asks when all before it has left.
    guard message.readableBytes > 0 else { return context.write(data, promise: promise) }
    let frame = connection?.send(message.readableBytesUInt8Span, mask: mask) ?? []
    guard !frame.isEmpty else {
      promise?.fail(ChannelError.outputClosed)
      return
    }
    context.write(wrapOutboundOut(ByteBuffer(bytes: frame)), promise: promise)
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode != .input, let frame = connection?.close(.goingAway, now: now, mask: mask), !frame.isEmpty {
      // Not waited for: a peer that does not read would keep us for ever.
      write(context, frame)
      context.flush()
      if mode == .output { rearm(context) }
    }
    context.close(mode: mode, promise: promise)
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard let reading = event as? StreamReading else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    promise?.succeed()
    guard isPaused == reading.isOn else { return }
    isPaused = !reading.isOn
    if !isPaused {
      drain(context)
      context.fireChannelReadComplete()
    }
  }

  private func write(_ context: ChannelHandlerContext, _ bytes: [UInt8]) {
    context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
  }

  // MARK: The end

  /// Sends the last bytes, ends our side, and says so.
  private func end(_ context: ChannelHandlerContext, _ last: [UInt8], _ reason: StreamCloseReason) {
    if case .ended = state { return }
    forget()
    if !last.isEmpty { write(context, last) }
    context.flush()
    context.close(mode: .output, promise: nil)
    context.fireUserInboundEventTriggered(StreamFrontEnded(reason))
  }

  private func forget() {
    state = .ended
    connection = nil
    timer?.task.cancel()
    timer = nil
  }

  /// The peer is gone; before it was let in, if that is still open.
  private func noteGone() {
    if role == .server, isBelowReady, case .upgrading = state { configuration.counters.count(.gone) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    noteGone()
    forget()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { forget() }

  // MARK: Time

  private var now: Instant { Instant(nanoseconds: Int64(truncatingIfNeeded: NIODeadline.now().uptimeNanoseconds)) }

  /// A new key for what a client sends (RFC 6455 §5.3).
  private var mask: UInt32 { role == .client ? UInt32(truncatingIfNeeded: SecureRandom.uint64()) : 0 }

  /// Wakes up when the connection wants to, if it is not to be woken before.
  private func rearm(_ context: ChannelHandlerContext) {
    guard let deadline = connection?.nextDeadline else {
      timer?.task.cancel()
      timer = nil
      return
    }
    let due = NIODeadline.uptimeNanoseconds(UInt64(clamping: deadline.nanoseconds))
    if let timer, case .open = state, timer.due <= due, timer.due > .now() { return }
    arm(context, due: due)
  }

  private func arm(_ context: ChannelHandlerContext, due: NIODeadline) {
    timer?.task.cancel()
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    let task = context.eventLoop.scheduleTask(deadline: due) { bound.value.handler.timerFired(bound.value.context) }
    timer = (due, task)
  }

  private func timerFired(_ context: ChannelHandlerContext) {
    timer = nil
    switch state {
    case .ended: return
    case .upgrading:
      if role == .server { configuration.counters.count(.timedOut) }
      let answer =
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
      end(context, role == .server ? Array(answer.utf8) : [], .idle)
    case .open:
      // A stream that we do not read is not to blame for its silence.
      if isPaused { connection?.append([UInt8]().span, now: now) }
      switch connection?.advance(now: now, mask: mask) {
      case .none?, nil: break
      case .ping(let frame):
        if context.channel.isWritable { write(context, frame) }
        context.flush()
      case .failed(_, let close): return end(context, close, .idle)
      case .abandoned: return context.close(promise: nil)
      }
      rearm(context)
    }
  }
}
