import OpenSSLCrypto
import Testing
import Wire
import Witness

@Suite("Witness verification")
struct WitnessVerifierTests {
  @Test("an untouched log has no faults, whatever the size of the pieces", arguments: [1, 7, 100, 4_096, Int.max])
  func untouched(piece: Int) {
    #expect(Sample.faults(Sample.log(40), piece: piece) == [])
  }

  @Test("the summary says what was read")
  func summary() {
    let log = Sample.log(3)
    var verifier = WitnessVerifier()
    verifier.feed(log.span) { Issue.record("\($0)") }
    verifier.finish { Issue.record("\($0)") }
    let summary = verifier.summary
    #expect(summary.lines == 3)
    #expect(summary.bytes == UInt64(log.count))
    #expect(summary.firstSequence == 0)
    #expect(summary.last?.sequence == 2)
    #expect(summary.firstTime == "2026-01-02T03:04:05.000006Z")
    #expect(summary.lastTime == "2026-01-02T03:04:05.002006Z")
  }

  @Test("every changed byte is found, and every fault is told with the record that holds the byte")
  func everyByte() {
    let log = Sample.log(9)
    var owner: [UInt64] = []
    var record: UInt64 = 0
    for byte in log {
      owner.append(record)
      if byte == 0x0A { record += 1 }
    }
    for position in log.indices {
      let original = log[position]
      for changed in [original ^ 0x01, original ^ 0x80, original ^ 0x20, 0x0A, 0x20, 0x30, 0x22, 0x00]
      where changed != original {
        var altered = log
        altered[position] = changed
        let faults = Sample.faults(altered)
        guard let first = faults.first else {
          Issue.record("byte \(position) (\(original) → \(changed)) was not found")
          continue
        }
        #expect(first.record == owner[position], "byte \(position): \(original) → \(changed): \(faults)")
        // Nothing but this record is called altered; a swallowed line feed takes the next record with it.
        let last = owner[position] + (original == 0x0A ? 1 : 0)
        #expect(faults.allSatisfy { $0.record >= owner[position] && $0.record <= last }, "byte \(position): \(faults)")
      }
    }
  }

  @Test("the same in small pieces, through every boundary")
  func everyByteInPieces() {
    let log = Sample.log(3)
    for position in log.indices {
      var altered = log
      altered[position] ^= 0x01
      #expect(Sample.faults(altered, piece: 5).map(\.record) == Sample.faults(altered).map(\.record))
    }
  }

  @Test("a deleted record is a gap at its number")
  func deletion() {
    for victim in 0..<8 {
      var lines = Sample.lines(Sample.log(10))
      lines.remove(at: victim)
      let faults = Sample.faults(Array(lines.joined()))
      #expect(faults.map(\.record) == [UInt64(victim)])
      #expect(faults.first?.record == UInt64(victim))
      #expect(faults.first?.kind == .sequence(expected: UInt64(victim), found: UInt64(victim) + 1))
    }
  }

  @Test("a doubled record is found")
  func duplication() {
    var lines = Sample.lines(Sample.log(10))
    lines.insert(lines[4], at: 5)
    let faults = Sample.faults(Array(lines.joined()))
    #expect(faults.map(\.kind) == [.sequence(expected: 5, found: 4)])
    #expect(faults.map(\.record) == [4])
  }

  @Test("swapped records are found")
  func swap() {
    var lines = Sample.lines(Sample.log(10))
    lines.swapAt(4, 5)
    let faults = Sample.faults(Array(lines.joined()))
    #expect(faults.first?.record == 4)
    #expect(faults.allSatisfy { (4...6).contains($0.record) })
  }

  @Test("a cut tail is a partial line, wherever the cut is")
  func truncation() {
    let log = Sample.log(3)
    let lines = Sample.lines(log)
    let start = lines[0].count + lines[1].count
    for end in (start + 1)..<log.count {
      let faults = Sample.faults(Array(log[..<end]))
      #expect(faults.map(\.record) == [2])
      #expect(faults.first?.kind == .tornTail(bytes: end - start))
    }
    #expect(Sample.faults(Array(log[..<start])) == [])
  }

  @Test("a record forged with a right hash of its own breaks the chain at the next record")
  func forged() {
    var lines = Sample.lines(Sample.log(6))
    var chain = WitnessChain()
    var bytes: [UInt8] = []
    for number in 0..<3 { chain.append(Sample.event(number), to: &bytes) }
    var forged: [UInt8] = []
    chain.append(Sample.event(7), to: &forged)
    lines[3] = forged
    let faults = Sample.faults(Array(lines.joined()))
    #expect(faults.map(\.kind) == [.previousHash])
    #expect(faults.map(\.record) == [4])
  }

  @Test("each kind of bad line has its own words")
  func kinds() throws {
    let good = String(decoding: Sample.log(1).dropLast(), as: UTF8.self)
    func kind(_ line: String) -> WitnessFault.Kind? { Sample.faults(Array((line + "\n").utf8)).first?.kind }
    #expect(kind("") == .notJSON(offset: 0))
    #expect(kind("[]") == .notJSON(offset: 0))
    #expect(kind("{") == .notJSON(offset: 1))
    #expect(kind(good + " ") == .notCanonical)
    #expect(kind(good.replacing("\"seq\":0", with: "\"seq\":0.5")) == .notCanonical)
    #expect(kind(good.replacing("\"seq\":0", with: "\"seq\":null")) == .malformed(key: "seq"))
    if case .notJSON = kind(good.replacing("\"seq\":0", with: "\"seq\":00")) {} else { Issue.record("00 is no number") }
    #expect(kind(good.replacing("\"seq\":0", with: "\"zzz\":0")) == .unknownKey("zzz"))
    #expect(kind(good.replacing("\"direction\":\"in\"", with: "\"body\":\"in\"")) == .forbiddenKey("body"))
    #expect(kind(good.replacing("\"direction\":\"in\"", with: "\"direction\":\"\\u0041\"")) == .notCanonical)
    #expect(kind("{}") == .notCanonical)
    #expect(kind("{\"a\":1}") == .unknownKey("a"))
    #expect(kind(good.replacing("\"component\":\"sip\"", with: "\"component\":7")) == .malformed(key: "component"))
    #expect(kind(good.replacing("05.000006Z", with: "05.000006+")) == .malformed(key: "time"))
    #expect(kind(good.replacing("2026-01", with: "2026-13")) == .malformed(key: "time"))
    #expect(kind(good.replacing("\"direction\":\"in\"", with: "\"direction\":\"out\"")) == .hash)
  }

  @Test(
    "a line of 65,535 bytes is read, one of 65,536 is over size and costs no memory", arguments: [1, 1_000, Int.max])
  func size(piece: Int) {
    let long = [UInt8](repeating: 0x61, count: WitnessLimits.maxRecordBytes)
    #expect(Sample.faults(long + [0x0A], piece: piece).map(\.kind) == [.notJSON(offset: 0)])
    #expect(Sample.faults(long + [0x61, 0x0A], piece: piece).map(\.kind) == [.tooLarge(bytes: 65_536)])
    let huge = [UInt8](repeating: 0x61, count: 300_000) + [0x0A]
    #expect(
      Sample.faults(huge + Sample.log(2), piece: piece == 1 ? 64 : piece).first?.kind == .tooLarge(bytes: 300_000))
  }

  @Test("unknown text never traps", arguments: 0..<300)
  func noise(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    var log = Sample.log(4)
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let position = Int.random(in: 0..<log.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: log[position] = UInt8.random(in: 0...255, using: &random)
      case 1: log.remove(at: position)
      default: log.insert(UInt8.random(in: 0...255, using: &random), at: position)
      }
    }
    #expect(Sample.faults(log).map(\.record) == Sample.faults(log, piece: 11).map(\.record))
  }

  @Test("segments: the number in a name must be its first record's")
  func segments() {
    let lines = Sample.lines(Sample.log(6))
    func faults(_ parts: [(UInt64, [[UInt8]])]) -> [WitnessFault] {
      var verifier = WitnessVerifier()
      var faults: [WitnessFault] = []
      for (number, lines) in parts {
        verifier.beginSegment("\(number).jsonl", firstSequence: number) { faults.append($0) }
        let bytes = Array(lines.joined())
        verifier.feed(bytes.span) { faults.append($0) }
      }
      verifier.finish { faults.append($0) }
      return faults
    }
    #expect(faults([(0, Array(lines[..<2])), (2, Array(lines[2...]))]) == [])
    #expect(
      faults([(0, Array(lines[..<2])), (3, Array(lines[2...]))]).map(\.kind) == [.segmentName(expected: 2, found: 3)])
    #expect(
      faults([(0, Array(lines[..<2])), (4, Array(lines[4...]))]).map(\.kind) == [.sequence(expected: 2, found: 4)])
    #expect(
      faults([(0, [lines[0], Array(lines[1].dropLast())]), (2, Array(lines[2...]))]).map(\.record) == [1])
  }

  @Test("a part of a log can be verified, from a number or after a known record")
  func parts() {
    let lines = Sample.lines(Sample.log(6))
    let tail = Array(lines[3...].joined())
    var verifier = WitnessVerifier(from: 3)
    verifier.feed(tail.span) { Issue.record("\($0)") }
    verifier.finish { Issue.record("\($0)") }
    #expect(verifier.summary.last?.sequence == 5)

    var wrong = WitnessVerifier(after: WitnessPosition(sequence: 2, hash: .witnessStart))
    var faults: [WitnessFault] = []
    wrong.feed(tail.span) { faults.append($0) }
    #expect(faults.map(\.kind) == [.previousHash])
  }
}
