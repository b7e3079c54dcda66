import Files
import OpenSSLCrypto
import Store
import Testing
import Wire
import Witness

@Suite("Witness tree: checkpoints, tiles, proofs")
struct WitnessTreeTests {
  /// A log in a state directory of its own, with the layout of DOMAIN §8.
  private struct Home {
    let temporary: TemporaryDirectory
    var records: String { temporary("witness/records") }
    var checkpoint: String { temporary("witness/checkpoint") }

    init() throws { temporary = try TemporaryDirectory() }

    func identity(_ origin: String = "log.example") throws -> WitnessIdentity {
      try WitnessIdentity(keysPath: temporary("keys"), origin: origin)
    }

    func open(_ origin: String = "log.example", segmentBytes: Int = 64 << 20) throws -> WitnessLog {
      var options = WitnessLog.Options()
      options.identity = try identity(origin)
      options.segmentBytes = segmentBytes
      return try WitnessLog(directory: records, options: options, now: someTime)
    }

    /// Appends records in batches.
    func write(_ count: Int, batch: Int = .max, segmentBytes: Int = 64 << 20) throws {
      let log = try open(segmentBytes: segmentBytes)
      for number in 0..<count {
        _ = log.post(event(number))
        if (number + 1) % batch == 0 { log.flush() }
      }
      #expect(log.stop() == nil)
    }

    func verify(from: UInt64 = 0, through: UInt64 = .max) throws -> (WitnessDirectory.Audit, [WitnessFault]) {
      var faults: [WitnessFault] = []
      let audit = try WitnessDirectory(path: records)
        .verify(key: identity().verifierKey, from: from, through: through) { faults.append($0) }
      return (audit, faults)
    }

    func refusal() -> String {
      do {
        _ = try open()
        return "none"
      } catch {
        return "\(error)"
      }
    }
  }

  private static func event(_ number: Int) -> WitnessEvent {
    WitnessEvent(
      time: someTime + .milliseconds(number), name: .sipRequest, component: "sip", traceID: "trace-\(number % 10)",
      callID: "call-\(number)", method: "INVITE", details: [WitnessDetail("direction", "in")])
  }

  @Test("keys, checkpoint and tiles are where DOMAIN §8 puts them, and everything verifies after restarts and rotation")
  func files() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(0)
    let first = try WitnessReader(WitnessDirectory(path: home.records)).checkpoint
    #expect(first.size == 0 && first.root == MerkleTree.empty)
    for (round, count) in [1, 255, 256, 1, 600].enumerated() {
      try home.write(count, batch: 37, segmentBytes: round < 3 ? 64 << 20 : 9_000)
      let (audit, faults) = try home.verify()
      #expect(faults == [])
      #expect(audit.isRooted && audit.signers.count == 1 && audit.checkpoint?.size == audit.summary.lines)
    }
    #expect(try Files.permissions(home.temporary("keys/witness")) == 0o600)
    #expect(try Files.list(home.temporary("witness/tile/0")) == ["000", "001", "002", "003"])
    #expect(try WitnessDirectory(path: home.records).segments().count > 5)
    let (part, faults) = try home.verify(from: 700, through: 800)
    #expect(faults == [] && part.isRooted && part.summary.lines < 500)
  }

  @Test("every record is proven, to whoever has nothing but the key, and partial tiles are made from records")
  func proofs() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(613, batch: 100, segmentBytes: 20_000)
    let key = try home.identity().verifierKey
    var reader = try WitnessReader(WitnessDirectory(path: home.records))
    for sequence in [0, 1, 255, 256, 511, 512, 612] as [UInt64] {
      let text = try reader.proof(of: sequence).bytes
      let proof = try LogProof(parsing: text.span)
      let record = try #require(proof.extra)
      #expect(try proof.verify(leaf: MerkleTree.leaf(record.span), origin: "log.example", keys: [key]).size == 613)
      #expect(String(decoding: record, as: UTF8.self).contains("\"call_id\":\"call-\(sequence)\""))
    }
    #expect(throws: StoreError.self) { _ = try reader.proof(of: 613) }
    for from in [1, 255, 256, 600, 613] as [UInt64] {
      let proof = try reader.consistency(from: from)
      #expect(proof.from == from && proof.to == 613)
    }
    let partial = try reader.tile(TilePlace(level: 0, index: 2, width: 101))
    #expect(partial?.bytes.count == 3_232)
    #expect(try reader.tile(TilePlace(level: 1, index: 0, width: 2))?.bytes.count == 64)
    #expect(try reader.tile(TilePlace(level: 0, index: 2, width: 102)) == nil)
    #expect(try reader.tile(TilePlace(level: 0, index: .max, width: 1)) == nil)
    let earlier = try reader.tile(TilePlace(level: 0, index: 0, width: 17))
    #expect(earlier?.bytes.count == 544)
  }

  @Test("a log that was cut off between two records, even as a whole batch, is refused and told")
  func truncated() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(300)
    let file = home.records + "/0.jsonl"
    let whole = try Files.read(file, limit: 1 << 20)
    let lines = whole.split(separator: 0x0A)
    try Files.replace(file, with: Array(lines[..<298].joined(separator: [0x0A])) + [0x0A])
    #expect(home.refusal().contains("the checkpoint counts 300 records and there are 298"))
    #expect(try home.verify().1.map(\.kind) == [.truncated(checkpoint: 300)])
    #expect(try home.verify().1.map(\.record) == [298])
    try Files.replace(file, with: [])
    #expect(home.refusal().contains("there are 0"))
    try Files.remove(file)
    #expect(home.refusal().contains("there are 0"))
    try Files.replace(file, with: whole)
    try home.write(1)
    #expect(try home.verify().1 == [])
  }

  @Test("a log that was made anew with a good chain is refused; the first record that differs is named")
  func forked() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(600)
    var chain = WitnessChain()
    var lines: [UInt8] = []
    for number in 0..<600 { chain.append(Self.event(number == 411 ? 9_411 : number), to: &lines) }
    let file = home.records + "/0.jsonl"
    let whole = try Files.read(file, limit: 1 << 20)
    try Files.replace(file, with: lines)
    #expect(home.refusal().contains("do not have the root that the checkpoint signs"))
    let (_, faults) = try home.verify()
    #expect(faults.map(\.kind) == [.tile] && faults.map(\.record) == [411])
    // With the tiles made anew too, or thrown away, only the signed root tells.
    try Files.removeTree(home.temporary("witness/tile"))
    #expect(try home.verify().1.map(\.kind) == [.root(size: 600)])
    #expect(home.refusal().contains("do not have the root"))
    try Files.replace(file, with: whole)
    try home.write(1)
    #expect(try home.verify().1 == [])
    #expect(try Files.list(home.temporary("witness/tile/0")) == ["000", "001"])
  }

  @Test("a checkpoint that is missing, altered or another log's is refused")
  func wrongCheckpoints() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(10)
    let good = try Files.read(home.checkpoint, limit: 4_096)
    try Files.remove(home.checkpoint)
    #expect(home.refusal().contains("is missing, but checkpoints of log.example were signed"))
    #expect(try home.verify().1.map(\.kind.name) == ["checkpoint"])
    for position in stride(from: 0, to: good.count, by: 5) {
      var altered = good
      altered[position] ^= 0x01
      try Files.replace(home.checkpoint, with: altered)
      #expect(home.refusal() != "none", "byte \(position)")
      #expect(try !home.verify().1.isEmpty, "byte \(position)")
    }
    try Files.replace(home.checkpoint, with: good)
    #expect(throws: StoreError.self) { try home.open("other.example") }
    try Files.rename(home.temporary("keys/witness"), to: home.temporary("keys/elsewhere"))
    #expect(home.refusal().contains("is not signed by keys/witness"))
  }

  @Test("a log from before there were checkpoints gets one at its next start")
  func upgrade() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    let old = try WitnessLog(directory: home.records, now: someTime)
    for number in 0..<300 { _ = old.post(Self.event(number)) }
    old.stop()
    try home.write(5)
    let (audit, faults) = try home.verify()
    #expect(faults == [] && audit.checkpoint?.size == 305)
  }

  @Test("tiles that a power cut left empty, torn or nowhere are made again from the records")
  func tornTiles() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(1_300, batch: 50, segmentBytes: 30_000)
    let tiles = home.temporary("witness/tile/0/")
    let good = try Files.read(tiles + "001", limit: 8_192)
    for wrong in [[], Array(good[..<4_096]), [UInt8](repeating: 0, count: 8_192)] as [[UInt8]] {
      try Files.replace(tiles + "001", with: wrong)
      try Files.remove(tiles + "004")
      try home.write(1, segmentBytes: 30_000)
      #expect(try Files.read(tiles + "001", limit: 8_192) == good)
      #expect(try home.verify().1 == [])
    }
  }

  @Test("an older checkpoint, as a crash leaves it, is gone on from")
  func olderCheckpoint() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(280)
    let older = try Files.read(home.checkpoint, limit: 4_096)
    try home.write(300)
    try Files.replace(home.checkpoint, with: older)
    try home.write(1)
    let (audit, faults) = try home.verify()
    #expect(faults == [] && audit.checkpoint?.size == 581)
  }

  @Test("when the checkpoint cannot be written that is told, calls go on, and it is written when it can be")
  func checkpointFailure() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    let log = try home.open()
    _ = log.post(Self.event(0))
    log.flush()
    #expect(log.status.checkpointSize == 1 && log.status.uncountedSince == nil)
    try Files.remove(home.checkpoint)
    try Files.makeDirectory(home.checkpoint + "/in the way", permissions: 0o700)
    _ = log.post(Self.event(1))
    log.flush()
    #expect(log.isAccepting && log.status.durable == 2)
    #expect(log.status.checkpointFailure?.contains("cannot be written") == true)
    #expect(log.status.uncountedSince != nil)
    try Files.removeTree(home.checkpoint)
    log.flush()
    #expect(log.status.checkpointFailure == nil && log.status.checkpointSize == 2)
    log.stop()
    #expect(try home.verify().1 == [])
  }

  @Test("packed segments are read, verified, proven from and gone on after as before")
  func packing() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(1_000, batch: 50, segmentBytes: 30_000)
    let directory = WitnessDirectory(path: home.records)
    let before = try directory.segments().count
    #expect(try directory.pack(before: .epoch) == [])
    let packed = try directory.pack(before: UTCTimestamp(microseconds: Int64.max / 2_000))
    #expect(packed.count == before - 2 && before > 4)
    #expect(try directory.segments().count == before)
    #expect(try home.verify().1 == [])
    #expect(try home.verify(from: 300, through: 310).1 == [])
    var reader = try WitnessReader(directory)
    #expect(try reader.proof(of: 3).index == 3)
    try home.write(10)
    #expect(try home.verify().0.summary.lines == 1_010)
    // A packed file that is damaged or cut is told, not skipped.
    let file = "\(home.records)/\(packed[0])"
    let good = try Files.read(file, limit: 1 << 20)
    try Files.replace(file, with: Array(good[..<(good.count / 2)]))
    #expect(throws: StoreError.self) { try home.verify() }
    var altered = good
    altered[good.count / 2] ^= 0xFF
    try Files.replace(file, with: altered)
    #expect(throws: StoreError.self) { try home.verify() }
  }

  @Test("the records of a trace are found with those of its calls, in pages too")
  func traces() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    let log = try home.open()
    _ = log.post(
      WitnessEvent(time: someTime, name: .sipRequest, component: "sip", callID: "call-\"3", method: "INVITE"))
    _ = log.post(
      WitnessEvent(
        time: someTime, name: .sipRequest, component: "sip", traceID: "t-3", callID: "call-\"3", method: "BYE"))
    for number in 0..<50 { _ = log.post(Self.event(number)) }
    log.stop()
    let directory = WitnessDirectory(path: home.records)
    #expect(try directory.records(ofTrace: "t-3").map(\.sequence) == [0, 1])
    #expect(try directory.records(ofTrace: "trace-4").map(\.sequence) == [6, 16, 26, 36, 46])
    #expect(try directory.records(ofTrace: "trace").isEmpty)
    let first = try directory.page(WitnessFilter(trace: "trace-4"), from: 0, limit: 2, scanning: 1_000)
    #expect(first.records.map(\.sequence) == [6, 16] && first.next == 17)
    let second = try directory.page(WitnessFilter(trace: "trace-4"), from: 17, limit: 9, scanning: 20)
    #expect(second.records.map(\.sequence) == [26, 36] && second.next == 37)
    let last = try directory.page(WitnessFilter(), from: 50, limit: 9, scanning: 20)
    #expect(last.records.map(\.sequence) == [50, 51] && last.next == nil)
  }

  @Test("a thousand records: every changed byte, deletion, doubling, swap and cut is found, in the record where it is")
  func everyTampering() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(1_000)
    let file = home.records + "/0.jsonl"
    let whole = try Files.read(file, limit: 1 << 20)
    let lines = whole.split(separator: 0x0A).map { Array($0) + [0x0A] }
    var starts = [0]
    for line in lines { starts.append(starts[starts.count - 1] + line.count) }

    // Every byte, in one bit of it or in all eight. In memory, and no more of the log than shows that this record is the
    // one and the next is not.
    let bits: [UInt8] = Environment.isFullRun ? (0..<8).map { 1 << $0 } : []
    for record in lines.indices {
      let first = max(0, record - 1)
      let part = Array(whole[starts[first]..<starts[min(record + 2, lines.count)]])
      let offset = starts[record] - starts[first]
      for place in lines[record].indices {
        for bit in bits.isEmpty ? [1 << UInt8((record + place) % 8)] : bits {
          var altered = part
          altered[offset + place] ^= bit
          let found = Self.faults(altered, from: first)
          let isLineEnd = place == lines[record].count - 1
          let isRight =
            found.first?.record == UInt64(record)
            && found.allSatisfy { $0.record == UInt64(record) || isLineEnd && $0.record == UInt64(record + 1) }
          if !isRight { Issue.record("byte \(place) of record \(record), bit \(bit): \(found)") }
        }
      }
    }

    // Every cut, at every byte: within a record it is torn, between two the checkpoint tells.
    for record in lines.indices {
      for length in 1..<lines[record].count where Environment.isFullRun || (record + length) % 7 == 0 {
        let found = Self.faults(Array(whole[starts[record]..<starts[record] + length]), from: record)
        if found.map(\.record) != [UInt64(record)] { Issue.record("cut after \(length) of record \(record): \(found)") }
      }
    }

    // On the disk, with tree and checkpoint: a file of a thousand records for every case.
    func found(_ altered: [[UInt8]]) throws -> WitnessFault? {
      try Files.replace(file, with: Array(altered.joined()), durable: .nothing)
      return try home.verify().1.first
    }
    var random = SystemRandomNumberGenerator()
    for number in stride(from: 0, to: 1_000, by: Environment.isFullRun ? 1 : 41) {
      var altered = lines
      altered.remove(at: number)
      #expect(try found(altered)?.record == UInt64(number), "record \(number) deleted")
      altered = lines
      altered.insert(lines[number], at: number)
      // Of two that are the same either is the one too many.
      let doubled = try found(altered)?.record
      #expect(doubled == UInt64(number) || doubled == UInt64(number + 1), "record \(number) doubled")
      for other in [number + 1, Int.random(in: 0..<1_000, using: &random)] where other != number && other < 1_000 {
        altered = lines
        altered.swapAt(number, other)
        #expect(try found(altered)?.record == UInt64(min(number, other)), "records \(number) and \(other) swapped")
      }
      #expect(try found(Array(lines[..<number]))?.record == UInt64(number), "cut before record \(number)")
    }
    #expect(try found(lines) == nil)
  }

  private static func faults(_ bytes: [UInt8], from first: Int) -> [WitnessFault] {
    var verifier = first == 0 ? WitnessVerifier() : WitnessVerifier(from: UInt64(first))
    var found: [WitnessFault] = []
    verifier.feed(bytes.span) { found.append($0) }
    verifier.finish { found.append($0) }
    return found
  }
}
