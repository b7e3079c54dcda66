import Codecs
import FuzzSupport

/// Any octets are decoded to two samples each, and to one each in the narrow band, whatever the state before; any samples
/// are encoded to an octet for two. Nothing is written beyond, and cutting the octets into packets changes nothing.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count > 0 else { return }
  var decoder = G722Decoder()
  var samples = [Int16](repeating: 0, count: 2 * bytes.count + 1)
  samples[2 * bytes.count] = 12_345
  var span = samples.mutableSpan
  let decoded = decoder.decode(bytes, into: &span)
  require(decoded == 2 * bytes.count && samples[2 * bytes.count] == 12_345, "\(decoded) samples")

  let cut = Int(bytes[0]) % (bytes.count + 1)
  var pieces = G722Decoder()
  var (first, second) = ([Int16](repeating: 0, count: 2 * cut), [Int16](repeating: 0, count: 2 * (bytes.count - cut)))
  var firstSpan = first.mutableSpan
  _ = pieces.decode(bytes.extracting(0..<cut), into: &firstSpan)
  var secondSpan = second.mutableSpan
  _ = pieces.decode(bytes.extracting(cut..<bytes.count), into: &secondSpan)
  require(first + second + [12_345] == samples, "in two pieces it is something else")

  var narrow = G722Decoder()
  var narrowSamples = [Int16](repeating: 0, count: bytes.count)
  var narrowSpan = narrowSamples.mutableSpan
  let narrowCount = narrow.decodeNarrowband(bytes, into: &narrowSpan)
  require(narrowCount == bytes.count, "not one for each")

  var encoder = G722Encoder()
  var octets = [UInt8](repeating: 0, count: bytes.count)
  var target = octets.mutableSpan
  let encoded = encoder.encode(samples.span, into: &target)
  require(encoded == bytes.count, "not an octet for two")
  // The bytes as samples: full scale, and nothing an encoder would have made.
  let wild = (0..<(bytes.count / 2)).map { Int16(bitPattern: UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1])) }
  let written = encoder.encode(wild.span, into: &target)
  require(written == bytes.count / 4, "not an octet for two")
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
