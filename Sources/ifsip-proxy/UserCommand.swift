import ArgumentParser
import Settings
import Store
import Wire

/// `ifsip-proxy user`: who may log in with a password.
struct UserCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Add, change, remove and list the users who log in with a password.",
    discussion: """
      Only hashes of passwords are kept, one for each digest algorithm, for one realm. A running node knows of a change \
      when the command ends.
      """,
    subcommands: [Add.self, Passwd.self, Remove.self, List.self])

  struct Options: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOption

    @Option(help: "The digest realm. Without it: auth.realm of the configuration.")
    var realm: String?

    /// The database and the realm that the command is about.
    func open() throws -> (users: UserDatabase, state: StateDirectory, realm: String) {
      let settings = try configuration.settings()
      let state = try StateDirectory(path: settings.stateDirectory, access: .shared)
      return (try UserDatabase(path: state.databasePath), state, realm ?? settings.auth.realm)
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a user.",
      discussion:
        "Asks for the password on a terminal, twice; piped, it is the first line: echo secret | … user add NAME")

    @Argument(help: "The digest user name.")
    var name: String
    @OptionGroup var options: Options

    func run() throws {
      let (users, state, realm) = try options.open()
      try users.add(name, realm: realm, password: try Password.read(for: name))
      users.settle(in: state)
      print("added \(name) in realm \(realm)")
    }
  }

  struct Passwd: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a user another password.", discussion: "Reads the password as user add does.")

    @Argument(help: "The digest user name.")
    var name: String
    @OptionGroup var options: Options

    func run() throws {
      let (users, state, realm) = try options.open()
      try users.setPassword(name, realm: realm, password: try Password.read(for: name))
      users.settle(in: state)
      print("changed the password of \(name) in realm \(realm)")
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a user.")

    @Argument(help: "The digest user name.")
    var name: String
    @OptionGroup var options: Options

    func run() throws {
      let (users, state, realm) = try options.open()
      try users.remove(name, realm: realm)
      users.settle(in: state)
      print("removed \(name) from realm \(realm)")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List all users of all realms.", discussion: "With --realm only those of one.")

    @OptionGroup var options: Options
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let (users, _, _) = try options.open()
      let list = try users.list().filter { options.realm == nil || $0.realm == options.realm }
      users.close()
      if json {
        print(JSONText.of(.array(list.map { .object(["name": .string($0.name), "realm": .string($0.realm)]) })))
        return
      }
      let width = list.map(\.name.count).max() ?? 0
      for user in list {
        print(user.name + String(repeating: " ", count: width - user.name.count) + "  " + user.realm)
      }
      if list.isEmpty { Terminal.complain("no users yet; add one: ifsip-proxy user add NAME") }
    }
  }
}

extension UserDatabase {
  /// Closes, after a running node has seen the change, so that what follows the command finds it in force.
  fileprivate func settle(in state: StateDirectory) {
    if state.isServed, !waitUntilSeen(timeout: .seconds(2)) {
      Terminal.complain("the running node has not taken the change yet; it looks again ten times a second")
    }
    close()
  }
}

/// Where passwords come from: never the command line, which others can read.
enum Password {
  static func read(for name: String) throws -> String {
    guard Terminal.isInteractive else {
      guard let line = readLine(), !line.isEmpty else {
        throw StoreError(.invalid, "no password: standard input has no first line")
      }
      return line
    }
    guard let first = Terminal.askHidden("Password for \(name): "), !first.isEmpty else {
      throw StoreError(.invalid, "no password was typed; nothing is changed")
    }
    guard Terminal.askHidden("Once more: ") == first else {
      throw StoreError(.invalid, "the two are not the same; nothing is changed")
    }
    return first
  }
}
