import Codecs
import Opus
import Wire

/// Payloads of one codec to samples, with something in place of what was lost.
package struct SpeechDecoder: ~Copyable {
  package let codec: SpeechCodec
  /// Samples of a millisecond: 8 or 16.
  let rate: Int
  private var g722 = G722Decoder()
  private var opus: OpusDecoder?
  private var concealment: PacketLossConcealment

  package init(_ codec: SpeechCodec, isWideband: Bool) throws(TranscoderError) {
    self.codec = codec
    rate = isWideband ? 16 : 8
    concealment = PacketLossConcealment(isWideband: isWideband)
    guard case .opus = codec else { return }
    do throws(OpusError) {
      opus = try OpusDecoder(isWideband ? .wideband : .narrowband)
    } catch {
      throw .opus(error)
    }
  }

  /// Decodes a payload into a part of an array; returns the samples.
  package mutating func decode(
    _ payload: Span<UInt8>, into array: inout [Int16], in range: Range<Int>
  ) throws(TranscoderError) -> Int {
    var span = array.mutableSpan
    var samples = span._mutatingExtracting(range)
    let count: Int
    switch codec {
    case .g711(let law):
      guard payload.count <= samples.count else { throw .tooLong }
      count = law.decode(payload, into: &samples)
    case .g722:
      guard payload.count * rate / 8 <= samples.count else { throw .tooLong }
      count =
        rate == 8 ? g722.decodeNarrowband(payload, into: &samples) : g722.decode(payload, into: &samples)
    case .l16:
      guard payload.count <= 2 * samples.count else { throw .tooLong }
      guard payload.count & 1 == 0 else { throw .payload }
      count = payload.count / 2
      for index in 0..<count { samples[index] = Int16(bitPattern: payload.bigEndianUInt16(at: 2 * index)) }
    case .opus:
      do throws(OpusError) {
        return try opus?.decode(payload, into: &samples) ?? 0
      } catch {
        throw error == .noRoom ? .tooLong : .payload
      }
    }
    var heard = samples._mutatingExtracting(0..<count)
    concealment.received(&heard)
    return count
  }

  /// Fills a part of an array in place of samples that were lost. `next` is the payload behind them, which Opus may have a
  /// copy in; empty when it is not there yet.
  mutating func conceal(before next: Span<UInt8>, into array: inout [Int16], in range: Range<Int>) {
    let count = range.count
    var span = array.mutableSpan
    var target = span._mutatingExtracting(range)
    guard opus != nil else {
      concealment.conceal(into: &target)
      return
    }
    // The copy is of the last packet, as long as the next one; what is before it is made up. Counts are in tens of
    // milliseconds but for streams that lie: those get silence.
    let copied = (try? OpusPacket(next)).map { min($0.samples * rate / 48, count) } ?? 0
    target.update(repeating: 0)
    if count > copied {
      var before = target._mutatingExtracting(0..<(count - copied))
      _ = try? opus?.conceal(count: count - copied, into: &before)
    }
    if copied > 0 {
      var last = target._mutatingExtracting((count - copied)..<count)
      _ = try? opus?.recover(from: next, count: copied, into: &last)
    }
  }
}
