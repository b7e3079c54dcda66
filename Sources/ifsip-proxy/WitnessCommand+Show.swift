import ArgumentParser
import Store
import Wire
import Witness

extension WitnessCommand {
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the calls of a trace_id as a ladder.",
      discussion: """
        A column for each party, an arrow for each message, the time on the left. What was sent again within a \
        transaction is not in the log. The records are shown as they are: verify the log, or prove a record, to believe it.
        """)

    @Option(help: ArgumentHelp("The trace_id.", valueName: "trace_id"))
    var trace: String
    @Option(help: "Characters in a line. Without it: COLUMNS, or 100.")
    var width: Int?
    @Flag(help: "Print the records as a JSON array.")
    var json = false
    @OptionGroup var place: WitnessPlace

    func validate() throws {
      if let width, !(40...1_000).contains(width) { throw ValidationError("--width must be 40 to 1000") }
    }

    func run() throws {
      let found = try WitnessKeyText.found(trace, in: try place.log())
      if json { return print(JSONText.of(.array(found.map(\.value)))) }
      let columns = Terminal.environment()["COLUMNS"].flatMap { Int($0) }.flatMap { 40...1_000 ~= $0 ? $0 : nil }
      print("trace_id \(trace), records \(found[0].sequence) to \(found[found.count - 1].sequence)")
      for line in CallLadder(found.map(\.value)).lines(width: width ?? columns ?? 100) { print(line) }
    }
  }

  struct Prove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prove that a record is in the log (C2SP tlog-proof).",
      discussion: """
        The proof holds the record, the path to the root of the tree and the signed checkpoint. Whoever has the log's key \
        verifies it without the log: witness check FILE --key KEY.
        """)

    @Argument(help: "The record's number.")
    var seq: UInt64
    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("Where the proof goes; without it, to standard output.", valueName: "file"))
    var output: String?
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var place: WitnessPlace

    func run() throws {
      var reader = try WitnessReader(try place.log(), covering: seq)
      let proof = try reader.proof(of: seq)
      if let output { try WitnessOutput.write(proof.bytes, to: output) }
      if json {
        print(
          JSONText.of([
            "index": .integer(Int64(clamping: proof.index)), "size": .integer(Int64(clamping: reader.checkpoint.size)),
            "root": .string(Base64.encode(reader.checkpoint.root.span)), "origin": .string(reader.checkpoint.origin),
            "path": .array(proof.path.map { .string(Base64.encode($0.span)) }),
            "record": (try? JSONValue(parsing: proof.extra ?? [])) ?? .null,
          ]))
      } else if let output {
        print("\(output): record \(seq) is in the checkpoint of \(reader.checkpoint.size) records")
      } else {
        print(String(decoding: proof.bytes, as: UTF8.self), terminator: "")
      }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a proof that witness prove wrote, without the log.",
      discussion: "Prints the record that is proven. Ends with 1 when the proof is not valid.")

    @Argument(help: "The proof.")
    var file: String
    @Option(help: ArgumentHelp("The log's verifier key (name+hash+base64), or a file that holds it.", valueName: "key"))
    var key: String
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      guard let key = try WitnessKeyText.key(key, near: nil) else { return }
      let bytes = try WitnessOutput.read(file, limit: NoteLimits.maxProofBytes)
      do {
        let proof = try LogProof(parsing: bytes.span)
        guard let record = proof.extra else { throw StoreError(.invalid, "\(file) holds no record to check") }
        let checkpoint = try proof.verify(leaf: MerkleTree.leaf(record.span), origin: key.name, keys: [key])
        let value = try? JSONValue(parsing: record.span)
        if json {
          print(
            JSONText.of([
              "verified": true, "index": .integer(Int64(clamping: proof.index)), "record": value ?? .null,
              "size": .integer(Int64(clamping: checkpoint.size)), "origin": .string(checkpoint.origin),
            ]))
        } else {
          print("proven: record \(proof.index) of the \(checkpoint.size) that \(checkpoint.origin) signed")
          print(Table.safe(String(decoding: record, as: UTF8.self)))
        }
      } catch let error as NoteError {
        throw StoreError(.invalid, "\(file) is not valid: \(error)")
      }
    }
  }
}
