import NIOCore
import NIOHTTP1
import Synchronization
import TLSEngine
import Transport

/// A question on its way to a server, and whom its answer is for.
struct HTTPQuestion: Sendable {
  var head: HTTPRequestHead
  var body: ByteBuffer
  var answer: EventLoopPromise<HTTPAnswer>
}

/// Why a connection ended, for a question that comes too late to be told by it.
final class HTTPEnding: Sendable {
  private let first = Mutex<HTTPFailure?>(nil)

  /// The first reason that was given; ``HTTPFailure/closed`` when there was none.
  var reason: HTTPFailure { first.withLock { $0 } ?? .closed }

  func note(_ reason: HTTPFailure) { first.withLock { if $0 == nil { $0 = reason } } }
}

/// Asks one question at a time on one connection, and gathers the answer. Whatever goes wrong ends the connection.
///
///     idle ── write ──▶ asked ── head ──▶ reading ── end ──▶ idle         the promise has its answer
///              anything else, or the deadline ──────────────▶ closed      the promise has the reason
final class HTTPExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = HTTPQuestion
  typealias OutboundOut = HTTPClientRequestPart

  private let limits: HTTPLimits
  private var waiting: EventLoopPromise<HTTPAnswer>?
  private var answer: HTTPAnswer?
  private var deadline: Scheduled<Void>?
  /// Whether the server keeps the connection for another question.
  private var staysOpen = false
  private let ending: HTTPEnding

  init(limits: HTTPLimits, ending: HTTPEnding) {
    self.limits = limits
    self.ending = ending
  }

  // MARK: The question

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let question = unwrapOutboundIn(data)
    guard waiting == nil, context.channel.isActive else {
      promise?.fail(HTTPFailure.closed)
      return
    }
    waiting = question.answer
    let own = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: TimeAmount(limits.exchange)) {
      let (handler, context) = own.value
      handler.end(context, .timedOut)
    }
    context.write(wrapOutboundOut(.head(question.head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(question.body))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    // From here on whatever happens to the connection comes to `end`.
    promise?.succeed()
  }

  // MARK: The answer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      guard waiting != nil, answer == nil else { return end(context, .malformed) }
      answer = HTTPAnswer(status: Int(head.status.code), contentType: head.headers.first(name: "Content-Type"))
      staysOpen = head.isKeepAlive
    case .body(let bytes):
      guard let size = answer?.body.count, size + bytes.readableBytes <= limits.maxBodyBytes else {
        return end(context, .tooLarge(limits.maxBodyBytes))
      }
      answer?.body.append(contentsOf: bytes.readableBytesView)
    case .end:
      guard let found = answer, let waiting else { return end(context, .malformed) }
      deadline?.cancel()
      answer = nil
      self.waiting = nil
      waiting.succeed(found)
      if !staysOpen { context.close(promise: nil) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case let failure as TLSFailure: end(context, .insecure("\(failure)"))
    case is TLSHandshakeTimedOut: end(context, .insecure("the handshake took too long"))
    case HTTPParserError.invalidEOFState: end(context, .closed)
    case is HTTPParserError: end(context, .malformed)
    default: end(context, .closed)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // The end of what the server sends, which TLS tells before the connection itself ends.
    if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(context, .closed)
    context.fireChannelInactive()
  }

  private func end(_ context: ChannelHandlerContext, _ failure: HTTPFailure) {
    ending.note(failure)
    deadline?.cancel()
    answer = nil
    waiting?.fail(failure)
    waiting = nil
    context.close(promise: nil)
  }
}
