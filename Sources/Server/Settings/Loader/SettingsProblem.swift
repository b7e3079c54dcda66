/// One thing that is wrong in a configuration or registry file: where, under which key, and what to do about it.
public struct SettingsProblem: Sendable, Hashable, CustomStringConvertible {
  /// The file, or `environment` for a variable.
  public var file: String
  /// Counted from 1; 0 when the problem is not in one line (the file is missing, a variable is wrong).
  public var line: Int
  /// Counted from 1 in Unicode scalars; 0 as for `line`.
  public var column: Int
  /// The path of keys, `auth.algorithms[1]`; empty for the whole file. For a variable its name.
  public var key: String
  /// What is wrong and what to do.
  public var message: String

  /// A problem.
  public init(file: String, line: Int, column: Int, key: String, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.key = key
    self.message = message
  }

  /// `file:line:column: key: message`, the form that editors jump to.
  public var description: String {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    return key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
  }
}

/// Why a file was not taken: every problem that was found in it, in the file's order. Never empty.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was found.
  public var problems: [SettingsProblem]

  /// An error of these problems.
  public init(problems: [SettingsProblem]) { self.problems = problems }

  /// One problem per line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
