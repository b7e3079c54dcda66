import Codecs
import Glibc

/// The codecs behind a pipe, for tests that set them beside another implementation.
///
/// `CodecPipe encode|decode pcmu|pcma|g722|g722-narrowband` turns standard input into standard output: samples are 16 bits
/// in the machine's order, little-endian; those of G.722 16,000 a second, of all else 8,000.
@main
enum CodecPipe {
  static func main() {
    guard CommandLine.arguments.count == 3, let output = run(CommandLine.arguments[1], CommandLine.arguments[2]) else {
      print("usage: CodecPipe encode|decode pcmu|pcma|g722|g722-narrowband")
      exit(2)
    }
    writeAll(output)
  }

  static func run(_ way: String, _ codec: String) -> [UInt8]? {
    switch way {
    case "encode": encode(samples(of: readAll()), codec)
    case "decode": decode(readAll(), codec).map(bytes)
    default: nil
    }
  }

  static func encode(_ samples: [Int16], _ codec: String) -> [UInt8]? {
    var octets = [UInt8](repeating: 0, count: codec == "g722" ? samples.count / 2 : samples.count)
    var target = octets.mutableSpan
    switch codec {
    case "pcmu": G711Law.mu.encode(samples.span, into: &target)
    case "pcma": G711Law.a.encode(samples.span, into: &target)
    case "g722":
      var encoder = G722Encoder()
      _ = encoder.encode(samples.span, into: &target)
    case "g722-narrowband":
      var encoder = G722Encoder()
      _ = encoder.encodeNarrowband(samples.span, into: &target)
    default: return nil
    }
    return octets
  }

  static func decode(_ octets: [UInt8], _ codec: String) -> [Int16]? {
    var samples = [Int16](repeating: 0, count: codec == "g722" ? 2 * octets.count : octets.count)
    var target = samples.mutableSpan
    switch codec {
    case "pcmu": G711Law.mu.decode(octets.span, into: &target)
    case "pcma": G711Law.a.decode(octets.span, into: &target)
    case "g722":
      var decoder = G722Decoder()
      _ = decoder.decode(octets.span, into: &target)
    case "g722-narrowband":
      var decoder = G722Decoder()
      _ = decoder.decodeNarrowband(octets.span, into: &target)
    default: return nil
    }
    return samples
  }

  static func samples(of bytes: [UInt8]) -> [Int16] {
    (0..<(bytes.count / 2)).map { Int16(bitPattern: UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8) }
  }

  static func bytes(of samples: [Int16]) -> [UInt8] {
    samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
  }

  static func readAll() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Sound: at most the array's count is written to it.
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(0, $0.baseAddress, $0.count) }
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  static func writeAll(_ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      // Sound: at most what is left of the array is read.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe buffer.baseAddress.map { unsafe write(1, $0 + done, bytes.count - done) } ?? 0
      }
      guard count > 0 else { exit(1) }
      done += count
    }
  }
}
