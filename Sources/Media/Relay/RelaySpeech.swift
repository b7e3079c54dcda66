import Opus
import RTP
import Transcoder
import Wire

/// What one side of a stream speaks, for a stream whose sides may have no codec in common.
public struct RelaySpeech: Sendable, Hashable {
  /// What the payload types of its packets stand for.
  public var sends: [UInt8: SpeechCodec]
  /// What it is sent where a packet must be turned into something.
  public var takes: SpeechStream
  /// Whether the sides have no codec in common, so that every packet must be.
  public var isNeeded: Bool

  /// A side's codecs.
  public init(sends: [UInt8: SpeechCodec], takes: SpeechStream, isNeeded: Bool) {
    self.sends = sends
    self.takes = takes
    self.isNeeded = isNeeded
  }
}

/// Turns what one side says into what the other takes: packets of one length into packets of the same, so that what is lost
/// on the way to us is lost to the hearer, who makes up for it. Where the other codec has no such length, Opus for packets
/// of 30 ms, two become one.
final class RelayTranscoder {
  let from: RelaySpeech
  let to: RelaySpeech
  private var transcoder: Transcoder?
  /// The payload type of the packets that it takes.
  private var input: UInt8?
  private var buffer = [UInt8](repeating: 0, count: TranscoderLimits.maxPacketBytes)
  /// Behind the newest packet, when a transcoder takes the place of another.
  private var nextTimestamp: UInt32 = 0
  /// Of a packet that goes.
  private var milliseconds = 20

  /// What the hearer's telephone events would be called on this side.
  private let eventType: UInt8?
  private let eventClockRate: UInt32

  init(_ from: RelaySpeech, to: RelaySpeech) {
    self.from = from
    self.to = to
    eventType = from.takes.telephoneEvent
    eventClockRate = from.takes.telephoneEventClockRate
  }

  /// Whether it knows what to do with a payload type.
  func takes(_ type: UInt8) -> Bool {
    from.sends[type] != nil || from.isNeeded && (type == eventType || type == from.takes.comfortNoise)
  }

  /// Turns a packet into what goes in its place: header, then payload.
  ///
  /// - Returns: its bytes; 0 when nothing goes.
  func turn(_ packet: inout MutableSpan<UInt8>, count: Int, _ header: RTPHeader) -> Int {
    if let codec = from.sends[header.payloadType], input != header.payloadType {
      begin(with: codec, header, packet.span.extracting(header.payload.range))
    }
    guard transcoder != nil, (try? transcoder?.receive(packet.span.extracting(0..<count))) != nil else { return 0 }
    var last = 0
    while true {
      var span = buffer.mutableSpan
      guard let length = try? transcoder?.next(into: &span), length > 0 else { break }
      last = length
    }
    guard last > 0, last <= packet.count else { return 0 }
    for place in 0..<last { packet[place] = buffer[place] }
    nextTimestamp =
      buffer.span.bigEndianUInt32(at: 4) &+ UInt32(milliseconds) &* (to.takes.codec.clockRate / 1_000)
    return last
  }

  private func begin(with codec: SpeechCodec, _ header: RTPHeader, _ payload: Span<UInt8>) {
    var output = to.takes
    milliseconds = packetMilliseconds(of: payload, in: codec)
    output.packetMilliseconds = milliseconds
    let stream = SpeechStream(
      codec, payloadType: header.payloadType, comfortNoise: from.takes.comfortNoise, telephoneEvent: eventType,
      telephoneEventClockRate: eventClockRate)
    input = header.payloadType
    transcoder = nil
    if let made = try? Transcoder(
      from: stream, to: output, ssrc: header.ssrc, sequenceNumber: header.sequenceNumber, timestamp: nextTimestamp)
    {
      transcoder = consume made
    }
  }

  /// As long as those that come, or as is nearest to it.
  private func packetMilliseconds(of payload: Span<UInt8>, in codec: SpeechCodec) -> Int {
    let heard =
      switch codec {
      case .g711, .g722: payload.count / 8
      case .l16(let isWideband): payload.count / (isWideband ? 32 : 16)
      case .opus: ((try? OpusPacket(payload))?.samples ?? 960) / 48
      }
    let wanted = min(max((heard + 9) / 10 * 10, 10), 60)
    guard case .opus = to.takes.codec else { return wanted }
    return wanted == 30 || wanted == 50 ? 60 : wanted
  }
}

extension RelayPayloadTypes {
  /// None that an RTP packet can have: 72 would be RTCP (RFC 5761 §4). Everything is foreign to a hearer with it.
  static let nothing: RelayPayloadTypes = [72]
}
