/// Why a query cannot be answered. ``reason`` is a sentence for the person who asked.
public enum QueryError: Error, Sendable, Equatable {
  /// More than ``QueryLimits/maxBytes``.
  case tooLong
  /// More than ``QueryLimits/maxParameters``.
  case tooMany
  /// An escape is broken, or what it stands for is no UTF-8.
  case notPercentEncoded
  /// A token travels in it, where logs would keep it.
  case holdsToken
  /// A parameter is there twice.
  case twice(String)
  /// A parameter that this path does not know; those that it does.
  case unknown(String, known: [String])
  /// A parameter's value is none that it can have.
  case value(String, String)

  /// What is wrong.
  public var reason: String {
    switch self {
    case .tooLong: "the query is longer than \(QueryLimits.maxBytes) bytes"
    case .tooMany: "the query has more than \(QueryLimits.maxParameters) parameters"
    case .notPercentEncoded: "the query is not UTF-8 in percent-encoding"
    case .holdsToken:
      "a token never travels in a query string, where logs would keep it; use Authorization: Bearer"
    case .twice(let name): "\(name) is there twice"
    case .unknown(let name, let known) where known.isEmpty: "there is no parameter \(name) here"
    case .unknown(let name, let known):
      "there is no parameter \(name) here, only \(known.joined(separator: ", "))"
    case .value(let name, let must): "\(name) must be \(must)"
    }
  }
}

/// Bounds of what a query may hold.
public enum QueryLimits {
  /// The longest query, encoded.
  public static let maxBytes = 8_192
  /// The most parameters.
  public static let maxParameters = 16
  /// The most names of events in one parameter.
  public static let maxEventNames = 16
}
