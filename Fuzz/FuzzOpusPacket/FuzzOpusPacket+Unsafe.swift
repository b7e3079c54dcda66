import COpus
import FuzzSupport
import Opus
import Wire

/// What is read of a packet's first bytes is what libopus reads of them. Whatever the bytes are, decoding them, recovering
/// from them and concealing behind them is sound of the right length or an error.
private func check(_ bytes: Span<UInt8>) {
  checkPacket(bytes)
  checkDecoder(bytes)
  checkParameters(bytes)
}

private func checkPacket(_ bytes: Span<UInt8>) {
  guard bytes.count > 0, bytes.count <= OpusLimits.maxPacketBytes else { return }
  // Sound: libopus reads exactly `count` bytes and keeps no pointer.
  let theirs = unsafe bytes.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return Int32(-1) }
    return unsafe opus_packet_get_nb_samples(base, Int32(buffer.count), 48_000)
  }
  let channels = unsafe bytes.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return Int32(0) }
    return unsafe opus_packet_get_nb_channels(base)
  }
  guard let packet = try? OpusPacket(bytes) else {
    // Ours also refuses what libopus finds only when it decodes: no frames, an odd length for two equal ones.
    let isOdd = bytes[0] & 3 == 1 && bytes.count & 1 == 0
    let isCut = bytes[0] & 3 == 2 && bytes.count == 1
    require(theirs <= 0 || isOdd || isCut, "libopus sees \(theirs) samples")
    return
  }
  require(Int(theirs) == packet.samples, "\(packet.samples) samples, libopus sees \(theirs)")
  require(packet.isStereo == (channels == 2), "other channels")
}

private func checkDecoder(_ bytes: Span<UInt8>) {
  guard bytes.count > 1 else { return }
  let rate: OpusSampleRate = bytes[0] % 3 == 0 ? .narrowband : bytes[0] % 3 == 1 ? .wideband : .fullband
  do throws(OpusError) {
    var decoder = try OpusDecoder(rate)
    run(&decoder, rate, bytes)
  } catch {
    require(false, "no decoder: \(error)")
  }
}

private func run(_ decoder: inout OpusDecoder, _ rate: OpusSampleRate, _ bytes: Span<UInt8>) {
  var samples = [Int16](repeating: 0, count: rate.samples(milliseconds: 120))
  var place = 1
  // A length, what to do with so many bytes, and so on.
  while place < bytes.count {
    let count = min(Int(bytes[place] >> 2), bytes.count - place - 1)
    let payload = bytes.extracting((place + 1)..<(place + 1 + count))
    var span = samples.mutableSpan
    let frame = rate.samples(milliseconds: 20)
    switch bytes[place] & 3 {
    case 0, 1:
      guard let made = try? decoder.decode(payload, into: &span) else { break }
      let packet = try? OpusPacket(payload)
      require(packet.map { $0.samples * rate.rawValue / 48_000 } == made, "\(made) samples")
    case 2:
      if let made = try? decoder.recover(from: payload, count: frame, into: &span) { require(made == frame, "lost") }
    default: if let made = try? decoder.conceal(count: frame, into: &span) { require(made == frame, "lost") }
    }
    place += count + 1
  }
}

private func checkParameters(_ bytes: Span<UInt8>) {
  let parameters = OpusParameters(parsing: bytes)
  require(OpusParameters(parameters.text) == parameters, "parameters are read otherwise than written")
  require((try? OpusEncoder(OpusEncoderConfiguration().limited(by: parameters))) != nil, "no encoder")
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
