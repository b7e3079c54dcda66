import AdminQuery
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Wire

// IF.witness with a token: records to the byte, the key, and the event stream.
extension AdminServer {
  static func addWitnessRoutes(_ api: AdminAPI, heartbeat: Duration, to router: Router<AdminContext>) {
    let witness = api.witness
    router.get("v1/witness/records/:seq") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      guard let text = context.parameters.get("seq"), let number = UInt64(text), "\(number)" == text else {
        throw APIError.invalid("a record is named by its number")
      }
      switch await witness.record(number) {
      case .failure(let answer): return response(answer)
      case .found(let line):
        // The very bytes: a hash of them is compared with the tree.
        return Response(
          status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: line)))
      }
    }
    router.get("v1/witness/key") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      return response(await witness.key())
    }
    router.get("v1/events") { request, context in
      _ = try context.require(.read)
      let watch = try watch(of: request)
      let events: AdminWitness.Events
      switch await witness.events(watch) {
      case .failure(let answer): return response(answer, answer.status == 503 ? [.retryAfter: "5"] : [:])
      case .open(let opened): events = opened
      }
      let token = context.token
      let stream = EventStream(events: events, heartbeat: heartbeat) {
        // A token that was revoked or has expired meanwhile reads on no longer than one heartbeat.
        guard let token else { return false }
        return switch await api.identify(token) {
        case .accepted, .unavailable: true
        case .expired, .unknown: false
        }
      }
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
        body: ResponseBody { writer in
          defer { events.cancel() }
          try await withGracefulShutdownHandler {
            try await request.body.consumeWithInboundCloseHandler { _ in
              try await stream.write(to: &writer)
            } onInboundClosed: {
              events.cancel()
            }
          } onGracefulShutdown: {
            events.cancel()
          }
          try await writer.finish(nil)
        })
    }
  }

  private static func watch(of request: Request) throws(APIError) -> AdminAPI.Watch {
    let query = try query(of: request)
    do throws(QueryError) {
      return try AdminAPI.Watch(query, lastEventID: lastEventID.flatMap { request.headers[$0] })
    } catch {
      throw .invalid(error.reason)
    }
  }

  /// The number of the record that a reader has seen last.
  private static let lastEventID = HTTPField.Name("Last-Event-ID")
}

/// Writes one reader's events until nothing more comes, the reader is gone or its token is worthless.
private struct EventStream: Sendable {
  let events: AdminWitness.Events
  let heartbeat: Duration
  let isStillWelcome: @Sendable () async -> Bool

  func write(to writer: inout any ResponseBodyWriter) async throws {
    try await writer.write(ByteBuffer(bytes: ServerSentEvents.opening()))
    let clock = ContinuousClock()
    var (written, judged) = (clock.now, clock.now)
    // Each write waits until the socket takes it; what gathers meanwhile is bounded where it gathers.
    while let arrived = await events.next(heartbeat) {
      var bytes: [UInt8] = []
      for event in arrived {
        // Of what nobody wants to hear much can happen: only silence is told.
        if case .nothing = event, clock.now - written < heartbeat { continue }
        ServerSentEvents.append(event, to: &bytes)
      }
      if !bytes.isEmpty {
        try await writer.write(ByteBuffer(bytes: bytes))
        written = clock.now
      }
      guard clock.now - judged >= heartbeat else { continue }
      judged = clock.now
      guard await isStillWelcome() else {
        return try await writer.write(
          ByteBuffer(bytes: ServerSentEvents.closing("the token was revoked or has expired")))
      }
    }
  }
}
