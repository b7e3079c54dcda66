public import Codecs
import Jitter
import RTP
public import Wire

/// The audio of one call: sound out every 20 ms, and what is heard in.
///
/// One side of an RTP session (RFC 3550) with a jitter buffer. The driver's packets come in by `received`; ``tick`` is
/// called every 20 ms, and fills a frame with what is heard and a list with the packets that leave.
public struct AudioLeg: ~Copyable {
  /// The time between two ticks.
  public static let tickTime = Duration.milliseconds(20)
  /// Samples of a frame.
  public static let frameSamples = 160
  /// Keys that wait to be sent.
  public static let maxKeys = 64
  /// How long a key is held, in samples, and how long nothing follows it.
  static let keySamples: UInt32 = 800
  static let keyPause = 5

  /// What is sent, and where; nil: nothing is.
  public private(set) var outgoing: LegStream?
  /// What is received; nil before it is agreed on.
  public private(set) var incoming: LegStream?
  /// What was counted.
  public private(set) var statistics = LegStatistics()
  /// When the first packet of the peer's came.
  public private(set) var firstHeard: Instant?

  private var source: AudioSource
  private var buffer: JitterBuffer
  private var session: RTP.RTPSession
  private var encoder = G722Encoder()
  private var sequenceNumber: UInt16
  private var timestamp: UInt32
  /// The payload type under which we take keys, and that under which the peer does.
  private let ownKeys: UInt8
  private var peersKeys: UInt8?
  private var keys: [DTMFDigit] = []
  private var keySender = TelephoneEventSender(packetUnits: 160, holdUnits: AudioLeg.keySamples)
  private var keyReceiver = TelephoneEventReceiver()
  private var pauseLeft = 0
  private var frame = [Int16](repeating: 0, count: AudioLeg.frameSamples)

  /// A leg that has heard nothing.
  ///
  /// - Parameters:
  ///   - cname: SDES CNAME (RFC 7022).
  ///   - keyPayloadType: under which it takes telephone-events (RFC 4733).
  ///   - random: SSRC and first numbers come of it.
  public init(_ source: AudioSource, cname: String, keyPayloadType: UInt8, now: Instant, random: UInt64) {
    self.source = source
    ownKeys = keyPayloadType
    var numbers = SplitMix64(seed: random)
    let word = numbers.next()
    sequenceNumber = UInt16(truncatingIfNeeded: word)
    timestamp = UInt32(truncatingIfNeeded: word >> 16)
    buffer = JitterBuffer(Self.configuration(nil, keyPayloadType))
    session = RTP.RTPSession(
      RTPSessionConfiguration(
        ssrc: UInt32(truncatingIfNeeded: numbers.next()), cname: Array(cname.utf8), clockRate: 8_000,
        bandwidth: RTCPBandwidth(sessionBitsPerSecond: 64_000)),
      now: now, random: numbers.next())
  }

  private static func configuration(_ stream: LegStream?, _ keyPayloadType: UInt8) -> JitterConfiguration {
    var meanings = PayloadMeanings.rfc3551(telephoneEvent: keyPayloadType)
    if let stream { meanings[stream.payloadType] = .audio(stream.encoding) }
    return JitterConfiguration(payloadMeanings: meanings)
  }

  /// What both sides have agreed on, or agreed on anew.
  public mutating func set(outgoing: LegStream?, incoming: LegStream?, peersKeys: UInt8?) {
    if outgoing?.encoding != self.outgoing?.encoding { encoder = G722Encoder() }
    self.outgoing = outgoing
    self.peersKeys = peersKeys
    // Another number for another codec needs a buffer that knows it; what the old one has counted goes on.
    if let incoming, incoming.encoding != self.incoming?.encoding || incoming.payloadType != self.incoming?.payloadType,
      self.incoming != nil || PayloadMeanings.rfc3551()[incoming.payloadType] != .audio(incoming.encoding)
    {
      buffer = JitterBuffer(Self.configuration(incoming, ownKeys))
    }
    if let incoming { self.incoming = incoming }
  }

  /// Whether keys can be sent as telephone-events.
  public var canSendKeys: Bool { peersKeys != nil && outgoing != nil }

  /// Sends a key as telephone-events behind those that wait; false when too many do, or the peer does not take them.
  public mutating func press(_ digit: DTMFDigit) -> Bool {
    guard canSendKeys, keys.count < Self.maxKeys else { return false }
    keys.append(digit)
    return true
  }

  /// Whether keys wait, or one is being sent.
  public var isSendingKeys: Bool { !keys.isEmpty || keySender.isSending || pauseLeft > 0 }

  // MARK: What comes

  /// A datagram on our RTP port. Returns the key that it brought.
  public mutating func received(
    _ packet: Span<UInt8>, from address: SocketAddress, now: Instant
  ) -> DTMFDigit? {
    guard incoming != nil, let view = try? RTPPacketView(packet) else {
      statistics.dropped += 1
      return nil
    }
    switch session.receivedRTP(view.header, from: address, now: now) {
    case .dropped, .collision:
      statistics.dropped += 1
      return nil
    case .accepted, .late, .restarted, .probation: break
    }
    statistics.packetsReceived += 1
    statistics.octetsReceived += UInt64(view.payload.count)
    if firstHeard == nil { firstHeard = now }
    guard buffer.insert(view, now: now) == .telephoneEvent, let event = TelephoneEvent(view.payload) else { return nil }
    switch keyReceiver.received(event, timestamp: view.header.timestamp, isMarked: view.header.marker) {
    case .pressed(let digit), .tapped(let digit, _): return digit
    case .released, .held, .none, .other: return nil
    }
  }

  /// A datagram on our RTCP port.
  public mutating func received(control packet: Span<UInt8>, from address: SocketAddress, now: Instant) {
    var events: [RTPSessionEvent] = []
    guard (try? session.receivedRTCP(packet, from: address, now: now, into: &events)) != nil else {
      statistics.dropped += 1
      return
    }
    for case .receptionReport(_, let report, let roundTrip) in events {
      statistics.reportedLost = Int64(report.cumulativeLost)
      statistics.reportedJitter = .nanoseconds(Int64(report.jitter) * 125_000)
      guard let roundTrip else { continue }
      statistics.roundTrip = roundTrip
      let range = statistics.roundTripRange ?? roundTrip...roundTrip
      statistics.roundTripRange = min(range.lowerBound, roundTrip)...max(range.upperBound, roundTrip)
    }
  }

  // MARK: What leaves

  /// The sound of 20 ms: `packets` gets what is to be sent; the samples that were heard are returned with whether any of
  /// them is speech and not invented or silence.
  ///
  /// - Parameter now: when the tick is due, rather than when it comes to pass.
  public mutating func tick(now: Instant, packets: inout [[UInt8]]) -> (samples: [Int16], isSpeech: Bool) {
    defer { timestamp &+= UInt32(Self.frameSamples) }
    var heard = [Int16](repeating: 0, count: Self.frameSamples)
    var span = heard.mutableSpan
    let kind = buffer.pull(into: &span, now: now).kind
    source.fill(&frame)
    if let outgoing { send(outgoing, now, &packets) }
    return (heard, kind == .speech)
  }

  private mutating func send(_ stream: LegStream, _ now: Instant, _ packets: inout [[UInt8]]) {
    if pauseLeft > 0 { pauseLeft -= 1 }
    if !keySender.isSending, pauseLeft == 0, !keys.isEmpty { _ = keySender.press(keys.removeFirst(), at: timestamp) }
    if let peersKeys, let key = keySender.next() {
      if !keySender.isSending { pauseLeft = Self.keyPause }
      var payload = [UInt8](repeating: 0, count: TelephoneEvent.byteCount)
      var span = payload.mutableSpan
      _ = key.event.write(into: &span)
      append(payload, key.isFirst, peersKeys, at: key.timestamp, now, &packets)
      return
    }
    let sound = frame
    var place = 0
    while place + stream.packetSamples <= Self.frameSamples {
      var payload = [UInt8](repeating: 0, count: stream.packetSamples)
      var span = payload.mutableSpan
      let samples = sound.span.extracting(place..<(place + stream.packetSamples))
      switch stream.encoding {
      case .g711(let law): law.encode(samples, into: &span)
      case .g722: _ = encoder.encodeNarrowband(samples, into: &span)
      }
      append(payload, false, stream.payloadType, at: timestamp &+ UInt32(place), now, &packets)
      place += stream.packetSamples
    }
  }

  private mutating func append(
    _ payload: [UInt8], _ marker: Bool, _ payloadType: UInt8, at timestamp: UInt32, _ now: Instant,
    _ packets: inout [[UInt8]]
  ) {
    let fields = RTPPacketFields(
      marker: marker, payloadType: payloadType, sequenceNumber: sequenceNumber, timestamp: timestamp,
      ssrc: session.ssrc)
    var packet = [UInt8](repeating: 0, count: RTPHeader.fixedByteCount)
    var span = packet.mutableSpan
    guard (try? fields.writeHeader(into: &span)) != nil else { return }
    packet += payload
    packets.append(packet)
    sequenceNumber &+= 1
    statistics.packetsSent += 1
    statistics.octetsSent += UInt64(payload.count)
    session.sentRTP(timestamp: timestamp, payloadBytes: payload.count, now: now)
  }

  /// When a report is due; nil while nothing can be sent.
  public var nextReport: Instant? { outgoing == nil ? nil : session.nextDeadline }

  /// The report that is due; nil when none is.
  public mutating func report(now: Instant, clock: UTCTimestamp, random: UInt64) -> [UInt8]? {
    var writer = ByteWriter(maximum: 1_400)
    switch session.advance(now: now, wallClock: clock, random: random, writer: &writer) {
    case .none: return nil
    case .send, .sendLast: return writer.bytes
    }
  }

  /// The last word; nil when there is none to say.
  public mutating func leave(now: Instant, clock: UTCTimestamp, random: UInt64) -> [UInt8]? {
    guard outgoing != nil else { return nil }
    var writer = ByteWriter(maximum: 1_400)
    switch session.leave(now: now, wallClock: clock, random: random, writer: &writer) {
    case .none: return nil
    case .send, .sendLast: return writer.bytes
    }
  }

  /// What was counted up to now.
  public mutating func counted() -> LegStatistics {
    statistics.buffer = buffer.statistics
    // The source that sent the most is the one that was heard.
    let best = session.sources.compactMap(\.statistics).max { $0.sequence.received < $1.sequence.received }
    if let best {
      statistics.lost = max(0, best.cumulativeLost)
      statistics.jitter = best.jitterDuration
    }
    return statistics
  }
}
