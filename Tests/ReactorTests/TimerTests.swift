import Reactor
import Testing
import Wire

@Suite("Timers") struct TimerTests {
  private func timers(_ seen: Recorder) -> [(deadline: Instant, now: Instant)] {
    seen.all.compactMap { if case .timer(let deadline, let now) = $0 { (deadline, now) } else { nil } }
  }

  @Test("Fires after its deadline, never before", arguments: [0, 300, 1_500, 20_000, 100_000])
  func fires(microseconds: Int) async throws {
    try await withReactors(ReactorConfiguration(count: 1, sockets: [])) { group, seen in
      group.mailboxes[0].post(
        .call { driver in
          (driver as? TestDriver)?.nextDeadline = MonotonicClock.now + .microseconds(microseconds)
        })
      #expect(await eventually { timers(seen).count == 1 })
      let timer = try #require(timers(seen).first)
      #expect(timer.now >= timer.deadline)
      // Generous, for machines under load; a wait rounded to something coarse would still show.
      #expect(timer.now - timer.deadline < .seconds(2))
    }
  }

  @Test("A deadline in the past fires at once, a far one does not")
  func extremes() async throws {
    try await withReactors(ReactorConfiguration(count: 1, sockets: [])) { group, seen in
      group.mailboxes[0].post(.call { ($0 as? TestDriver)?.nextDeadline = .distantFuture })
      try await Task.sleep(for: .milliseconds(20))
      #expect(timers(seen).isEmpty)
      group.mailboxes[0].post(.call { ($0 as? TestDriver)?.nextDeadline = .zero })
      #expect(await eventually { timers(seen).count == 1 })
    }
  }

  @Test("A reactor with nothing to do sleeps")
  func sleeps() async throws {
    try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { group, _ in
      try await Task.sleep(for: .milliseconds(200))
      #expect(group.statistics[0].counters.wakeUps <= 2)
    }
  }
}
