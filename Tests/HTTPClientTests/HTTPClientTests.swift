import CertificateSupport
import HTTPClient
import NIOCore
import NIOPosix
import Synchronization
import TLSEngine
import Testing
import Transport
import Wire

@Suite("HTTP client", .serialized) struct HTTPClientTests {
  /// A server that answers every request it has whole with the next of some texts, and closes when told.
  private final class Server: Sendable {
    let channel: any Channel
    private let seen = Box<[String]>([])
    private let accepted = Box(0)

    var port: UInt16 { UInt16(channel.localAddress?.port ?? 0) }
    var requests: [String] { seen.value }
    var connections: Int { accepted.value }

    init(_ answers: [String], closes: Bool = false, context: TLSContext? = nil) async throws {
      let (answers, seen, accepted) = (Box(answers), seen, accepted)
      let options = TLSFrontOptions(clock: { certificateNow })
      let front = context.map { context in StreamFront.tls(accepting: { context }, options: options) }
      channel = try await ServerBootstrap(group: HTTPClientTests.group)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            accepted.change { $0 += 1 }
            try front?.addHandlers(channel, nil)
            try channel.pipeline.syncOperations.addHandler(Answering(answers, seen, closes: closes))
          }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    }
  }

  private final class Box<Value: Sendable>: Sendable {
    private let held: Mutex<Value>
    init(_ value: Value) { held = Mutex(value) }
    var value: Value { held.withLock { $0 } }
    func change<Result: Sendable>(_ change: @Sendable (inout Value) -> Result) -> Result {
      held.withLock { change(&$0) }
    }
  }

  private final class Answering: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let answers: Box<[String]>
    private let seen: Box<[String]>
    private let closes: Bool
    private var text = ""

    init(_ answers: Box<[String]>, _ seen: Box<[String]>, closes: Bool) {
      self.answers = answers
      self.seen = seen
      self.closes = closes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      text += String(buffer: unwrapInboundIn(data))
      guard let head = text.firstRange(of: "\r\n\r\n"), let mark = text.firstRange(of: "Content-Length: "),
        let length = Int(text[mark.upperBound...].prefix { $0.isNumber }), text[head.upperBound...].utf8.count >= length
      else { return }
      let request = text
      text = ""
      seen.change { $0.append(request) }
      let answer = answers.change { $0.isEmpty ? "" : $0.removeFirst() }
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
      if closes { context.close(promise: nil) }
    }
  }

  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  private static let good = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nyes"

  private func client(
    _ port: UInt16, front: StreamFront? = nil, isSecure: Bool = false, _ change: (inout HTTPLimits) -> Void = { _ in }
  ) -> HTTPClient {
    var limits = HTTPLimits()
    limits.connect = .seconds(1)
    limits.exchange = .seconds(1)
    change(&limits)
    return HTTPClient(
      HTTPTarget(isSecure: isSecure, host: "127.0.0.1", port: port, path: "/a"), on: Self.group, front: front,
      limits: limits)
  }

  private func ask(_ client: HTTPClient, _ body: String = "what") async -> Result<HTTPAnswer, HTTPFailure> {
    do {
      return .success(try await client.post(Array(body.utf8), to: "/b", contentType: "text/plain"))
    } catch {
      return .failure(error)
    }
  }

  @Test("The request is what HTTP wants, and the connection is used again")
  func twice() async throws {
    let server = try await Server([Self.good, Self.good])
    let client = client(server.port)
    for _ in 0..<2 {
      let answer = try await ask(client).get()
      #expect(answer == HTTPAnswer(status: 200, contentType: "text/plain", body: Array("yes".utf8)))
    }
    #expect(server.connections == 1)
    let request = try #require(server.requests.first)
    #expect(request.hasPrefix("POST /a/b HTTP/1.1\r\n"))
    #expect(request.contains("Host: 127.0.0.1:\(server.port)\r\n") && request.contains("Content-Length: 4\r\n"))
    #expect(request.hasSuffix("\r\n\r\nwhat"))
    await client.close()
    try await server.channel.close()
  }

  @Test("A server that lets go of the connection after each answer is connected to again, even when it did not say so")
  func letGo() async throws {
    let server = try await Server([Self.good, Self.good, Self.good], closes: true)
    let client = client(server.port)
    for _ in 0..<3 { #expect(try await ask(client).get().status == 200) }
    #expect(server.connections == 3)
    try await server.channel.close()
  }

  @Test(
    "Every kind of answer, and of none",
    arguments: [
      ("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n7\n", .success(HTTPAnswer(status: 409, body: [0x37, 0x0A]))),
      (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        .success(HTTPAnswer(status: 200, body: Array("abc".utf8)))
      ),
      ("HTTP/1.0 200 OK\r\n\r\nold", .success(HTTPAnswer(status: 200, body: Array("old".utf8)))),
      (
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", .success(HTTPAnswer(status: 204))
      ),
      ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", .failure(.closed)),
      ("\u{1}\u{2}\u{3} what\r\n\r\n", .failure(.malformed)),
      (
        "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n0123456789012345678901234567890123456789", .failure(.tooLarge(32))
      ),
      ("", .failure(.closed)),
    ] as [(String, Result<HTTPAnswer, HTTPFailure>)])
  func answers(text: String, expected: Result<HTTPAnswer, HTTPFailure>) async throws {
    let server = try await Server([text], closes: true)
    let found = await ask(client(server.port) { $0.maxBodyBytes = 32 })
    #expect(found == expected, "\(text)")
    try await server.channel.close()
  }

  @Test("Nobody there, nobody answering")
  func nobody() async throws {
    let server = try await Server([])
    let silent = try await Server(["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
    let port = server.port
    try await server.channel.close()
    guard case .failure(.unreachable) = await ask(client(port)) else {
      Issue.record("reached")
      return
    }
    #expect(await ask(client(silent.port) { $0.exchange = .milliseconds(200) }) == .failure(.timedOut))
    try await silent.channel.close()
  }

  @Test("Over TLS, with whom it should be and nobody else")
  func secure() async throws {
    let identity = Authority.shared.sign("IP:127.0.0.1")
    let now = certificateNow
    let context = try TLSContext(TLSServerConfiguration(identities: [identity]), now: now, uptime: .zero)
    let server = try await Server([Self.good, Self.good], context: context)
    func front(_ authority: Authority) throws -> StreamFront {
      var configuration = TLSClientConfiguration()
      configuration.authorities = authority.certificate
      let context = try TLSContext(configuration, now: now)
      return .tls(connecting: { context }, options: TLSFrontOptions(clock: { now }))
    }
    let good = client(server.port, front: try front(.shared), isSecure: true)
    #expect(try await ask(good).get().body == Array("yes".utf8))
    guard case .failure(.insecure) = await ask(client(server.port, front: try front(.stranger), isSecure: true)) else {
      Issue.record("believed")
      return
    }
    guard case .failure(.insecure) = await ask(client(server.port, isSecure: true)) else {
      Issue.record("asked in the clear")
      return
    }
    #expect(server.requests.count == 1)
    await good.close()
    try await server.channel.close()
  }
}
