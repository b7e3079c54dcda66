import AudioTraces
import Codecs
import Glibc
import Jitter
import Mixer
import RTP
import Wire

/// Measures the jitter buffer, the mixer and a conference.
///
/// `BenchmarkAudio traces` plays made-up networks through a buffer and prints delay and concealed share of each;
/// `BenchmarkAudio room` holds a conference of 25 in real time's stead and prints what of one core it took, and fails when
/// sound takes longer through it than it may; `BenchmarkAudio count insert|pull|mix|room N` does one thing N times and
/// prints nothing: that is for instruction counts.
@main
enum BenchmarkAudio {
  static func main() {
    let arguments = CommandLine.arguments
    switch arguments.dropFirst().first {
    case "traces": traces()
    case "room": rooms()
    case "count" where arguments.count == 4: count(arguments[2], Int(arguments[3]) ?? 0)
    default:
      print("usage: BenchmarkAudio traces|room|count insert|pull|mix|room N")
      exit(2)
    }
  }

  static func threadSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  // MARK: Traces

  static func traces() {
    print("| network | lost | delay p50 | p99 | concealed | late |")
    print("|---|---|---|---|---|---|")
    for percent in [1.0, 5, 10, 20] {
      row("loss \(Int(percent)) %, jitter to 5 ms") {
        $0.lossPercent = percent
        $0.jitter = .independent(5)
      }
    }
    for most in [10, 20, 50, 100] { row("each up to \(most) ms late") { $0.jitter = .independent(most) } }
    for mean in [5, 15] { row("a queue, \(mean) ms on average") { $0.jitter = .queue(mean: mean) } }
    for height in [50, 100] { row("jams of \(height) ms") { $0.jitter = .spikes(height) } }
    for drift in [200.0, -200, 1_000, -1_000] {
      row("drift of \(Int(drift)) ppm, jitter to 5 ms") {
        $0.driftPPM = drift
        $0.jitter = .independent(5)
      }
    }
    row("5 % lost, a queue of 10 ms, drift of 200 ppm") {
      $0.lossPercent = 5
      $0.jitter = .queue(mean: 10)
      $0.driftPPM = 200
    }
  }

  static func row(_ name: String, _ change: (inout NetworkTrace) -> Void) {
    var trace = NetworkTrace()
    trace.seconds = 300
    change(&trace)
    let result = trace.play()
    let all = trace.seconds * 1_000 / trace.packetMilliseconds
    print(
      "| \(name) | \(hundredths(Double(result.statistics.lost) * 100 / Double(all))) % | \(hundredths(result.delay(50))) ms "
        + "| \(hundredths(result.delay(99))) ms | \(hundredths(result.statistics.concealedShare * 100)) % "
        + "| \(result.statistics.late) |")
  }

  static func hundredths(_ value: Double) -> String {
    let whole = Int((value * 100).rounded())
    let rest = abs(whole) % 100
    return "\(whole < 0 ? "-" : "")\(abs(whole) / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  // MARK: Rooms

  static let roomSeconds = 60
  /// What sound may take from when it has been sent whole to when it is sent on, for 99 in 100: 60 ms less one packet.
  static let largestDelay = 40.0

  static func rooms() {
    print("| 25 in a room, packets of 20 ms | speak at once | of one core | per leg and tick | delay p50 | p99 |")
    print("|---|---|---|---|---|---|")
    var isFine = true
    for (name, encoding, speakers) in [
      ("G.711, both laws", nil, 2), ("G.711, both laws", nil, 25), ("G.722", AudioEncoding.g722, 2),
    ] as [(String, AudioEncoding?, Int)] {
      var room = Room(legs: 25, encoding: encoding, speakers: speakers)
      let spent = room.hold(ticks: roomSeconds * 50)
      let delays = room.delays.sorted()
      let (half, most) = (delays[delays.count / 2], delays[delays.count * 99 / 100])
      if most > largestDelay { isFine = false }
      print(
        "| \(name) | \(speakers) | \(hundredths(spent / Double(roomSeconds) * 100)) % "
          + "| \(hundredths(spent / Double(roomSeconds * 50 * 25) * 1e6)) µs | \(hundredths(half)) ms | \(hundredths(most)) ms |"
      )
    }
    if !isFine {
      print("MISSED: sound takes longer than \(largestDelay) ms through buffer and mixer")
      exit(1)
    }
  }

  // MARK: Counting

  static func count(_ what: String, _ times: Int) {
    switch what {
    case "insert", "pull":
      var buffer = JitterBuffer()
      var voice = Voice(seed: 1)
      let payloads = (0..<64).map { _ in voice.next(160, .mu) }
      var frame = [Int16](repeating: 0, count: 160)
      for number in 0..<times {
        let fields = RTPPacketFields(
          payloadType: 0, sequenceNumber: UInt16(truncatingIfNeeded: number),
          timestamp: UInt32(truncatingIfNeeded: number * 160), ssrc: 1)
        let payload = payloads[number & 63]
        let now = Instant(nanoseconds: Int64(number) * 20_000_000)
        buffer.insert(fields, payload: payload.span, now: now)
        guard what == "pull" else { continue }
        var span = frame.mutableSpan
        _ = buffer.pull(into: &span, now: now)
      }
    case "mix":
      // All of 25 speak, and each asks for what it hears.
      var mixer = AudioMixer()
      let legs = (0..<25).compactMap { _ in try? mixer.addLeg() }
      var voice = Voice(seed: 1)
      let given = legs.map { _ in voice.next(160) }
      var heard = [Int16](repeating: 0, count: 160)
      for _ in 0..<times {
        for (leg, frame) in zip(legs, given) { mixer.add(frame.span, from: leg) }
        var span = heard.mutableSpan
        for leg in legs { _ = mixer.mixed(for: leg, into: &span) }
        mixer.advance()
      }
    default:
      var room = Room(legs: 25, encoding: nil, speakers: 2)
      _ = room.hold(ticks: times)
    }
  }
}
