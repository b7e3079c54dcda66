import Admin
import Files
import Logging
import OpenSSLCrypto
import Proxy
import Relay
import Store
import Wire
import Witness

// Recordings of relayed calls: off unless the configuration allows them, asked for by name, witnessed from beginning to end.
extension Node {
  var recordingsAPI: AdminRecordings {
    AdminRecordings(
      start: { await self.startRecording($0, $1, by: $2) }, stop: { await self.stopRecording($0, by: $1) },
      list: {
        AdminAPI.Answer(200, ["recordings": .array(self.recorder.recordings.map { self.json($0) })])
      },
      show: { self.showRecording($0) })
  }

  // MARK: Beginning

  private func startRecording(
    _ id: String, _ body: JSONValue, by identity: AdminAPI.Identity
  ) async -> AdminAPI.Answer {
    let wishes = settings.media.recording
    guard wishes.isAllowed else {
      return .failure(403, "RECORDING_OFF", "calls are not recorded here: media.recording.allow is false")
    }
    guard let format = RecordingFormat(rawValue: body["format"]?.string ?? RecordingFormat.wav.rawValue) else {
      return .failure(400, "INVALID_REQUEST", "format is wav or pcap")
    }
    var longest = wishes.longest
    if let value = body["seconds"] {
      guard let seconds = value.integer, seconds > 0, .seconds(seconds) <= wishes.longest else {
        return .failure(
          400, "INVALID_REQUEST",
          "seconds is a number from 1 to \(wishes.longest.components.seconds), which is media.recording.max_seconds")
      }
      longest = .seconds(seconds)
    }
    let call: CallSummary
    switch await find(id) {
    case .one(let found): call = found
    case .failure(let answer): return answer
    }
    guard let relay = call.relay, !call.streams.isEmpty else {
      return .failure(
        409, "NOT_RELAYED", "the media of this call does not go over this node; media.relay says which does")
    }
    guard !recorder.recordings.contains(where: { $0.relay == relay && $0.format == format && $0.result == nil }) else {
      return .failure(409, "ALREADY_RECORDED", "this call is being recorded as \(format.rawValue)")
    }
    let recording: CallRecording
    do {
      recording = try await make(call, relay, format, longest, by: identity)
    } catch {
      logger.error("a recording cannot be made", metadata: ["problem": "\(error)"])
      return .failure(503, "UNAVAILABLE", "the file cannot be made; the log says why")
    }
    guard recorder.enter(recording) else {
      try? Files.remove(recording.path)
      return .failure(
        503, "TOO_MANY_RECORDINGS", "\(RecorderLimits.maxRunning) recordings run, or the node stops")
    }
    return await begin(recording, by: identity)
  }

  private func make(
    _ call: CallSummary, _ relay: RelayCallID, _ format: RecordingFormat, _ longest: Duration,
    by identity: AdminAPI.Identity
  ) async throws -> CallRecording {
    let (directory, name) = (settings.recordingDirectory, identity.name)
    // On a thread of its own: a disk may be slow.
    return try await Task.detached {
      try Files.makeDirectory(directory, permissions: 0o700)
      return try CallRecording(
        call, relay: relay, format, id: Hex.encode(SecureRandom.bytes(8)), by: name, longest: longest, in: directory,
        now: SystemClock.monotonic(), clock: SystemClock.now())
    }.value
  }

  /// Its record comes before its first packet; what cannot be recorded here is not recorded there.
  private func begin(_ recording: CallRecording, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    var details = recording.details
    details.append(WitnessDetail("longest_ms", .integer(recording.longest.saturatingNanoseconds / 1_000_000)))
    if let trace = identity.trace { details.append(WitnessDetail("request_trace_id", .text(trace.traceID))) }
    let isWitnessed = witness.post(
      WitnessEvent(
        time: recording.startedAt, name: .recordingStarted, component: "media", traceID: recording.traceID,
        callID: recording.callID, details: details))
    guard isWitnessed else {
      recorder.end(
        recording, .failed("not witnessed"), now: SystemClock.monotonic(), clock: SystemClock.now())
      return .failure(503, "UNAVAILABLE", "IF.witness takes no records now, so nothing is recorded")
    }
    logger.notice("recording begins", metadata: recording.metadata)
    for mailbox in reactors.mailboxes where await ask(mailbox, { $0.begin(recording) }) == true {
      Task {
        try? await Task.sleep(for: recording.longest)
        await self.end(recording, .time)
      }
      return AdminAPI.Answer(201, json(recording))
    }
    recorder.end(recording, .callEnded, now: SystemClock.monotonic(), clock: SystemClock.now())
    return .failure(404, "CALL_NOT_FOUND", "the call has ended")
  }

  // MARK: The end

  private func stopRecording(_ id: String, by identity: AdminAPI.Identity) async -> AdminAPI.Answer {
    guard let recording = recorder.recordings.first(where: { $0.id == id }) else { return Self.noSuchRecording }
    await end(recording, .stopped(by: identity.name))
    await recording.waitForEnd()
    return AdminAPI.Answer(200, json(recording))
  }

  private func end(_ recording: CallRecording, _ end: CallRecording.End) async {
    guard recording.result == nil else { return }
    for mailbox in reactors.mailboxes where await ask(mailbox, { $0.end(recording, end) }) == true { return }
    recorder.end(recording, end, now: SystemClock.monotonic(), clock: SystemClock.now())
  }

  /// The file of a recording is whole.
  static func tell(
    of recording: CallRecording, _ result: CallRecording.Result, _ witness: WitnessLog, _ logger: Logger
  ) {
    var details = recording.details
    details.append(WitnessDetail("reason", .text(result.end.text)))
    switch result.end {
    case .stopped(let by): details.append(WitnessDetail("stopped_by", .text(by)))
    case .failed(let why): details.append(WitnessDetail("text", .text(why)))
    case .callEnded, .time, .nodeStops: break
    }
    details.append(WitnessDetail("bytes", .integer(Int64(result.bytes))))
    details.append(WitnessDetail("packets", .integer(Int64(result.packets))))
    details.append(WitnessDetail("lost", .integer(Int64(recording.lost.load(ordering: .relaxed)))))
    if let digest = result.sha256 { details.append(WitnessDetail("sha256", .text(digest))) }
    witness.post(
      WitnessEvent(
        time: result.endedAt, name: .recordingEnded, component: "media", traceID: recording.traceID,
        callID: recording.callID, details: details))
    var metadata = recording.metadata
    metadata["reason"] = .string(result.end.text)
    logger.notice("recording ends", metadata: metadata)
  }

  // MARK: JSON

  private func showRecording(_ id: String) -> AdminAPI.Answer {
    guard let recording = recorder.recordings.first(where: { $0.id == id }) else { return Self.noSuchRecording }
    return AdminAPI.Answer(200, json(recording))
  }

  private static var noSuchRecording: AdminAPI.Answer {
    .failure(404, "NO_SUCH_RECORDING", "there is no recording of that id, or it is long over")
  }

  private func json(_ recording: CallRecording) -> JSONValue {
    var object = JSONObject()
    object["id"] = .string(recording.id)
    object["call"] = .string(recording.key.description)
    object["call_id"] = .string(recording.callID)
    object["trace_id"] = .string(recording.traceID)
    object["format"] = .string(recording.format.rawValue)
    object["file"] = .string(recording.name)
    object["by"] = .string(recording.by)
    object["started"] = .string(recording.startedAt.rfc3339)
    object["lost_packets"] = .integer(Int64(recording.lost.load(ordering: .relaxed)))
    let result = recording.result
    object["state"] = result == nil ? "running" : "ended"
    guard let result else { return .object(object) }
    object["ended"] = .string(result.endedAt.rfc3339)
    object["reason"] = .string(result.end.text)
    object["bytes"] = .integer(Int64(result.bytes))
    object["packets"] = .integer(Int64(result.packets))
    if let digest = result.sha256 { object["sha256"] = .string(digest) }
    return .object(object)
  }
}

extension CallRecording {
  /// What both records say.
  fileprivate var details: [WitnessDetail] {
    [
      WitnessDetail("recording", .text(id)), WitnessDetail("format", .text(format.rawValue)),
      WitnessDetail("file", .text(name)), WitnessDetail("by", .text(by)),
    ]
  }

  fileprivate var metadata: Logger.Metadata {
    [
      "trace_id": .string(traceID), "call_id": .string(callID), "recording": .string(id), "file": .string(name),
      "by": .string(by),
    ]
  }
}
