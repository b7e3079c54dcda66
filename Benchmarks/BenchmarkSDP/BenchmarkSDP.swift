import BenchmarkSupport
import Glibc
import SDP
import Wire

/// Times what a relay and an answerer do with a description, each on its own.
///
/// One round runs for 0.3 s of this thread's CPU time; the best of five counts. With `ITER=n` the work is done exactly n
/// times and nothing is printed: that is for instruction counts under valgrind.
/// `BenchmarkSDP [--parse | --relay | --bytes | --answer] FILE…`; all four without an option.
@main
enum BenchmarkSDP {
  enum Mode: String, CaseIterable {
    /// Bytes to a description.
    case parse
    /// Bytes to a description, its streams moved to a relay, and parsed again.
    case relay
    /// Bytes to a description, its streams moved to a relay, as bytes.
    case bytes
    /// Bytes to a description, and an answer to it with G.711 and events.
    case answer
  }

  static func main() {
    var modes = Mode.allCases
    var paths: [String] = []
    for argument in CommandLine.arguments.dropFirst() {
      if let mode = Mode(rawValue: String(argument.drop { $0 == "-" })), argument.hasPrefix("--") {
        modes = [mode]
      } else {
        paths.append(argument)
      }
    }
    guard let first = paths.first else {
      print("usage: BenchmarkSDP [--parse | --relay | --bytes | --answer] FILE...")
      exit(2)
    }
    if let count = BenchmarkSupport.exactRuns {
      for mode in modes { _ = run(mode, BenchmarkSupport.read(first), times: count) }
      return
    }
    for path in paths {
      for mode in modes { report(mode, path) }
    }
  }

  /// Does the work so many times; a sum over its results, so that nothing is optimised away.
  @inline(never)
  static func run(_ mode: Mode, _ bytes: [UInt8], times: Int) -> Int {
    let address = IPAddress(v4: 0xC633_6401)
    let codecs = [Codec.pcmu, .pcma, .telephoneEvent()]
    let stream = LocalStream(address: address, port: 40_000, codecs: codecs)
    let origin = Origin(sessionID: 1, address: address)
    var sum = 0
    do {
      for _ in 0..<times {
        let description = try SessionDescription(parsing: bytes.span)
        switch mode {
        case .parse: sum &+= description.media.count
        case .relay:
          let endpoints = description.media.map { RelayEndpoint(address, port: 40_000 &+ UInt16($0.index) &* 2) }
          sum &+= description.relayed(to: endpoints).media.count
        case .bytes:
          let endpoints = description.media.map { RelayEndpoint(address, port: 40_000 &+ UInt16($0.index) &* 2) }
          sum &+= description.relayedBytes(to: endpoints).count
        case .answer:
          var session = SessionNegotiation(origin: origin)
          try session.receivedOffer(description)
          sum &+= try session.answer([stream]).media.count
        }
      }
    } catch {
      print("refused: \(error)")
      exit(1)
    }
    return sum
  }

  static func report(_ mode: Mode, _ path: String) {
    let bytes = BenchmarkSupport.read(path)
    var best = Double.infinity
    var checksum = 0
    for _ in 0..<5 {
      var count = 0
      let start = BenchmarkSupport.threadSeconds()
      var now = start
      repeat {
        checksum &+= run(mode, bytes, times: 200)
        count += 200
        now = BenchmarkSupport.threadSeconds()
      } while now - start < 0.3
      best = min(best, (now - start) / Double(count) * 1e6)
    }
    if checksum == 0 { print("nothing parsed") }
    let name = path.split(separator: "/").last ?? ""
    print("\(mode.rawValue)\t\(name)\tbytes=\(bytes.count)\tbest_us=\(BenchmarkSupport.rounded(best))")
  }
}
