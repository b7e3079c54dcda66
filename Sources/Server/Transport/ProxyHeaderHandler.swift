import NIOCore
import ProxyProtocol
import Wire

/// Reads the PROXY header that a balancer sends before everything else, then makes room: what stands in front of SIP, and
/// SIP's own handler, are added behind it and see a channel that has just become active.
///
///     socket ─ ProxyHeaderHandler ─ (TLS ─ (WebSocket ─)) StreamConnection
///              gone once the header has been read
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let deadline: Duration
  private let counters: StreamCounters
  private let admit: (any Channel, ProxyHeader) throws -> Void
  private let whenDone: () -> Void
  private var buffer: ByteBuffer?
  private var timer: Scheduled<Void>?
  private var isDone = false

  /// - Parameters:
  ///   - admit: adds the handlers behind this one, or throws when the stream is not to be.
  ///   - whenDone: called once, before `admit`, or when there will be no header.
  init(
    deadline: Duration, counters: StreamCounters, admit: @escaping (any Channel, ProxyHeader) throws -> Void,
    whenDone: @escaping () -> Void
  ) {
    self.deadline = deadline
    self.counters = counters
    self.admit = admit
    self.whenDone = whenDone
  }

  func channelActive(context: ChannelHandlerContext) {
    // Those behind hear of it when they are there.
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let counters = counters
    timer = context.eventLoop.scheduleTask(in: deadline.timeAmount) {
      counters.mute.count()
      bound.value.close(promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDone else { return context.fireChannelRead(data) }
    var bytes = unwrapInboundIn(data)
    if buffer == nil { buffer = bytes } else { buffer?.writeBuffer(&bytes) }
    guard var all = buffer else { return }
    do {
      guard case .header(let header) = try ProxyHeader.read(all.readableBytesUInt8Span) else { return }
      finish()
      all.moveReaderIndex(forwardBy: header.byteCount)
      try admit(context.channel, header)
      context.fireChannelActive()
      if all.readableBytes > 0 {
        context.fireChannelRead(wrapInboundOut(all))
        context.fireChannelReadComplete()
      }
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    } catch {
      if error is ProxyHeaderError { counters.badProxyHeaders.count() }
      finish()
      context.close(promise: nil)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if !isDone, event as? ChannelEvent == .inputClosed {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { finish() }

  private func finish() {
    guard !isDone else { return }
    isDone = true
    timer?.cancel()
    buffer = nil
    whenDone()
  }
}
