import ArgumentParser
import Glibc
import Settings
import Store

/// The root command. A new subcommand is a file of its own and a line here.
@main
struct IfsipProxy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ifsip-proxy",
    abstract: "A SIP proxy that lets a human expert into a decision, and writes down how.",
    discussion: """
      Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 wrong configuration (the message names file, line and key).
      """,
    version: Version.current,
    subcommands: [
      ServeCommand.self, CheckConfigCommand.self, ReloadCommand.self, CallsCommand.self, RegistrationsCommand.self,
      CouncilCommand.self, GuardianCommand.self, UserCommand.self, TokenCommand.self, GuardCommand.self, WitnessCommand.self, KeyCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Glibc.exit(report(error))
    }
  }

  /// Tells the person what went wrong and returns the exit code (DESIGN §4).
  private static func report(_ error: any Error) -> Int32 {
    switch error {
    case let error as SettingsError:
      for problem in error.problems { Terminal.complain("\(problem)") }
      return Code.configuration
    case let error as StoreError:
      Terminal.complain("ifsip-proxy: \(error.message)")
      return Code.failure
    case let error as ExitCode:
      return error.rawValue
    default:
      let text = fullMessage(for: error)
      guard exitCode(for: error) != .success else {
        // --help and --version come this way.
        print(text)
        return 0
      }
      if !text.isEmpty { Terminal.complain(text) }
      return exitCode(for: error) == .validationFailure ? Code.usage : Code.failure
    }
  }

  /// The exit codes that scripts rely on.
  enum Code {
    static let failure: Int32 = 1
    static let usage: Int32 = 2
    static let configuration: Int32 = 78
  }
}

/// What `--version` says.
enum Version {
  static let current = "0.1.0"
}
