import Files
public import Settings

/// What a capture server knows us by, from its file.
enum CaptureKey {
  /// The first line of the file that `hep.auth_key_file` names; nil: it names none. Throws ``SettingsError``, which names
  /// the file and never what it holds.
  static func bytes(_ settings: Settings) throws(SettingsError) -> [UInt8]? {
    guard let path = settings.hep?.authKeyPath else { return nil }
    do throws(FileError) {
      guard let permissions = try Files.permissions(path) else {
        throw FileError(path: path, operation: "read", message: "there is no such file")
      }
      guard permissions & 0o077 == 0 else {
        throw FileError(path: path, operation: "use", message: "it can be read by others; run: chmod 600 \(path)")
      }
      let line = Array(try Files.read(path, limit: 4_096).prefix { $0 != 0x0A && $0 != 0x0D })
      guard (1...Settings.HEP.maxTextBytes).contains(line.count) else {
        throw FileError(
          path: path, operation: "use",
          message: "its first line must have 1 to \(Settings.HEP.maxTextBytes) bytes, not \(line.count)")
      }
      return line
    } catch {
      throw SettingsError(problems: [
        SettingsProblem(file: path, line: 0, column: 0, key: "hep.auth_key_file", message: error.message)
      ])
    }
  }
}

/// What an operator may want to know of the capture part of a configuration before it serves.
public enum CaptureCheck {
  /// Throws what serving would throw.
  public static func check(_ settings: Settings) throws { _ = try CaptureKey.bytes(settings) }
}
