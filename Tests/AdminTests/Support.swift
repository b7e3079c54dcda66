import Admin
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Wire

/// What the API was asked, and by whom.
final class Asked: Sendable {
  private let list = Mutex<[String]>([])
  var all: [String] { list.withLock { $0 } }
  func note(_ text: String) { list.withLock { $0.append(text) } }

  private let names = Mutex<Set<String>>([])
  /// Whether nobody has asked so before.
  func isFirst(_ name: String) -> Bool { names.withLock { $0.insert(name).inserted } }
}

/// An admin listener on a free port with an API that answers what it was asked.
func withAdminServer(
  host: String = "127.0.0.1", heartbeat: Duration = .seconds(15),
  _ body: @escaping @Sendable (_ port: Int, Asked) async throws -> Void
) async throws {
  let asked = Asked()
  let (ports, port) = AsyncStream.makeStream(of: Int.self)
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  let server = AdminServer(
    host: host, port: 0,
    views: .init(
      metrics: { "metric{form=\"\($0)\"} 1\n" }, illness: { nil }, refusal: { "draining" },
      checkpoint: { Array("o\n".utf8) },
      tile: { path in
        asked.note(path)
        return path == "tile/0/x001/000.p/5" ? [1, 2] : nil
      }), api: api(asked), logger: logger, heartbeat: heartbeat
  ) { number in
    port.yield(number)
    port.finish()
  }
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await server.run() }
    for await number in ports { try await body(number, asked) }
    group.cancelAll()
    // Cancelling is how it is stopped here; what it says of that is of no interest.
    while let result = await group.nextResult() { _ = result }
  }
}

/// Tokens by name: `admin`, `reader`, `guard`, `alerts`, `recorder`, `agent`, `old`, `brief` (good once), `broken`;
/// everything else is unknown.
private func api(_ asked: Asked) -> AdminAPI {
  @Sendable func page(_ page: AdminAPI.Page) -> JSONValue {
    [
      "limit": .integer(Int64(page.limit)), "cursor": page.cursor.map(JSONValue.string) ?? .null,
      "filters": .object(JSONObject(page.filters.mapValues(JSONValue.string))),
    ]
  }
  return AdminAPI(
    identify: { token in
      switch token {
      case "admin": .accepted(.init(name: "admin", isAdmin: true))
      case "reader": .accepted(.init(name: "r1", scopes: ["read"]))
      case "guard": .accepted(.init(name: "g1", scopes: ["guard"]))
      case "alerts": .accepted(.init(name: "m1", scopes: ["alerts"]))
      case "recorder": .accepted(.init(name: "t1", scopes: ["record"]))
      case "agent": .accepted(.init(name: "a1", scopes: ["escalate", "whip"]))
      case "old": .expired
      case "brief": asked.isFirst("brief") ? .accepted(.init(name: "b1", scopes: ["read"])) : .expired
      case "broken": .unavailable("the disk is gone")
      default: .unknown
      }
    },
    calls: { .init(200, page($0)) },
    call: { id in
      asked.note("show \(id)")
      return id == "none" ? .failure(404, "CALL_NOT_FOUND", "no such call") : .init(200, ["id": .string(id)])
    },
    hangUp: { id, who in
      asked.note("hang up \(id) by \(who.name)")
      return .init(200, ["id": .string(id)])
    },
    registrations: { .init(200, page($0)) },
    removeRegistrations: { aor, who in
      asked.note("remove \(aor) by \(who.name)")
      return .init(200, ["aor": .string(aor)])
    },
    reload: { who in
      asked.note("reload by \(who.name)\(who.trace.map { " in \($0.traceID)" } ?? "")")
      return .failure(422, "CONFIG_INVALID", "line 3")
    },
    posture: { .init(200, ["posture": "normal"]) },
    setPosture: { body, who in
      asked.note("posture \(body["posture"]?.string ?? "?") by \(who.name)")
      return .init(200, body)
    },
    alerts: { .init(200, ["alerts": []]) },
    receiveAlerts: { body, who in
      asked.note("alerts \(body["version"]?.string ?? "?") by \(who.name)")
      return .init(200, [:])
    },
    witnessRecords: { .init(200, page($0)) }, witness: witness(asked), recordings: recordings(asked),
    council: council(asked))
}

private func recordings(_ asked: Asked) -> AdminRecordings {
  AdminRecordings(
    start: { call, body, who in
      asked.note("record \(call) as \(body["format"]?.string ?? "?") by \(who.name)")
      return .init(201, ["id": "1"])
    },
    stop: { id, who in
      asked.note("stop \(id) by \(who.name)")
      return .init(200, ["id": .string(id)])
    }, list: { .init(200, ["recordings": []]) }, show: { .init(200, ["id": .string($0)]) })
}

/// Records 0 to 9, and streams by trace_id: `finite` ends by itself, `silent` never says anything, `full` is refused.
private func witness(_ asked: Asked) -> AdminWitness {
  AdminWitness(
    record: { number in
      number < 10
        ? .found(Array(#"{"seq":\#(number),"text":"é"}"#.utf8)) : .failure(.failure(404, "NO_SUCH_RECORD", "none"))
    },
    key: { .init(200, ["key": "log+00000000+AQ=="]) },
    events: { watch in
      asked.note(
        "watch \(watch.traceID ?? "-") \(watch.events) since \(watch.since?.rfc3339 ?? "-") after "
          + (watch.after.map { "\($0)" } ?? "-"))
      guard watch.traceID != "full" else { return .failure(.failure(503, "TOO_MANY_READERS", "16 read along")) }
      let (signal, cancel) = AsyncStream.makeStream(of: Void.self)
      let steps = Mutex<[[AdminWitness.Event]]>(
        watch.traceID == "finite"
          ? [
            [.record(7, Array(#"{"seq":7}"#.utf8)), .skipped(8..<10), .live(10)], [.nothing(10)],
            [.record(10, [0x7B, 0x7D])],
          ]
          : [])
      return .open(
        .init(
          next: { patience in
            if let step = steps.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return step }
            if watch.traceID == "finite" { return nil }
            let isCancelled = await withTaskGroup(of: Bool.self) { group in
              group.addTask {
                for await _ in signal {}
                return !Task.isCancelled
              }
              group.addTask {
                try? await Task.sleep(for: patience)
                return false
              }
              defer { group.cancelAll() }
              return await group.next() ?? false
            }
            return isCancelled ? nil : [.nothing(10)]
          },
          cancel: {
            asked.note("cancel")
            cancel.finish()
          }))
    })
}

/// An HTTP answer as it came.
struct Answer: Sendable {
  let text: String

  var status: Int { Int(text.dropFirst(9).prefix(3)) ?? 0 }
  var body: String { text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "" }
  var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  /// The body without the framing of chunks (RFC 9112 §7.1).
  var unchunked: String {
    var rest = Array(body.utf8)[...]
    var whole: [UInt8] = []
    while let end = rest.firstIndex(of: 0x0D),
      let count = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16),
      count > 0, end + 4 + count <= rest.endIndex
    {
      whole += rest[(end + 2)..<(end + 2 + count)]
      rest = rest[(end + 4 + count)...]
    }
    return String(decoding: whole, as: UTF8.self)
  }

  func header(_ name: String) -> String? {
    text.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
      .map { String($0.drop { $0 != ":" }.dropFirst(2)) }
  }
}

/// One request on a connection of its own.
func send(
  _ method: String, _ path: String, to port: Int, token: String? = nil, host: String = "127.0.0.1",
  headers: [String] = [], body: String? = nil
) async throws -> Answer {
  var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Connection: close"] + headers
  if let token { lines.append("Authorization: Bearer \(token)") }
  if let body { lines.append("Content-Length: \(body.utf8.count)") }
  let request = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
  let group = MultiThreadedEventLoopGroup.singleton
  let collected = group.next().makePromise(of: String.self)
  let channel = try await ClientBootstrap(group: group)
    .channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(Collector(collected))
      }
    }
    .connect(host: "127.0.0.1", port: port).get()
  try await channel.writeAndFlush(ByteBuffer(string: request))
  return Answer(text: try await collected.futureResult.get())
}

/// Sends a request, waits for the beginning of the answer, and closes the connection.
func sendAndLeave(_ path: String, to port: Int, token: String) async throws {
  let group = MultiThreadedEventLoopGroup.singleton
  let begun = group.next().makePromise(of: Void.self)
  let channel = try await ClientBootstrap(group: group)
    .channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Beginning(begun)) }
    }
    .connect(host: "127.0.0.1", port: port).get()
  try await channel.writeAndFlush(
    ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\r\n"))
  try await begun.futureResult.get()
  try await channel.close()
}

private final class Beginning: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let promise: EventLoopPromise<Void>

  init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { promise.succeed() }
  func channelInactive(context: ChannelHandlerContext) { promise.succeed() }
}

private final class Collector: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private var text = ""
  private let promise: EventLoopPromise<String>

  init(_ promise: EventLoopPromise<String>) { self.promise = promise }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { text += String(buffer: unwrapInboundIn(data)) }
  func channelInactive(context: ChannelHandlerContext) { promise.succeed(text) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }
}

/// One room, `council-a`, that one endpoint has called; what it was told is noted.
private func council(_ asked: Asked) -> AdminCouncil {
  let time = UTCTimestamp(rfc3339: "2026-01-02T03:04:05Z") ?? .epoch
  let room = CouncilRoomView(
    id: "council-a", traceID: "a", startedAt: time, endsAt: time.advanced(by: .seconds(60)), capacity: 25,
    participants: [
      CouncilParticipantView(
        number: 7, name: "technical", guardian: "if://guardian/technical", kind: .h323, state: .connected,
        joinedAt: time, codec: "PCMU", packets: 50, lost: 1, jitter: .microseconds(250))
    ])
  let now = time.advanced(by: .seconds(5))
  @Sendable func none(_ id: String) -> AdminAPI.Answer { .failure(404, "ROOM_NOT_FOUND", "there is no room \(id)") }
  return AdminCouncil(
    rooms: { page in .init(200, ["rooms": [room.json(at: now)], "limit": .integer(Int64(page.limit))]) },
    openRoom: { order, who in
      asked.note("open \(order.id ?? "-") for \(order.capacity ?? 0) by \(who.name)")
      guard order.id != "council-a" else { return .failure(409, "ROOM_EXISTS", "it is there already") }
      return .init(201, ["id": .string(order.id ?? "council-made")])
    },
    room: { $0 == room.id ? .init(200, room.json(at: now, isWhole: true)) : none($0) },
    endRoom: { id, who in
      asked.note("end \(id) by \(who.name)")
      return id == room.id ? .init(200, ["id": .string(id)]) : none(id)
    },
    participants: { id in
      id == room.id ? .init(200, ["participants": .array(room.participants.map { $0.json(at: now) })]) : none(id)
    },
    change: { id, number, order, who in
      asked.note("mute \(order.isMuted) \(number) of \(id) by \(who.name)")
      return .init(200, ["number": .integer(Int64(number)), "muted": .bool(order.isMuted)])
    },
    expel: { id, number, who in
      asked.note("expel \(number) of \(id) by \(who.name)")
      return .init(200, ["number": .integer(Int64(number))])
    },
    admissions: { _ in .init(200, ["admissions": []]) },
    revokeAdmission: { id, who in
      asked.note("revoke \(id) by \(who.name)")
      return .init(200, ["id": .string(id)])
    },
    endpoints: { _ in .init(200, ["endpoints": []]) })
}
