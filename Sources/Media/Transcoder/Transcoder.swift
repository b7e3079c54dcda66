import Codecs
import Opus
import RTP
import Wire

/// Turns the RTP packets of one codec into those of another, one way: for two sides that have no codec in common, and for
/// nobody else.
///
/// A machine: ``receive(_:)`` takes a packet, then ``next(into:)`` is asked for packets until there is none. What is lost is
/// made up for, up to 60 ms; comfort noise and telephone events go over where both sides have them; packets are as long as
/// the other side wants them; timestamps run on the other codec's clock. Both codecs work at one sampling rate, 16 kHz
/// where both can, else 8: nothing is resampled. Packets that come late are dropped, so a stream out of order wants a
/// jitter buffer before it. Nothing is allocated after init.
public struct Transcoder: ~Copyable {
  /// What a packet was.
  public enum Outcome: Sendable, Hashable {
    /// Speech.
    case speech
    /// Comfort noise. Where the other side does not have it, ``fill()`` makes speech of it.
    case comfortNoise
    /// A telephone event; whether it goes over. When not, it is for a `DTMFBridge`.
    case telephoneEvent(TelephoneEvent, isPassed: Bool)
    /// Too late, or there before: dropped.
    case late
  }

  let input: SpeechStream
  let output: SpeechStream
  /// Samples of a millisecond, in between.
  let rate: Int

  var decoder: SpeechDecoder
  var encoder: SpeechEncoder
  var noise: ComfortNoiseGenerator
  var events: TelephoneEventConverter
  /// Samples that wait to fill a packet, and how many.
  var waiting: [Int16]
  var waitingCount = 0
  /// One packet's samples on their way from the decoder, and what is made up before them.
  var decoded: [Int16]

  /// The stream that came: its source, the newest sequence number, the timestamp behind the newest samples.
  var source: UInt32?
  var sequence: UInt16 = 0
  var expected: UInt32 = 0
  /// Samples that were made beyond what came, by `fill()` and by whole packets at the end of speech: taken off the next
  /// pause.
  var ahead = 0

  /// The stream that goes: where its next samples are, counted from the first, and the packets' fields.
  var position: Int64 = 0
  /// A pause, and how many of the samples that wait are before it.
  var pause = 0
  var beforePause = 0
  var ssrc: UInt32
  var nextSequence: UInt16
  var base: UInt32
  /// Whether the next packet of speech is the first after a pause.
  var isMarked = true
  /// A packet that is no speech and follows the samples that wait.
  var control: Control = .none
  /// Where the telephone event that is being told began on the stream that goes.
  var eventStart: UInt32 = 0
  var isInNoise = false

  enum Control {
    case none
    case comfortNoise(level: UInt8)
    case telephoneEvent(TelephoneEvent, timestamp: UInt32, isMarked: Bool)
  }

  /// A transcoder for one direction.
  ///
  /// - Parameters:
  ///   - ssrc: of the packets that are written, and their first sequence number and timestamp: random ones of the driver's.
  public init(
    from input: SpeechStream, to output: SpeechStream, ssrc: UInt32, sequenceNumber: UInt16, timestamp: UInt32
  ) throws(TranscoderError) {
    let isWideband = input.codec.isWideband && output.codec.isWideband
    guard isWideband || (input.codec.isNarrowband && output.codec.isNarrowband) else { throw .noCommonRate }
    // Whatever throws comes before anything is stored: half a transcoder could not be taken apart.
    let decoder = try SpeechDecoder(input.codec, isWideband: isWideband)
    let encoder = try SpeechEncoder(output, isWideband: isWideband)
    self.decoder = decoder
    self.encoder = encoder
    self.input = input
    self.output = output
    self.ssrc = ssrc
    nextSequence = sequenceNumber
    base = timestamp
    let rate = isWideband ? 16 : 8
    self.rate = rate
    noise = ComfortNoiseGenerator(seed: UInt64(ssrc))
    events = TelephoneEventConverter(from: input.telephoneEventClockRate, to: output.telephoneEventClockRate)
    let longest = TranscoderLimits.maxPacketMilliseconds + TranscoderLimits.maxConcealedMilliseconds
    decoded = [Int16](repeating: 0, count: rate * longest)
    waiting = [Int16](repeating: 0, count: rate * (longest + 2 * output.packetMilliseconds))
  }

  /// Samples of a packet that goes.
  var frame: Int { rate * output.packetMilliseconds }

  /// Whether ``next(into:)`` has nothing to give.
  public var isDrained: Bool {
    guard waitingCount < frame, case .none = control else { return false }
    return true
  }

  /// Whether the other side has fallen silent, has said what its silence sounds like, and ``fill()`` would make it heard.
  public var wantsFilling: Bool { isInNoise && output.comfortNoise == nil }

  /// The next packet of the stream that goes, written at the start of the buffer.
  ///
  /// - Returns: its bytes; 0 when there is none.
  public mutating func next(into packet: inout MutableSpan<UInt8>) throws(TranscoderError) -> Int {
    while waitingCount >= frame {
      let count = try writeSpeech(into: &packet)
      if count > 0 { return count }
    }
    let now = control
    control = .none
    switch now {
    case .none: return 0
    case .comfortNoise(let level):
      guard packet.count > RTPHeader.fixedByteCount, let type = output.comfortNoise else { return 0 }
      packet[RTPHeader.fixedByteCount] = level
      return try write(type, timestamp(at: position), isMarked: false, payload: 1, into: &packet)
    case .telephoneEvent(let event, let timestamp, let isMarked):
      guard let type = output.telephoneEvent else { return 0 }
      var payload = packet._mutatingExtracting(min(RTPHeader.fixedByteCount, packet.count)..<packet.count)
      guard event.write(into: &payload) else { throw .noRoom }
      return try write(type, timestamp, isMarked: isMarked, payload: TelephoneEvent.byteCount, into: &packet)
    }
  }

  private mutating func writeSpeech(into packet: inout MutableSpan<UInt8>) throws(TranscoderError) -> Int {
    guard packet.count > RTPHeader.fixedByteCount else { throw .noRoom }
    var payload = packet._mutatingExtracting(RTPHeader.fixedByteCount..<packet.count)
    let frame = frame
    let left = waitingCount - frame
    let count = try encoder.encode(frame, of: waiting, into: &payload)
    let timestamp = timestamp(at: position)
    var target = waiting.mutableSpan
    for index in 0..<left { target[index] = target[index + frame] }
    waitingCount = left
    position += Int64(frame)
    if pause > 0 {
      beforePause -= frame
      if beforePause <= 0 { skip(pause) }
    }
    guard count > 0 else {
      // Silence that Opus does not send (RFC 7587 §4.2: the marker bit is set behind it).
      isMarked = true
      return 0
    }
    defer { isMarked = false }
    return try write(output.payloadType, timestamp, isMarked: isMarked, payload: count, into: &packet)
  }

  private mutating func write(
    _ payloadType: UInt8, _ timestamp: UInt32, isMarked: Bool, payload count: Int, into packet: inout MutableSpan<UInt8>
  ) throws(TranscoderError) -> Int {
    let fields = RTPPacketFields(
      marker: isMarked, payloadType: payloadType, sequenceNumber: nextSequence, timestamp: timestamp, ssrc: ssrc)
    do throws(RTPWriteError) {
      let start = try fields.writeHeader(into: &packet)
      nextSequence &+= 1
      return start + count
    } catch {
      throw .noRoom
    }
  }

  /// Nothing is sent for so many samples.
  mutating func skip(_ samples: Int) {
    guard samples > 0 else { return }
    position += Int64(samples)
    pause = 0
    isMarked = true
  }

  /// The timestamp of a sample of the stream that goes.
  func timestamp(at position: Int64) -> UInt32 {
    let units = Int64(output.codec.clockRate / 1_000)
    let (milliseconds, rest) = position.quotientAndRemainder(dividingBy: Int64(rate))
    return base &+ UInt32(truncatingIfNeeded: milliseconds * units + rest * units / Int64(rate))
  }
}
