import Wire
import Witness

/// Events as the proxy makes them, and logs of them.
enum Sample {
  static let time = UTCTimestamp(microseconds: 1_767_323_045_000_006)

  static func peer(_ port: UInt16 = 5070, tls: String? = nil) -> WitnessPeer {
    WitnessPeer(
      address: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: port), transport: tls == nil ? "udp" : "tls",
      tls: tls)
  }

  /// One event, different for every number.
  static func event(_ number: Int) -> WitnessEvent {
    let time = time.advanced(by: .milliseconds(number))
    switch number % 4 {
    case 0:
      return WitnessEvent(
        time: time, name: .sipRequest, component: "sip", traceID: "trace-\(number)", callID: "call-\(number)@127.0.0.1",
        method: "INVITE", peer: peer(),
        details: [WitnessDetail("direction", "in"), WitnessDetail("to", .peer(peer(5080)))])
    case 1:
      return WitnessEvent(
        time: time, name: .sipResponse, component: "sip", callID: "ruf-\(number)-ä\u{1F600}\"\\\u{7}", method: "INVITE",
        status: 200, peer: peer(tls: "TLSv1.3"), details: [WitnessDetail("bytes", .integer(Int64(number) * 1_000))])
    case 2:
      return WitnessEvent(
        time: time, name: .guardDecision, component: "guard",
        details: [
          WitnessDetail("rules", .list(["a", 1, true, .members([WitnessDetail("z", 1), WitnessDetail("a", 2)])])),
          WitnessDetail("decision", "allow"),
        ])
    default:
      return WitnessEvent(time: time, name: .processStarted, component: "process")
    }
  }

  static func log(_ count: Int) -> [UInt8] {
    var chain = WitnessChain()
    var lines: [UInt8] = []
    for number in 0..<count { chain.append(event(number), to: &lines) }
    return lines
  }

  /// The log's lines, each with its LF.
  static func lines(_ log: [UInt8]) -> [[UInt8]] {
    log.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map { Array($0) + [0x0A] }
  }

  /// All faults of a log, fed in pieces.
  static func faults(_ log: [UInt8], piece: Int = .max) -> [WitnessFault] {
    var verifier = WitnessVerifier()
    var faults: [WitnessFault] = []
    verifier.beginSegment("00.jsonl", firstSequence: 0) { faults.append($0) }
    var start = 0
    while start < log.count {
      let end = piece < log.count - start ? start + piece : log.count
      verifier.feed(log.span.extracting(start..<end)) { faults.append($0) }
      start = end
    }
    verifier.finish { faults.append($0) }
    return faults
  }
}
