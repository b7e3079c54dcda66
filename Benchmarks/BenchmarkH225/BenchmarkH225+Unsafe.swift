import Glibc
import H225
import PER
import Wire

/// Times what a Setup costs: its H323-UserInformation of 110 octets read, and written.
///
/// One round runs for 0.3 s of this thread's CPU time; the best of five counts. With `ITER=n` the work is done exactly n
/// times and nothing is printed: that is for instruction counts under valgrind.
/// `BenchmarkH225 [--decode | --encode]`; both without an option. Status 1 when one takes longer than 2 µs.
@main
enum BenchmarkH225 {
  enum Mode: String, CaseIterable {
    case decode
    case encode
  }

  /// Aliases, vendor, a gateway's voice prefixes, addresses, the call's identifiers, h245Tunnelling.
  static let setup =
    "00b0060008914a00040240040061006c0069006300650180433428c0b500534c056f7261636c65003140013c050100000101806333000001"
    + "02030405060708090a0b0c0d0e0f00dd0d80000007007f00000106b81100101112131415161718191a1b1c1d1e1f0100010001000100"

  static let thresholdMicroseconds = 2.0

  static func main() {
    var modes = Mode.allCases
    if let argument = CommandLine.arguments.dropFirst().first {
      guard let mode = Mode(rawValue: String(argument.drop { $0 == "-" })) else {
        print("usage: BenchmarkH225 [--decode | --encode]")
        exit(2)
      }
      modes = [mode]
    }
    do {
      let bytes = try Hex.decode(setup)
      if let text = unsafe getenv("ITER"), let count = Int(unsafe String(cString: text)) {
        for mode in modes { _ = try run(mode, bytes, times: count) }
        return
      }
      var isMissed = false
      for mode in modes where try report(mode, bytes) > thresholdMicroseconds { isMissed = true }
      if isMissed { exit(1) }
    } catch {
      print("refused: \(error)")
      exit(1)
    }
  }

  /// Does the work so many times; a sum over its results, so that nothing is optimised away.
  @inline(never)
  static func run(_ mode: Mode, _ bytes: [UInt8], times: Int) throws -> Int {
    var sum = 0
    switch mode {
    case .decode:
      for _ in 0..<times {
        let information = try H323UserInformation(decoding: bytes)
        if information.h323UUPDU.h245Tunnelling != true { sum &+= 1 }
        sum &+= information.userData == nil ? 1 : 0
      }
    case .encode:
      let information = try H323UserInformation(decoding: bytes)
      for _ in 0..<times { sum &+= try information.encoded().count }
    }
    return sum
  }

  static func report(_ mode: Mode, _ bytes: [UInt8]) throws -> Double {
    var best = Double.infinity
    var checksum = 0
    for _ in 0..<5 {
      var count = 0
      let start = threadSeconds()
      var now = start
      repeat {
        checksum &+= try run(mode, bytes, times: 1_000)
        count += 1_000
        now = threadSeconds()
      } while now - start < 0.3
      best = min(best, (now - start) / Double(count) * 1e6)
    }
    if checksum == 0 { print("nothing done") }
    print("\(mode.rawValue)\tbytes=\(bytes.count)\tbest_us=\((best * 1_000).rounded() / 1_000)")
    return best
  }

  static func threadSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
