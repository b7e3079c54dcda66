import ArgumentParser
import Files
import Store
import Wire
import Witness

extension WitnessCommand {
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Write all that is known of a trace_id into one archive, with proofs, for somebody who trusts nobody here.",
      discussion: """
        A tar archive: the records, a proof for each, the signed checkpoint, the log's public key, the ladder and a README \
        that says how to check it all without this machine.
        """)

    @Option(help: ArgumentHelp("The trace_id.", valueName: "trace_id"))
    var trace: String
    @Option(help: ArgumentHelp("Where the archive goes (.tar).", valueName: "file"))
    var bundle: String
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var place: WitnessPlace

    func run() throws {
      let log = try place.log()
      guard let key = log.neighbouringKey() else {
        throw StoreError(
          .fileSystem, "keys/witness.pub does not lie beside \(log.path); name the state directory itself")
      }
      let found = try WitnessKeyText.found(trace, in: log)
      var reader = try WitnessReader(log, covering: found.last?.sequence)
      let now = Terminal.now().microseconds / 1_000_000
      var archive = TarArchive()
      func add(_ name: String, _ content: [UInt8]) throws {
        guard archive.add("witness-\(trace)/\(name)", content, seconds: now) else {
          throw StoreError(.invalid, "\(name) is too large for a tar archive")
        }
      }
      try add("README.txt", Array(readme(found, reader, key).utf8))
      try add("records.jsonl", found.flatMap { $0.line + [0x0A] })
      let ladder = CallLadder(found.map(\.value)).lines(width: 100).joined(separator: "\n") + "\n"
      try add("ladder.txt", Array(ladder.utf8))
      try add("checkpoint", reader.note.bytes)
      try add("witness.pub", Array("\(key)\n".utf8))
      for record in found {
        try add("proofs/\(record.sequence).tlog-proof", try reader.proof(of: record.sequence).bytes)
      }
      try WitnessOutput.write(archive.bytes, to: bundle)
      if json {
        print(
          JSONText.of([
            "bundle": .string(bundle), "records": .array(found.map { .integer(Int64(clamping: $0.sequence)) }),
            "checkpoint_size": .integer(Int64(clamping: reader.checkpoint.size)), "key": .string("\(key)"),
          ]))
      } else {
        print("\(bundle): \(found.count) records of \(trace), each with its proof")
      }
    }

    private func readme(_ found: [WitnessDirectory.Found], _ reader: WitnessReader, _ key: NoteVerifierKey) -> String {
      """
      RECORDS OF THE CALL \(trace)

      What this is
        The audit log IF.witness writes one record for every step of a call, each tied to the one before it by a
        cryptographic hash. This archive holds the \(found.count) records of one call, copied from the log named
        "\(reader.checkpoint.origin)" when it counted \(reader.checkpoint.size) records.

      What lies here
        records.jsonl   the records, one in a line, in the order in which they were written
        ladder.txt      the same as a picture: who sent what to whom, and when (all times are UTC)
        proofs/         for each record a proof that it stands in the log at this place, unaltered
        checkpoint      the head of the log: its name, how many records it has, one number over all of them, signatures
        witness.pub     the public key of the log

      What the proofs show, and what they do not
        A valid proof shows that the record, to the last character, was in the log when the checkpoint was signed. Nobody
        without the log's private key can make one. It does not show that what the record says is true of the world, and
        not that these are all the records there are.
        The key in this archive came with the records. Compare it with the key that the operator made public, or that
        you were given at another time. It should be:
          \(key)
        Further signatures below the checkpoint are those of independent cosigners: where there are any, even the
        operator could not have replaced the log afterwards without it showing.

      How to check a proof
        With ifsip-proxy:
          ifsip-proxy witness check proofs/\(found[0].sequence).tlog-proof --key witness.pub
        Without it: the formats are public (https://c2sp.org/tlog-proof, https://c2sp.org/tlog-checkpoint,
        https://c2sp.org/signed-note, RFC 9162 section 2.1), and any implementation of them will do. The hash of a record
        is SHA-256 of one zero byte and the record's line without its line end.

      """
    }
  }
}

/// Files that commands write and read for people.
enum WitnessOutput {
  static func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
    do {
      guard try Files.create(path, with: bytes) else {
        throw StoreError(.fileSystem, "\(path) is there already; name another file")
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  static func read(_ path: String, limit: Int) throws(StoreError) -> [UInt8] {
    do {
      return try Files.read(path, limit: limit)
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }
}
