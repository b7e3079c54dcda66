import Codecs
import Opus
import Wire

/// Samples to payloads of one codec.
struct SpeechEncoder: ~Copyable {
  let codec: SpeechCodec
  /// Samples of a millisecond: 8 or 16.
  let rate: Int
  private var g722 = G722Encoder()
  private var opus: OpusEncoder?

  init(_ stream: SpeechStream, isWideband: Bool) throws(TranscoderError) {
    codec = stream.codec
    rate = isWideband ? 16 : 8
    let milliseconds = stream.packetMilliseconds
    guard (10...60).contains(milliseconds), milliseconds % 10 == 0 else { throw .packetTime(milliseconds) }
    guard case .opus(var configuration) = codec else { return }
    guard milliseconds != 30, milliseconds != 50 else { throw .packetTime(milliseconds) }
    configuration.sampleRate = isWideband ? .wideband : .narrowband
    do throws(OpusError) {
      opus = try OpusEncoder(configuration)
    } catch {
      throw .opus(error)
    }
  }

  /// Encodes one frame, the first samples of an array; returns the bytes, 0 when nothing need be sent.
  mutating func encode(
    _ frame: Int, of array: [Int16], into payload: inout MutableSpan<UInt8>
  ) throws(TranscoderError) -> Int {
    let samples = array.span.extracting(0..<frame)
    switch codec {
    case .g711(let law):
      guard payload.count >= samples.count else { throw .noRoom }
      return law.encode(samples, into: &payload)
    case .g722:
      guard payload.count >= samples.count * 8 / rate else { throw .noRoom }
      return rate == 8 ? g722.encodeNarrowband(samples, into: &payload) : g722.encode(samples, into: &payload)
    case .l16:
      guard payload.count >= 2 * samples.count else { throw .noRoom }
      for index in 0..<samples.count { payload.setBigEndian(samples[index], at: 2 * index) }
      return 2 * samples.count
    case .opus:
      do throws(OpusError) {
        return try opus?.encode(samples, into: &payload) ?? 0
      } catch {
        throw error == .noRoom ? .noRoom : .opus(error)
      }
    }
  }
}
