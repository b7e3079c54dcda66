import ArgumentParser
import Glibc
import Settings
import Store
import Wire

/// `ifsip-proxy token`: bearer tokens for those who shall not have the node's own.
struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Make, list and revoke bearer tokens for the API.",
    discussion: """
      The node's own token, state_dir/keys/admin.token, may do everything. These may do what their scopes say. Only a \
      hash of each is kept. A running server knows of a change with the next request.
      """,
    subcommands: [Create.self, List.self, Revoke.self])

  /// The database of a configuration.
  static func open(_ configuration: ConfigurationOption) throws -> TokenDatabase {
    let state = try StateDirectory(path: try configuration.settings().stateDirectory, access: .shared)
    return try TokenDatabase(path: state.databasePath)
  }

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token and print it, this once.",
      discussion: """
        Scopes: read (look at calls, registrations and records), guard (set the posture), escalate (open escalations), \
        alerts (deliver alerts), record (record calls), whip (join a room), evidence (see and send evidence). Give \
        --scope several times for several.
        """)

    @Option(help: "What it may do; repeat for more.")
    var scope: [String]
    @Option(help: "The agent it is for.")
    var agent: String?
    @Option(help: ArgumentHelp("The room it is for; * stands for any characters.", valueName: "room"))
    var room: String?
    @Option(
      help: ArgumentHelp("How long it is good: 90s, 15m, 12h, 30d. Without it: until revoked.", valueName: "time"))
    var lifetime: String?
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func validate() throws {
      for name in scope where TokenScope(rawValue: name) == nil {
        throw ValidationError(
          "there is no scope \(name), only \(TokenScope.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      if let lifetime, TimeText.seconds(lifetime) == nil {
        throw ValidationError("--lifetime is a number and s, m, h or d, as in 12h or 30d")
      }
    }

    func run() throws {
      let database = try TokenCommand.open(configuration)
      let (token, text) = try database.create(
        scopes: Set(scope.compactMap { TokenScope(rawValue: $0) }), agent: agent, room: room,
        lifetime: lifetime.flatMap { TimeText.seconds($0) }.map { .seconds($0) }, now: Terminal.now())
      database.close()
      if json {
        var object = token.json.object ?? JSONObject()
        object["token"] = .string(text)
        print(JSONText.of(.object(object)))
      } else {
        print(text)
        Terminal.complain("token \(token.id): keep it now, it cannot be shown again")
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the tokens, the oldest first; never their secrets.")

    @Flag(help: "Print a JSON array.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let database = try TokenCommand.open(configuration)
      let tokens = try database.list()
      database.close()
      if json { return print(JSONText.of(.array(tokens.map(\.json)))) }
      guard !tokens.isEmpty else { return print("no tokens") }
      let now = Terminal.now()
      var table = Table("ID", "SCOPES", "AGENT", "ROOM", "CREATED", "LEFT")
      for token in tokens {
        let left = token.expiresAt.map {
          token.isExpired(at: now) ? "expired" : TimeText.text(seconds: ($0 - now).components.seconds)
        }
        table.add(
          token.id, token.scopeNames.joined(separator: ","), token.agent ?? "-", token.room ?? "-",
          String(token.createdAt.rfc3339.prefix(19)) + "Z", left ?? "until revoked")
      }
      print(table.text)
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make tokens worthless, at once.")

    @Argument(help: "Ids, as token list shows them.")
    var ids: [String]
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let database = try TokenCommand.open(configuration)
      defer { database.close() }
      for id in ids {
        try database.revoke(id)
        print("revoked \(id)")
      }
    }
  }
}

extension AccessToken {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["id"] = .string(id)
    object["scopes"] = .array(scopeNames.map(JSONValue.string))
    if let agent { object["agent"] = .string(agent) }
    if let room { object["room"] = .string(room) }
    object["created"] = .string(createdAt.rfc3339)
    if let expiresAt { object["expires"] = .string(expiresAt.rfc3339) }
    return .object(object)
  }
}
