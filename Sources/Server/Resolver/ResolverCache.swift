import SIPLocation
import Synchronization
import Wire

/// The node's DNS cache: a few `DNSCache`s, each under its own lock, so that reactors seldom meet.
final class ResolverCache: Sendable {
  private final class Shard: Sendable {
    let cache: Mutex<DNSCache>

    init(limits: DNSCacheLimits) {
      cache = Mutex(DNSCache(limits: limits))
    }
  }

  private static let shardCount = 16
  private let shards: [Shard]

  init(limits: DNSCacheLimits) {
    var share = limits
    share.maxEntries = max(1, limits.maxEntries / ResolverCache.shardCount)
    let limits = share
    shards = (0..<ResolverCache.shardCount).map { _ in Shard(limits: limits) }
  }

  /// The answer, if it is known.
  func answer(to question: DNSQuestion, now: Instant) -> DNSAnswer? {
    shard(of: question).cache.withLock { $0.answer(to: question, now: now) }
  }

  /// Keeps an answer, unless what is there is better; returns the one that holds now.
  func store(_ answer: DNSAnswer, to question: DNSQuestion, now: Instant) -> DNSAnswer {
    shard(of: question).cache.withLock { cache in
      cache.store(answer, to: question, now: now) ? answer : cache.answer(to: question, now: now) ?? answer
    }
  }

  /// Entries, some perhaps expired.
  var count: Int { shards.reduce(0) { $0 + $1.cache.withLock { $0.count } } }

  private func shard(of question: DNSQuestion) -> Shard {
    // The standard library's hash has a key of its own in every process.
    shards[Int(truncatingIfNeeded: UInt(bitPattern: question.hashValue) % UInt(ResolverCache.shardCount))]
  }
}
