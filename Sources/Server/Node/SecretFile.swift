import Admissions
import Files
public import Settings

/// Secrets that stand in files of their own, which the configuration names.
enum SecretFile {
  /// The first line of a file. Throws ``SettingsError``, which names the file and never what it holds.
  ///
  /// - Parameters:
  ///   - key: of the configuration, that names the file.
  ///   - limit: the most bytes of the line; there has to be one.
  static func firstLine(_ path: String, key: String, limit: Int) throws(SettingsError) -> [UInt8] {
    do throws(FileError) {
      guard let permissions = try Files.permissions(path) else {
        throw FileError(path: path, operation: "read", message: "there is no such file")
      }
      guard permissions & 0o077 == 0 else {
        throw FileError(path: path, operation: "use", message: "it can be read by others; run: chmod 600 \(path)")
      }
      let line = Array(try Files.read(path, limit: 4_096).prefix { $0 != 0x0A && $0 != 0x0D })
      guard (1...limit).contains(line.count) else {
        throw FileError(
          path: path, operation: "use", message: "its first line must have 1 to \(limit) bytes, not \(line.count)")
      }
      return line
    } catch {
      throw SettingsError(problems: [
        SettingsProblem(file: path, line: 0, column: 0, key: key, message: error.message)
      ])
    }
  }

  /// What a capture server knows us by; nil: `hep.auth_key_file` names no file.
  static func captureKey(_ settings: Settings) throws(SettingsError) -> [UInt8]? {
    guard let path = settings.hep?.authKeyPath else { return nil }
    return try firstLine(path, key: "hep.auth_key_file", limit: Settings.HEP.maxTextBytes)
  }

  /// The password of H.235.1 towards a gatekeeper of others; nil: `council.external.h235_password_file` names no file.
  static func gatekeeperPassword(_ settings: Settings) throws(SettingsError) -> H2351Password? {
    guard let path = settings.council.external?.passwordPath else { return nil }
    let key = "council.external.h235_password_file"
    let line = try firstLine(path, key: key, limit: Settings.Council.External.maxPasswordBytes)
    guard let text = String(validating: line, as: UTF8.self) else {
      throw SettingsError(problems: [
        SettingsProblem(file: path, line: 0, column: 0, key: key, message: "its first line is no text in UTF-8")
      ])
    }
    return H2351Password(text)
  }
}

/// What an operator may want to know of the secrets of a configuration before it serves.
public enum SecretCheck {
  /// Throws what serving would throw.
  public static func check(_ settings: Settings) throws {
    _ = try SecretFile.captureKey(settings)
    _ = try SecretFile.gatekeeperPassword(settings)
  }
}
