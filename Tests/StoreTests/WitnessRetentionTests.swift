import Files
import OpenSSLCrypto
import Store
import Testing
import Wire
import Witness

/// Old records go, their hashes stay, and the log says so itself.
@Suite("Witness retention and cosigned checkpoints")
struct WitnessRetentionTests {
  private struct Home {
    let temporary: TemporaryDirectory
    var records: String { temporary("witness/records") }
    var directory: WitnessDirectory { WitnessDirectory(path: records) }

    init() throws { temporary = try TemporaryDirectory() }

    func open() throws -> WitnessLog {
      var options = WitnessLog.Options()
      options.identity = try WitnessIdentity(keysPath: temporary("keys"), origin: "log.example")
      options.segmentBytes = 30_000
      return try WitnessLog(directory: records, options: options, now: someTime)
    }

    /// Appends records, one a minute from minute `first` on.
    func write(_ count: Int, from first: Int) throws {
      let log = try open()
      for number in first..<first + count {
        _ = log.post(event(number))
        if number % 40 == 0 { log.flush() }
      }
      #expect(log.stop() == nil)
    }

    /// What the server does: the record, then the files.
    func deleteOld(before time: UTCTimestamp) throws -> WitnessDirectory.Deletion? {
      let log = try open()
      defer { log.stop() }
      let size = try #require(log.status.checkpointSize)
      guard let old = try directory.deletable(before: time, signed: size) else { return nil }
      #expect(log.post(old.event(at: someTime)))
      log.flush()
      #expect(log.status.checkpointSize == size + 1)
      try directory.delete(old)
      return old
    }

    func verify(from: UInt64 = 0, through: UInt64 = .max) throws -> (WitnessDirectory.Audit, [WitnessFault]) {
      var faults: [WitnessFault] = []
      let audit = try directory.verify(key: directory.neighbouringKey(), from: from, through: through) {
        faults.append($0)
      }
      return (audit, faults)
    }
  }

  private static func time(_ minute: Int) -> UTCTimestamp { someTime + .seconds(60 * minute) }

  private static func event(_ number: Int) -> WitnessEvent {
    WitnessEvent(
      time: time(number), name: .sipRequest, component: "sip", traceID: "trace-\(number % 10)",
      callID: "call-\(number)", method: "INVITE", details: [WitnessDetail("direction", "in")])
  }

  @Test(
    "What is old goes, a file at a time; what is left verifies with the tree and the checkpoint, and the log goes on")
  func deletion() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(2_000, from: 0)
    let before = try home.directory.segments()
    #expect(before.count > 12)
    let cutoff = Self.time(1_000)
    let old = try #require(try home.deleteOld(before: cutoff))
    #expect(old.first == 0 && old.through > 700 && old.through < 1_000)
    let kept = try home.directory.segments()
    // The record of the deletion may have begun a file of its own.
    let left = before.dropFirst(old.names.count).map(\.firstSequence)
    #expect(left.first == old.through + 1 && kept.map(\.firstSequence).starts(with: left))
    #expect(kept.count <= left.count + 1)
    var (audit, faults) = try home.verify()
    #expect(faults == [] && audit.isRooted && audit.deleted == old.through + 1)
    #expect(audit.summary.lines == 2_001 - old.through - 1)
    // A part that begins somewhere in what is left.
    (audit, faults) = try home.verify(from: 1_500)
    #expect(faults == [] && audit.isRooted)
    (audit, faults) = try home.verify(from: 10, through: 1_200)
    #expect(faults == [])

    // It goes on, deletes more, and verifies after every start.
    try home.write(700, from: 2_000)
    let more = try #require(try home.deleteOld(before: Self.time(2_300)))
    #expect(more.first == old.through + 1 && more.through > 1_900)
    try home.write(10, from: 2_700)
    (audit, faults) = try home.verify()
    #expect(faults == [] && audit.isRooted && audit.deleted == more.through + 1)
    #expect(try home.deleteOld(before: Self.time(2_300)) == nil)

    // What is left can be proven, what is gone is said to be.
    var reader = try WitnessReader(home.directory)
    let proof = try reader.proof(of: more.through + 1)
    let line = try #require(proof.extra)
    let leaf = MerkleTree.leaf(line.span)
    let key = try #require(home.directory.neighbouringKey())
    #expect(try proof.verify(leaf: leaf, origin: "log.example", keys: [key]).size > 0)
    do {
      _ = try reader.proof(of: 3)
      Issue.record("proven")
    } catch {
      #expect(error.message.contains("was deleted"))
    }
    for size in [1, 256, 700, 2_000] as [UInt64] { #expect(try reader.consistency(from: size).from == size) }
    #expect(try home.directory.records(ofTrace: "trace-3").allSatisfy { $0.sequence > more.through })
  }

  @Test("Never the two newest files, nor what lies in a tile that is not full yet; packed files go like others")
  func bounds() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(1_000, from: 0)
    let all = try home.directory.segments()
    try home.directory.pack(before: UTCTimestamp(microseconds: Int64.max / 2_000))
    let old = try #require(try home.deleteOld(before: Self.time(1 << 20)))
    let kept = try home.directory.segments()
    #expect(kept.count >= 2 && kept.suffix(2).map(\.firstSequence) == all.suffix(2).map(\.firstSequence))
    #expect(old.through < 1_000 / 256 * 256)
    #expect(try home.verify().1 == [])
    #expect(try home.directory.deletable(before: Self.time(1 << 20), signed: 0) == nil)
    #expect(try home.directory.deletable(before: Self.time(0), signed: 1_001) == nil)
  }

  @Test("Files that somebody else removed, and hashes that are missing, are faults")
  func removed() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(2_000, from: 0)
    let first = try home.directory.segments()
    try Files.rename("\(home.records)/\(first[0].name)", to: home.temporary("aside"))
    var faults = try home.verify().1
    #expect(faults.map(\.kind) == [.sequence(expected: 0, found: first[1].firstSequence)])
    try Files.rename(home.temporary("aside"), to: "\(home.records)/\(first[0].name)")
    #expect(try home.verify().1 == [])

    let old = try #require(try home.deleteOld(before: Self.time(1_000)))
    // One file more than the log says.
    let next = try home.directory.segments()[0]
    try Files.rename("\(home.records)/\(next.name)", to: home.temporary("aside"))
    faults = try home.verify().1
    #expect(faults.map(\.kind.name) == ["sequence"])
    try Files.rename(home.temporary("aside"), to: "\(home.records)/\(next.name)")
    // A hash that was altered leads to another root, one that is missing to none.
    let tile = home.temporary("witness/tile/0/001")
    let good = try Files.read(tile, limit: 8_192)
    var altered = good
    altered[77] ^= 1
    try Files.replace(tile, with: altered)
    #expect(try home.verify().1.map(\.kind.name) == ["root"])
    try Files.remove(tile)
    faults = try home.verify().1
    #expect(faults.map(\.kind) == [.hashes] && faults.map(\.record) == [256])
    try Files.replace(tile, with: good)
    #expect(try home.verify().0.deleted == old.through + 1)
    #expect(try home.verify().1 == [])
  }

  @Test("What does not verify is not deleted")
  func damaged() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(2_000, from: 0)
    let name = try home.directory.segments()[0].name
    let file = "\(home.records)/\(name)"
    var bytes = try Files.read(file, limit: 1 << 20)
    bytes[5_000] ^= 1
    try Files.replace(file, with: bytes)
    #expect(throws: StoreError.self) { try home.deleteOld(before: Self.time(1_000)) }
    #expect(try home.directory.segments()[0].firstSequence == 0)
  }

  @Test("A cosigned checkpoint is verified with the log, covers its records' proofs, and binds the next start")
  func cosigned() throws {
    let home = try Home()
    defer { home.temporary.remove() }
    try home.write(300, from: 0)
    let cosigner = try NoteSigner(
      name: "w.example", kind: .cosignature, key: Ed25519PrivateKey(seed: [UInt8](repeating: 2, count: 32).span))
    let stranger = try NoteSigner(
      name: "x.example", kind: .cosignature, key: Ed25519PrivateKey(seed: [UInt8](repeating: 3, count: 32).span))
    var note = try WitnessReader(home.directory).note
    note.signatures.append(cosigner.cosign(note.text.span, time: 1_767_323_045))
    try home.directory.keepCosigned(note)
    try home.write(100, from: 300)
    func kinds(_ keys: [NoteVerifierKey], from: UInt64 = 0) throws -> [String] {
      var faults: [WitnessFault] = []
      let audit = try home.directory.verify(key: home.directory.neighbouringKey(), cosigners: keys, from: from) {
        faults.append($0)
      }
      #expect(audit.cosigned?.size == 300)
      if keys == [cosigner.verifierKey], faults.isEmpty { #expect(audit.cosignatures.map(\.time) == [1_767_323_045]) }
      return faults.map(\.kind.name)
    }
    #expect(try kinds([]) == [] && kinds([cosigner.verifierKey]) == [])
    #expect(try kinds([cosigner.verifierKey], from: 350) == [])
    #expect(try kinds([cosigner.verifierKey, stranger.verifierKey]) == ["cosignature"])
    #expect(try WitnessReader(home.directory, covering: 299).note == note)
    #expect(try WitnessReader(home.directory, covering: 300).checkpoint.size == 400)
    var reader = try WitnessReader(home.directory, covering: 7)
    #expect(try reader.proof(of: 7).checkpoint == note)

    // Of another log, or of more records than there are.
    let text = note.text
    note.text[note.text.count - 5] ^= 1
    try home.directory.keepCosigned(note)
    #expect(try kinds([cosigner.verifierKey]).first == "cosignature")
    #expect(throws: StoreError.self) { try home.open() }
    note.text = text
    try home.directory.keepCosigned(note)
    try home.open().stop()
    let signer = try WitnessIdentity(keysPath: home.temporary("keys"), origin: "log.example")
    _ = signer
    try Files.remove(home.temporary("witness/checkpoint.cosigned"))
    try home.open().stop()
  }
}
