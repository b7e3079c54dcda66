/// `match` of a route: which Request-URIs go there.
///
/// `sip:*@example.net` is every user of that host (and the host without a user), `sip:example.net` the same,
/// `sip:+49*@*` every number that begins so, `sip:*` everything. The user is compared as it is with escapes resolved,
/// the host in lower case; port and parameters are not looked at.
public struct RoutePattern: Sendable, Hashable {
  /// As it was written.
  public let text: String
  private let user: WildcardPattern
  private let host: WildcardPattern

  /// Reads a pattern; nil: it is none.
  public init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), ["sip", "sips"].contains(text[..<colon].lowercased()) else {
      return nil
    }
    let rest = text[text.index(after: colon)...]
    let at = rest.lastIndex(of: "@")
    let user = at.map { rest[..<$0] } ?? "*"
    var host = rest[(at.map { rest.index(after: $0) } ?? rest.startIndex)...].lowercased()
    if host.hasSuffix(".") { host.removeLast() }
    let isHost =
      !host.isEmpty && host.utf8.count <= 253
      && host.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-_.*[:]".utf8.contains($0)
        }
      }
    // A colon is part of an IPv6 address in brackets, or it begins a port, which a pattern has not.
    let hasPort = host.contains(":") && !(host.hasPrefix("[") && host.hasSuffix("]"))
    guard isHost, !hasPort, !user.isEmpty, user.utf8.count <= 255, user.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
    else { return nil }
    self.text = text
    self.user = WildcardPattern(String(user))
    self.host = WildcardPattern(host)
  }

  /// Whether a Request-URI falls under it.
  ///
  /// - Parameters:
  ///   - user: with escapes resolved; empty when the URI has none.
  ///   - host: in lower case, without a trailing dot, an IPv6 address in brackets.
  public func matches(user: String, host: String) -> Bool {
    matches(user: Array(user.utf8)[...], host: Array(host.utf8)[...])
  }

  /// The same for the bytes of a normalised address.
  public func matches(user: ArraySlice<UInt8>, host: ArraySlice<UInt8>) -> Bool {
    self.host.matches(host) && self.user.matches(user)
  }
}
