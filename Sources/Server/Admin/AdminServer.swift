import CoreMetrics
import Files
import HTTPTypes
import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
public import Telemetry
import Wire

/// The HTTP listener for the people who run the node: the console at `/`, `/metrics`, `/healthz`, `/readyz`, the
/// checkpoint and tiles of IF.witness, and the API under `/v1`.
///
/// The API wants a bearer token always, the pages where the listener is not on loopback (DESIGN §4).
///
/// It answers only requests whose `Host` is a loopback name or the address it listens on, so that a web page on the
/// operator's own machine cannot read it by pointing a name of its own at 127.0.0.1.
public struct AdminServer: Service {
  /// What the listener shows; each closure is asked once per request.
  public struct Views: Sendable {
    /// The metrics page, in the form that was asked for.
    public var metrics: @Sendable (MetricsFormat) async -> String
    /// Nil while the process works; otherwise why it does not, for a person.
    public var illness: @Sendable () async -> String?
    /// Nil while new calls are taken; otherwise why not.
    public var refusal: @Sendable () async -> String?
    /// The signed checkpoint of IF.witness; nil: there is none.
    public var checkpoint: @Sendable () async -> [UInt8]?
    /// A tile of IF.witness by its path (`tile/0/000`); nil: there is none.
    public var tile: @Sendable (_ path: String) async -> [UInt8]?

    /// All views.
    public init(
      metrics: @escaping @Sendable (MetricsFormat) async -> String, illness: @escaping @Sendable () async -> String?,
      refusal: @escaping @Sendable () async -> String?, checkpoint: @escaping @Sendable () async -> [UInt8]?,
      tile: @escaping @Sendable (_ path: String) async -> [UInt8]?
    ) {
      self.checkpoint = checkpoint
      self.tile = tile
      self.metrics = metrics
      self.illness = illness
      self.refusal = refusal
    }
  }

  private let host: String
  private let port: Int
  private let views: Views
  private let api: AdminAPI
  private let logger: Logger
  private let heartbeat: Duration
  private let onRunning: @Sendable (_ port: Int) async -> Void

  /// A listener on `host` and `port` (0: any free one, told to `onRunning`). After a `heartbeat` of silence an event
  /// stream says that it is still there.
  public init(
    host: String, port: Int, views: Views, api: AdminAPI, logger: Logger, heartbeat: Duration = .seconds(15),
    onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) {
    self.host = host
    self.port = port
    self.views = views
    self.api = api
    self.logger = logger
    self.heartbeat = heartbeat
    self.onRunning = onRunning
  }

  /// Serves until the task or the service group ends.
  public func run() async throws {
    let router = Router(context: AdminContext.self)
    router.add(middleware: RequestCounter())
    router.add(middleware: TraceContext())
    router.add(middleware: JSONErrors())
    router.add(middleware: HostGuard(host: host))
    router.add(middleware: BearerGuard(identify: api.identify, isLoopback: Self.isLoopback(host)))
    let views = views
    router.get("metrics") { request, _ in await Self.metrics(request, views) }
    router.get("healthz") { _, _ in
      if let illness = await views.illness() { return Self.plain(.serviceUnavailable, illness + "\n") }
      return Self.plain(.ok, "ok\n")
    }
    router.get("readyz") { _, _ in
      if let refusal = await views.refusal() { return Self.plain(.serviceUnavailable, refusal + "\n") }
      return Self.plain(.ok, "ready\n")
    }
    // Hashes alone: what a record says cannot be told from them (C2SP tlog-tiles).
    router.get("checkpoint") { _, _ in
      guard let bytes = await views.checkpoint() else { throw HTTPError(.notFound) }
      return Self.bytes(bytes, type: "text/plain; charset=utf-8", cache: "no-cache")
    }
    router.get("tile/**") { request, _ in
      guard let bytes = await views.tile(String(request.uri.path.dropFirst())) else { throw HTTPError(.notFound) }
      return Self.bytes(bytes, type: "application/octet-stream", cache: "max-age=31536000, immutable")
    }
    Self.addRoutes(api, to: router)
    Self.addGuardRoutes(api, to: router)
    Self.addRecordingRoutes(api, to: router)
    Self.addWitnessRoutes(api, heartbeat: heartbeat, to: router)
    Self.addCouncilRoutes(api.council, to: router)
    Self.addConsole(to: router)
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let onRunning = onRunning
    let application = Application(
      router: router,
      configuration: .init(address: .hostname(host, port: port), serverName: nil),
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
      logger: quiet)
    try await application.run()
  }

  /// The metrics page in the form and the coding that the scraper prefers (RFC 9110 §12.5).
  private static func metrics(_ request: Request, _ views: Views) async -> Response {
    func field(_ name: HTTPField.Name) -> String { request.headers[values: name].joined(separator: ",") }
    let format = MetricsFormat(accept: field(.accept))
    let page = await views.metrics(format)
    var headers: HTTPFields = [
      .contentType: format.contentType, .cacheControl: "no-store", .vary: "Accept, Accept-Encoding",
    ]
    if ContentCoding(acceptEncoding: field(.acceptEncoding)) == .gzip, let packed = Gzip.pack(Array(page.utf8).span) {
      headers[.contentEncoding] = "gzip"
      return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: packed)))
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
  }

  /// Whether only this machine can reach an address.
  static func isLoopback(_ host: String) -> Bool { IPAddress(host)?.isLoopback ?? (host == "localhost") }

  private static func bytes(_ bytes: [UInt8], type: String, cache: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type, .cacheControl: cache],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private static func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// Counts requests with swift-metrics: `admin_requests_total{route,class}`. A route is one of ours (`/v1/calls/{id}`),
/// never the path that was asked for.
struct RequestCounter<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      let response = try await next(request, context)
      count(context, response.status.code)
      return response
    } catch {
      count(context, (error as? any HTTPResponseError)?.status.code ?? 500)
      throw error
    }
  }

  private func count(_ context: Context, _ status: Int) {
    Counter(
      label: "admin.requests",
      dimensions: [("route", context.endpointPath ?? "none"), ("class", "\(status / 100)xx")]
    ).increment()
  }
}

/// Refuses requests whose `Host` is not ours (DNS rebinding).
struct HostGuard<Context: RequestContext>: RouterMiddleware {
  let host: String

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard let authority = request.head.authority, isOurs(authority) else {
      throw HTTPError(.misdirectedRequest, message: "this listener answers to its own address only")
    }
    return try await next(request, context)
  }

  /// Whether `authority` (`host` or `host:port`, IPv6 in brackets) names this listener.
  func isOurs(_ authority: String) -> Bool {
    let name: Substring
    let rest: Substring
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      name = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
    } else {
      name = authority.prefix { $0 != ":" }
      rest = authority[name.endIndex...]
    }
    // Behind the name stands a port or nothing: `[::1].example.net` is somebody else's.
    guard rest.isEmpty || rest.first == ":" && rest.dropFirst().utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      return false
    }
    let lowered = name.lowercased()
    return lowered == "localhost" || lowered == "127.0.0.1" || lowered == "::1" || lowered == host.lowercased()
  }
}
