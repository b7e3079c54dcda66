import ArgumentParser
import Store
import Wire
import Witness

/// `ifsip-proxy witness`: the audit log.
struct WitnessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness", abstract: "Look into the audit log.", subcommands: [Verify.self])

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verify every record: its form, its number, its hash and its place in the chain.",
      discussion: """
        Ends with 0 when nothing was altered, 1 when something was: each fault is named with its record. The log may be \
        in use; its last line is then perhaps not whole yet.
        A chain cannot show that its end was cut off between two records: compare the last record with one you noted.
        """)

    @Argument(help: "The state directory, its witness directory or a copy. Without it: state_dir of the configuration.")
    var directory: String?

    @OptionGroup var options: ConfigurationOption

    @Option(help: "Print at most this many faults; all are counted.")
    var limit = 100

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let path = try directory ?? options.settings().stateDirectory
      let log = try WitnessDirectory(near: path)
      let segments = try log.segments()
      guard !segments.isEmpty else {
        throw StoreError(.fileSystem, "\(log.path) holds no record files; there is nothing to verify")
      }
      var told: [WitnessFault] = []
      let summary = try log.verify { fault in
        guard told.count < limit else { return }
        told.append(fault)
        if !json { print(fault) }
      }
      print(json ? asJSON(summary, told, files: segments.count) : asText(summary, told, files: segments.count))
      if summary.faults > 0 { throw ExitCode(IfsipProxy.Code.failure) }
    }

    private func asText(_ summary: WitnessVerifier.Summary, _ told: [WitnessFault], files: Int) -> String {
      var lines: [String] = []
      if summary.faults > UInt64(told.count) { lines.append("and \(summary.faults - UInt64(told.count)) more faults") }
      var line = "\(summary.lines) records in \(files) \(files == 1 ? "file" : "files")"
      if let first = summary.firstTime, let last = summary.lastTime { line += ", from \(first) to \(last)" }
      lines.append(line)
      if let last = summary.last { lines.append("last record \(last.sequence), hash \(last.hash.hex)") }
      lines.append(summary.faults == 0 ? "verified: nothing was altered" : "NOT VERIFIED: \(summary.faults) faults")
      return lines.joined(separator: "\n")
    }

    private func asJSON(_ summary: WitnessVerifier.Summary, _ told: [WitnessFault], files: Int) -> String {
      var members: JSONObject = [
        "records": .integer(Int64(summary.lines)), "files": .integer(Int64(files)),
        "bytes": .integer(Int64(summary.bytes)), "verified": .bool(summary.faults == 0),
        "fault_count": .integer(Int64(summary.faults)),
        "faults": .array(
          told.map { fault in
            .object([
              "record": .integer(Int64(fault.record)), "file": .string(fault.segment),
              "line": .integer(Int64(fault.line)),
              "kind": .string(fault.kind.name), "message": .string("\(fault.kind)"),
            ])
          }),
      ]
      if let last = summary.last {
        members["last"] = .object([
          "seq": .integer(Int64(last.sequence)), "hash": .string(last.hash.hex),
        ])
      }
      return JSONText.of(.object(members))
    }
  }
}
