import Telemetry
import Testing
import Wire

@Suite struct ProcessFiguresTests {
  static let stat =
    "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 12834 0 3 0 250 50 0 0 20 0 9 0 36000 4563402752 11009 "
    + "18446744073709551615 1 1 0 0 0 0 0 0 1088 0 0 0 17 1 0 0 0 0 0\n"
  static let machine = "cpu  1 2 3\nintr 5 6\nbtime 1760000000\nprocesses 7\n"

  @Test func readsWhatLinuxSays() throws {
    var figures = try #require(
      ProcessFigures(stat: Self.stat, machine: Self.machine, ticksPerSecond: 100, pageBytes: 4_096))
    #expect(figures.cpuSeconds == 3)
    #expect(figures.residentBytes == 11_009 * 4_096)
    #expect(figures.virtualBytes == 4_563_402_752)
    #expect(figures.startedAt == 1_760_000_360)
    figures.openFiles = 12
    figures.maxFiles = 1_024
    var page = MetricsPage(.openMetrics)
    figures.write(to: &page)
    for line in [
      "# TYPE process_cpu_seconds counter", "# UNIT process_cpu_seconds seconds", "process_cpu_seconds_total 3",
      "# UNIT process_resident_memory_bytes bytes", "process_resident_memory_bytes 45092864", "process_open_fds 12",
      "process_max_fds 1024", "process_start_time_seconds 1760000360", "process_virtual_memory_bytes 4563402752",
    ] {
      #expect(page.text.contains(line + "\n"), "\(line)")
    }
  }

  @Test func saysNothingOfWhatItDoesNotKnow() throws {
    #expect(ProcessFigures(stat: "", machine: "", ticksPerSecond: 100, pageBytes: 4_096) == nil)
    #expect(ProcessFigures(stat: "1 (x) S 1 2", machine: "", ticksPerSecond: 100, pageBytes: 4_096) == nil)
    #expect(ProcessFigures(stat: Self.stat, machine: "", ticksPerSecond: 0, pageBytes: 4_096) == nil)
    let figures = try #require(ProcessFigures(stat: Self.stat, machine: "", ticksPerSecond: 100, pageBytes: 4_096))
    var page = MetricsPage()
    figures.write(to: &page)
    #expect(!page.text.contains("process_start_time_seconds"))
    #expect(!page.text.contains("process_open_fds"))
  }
}

@Suite struct ReadinessTests {
  @Test func withoutAReasonItIsReady() {
    let readiness = Readiness()
    #expect(readiness.refusal == nil)
    #expect(readiness.illness == nil)
    var page = MetricsPage()
    readiness.write(to: &page)
    #expect(page.text.contains("ifsip_ready 1\n"))
    for reason in ["draining", "witness-disk", "witness-queue", "database", "reactor"] {
      #expect(page.text.contains("ifsip_unready{reason=\"\(reason)\"} 0\n"))
    }
  }

  @Test func everyReasonHasItsLine() {
    var readiness = Readiness()
    readiness.add(.database, "locked\nby somebody")
    readiness.add(.draining, "about to stop")
    #expect(readiness.reasons == [.draining, .database])
    #expect(readiness.refusal == "draining: about to stop\ndatabase: locked by somebody")
    #expect(readiness.illness == "database: locked by somebody")
    var page = MetricsPage()
    readiness.write(to: &page)
    #expect(page.text.contains("ifsip_ready 0\n"))
    #expect(page.text.contains("ifsip_unready{reason=\"draining\"} 1\n"))
    #expect(page.text.contains("ifsip_unready{reason=\"database\"} 1\n"))
    #expect(page.text.contains("ifsip_unready{reason=\"witness-disk\"} 0\n"))
  }

  @Test func drainingAloneIsNoIllness() {
    var readiness = Readiness()
    readiness.add(.draining, "about to stop")
    #expect(readiness.illness == nil)
    #expect(readiness.refusal != nil)
  }
}

@Suite struct PulseTests {
  private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  @Test func whoOwesAnAnswerIsNotAskedAgain() {
    var pulse = Pulse(count: 3)
    #expect(pulse.ask(now: at(1)) == [0, 1, 2])
    pulse.answered(1)
    pulse.answered(7)
    #expect(pulse.ask(now: at(2)) == [1])
    #expect(pulse.silent(now: at(6)) == [])
    #expect(pulse.silent(now: at(7)) == [0, 2])
    pulse.answered(0)
    #expect(pulse.silent(now: at(8)) == [1, 2])
    pulse.answered(1)
    pulse.answered(2)
    #expect(pulse.silent(now: at(99)) == [])
  }

  @Test func patienceEndsWhenItIsOver() {
    var pulse = Pulse(count: 1)
    _ = pulse.ask(now: at(0))
    let end = at(0) + Pulse.patience
    #expect(pulse.silent(now: end) == [])
    #expect(pulse.silent(now: end + .nanoseconds(1)) == [0])
  }
}
