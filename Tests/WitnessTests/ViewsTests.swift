import Testing
import Wire
import Witness

@Suite("What people see of the log")
struct ViewsTests {
  private func record(
    _ number: Int, _ name: WitnessEventName, method: String? = nil, status: Int? = nil, from port: UInt16? = nil,
    to far: [UInt16] = [], out: Bool = false, details: [WitnessDetail] = []
  ) throws -> JSONValue {
    var all = details + [WitnessDetail("direction", out ? "out" : "in")]
    if !far.isEmpty { all.append(WitnessDetail("forwarded_to", .list(far.map { .peer(Sample.peer($0)) }))) }
    if far.count == 1 { all[all.count - 1] = WitnessDetail("forwarded_to", .peer(Sample.peer(far[0]))) }
    var line: [UInt8] = []
    var chain = WitnessChain()
    chain.append(
      WitnessEvent(
        time: Sample.time.advanced(by: .milliseconds(number)), name: name, component: "sip", traceID: "t",
        callID: "c", method: method, status: status, peer: port.map { Sample.peer($0) }, details: all), to: &line)
    line.removeLast()
    return try JSONValue(parsing: line)
  }

  @Test("a call is a ladder: the caller left of the proxy, the callee right, one arrow through for what is forwarded")
  func ladder() throws {
    let records = [
      try record(0, .sipRequest, method: "INVITE", from: 5070, to: [5080]),
      try record(1, .sipResponse, method: "INVITE", status: 100, from: 5070, out: true),
      try record(9, .sipResponse, method: "INVITE", status: 200, from: 5080, to: [5070]),
      try record(9, .callConnected, details: [WitnessDetail("setup_ms", 9)]),
    ]
    let lines = CallLadder(records).lines(width: 80)
    #expect(
      lines == [
        "A  127.0.0.1:5070 udp",
        "B  127.0.0.1:5080 udp",
        "2026-01-02, UTC",
        "",
        "                 A                           proxy                           B",
        "03:04:05.000     │────────── INVITE ──────────▶│────────── INVITE ──────────▶│",
        "03:04:05.001     │◀─────── 100 INVITE ─────────│                             │",
        "03:04:05.009     │◀─────── 200 INVITE ─────────│◀─────── 200 INVITE ─────────│",
        "03:04:05.009     │ • call.connected direction=in setup_ms=9                  │",
      ])
    for width in [80, 100, 120] {
      #expect(CallLadder(records).lines(width: width).allSatisfy { $0.count <= width })
    }
  }

  @Test(
    "a call that forks has a column for each; a party too many is told in words; no control character comes through")
  func manyParties() throws {
    let fork = [try record(0, .sipRequest, method: "INVITE", from: 5070, to: [5080, 5081])]
    let lines = CallLadder(fork).lines(width: 80)
    #expect(lines.count { $0.contains("▶") } == 2)
    let crowd = try (0..<20).map { try record($0, .sipRequest, method: "INV\u{1B}[2JITE", from: 6_000 + UInt16($0)) }
    let text = CallLadder(crowd).lines(width: 80).joined()
    #expect(text.contains("from 127.0.0.1:6019 udp"))
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    #expect(CallLadder([]).lines(width: 80).isEmpty)
    #expect(!CallLadder([.null, .array([]), ["event": 5]]).lines(width: 80).isEmpty)
  }

  @Test("the H.323 leg has a column, with the names of Q.931 and the cause of a release")
  func h323() throws {
    let records = [
      try record(0, .sipRequest, method: "INVITE", from: 5070),
      try record(1, .h323(signalling: "Setup"), method: "Setup", from: 1720, out: true),
      try record(2, .h323(signalling: "Alerting"), method: "Alerting", from: 1720),
      try record(
        3, .h323(signalling: "ReleaseComplete"), method: "ReleaseComplete", from: 1720,
        details: [WitnessDetail("cause", 17)]),
      try record(3, .councilLeft, details: [WitnessDetail("reason", "busy")]),
    ]
    let lines = CallLadder(records).lines(width: 80)
    #expect(lines.prefix(2) == ["A  127.0.0.1:5070 udp", "B  127.0.0.1:1720 udp"])
    #expect(lines.contains { $0.hasSuffix("│─────────── Setup ──────────▶│") })
    #expect(lines.contains { $0.hasSuffix("│◀──────── Alerting ──────────│") })
    #expect(lines.contains { $0.contains("◀─── ReleaseComplete 17 ─────│") })
    #expect(lines.contains { $0.contains("• council.left") })
  }

  @Test(
    "every message of call signalling has its event",
    arguments: [
      ("Setup", "h323.setup"), ("Connect", "h323.connect"), ("ReleaseComplete", "h323.release"),
      ("CallProceeding", "h323.progress"), ("Alerting", "h323.progress"), ("Facility", "h323.progress"),
    ])
  func signalling(message: String, event: String) {
    #expect(WitnessEventName.h323(signalling: message).text == event)
  }

  @Test("an archive has the headers of POSIX and whole blocks; what does not fit is refused")
  func tar() throws {
    var archive = TarArchive()
    let isAdded = archive.add("a/b.txt", Array("hello\n".utf8), seconds: 1_700_000_000)
    #expect(isAdded)
    let bytes = archive.bytes
    #expect(bytes.count == 512 + 512 + 1_024)
    #expect(String(decoding: bytes[124..<135], as: UTF8.self) == "00000000006")
    #expect(String(decoding: bytes[257..<265], as: UTF8.self) == "ustar\u{0}00")
    let sum = bytes[..<512].enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 32 : Int($1.element)) }
    #expect(Int(String(decoding: bytes[148..<154], as: UTF8.self), radix: 8) == sum)
    let isLong = archive.add(String(repeating: "n", count: 101), [], seconds: 0)
    let isNameless = archive.add("", [], seconds: 0)
    let isLongest = archive.add(String(repeating: "n", count: 100), [], seconds: -1)
    #expect(!isLong && !isNameless && isLongest)
  }
}
