import Testing
import Wire
import Witness

@Suite("Witness records")
struct WitnessChainTests {
  private func line(_ event: WitnessEvent) -> [UInt8] {
    var chain = WitnessChain()
    var bytes: [UInt8] = []
    chain.append(event, to: &bytes)
    return bytes
  }

  private func object(_ line: [UInt8]) throws -> JSONObject {
    let value = try JSONValue(parsing: Array(line.dropLast()))
    guard case .object(let object) = value else { throw WitnessTestError.noObject }
    return object
  }

  @Test("a record reads as DOMAIN §8 says, and its hash is the one computed by another implementation")
  func knownRecord() {
    let event = WitnessEvent(
      time: UTCTimestamp(microseconds: 1_767_323_045_000_006), name: .sipRequest, component: "sip", traceID: "t-1",
      callID: "a\"b@127.0.0.1", method: "INVITE", status: 200,
      peer: WitnessPeer(
        address: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5060), transport: "tls", tls: "TLSv1.3"),
      details: [WitnessDetail("rule", "allow"), WitnessDetail("direction", "in")])
    let expected =
      #"{"call_id":"a\"b@127.0.0.1","component":"sip","details":{"direction":"in","rule":"allow"},"#
      + #""event":"sip.request","hash":"be6647f74aecf78ba5df11f0ddd5ae48a3b5d6664b16245fd89fc9c54239a692","#
      + #""method":"INVITE","peer":{"address":"127.0.0.1:5060","tls":"TLSv1.3","transport":"tls"},"#
      + #""prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","seq":0,"status":200,"#
      + #""time":"2026-01-02T03:04:05.000006Z","trace_id":"t-1"}"# + "\n"
    #expect(String(decoding: line(event), as: UTF8.self) == expected)
  }

  @Test("absent members are left out, never null")
  func absentMembers() throws {
    let record = try object(line(WitnessEvent(time: Sample.time, name: "x", component: "y")))
    #expect(record.keys.sorted() == ["component", "event", "hash", "prev_hash", "seq", "time"])
  }

  @Test("what the fast writer writes is what the general RFC 8785 writer would write", arguments: 0..<200)
  func canonical(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    var chain = WitnessChain()
    var bytes: [UInt8] = []
    chain.append(RandomEvent.make(&random), to: &bytes)
    let line = Array(bytes.dropLast())
    let value = try JSONValue(parsing: line)
    #expect(String(decoding: value.canonicalBytes(), as: UTF8.self) == String(decoding: line, as: UTF8.self))
    #expect(Sample.faults(bytes) == [])
  }

  @Test("an event that is in no log reads as its record without number and hashes", arguments: 0..<50)
  func withoutALog(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let event = RandomEvent.make(&random)
    var bytes: [UInt8] = []
    event.appendJSON(to: &bytes)
    var record = try object(line(event))
    for key in ["seq", "hash", "prev_hash"] { #expect(record.removeValue(forKey: key) != nil) }
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == String(decoding: JSONValue.object(record).canonicalBytes(), as: UTF8.self))
  }

  @Test("details are sorted as RFC 8785 §3.2.3 sorts, and the first of two with one key counts")
  func order() throws {
    // The RFC's own example of names.
    let names = ["\u{20ac}", "\r", "\u{fb33}", "1", "\u{1F600}", "\u{80}", "\u{f6}"]
    let details = names.map { WitnessDetail($0, .text($0)) } + [WitnessDetail("1", "second")]
    let bytes = line(WitnessEvent(time: Sample.time, name: "x", component: "y", details: details))
    let text = String(decoding: bytes, as: UTF8.self)
    let inOrder = #"{"\r":"\r","1":"1","\#u{80}":"\#u{80}","ö":"ö","€":"€","😀":"😀","דּ":"דּ"}"#
    #expect(text.contains("\"details\":" + inOrder))
    #expect(Sample.faults(bytes) == [])
  }

  @Test("names that only look the same are two")
  func normalisationForms() {
    let bytes = line(
      WitnessEvent(
        time: Sample.time, name: "x", component: "y",
        details: [WitnessDetail("e\u{301}", 1), WitnessDetail("\u{e9}", 2), WitnessDetail("\u{e9}", 3)]))
    #expect(bytes.firstRange(of: Array("{\"e\u{301}\":1,\"\u{e9}\":2}".utf8)) != nil)
    #expect(Sample.faults(bytes) == [])
  }

  @Test("details that could hold a secret are never written, nested or not")
  func withheld() throws {
    let bytes = line(
      WitnessEvent(
        time: Sample.time, name: "x", component: "y",
        details: [
          WitnessDetail("password", "p"),
          WitnessDetail("a", .members([WitnessDetail("token", "t"), WitnessDetail("b", 1)])),
        ]))
    #expect(String(decoding: bytes, as: UTF8.self).contains(#""details":{"a":{"b":1}}"#))
  }

  @Test("whole numbers that a double cannot hold are texts")
  func largeNumbers() {
    let edge: Int64 = 9_007_199_254_740_991
    for (number, text) in [
      (edge, "9007199254740991"), (-edge, "-9007199254740991"), (edge + 1, "\"9007199254740992\""),
      (Int64.min, "\"-9223372036854775808\""), (0, "0"),
    ] {
      let bytes = line(
        WitnessEvent(time: Sample.time, name: "x", component: "y", details: [WitnessDetail("n", .integer(number))]))
      #expect(String(decoding: bytes, as: UTF8.self).contains("{\"n\":\(text)}"))
      #expect(Sample.faults(bytes) == [])
    }
  }

  @Test("a record of exactly 65,535 bytes stays whole; one byte more and its texts are cut, the same way every time")
  func sizeLimit() throws {
    let empty = line(
      WitnessEvent(time: Sample.time, name: "x", component: "y", details: [WitnessDetail("text", "")]))
    let room = WitnessLimits.maxRecordBytes - (empty.count - 1)
    func event(_ count: Int) -> WitnessEvent {
      WitnessEvent(
        time: Sample.time, name: "x", component: "y",
        details: [WitnessDetail("text", .text(String(repeating: "a", count: count)))])
    }
    let whole = line(event(room))
    #expect(whole.count - 1 == WitnessLimits.maxRecordBytes)
    #expect(!String(decoding: whole, as: UTF8.self).contains("shortened"))
    #expect(Sample.faults(whole) == [])

    let cut = line(event(room + 1))
    let expected = #"{"shortened":true,"text":""# + String(repeating: "a", count: 4_096) + "…\"}"
    #expect(String(decoding: cut, as: UTF8.self).contains("\"details\":" + expected))
    #expect(cut == line(event(room + 1)))
    #expect(Sample.faults(cut) == [])
  }

  @Test("a hostile Call-ID and many details still make a record")
  func hostile() {
    let callID = String(repeating: "\u{1}", count: 65_000)
    let details = (0..<5_000).map { WitnessDetail("key\($0)", "0123456789") }
    let long = String(repeating: "ä", count: 70_000)
    for event in [
      WitnessEvent(time: Sample.time, name: "x", component: "y", callID: callID),
      WitnessEvent(time: Sample.time, name: "x", component: "y", callID: callID, details: details),
      WitnessEvent(
        time: Sample.time, name: WitnessEventName(long), component: long, traceID: long, callID: long, method: long,
        peer: WitnessPeer(
          address: SocketAddress(ip: IPAddress(v4: 1), port: 1), transport: long, tls: long), details: details),
    ] {
      let bytes = line(event)
      #expect(bytes.count - 1 <= WitnessLimits.maxRecordBytes)
      #expect(Sample.faults(bytes) == [])
    }
  }

  @Test("nesting has an end")
  func depth() {
    var value: WitnessValue = 1
    for level in 1...12 {
      value = level % 2 == 0 ? .list([value]) : .members([WitnessDetail("k", value)])
      let bytes = line(
        WitnessEvent(time: Sample.time, name: "x", component: "y", details: [WitnessDetail("deep", value)]))
      #expect(Sample.faults(bytes) == [])
      #expect(String(decoding: bytes, as: UTF8.self).contains("…") == (level >= WitnessLimits.maxDetailDepth))
    }
  }

  @Test("a chain that goes on after a record continues it")
  func continuing() {
    var first = WitnessChain()
    var bytes: [UInt8] = []
    let last = first.append(Sample.event(0), to: &bytes)
    var second = WitnessChain(after: last)
    let position = second.append(Sample.event(1), to: &bytes)
    #expect(position.sequence == 1)
    #expect(bytes == Sample.log(2))
    #expect(Sample.faults(bytes) == [])
  }
}

enum WitnessTestError: Error { case noObject }

/// Events with every kind of character and value.
enum RandomEvent {
  static func text(_ random: inout SplitMix64) -> String {
    let alphabet: [Character] = [
      "a", "Z", "0", "-", "\"", "\\", "/", "\u{0}", "\u{8}", "\t", "\n", "\r", "\u{c}", "\u{1f}", "\u{7f}", "ä", "€",
      "\u{e000}", "\u{ffff}", "😀", "\u{10ffff}", "e\u{301}", "é", "\u{212a}", "K",
    ]
    return String(
      (0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "x" })
  }

  static func value(_ random: inout SplitMix64, depth: Int) -> WitnessValue {
    switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &random) {
    case 0: .text(text(&random))
    case 1: .integer(Int64.random(in: -100_000...100_000, using: &random))
    case 2: .bool(Bool.random(using: &random))
    case 3: .peer(Sample.peer(UInt16.random(in: 0...UInt16.max, using: &random)))
    case 4: .list((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth: depth + 1) })
    default: .members(members(&random, depth: depth + 1))
    }
  }

  static func members(_ random: inout SplitMix64, depth: Int) -> [WitnessDetail] {
    (0..<Int.random(in: 0...4, using: &random)).map { _ in
      WitnessDetail(text(&random), value(&random, depth: depth))
    }
  }

  static func make(_ random: inout SplitMix64) -> WitnessEvent {
    func maybe(_ random: inout SplitMix64) -> String? { Bool.random(using: &random) ? text(&random) : nil }
    let traceID = maybe(&random)
    let callID = maybe(&random)
    let method = maybe(&random)
    return WitnessEvent(
      time: UTCTimestamp(microseconds: Int64.random(in: 0...4_000_000_000_000_000, using: &random)),
      name: WitnessEventName(text(&random)), component: text(&random), traceID: traceID, callID: callID, method: method,
      status: Bool.random(using: &random) ? Int.random(in: 100...699, using: &random) : nil,
      peer: Bool.random(using: &random) ? Sample.peer(tls: maybe(&random)) : nil, details: members(&random, depth: 0))
  }
}
