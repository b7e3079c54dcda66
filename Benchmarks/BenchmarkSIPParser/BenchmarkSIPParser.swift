import BenchmarkSupport
import Glibc
import SIPMessage
import Wire

/// Times the parser on files, in the same way and the same words as the C programs in `Benchmarks/sip-parser`.
///
/// One round parses for 0.3 s of this thread's CPU time; the best of nine counts. With `ITER=n` the first file is parsed
/// exactly n times and nothing is printed: that is for instruction counts under valgrind.
/// `BenchmarkSIPParser [--index | --copy] FILE…`; without an option the whole way: index, validation and typed access.
@main
enum BenchmarkSIPParser {
  enum Mode: String {
    /// Index, `validate()` and the eight headers a proxy needs.
    case full = "ifsip"
    /// The index alone.
    case index = "ifsip-index"
    /// `SIPMessage(copying:)` of a message that is indexed.
    case copy = "ifsip-copy"
  }

  static func main() {
    var mode = Mode.full
    var paths: [String] = []
    for argument in CommandLine.arguments.dropFirst() {
      switch argument {
      case "--index": mode = .index
      case "--copy": mode = .copy
      default: paths.append(argument)
      }
    }
    guard let first = paths.first else {
      print("usage: BenchmarkSIPParser [--index | --copy] FILE...")
      exit(2)
    }
    if let count = BenchmarkSupport.exactRuns {
      _ = run(mode, BenchmarkSupport.read(first), times: count)
      return
    }
    for path in paths { report(mode, path) }
  }

  /// Parses `bytes` so many times; the sum of what it found, so that nothing is optimised away.
  @inline(never)
  static func run(_ mode: Mode, _ bytes: [UInt8], times: Int) -> Int {
    var index = SIPMessageIndex()
    var sum = 0
    let span = bytes.span
    do throws(SIPParseError) {
      try index.index(span, framing: .datagram)
      switch mode {
      case .full:
        for _ in 0..<times {
          try index.index(span, framing: .datagram)
          sum &+= try parse(index.view(of: span))
        }
      case .index:
        for _ in 0..<times {
          try index.index(span, framing: .datagram)
          sum &+= index.view(of: span).headerCount
        }
      case .copy:
        let view = index.view(of: span)
        for _ in 0..<times { sum &+= SIPMessage(copying: view).byteCount }
      }
    } catch {
      print("refused: \(error)")
      exit(1)
    }
    return sum
  }

  /// What a proxy needs of every message: validated, and every one of the eight headers in its typed form.
  @inline(never)
  static func parse(_ view: borrowing SIPMessageView) throws(SIPParseError) -> Int {
    let fields = try view.validate()
    var sum = fields.topmostVia.host.lower &+ fields.topmostVia.value.upper
    sum &+= fields.from.uri.lower &+ fields.from.parameters.upper
    sum &+= fields.to.uri.lower &+ fields.to.parameters.upper
    sum &+= fields.callID.upper &+ fields.cseqNumber &+ UInt32(fields.maxForwards ?? 70)
    sum &+= fields.requestURI.host.lower
    if let route = fields.topmostRoute { sum &+= route.uri.host.lower }
    if case .address(let address)? = fields.contact { sum &+= address.uri.lower }
    return Int(sum)
  }

  static func report(_ mode: Mode, _ path: String) {
    let bytes = BenchmarkSupport.read(path)
    var best = Double.infinity
    var worst = 0.0
    var checksum = 0
    for _ in 0..<9 {
      var count = 0
      let start = BenchmarkSupport.threadSeconds()
      var now = start
      repeat {
        checksum &+= run(mode, bytes, times: 500)
        count += 500
        now = BenchmarkSupport.threadSeconds()
      } while now - start < 0.3
      let microseconds = (now - start) / Double(count) * 1e6
      best = min(best, microseconds)
      worst = max(worst, microseconds)
    }
    if checksum == 0 { print("nothing parsed") }
    let name = path.split(separator: "/").last ?? ""
    print(
      "\(mode.rawValue)\t\(name)\tbytes=\(bytes.count)\tbest_us=\(BenchmarkSupport.rounded(best))\tworst_us=\(BenchmarkSupport.rounded(worst))"
        + "\tmsg_per_s=\(Int(1e6 / best))\tMB_per_s=\(BenchmarkSupport.rounded(Double(bytes.count) / best))")
  }
}
