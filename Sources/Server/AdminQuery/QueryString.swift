import Wire

/// The query of an HTTP target taken apart: `a=1&b=2`, names and values percent-encoded UTF-8 (RFC 3986 §3.4). A plus
/// sign is itself. A parameter without `=` has an empty value; empty ones between two `&` are passed over.
public struct QueryString: Sendable, Equatable {
  /// One parameter, decoded.
  public struct Parameter: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: String

    /// A parameter.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// In their order; no name is there twice.
  public let parameters: [Parameter]

  /// Names that would hold a credential.
  private static let tokenNames = ["token", "access_token", "authorization"]

  /// Reads a query, without its question mark.
  public init(parsing text: some StringProtocol) throws(QueryError) {
    guard text.utf8.count <= QueryLimits.maxBytes else { throw .tooLong }
    var parameters: [Parameter] = []
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(parts[0]),
        let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "")
      else { throw .notPercentEncoded }
      guard !Self.tokenNames.contains(name.lowercased()) else { throw .holdsToken }
      guard !parameters.contains(where: { $0.name == name }) else { throw .twice(name) }
      guard parameters.count < QueryLimits.maxParameters else { throw .tooMany }
      parameters.append(Parameter(name, value))
    }
    self.parameters = parameters
  }

  /// The query as it would be written.
  public var text: String {
    parameters.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
  }

  /// Refuses a query where none belongs.
  public func expectNone() throws(QueryError) {
    if let first = parameters.first { throw .unknown(first.name, known: []) }
  }
}
