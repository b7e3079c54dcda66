import ArgumentParser
import Files
import Guard
import OpenSSLCrypto
import Store
import Wire
import Witness

/// `ifsip-proxy witness`: the audit log.
struct WitnessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness", abstract: "Look into the audit log, verify it and prove what is in it.",
    subcommands: [Verify.self, Show.self, Prove.self, Check.self, Export.self])
}

/// Where the log is, for every command that reads one.
struct WitnessPlace: ParsableArguments {
  @Option(
    name: .customLong("dir"),
    help: ArgumentHelp(
      "The state directory, its witness directory or a copy. Without it: state_dir of the configuration.",
      valueName: "directory"))
  var directory: String?
  @OptionGroup var options: ConfigurationOption

  func log() throws -> WitnessDirectory { try WitnessDirectory(near: directory ?? options.settings().stateDirectory) }
}

/// `--key`.
enum WitnessKeyText {
  static let help = ArgumentHelp(
    """
    The log's verifier key (name+hash+base64), or a file that holds it. Without it: keys/witness.pub beside the log, \
    which whoever altered the log may have replaced too.
    """, valueName: "key")

  /// The key that was named, else the one beside the log.
  static func key(
    _ text: String?, near log: WitnessDirectory?, option: String = "--key"
  ) throws -> NoteVerifierKey? {
    guard let text else { return log?.neighbouringKey() }
    var line = text
    do {
      if try Files.isRegular(text) {
        line = String(decoding: try Files.read(text, limit: 4_096).prefix { $0 != 0x0A }, as: UTF8.self)
      }
      return try NoteVerifierKey(parsing: line)
    } catch let error as NoteError {
      throw StoreError(.invalid, "\(option) \(Table.safe(text)): \(error)")
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  /// The records of a trace, at least one.
  static func found(_ trace: String, in log: WitnessDirectory) throws -> [WitnessDirectory.Found] {
    guard TraceID(trace) != nil else {
      throw ValidationError("a trace_id is 1 to \(TraceID.maxBytes) of the characters A-Z a-z 0-9 . _ -")
    }
    let found = try log.records(ofTrace: trace)
    guard !found.isEmpty else {
      throw StoreError(
        .invalid, "no record in \(log.path) has trace_id \(trace); calls list shows those of running calls")
    }
    return found
  }
}

extension WitnessCommand {
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verify every record: its form, number, hash and place in the chain, the tree and the checkpoint.",
      discussion: """
        Ends with 0 when nothing was altered, 1 when something was: each fault is named with its record. The log may be \
        in use; its last line is then perhaps not whole yet.
        The checkpoint is signed by the log's key. Whoever holds that key can make a log anew; a key that you noted, \
        a checkpoint that you kept and the cosigners' signatures show that.
        """)

    @Argument(help: "The state directory, its witness directory or a copy. Without it: state_dir of the configuration.")
    var directory: String?

    @OptionGroup var options: ConfigurationOption

    @Option(help: WitnessKeyText.help)
    var key: String?

    @Option(
      name: .customLong("cosigner"),
      help: ArgumentHelp(
        "A cosigner's verifier key, or a file that holds it: it must have signed the cosigned checkpoint. May be repeated.",
        valueName: "key"))
    var cosigners: [String] = []

    @Option(help: ArgumentHelp("Begin with the record file that holds this record.", valueName: "seq"))
    var from: UInt64 = 0

    @Option(help: ArgumentHelp("End with the record file that holds this record.", valueName: "seq"))
    var to: UInt64?

    @Option(help: "Print at most this many faults; all are counted.")
    var limit = 100

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
      if let to, to < from { throw ValidationError("--to must not be smaller than --from") }
    }

    func run() throws {
      let path = try directory ?? options.settings().stateDirectory
      let log = try WitnessDirectory(near: path)
      let segments = try log.segments()
      guard !segments.isEmpty else {
        throw StoreError(.fileSystem, "\(log.path) holds no record files; there is nothing to verify")
      }
      let key = try WitnessKeyText.key(key, near: log)
      let cosigners = try cosigners.compactMap { try WitnessKeyText.key($0, near: nil, option: "--cosigner") }
      if let wrong = cosigners.first(where: { $0.kind != .cosignature }) {
        throw StoreError(.invalid, "--cosigner \(Table.safe("\(wrong)")) is the key of a log, not of a cosigner")
      }
      var told: [WitnessFault] = []
      let audit = try log.verify(key: key, cosigners: cosigners, from: from, through: to ?? .max) { fault in
        guard told.count < limit else { return }
        told.append(fault)
        if !json { print(Table.safe("\(fault)")) }
      }
      print(json ? asJSON(audit, told, files: segments.count) : asText(audit, told, files: segments.count))
      if audit.faults > 0 { throw ExitCode(IfsipProxy.Code.failure) }
    }

    private func asText(_ audit: WitnessDirectory.Audit, _ told: [WitnessFault], files: Int) -> String {
      let summary = audit.summary
      var lines: [String] = []
      if audit.faults > UInt64(told.count) { lines.append("and \(audit.faults - UInt64(told.count)) more faults") }
      var line = "\(summary.lines) records in \(files) \(files == 1 ? "file" : "files")"
      if let first = summary.firstTime, let last = summary.lastTime { line += ", from \(first) to \(last)" }
      lines.append(line)
      if audit.deleted > 0 {
        lines.append(
          "records 0 to \(audit.deleted - 1) are no longer there: deleted, as the log itself says; their hashes are in the tree"
        )
      }
      if let last = summary.last { lines.append("last record \(last.sequence), hash \(last.hash.hex)") }
      if let checkpoint = audit.checkpoint {
        let root = Base64.encode(checkpoint.root.span)
        lines.append("checkpoint of \(Table.safe(checkpoint.origin)): \(checkpoint.size) records, root \(root)")
        lines.append(
          audit.signers.first.map { "signed by \($0)\(key == nil ? " (the key beside the log)" : "")" }
            ?? "the signature was not verified: name the log's key with --key")
      } else {
        lines.append(
          "no checkpoint: that the end was not cut off cannot be seen; compare the last record with one you noted")
      }
      if let cosigned = audit.cosigned {
        var line = "cosigned: \(cosigned.size) records"
        for cosignature in audit.cosignatures {
          let time = UTCTimestamp(seconds: Int64(clamping: cosignature.time))
          line += ", by \(Table.safe(cosignature.key.name)) at \(time)"
        }
        if audit.cosignatures.isEmpty { line += "; by whom was not verified: name the cosigners' keys with --cosigner" }
        lines.append(line)
      }
      lines.append(audit.faults == 0 ? "verified: nothing was altered" : "NOT VERIFIED: \(audit.faults) faults")
      return lines.joined(separator: "\n")
    }

    private func asJSON(_ audit: WitnessDirectory.Audit, _ told: [WitnessFault], files: Int) -> String {
      let summary = audit.summary
      var members: JSONObject = [
        "records": .integer(Int64(summary.lines)), "files": .integer(Int64(files)),
        "bytes": .integer(Int64(summary.bytes)), "verified": .bool(audit.faults == 0),
        "fault_count": .integer(Int64(audit.faults)), "signature_verified": .bool(!audit.signers.isEmpty),
        "root_verified": .bool(audit.isRooted),
        "faults": .array(
          told.map { fault in
            .object([
              "record": .integer(Int64(clamping: fault.record)), "file": .string(fault.segment),
              "line": .integer(Int64(fault.line)),
              "kind": .string(fault.kind.name), "message": .string("\(fault.kind)"),
            ])
          }),
      ]
      if let last = summary.last {
        members["last"] = .object([
          "seq": .integer(Int64(clamping: last.sequence)), "hash": .string(last.hash.hex),
        ])
      }
      if audit.deleted > 0 {
        members["deleted"] = .object(["first": 0, "through": .integer(Int64(clamping: audit.deleted) - 1)])
      }
      if let cosigned = audit.cosigned {
        members["cosigned"] = .object([
          "size": .integer(Int64(clamping: cosigned.size)), "root": .string(Base64.encode(cosigned.root.span)),
          "cosigners": .array(
            audit.cosignatures.map {
              .object(["key": .string("\($0.key)"), "time": .integer(Int64(clamping: $0.time))])
            }),
        ])
      }
      if let checkpoint = audit.checkpoint {
        members["checkpoint"] = .object([
          "origin": .string(checkpoint.origin), "size": .integer(Int64(clamping: checkpoint.size)),
          "root": .string(Base64.encode(checkpoint.root.span)),
        ])
      }
      return JSONText.of(.object(members))
    }
  }
}
