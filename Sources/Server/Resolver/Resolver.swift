import Reactor
import SIPLocation
import Synchronization
import Wire

/// Locates SIP servers by DNS (RFC 3263) for a whole node: one thread, one cache.
///
/// Reactors ask `cachedLocation(_:)` first, which costs a few locks that are seldom contended, and `locate` when that
/// knows nothing. Neither waits for anything: a server that does not answer costs this thread's time and nobody else's.
/// The thread asks each question once, whoever wants to know; what an answer may say is decided by `DNSMessage`,
/// where it leads by `SIPLocator`, how long it is believed by `DNSCache`.
package final class Resolver: Sendable {
  /// Hops in the order in which to try them, or why there are none.
  package typealias LocationResult = Result<[LocatedHop], ResolverFailure>
  /// Called once, on the resolver's thread, so it must only pass the news on; on the caller's when it is refused.
  package typealias Completion = @Sendable (LocationResult) -> Void

  private let shared: ResolverShared

  /// Starts the thread.
  package init(_ configuration: ResolverConfiguration) throws(ResolverError) {
    let shared = try ResolverShared(configuration)
    self.shared = shared
    // Made here, so that what is wrong is known at once; used by the thread alone.
    let handover = Handover(try DNSChannel(configuration, wake: shared.wake.descriptor))
    do throws(ReactorError) {
      try startThread(name: "resolver", processor: nil) {
        guard let channel = handover.take() else { return }
        ResolverCore(shared, channel).run()
      }
    } catch {
      throw .system(error.description)
    }
  }

  deinit { stop() }

  /// Finds the hops of a target; never waits.
  ///
  /// - Parameter completion: called when they are known, at the latest at the deadline. When there are too many locations,
  ///   or the resolver has been stopped, it is called before this returns.
  package func locate(_ target: LocationTarget, completion: @escaping Completion) {
    let configuration = shared.configuration
    let request = ResolverShared.Request(
      target: target, deadline: MonotonicClock.now + configuration.deadline, completion: completion)
    var wake = false
    let refusal = shared.state.withLock { state -> ResolverFailure? in
      if state.isStopped { return .stopped }
      guard state.locations < configuration.maxLocations else { return .busy }
      state.locations += 1
      wake = state.requests.isEmpty
      state.requests.append(request)
      return nil
    }
    if let refusal { return completion(.failure(refusal)) }
    if wake { shared.wake.raise() }
  }

  /// What the cache says about a target: its hops, or that it has none; nil when DNS would have to be asked.
  package func cachedResult(_ target: LocationTarget) -> LocationResult? {
    let now = MonotonicClock.now
    var locator = shared.locator(for: target)
    // Once one answer is missing, the others need not be looked up.
    var isMissing = false
    let cache = shared.cache
    _ = locator.advance { question in
      if isMissing { return nil }
      let answer = cache.answer(to: question, now: now)
      isMissing = answer == nil
      return answer
    }
    return locator.outcome.map(Resolver.result)
  }

  /// The hops of a target when the cache knows them all.
  package func cachedLocation(_ target: LocationTarget) -> [LocatedHop]? {
    try? cachedResult(target)?.get()
  }

  /// Ends the thread; locations that are under way fail with `stopped`, on that thread.
  package func stop() {
    shared.state.withLock { $0.isStopped = true }
    shared.wake.raise()
  }

  /// What it has done so far.
  package var statistics: ResolverStatistics {
    ResolverStatistics(
      questions: shared.questions.load(ordering: .relaxed), failures: shared.failures.load(ordering: .relaxed),
      cacheEntries: shared.cache.count, locations: shared.state.withLock { $0.locations })
  }

  static func result(of outcome: SIPLocator.Outcome) -> LocationResult {
    switch outcome {
    case .located(let hops): .success(hops)
    case .failed(let failure): .failure(.location(failure))
    }
  }
}

/// Numbers for operators.
package struct ResolverStatistics: Sendable, Hashable {
  /// Questions sent to DNS servers.
  package var questions: Int
  /// Of these, how many got no answer that could be used.
  package var failures: Int
  /// Answers in the cache, some perhaps expired.
  package var cacheEntries: Int
  /// Locations under way.
  package var locations: Int

  /// These numbers.
  package init(questions: Int, failures: Int, cacheEntries: Int, locations: Int) {
    self.questions = questions
    self.failures = failures
    self.cacheEntries = cacheEntries
    self.locations = locations
  }
}

/// Takes the channel over to the thread that will own it.
private final class Handover: Sendable {
  private let channel: Mutex<DNSChannel?>

  init(_ channel: sending DNSChannel) {
    self.channel = Mutex(channel)
  }

  func take() -> sending DNSChannel? {
    channel.withLock { channel in
      let taken = channel
      channel = nil
      return taken
    }
  }
}
