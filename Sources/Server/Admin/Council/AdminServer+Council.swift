import AdminQuery
import HTTPTypes
import Hummingbird
import Wire

// The council under /v1/council. To look needs `read`; to begin, to end and to mute needs the node's own token, as hanging
// up does.
extension AdminServer {
  static func addCouncilRoutes(_ council: AdminCouncil, to router: Router<AdminContext>) {
    router.get("v1/council/rooms") { request, context in
      _ = try context.require(.read)
      return response(await council.rooms(try page(of: request, filters: ["trace_id"])))
    }
    router.post("v1/council/rooms") { request, context in
      let identity = try context.require(.admin)
      try refuseQuery(of: request)
      let order = try order(try await json(of: request), RoomOrder.init)
      let answer = await council.openRoom(order, identity)
      guard answer.status == 201, let id = answer.body["id"]?.string else { return response(answer) }
      return response(answer, [.location: "/v1/council/rooms/\(PercentEncoding.encode(id))"])
    }
    router.get("v1/council/rooms/:id") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      return response(await council.room(try parameter("id", context)))
    }
    router.delete("v1/council/rooms/:id") { request, context in
      let identity = try context.require(.admin)
      try refuseQuery(of: request)
      return response(await council.endRoom(try parameter("id", context), identity))
    }
    addParticipantRoutes(council, to: router)
    router.get("v1/council/admissions") { request, context in
      _ = try context.require(.read)
      return response(await council.admissions(try page(of: request, filters: ["trace_id"])))
    }
    router.delete("v1/council/admissions/:id") { request, context in
      let identity = try context.require(.admin)
      try refuseQuery(of: request)
      return response(await council.revokeAdmission(try parameter("id", context), identity))
    }
    router.get("v1/council/endpoints") { request, context in
      _ = try context.require(.read)
      return response(await council.endpoints(try page(of: request, filters: [])))
    }
  }

  private static func addParticipantRoutes(_ council: AdminCouncil, to router: Router<AdminContext>) {
    router.get("v1/council/rooms/:id/participants") { request, context in
      _ = try context.require(.read)
      try refuseQuery(of: request)
      return response(await council.participants(try parameter("id", context)))
    }
    router.post("v1/council/rooms/:id/participants/:number") { request, context in
      let identity = try context.require(.admin)
      try refuseQuery(of: request)
      let number = try number(context)
      let order = try order(try await json(of: request), ParticipantOrder.init)
      return response(await council.change(try parameter("id", context), number, order, identity))
    }
    router.delete("v1/council/rooms/:id/participants/:number") { request, context in
      let identity = try context.require(.admin)
      try refuseQuery(of: request)
      return response(await council.expel(try parameter("id", context), try number(context), identity))
    }
  }

  private static func number(_ context: AdminContext) throws(APIError) -> UInt64 {
    let text = try parameter("number", context)
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(text) else {
      throw .invalid("a participant is named by its number, as the room's list shows it")
    }
    return number
  }

  private static func order<Order>(
    _ body: JSONValue, _ read: (JSONValue) throws(QueryError) -> Order
  ) throws(APIError) -> Order {
    do throws(QueryError) {
      return try read(body)
    } catch {
      throw .invalid(error.reason)
    }
  }
}
