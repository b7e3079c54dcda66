import COpus
import Wire

/// An Opus decoder with its state alive (RFC 6716 §4), through libopus. Two channels are mixed to one. Nothing is allocated
/// after init.
@safe
public struct OpusDecoder: ~Copyable, @unchecked Sendable {
  // `@unchecked Sendable` is sound: as for OpusEncoder.
  private let state: OpaquePointer

  /// The rate of the samples it makes.
  public let sampleRate: OpusSampleRate

  /// A decoder that has heard nothing.
  public init(_ sampleRate: OpusSampleRate) throws(OpusError) {
    var code: Int32 = 0
    // Sound: as for OpusEncoder.
    guard let state = unsafe opus_decoder_create(Int32(sampleRate.rawValue), 1, &code) else {
      throw OpusError(code: code)
    }
    self.sampleRate = sampleRate
    unsafe self.state = unsafe state
  }

  deinit {
    // Sound: made in init, owned by this value alone, which is gone after this.
    unsafe opus_decoder_destroy(state)
  }

  /// Samples that a packet becomes at this decoder's rate.
  public func samples(of packet: OpusPacket) -> Int { packet.samples / (48_000 / sampleRate.rawValue) }

  /// Decodes a payload.
  ///
  /// - Returns: the samples written: up to 120 ms.
  public mutating func decode(
    _ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>
  ) throws(OpusError) -> Int {
    let packet = try OpusPacket(payload)
    let count = self.samples(of: packet)
    guard count <= samples.count else { throw .noRoom }
    return try run(payload, into: &samples, count: count, isRecovering: false)
  }

  /// Makes up for a packet that was lost out of what the next one says of it (in-band FEC), or out of what was heard
  /// before when it says nothing. The next one is decoded afterwards.
  ///
  /// - Parameters:
  ///   - count: the samples of the lost packet.
  /// - Returns: the samples written, `count`.
  public mutating func recover(
    from next: Span<UInt8>, count: Int, into samples: inout MutableSpan<Int16>
  ) throws(OpusError) -> Int {
    _ = try OpusPacket(next)
    try check(count, samples.count)
    return try run(next, into: &samples, count: count, isRecovering: true)
  }

  /// Makes up for a packet that was lost out of what was heard before.
  ///
  /// - Parameters:
  ///   - count: the samples of the lost packet.
  /// - Returns: the samples written, `count`.
  public mutating func conceal(count: Int, into samples: inout MutableSpan<Int16>) throws(OpusError) -> Int {
    try check(count, samples.count)
    return try run(Span(), into: &samples, count: count, isRecovering: false)
  }

  /// Forgets what was heard.
  public mutating func reset() {
    // Sound: the state is alive.
    _ = unsafe ifsip_opus_decoder_reset(state)
  }

  private func check(_ count: Int, _ room: Int) throws(OpusError) {
    let unit = sampleRate.rawValue / 400
    guard count > 0, count % unit == 0, count <= 48 * unit else { throw .frameSize }
    guard count <= room else { throw .noRoom }
  }

  private mutating func run(
    _ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>, count: Int, isRecovering: Bool
  ) throws(OpusError) -> Int {
    let result = unsafe payload.withUnsafeBufferPointer { payload in
      unsafe samples.withUnsafeMutableBufferPointer { samples in
        guard let target = samples.baseAddress else { return OPUS_BAD_ARG }
        // Sound: no more than `count` bytes are read, and no more than `count` samples written, which the caller checked
        // to be there; neither pointer is kept. Without a payload the address is nil, which means a lost packet.
        return unsafe opus_decode(
          state, payload.isEmpty ? nil : payload.baseAddress, Int32(payload.count), target, Int32(count),
          isRecovering ? 1 : 0)
      }
    }
    guard result > 0 else { throw OpusError(code: result) }
    return Int(result)
  }
}
