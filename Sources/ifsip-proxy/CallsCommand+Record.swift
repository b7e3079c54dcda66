import ArgumentParser
import Files
import Glibc
import OpenSSLCrypto
import Store
import Wire

extension CallsCommand {
  struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "record", abstract: "Record a relayed call, or stop recording it.",
      discussion: """
        Needs media.recording.allow. The server writes the file, with mode 0600, into media.recording.directory; it ends \
        with the call. IF.witness records who asked, and at the end the SHA-256 of the file.

        Who talks has to know that it is recorded, and in many places to agree. That is yours to see to.
        """)

    @Argument(help: "The call's id, as calls list shows it, or its Call-ID.")
    var id: String
    @Flag(help: "Sound: both sides decoded, one on each channel, at 8 kHz. This is meant when nothing is said.")
    var wav = false
    @Flag(help: "The packets of RTP of all streams, without SRTP.")
    var pcap = false
    @Option(help: "Stop after so many seconds.")
    var seconds: Int?
    @Option(
      help: ArgumentHelp(
        "Wait for the end, and copy the file to this directory; it must be readable here.", valueName: "dir"))
    var out: String?
    @Flag(help: "Wait for the end.")
    var wait = false
    @Flag(help: "Stop what is being recorded of this call.")
    var stop = false
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func validate() throws {
      if wav, pcap { throw ValidationError("--wav or --pcap; for both give the command twice") }
      if stop, wav || pcap || wait || seconds != nil || out != nil {
        throw ValidationError("--stop stands alone")
      }
      if let seconds, seconds < 1 { throw ValidationError("--seconds must be at least 1") }
    }

    func run() throws {
      let client = try AdminClient(configuration)
      if stop { return try stopAll(client) }
      var body: JSONObject = ["format": .string(pcap ? "pcap" : "wav")]
      if let seconds { body["seconds"] = .integer(Int64(seconds)) }
      var recording = try client.ask(
        "POST", "/v1/calls/\(PercentEncoding.encode(id))/recordings", body: .object(body))
      if wait || out != nil {
        let path = "/v1/recordings/\(PercentEncoding.encode(recording.text("id")))"
        while recording["state"]?.string == "running" {
          usleep(200_000)
          recording = try client.ask("GET", path)
        }
        if let out { try copy(recording, to: out) }
      }
      if json { return print(JSONText.of(recording)) }
      print(try Self.sentence(recording, configuration.settings().recordingDirectory))
    }

    private func stopAll(_ client: AdminClient) throws {
      let running = try client.ask("GET", "/v1/recordings")["recordings"]?.array ?? []
      let mine = running.filter { recording in
        recording["state"]?.string == "running"
          && ["id", "call", "call_id"].contains { recording[$0]?.string == id }
      }
      guard !mine.isEmpty else { throw StoreError(.invalid, "nothing is being recorded of \(Table.safe(id))") }
      var ended: [JSONValue] = []
      for recording in mine {
        ended.append(
          try client.ask("DELETE", "/v1/recordings/\(PercentEncoding.encode(recording.text("id")))"))
      }
      if json { return print(JSONText.of(.array(ended))) }
      let directory = try configuration.settings().recordingDirectory
      for recording in ended { print(Self.sentence(recording, directory)) }
    }

    /// The server's own file stays; the copy must be what the server has recorded the digest of.
    private func copy(_ recording: JSONValue, to directory: String) throws {
      let name = recording.text("file")
      guard !name.contains("/") else { throw StoreError(.invalid, "the server names a file outside its directory") }
      let source = try OpenFile("\(configuration.settings().recordingDirectory)/\(name)", .read)
      try Files.makeDirectory(directory, permissions: 0o700)
      let target = try OpenFile("\(directory)/\(name)", .createNew, permissions: 0o600)
      var hash = SHA256()
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      while true {
        let count = try source.read(into: &buffer)
        if count == 0 { break }
        hash.update(buffer.span.extracting(0..<count))
        try target.write(buffer.span.extracting(0..<count))
      }
      try target.syncData()
      guard hash.finalize().hex == recording.text("sha256") else {
        throw StoreError(.fileSystem, "the copy of \(name) is not what was recorded")
      }
    }

    private static func sentence(_ recording: JSONValue, _ directory: String) -> String {
      let path = Table.safe("\(directory)/\(recording.text("file"))")
      guard recording["state"]?.string == "ended" else {
        return "recording to \(path); stop it with: calls record \(Table.safe(recording.text("id"))) --stop"
      }
      let lost = recording["lost_packets"]?.integer ?? 0
      return "\(path): \(recording["bytes"]?.integer ?? 0) bytes, \(recording["packets"]?.integer ?? 0) packets"
        + (lost > 0 ? ", \(lost) lost" : "") + ", \(Table.safe(recording.text("reason"))), sha256 "
        + Table.safe(recording.text("sha256"))
    }
  }

  struct Recordings: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the recordings that run, and those that have ended since the server started.")

    @Flag(help: "Print a JSON array.")
    var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
      let all = try AdminClient(configuration).ask("GET", "/v1/recordings")["recordings"]?.array ?? []
      if json { return print(JSONText.of(.array(all))) }
      guard !all.isEmpty else { return print("no recordings") }
      var table = Table("ID", "STATE", "STARTED", "BY", "CALL-ID", "FILE")
      for recording in all {
        table.add(
          recording.text("id"), recording["reason"]?.string ?? recording.text("state"), recording.text("started"),
          recording.text("by"), recording.text("call_id"), recording.text("file"))
      }
      print(table.text)
    }
  }
}
