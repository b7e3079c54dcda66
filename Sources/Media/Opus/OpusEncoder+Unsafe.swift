import COpus
import Wire

/// An Opus encoder of one channel with its state alive (RFC 6716 §5), through libopus. Nothing is allocated after init.
@safe
public struct OpusEncoder: ~Copyable, @unchecked Sendable {
  // `@unchecked Sendable` is sound: the state belongs to this value alone, which cannot be copied, and everything that
  // touches it is `mutating`: one thread at a time.
  private let state: OpaquePointer

  /// How it works.
  public let configuration: OpusEncoderConfiguration

  /// An encoder that has heard nothing.
  public init(_ configuration: OpusEncoderConfiguration) throws(OpusError) {
    guard OpusLimits.bitsPerSecond.contains(configuration.bitsPerSecond),
      OpusLimits.complexity.contains(configuration.complexity), (0...100).contains(configuration.expectedLossPercent),
      (8_000...48_000).contains(configuration.maxPlaybackRate)
    else { throw .configuration }
    var code: Int32 = 0
    // Sound: the code is written before the call returns; the state is freed below or by deinit, and nowhere else.
    guard
      let state = unsafe opus_encoder_create(
        Int32(configuration.sampleRate.rawValue), 1, OPUS_APPLICATION_VOIP, &code)
    else { throw OpusError(code: code) }
    let bandwidth =
      switch configuration.maxPlaybackRate {
      case ..<12_000: OPUS_BANDWIDTH_NARROWBAND
      case ..<16_000: OPUS_BANDWIDTH_MEDIUMBAND
      case ..<24_000: OPUS_BANDWIDTH_WIDEBAND
      case ..<48_000: OPUS_BANDWIDTH_SUPERWIDEBAND
      default: OPUS_BANDWIDTH_FULLBAND
      }
    let settings = [
      (OPUS_SET_BITRATE_REQUEST, configuration.bitsPerSecond), (OPUS_SET_COMPLEXITY_REQUEST, configuration.complexity),
      (OPUS_SET_SIGNAL_REQUEST, Int(OPUS_SIGNAL_VOICE)), (OPUS_SET_MAX_BANDWIDTH_REQUEST, Int(bandwidth)),
      (OPUS_SET_INBAND_FEC_REQUEST, configuration.usesInbandFEC ? 1 : 0),
      (OPUS_SET_PACKET_LOSS_PERC_REQUEST, configuration.expectedLossPercent),
      (OPUS_SET_DTX_REQUEST, configuration.usesDTX ? 1 : 0),
    ]
    for (request, value) in settings {
      // Sound: the state is alive. All values were checked to be in their range.
      code = unsafe ifsip_opus_encoder_set(state, request, Int32(value))
      guard code == OPUS_OK else {
        unsafe opus_encoder_destroy(state)
        throw OpusError(code: code)
      }
    }
    self.configuration = configuration
    unsafe self.state = unsafe state
  }

  deinit {
    // Sound: made in init, owned by this value alone, which is gone after this.
    unsafe opus_encoder_destroy(state)
  }

  /// Samples at the encoder's rate by which what is decoded lags behind what was encoded.
  public var lookahead: Int {
    var value: Int32 = 0
    // Sound: the state is alive, and the value is written before the call returns.
    return unsafe ifsip_opus_encoder_get(state, OPUS_GET_LOOKAHEAD_REQUEST, &value) == OPUS_OK ? Int(value) : 0
  }

  /// Encodes one frame of 10, 20, 40 or 60 ms.
  ///
  /// - Returns: the bytes of the payload, at most 1,275 and no more than the buffer has; 0 when nothing need be sent
  ///   (DTX).
  public mutating func encode(_ samples: Span<Int16>, into packet: inout MutableSpan<UInt8>) throws(OpusError) -> Int {
    let unit = configuration.sampleRate.samples(milliseconds: 10)
    switch samples.count {
    case unit, 2 * unit, 4 * unit, 6 * unit: break
    default: throw .frameSize
    }
    guard packet.count > 1 else { throw .noRoom }
    let room = min(packet.count, OpusLimits.maxFrameBytes)
    let result = unsafe samples.withUnsafeBufferPointer { samples in
      unsafe packet.withUnsafeMutableBufferPointer { packet in
        guard let first = samples.baseAddress, let target = packet.baseAddress else { return OPUS_BAD_ARG }
        // Sound: exactly `count` samples are read and at most `room` bytes written; neither pointer is kept.
        return unsafe opus_encode(state, first, Int32(samples.count), target, Int32(room))
      }
    }
    guard result > 0 else { throw OpusError(code: result) }
    // One or two bytes are a frame that need not be transmitted.
    return result <= 2 ? 0 : Int(result)
  }

  /// Says what losses the other side sees, 0 to 100 %: more of them, and packets carry more of the ones before.
  public mutating func expect(lossPercent: Int) {
    // Sound: the state is alive, the value in its range.
    _ = unsafe ifsip_opus_encoder_set(
      state, OPUS_SET_PACKET_LOSS_PERC_REQUEST, Int32(min(max(lossPercent, 0), 100)))
  }

  /// Forgets what was heard.
  public mutating func reset() {
    // Sound: the state is alive.
    _ = unsafe ifsip_opus_encoder_reset(state)
  }
}

extension OpusError {
  /// The error of a code of libopus, which is below 0.
  init(code: Int32) {
    switch code {
    case OPUS_INVALID_PACKET: self = .invalidPacket
    case OPUS_BUFFER_TOO_SMALL: self = .noRoom
    default: self = .library(Int(code))
    }
  }
}
