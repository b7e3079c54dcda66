import ArgumentParser
import Guard
import Store
import Wire

/// `ifsip-proxy guard`: how careful IF.guard of the running server is.
struct GuardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "guard", abstract: "Show and change how careful the running server is.",
    subcommands: [PostureCommand.self, Alerts.self])

  struct PostureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "posture", abstract: "The posture of IF.guard.",
      discussion: """
        normal: the registry decides. elevated: every escalation must be signed, and experts may call half as often. \
        closed: no new escalations; calls that run go on. The posture is kept across a restart, and IF.witness records \
        who changed it.
        """,
      subcommands: [Show.self, Set.self], defaultSubcommand: Show.self)
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the posture.")

    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let answer = try AdminClient(configuration).ask("GET", "/v1/guard/posture")
      print(json ? JSONText.of(answer) : answer.text("posture"))
    }
  }

  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change the posture.")

    @Argument(help: "normal, elevated or closed.")
    var posture: String
    @Option(help: "Why, for the record.")
    var reason: String?
    @OptionGroup var configuration: ConfigurationOption

    func validate() throws {
      let names = Posture.allCases.map(\.rawValue)
      guard names.contains(posture) else {
        throw ValidationError("a posture is one of \(names.joined(separator: ", "))")
      }
    }

    func run() throws {
      var body = JSONObject()
      body["posture"] = .string(posture)
      if let reason { body["reason"] = .string(reason) }
      print(try AdminClient(configuration).ask("PUT", "/v1/guard/posture", body: .object(body)).text("posture"))
    }
  }

  struct Alerts: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the alerts that fire, the oldest first.",
      discussion: "RAISES says whether an alert holds the posture up.")

    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let answer = try AdminClient(configuration).ask("GET", "/v1/guard/alerts")
      if json { return print(JSONText.of(answer)) }
      let raised = answer["raised_from"]?.string.map { ", raised from \(Table.safe($0))" } ?? ""
      print("posture \(answer.text("posture"))\(raised)")
      guard let alerts = answer["alerts"]?.array, !alerts.isEmpty else { return print("no alerts") }
      var table = Table("ALERT", "SEVERITY", "SINCE", "RAISES", "SUMMARY")
      for alert in alerts {
        table.add(
          alert.text("name"), alert.text("severity"), String(alert.text("starts_at").prefix(19)) + "Z",
          alert["raises_posture"]?.bool == true ? "yes" : "no", alert.text("summary"))
      }
      print(table.text)
    }
  }
}
