import Admin
import Testing
import Wire

/// The console's own files: what a browser needs to be told of them.
@Suite struct ConsoleTests {
  static let files = [
    ("/", "text/html; charset=utf-8"), ("/console/console.css", "text/css; charset=utf-8"),
    ("/console/icon.svg", "image/svg+xml"), ("/console/main.js", "text/javascript; charset=utf-8"),
  ]

  @Test(arguments: files) func aFileIsFreeOnLoopbackAndFenced(path: String, type: String) async throws {
    try await withAdminServer { port, asked in
      let answer = try await send("GET", path, to: port)
      #expect(answer.status == 200)
      #expect(answer.header("Content-Type") == type)
      #expect(answer.header("Content-Length") == "\(answer.body.utf8.count)")
      #expect(
        answer.header("Content-Security-Policy")
          == "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
          + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
      #expect(answer.header("X-Content-Type-Options") == "nosniff")
      #expect(answer.header("Referrer-Policy") == "no-referrer")
      #expect(answer.header("Cache-Control") == "no-cache")
      let tag = try #require(answer.header("ETag"))
      #expect(tag.count == 34 && tag.hasPrefix("\"") && tag.hasSuffix("\""))
      for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
        let again = try await send("GET", path, to: port, headers: ["If-None-Match: \(known)"])
        #expect(again.status == 304 && again.body == "" && again.header("ETag") == tag)
      }
      let other = try await send("GET", path, to: port, headers: ["If-None-Match: \"x\""])
      #expect(other.status == 200)
      #expect(asked.all.isEmpty)
    }
    try await withAdminServer(host: "0.0.0.0") { port, _ in
      let status = try await send("GET", path, to: port).status
      #expect(status == 401)
    }
    try await withAdminServer { port, _ in
      let answer = try await send("GET", path, to: port, host: "evil.example")
      #expect(answer.status == 421 && !answer.text.contains("ifsip-proxy"))
    }
  }

  /// What the policy forbids would not work, so it must not be there; and what is named must be.
  @Test func nothingInlineAndNothingMissing() async throws {
    try await withAdminServer { port, _ in
      var (wanted, seen) = (["/"], Set<String>())
      while let path = wanted.popLast() {
        guard seen.insert(path).inserted else { continue }
        let answer = try await send("GET", path, to: port)
        #expect(answer.status == 200, "\(path)")
        let text = answer.body
        if path == "/" {
          #expect(!text.contains(" style=") && !text.contains("<style") && !text.contains(" onclick="))
          #expect(!text.contains("://"))
        }
        for part in text.split(separator: "\"") {
          if part.hasPrefix("/console/") { wanted.append(String(part)) }
          if part.hasPrefix("./"), part.hasSuffix(".js") { wanted.append("/console/" + part.dropFirst(2)) }
        }
      }
      #expect(seen.count >= 15)
    }
  }
}

/// Records to the byte, the key, and the event stream.
@Suite struct WitnessAPITests {
  @Test(arguments: ["/v1/witness/records/7", "/v1/witness/key", "/v1/events?trace_id=finite"])
  func everyRouteWantsItsToken(path: String) async throws {
    try await withAdminServer { port, asked in
      for (token, status) in [(nil, 401), ("old", 401), ("agent", 403), ("reader", 200), ("admin", 200)]
        as [(String?, Int)]
      {
        let answer = try await send("GET", path, to: port, token: token)
        #expect(answer.status == status)
        if status != 200 { #expect(answer.header("Content-Type") == "application/json") }
      }
      #expect(asked.all.filter { $0.hasPrefix("watch") }.count == (path.contains("events") ? 2 : 0))
    }
  }

  @Test func aRecordToTheByte() async throws {
    try await withAdminServer { port, _ in
      let answer = try await send("GET", "/v1/witness/records/7", to: port, token: "reader")
      #expect(answer.body == #"{"seq":7,"text":"é"}"#)
      #expect(answer.header("Content-Type") == "application/json")
      let missing = try await send("GET", "/v1/witness/records/10", to: port, token: "reader")
      #expect(missing.status == 404 && missing.json["error"] == "NO_SUCH_RECORD")
      for odd in ["007", "+7", "-1", "x", "18446744073709551616", "7?x=1"] {
        let status = try await send("GET", "/v1/witness/records/\(odd)", to: port, token: "reader").status
        #expect(status == 400)
      }
    }
  }

  @Test func theStreamIsBlocks() async throws {
    try await withAdminServer { port, asked in
      let answer = try await send(
        "GET", "/v1/events?trace_id=finite&event=call,guard&since=2026-01-02T03:04:05Z", to: port, token: "reader",
        headers: ["Last-Event-ID: 6"])
      #expect(answer.status == 200)
      #expect(answer.header("Content-Type") == "text/event-stream")
      #expect(answer.header("Cache-Control") == "no-store")
      // The silence was too short to be told.
      #expect(
        answer.unchunked
          == "retry: 2000\n\n" + "id: 7\nevent: record\ndata: {\"seq\":7}\n\n"
          + "id: 9\nevent: skipped\ndata: {\"from\":8,\"to\":10}\n\n" + "id: 9\nevent: live\ndata: {\"next\":10}\n\n"
          + "id: 10\nevent: record\ndata: {}\n\n")
      #expect(
        asked.all.first == #"watch finite ["call", "guard"] since 2026-01-02T03:04:05.000000Z after 6"#)
      #expect(asked.all.contains("cancel"))
    }
  }

  @Test func silenceIsTold() async throws {
    try await withAdminServer(heartbeat: .milliseconds(30)) { port, _ in
      // The token is good for one question: the second, after a heartbeat, ends the stream.
      let answer = try await send("GET", "/v1/events", to: port, token: "brief")
      #expect(
        answer.unchunked == "retry: 2000\n\n" + ": \nid: 9\n\n"
          + "event: end\ndata: {\"reason\":\"the token was revoked or has expired\"}\n\n")
    }
  }

  @Test func whoLeavesIsForgotten() async throws {
    try await withAdminServer { port, asked in
      try await sendAndLeave("/v1/events?trace_id=silent", to: port, token: "reader")
      let limit = ContinuousClock.now + .seconds(10)
      while !asked.all.contains("cancel"), ContinuousClock.now < limit { try await Task.sleep(for: .milliseconds(5)) }
      #expect(asked.all.contains("cancel"))
    }
  }

  @Test func refusals() async throws {
    try await withAdminServer { port, asked in
      for odd in ["since=x", "event=", "limit=1", "trace_id=a&trace_id=b"] {
        let answer = try await send("GET", "/v1/events?\(odd)", to: port, token: "reader")
        #expect(answer.status == 400 && answer.json["error"] == "INVALID_REQUEST")
      }
      let odd = try await send("GET", "/v1/events", to: port, token: "reader", headers: ["Last-Event-ID: x"])
      #expect(odd.status == 400)
      #expect(asked.all.isEmpty)
      let full = try await send("GET", "/v1/events?trace_id=full", to: port, token: "reader")
      #expect(full.status == 503 && full.json["error"] == "TOO_MANY_READERS" && full.header("Retry-After") == "5")
      let token = try await send("GET", "/v1/events?token=admin", to: port)
      #expect(token.status == 401)
    }
  }
}
