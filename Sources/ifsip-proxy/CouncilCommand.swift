import ArgumentParser
import Store
import Wire

/// `ifsip-proxy council`: the rooms of the running server, who is in them, and whom its gatekeeper knows.
struct CouncilCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "council", abstract: "Rooms of the council, who is in them, and whom the gatekeeper knows.",
    discussion: """
      Asks the server through its admin listener, with the token in state_dir: run it as the user the server runs as.
      """,
    subcommands: [
      Rooms.self, Show.self, Open.self, End.self, Mute.self, Unmute.self, Expel.self, Endpoints.self, Admissions.self,
    ])

  struct Rooms: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the rooms, in the order of their names.")

    @Option(help: ArgumentHelp("Only rooms of this trace_id.", valueName: "trace_id"))
    var trace: String?
    @OptionGroup var listing: ListingOptions

    func run() throws {
      let found = try listing.ask("/v1/council/rooms", "rooms", trace.map { [("trace_id", $0)] } ?? [])
      guard let rooms = listing.table(found, ifEmpty: "no rooms") else { return }
      var table = Table("ROOM", "TIME", "PEOPLE", "ENDS", "TRACE")
      for room in rooms {
        table.add(
          room.text("id"), TimeText.text(seconds: room["seconds"]?.integer ?? 0),
          "\(room["count"]?.integer ?? 0) of \(room["capacity"]?.integer ?? 0)", room.text("ends"),
          room.text("trace_id"))
      }
      print(table.text)
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a room and who is in it.")

    @Argument(help: "The room: council-safety.")
    var room: String
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let found = try AdminClient(configuration).ask("GET", "/v1/council/rooms/\(PercentEncoding.encode(room))")
      if json { return print(JSONText.of(found)) }
      print(
        "\(Table.safe(found.text("id"))): \(found["count"]?.integer ?? 0) of \(found["capacity"]?.integer ?? 0), since "
          + "\(TimeText.text(seconds: found["seconds"]?.integer ?? 0)), trace_id \(Table.safe(found.text("trace_id")))")
      let people = found["participants"]?.array ?? []
      guard !people.isEmpty else { return }
      var table = Table("NO", "NAME", "BY", "STATE", "TIME", "CODEC", "PACKETS", "LOST", "JITTER", "FROM")
      for one in people {
        let marks = (one["muted"]?.bool == true ? ", muted" : "") + (one["speaking"]?.bool == true ? ", speaks" : "")
        table.add(
          one["number"]?.integer.map { "\($0)" } ?? "-", one["guardian"]?.string ?? one.text("name"), one.text("kind"),
          one.text("state") + marks, TimeText.text(seconds: one["seconds"]?.integer ?? 0), one.text("codec"),
          "\(one["packets"]?.integer ?? 0)", "\(one["lost"]?.integer ?? 0)",
          one["jitter_us"]?.integer.map { "\($0) µs" } ?? "-", one.text("address"))
      }
      print(table.text)
    }
  }

  struct Open: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Open a room before anybody is in it.",
      discussion: "Rooms need not be opened: the first who is admitted to one makes it.")

    @Argument(help: "Its name: council-safety. Without it the server makes one up.")
    var room: String?
    @Option(help: "How many may be in it, 1 to 25.")
    var capacity: Int?
    @Option(help: ArgumentHelp("How long it lasts at most: 90s, 15m, 12h.", valueName: "time"))
    var lifetime: String?
    @Option(help: ArgumentHelp("Its trace_id.", valueName: "trace_id"))
    var trace: String?
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func validate() throws {
      if let lifetime, TimeText.seconds(lifetime) == nil { throw ValidationError("--lifetime is like 90s, 15m or 12h") }
    }

    func run() throws {
      var order = JSONObject()
      if let room { order["id"] = .string(room) }
      if let trace { order["trace_id"] = .string(trace) }
      if let capacity { order["capacity"] = .integer(Int64(capacity)) }
      if let seconds = lifetime.flatMap(TimeText.seconds) { order["seconds"] = .integer(seconds) }
      let made = try AdminClient(configuration).ask("POST", "/v1/council/rooms", body: .object(order))
      print(json ? JSONText.of(made) : "open: \(Table.safe(made.text("id")))")
    }
  }

  struct End: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a room for all who are in it.")

    @Argument(help: "The room.")
    var room: String
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let ended = try AdminClient(configuration).ask("DELETE", "/v1/council/rooms/\(PercentEncoding.encode(room))")
      if json { return print(JSONText.of(ended)) }
      let count = ended["count"]?.integer ?? 0
      print("\(Table.safe(room)) is over; \(count) \(count == 1 ? "call was" : "calls were") ended")
    }
  }

  struct Mute: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a room not hear somebody.")
    @OptionGroup var seat: SeatOptions

    func run() throws { try seat.set(muted: true) }
  }

  struct Unmute: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a room hear somebody again.")
    @OptionGroup var seat: SeatOptions

    func run() throws { try seat.set(muted: false) }
  }

  struct Expel: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End the call of somebody in a room.")
    @OptionGroup var seat: SeatOptions

    func run() throws {
      let answer = try AdminClient(seat.configuration).ask("DELETE", seat.path)
      print(seat.json ? JSONText.of(answer) : "participant \(seat.number) of \(Table.safe(seat.room)) was expelled")
    }
  }

  struct Endpoints: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the terminals that are registered with the gatekeeper.")
    @OptionGroup var listing: ListingOptions

    func run() throws {
      let found = try listing.ask("/v1/council/endpoints", "endpoints")
      guard let endpoints = listing.table(found, ifEmpty: "no endpoints") else { return }
      var table = Table("ENDPOINT", "GUARDIAN", "ALIASES", "RAS", "SIGNALLING", "LEFT", "CALLS", "BANDWIDTH")
      for one in endpoints {
        table.add(
          one.text("id"), one.text("guardian"),
          (one["aliases"]?.array ?? []).compactMap(\.string).joined(separator: " "), one.text("address"),
          one.text("signalling"), TimeText.text(seconds: one["seconds"]?.integer ?? 0),
          "\(one["calls"]?.integer ?? 0)", BandwidthText.text(one["bandwidth_bps"]?.integer ?? 0))
      }
      print(table.text)
    }
  }

  struct Admissions: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the calls that are admitted, or take admissions back.",
      discussion: """
        BY says who has let a call in: the gatekeeper, or IF.guard for those that came by SIP through the gateway. With
        --revoke those calls end.
        """)

    @Option(help: ArgumentHelp("Only those of this trace_id.", valueName: "trace_id"))
    var trace: String?
    @Option(help: ArgumentHelp("Takes back the admission of this call identifier.", valueName: "id"))
    var revoke: [String] = []
    @OptionGroup var listing: ListingOptions

    func run() throws {
      guard revoke.isEmpty else {
        let client = try AdminClient(listing.configuration)
        let answers = try revoke.map {
          try client.ask("DELETE", "/v1/council/admissions/\(PercentEncoding.encode($0))")
        }
        return print(
          listing.json
            ? JSONText.of(.array(answers)) : revoke.map { "\(Table.safe($0)): taken back" }.joined(separator: "\n"))
      }
      let found = try listing.ask(
        "/v1/council/admissions", "admissions", trace.map { [("trace_id", $0)] } ?? [])
      guard let admissions = listing.table(found, ifEmpty: "no admissions") else { return }
      var table = Table("CALL", "BY", "PARTY", "TO", "BANDWIDTH", "TIME", "TRACE")
      for one in admissions {
        table.add(
          one.text("id"), one.text("by"), one.text("party"), one.text("destination"),
          BandwidthText.text(one["bandwidth_bps"]?.integer ?? 0),
          TimeText.text(seconds: one["seconds"]?.integer ?? 0), one.text("trace_id"))
      }
      print(table.text)
    }
  }
}

/// What every list takes.
struct ListingOptions: ParsableArguments {
  @Option(help: "At most so many.")
  var limit = 1_000
  @Flag(help: "Print a JSON array.")
  var json = false
  @OptionGroup var configuration: ConfigurationOption

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
  }

  func ask(
    _ path: String, _ member: String, _ filters: [(String, String)] = []
  ) throws -> (entries: [JSONValue], hasMore: Bool) {
    try AdminClient(configuration).list(path, member, filters, limit: limit)
  }

  /// What goes into a table; nil when it was said otherwise.
  func table(_ found: (entries: [JSONValue], hasMore: Bool), ifEmpty: String) -> [JSONValue]? {
    if found.hasMore { Terminal.complain("there are more than \(limit); see them with --limit") }
    if json {
      print(JSONText.of(.array(found.entries)))
      return nil
    }
    guard !found.entries.isEmpty else {
      print(ifEmpty)
      return nil
    }
    return found.entries
  }
}

/// Somebody in a room.
struct SeatOptions: ParsableArguments {
  @Argument(help: "The room.")
  var room: String
  @Argument(help: "The number, as council show has it.")
  var number: UInt64
  @Flag(help: "Print JSON.")
  var json = false
  @OptionGroup var configuration: ConfigurationOption

  var path: String { "/v1/council/rooms/\(PercentEncoding.encode(room))/participants/\(number)" }

  func set(muted: Bool) throws {
    let answer = try AdminClient(configuration).ask("POST", path, body: ["muted": .bool(muted)])
    if json { return print(JSONText.of(answer)) }
    print("participant \(number) of \(Table.safe(room)) is \(muted ? "muted" : "heard")")
  }
}

/// Bits a second for people: `128 kbit/s`.
enum BandwidthText {
  static func text(_ bits: Int64) -> String {
    bits >= 10_000_000 ? "\(bits / 1_000_000) Mbit/s" : "\(bits / 1_000) kbit/s"
  }
}
