import Files
import Wire

/// Reads the configuration: bytes in, ``Settings`` or every problem out.
public enum SettingsLoader {
  /// Where a command looks when it is not told: the first of these that is there.
  public static let searchPath = ["config/ifsip-proxy.yaml", "/etc/ifsip-proxy/ifsip-proxy.yaml"]

  /// Reads bytes as the file of that name.
  ///
  /// - Parameters:
  ///   - bytes: the YAML.
  ///   - file: the name in messages; its directory is where relative paths begin.
  ///   - environment: `IFSIP_…` variables override keys; others are not looked at.
  public static func load(
    _ bytes: Span<UInt8>, file: String, environment: [String: String] = [:],
    limits: SettingsLimits = .configuration
  ) throws(SettingsError) -> Settings {
    var reader = YAMLReader(file: file, limits: limits)
    let problems = Problems(file: file)
    let root = EnvironmentOverrides.apply(environment, to: try reader.read(bytes), problems: problems)
    var top = Section(root, path: "", problems: problems)
    let settings = SettingsReader(directory: Files.directory(of: file), problems: problems).read(&top)
    top.finish()
    try problems.throwIfAny(limits: limits)
    return settings
  }

  /// Reads a file.
  public static func load(file: String, environment: [String: String] = [:]) throws(SettingsError) -> Settings {
    let bytes = try readFile(file, limits: .configuration)
    return try load(bytes.span, file: file, environment: environment)
  }

  /// The file that a command without `--config` reads; nil: none of ``searchPath`` is there.
  public static func defaultFile() -> String? {
    searchPath.first { (try? Files.isRegular($0)) ?? false }
  }

  /// Reads a file's bytes, and says what is wrong as a problem of that file.
  static func readFile(_ file: String, limits: SettingsLimits) throws(SettingsError) -> [UInt8] {
    do {
      return try Files.read(file, limit: limits.maxBytes)
    } catch {
      let advice =
        error.isNotFound
        ? "there is no such file; name another one, or copy the one that comes with ifsip-proxy" : error.message
      throw SettingsError(problems: [SettingsProblem(file: file, line: 0, column: 0, key: "", message: advice)])
    }
  }
}
