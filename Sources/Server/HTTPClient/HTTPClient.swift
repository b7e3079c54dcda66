import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Transport

/// Asks one HTTP/1.1 server (RFC 9112), one question at a time: connects when it must, keeps the connection while the
/// server does, and gives up in time. No redirections, no proxies, no cookies, no compression.
///
/// TLS is our own engine's, so that no second TLS library comes into the process.
package final class HTTPClient: Sendable {
  /// Whom it asks.
  package let target: HTTPTarget
  private let group: any EventLoopGroup
  private let front: StreamFront?
  private let limits: HTTPLimits
  /// The connection of the last question.
  private let last = Mutex<Connection?>(nil)

  private struct Connection: Sendable {
    var channel: any Channel
    var ending: HTTPEnding
  }

  /// A client that has not connected yet.
  ///
  /// - Parameter front: what stands in front of a connection to a secure target.
  package init(
    _ target: HTTPTarget, on group: any EventLoopGroup, front: StreamFront? = nil, limits: HTTPLimits = HTTPLimits()
  ) {
    self.target = target
    self.group = group
    self.front = front
    self.limits = limits
  }

  /// Posts a body to a path below the target's own.
  package func post(_ body: [UInt8], to path: String, contentType: String) async throws(HTTPFailure) -> HTTPAnswer {
    if let connection = takeLast(), connection.channel.isActive {
      do {
        return try await ask(body, path, contentType, on: connection)
      } catch {
        // The server may have let go of it meanwhile; asking twice does no harm here.
        guard error == .closed else { throw error }
      }
    }
    return try await ask(body, path, contentType, on: try await connect())
  }

  /// Closes what is open.
  package func close() async {
    try? await takeLast()?.channel.close()
  }

  private func takeLast() -> Connection? {
    last.withLock { last in
      defer { last = nil }
      return last
    }
  }

  private func connect() async throws(HTTPFailure) -> Connection {
    guard !target.isSecure || front != nil else { throw .insecure("there are no certificates to judge it by") }
    let (front, limits, target, ending) = (target.isSecure ? front : nil, limits, target, HTTPEnding())
    do {
      let channel = try await ClientBootstrap(group: group)
        .connectTimeout(TimeAmount(limits.connect))
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try front?.addHandlers(channel, target.host)
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(HTTPExchangeHandler(limits: limits, ending: ending))
          }
        }
        .connect(host: target.host, port: Int(target.port)).get()
      return Connection(channel: channel, ending: ending)
    } catch {
      throw .unreachable(Self.reason(error))
    }
  }

  private func ask(
    _ body: [UInt8], _ path: String, _ contentType: String, on connection: Connection
  ) async throws(HTTPFailure) -> HTTPAnswer {
    var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: target.path + path)
    head.headers.add(name: "Host", value: target.authority)
    head.headers.add(name: "User-Agent", value: "ifsip-proxy")
    head.headers.add(name: "Content-Type", value: contentType)
    head.headers.add(name: "Content-Length", value: "\(body.count)")
    let (channel, ending) = (connection.channel, connection.ending)
    let promise = channel.eventLoop.makePromise(of: HTTPAnswer.self)
    // Fails when the connection has ended before the question reached the handler that answers for it.
    channel.writeAndFlush(HTTPQuestion(head: head, body: ByteBuffer(bytes: body), answer: promise))
      .whenFailure { _ in promise.fail(ending.reason) }
    do {
      let answer = try await promise.futureResult.get()
      let unused = last.withLock { last in
        defer { last = connection }
        return last
      }
      unused?.channel.close(promise: nil)
      return answer
    } catch {
      throw error as? HTTPFailure ?? .closed
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      if let last = error.connectionErrors.last { "\(last.error)" } else { "\(error.host) is no name that DNS knows" }
    case is ChannelError: "no connection in time"
    default: "\(error)"
    }
  }
}
