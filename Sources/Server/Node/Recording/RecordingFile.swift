import Files
import Recording
import Relay
import Transcoder
import Wire

/// How a call is recorded.
enum RecordingFormat: String, Sendable, CaseIterable {
  /// What both sides say, decoded, one on each channel.
  case wav
  /// The packets of RTP, without SRTP.
  case pcap
}

/// One file of a recording. Belongs to the recorder's own thread.
struct RecordingFile: ~Copyable {
  private let file: OpenFile
  private var sound: StereoRecording?
  private var packets: PcapWriter
  private var pending: [UInt8]
  /// The two clocks at the beginning.
  private let start: Instant
  private let clock: UTCTimestamp
  private(set) var bytes = 0
  /// RTP packets that are in it.
  private(set) var count = 0

  /// Makes the file, which must be a new one.
  init(
    _ path: String, _ format: RecordingFormat, start: Instant, clock: UTCTimestamp
  ) throws(FileError) {
    // Whatever throws comes before anything is stored: half a file could not be closed.
    let file = try OpenFile(path, .createNew, permissions: 0o600)
    try file.setPermissions(0o600)
    self.file = file
    self.start = start
    self.clock = clock
    packets = PcapWriter()
    switch format {
    case .wav:
      var sound = StereoRecording(start: start)
      pending = sound.head()
      self.sound = consume sound
    case .pcap:
      sound = nil
      pending = PcapWriter().head
    }
  }

  mutating func set(_ codecs: [UInt8: SpeechCodec], of side: RelaySide) {
    sound?.set(codecs, of: RecordedSide(side))
  }

  mutating func append(
    _ packet: Span<UInt8>, of side: RelaySide, from source: SocketAddress, to destination: SocketAddress, now: Instant
  ) throws(RecordingError) {
    count += 1
    if sound != nil {
      try sound?.received(packet, from: RecordedSide(side), now: now, into: &pending)
    } else {
      try packets.append(
        packet, from: source, to: destination, at: clock + start.duration(to: now), into: &pending)
    }
  }

  /// Gives the system what has come, and as far as it is time the silence in which nothing has.
  mutating func flush(now: Instant) throws {
    try sound?.advance(now: now, into: &pending)
    try writePending()
  }

  /// Writes the end, and waits until all of it is on the disk.
  mutating func finish(now: Instant) throws {
    try sound?.finish(now: now, into: &pending)
    try writePending()
    if let head = sound?.head() { try file.write(head.span, at: 0) }
    try file.syncData()
  }

  private mutating func writePending() throws {
    guard !pending.isEmpty else { return }
    try file.write(pending.span)
    bytes += pending.count
    pending.removeAll(keepingCapacity: true)
    if sound?.writer.isPatchDue == true, let head = sound?.head() { try file.write(head.span, at: 0) }
  }
}

extension RecordedSide {
  init(_ side: RelaySide) { self = side == .caller ? .left : .right }
}
