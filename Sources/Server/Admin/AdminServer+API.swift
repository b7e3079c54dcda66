import AdminQuery
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// A request, and whose token it brought.
struct AdminContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  var identity: AdminAPI.Identity?
  /// What it brought.
  var token: String?
  var trace: TraceParent?

  init(source: Source) { coreContext = .init(source: source) }

  /// What a request needs its token for.
  enum Need {
    /// `read`, or the node's own token.
    case read
    /// `guard`, or the node's own token: the posture of IF.guard.
    case posture
    /// `alerts`, or the node's own token: telling IF.guard of alerts.
    case alerts
    /// `record`, or the node's own token: recordings of calls.
    case record
    /// The node's own token: everything else that changes something.
    case admin

    /// The scope of a minted token that will do; nil: none does.
    var scope: String? {
      switch self {
      case .read: "read"
      case .posture: "guard"
      case .alerts: "alerts"
      case .record: "record"
      case .admin: nil
      }
    }
  }

  /// Who asks, if it may; otherwise the refusal is thrown.
  func require(_ need: Need) throws(APIError) -> AdminAPI.Identity {
    guard let identity else { throw APIError.unauthorized("no token") }
    if identity.isAdmin { return identity }
    guard let scope = need.scope else {
      throw APIError.forbidden(
        "this needs the node's own token (state_dir/keys/admin.token); yours has \(Self.list(identity))")
    }
    guard identity.scopes.contains(scope) else {
      throw APIError.forbidden("this needs a token with the scope \(scope); yours has \(Self.list(identity))")
    }
    return identity
  }

  private static func list(_ identity: AdminAPI.Identity) -> String { identity.scopes.sorted().joined(separator: ", ") }
}

/// A refusal, with the headers that go with it.
struct APIError: Error {
  var answer: AdminAPI.Answer
  var headers: HTTPFields = [:]

  static func unauthorized(_ reason: String, _ detail: String? = nil) -> APIError {
    let challenge = "Bearer realm=\"ifsip-proxy\"" + (detail.map { ", error=\"\($0)\"" } ?? "")
    return APIError(
      answer: .failure(401, "UNAUTHORIZED", reason), headers: [.wwwAuthenticate: challenge])
  }

  static func forbidden(_ reason: String) -> APIError {
    APIError(
      answer: .failure(403, "FORBIDDEN", reason),
      headers: [.wwwAuthenticate: "Bearer realm=\"ifsip-proxy\", error=\"insufficient_scope\""])
  }

  static func invalid(_ reason: String) -> APIError { APIError(answer: .failure(400, "INVALID_REQUEST", reason)) }
}

// The routes under /v1.
extension AdminServer {
  static func addRoutes(_ api: AdminAPI, to router: Router<AdminContext>) {
    router.get("v1/calls") { request, context in
      _ = try context.require(.read)
      return response(await api.calls(try page(of: request, filters: ["state", "trace_id", "call_id"])))
    }
    router.get("v1/calls/:id") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      return response(await api.call(try parameter("id", context)))
    }
    router.delete("v1/calls/:id") { request, context in
      let identity = try context.require(.admin)
      try refuseQuery(of: request)
      return response(await api.hangUp(try parameter("id", context), identity))
    }
    router.get("v1/registrations") { request, context in
      _ = try context.require(.read)
      return response(await api.registrations(try page(of: request, filters: ["aor"])))
    }
    router.delete("v1/registrations/:aor") { request, context in
      let identity = try context.require(.admin)
      try refuseQuery(of: request)
      return response(await api.removeRegistrations(try parameter("aor", context), identity))
    }
    router.get("v1/witness/records") { request, context in
      _ = try context.require(.read)
      return response(await api.witnessRecords(try page(of: request, filters: ["trace_id"])))
    }
    router.post("v1/reload") { request, context in
      let identity = try context.require(.admin)
      try refuseQuery(of: request)
      return response(await api.reload(identity))
    }
  }

  /// The posture of IF.guard, and the alerts that it is told of.
  static func addGuardRoutes(_ api: AdminAPI, to router: Router<AdminContext>) {
    router.get("v1/guard/posture") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      return response(await api.posture())
    }
    router.put("v1/guard/posture") { request, context in
      let identity = try context.require(.posture)
      try refuseQuery(of: request)
      return response(await api.setPosture(try await json(of: request), identity))
    }
    router.get("v1/guard/alerts") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      return response(await api.alerts())
    }
    router.post("v1/guard/alerts") { request, context in
      let identity = try context.require(.alerts)
      try refuseQuery(of: request)
      return response(await api.receiveAlerts(try await json(of: request, upTo: maxAlertBytes), identity))
    }
  }

  /// The longest body of a request.
  static let maxBodyBytes = 65_536
  /// The longest notification of alerts: a hundred with two kilobytes of labels and annotations each, and some more.
  static let maxAlertBytes = 262_144

  static func json(of request: Request, upTo limit: Int = maxBodyBytes) async throws -> JSONValue {
    guard let body = try? await request.body.collect(upTo: limit) else {
      throw APIError.invalid("the body is longer than \(limit) bytes, or did not come whole")
    }
    guard let value = try? JSONValue(parsing: Array(body.readableBytesView)) else {
      throw APIError.invalid("the body is no JSON")
    }
    return value
  }

  static func response(_ answer: AdminAPI.Answer, _ more: HTTPFields = [:]) -> Response {
    var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
    headers.append(contentsOf: more)
    var bytes = answer.body.canonicalBytes()
    bytes.append(UInt8(ascii: "\n"))
    return Response(
      status: .init(code: answer.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func parameter(_ name: String, _ context: AdminContext) throws(APIError) -> String {
    guard let raw = context.parameters.get(name), let text = PercentEncoding.decode(raw), !text.isEmpty else {
      throw .invalid("the last part of the path is not UTF-8 in percent-encoding")
    }
    return text
  }

  static func page(of request: Request, filters: [String]) throws(APIError) -> AdminAPI.Page {
    let query = try query(of: request)
    do throws(QueryError) {
      return try AdminAPI.Page(query, filters: filters)
    } catch {
      throw .invalid(error.reason)
    }
  }

  static func refuseQuery(of request: Request) throws(APIError) {
    let query = try query(of: request)
    do throws(QueryError) {
      try query.expectNone()
    } catch {
      throw .invalid(error.reason)
    }
  }

  static func query(of request: Request) throws(APIError) -> QueryString {
    do throws(QueryError) {
      return try QueryString(parsing: request.uri.query ?? "")
    } catch {
      throw .invalid(error.reason)
    }
  }
}

/// Makes JSON of what goes wrong under `/v1`.
struct JSONErrors: RouterMiddleware {
  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    guard isAPI(request) else { return try await next(request, context) }
    do {
      return try await next(request, context)
    } catch let error as APIError {
      return AdminServer.response(error.answer, error.headers)
    } catch let error as HTTPError where error.status == .notFound {
      return AdminServer.response(.failure(404, "NOT_FOUND", "there is no such path, or not with this method"))
    } catch let error as HTTPError {
      return AdminServer.response(
        .failure(error.status.code, "HTTP_\(error.status.code)", error.body ?? error.status.reasonPhrase))
    }
  }
}

/// Wants a bearer token (RFC 6750) for everything under `/v1`; for the other pages too where others than this machine can
/// reach them.
struct BearerGuard: RouterMiddleware {
  let identify: @Sendable (String) async -> AdminAPI.Verdict
  /// Whether the pages without `/v1` are free.
  let isLoopback: Bool

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    guard isAPI(request) || !isLoopback else { return try await next(request, context) }
    do {
      var context = context
      let token = try token(of: request)
      context.identity = try await identity(of: token)
      context.identity?.trace = context.trace
      context.token = token
      if !isAPI(request) { _ = try context.require(.read) }
      return try await next(request, context)
    } catch let error as APIError {
      return AdminServer.response(error.answer, error.headers)
    }
  }

  private func token(of request: Request) throws(APIError) -> String {
    guard let header = request.headers[.authorization] else {
      throw .unauthorized(
        "this needs a token: Authorization: Bearer …, the one in state_dir/keys/admin.token or another")
    }
    let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].contains(" ") else {
      throw .unauthorized("Authorization must be: Bearer, a space, and a token", "invalid_request")
    }
    return String(parts[1])
  }

  private func identity(of token: String) async throws(APIError) -> AdminAPI.Identity {
    switch await identify(token) {
    case .accepted(let identity): return identity
    case .expired: throw .unauthorized("this token has expired; make a new one with: token create", "invalid_token")
    case .unknown: throw .unauthorized("this token is unknown or was revoked", "invalid_token")
    case .unavailable(let reason): throw APIError(answer: .failure(503, "UNAVAILABLE", reason))
    }
  }
}

/// As the router reads a path: it does not mind empty segments.
func isAPI(_ request: Request) -> Bool { request.uri.path.split(separator: "/").first == "v1" }
