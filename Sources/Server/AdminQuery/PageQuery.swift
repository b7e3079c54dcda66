/// The parameters of a list: `limit`, `cursor`, and the filters that the list knows. Anything else is a mistake that
/// should be heard of.
public struct PageQuery: Sendable, Equatable {
  /// At most so many; 1 to ``maxLimit``.
  public var limit: Int
  /// Where the last page ended, as its answer said; nil for the first page.
  public var cursor: String?
  /// The other parameters that the list knows, by name.
  public var filters: [String: String]

  /// What a page has without `limit`.
  public static let defaultLimit = 100
  /// The most it can have.
  public static let maxLimit = 1_000

  /// A page.
  public init(limit: Int = PageQuery.defaultLimit, cursor: String? = nil, filters: [String: String] = [:]) {
    self.limit = limit
    self.cursor = cursor
    self.filters = filters
  }

  /// The page that a query asks for.
  public init(_ query: QueryString, filters known: [String]) throws(QueryError) {
    self.init()
    for parameter in query.parameters {
      switch parameter.name {
      case "limit":
        guard let limit = Int(parameter.value), (1...Self.maxLimit).contains(limit) else {
          throw .value("limit", "a number from 1 to \(Self.maxLimit)")
        }
        self.limit = limit
      case "cursor": cursor = parameter.value
      case _ where known.contains(parameter.name): filters[parameter.name] = parameter.value
      default: throw .unknown(parameter.name, known: ["limit", "cursor"] + known)
      }
    }
  }
}
