import Proxy
import Relay
import Synchronization
import Transcoder
import Wire

/// The recorded calls of one reactor. Packets are copied on its thread, and handed over at the end of the wake-up.
final class RecordingTaps {
  private final class Tap: RelayTap {
    private let recordings: [CallRecording]
    private unowned let taps: RecordingTaps

    init(_ recordings: [CallRecording], _ taps: RecordingTaps) {
      self.recordings = recordings
      self.taps = taps
    }

    func heard(
      _ packet: Span<UInt8>, of side: RelaySide, from source: SocketAddress, to destination: SocketAddress, now: Instant
    ) {
      for recording in recordings where !recording.isOver.load(ordering: .relaxed) {
        taps.batch.append(packet, of: side, from: source, to: destination, now: now, for: recording)
      }
    }
  }

  private let recorder: Recorder
  private var batch = RecordedBatch()
  private var running: [RelayCallID: [CallRecording]] = [:]

  init(_ recorder: Recorder) { self.recorder = recorder }

  var isEmpty: Bool { running.isEmpty }
  func isRecorded(_ call: RelayCallID) -> Bool { running[call] != nil }

  func begin(_ recording: CallRecording) { running[recording.relay, default: []].append(recording) }

  /// Ends one; whether it ran here.
  func end(_ recording: CallRecording, _ end: CallRecording.End, now: Instant, clock: UTCTimestamp) -> Bool {
    guard let place = running[recording.relay]?.firstIndex(where: { $0 === recording }) else { return false }
    running[recording.relay]?.remove(at: place)
    if running[recording.relay]?.isEmpty == true { running[recording.relay] = nil }
    flush()
    recorder.end(recording, end, now: now, clock: clock)
    return true
  }

  /// The call is over.
  func end(_ call: RelayCallID, now: Instant, clock: UTCTimestamp) {
    guard let recordings = running.removeValue(forKey: call) else { return }
    flush()
    for recording in recordings { recorder.end(recording, .callEnded, now: now, clock: clock) }
  }

  /// Who hears a stream of a call; nil for nobody. Of sound, the first stream that is such.
  func tap(_ call: RelayCallID, isFirstAudio: Bool) -> (any RelayTap)? {
    let wanted = (running[call] ?? []).filter { $0.format == .pcap || isFirstAudio }
    return wanted.isEmpty ? nil : Tap(wanted, self)
  }

  /// What the payload types of a call's sound stand for.
  func describe(_ call: RelayCallID, _ codecs: [UInt8: SpeechCodec], of side: RelaySide) {
    guard let recordings = running[call] else { return }
    // What came before was said in the old ones.
    flush()
    for recording in recordings where recording.format == .wav { recorder.post(codecs, of: side, for: recording) }
  }

  /// The end of a wake-up.
  func flush() {
    guard !batch.entries.isEmpty else { return }
    var full = RecordedBatch()
    swap(&full, &batch)
    recorder.post(full)
  }
}
