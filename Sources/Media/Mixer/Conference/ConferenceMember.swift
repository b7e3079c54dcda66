import Codecs
import Jitter
import RTP
import Wire

/// One leg: its buffer, and what it is sent.
struct ConferenceMember: Sendable {
  let leg: ConferenceLeg
  let configuration: ConferenceLegConfiguration
  var buffer: JitterBuffer
  /// What its buffer gave in this tick.
  var frame = JitterFrame.silence
  private var encoder = G722Encoder()
  private var sequenceNumber: UInt16
  private var timestamp: UInt32
  /// Whether nothing is being sent, or nothing has been.
  private var isPaused = true

  /// −70 dBov, as quiet as a good line.
  private static let noiseLevel: UInt8 = 70

  init(_ leg: ConferenceLeg, _ configuration: ConferenceLegConfiguration) {
    self.leg = leg
    self.configuration = configuration
    buffer = JitterBuffer(
      JitterConfiguration(
        payloadMeanings: configuration.payloadMeanings, limits: configuration.limits,
        noiseSeed: UInt64(configuration.ssrc)))
    sequenceNumber = configuration.firstSequenceNumber
    timestamp = configuration.firstTimestamp
  }

  /// The same leg under another configuration; what it has said so far stays where that means the same.
  init(_ leg: ConferenceLeg, _ configuration: ConferenceLegConfiguration, continuing old: ConferenceMember) {
    self.init(leg, configuration)
    sequenceNumber = old.sequenceNumber
    timestamp = old.timestamp
    guard old.configuration.payloadMeanings == configuration.payloadMeanings,
      old.configuration.limits == configuration.limits
    else { return }
    buffer = old.buffer
    frame = old.frame
  }

  mutating func pass(_ ticks: UInt32) { timestamp &+= ticks }

  /// Writes the packet that says once that nothing follows; nil when it was said, or nothing was sent before.
  mutating func writePause(into packet: inout MutableSpan<UInt8>, ticks: UInt32) -> Int? {
    defer { timestamp &+= ticks }
    guard let payloadType = configuration.comfortNoise, !isPaused, packet.count > RTPHeader.fixedByteCount else {
      return nil
    }
    isPaused = true
    let fields = RTPPacketFields(
      payloadType: payloadType, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: configuration.ssrc)
    guard let start = try? fields.writeHeader(into: &packet) else { return nil }
    packet[start] = ConferenceMember.noiseLevel
    sequenceNumber &+= 1
    return start + 1
  }

  /// Writes the header of a packet of sound; returns where its payload goes, nil when there is no room for both.
  mutating func writeHeader(
    into packet: inout MutableSpan<UInt8>, contributors: Span<UInt32>, ticks: UInt32, payloadBytes: Int
  ) -> Int? {
    defer { timestamp &+= ticks }
    // The marker says that a pause ends (RFC 3551 §4.1); without pauses there is none.
    let fields = RTPPacketFields(
      marker: isPaused && configuration.comfortNoise != nil, payloadType: configuration.payloadType,
      sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: configuration.ssrc)
    guard let start = try? fields.writeHeader(into: &packet, contributingSources: contributors),
      start + payloadBytes <= packet.count
    else { return nil }
    isPaused = false
    sequenceNumber &+= 1
    return start
  }

  /// Encodes in the leg's own G.722, which remembers what it was given.
  mutating func encodeG722(_ samples: Span<Int16>, into octets: inout MutableSpan<UInt8>) {
    _ = encoder.encodeNarrowband(samples, into: &octets)
  }
}
