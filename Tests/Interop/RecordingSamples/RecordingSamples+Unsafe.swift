import Codecs
import Glibc
import RTP
import Recording
import ToneSupport
import Wire

/// Writes recordings into a folder, for tests that have other programs read them (`Tests/EndToEnd/test_recordings.py`).
///
/// `RecordingSamples FOLDER` makes `pcm16.wav`, `mulaw.wav`, `alaw.wav`: two and a half seconds of 440 Hz; `stereo.wav`, 440
/// Hz on the left and 1,000 Hz on the right, at 16 kHz; `died.wav`, as a process leaves it that ends after 2.5 s of sound;
/// `raw.pcap` and `ethernet.pcap`: 50 packets of µ-law from 192.0.2.1 and 50 over IPv6.
@main
enum RecordingSamples {
  static func main() {
    guard CommandLine.arguments.count == 2 else {
      print("usage: RecordingSamples FOLDER")
      exit(2)
    }
    let folder = CommandLine.arguments[1]
    do throws(RecordingError) {
      try writeWAV(.pcm16, "\(folder)/pcm16.wav")
      try writeWAV(.mulaw, "\(folder)/mulaw.wav")
      try writeWAV(.alaw, "\(folder)/alaw.wav")
      try writeWAV(.pcm16, "\(folder)/died.wav", ends: false)
      try writeStereo("\(folder)/stereo.wav")
      try writePcap(.raw, "\(folder)/raw.pcap")
      try writePcap(.ethernet, "\(folder)/ethernet.pcap")
    } catch {
      print("refused: \(error)")
      exit(1)
    }
  }

  /// Packets of 20 ms; the head is written over as the writer says.
  static func writeWAV(_ encoding: WAVEncoding, _ path: String, ends: Bool = true) throws(RecordingError) {
    let tone = Tone(hertz: 440, rate: 8_000, amplitude: 8_000).samples(20_000)
    var writer = WAVWriter(encoding, sampleRate: 8_000)
    var file = writer.head()
    let law: G711Law = encoding == .alaw ? .a : .mu
    for start in stride(from: 0, to: tone.count, by: 160) {
      let packet = tone.span.extracting(start..<(start + 160))
      if encoding == .pcm16 {
        try writer.append(packet, into: &file)
      } else {
        var octets = [UInt8](repeating: 0, count: 160)
        var span = octets.mutableSpan
        law.encode(packet, into: &span)
        try writer.append(octets: octets.span, into: &file)
      }
      if writer.isPatchDue { patch(&file, writer.head()) }
    }
    if ends {
      file += writer.tail
      patch(&file, writer.head())
    }
    write(file, to: path)
  }

  static func writeStereo(_ path: String) throws(RecordingError) {
    let left = Tone(hertz: 440, rate: 16_000, amplitude: 8_000).samples(32_000)
    let right = Tone(hertz: 1_000, rate: 16_000, amplitude: 4_000).samples(32_000)
    var writer = WAVWriter(.pcm16, sampleRate: 16_000, channels: 2)
    var file = writer.head()
    try writer.append(left.span, right.span, into: &file)
    patch(&file, writer.head())
    write(file, to: path)
  }

  static func writePcap(_ linkType: PcapWriter.LinkType, _ path: String) throws(RecordingError) {
    let addresses = [
      ("192.0.2.1:40000", "192.0.2.2:40002"), ("[2001:db8::1]:40000", "[2001:db8::2]:40002"),
    ]
    let tone = Tone(hertz: 440, rate: 8_000, amplitude: 8_000).samples(8_000)
    var writer = PcapWriter(linkType)
    var file = writer.head
    for number in 0..<100 {
      let (from, to) = addresses[number / 50]
      guard let source = SocketAddress(from), let destination = SocketAddress(to) else { exit(1) }
      // One in five has an odd number of bytes.
      var packet = [UInt8](repeating: 0, count: number % 5 == 0 ? 171 : 172)
      var span = packet.mutableSpan
      let fields = RTPPacketFields(
        payloadType: 0, sequenceNumber: UInt16(number), timestamp: UInt32(number) * 160, ssrc: 0x1234_5678)
      _ = try? fields.writeHeader(into: &span)
      let start = number % 50 * 160
      for index in 12..<span.count { span[index] = G711Law.mu.encode(tone[start + index - 12]) }
      let time = UTCTimestamp(microseconds: 1_700_000_000_000_000 + Int64(number) * 20_000)
      try writer.append(packet.span, from: source, to: destination, at: time, into: &file)
    }
    write(file, to: path)
  }

  static func patch(_ file: inout [UInt8], _ head: [UInt8]) {
    file.replaceSubrange(0..<head.count, with: head)
  }

  static func write(_ bytes: [UInt8], to path: String) {
    guard let file = unsafe fopen(path, "wb") else {
      print("cannot write \(path)")
      exit(1)
    }
    // Sound: exactly the array's bytes are read.
    let count = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
    let isClosed = unsafe fclose(file) == 0
    guard count == bytes.count, isClosed else {
      print("cannot write \(path)")
      exit(1)
    }
  }
}
