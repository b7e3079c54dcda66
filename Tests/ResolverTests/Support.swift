import Resolver
import SIPLocation
import SIPMessage
import SIPTransaction
import Testing
import Wire

extension Resolver {
  /// Locates and waits for the end.
  func locate(_ uri: String) async throws -> LocationResult {
    let target = try target(uri)
    return await withCheckedContinuation { continuation in
      locate(target) { continuation.resume(returning: $0) }
    }
  }

  func cached(_ uri: String) throws -> [LocatedHop]? { cachedLocation(try target(uri)) }

  private func target(_ uri: String) throws -> LocationTarget {
    try #require(LocationTarget(try SIPURI(uri)))
  }

  /// A resolver that asks one server, impatiently.
  convenience init(
    _ server: SocketAddress, timeout: Duration = .milliseconds(300), tries: Int = 2, deadline: Duration = .seconds(5),
    maxLocations: Int = 1_024, maxQuestions: Int = 4_096, cache: DNSCacheLimits = .default
  ) throws {
    try self.init(
      ResolverConfiguration(
        servers: [server], timeout: timeout, tries: tries, deadline: deadline, maxLocations: maxLocations,
        maxQuestions: maxQuestions,
        sources: [
          LocationSource(.udp, .ipv4), LocationSource(.tcp, .ipv4), LocationSource(.udp, .ipv6),
          LocationSource(.tls, .ipv4),
        ],
        cache: cache))
  }
}

extension Result<[LocatedHop], ResolverFailure> {
  /// `udp 192.0.2.1:5060, …`, or the failure.
  var text: String {
    switch self {
    case .success(let hops): hops.text
    case .failure(.location(let failure)): "\(failure)"
    case .failure(let failure): "\(failure)"
    }
  }
}

extension [LocatedHop] {
  var text: String { map(\.description).joined(separator: ", ") }
}
