import ArgumentParser
import Guard
import Settings

/// `--config`, for every command that needs one.
struct ConfigurationOption: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      "The configuration file. Without it: \(SettingsLoader.searchPath.joined(separator: ", then ")).",
      valueName: "file"))
  var file: String?

  /// The file to read: the one that was named, or the first on the search path that is there.
  func resolvedPath() throws(SettingsError) -> String {
    if let path = file ?? SettingsLoader.defaultFile() { return path }
    throw SettingsError(problems: [
      SettingsProblem(
        file: "ifsip-proxy", line: 0, column: 0, key: "",
        message:
          "there is no configuration: neither \(SettingsLoader.searchPath.joined(separator: " nor ")) is there; "
          + "name one with --config FILE")
    ])
  }

  /// The settings of that file and the environment.
  func settings() throws(SettingsError) -> Settings {
    try SettingsLoader.load(file: resolvedPath(), environment: Terminal.environment())
  }
}

/// A configuration with the registry that it names.
struct Configuration {
  var settings: Settings
  var registry: Registry

  static func load(_ path: String) throws(SettingsError) -> Configuration {
    let settings = try SettingsLoader.load(file: path, environment: Terminal.environment())
    guard let registryPath = settings.registryPath else {
      return Configuration(settings: settings, registry: Registry())
    }
    return Configuration(settings: settings, registry: try RegistryLoader.load(file: registryPath))
  }
}
