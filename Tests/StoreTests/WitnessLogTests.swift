import Files
import Store
import Synchronization
import Testing
import Wire
import Witness

@Suite("Witness log")
struct WitnessLogTests {
  private func event(_ number: Int) -> WitnessEvent {
    WitnessEvent(
      time: someTime + .milliseconds(number), name: .sipRequest, component: "sip", callID: "call-\(number)",
      method: "INVITE", details: [WitnessDetail("direction", "in")])
  }

  private func options(_ change: (inout WitnessLog.Options) -> Void = { _ in }) -> WitnessLog.Options {
    var options = WitnessLog.Options()
    change(&options)
    return options
  }

  private func verify(_ path: String) throws -> (WitnessVerifier.Summary, [WitnessFault]) {
    var faults: [WitnessFault] = []
    let summary = try WitnessDirectory(path: path).verify { faults.append($0) }.summary
    return (summary, faults)
  }

  @Test(
    "what was posted is there after stop, in order, and verifies; a restart goes on",
    arguments: [WitnessLog.Mode.batched, .strict])
  func restart(mode: WitnessLog.Mode) throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    for run in 0..<3 {
      let log = try WitnessLog(directory: path, options: options { $0.mode = mode }, now: someTime)
      #expect(log.status.nextSequence == UInt64(run * 100))
      for number in 0..<100 { #expect(log.post(event(number))) }
      #expect(log.stop() == nil)
      #expect(!log.post(event(0)))
      #expect(log.status.refused == 1)
    }
    let (summary, faults) = try verify(path)
    #expect(faults == [])
    #expect(summary.lines == 300)
    #expect(try Files.list(path) == ["0.jsonl"])
    #expect(try Files.permissions(path + "/0.jsonl") == 0o600)
  }

  @Test("an empty log is no log yet")
  func empty() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    for _ in 0..<2 {
      let log = try WitnessLog(directory: temporary("records"), now: someTime)
      log.stop()
    }
    let (summary, faults) = try verify(temporary("records"))
    #expect(faults == [] && summary.lines == 0)
  }

  @Test("batched: a record is on disk soon without anybody asking")
  func batched() async throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let log = try WitnessLog(directory: temporary("records"), now: someTime)
    defer { log.stop() }
    #expect(log.post(event(0)))
    let clock = ContinuousClock()
    let start = clock.now
    while log.status.durable == 0, clock.now - start < .seconds(5) { try await Task.sleep(for: .milliseconds(2)) }
    #expect(log.status.durable == 1)
    #expect(try verify(temporary("records")).0.lines == 1)
  }

  @Test("strict: whenDurable is called when the record is in the file")
  func strict() async throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let log = try WitnessLog(directory: temporary("records"), options: options { $0.mode = .strict }, now: someTime)
    defer { log.stop() }
    for number in 0..<20 {
      let isDurable = await withCheckedContinuation { continuation in
        _ = log.post(event(number)) { continuation.resume(returning: $0) }
      }
      #expect(isDurable)
      #expect(try verify(temporary("records")).0.lines == UInt64(number + 1))
    }
  }

  @Test("off: nothing is written and nobody waits")
  func off() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let log = try WitnessLog(directory: temporary("records"), options: options { $0.mode = .off }, now: someTime)
    #expect(log.post(event(0)))
    let called = Mutex(false)
    _ = log.post(event(1)) { isDurable in called.withLock { $0 = isDurable } }
    #expect(called.withLock { $0 })
    #expect(log.isAccepting)
    log.stop()
    #expect(try !Files.isDirectory(temporary("records")))
  }

  @Test("eight producers: every record once, each producer's in its order")
  func producers() async throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    let log = try WitnessLog(directory: path, options: options { $0.queueLimit = 100_000 }, now: someTime)
    await withTaskGroup(of: Void.self) { group in
      for producer in 0..<8 {
        group.addTask {
          for number in 0..<2_000 {
            let event = WitnessEvent(
              time: someTime, name: "x", component: "p\(producer)",
              details: [WitnessDetail("n", .integer(Int64(number)))])
            #expect(log.post(event))
          }
        }
      }
    }
    log.stop()
    let (summary, faults) = try verify(path)
    #expect(faults == [])
    #expect(summary.lines == 16_000)
    var next = [String: Int64](minimumCapacity: 8)
    for line in try lines(path) {
      guard case .object(let record) = try JSONValue(parsing: line), case .string(let component)? = record["component"],
        case .object(let details)? = record["details"], case .integer(let number)? = details["n"]
      else {
        Issue.record("not a record of ours")
        return
      }
      #expect(number == next[component, default: 0])
      next[component] = number + 1
    }
    #expect(next.values.allSatisfy { $0 == 2_000 })
  }

  @Test("segments: closed when they have reached their size, named after their first record, verified together")
  func rotation() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    for _ in 0..<3 {
      let log = try WitnessLog(directory: path, options: options { $0.segmentBytes = 4_000 }, now: someTime)
      for number in 0..<40 {
        _ = log.post(event(number))
        log.flush()
      }
      log.stop()
    }
    let segments = try WitnessDirectory(path: path).segments()
    #expect(segments.count > 3)
    #expect(segments.first?.firstSequence == 0)
    let (summary, faults) = try verify(path)
    #expect(faults == [])
    #expect(summary.lines == 120)
    for segment in segments { #expect(try Files.read("\(path)/\(segment.name)", limit: 1 << 20).count < 4_400) }
  }

  @Test("a torn last line is cut off at every place it can be torn, recorded, and the log goes on")
  func tornTail() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    let log = try WitnessLog(directory: path, now: someTime)
    for number in 0..<3 { _ = log.post(event(number)) }
    log.stop()
    let file = path + "/0.jsonl"
    let whole = try Files.read(file, limit: 1 << 20)
    let lastLine = (whole.dropLast().lastIndex(of: 0x0A) ?? 0) + 1
    for end in stride(from: lastLine + 1, to: whole.count, by: 7) {
      try Files.replace(file, with: Array(whole[..<end]))
      let again = try WitnessLog(directory: path, now: someTime)
      #expect(again.status.tornBytes == end - lastLine)
      _ = again.post(event(9))
      again.stop()
      let (summary, faults) = try verify(path)
      #expect(faults == [])
      #expect(summary.lines == 4)
      let recovered = try #require(lines(path).dropFirst(2).first)
      #expect(String(decoding: recovered, as: UTF8.self).contains(#""details":{"bytes":\#(end - lastLine),"segment":"#))
      #expect(String(decoding: recovered, as: UTF8.self).contains(#""event":"witness.recovered""#))
    }
  }

  @Test("a power cut may leave zeros after the last line: they are a torn line too")
  func zeros() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    let log = try WitnessLog(directory: path, now: someTime)
    _ = log.post(event(0))
    log.stop()
    let file = path + "/0.jsonl"
    try Files.replace(file, with: try Files.read(file, limit: 1 << 20) + [UInt8](repeating: 0, count: 200_000))
    let again = try WitnessLog(directory: path, now: someTime)
    #expect(again.status.tornBytes == 200_000)
    again.stop()
    #expect(try verify(path).1 == [])
  }

  @Test("a changed byte in the newest segments is refused with the record's number; the log is not continued")
  func corrupt() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    let log = try WitnessLog(directory: path, now: someTime)
    for number in 0..<10 { _ = log.post(event(number)) }
    log.stop()
    let file = path + "/0.jsonl"
    let whole = try Files.read(file, limit: 1 << 20)
    var altered = whole
    let place = try #require(whole.firstRange(of: Array("call-6".utf8))?.lowerBound)
    altered[place] ^= 1
    try Files.replace(file, with: altered)
    do {
      _ = try WitnessLog(directory: path, now: someTime)
      Issue.record("opened")
    } catch {
      #expect(error.reason == .corrupt)
      #expect(error.message.contains("record 6"))
      #expect(error.message.contains("witness verify"))
    }
    #expect(try Files.read(file, limit: 1 << 20) == altered)
    let (_, faults) = try verify(path)
    #expect(faults.map(\.record) == [6])
  }

  @Test("missing files are noticed: the newest, one in the middle")
  func missingSegments() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    let log = try WitnessLog(directory: path, options: options { $0.segmentBytes = 500 }, now: someTime)
    for number in 0..<20 {
      _ = log.post(event(number))
      log.flush()
    }
    log.stop()
    let segments = try WitnessDirectory(path: path).segments()
    let middle = segments[segments.count / 2]
    try Files.remove("\(path)/\(middle.name)")
    #expect(try verify(path).1.first?.record == middle.firstSequence)
    try Files.remove("\(path)/\(segments[segments.count - 2].name)")
    #expect(throws: StoreError.self) { try WitnessLog(directory: path, now: someTime) }
  }

  @Test("back-pressure: from three quarters on no new calls, when full no records, and all that was taken is written")
  func backPressure() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    let log = try WitnessLog(
      directory: path,
      options: options {
        $0.queueLimit = 100
        $0.batchInterval = .seconds(600)
      }, now: someTime)
    for number in 0..<74 { #expect(log.post(event(number))) }
    #expect(log.isAccepting)
    #expect(log.post(event(74)))
    #expect(!log.isAccepting)
    for number in 75..<100 { #expect(log.post(event(number))) }
    #expect(!log.post(event(100)))
    #expect(log.status.queued == 100)
    #expect(log.status.refused == 1)
    log.flush()
    #expect(log.isAccepting)
    #expect(log.post(event(101)))
    log.stop()
    let (summary, faults) = try verify(path)
    #expect(faults == [] && summary.lines == 101)
  }

  @Test("when the disk fails, new calls are refused, nothing is lost, and it goes on when the disk does")
  func diskFailure() async throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    let log = try WitnessLog(directory: path, options: options { $0.segmentBytes = 200 }, now: someTime)
    #expect(log.post(event(0)))
    log.flush()
    #expect(log.isAccepting)
    // A directory stands where the next segment belongs.
    let next = path + "/1.jsonl"
    try Files.makeDirectory(next, permissions: 0o700)
    let answers = Mutex<[Bool]>([])
    #expect(log.post(event(1)) { isDurable in answers.withLock { $0.append(isDurable) } })
    log.flush()
    #expect(answers.withLock { $0 } == [false])
    #expect(!log.isAccepting)
    #expect(log.status.failure?.contains("cannot be written") == true)
    #expect(log.post(event(2)))
    log.flush()
    #expect(log.status.queued == 2)
    try Files.removeTree(next)
    let clock = ContinuousClock()
    let start = clock.now
    while !log.isAccepting, clock.now - start < .seconds(10) { try await Task.sleep(for: .milliseconds(20)) }
    #expect(log.isAccepting)
    #expect(log.status.failure == nil)
    #expect(log.stop() == nil)
    let (summary, faults) = try verify(path)
    #expect(faults == [] && summary.lines == 3)
  }

  @Test("every changed byte of a record file is found, in the record that holds it")
  func everyByte() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("records")
    let log = try WitnessLog(directory: path, now: someTime)
    for number in 0..<12 { _ = log.post(event(number)) }
    log.stop()
    let file = path + "/0.jsonl"
    let whole = try Files.read(file, limit: 1 << 20)
    var record: UInt64 = 0
    for position in whole.indices {
      var altered = whole
      altered[position] ^= 0x04
      var verifier = WitnessVerifier()
      var faults: [WitnessFault] = []
      verifier.feed(altered.span) { faults.append($0) }
      verifier.finish { faults.append($0) }
      #expect(faults.first?.record == record, "byte \(position)")
      if whole[position] == 0x0A { record += 1 }
    }
  }

  private func lines(_ path: String) throws -> [[UInt8]] {
    try WitnessDirectory(path: path).segments().flatMap { segment in
      try Files.read("\(path)/\(segment.name)", limit: 1 << 26).split(separator: 0x0A).map { Array($0) }
    }
  }
}
