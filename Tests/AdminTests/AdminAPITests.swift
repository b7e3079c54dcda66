import Admin
import Testing
import Wire

/// Who may do what, and how it is said (DESIGN §4, RFC 6750).
@Suite struct AdminAPITests {
  struct Route: Sendable {
    let method: String
    let path: String
    var mustBeAdmin = false
    var status = 200
  }

  static let routes = [
    Route(method: "GET", path: "/v1/calls"), Route(method: "GET", path: "/v1/calls/c1"),
    Route(method: "DELETE", path: "/v1/calls/c1", mustBeAdmin: true),
    Route(method: "GET", path: "/v1/registrations"), Route(method: "GET", path: "/v1/guard/posture"),
    Route(method: "GET", path: "/v1/guard/alerts"),
    Route(method: "GET", path: "/v1/recordings"), Route(method: "GET", path: "/v1/recordings/1"),
    Route(method: "DELETE", path: "/v1/recordings/1", mustBeAdmin: true),
    Route(method: "GET", path: "/v1/witness/records"),
    Route(method: "DELETE", path: "/v1/registrations/alice@if.internal", mustBeAdmin: true),
    Route(method: "POST", path: "/v1/reload", mustBeAdmin: true, status: 422),
  ]

  @Test(arguments: routes) func everyRouteWantsItsToken(route: Route) async throws {
    try await withAdminServer { port, asked in
      let bare = try await send(route.method, route.path, to: port)
      #expect(bare.status == 401)
      #expect(bare.json["error"] == "UNAUTHORIZED")
      #expect(bare.header("WWW-Authenticate") == #"Bearer realm="ifsip-proxy""#)
      for (token, text) in [("stranger", "unknown or was revoked"), ("old", "expired"), ("Admin", "unknown")] {
        let answer = try await send(route.method, route.path, to: port, token: token)
        #expect(answer.status == 401)
        #expect(answer.json["reason"]?.string?.contains(text) == true)
        #expect(answer.header("WWW-Authenticate")?.contains(#"error="invalid_token""#) == true)
      }
      let status1 = try await send(route.method, route.path, to: port, token: "broken").status
      #expect(status1 == 503)
      let agent = try await send(route.method, route.path, to: port, token: "agent")
      #expect(agent.status == 403)
      #expect(agent.json["error"] == "FORBIDDEN")
      #expect(agent.json["reason"]?.string?.contains("escalate, whip") == true)
      #expect(agent.header("WWW-Authenticate")?.contains("insufficient_scope") == true)
      if route.mustBeAdmin {
        let status2 = try await send(route.method, route.path, to: port, token: "reader").status
        #expect(status2 == 403)
      }
      // Up to here nothing was done.
      #expect(asked.all.isEmpty)
      if !route.mustBeAdmin {
        #expect(try await send(route.method, route.path, to: port, token: "reader").status == route.status)
      }
      let admin = try await send(route.method, route.path, to: port, token: "admin")
      #expect(admin.status == route.status)
      #expect(admin.header("Content-Type") == "application/json")
      #expect(admin.header("Cache-Control") == "no-store")
    }
  }

  @Test(arguments: ["Basic YWRtaW46YWRtaW4=", "Bearer", "Bearer admin admin", "admin", "bearer: admin"])
  func anotherAuthorizationIsNone(value: String) async throws {
    try await withAdminServer { port, _ in
      let status3 = try await send("GET", "/v1/calls", to: port, headers: ["Authorization: \(value)"]).status
      #expect(status3 == 401)
    }
  }

  @Test func theSchemeHasNoCase() async throws {
    try await withAdminServer { port, _ in
      let status4 = try await send("GET", "/v1/calls", to: port, headers: ["Authorization: bEARER admin"]).status
      #expect(status4 == 200)
    }
  }

  @Test(arguments: ["token", "access_token", "Authorization"])
  func aTokenInAQueryIsRefused(name: String) async throws {
    try await withAdminServer { port, _ in
      let status5 = try await send("GET", "/v1/calls?\(name)=admin", to: port).status
      #expect(status5 == 401)
      let answer = try await send("GET", "/v1/calls?\(name)=admin", to: port, token: "admin")
      #expect(answer.status == 400)
      #expect(answer.json["reason"]?.string?.contains("query") == true)
    }
  }

  @Test func whoMayRecord() async throws {
    try await withAdminServer { port, asked in
      let path = "/v1/calls/c%2F1/recordings"
      let refused = try await send("POST", path, to: port, token: "reader", body: "{}")
      #expect(refused.status == 403)
      #expect(refused.json["reason"]?.string?.contains("scope record") == true)
      let taken = try await send("POST", path, to: port, token: "recorder", body: #"{"format":"pcap"}"#)
      #expect(taken.status == 201)
      let stopped = try await send("DELETE", "/v1/recordings/1", to: port, token: "recorder").status
      #expect(stopped == 200)
      #expect(asked.all == ["record c/1 as pcap by t1", "stop 1 by t1"])
    }
  }

  /// The router does not mind empty segments; whoever asks for the token must not either.
  @Test(arguments: ["//v1/calls", "/v1//calls", "/v1/calls/", "/v1", "/v1/nothing"])
  func noSpellingOfAPathIsFree(path: String) async throws {
    try await withAdminServer { port, _ in
      let bare = try await send("GET", path, to: port)
      #expect(bare.status == 401)
      #expect(bare.json["error"] == "UNAUTHORIZED")
    }
  }

  @Test func whatIsNotThereIsSaidInJSON() async throws {
    try await withAdminServer { port, _ in
      for (method, path) in [("GET", "/v1/nothing"), ("PUT", "/v1/calls"), ("GET", "/v1/reload")] {
        let answer = try await send(method, path, to: port, token: "admin")
        #expect(answer.status == 404)
        #expect(answer.json["error"] == "NOT_FOUND")
      }
      let unknown = try await send("GET", "/v1/calls/none", to: port, token: "admin")
      #expect(unknown.status == 404)
      #expect(unknown.json["error"] == "CALL_NOT_FOUND")
    }
  }

  @Test func namesTravelPercentEncoded() async throws {
    try await withAdminServer { port, asked in
      let odd = "a/b?c %@host\u{e9}"
      _ = try await send("GET", "/v1/calls/\(PercentEncoding.encode(odd))", to: port, token: "reader")
      _ = try await send("DELETE", "/v1/calls/c%2F1", to: port, token: "admin")
      _ = try await send("DELETE", "/v1/registrations/sip%3Aalice%40if.internal", to: port, token: "admin")
      #expect(asked.all == ["show \(odd)", "hang up c/1 by admin", "remove sip:alice@if.internal by admin"])
      for broken in ["/v1/calls/%", "/v1/calls/%4", "/v1/calls/%zz", "/v1/calls/%ff"] {
        let status6 = try await send("GET", broken, to: port, token: "admin").status
        #expect(status6 == 400)
      }
    }
  }

  @Test func aPageHasItsParameters() async throws {
    try await withAdminServer { port, _ in
      let plain = try await send("GET", "/v1/calls", to: port, token: "reader")
      #expect(plain.json["limit"] == 100)
      let full = try await send(
        "GET", "/v1/calls?limit=1000&cursor=1-2&state=connected&trace_id=a%20b&call_id=c", to: port, token: "reader")
      #expect(full.json["limit"] == 1000)
      #expect(full.json["cursor"] == "1-2")
      #expect(full.json["filters"]?["trace_id"] == "a b")
      #expect(full.json["filters"]?.object?.keys.count == 3)
      for wrong in [
        "limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "aor=x", "limit=1&limit=2", "state=%ff", "nonsense",
      ] {
        let status7 = try await send("GET", "/v1/calls?\(wrong)", to: port, token: "reader").status
        #expect(status7 == 400)
      }
      let status8 = try await send("GET", "/v1/registrations?aor=x&limit=1", to: port, token: "reader").status
      #expect(status8 == 200)
      let status9 = try await send("POST", "/v1/reload?x=1", to: port, token: "admin").status
      #expect(status9 == 400)
    }
  }

  /// W3C Trace Context, level 1: §3.2.1, §3.4, §4.3.
  @Test func aTraceGoesOn() async throws {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    let value = "00-\(trace)-00f067aa0ba902b7-01"
    try await withAdminServer { port, asked in
      func reload(_ headers: [String], token: String? = "admin") async throws -> Answer {
        try await send("POST", "/v1/reload", to: port, token: token, headers: headers)
      }
      for header in ["traceparent: \(value)", "TraceParent:  \(value) "] {
        let told = try #require(TraceParent(try await reload([header]).header("traceparent") ?? ""))
        #expect(told.traceID == trace && told.isSampled)
        #expect(told.parentID != 0x00f0_67aa_0ba9_02b7, "a span of ours")
      }
      #expect(asked.all == Array(repeating: "reload by admin in \(trace)", count: 2))
      // A refusal says it, too.
      #expect(try await reload(["traceparent: \(value)"], token: nil).header("traceparent")?.contains(trace) == true)
      for headers in [
        [], ["traceparent: \(value)", "traceparent: \(value)"], ["traceparent: 00-\(trace)-0000000000000000-01"],
        ["traceparent: \(value)-x"], ["traceparent: \(value.uppercased())"], ["traceparent: "],
      ] {
        let answer = try await reload(headers)
        #expect(answer.status == 422)
        #expect(answer.header("traceparent") == nil, "\(headers)")
        #expect(asked.all.last == "reload by admin")
      }
    }
  }

  // MARK: Pages without a token, and whom they are for

  @Test func onLoopbackThePagesAreFree() async throws {
    try await withAdminServer { port, _ in
      let metrics = try await send("GET", "/metrics", to: port)
      #expect(metrics.status == 200)
      #expect(metrics.body == "metric{form=\"prometheusText\"} 1\n")
      let status10 = try await send("GET", "/healthz", to: port).status
      #expect(status10 == 200)
      let status11 = try await send("GET", "/readyz", to: port).status
      #expect(status11 == 503)
      let status12 = try await send("GET", "/nothing", to: port).status
      #expect(status12 == 404)
    }
  }

  @Test func theScraperChoosesTheForm() async throws {
    try await withAdminServer { port, _ in
      let plain = try await send("GET", "/metrics", to: port, headers: ["Accept: */*"])
      #expect(plain.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
      #expect(plain.header("Content-Encoding") == nil)
      #expect(plain.header("Vary") == "Accept, Accept-Encoding")
      // Two fields are one list.
      let accept = ["Accept: text/plain;q=0.5", "Accept: application/openmetrics-text;version=1.0.0"]
      let open = try await send("GET", "/metrics", to: port, headers: accept)
      #expect(open.header("Content-Type") == "application/openmetrics-text; version=1.0.0; charset=utf-8")
      #expect(open.body == "metric{form=\"openMetrics\"} 1\n")
      let packed = try await send("GET", "/metrics", to: port, headers: ["Accept-Encoding: br, gzip"])
      #expect(packed.header("Content-Encoding") == "gzip")
      #expect(packed.header("Vary") == "Accept, Accept-Encoding")
      #expect(!packed.text.contains("metric{"))
    }
  }

  @Test func elsewhereTheyWantAToken() async throws {
    try await withAdminServer(host: "0.0.0.0") { port, _ in
      for path in ["/metrics", "/healthz", "/readyz"] {
        let status13 = try await send("GET", path, to: port).status
        #expect(status13 == 401)
        let status14 = try await send("GET", path, to: port, token: "agent").status
        #expect(status14 == 403)
      }
      let status15 = try await send("GET", "/metrics", to: port, token: "reader").status
      #expect(status15 == 200)
    }
  }

  @Test(arguments: ["evil.example", "127.0.0.1.evil.example", "", "[::1].evil.example:80", "0.0.0.0"])
  func aForeignHostGetsNothing(host: String) async throws {
    try await withAdminServer { port, asked in
      for path in ["/metrics", "/v1/calls/c1"] {
        let answer = try await send("GET", path, to: port, token: "admin", host: host)
        #expect((400..<500).contains(answer.status))
        #expect(!answer.text.contains("metric{"))
      }
      #expect(asked.all.isEmpty)
    }
  }

  @Test(arguments: ["127.0.0.1", "localhost:9464", "[::1]", "LOCALHOST"])
  func ourOwnHostIsKnown(host: String) async throws {
    try await withAdminServer { port, _ in
      let status16 = try await send("GET", "/v1/calls", to: port, token: "reader", host: host).status
      #expect(status16 == 200)
    }
  }

  @Test func checkpointAndTilesAreFilesWithoutToken() async throws {
    try await withAdminServer { port, asked in
      let checkpoint = try await send("GET", "/checkpoint", to: port)
      #expect(checkpoint.status == 200)
      #expect(checkpoint.header("Content-Type") == "text/plain; charset=utf-8")
      let tile = try await send("GET", "/tile/0/x001/000.p/5", to: port)
      #expect(tile.status == 200)
      #expect(tile.header("Content-Type") == "application/octet-stream")
      #expect(tile.header("Cache-Control") == "max-age=31536000, immutable")
      let missing = try await send("GET", "/tile/0/x001/001", to: port).status
      #expect(missing == 404)
      #expect(asked.all == ["tile/0/x001/000.p/5", "tile/0/x001/001"])
    }
    try await withAdminServer(host: "0.0.0.0") { port, asked in
      for path in ["/checkpoint", "/tile/0/000"] {
        let status = try await send("GET", path, to: port).status
        #expect(status == 401)
      }
      #expect(asked.all.isEmpty)
    }
  }
}

/// The posture of IF.guard.
@Suite struct PostureAPITests {
  @Test func whoMayChangeIt() async throws {
    try await withAdminServer { port, asked in
      let expected: [(String?, Int)] = [
        (nil, 401), ("old", 401), ("reader", 403), ("agent", 403), ("guard", 200), ("admin", 200),
      ]
      for (token, status) in expected {
        let answer = try await send(
          "PUT", "/v1/guard/posture", to: port, token: token, body: #"{"posture":"closed"}"#)
        #expect(answer.status == status, "\(token ?? "-")")
      }
      #expect(asked.all == ["posture closed by g1", "posture closed by admin"])
    }
  }

  @Test func aBodyThatIsNone() async throws {
    try await withAdminServer { port, asked in
      for body in ["", "posture", "{", String(repeating: " ", count: 70_000) + "{}"] {
        let answer = try await send("PUT", "/v1/guard/posture", to: port, token: "admin", body: body)
        #expect(answer.status == 400)
        #expect(answer.json["error"] == "INVALID_REQUEST")
      }
      let query = try await send("PUT", "/v1/guard/posture?posture=closed", to: port, token: "admin", body: "{}")
      #expect(query.status == 400)
      #expect(asked.all.isEmpty)
    }
  }
}

/// The alerts that IF.guard is told of.
@Suite struct AlertsAPITests {
  @Test func whoMayTellThem() async throws {
    try await withAdminServer { port, asked in
      let expected: [(String?, Int)] = [
        (nil, 401), ("old", 401), ("reader", 403), ("agent", 403), ("guard", 403), ("alerts", 200), ("admin", 200),
      ]
      for (token, status) in expected {
        let answer = try await send("POST", "/v1/guard/alerts", to: port, token: token, body: #"{"version":"4"}"#)
        #expect(answer.status == status, "\(token ?? "-")")
      }
      #expect(asked.all == ["alerts 4 by m1", "alerts 4 by admin"])
      // Whoever tells them need not see them, nor set the posture.
      let seen = try await send("GET", "/v1/guard/alerts", to: port, token: "alerts").status
      #expect(seen == 403)
      let set = try await send("PUT", "/v1/guard/posture", to: port, token: "alerts", body: "{}").status
      #expect(set == 403)
    }
  }

  @Test func aBodyThatIsNone() async throws {
    try await withAdminServer { port, asked in
      let long = #"{"version":""# + String(repeating: " ", count: 262_144) + #""}"#
      for body in ["", "alerts", "{", long] {
        let answer = try await send("POST", "/v1/guard/alerts", to: port, token: "alerts", body: body)
        #expect(answer.status == 400)
        #expect(answer.json["error"] == "INVALID_REQUEST")
      }
      let query = try await send("POST", "/v1/guard/alerts?dry=1", to: port, token: "alerts", body: "{}")
      #expect(query.status == 400)
      #expect(asked.all.isEmpty)
      // As long as it may be.
      let space = String(repeating: " ", count: 262_144 - 15)
      let full = try await send(
        "POST", "/v1/guard/alerts", to: port, token: "alerts", body: space + #"{"version":"4"}"#)
      #expect(full.status == 200)
    }
  }
}
