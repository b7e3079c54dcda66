import SIPLocation
import Wire

/// Whom a ``Resolver`` asks, and how much of everything.
package struct ResolverConfiguration: Sendable {
  /// The DNS servers, tried in this order; they have to recurse. None: those of `/etc/resolv.conf`.
  package var servers: [SocketAddress]
  /// How long the first try at one server lasts; every further round takes twice as long as the one before.
  package var timeout: Duration
  /// Rounds through the servers.
  package var tries: Int
  /// How long a location may take, all its questions together.
  package var deadline: Duration
  /// Locations at a time; beyond it they fail at once.
  package var maxLocations: Int
  /// Questions at a time; a location that needs one more fails as those beyond `maxLocations` do. A question outlives its
  /// location when the servers are slow, so locations alone would not bound it.
  package var maxQuestions: Int
  /// From where we can send, the preferred ones first.
  package var sources: [LocationSource]
  /// How far one location goes.
  package var limits: LocationLimits
  /// What is kept, and for how long.
  package var cache: DNSCacheLimits

  /// A configuration; what is not named keeps the default of `config/ifsip-proxy.yaml`.
  package init(
    servers: [SocketAddress] = [], timeout: Duration = .milliseconds(1_000), tries: Int = 2,
    deadline: Duration = .seconds(5), maxLocations: Int = 1_024, maxQuestions: Int = 4_096, sources: [LocationSource],
    limits: LocationLimits = .default, cache: DNSCacheLimits = .default
  ) {
    self.servers = servers
    self.timeout = timeout
    self.tries = tries
    self.deadline = deadline
    self.maxLocations = maxLocations
    self.maxQuestions = maxQuestions
    self.sources = sources
    self.limits = limits
    self.cache = cache
  }
}

/// Why a ``Resolver`` has no hops for a target.
package enum ResolverFailure: Error, Sendable, Hashable {
  /// The target leads nowhere, or DNS does not say where.
  case location(LocationFailure)
  /// The deadline came first.
  case timedOut
  /// Too many locations, or questions of theirs, at a time.
  case busy
  /// The resolver has been stopped.
  case stopped
}

/// Why there is no ``Resolver``.
package enum ResolverError: Error, Sendable, Hashable, CustomStringConvertible {
  /// c-ares does not start; its words.
  case library(String)
  /// The system refused something; its words.
  case system(String)

  /// For a person.
  package var description: String {
    switch self {
    case .library(let words): "the DNS library does not start: \(words)"
    case .system(let words): "the resolver does not start: \(words)"
    }
  }
}
