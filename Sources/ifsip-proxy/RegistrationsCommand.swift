import ArgumentParser
import Wire

/// `ifsip-proxy registrations`: which phones the running server knows.
struct RegistrationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "registrations", abstract: "List and remove what phones have registered at the running server.",
    discussion: """
      Asks the server through its admin listener, with the token in state_dir: run it as the user the server runs as.
      """,
    subcommands: [List.self, Remove.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the addresses of record and where they are reached, in the order of their names.")

    @Option(help: ArgumentHelp("Only this address of record: alice@if.internal.", valueName: "address"))
    var aor: String?
    @Option(help: "At most so many addresses of record.")
    var limit = 1_000
    @Flag(help: "Print a JSON array.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() throws {
      let client = try AdminClient(configuration)
      let (found, hasMore) = try client.list(
        "/v1/registrations", "registrations", aor.map { [("aor", $0)] } ?? [], limit: limit)
      if json {
        print(JSONText.of(.array(found)))
      } else if found.isEmpty {
        print("no registrations")
      } else {
        var table = Table("ADDRESS", "LEFT", "FROM", "CONTACT")
        for address in found {
          for contact in address["contacts"]?.array ?? [] {
            table.add(
              address.text("aor"), TimeText.text(seconds: contact["seconds"]?.integer ?? 0),
              "\(contact.text("source")) \(contact.text("transport"))", contact.text("uri"))
          }
        }
        print(table.text)
      }
      if hasMore { Terminal.complain("there are more than \(limit); see them with --limit") }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget where an address of record is reached.",
      discussion: "A phone that is on registers again when its time is up; to keep it out, remove its user.")

    @Argument(help: "The address of record: alice@if.internal.")
    var aor: String
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let answer = try AdminClient(configuration).ask("DELETE", "/v1/registrations/\(PercentEncoding.encode(aor))")
      let count = answer["removed"]?.integer ?? 0
      print("removed \(count) \(count == 1 ? "contact" : "contacts") of \(Table.safe(answer.text("aor")))")
    }
  }
}

/// `ifsip-proxy reload`: the running server reads its configuration and registry again.
struct ReloadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload", abstract: "Make the running server read its configuration and registry again.",
    discussion: """
      The same as SIGHUP, with an answer: ends with 0 when the new ones are in use; with 1, and every problem with file, \
      line and key, when they are wrong and the old ones stay. Says which changes need a restart: listeners, the council and \
      state_dir are among them.
      """)

  @OptionGroup var configuration: ConfigurationOption

  func run() throws {
    let answer = try AdminClient(configuration).ask("POST", "/v1/reload")
    print("the new configuration is in use")
    let keys = (answer["restart_needed_for"]?.array ?? []).compactMap(\.string)
    if !keys.isEmpty { print("from the next start on: \(keys.joined(separator: ", "))") }
  }
}
