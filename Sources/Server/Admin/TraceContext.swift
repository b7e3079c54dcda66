import HTTPTypes
import Hummingbird
import Wire

/// Takes part in the trace of a request to the API (W3C Trace Context, level 1): what is valid goes on to whoever does the
/// work, and the answer says it again, with a span of ours as the parent. What is not valid counts as not there (§4.3).
struct TraceContext: RouterMiddleware {
  private static let name = HTTPField.Name("traceparent")

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    guard isAPI(request), let name = Self.name, let trace = Self.trace(request, name) else {
      return try await next(request, context)
    }
    let own = trace.continued(by: .random(in: 1 ... .max))
    var context = context
    context.trace = own
    var response = try await next(request, context)
    response.headers[name] = own.description
    return response
  }

  /// Of two headers neither counts (§3.2.1).
  private static func trace(_ request: Request, _ name: HTTPField.Name) -> TraceParent? {
    let values = request.headers[values: name]
    return values.count == 1 ? TraceParent(values[0]) : nil
  }
}
