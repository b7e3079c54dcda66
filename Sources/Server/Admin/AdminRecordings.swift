import HTTPTypes
import Hummingbird
public import Wire

/// Recordings of calls, for whoever may make them.
public struct AdminRecordings: Sendable {
  /// `POST /v1/calls/{id}/recordings`, with its body.
  public var start: @Sendable (_ call: String, JSONValue, AdminAPI.Identity) async -> AdminAPI.Answer
  /// `DELETE /v1/recordings/{id}`: stops it, and answers when its file is whole.
  public var stop: @Sendable (_ id: String, AdminAPI.Identity) async -> AdminAPI.Answer
  /// `GET /v1/recordings`.
  public var list: @Sendable () async -> AdminAPI.Answer
  /// `GET /v1/recordings/{id}`.
  public var show: @Sendable (_ id: String) async -> AdminAPI.Answer

  /// All of it.
  public init(
    start: @escaping @Sendable (_ call: String, JSONValue, AdminAPI.Identity) async -> AdminAPI.Answer,
    stop: @escaping @Sendable (_ id: String, AdminAPI.Identity) async -> AdminAPI.Answer,
    list: @escaping @Sendable () async -> AdminAPI.Answer,
    show: @escaping @Sendable (_ id: String) async -> AdminAPI.Answer
  ) {
    self.start = start
    self.stop = stop
    self.list = list
    self.show = show
  }
}

extension AdminServer {
  static func addRecordingRoutes(_ api: AdminAPI, to router: Router<AdminContext>) {
    let recordings = api.recordings
    router.post("v1/calls/:id/recordings") { request, context in
      let identity = try context.require(.record)
      try refuseQuery(of: request)
      return response(await recordings.start(try parameter("id", context), try await json(of: request), identity))
    }
    router.get("v1/recordings") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      return response(await recordings.list())
    }
    router.get("v1/recordings/:id") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      return response(await recordings.show(try parameter("id", context)))
    }
    router.delete("v1/recordings/:id") { request, context in
      let identity = try context.require(.record)
      try refuseQuery(of: request)
      return response(await recordings.stop(try parameter("id", context), identity))
    }
  }
}
