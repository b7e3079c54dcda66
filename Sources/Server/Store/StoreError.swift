/// Why the store could not do what it was asked, in words for the operator.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is: what a caller may act on.
  public enum Reason: Sendable, Equatable {
    /// A second process holds the state directory.
    case inUse
    /// A file or directory cannot be made, read or written.
    case fileSystem
    /// Something in the state directory is not what we wrote.
    case corrupt
    /// The state directory was written by a newer version.
    case tooNew
    /// The database refused.
    case database
    /// There is such a user already.
    case userExists
    /// There is no such user.
    case noSuchUser
    /// There is no such token.
    case noSuchToken
    /// A name, realm or password that cannot be stored.
    case invalid
  }

  /// The kind of trouble.
  public var reason: Reason
  /// What was wrong, where, and what to do.
  public var message: String

  /// An error.
  public init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  /// What was wrong, where, and what to do.
  public var description: String { message }
}
