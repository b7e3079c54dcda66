import Files
import Store
import Testing
import Wire
import Witness

@Suite("Witness feed: who watches is told, and holds nothing up")
struct WitnessFeedTests {
  private static func event(_ number: Int, name: WitnessEventName = .sipRequest, padding: Int = 0) -> WitnessEvent {
    WitnessEvent(
      time: someTime + .milliseconds(number), name: name, component: "sip", traceID: "trace-\(number % 3)",
      callID: "call-\(number)", details: [WitnessDetail("padding", .text(String(repeating: "x", count: padding)))])
  }

  private struct Home {
    let temporary: TemporaryDirectory
    let log: WitnessLog
    var directory: WitnessDirectory { WitnessDirectory(path: temporary("records")) }

    init(_ change: (inout WitnessLog.Options) -> Void = { _ in }) throws {
      temporary = try TemporaryDirectory()
      var options = WitnessLog.Options()
      change(&options)
      log = try WitnessLog(directory: temporary("records"), options: options, now: someTime)
    }

    func write(_ numbers: Range<Int>, name: WitnessEventName = .sipRequest, padding: Int = 0) {
      for number in numbers { #expect(log.post(event(number, name: name, padding: padding))) }
      log.flush()
    }

    func tail(
      _ wanted: WitnessFilter = WitnessFilter(), from start: WitnessTail.Start = .end,
      limits: WitnessTail.Limits = .init()
    ) throws -> WitnessTail {
      WitnessTail(directory, try #require(log.feed.subscribe()), wanted: wanted, from: start, limits: limits)
    }

    func close() {
      log.stop()
      temporary.remove()
    }
  }

  /// The lines of the log as they lie on the disk.
  private func lines(_ home: Home) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    try home.directory.records { _, line in found.append([UInt8](copying: line)) }
    return found
  }

  @Test("every record comes, to the byte, in order and in the batches that were synced")
  func delivery() async throws {
    let home = try Home()
    defer { home.close() }
    home.write(0..<5)
    let subscription = try #require(home.log.feed.subscribe())
    #expect(subscription.start == 5)
    home.write(5..<8)
    home.write(8..<9)
    let items = try #require(await subscription.next(within: .seconds(5)))
    let expected = try lines(home)[5...].map { $0 + [0x0A] }
    #expect(
      items == [
        .batch(WitnessBatch(numbers: 5..<8, lines: Array(expected[0..<3].joined()))),
        .batch(WitnessBatch(numbers: 8..<9, lines: expected[3])),
      ])
    #expect(await subscription.next(within: .milliseconds(10)) == [])
  }

  @Test("whoever waits is woken; patience, cancelling and the log's end all end the waiting")
  func waiting() async throws {
    let home = try Home()
    defer { home.close() }
    let subscription = try #require(home.log.feed.subscribe())
    async let arrived = subscription.next(within: .seconds(20))
    try await Task.sleep(for: .milliseconds(20))
    home.write(0..<1)
    #expect(await arrived?.count == 1)
    let waiter = Task { await subscription.next(within: .seconds(20)) }
    try await Task.sleep(for: .milliseconds(20))
    waiter.cancel()
    #expect(await waiter.value == [])
    async let last = subscription.next(within: .seconds(20))
    try await Task.sleep(for: .milliseconds(20))
    home.log.stop()
    #expect(await last == nil)
    #expect(home.log.feed.subscribe() == nil)
  }

  @Test("what is left when the log closes is still read")
  func end() async throws {
    let home = try Home()
    defer { home.close() }
    let subscription = try #require(home.log.feed.subscribe())
    #expect(home.log.post(Self.event(0)))
    home.log.stop()
    #expect(await subscription.next(within: .seconds(5))?.count == 1)
    #expect(await subscription.next(within: .seconds(5)) == nil)
  }

  @Test("a slow reader keeps so many bytes and is told what it missed, and the log does not wait")
  func slowReader() async throws {
    let home = try Home { $0.feed.waitingBytes = 3_400 }
    defer { home.close() }
    let subscription = try #require(home.log.feed.subscribe())
    // A record of these has some 1,300 bytes: two batches fit, the next three do not, a small one then does again.
    for number in 0..<5 { home.write(number..<number + 1, padding: 1_000) }
    home.write(5..<6, padding: 0)
    home.write(6..<7, padding: 1_000)
    let items = try #require(await subscription.next(within: .seconds(5)))
    guard items.count == 5, case .batch(let first) = items[0], case .batch(let second) = items[1] else {
      Issue.record("\(items)")
      return
    }
    #expect(first.numbers == 0..<1 && second.numbers == 1..<2)
    #expect(first.lines.count + second.lines.count <= 3_400)
    #expect(items[2] == .missed(2..<5))
    if case .batch(let small) = items[3] { #expect(small.numbers == 5..<6) } else { Issue.record("\(items[3])") }
    #expect(items[4] == .missed(6..<7))
    #expect(await subscription.next(within: .seconds(5)) == nil || home.log.status.durable == 7)
    #expect(home.log.status.durable == 7 && home.log.status.failure == nil)
  }

  @Test("the bound to the byte: a batch of as many bytes fits, of one more it does not")
  func bound() async throws {
    let probe = try Home()
    probe.write(0..<1)
    let bytes = try lines(probe)[0].count + 1
    probe.close()
    for (room, fits) in [(bytes, true), (bytes - 1, false)] {
      let home = try Home { $0.feed.waitingBytes = room }
      defer { home.close() }
      let subscription = try #require(home.log.feed.subscribe())
      home.write(0..<1)
      let items = try #require(await subscription.next(within: .seconds(5)))
      if case .batch = items[0] { #expect(fits) } else { #expect(!fits && items == [.missed(0..<1)]) }
    }
  }

  @Test("so many may watch and one more not, until one leaves")
  func subscriptions() throws {
    let home = try Home { $0.feed.subscriptions = 2 }
    defer { home.close() }
    let first = try #require(home.log.feed.subscribe())
    #expect(home.log.feed.subscribe() != nil)
    #expect(home.log.feed.subscribe() == nil)
    first.cancel()
    #expect(home.log.feed.count == 1)
    #expect(home.log.feed.subscribe() != nil)
  }

  @Test("nothing is recorded, so nothing is told")
  func off() throws {
    let home = try Home { $0.mode = .off }
    defer { home.close() }
    #expect(home.log.feed.subscribe() == nil)
  }

  // MARK: From the disk to the end of the log

  private func numbers(_ items: [WitnessTail.Item]) -> [UInt64] {
    items.compactMap { if case .record(let found) = $0 { found.sequence } else { nil } }
  }

  @Test("from a record on: what is on the disk, then what comes, each once and to the byte")
  func fromRecord() async throws {
    let home = try Home()
    defer { home.close() }
    home.write(0..<10)
    let tail = try home.tail(from: .record(7))
    home.write(10..<12)
    var items: [WitnessTail.Item] = []
    while numbers(items).count < 5 { items += try #require(try await tail.next(within: .seconds(5))) }
    let all = try lines(home)
    let expected = (7..<12).map { WitnessTail.Item.record(.init(sequence: UInt64($0), line: all[$0])) }
    #expect(items == expected[0..<3] + [.live(10)] + expected[3...])
    #expect(await tail.position == 12)
    #expect(try await tail.next(within: .milliseconds(10)) == [])
    tail.cancel()
    #expect(try await tail.next(within: .seconds(5)) == nil)
    #expect(home.log.feed.count == 0)
  }

  @Test("from the end, and from beyond it, comes what is new")
  func fromEnd() async throws {
    let home = try Home()
    defer { home.close() }
    home.write(0..<10)
    for start in [WitnessTail.Start.end, .record(10), .record(1_000_000)] {
      let tail = try home.tail(from: start)
      #expect(try await tail.next(within: .seconds(5)) == [.live(10)])
      tail.cancel()
    }
  }

  @Test("only what is wanted: a trace_id, events by their names or first parts")
  func filters() async throws {
    let home = try Home()
    defer { home.close() }
    let names: [WitnessEventName] = [
      .sipRequest, .callConnected, "callx.y", .guardDecision, .callTerminated, .sipResponse,
    ]
    for (number, name) in names.enumerated() { home.write(number..<number + 1, name: name) }
    for (filter, expected) in [
      (WitnessFilter(trace: "trace-1"), [1, 4]), (WitnessFilter(trace: "trace-"), []),
      (WitnessFilter(events: ["call"]), [1, 4]), (WitnessFilter(events: ["call.connected", "guard"]), [1, 3]),
      (WitnessFilter(trace: "trace-1", events: ["call.terminated"]), [4]), (WitnessFilter(events: ["cal"]), []),
    ] as [(WitnessFilter, [UInt64])] {
      let tail = try home.tail(filter, from: .record(0))
      #expect(numbers(try #require(try await tail.next(within: .seconds(5)))) == expected)
      tail.cancel()
    }
  }

  @Test("a caller's text that looks like a member is none")
  func noForgery() {
    let line = Array(
      #"{"component":"sip","details":{"text":"\",\"event\":\"call.connected"},"event":"sip.request","hash":"\#(zeros)","prev_hash":"\#(zeros)","seq":1,"time":"2026-01-02T03:04:05.000006Z"}"#
        .utf8)
    let isSIP = WitnessFilter(events: ["sip"]).matches(line.span)
    let isCall = WitnessFilter(events: ["call"]).matches(line.span)
    let isCut = WitnessFilter(events: ["sip"]).matches(line.span.extracting(0..<line.count - 1))
    #expect(isSIP)
    #expect(!isCall)
    #expect(!isCut)
  }

  private var zeros: String { String(repeating: "0", count: 64) }

  @Test("a distance that is too long: from a number its later part is looked through, from a time its earlier part")
  func farBack() async throws {
    let home = try Home()
    defer { home.close() }
    home.write(0..<50)
    var limits = WitnessTail.Limits()
    limits.scanned = 20
    let late = try home.tail(WitnessFilter(trace: "trace-0"), from: .record(4), limits: limits)
    var items = try #require(try await late.next(within: .seconds(5)))
    #expect(items.first == .skipped(4..<30))
    #expect(numbers(items) == [30, 33, 36, 39, 42, 45, 48])
    late.cancel()
    let early = try home.tail(WitnessFilter(trace: "trace-0"), from: .time(someTime), limits: limits)
    items = try #require(try await early.next(within: .seconds(5)))
    #expect(numbers(items) == [0, 3, 6, 9, 12, 15, 18])
    #expect(items.suffix(2) == [.skipped(20..<50), .live(50)])
    early.cancel()
    limits.scanned = 50
    limits.found = 3
    let few = try home.tail(from: .record(0), limits: limits)
    items = try #require(try await few.next(within: .seconds(5)))
    #expect(numbers(items) == [0, 1, 2])
    #expect(items.suffix(2) == [.skipped(3..<50), .live(50)])
    few.cancel()
  }

  @Test("from a time on, a call's records from before its trace_id was known are its own")
  func untraced() async throws {
    let home = try Home()
    defer { home.close() }
    let calls: [(String, String?)] = [("a", nil), ("b", nil), ("a", "t-a"), ("b", "t-b"), ("a", "t-a"), ("c", nil)]
    for (call, trace) in calls {
      #expect(
        home.log.post(
          WitnessEvent(time: someTime, name: .sipRequest, component: "sip", traceID: trace, callID: call)))
    }
    home.log.flush()
    for (start, expected) in [(WitnessTail.Start.time(someTime), [0, 2, 4]), (.record(0), [2, 4])]
      as [(WitnessTail.Start, [UInt64])]
    {
      let tail = try home.tail(WitnessFilter(trace: "t-a"), from: start)
      #expect(numbers(try #require(try await tail.next(within: .seconds(5)))) == expected)
      tail.cancel()
    }
  }

  @Test("a time leads to the file before it, in plain and in packed files")
  func byTime() async throws {
    let home = try Home { $0.segmentBytes = 2_000 }
    defer { home.close() }
    // One record a minute.
    for number in 0..<60 {
      #expect(
        home.log.post(
          WitnessEvent(
            time: someTime + .seconds(60 * number), name: .sipRequest, component: "sip", callID: "c\(number)")))
      home.log.flush()
    }
    let begins = try home.directory.segments().map(\.firstSequence)
    #expect(begins.count > 5)
    func check() throws {
      for minute in [0, 1, 30, 59, 1_000] {
        let first = try home.directory.firstSequence(since: someTime + .seconds(60 * minute))
        #expect(begins.contains(first) && first <= UInt64(minute))
        let next = begins.first { $0 > first } ?? .max
        #expect(minute >= 60 || next >= UInt64(minute))
      }
      #expect(try home.directory.firstSequence(since: someTime + .seconds(-86_400)) == 0)
    }
    try check()
    #expect(
      try home.directory.pack(before: UTCTimestamp(microseconds: 4_102_444_800_000_000)).count == begins.count - 2)
    try check()
  }
}
