/// Which web pages may open WebSockets here (RFC 6455 §10.2).
///
/// A browser says in `Origin` whose page it runs, and nobody but a browser has to tell the truth: so the check protects
/// the people before browsers, and a request without `Origin` (a telephone) passes.
public struct WebSocketOrigins: Sendable, Hashable {
  /// `https://phone.example.net` and the like, in lower case; `*` for all. Empty: pages of the host they connect to.
  public var allowed: [String] = []

  /// Pages of the host they connect to.
  public init() {}

  /// These pages, or all with `*`.
  public init(allowed: [String]) { self.allowed = allowed.map { HeaderText.lowercased($0) } }

  /// Whether a page may.
  ///
  /// - Parameters:
  ///   - origin: the header's value; `nil` when there is none.
  ///   - host: of the request.
  func allows(_ origin: String?, host: String) -> Bool {
    guard let origin = origin.map({ HeaderText.lowercased($0) }) else { return true }
    if !allowed.isEmpty { return allowed.contains("*") || allowed.contains(origin) }
    guard let scheme = origin.firstRange(of: "://") else { return false }
    return Self.name(origin[scheme.upperBound...]) == Self.name(HeaderText.lowercased(host)[...])
  }

  /// A host without its port: pages and SIP have different ones.
  private static func name(_ host: Substring) -> Substring {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return host[...end] }
    return host.prefix { $0 != ":" }
  }
}
