import Glibc

/// What the kernel said about a file.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file or directory.
  public var path: String
  /// What was tried: `open`, `write`, `fdatasync`, ….
  public var operation: String
  /// `errno`; 0 when the fault is ours to name (``message``).
  public var code: Int32
  /// What is wrong, in the kernel's words or ours.
  public var message: String

  /// The kernel's error.
  public init(path: String, operation: String, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
    message = ErrorText.of(code)
  }

  /// An error of our own naming.
  public init(path: String, operation: String, message: String) {
    self.path = path
    self.operation = operation
    code = 0
    self.message = message
  }

  /// Whether there is no such file.
  public var isNotFound: Bool { code == ENOENT }

  /// `cannot open /x: No such file or directory`.
  public var description: String { "cannot \(operation) \(path): \(message)" }
}
