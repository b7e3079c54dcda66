import Recording
import Testing
import Wire

struct WAVTests {
  @Test func linear() throws {
    var writer = WAVWriter(.pcm16, sampleRate: 8_000)
    #expect(writer.head().count == 44)
    var bytes: [UInt8] = []
    let samples: [Int16] = [1, -2, 0x1234]
    try writer.append(samples.span, into: &bytes)
    #expect(bytes == [1, 0, 0xFE, 0xFF, 0x34, 0x12])
    let head = writer.head()
    #expect(head.prefix(4).elementsEqual("RIFF".utf8))
    #expect(number(head, 4, 4) == 36 + 6)
    #expect(head[8..<16].elementsEqual("WAVEfmt ".utf8))
    #expect(
      [16, 20, 22, 24, 28, 32, 34].map { number(head, $0, $0 == 16 || $0 == 24 || $0 == 28 ? 4 : 2) } == [
        16, 1, 1, 8_000, 16_000, 2, 16,
      ])
    #expect(head[36..<40].elementsEqual("data".utf8))
    #expect(number(head, 40, 4) == 6)
    #expect(writer.tail == [])
  }

  @Test(arguments: [WAVEncoding.alaw, .mulaw])
  func companded(encoding: WAVEncoding) throws {
    var writer = WAVWriter(encoding, sampleRate: 8_000)
    var bytes: [UInt8] = []
    let octets: [UInt8] = [1, 2, 3]
    try writer.append(octets: octets.span, into: &bytes)
    #expect(bytes == octets)
    let head = writer.head()
    #expect(head.count == 58)
    #expect(number(head, 20, 2) == UInt64(encoding.rawValue))
    #expect(head[38..<42].elementsEqual("fact".utf8))
    #expect(number(head, 46, 4) == 3)
    #expect(number(head, 54, 4) == 3)
    // The chunk has a byte more than it says.
    #expect(writer.tail == [0])
    #expect(number(head, 4, 4) == 58 - 8 + 4)
  }

  @Test func bothSides() throws {
    var writer = WAVWriter(.pcm16, sampleRate: 16_000, channels: 2)
    var bytes: [UInt8] = []
    let (left, right): ([Int16], [Int16]) = ([1, 2], [3])
    try writer.append(left.span, right.span, into: &bytes)
    #expect(bytes == [1, 0, 3, 0, 2, 0, 0, 0])
    let head = writer.head()
    #expect(number(head, 22, 2) == 2)
    #expect(number(head, 28, 4) == 64_000)
    #expect(number(head, 32, 2) == 4)
  }

  /// The head is to be written again after each second of sound.
  @Test func patches() throws {
    var writer = WAVWriter(.pcm16, sampleRate: 8_000)
    _ = writer.head()
    var due: [Int] = []
    var bytes: [UInt8] = []
    let packet = [Int16](repeating: 0, count: 160)
    for number in 1...150 {
      try writer.append(packet.span, into: &bytes)
      guard writer.isPatchDue else { continue }
      due.append(number)
      _ = writer.head()
    }
    #expect(due == [50, 100, 150])
  }

  @Test func whatDoesNotFit() {
    var linear = WAVWriter(.pcm16, sampleRate: 8_000, channels: 2)
    var companded = WAVWriter(.mulaw, sampleRate: 8_000)
    var bytes: [UInt8] = []
    let (samples, octets): ([Int16], [UInt8]) = ([1], [1])
    expect(.channels) { () throws(RecordingError) in try linear.append(samples.span, into: &bytes) }
    expect(.channels) { () throws(RecordingError) in try linear.append(octets: octets.span, into: &bytes) }
    expect(.channels) { () throws(RecordingError) in try companded.append(samples.span, into: &bytes) }
    expect(.channels) { () throws(RecordingError) in try companded.append(samples.span, samples.span, into: &bytes) }
    #expect(bytes == [])
  }

  /// Four gigabytes, less the head: at the limit and one beyond.
  @Test func full() throws {
    var writer = WAVWriter(.mulaw, sampleRate: 8_000)
    writer.skip(bytes: RecordingLimits.maxWAVDataBytes - 1)
    var bytes: [UInt8] = []
    let octet: [UInt8] = [1]
    try writer.append(octets: octet.span, into: &bytes)
    expect(.full) { () throws(RecordingError) in try writer.append(octets: octet.span, into: &bytes) }
    let head = writer.head()
    #expect(number(head, 4, 4) == RecordingLimits.maxWAVDataBytes + 50 + RecordingLimits.maxWAVDataBytes % 2)
    #expect(number(head, 54, 4) == RecordingLimits.maxWAVDataBytes)
  }
}

struct PcapTests {
  private let time = UTCTimestamp(microseconds: 1_700_000_000_123_456)

  @Test func head() {
    let head = PcapWriter(.raw).head
    #expect(head.count == PcapWriter.headBytes)
    #expect(number(head, 0, 4) == 0xA1B2_C3D4)
    #expect(number(head, 20, 4) == 101)
    #expect(number(PcapWriter(.ethernet).head, 20, 4) == 1)
  }

  /// A datagram whose checksums were computed by hand: the sums are of its words.
  @Test func versionFour() throws {
    let bytes = try written(.raw, [0xAB, 0xCD, 0xEF], "192.0.2.1:5000", "192.0.2.2:6000")
    #expect(number(bytes, 0, 4) == 1_700_000_000)
    #expect(number(bytes, 4, 4) == 123_456)
    #expect(number(bytes, 8, 4) == 31)
    #expect(number(bytes, 12, 4) == 31)
    // 4500 + 001F + 0000 + 4000 + 4011 + C000 + 0201 + C000 + 0202 = 24933, folded 4935, inverted B6CA.
    #expect(
      Array(bytes[16..<36]) == [
        0x45, 0, 0, 31, 0, 0, 0x40, 0, 64, 17, 0xB6, 0xCA, 192, 0, 2, 1, 192, 0, 2, 2,
      ])
    // C000 + 0201 + C000 + 0202 + 0011 + 000B, then 1388 + 1770 + 000B + ABCD + EF00 = 349EF, folded 49F2, inverted B60D.
    #expect(Array(bytes[36..<47]) == [0x13, 0x88, 0x17, 0x70, 0, 11, 0xB6, 0x0D, 0xAB, 0xCD, 0xEF])
  }

  @Test func versionSix() throws {
    let bytes = try written(.ethernet, [1], "[2001:db8::1]:5000", "[2001:db8::2]:6000")
    #expect(number(bytes, 8, 4) == 14 + 40 + 9)
    #expect(Array(bytes[28..<30]) == [0x86, 0xDD])
    #expect(Array(bytes[30..<38]) == [0x60, 0, 0, 0, 0, 9, 17, 64])
    #expect(isRight(bytes, addresses: 38, udp: 70))
  }

  /// One of each family.
  @Test func mixed() throws {
    let bytes = try written(.raw, [1, 2], "192.0.2.1:5000", "[2001:db8::2]:6000")
    #expect(Array(bytes[24..<40]) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1])
    #expect(isRight(bytes, addresses: 24, udp: 56))
  }

  /// A sum of all ones is written as all ones, for zero means that there is no checksum.
  @Test func noChecksumOfZero() throws {
    for low in 0...UInt8.max {
      for high in [UInt8(0), 0x6B, 0xFF] {
        let bytes = try written(.raw, [high, low], "192.0.2.1:5000", "192.0.2.2:6000")
        #expect(bytes[42] != 0 || bytes[43] != 0)
        #expect(isRight(bytes, addresses: 28, udp: 36))
      }
    }
  }

  @Test func longestAndBeyond() throws {
    let longest = [UInt8](repeating: 7, count: RecordingLimits.maxPayloadBytes)
    let bytes = try written(.raw, longest, "192.0.2.1:5000", "192.0.2.2:6000")
    #expect(Array(bytes[18..<20]) == [0xFF, 0xFF])
    expect(.tooLong) { () throws(RecordingError) in
      _ = try written(.raw, longest + [7], "192.0.2.1:5000", "192.0.2.2:6000")
    }
  }

  /// Times that the format cannot say.
  @Test(arguments: [Int64.min, Int64.max, -1])
  func farTimes(microseconds: Int64) throws {
    var writer = PcapWriter()
    var bytes: [UInt8] = []
    let payload: [UInt8] = [1]
    let address = SocketAddress(ip: IPAddress(v4: 1), port: 1)
    try writer.append(
      payload.span, from: address, to: address, at: UTCTimestamp(microseconds: microseconds), into: &bytes)
    #expect(number(bytes, 0, 4) == (microseconds < 0 ? 0 : UInt64(UInt32.max)))
    #expect(number(bytes, 4, 4) < 1_000_000)
  }

  private func written(
    _ linkType: PcapWriter.LinkType, _ payload: [UInt8], _ source: String, _ destination: String
  ) throws(RecordingError) -> [UInt8] {
    var writer = PcapWriter(linkType)
    var bytes: [UInt8] = []
    guard let source = SocketAddress(source), let destination = SocketAddress(destination) else { return [] }
    try writer.append(payload.span, from: source, to: destination, at: time, into: &bytes)
    return bytes
  }

  /// Whether the words of pseudo-header, header and payload come to all ones, as a receiver checks it (RFC 1071 §1).
  private func isRight(_ bytes: [UInt8], addresses: Int, udp: Int) -> Bool {
    var words = Array(bytes[addresses...])
    words += [0, 17, bytes[udp + 4], bytes[udp + 5]]
    if (bytes.count - addresses) % 2 == 1 {
      // The odd byte is the upper half of a word of its own.
      words = Array(bytes[addresses...]) + [0, 0, 17, bytes[udp + 4], bytes[udp + 5]]
    }
    var sum = 0
    for place in stride(from: 0, to: words.count - 1, by: 2) { sum += Int(words[place]) << 8 | Int(words[place + 1]) }
    while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
    return sum == 0xFFFF
  }
}

private func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> UInt64 {
  bytes[place..<(place + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

private func expect(_ error: RecordingError, _ body: () throws(RecordingError) -> Void) {
  do throws(RecordingError) {
    try body()
    Issue.record("nothing thrown")
  } catch let thrown {
    #expect(thrown == error)
  }
}
