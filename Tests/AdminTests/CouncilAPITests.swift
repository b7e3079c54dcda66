import Admin
import Testing
import Wire

/// The council: who may look, who may act, and how it is said.
@Suite struct CouncilAPITests {
  typealias Route = AdminAPITests.Route

  static let routes = [
    Route(method: "GET", path: "/v1/council/rooms"), Route(method: "GET", path: "/v1/council/rooms/council-a"),
    Route(method: "DELETE", path: "/v1/council/rooms/council-a", mustBeAdmin: true),
    Route(method: "GET", path: "/v1/council/rooms/council-a/participants"),
    Route(method: "DELETE", path: "/v1/council/rooms/council-a/participants/7", mustBeAdmin: true),
    Route(method: "GET", path: "/v1/council/admissions"), Route(method: "GET", path: "/v1/council/endpoints"),
    Route(method: "DELETE", path: "/v1/council/admissions/00ff", mustBeAdmin: true),
  ]

  @Test(arguments: routes) func everyRouteWantsItsToken(route: Route) async throws {
    try await withAdminServer { port, asked in
      for (token, status) in [(nil, 401), ("stranger", 401), ("agent", 403), ("guard", 403)] as [(String?, Int)] {
        let answer = try await send(route.method, route.path, to: port, token: token)
        #expect(answer.status == status)
      }
      let reader = try await send(route.method, route.path, to: port, token: "reader")
      #expect(reader.status == (route.mustBeAdmin ? 403 : 200))
      #expect(asked.all.isEmpty)
      let admin = try await send(route.method, route.path, to: port, token: "admin")
      #expect(admin.status == 200)
      #expect(admin.header("Content-Type") == "application/json")
      let query = try await send(route.method, route.path + "?colour=red", to: port, token: "admin")
      #expect(query.status == 400)
    }
  }

  @Test func aRoomWithThoseWhoAreInIt() async throws {
    try await withAdminServer { port, _ in
      let list = try await send("GET", "/v1/council/rooms", to: port, token: "reader").json["rooms"]?.array
      #expect(
        list == [
          [
            "id": "council-a", "trace_id": "a", "started": "2026-01-02T03:04:05.000000Z", "seconds": 5,
            "ends": "2026-01-02T03:05:05.000000Z", "capacity": 25, "count": 1,
          ]
        ])
      let one = try await send("GET", "/v1/council/rooms/council-a", to: port, token: "reader").json
      #expect(
        one["participants"]?.array == [
          [
            "number": 7, "name": "technical", "guardian": "if://guardian/technical", "kind": "h323",
            "state": "connected", "muted": false, "speaking": false, "joined": "2026-01-02T03:04:05.000000Z",
            "seconds": 5, "codec": "PCMU", "packets": 50, "lost": 1, "jitter_us": 250,
          ]
        ])
      let missing = try await send("GET", "/v1/council/rooms/council-b", to: port, token: "reader")
      #expect(missing.status == 404 && missing.json["error"] == "ROOM_NOT_FOUND")
    }
  }

  @Test func aRoomIsOpened() async throws {
    try await withAdminServer { port, asked in
      let body = #"{"id":"council-safety","capacity":12}"#
      for (token, status) in [("reader", 403), ("alerts", 403)] {
        let answer = try await send("POST", "/v1/council/rooms", to: port, token: token, body: body)
        #expect(answer.status == status)
      }
      let made = try await send("POST", "/v1/council/rooms", to: port, token: "admin", body: body)
      #expect(made.status == 201)
      #expect(made.header("Location") == "/v1/council/rooms/council-safety")
      let again = try await send("POST", "/v1/council/rooms", to: port, token: "admin", body: #"{"id":"council-a"}"#)
      #expect(again.status == 409 && again.json["error"] == "ROOM_EXISTS" && again.header("Location") == nil)
      #expect(asked.all == ["open council-safety for 12 by admin", "open council-a for 0 by admin"])
      for odd in ["", "[]", "{", #"{"id":"hall"}"#, #"{"capacity":26}"#, #"{"capacity":0}"#, #"{"colour":"red"}"#] {
        let answer = try await send("POST", "/v1/council/rooms", to: port, token: "admin", body: odd)
        #expect(answer.status == 400 && answer.json["error"] == "INVALID_REQUEST", "\(odd)")
      }
      #expect(asked.all.count == 2)
    }
  }

  @Test func somebodyIsMutedAndExpelled() async throws {
    try await withAdminServer { port, asked in
      let path = "/v1/council/rooms/council-a/participants/7"
      let mute = try await send("POST", path, to: port, token: "admin", body: #"{"muted":true}"#)
      #expect(mute.status == 200 && mute.json["muted"] == true)
      let reader = try await send("POST", path, to: port, token: "reader", body: #"{"muted":true}"#)
      #expect(reader.status == 403)
      for odd in ["{}", #"{"muted":1}"#, #"{"muted":true,"volume":3}"#] {
        let status = try await send("POST", path, to: port, token: "admin", body: odd).status
        #expect(status == 400, "\(odd)")
      }
      for odd in ["x", "-1", "+7", "18446744073709551616"] {
        let answer = try await send(
          "DELETE", "/v1/council/rooms/council-a/participants/\(odd)", to: port, token: "admin")
        #expect(answer.status == 400)
      }
      let expel = try await send("DELETE", path, to: port, token: "admin")
      #expect(expel.status == 200)
      #expect(asked.all == ["mute true 7 of council-a by admin", "expel 7 of council-a by admin"])
    }
  }
}
