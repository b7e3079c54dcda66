import ArgumentParser
import Store
import Wire

/// `ifsip-proxy calls`: the calls of the running server.
struct CallsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calls", abstract: "List, show, record and end the calls of the running server.",
    discussion: """
      Asks the server through its admin listener, with the token in state_dir: run it as the user the server runs as.
      """,
    subcommands: [List.self, Show.self, HangUp.self, Record.self, Recordings.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the calls, the oldest first.",
      discussion: "TIME is since the answer, or since the INVITE while there is none.")

    @Option(help: "Only calls in this state: attempted, ringing or connected.")
    var state: String?
    @Option(help: ArgumentHelp("Only calls of this trace_id.", valueName: "trace_id"))
    var trace: String?
    @Option(help: "At most so many.")
    var limit = 1_000
    @Flag(help: "Print a JSON array.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
      if let state, !["attempted", "ringing", "connected"].contains(state) {
        throw ValidationError("--state must be attempted, ringing or connected")
      }
    }

    func run() throws {
      let client = try AdminClient(configuration)
      var filters: [(String, String)] = []
      if let state { filters.append(("state", state)) }
      if let trace { filters.append(("trace_id", trace)) }
      let (calls, hasMore) = try client.list("/v1/calls", "calls", filters, limit: limit)
      if json {
        print(JSONText.of(.array(calls)))
      } else if calls.isEmpty {
        print("no calls")
      } else {
        var table = Table("STATE", "TIME", "FROM", "TO", "USER", "TRACE", "ID")
        for call in calls {
          let time = TimeText.text(seconds: call["seconds"]?.integer ?? 0)
          table.add(
            call.text("state"), time, call.text("from"), call.text("to"), call.text("user"), call.text("trace_id"),
            call.text("id"))
        }
        print(table.text)
      }
      if hasMore { Terminal.complain("there are more than \(limit); see them with --limit") }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show all that is known of one call.")

    @Argument(help: "Its id, as calls list shows it, or its Call-ID.")
    var id: String
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let call = try AdminClient(configuration).ask("GET", "/v1/calls/\(PercentEncoding.encode(id))")
      if json { return print(JSONText.of(call)) }
      var lines: [(String, String)] = [
        ("id", call.text("id")), ("Call-ID", call.text("call_id")), ("trace_id", call.text("trace_id")),
        ("state", "\(call.text("state")), \(TimeText.text(seconds: call["seconds"]?.integer ?? 0))"),
        ("user", call.text("user")), ("started", call.text("started")), ("answered", call.text("answered")),
      ]
      for (name, party) in [("caller", call["caller"]), ("callee", call["callee"])] {
        guard let party else { continue }
        lines.append((name, party.text("uri")))
        let parts = [
          ("tag", party.text("tag")), ("reached at", party.text("target")), ("through", party.text("routes")),
          ("comes from", "\(party.text("address")) \(party["transport"]?.string ?? "")"),
          ("last CSeq", party["cseq"]?.integer.map { String($0) } ?? "-"),
        ]
        lines += parts.filter { !$0.1.hasPrefix("-") }.map { ("  \($0.0)", $0.1) }
      }
      for stream in call["media"]?.array ?? [] {
        lines.append((stream["media"]?.string ?? "media", ""))
        for leg in ["caller", "callee"] { lines.append(("  \(leg)", Self.sentence(stream[leg] ?? .null))) }
      }
      let width = lines.map(\.0.count).max() ?? 0
      for (name, value) in lines {
        print(name + String(repeating: " ", count: width - name.count + 2) + Table.safe(value))
      }
    }

    /// What one leg of a relayed stream sends.
    private static func sentence(_ leg: JSONValue) -> String {
      var parts = [leg.text("codec"), leg.text("direction")]
      if let suite = leg["suite"]?.string, suite != "none" { parts.append(suite) }
      let counts = [("packets", "packets"), ("lost", "lost"), ("dropped", "dropped"), ("jitter_us", "µs jitter")]
      for (name, word) in counts {
        if let number = leg[name]?.integer { parts.append("\(number) \(word)") }
      }
      if let source = leg["source"]?.string ?? leg["address"]?.string { parts.append("from \(source)") }
      return parts.filter { $0 != "-" }.joined(separator: ", ")
    }
  }

  struct HangUp: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "hangup", abstract: "End calls that nobody else ends.",
      discussion: """
        An answered call: each party gets a BYE in the name of the other one. RFC 3261 leaves BYE to the parties; this \
        is a tool for emergencies. A call that rings is cancelled and its caller gets 487. Both are told the reason, \
        and IF.witness records who ended the call.
        """)

    @Argument(help: "Ids, as calls list shows them, or Call-IDs.")
    var ids: [String] = []
    @Option(help: ArgumentHelp("All calls of this trace_id.", valueName: "trace_id"))
    var trace: String?
    @Flag(help: "Print a JSON array of what was ended.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func validate() throws {
      guard ids.isEmpty == (trace != nil) else { throw ValidationError("name calls, or a trace_id with --trace") }
    }

    func run() throws {
      let client = try AdminClient(configuration)
      var wanted = ids
      if let trace {
        let (calls, _) = try client.list("/v1/calls", "calls", [("trace_id", trace)], limit: 100_000)
        wanted = calls.compactMap { $0["id"]?.string }
        guard !wanted.isEmpty else { throw StoreError(.invalid, "there is no call of trace_id \(Table.safe(trace))") }
      }
      var ended: [JSONValue] = []
      var failures = 0
      for id in wanted {
        do {
          let answer = try client.ask("DELETE", "/v1/calls/\(PercentEncoding.encode(id))")
          ended.append(answer)
          if !json { print(Self.sentence(answer)) }
        } catch let error as StoreError where wanted.count > 1 {
          Terminal.complain("\(Table.safe(id)): \(error.message)")
          failures += 1
        }
      }
      if json { print(JSONText.of(.array(ended))) }
      if failures > 0 { throw ExitCode(IfsipProxy.Code.failure) }
    }

    private static func sentence(_ answer: JSONValue) -> String {
      let call = Table.safe(answer.text("call_id"))
      guard answer["outcome"]?.string == "ended" else { return "\(call): cancelled before it was answered" }
      switch answer["byes"]?.integer {
      case 2: return "\(call): ended, both parties get a BYE"
      case 1: return "\(call): ended, but only one party could be sent a BYE"
      default: return "\(call): ended here, but neither party could be sent a BYE"
      }
    }
  }
}

extension JSONValue {
  /// A member that is a string, for a table; `-` without it.
  func text(_ name: String) -> String { self[name]?.string ?? "-" }
}
