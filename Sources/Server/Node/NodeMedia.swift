import DTMF
import Media
import MediaAnchor
import OpenSSLCrypto
import Proxy
import Reactor
import Relay
import Settings
import Telemetry
import Transcoder
import Wire

/// The relayed calls of one reactor: their table, and what is counted of them.
struct NodeMedia: ~Copyable {
  private var table: MediaTable
  /// Calls that are open.
  private var open: Set<RelayCallID> = []
  /// What calls that are over have left, and how long packets took.
  private var ended = MediaCounters()
  /// The losses that have been told: what comes late after all does not make a counter go back.
  private var toldLosses = (caller: UInt64(0), callee: UInt64(0))
  /// Packets of this wake-up that went on.
  private var relayed: UInt64 = 0
  private let taps: RecordingTaps

  init(_ configuration: MediaConfiguration, _ context: ReactorContext, reactors: Int, recorder: Recorder) {
    taps = RecordingTaps(recorder)
    table = MediaTable(
      configuration, reactor: context.reactor, reactors: reactors, seed: SecureRandom.uint64())
  }

  // MARK: What the core wants

  mutating func open(
    _ opening: MediaOpening, now: Instant, io: inout ReactorIO
  ) -> Result<MediaOpened, MediaFailure> {
    do throws(MediaError) {
      var ports: [RelayPorts] = []
      let call: RelayCallID
      var first = 0
      if let known = opening.call {
        call = known
        first = table.reports(of: known).count
        for _ in 0..<opening.streams {
          ports.append(
            try table.addStream(
              to: known, callerIsIPv4: opening.callerIsIPv4, calleeIsIPv4: opening.calleeIsIPv4, now: now, io: &io))
        }
      } else {
        (call, ports) = try table.open(
          streams: opening.streams, callerIsIPv4: opening.callerIsIPv4, calleeIsIPv4: opening.calleeIsIPv4, now: now,
          io: &io)
        open.insert(call)
      }
      return .success(
        MediaOpened(
          call: call,
          streams: ports.enumerated().map { place, ports in
            MediaOpened.Stream(
              number: first + place, ports: ports, callerKeys: SecureRandom.bytes(AnchorKeyMaterial.byteCount),
              calleeKeys: SecureRandom.bytes(AnchorKeyMaterial.byteCount))
          }))
    } catch {
      return .failure(MediaFailure(error))
    }
  }

  mutating func set(
    _ call: RelayCallID, stream: Int, _ caller: RelayPeer, _ callee: RelayPeer, now: Instant, io: inout ReactorIO
  ) {
    table.set(caller, of: .caller, stream: stream, call: call, now: now, io: &io)
    table.set(callee, of: .callee, stream: stream, call: call, now: now, io: &io)
  }

  mutating func close(_ call: RelayCallID, now: Instant, io: inout ReactorIO) -> [RelayReport] {
    let reports = table.close(call, now: now, io: &io)
    if !taps.isEmpty { taps.end(call, now: now, clock: SystemClock.now()) }
    open.remove(call)
    for report in reports { ended.add(report, isRunning: false) }
    return reports
  }

  func reports(of call: RelayCallID) -> [RelayReport] { table.reports(of: call) }

  // MARK: Keys

  var hasKeys: Bool { table.hasKeys }

  mutating func takeKeys() -> [MediaKey] { table.takeKeys() }

  mutating func keyAnswered(_ call: RelayCallID, stream: Int) { table.keyAnswered(call, stream: stream) }

  mutating func received(_ key: DTMFInfo, of side: RelaySide, stream: Int, call: RelayCallID, now: Instant) {
    table.received(key, of: side, stream: stream, call: call, now: now)
  }

  // MARK: Recordings

  /// Whether a call is recorded.
  func isRecorded(_ call: RelayCallID) -> Bool { taps.isRecorded(call) }

  mutating func begin(_ recording: CallRecording, _ streams: [MediaFormats]) {
    taps.begin(recording)
    describe(recording.relay, streams)
  }

  /// Ends a recording; false when it does not run here.
  mutating func end(_ recording: CallRecording, _ end: CallRecording.End, _ streams: [MediaFormats]) -> Bool {
    guard taps.end(recording, end, now: SystemClock.monotonic(), clock: SystemClock.now()) else { return false }
    describe(recording.relay, streams)
    return true
  }

  /// Who is recorded, and in which codecs, from now on.
  mutating func describe(_ call: RelayCallID, _ streams: [MediaFormats]) {
    let sound = streams.first(where: \.isAudio)
    for stream in streams {
      table.set(
        tap: taps.tap(call, isFirstAudio: stream.place == sound?.place), stream: stream.place, call: call)
    }
    guard let sound else { return }
    // What a side sends has the numbers that the other one has given; some phones send their own.
    taps.describe(call, SpeechCodec.table(sound.callee, else: sound.caller), of: .caller)
    taps.describe(call, SpeechCodec.table(sound.caller, else: sound.callee), of: .callee)
  }
  // MARK: What the council wants

  /// A pair of sockets out of the same ports.
  mutating func openEnd(
    isIPv4: Bool, tag: UInt32, io: inout ReactorIO
  ) throws(MediaError) -> (end: MediaEnd, endpoint: RelayEndpoint) {
    try table.openEnd(isIPv4: isIPv4, tag: tag, io: &io)
  }

  mutating func close(_ end: MediaEnd, io: inout ReactorIO) { table.close(end, io: &io) }

  // MARK: Packets and time

  @inline(__always)
  mutating func received(
    _ packet: inout MutableSpan<UInt8>, count: Int, from: SocketAddress, tag: UInt32, now: Instant
  ) -> MediaVerdict {
    let verdict = table.received(media: &packet, count: count, from: from, tag: tag, now: now)
    if case .forward = verdict { relayed &+= 1 }
    return verdict
  }

  var nextDeadline: Instant? { table.nextDeadline }

  /// The calls that have been silent for too long.
  mutating func advance(now: Instant) -> [RelayCallID] {
    guard let deadline = table.nextDeadline, deadline <= now else { return [] }
    var events: [MediaEvent] = []
    table.advance(now: now, events: &events)
    return events.map { event in
      switch event {
      case .timedOut(let call): call
      }
    }
  }

  /// The end of a wake-up: all that was relayed in it has left.
  mutating func batchEnded(now: Instant) {
    if !taps.isEmpty { taps.flush() }
    guard relayed > 0 else { return }
    ended.latency.observe((SystemClock.monotonic() - now).seconds, times: relayed)
    relayed = 0
  }

  // MARK: What it counts

  /// The counters as they are now.
  mutating func counters() -> MediaCounters {
    var counters = ended
    counters.calls = UInt64(open.count)
    for call in open {
      for report in table.reports(of: call) { counters.add(report, isRunning: true) }
    }
    toldLosses = (max(toldLosses.caller, counters.caller.lost), max(toldLosses.callee, counters.callee.lost))
    counters.caller.lost = toldLosses.caller
    counters.callee.lost = toldLosses.callee
    return counters
  }
}

extension MediaCounters {
  fileprivate mutating func add(_ report: RelayReport, isRunning: Bool) {
    caller.add(Leg(report.caller, isRunning: isRunning))
    callee.add(Leg(report.callee, isRunning: isRunning))
  }
}

extension MediaCounters.Leg {
  fileprivate init(_ statistics: RelayStatistics, isRunning: Bool) {
    self.init()
    packetsIn = statistics.packetsReceived
    packetsOut = statistics.packetsSent
    lost = UInt64(max(0, statistics.lost))
    dropped = statistics.packetsDropped
    guard isRunning, statistics.packetsReceived > 0 else { return }
    jitter = (statistics.jitter.seconds, 1)
  }
}

extension SpeechCodec {
  fileprivate static func table(_ formats: [MediaFormat], else others: [MediaFormat]) -> [UInt8: SpeechCodec] {
    var table: [UInt8: SpeechCodec] = [:]
    var known: Set<UInt8> = []
    for format in formats + others where known.insert(format.payloadType).inserted {
      table[format.payloadType] = SpeechCodec(
        name: format.name, clockRate: format.clockRate, channels: format.channels)
    }
    return table
  }
}

extension MediaFailure {
  fileprivate init(_ error: MediaError) {
    self =
      switch error {
      case .family: .family
      case .ports, .limit, .unknownCall: .full
      case .system(let number): .system(number)
      }
  }
}

extension MediaConfiguration {
  /// Whether or not any call is relayed now: a reload may want it.
  init(_ settings: Settings) {
    self.init(addresses: settings.media.addresses, ports: settings.media.ports)
    dscp = settings.media.dscp
    self.settings.mediaTimeout = settings.media.timeout
  }
}

extension MediaPolicy {
  /// Nil when no call is relayed.
  init?(_ settings: Settings) {
    guard settings.relaysMedia else { return nil }
    self.init(
      settings.media.relay == .all ? .all : .escalations, encryption: Encryption(settings.media.srtp),
      learning: RelayLearning(settings.media.learn), addresses: settings.media.addresses,
      advertised: settings.advertise.media)
    transcodes = settings.media.transcodes
  }
}

extension MediaPolicy.Encryption {
  fileprivate init(_ srtp: Settings.Media.SRTP) {
    self =
      switch srtp {
      case .requiredForEscalations: .requiredForEscalations
      case .preferred: .preferred
      case .off: .off
      }
  }
}

extension RelayLearning {
  fileprivate init(_ learn: Settings.Media.Learn) {
    self =
      switch learn {
      case .off: .off
      case .port: .port
      case .address: .address
      }
  }
}
