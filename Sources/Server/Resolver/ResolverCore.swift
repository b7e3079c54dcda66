import Reactor
import SIPLocation
import Synchronization
import Wire

/// What a ``Resolver``, its thread and its callers share.
final class ResolverShared: Sendable {
  struct Request: Sendable {
    var target: LocationTarget
    var deadline: Instant
    var completion: Resolver.Completion
  }

  struct State {
    var requests: [Request] = []
    /// Accepted and not completed.
    var locations = 0
    var isStopped = false
  }

  let configuration: ResolverConfiguration
  let cache: ResolverCache
  let state = Mutex(State())
  let wake: EventSignal
  let questions = Atomic<Int>(0)
  let failures = Atomic<Int>(0)
  private let words: Atomic<UInt64>

  init(_ configuration: ResolverConfiguration) throws(ResolverError) {
    self.configuration = configuration
    cache = ResolverCache(limits: configuration.cache)
    do throws(ReactorError) {
      wake = try EventSignal()
    } catch {
      throw .system(error.description)
    }
    words = Atomic(UInt64.random(in: 0...UInt64.max))
  }

  /// A word for one location's order of equals. The locator mixes it, so neighbours in number are none in order.
  var randomWord: UInt64 { words.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue }

  func locator(for target: LocationTarget) -> SIPLocator {
    SIPLocator(target, from: configuration.sources, limits: configuration.limits, random: randomWord)
  }
}

/// The resolver's thread: its locations, and the questions that they wait for.
///
/// Equal questions of several locations are asked once. A location whose deadline has come ends; the question that it
/// waited for goes on, as its answer is worth keeping, and ends by its own timeouts.
final class ResolverCore {
  private struct Location {
    var locator: SIPLocator
    var completion: Resolver.Completion
  }

  private let shared: ResolverShared
  private let channel: DNSChannel
  private var locations: [UInt64: Location] = [:]
  private var waiting: [DNSQuestion: [UInt64]] = [:]
  /// Deadlines in their order, which is the order of arrival.
  private var deadlines: [(location: UInt64, at: Instant)] = []
  private var firstDeadline = 0
  private var lastLocation: UInt64 = 0

  init(_ shared: ResolverShared, _ channel: DNSChannel) {
    self.shared = shared
    self.channel = channel
  }

  /// Works until the resolver is stopped.
  func run() {
    while true {
      let (requests, isStopped) = shared.state.withLock { state in
        let requests = state.requests
        state.requests = []
        return (requests, state.isStopped)
      }
      if isStopped {
        for request in requests { request.completion(.failure(.stopped)) }
        for location in locations.values { location.completion(.failure(.stopped)) }
        return
      }
      for request in requests { begin(request) }
      for reply in channel.wait(until: nextDeadline) { answered(reply) }
      expire(now: MonotonicClock.now)
    }
  }

  private func begin(_ request: ResolverShared.Request) {
    lastLocation += 1
    locations[lastLocation] = Location(locator: shared.locator(for: request.target), completion: request.completion)
    deadlines.append((lastLocation, request.deadline))
    proceed(lastLocation, with: [])
  }

  private func answered(_ reply: DNSChannel.Reply) {
    if case .failed = reply.answer { shared.failures.wrappingAdd(1, ordering: .relaxed) }
    let answer = shared.cache.store(reply.answer, to: reply.question, now: MonotonicClock.now)
    for id in waiting.removeValue(forKey: reply.question) ?? [] {
      var questions: [DNSQuestion] = []
      // A location that has ended meanwhile is not there any more.
      guard locations[id] != nil else { continue }
      locations[id]?.locator.answered(reply.question, answer, into: &questions)
      proceed(id, with: questions)
    }
  }

  /// Answers questions of a location from the cache, asks those that are left, ends it when it has come to its end.
  private func proceed(_ id: UInt64, with questions: [DNSQuestion]) {
    guard var location = locations[id] else { return }
    let now = MonotonicClock.now
    let cache = shared.cache
    let unanswered = location.locator.advance(questions) { cache.answer(to: $0, now: now) }
    if let outcome = location.locator.outcome {
      return end(id, with: Resolver.result(of: outcome))
    }
    locations[id] = location
    for question in unanswered {
      if waiting[question] != nil {
        waiting[question]?.append(id)
      } else if waiting.count >= shared.configuration.maxQuestions {
        return end(id, with: .failure(.busy))
      } else {
        waiting[question] = [id]
        shared.questions.wrappingAdd(1, ordering: .relaxed)
        channel.ask(question)
      }
    }
  }

  private func end(_ id: UInt64, with result: Resolver.LocationResult) {
    guard let location = locations.removeValue(forKey: id) else { return }
    shared.state.withLock { $0.locations -= 1 }
    location.completion(result)
  }

  /// The deadline of the oldest location that has not ended.
  private var nextDeadline: Instant? {
    while firstDeadline < deadlines.count, locations[deadlines[firstDeadline].location] == nil { firstDeadline += 1 }
    if firstDeadline == deadlines.count || firstDeadline > 1_024 {
      deadlines.removeFirst(firstDeadline)
      firstDeadline = 0
    }
    return firstDeadline < deadlines.count ? deadlines[firstDeadline].at : nil
  }

  private func expire(now: Instant) {
    while let next = nextDeadline, next <= now {
      end(deadlines[firstDeadline].location, with: .failure(.timedOut))
    }
  }
}
