import Codecs
import Opus
import RTP
import Testing
import ToneSupport
import Transcoder
import Wire

/// Sends a tone in packets of a codec.
struct Phone: ~Copyable {
  var sequence: UInt16 = 65_530
  var timestamp: UInt32 = 0xFFFF_FF00
  var ssrc: UInt32 = 1
  private let stream: SpeechStream
  private let isWideband: Bool
  private let tone: [Int16]
  private var place = 0
  private var g722 = G722Encoder()
  private var opus: OpusEncoder?

  init(_ stream: SpeechStream, hertz: Int, isWideband: Bool = false) {
    self.stream = stream
    let isWide = isWideband || stream.codec == .g722
    self.isWideband = isWide
    tone = Tone(hertz: hertz, rate: isWide ? 16_000 : 8_000, amplitude: 8_000).samples(isWide ? 48_000 : 24_000)
    if case .opus = stream.codec {
      opus = try? OpusEncoder(OpusEncoderConfiguration(isWide ? .wideband : .narrowband, expectedLossPercent: 20))
    }
  }

  /// The next packet of the tone.
  mutating func next() throws -> [UInt8] {
    let frame = stream.packetMilliseconds * (isWideband ? 16 : 8)
    let start = place % (tone.count - frame)
    let array = Array(tone[start..<(start + frame)])
    let samples = array.span
    place += frame
    var payload = [UInt8](repeating: 0, count: 2_000)
    var span = payload.mutableSpan
    let count: Int
    switch stream.codec {
    case .g711(let law): count = law.encode(samples, into: &span)
    case .g722: count = g722.encode(samples, into: &span)
    case .l16:
      for index in 0..<frame { span.setBigEndian(samples[index], at: 2 * index) }
      count = 2 * frame
    case .opus: count = try opus?.encode(samples, into: &span) ?? 0
    }
    let packet = try packet(Array(payload[..<count]), type: stream.payloadType)
    timestamp &+= UInt32(stream.packetMilliseconds) * stream.codec.clockRate / 1_000
    return packet
  }

  /// Says nothing for a while.
  mutating func pause(milliseconds: UInt32) { timestamp &+= milliseconds * stream.codec.clockRate / 1_000 }

  /// A packet with any payload.
  mutating func packet(
    _ payload: [UInt8], type: UInt8, timestamp: UInt32? = nil, isMarked: Bool = false
  ) throws -> [UInt8] {
    var packet = [UInt8](repeating: 0, count: 12)
    var span = packet.mutableSpan
    let fields = RTPPacketFields(
      marker: isMarked, payloadType: type, sequenceNumber: sequence, timestamp: timestamp ?? self.timestamp, ssrc: ssrc)
    try fields.writeHeader(into: &span)
    sequence &+= 1
    return packet + payload
  }
}

/// Takes what a transcoder gives, decodes it, and watches the timestamps.
final class Ear {
  private(set) var samples: [Int16] = []
  private(set) var packets = 0
  private(set) var marks = 0
  /// Packets of speech that do not follow the one before, and the units between them.
  private(set) var gaps = 0
  private(set) var skipped = 0
  private(set) var lastTimestamp: UInt32 = 0
  private(set) var others: [RTPPacketFields] = []
  private(set) var payloads: [[UInt8]] = []
  private let stream: SpeechStream
  private let isWideband: Bool
  private var expected: (sequence: UInt16, timestamp: UInt32?)?
  private var g722 = G722Decoder()
  private var opus: OpusDecoder?

  init(_ stream: SpeechStream, isWideband: Bool = false) throws {
    self.stream = stream
    self.isWideband = isWideband
    if case .opus = stream.codec { opus = try OpusDecoder(isWideband ? .wideband : .narrowband) }
  }

  /// Fetches all packets.
  func drain(_ transcoder: inout Transcoder) throws {
    var bytes = [UInt8](repeating: 0, count: TranscoderLimits.maxPacketBytes)
    while true {
      var span = bytes.mutableSpan
      let count = try transcoder.next(into: &span)
      guard count > 0 else { break }
      try hear(bytes.span.extracting(0..<count))
    }
    let isDrained = transcoder.isDrained
    #expect(isDrained)
  }

  private func hear(_ packet: Span<UInt8>) throws {
    let view = try RTPPacketView(packet)
    let header = view.header
    packets += 1
    if let expected { #expect(header.sequenceNumber == expected.sequence) }
    guard header.payloadType == stream.payloadType else {
      expected = (header.sequenceNumber &+ 1, expected?.timestamp)
      others.append(RTPPacketFields(header))
      payloads.append([UInt8](copying: view.payload))
      return
    }
    if let timestamp = expected?.timestamp, timestamp != header.timestamp {
      gaps += 1
      skipped += Int(header.timestamp &- timestamp)
    }
    if header.marker { marks += 1 }
    lastTimestamp = header.timestamp
    let units = UInt32(stream.packetMilliseconds) * stream.codec.clockRate / 1_000
    expected = (header.sequenceNumber &+ 1, header.timestamp &+ units)
    let frame = stream.packetMilliseconds * (isWideband ? 16 : 8)
    var frames = [Int16](repeating: 0, count: frame)
    var span = frames.mutableSpan
    switch stream.codec {
    case .g711(let law): law.decode(view.payload, into: &span)
    case .g722:
      _ = isWideband ? g722.decode(view.payload, into: &span) : g722.decodeNarrowband(view.payload, into: &span)
    case .l16:
      for index in 0..<frame { span[index] = Int16(bitPattern: view.payload.bigEndianUInt16(at: 2 * index)) }
    case .opus: _ = try opus?.decode(view.payload, into: &span)
    }
    samples += frames
  }
}

/// A packet comes.
@discardableResult
func feed(_ transcoder: inout Transcoder, _ packet: [UInt8]) throws(TranscoderError) -> Transcoder.Outcome {
  try transcoder.receive(packet.span)
}
