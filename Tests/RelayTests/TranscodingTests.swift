import Codecs
import RTP
import Relay
import Testing
import ToneSupport
import Transcoder
import Wire

@Suite("Sides without a common codec") struct TranscodingTests {
  /// Speaks a tone.
  private struct Speaker: ~Copyable {
    private let stream: SpeechStream
    private var transcoder: Transcoder
    private let tone: [Int16]
    private var place = 0

    init(_ stream: SpeechStream, hertz: Int) throws {
      self.stream = stream
      tone = Tone(hertz: hertz, rate: 8_000, amplitude: 8_000).samples(16_000)
      transcoder = try Transcoder(
        from: SpeechStream(.l16(isWideband: false), payloadType: 99), to: stream, ssrc: 1, sequenceNumber: 0,
        timestamp: 0)
    }

    /// The payload of the next 20 ms.
    mutating func next() throws -> [UInt8] {
      var packet = [UInt8](repeating: 0, count: 12 + 320)
      var span = packet.mutableSpan
      let fields = RTPPacketFields(
        payloadType: 99, sequenceNumber: UInt16(truncatingIfNeeded: place / 160),
        timestamp: UInt32(truncatingIfNeeded: place), ssrc: 5)
      _ = try fields.writeHeader(into: &span)
      for index in 0..<160 { span.setBigEndian(tone[place % 8_000 + index], at: 12 + 2 * index) }
      place += 160
      _ = try transcoder.receive(packet.span)
      var made = [UInt8](repeating: 0, count: TranscoderLimits.maxPacketBytes)
      var target = made.mutableSpan
      let count = try transcoder.next(into: &target)
      return Array(made[12..<count])
    }
  }

  /// Hears one.
  private func heard(_ packets: [[UInt8]], _ stream: SpeechStream) throws -> [Int16] {
    var decoder = try Transcoder(
      from: stream, to: SpeechStream(.l16(isWideband: false), payloadType: 99), ssrc: 1, sequenceNumber: 0, timestamp: 0
    )
    var samples: [Int16] = []
    for packet in packets {
      _ = try decoder.receive(packet.span)
      while true {
        var made = [UInt8](repeating: 0, count: TranscoderLimits.maxPacketBytes)
        var target = made.mutableSpan
        let count = try decoder.next(into: &target)
        guard count > 0 else { break }
        for place in stride(from: 12, to: count, by: 2) {
          samples.append(Int16(bitPattern: UInt16(made[place]) << 8 | UInt16(made[place + 1])))
        }
      }
    }
    return samples
  }

  private static let streams: [SpeechStream] = [
    SpeechStream(.g711(.mu), payloadType: 0), SpeechStream(.g711(.a), payloadType: 8),
    SpeechStream(.g722, payloadType: 9),
    SpeechStream(.opus(), payloadType: 111),
  ]

  @Test(
    "Each codec into each other one, both ways, under one source and numbers without a gap", arguments: streams, streams
  )
  func tones(one: SpeechStream, other: SpeechStream) throws {
    guard one.codec != other.codec else { return }
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB)
    for (phone, stream) in [(caller, one), (callee, other)] {
      phone.description.payloadTypes.insert(stream.payloadType)
      phone.description.clockRate = stream.codec.clockRate
      phone.description.speech = RelaySpeech(
        sends: [stream.payloadType: stream.codec], takes: stream, isNeeded: true)
    }
    let (rig, _, _) = call(caller: caller, callee: callee)
    for (from, to, own, theirs) in [(caller, callee, one, other), (callee, caller, other, one)] {
      var speaker = try Speaker(own, hertz: 500)
      var packets: [[UInt8]] = []
      for _ in 0..<80 {
        var fields = from.fields
        fields.payloadType = own.payloadType
        from.fields.sequenceNumber &+= 1
        from.fields.timestamp &+= own.codec.clockRate / 50
        rig.wait(.milliseconds(20))
        let relayed = rig.give(from.bytes(fields, try speaker.next()), from: from.address, on: from.side)
        #expect(relayed.destination == to.address)
        packets.append(relayed.bytes)
      }
      let headers = packets.compactMap { try? RTPHeader($0.span) }
      #expect(headers.count == 80)
      #expect(headers.allSatisfy { $0.payloadType == theirs.payloadType && $0.ssrc == from.fields.ssrc })
      for (header, next) in zip(headers, headers.dropFirst()) {
        #expect(next.sequenceNumber == header.sequenceNumber &+ 1)
        #expect(next.timestamp == header.timestamp &+ theirs.codec.clockRate / 50)
      }
      let samples = try heard(packets, theirs)
      #expect(samples.count >= 78 * 160)
      let level = Tone.level(samples[4_000..<12_000], hertz: 500, rate: 8_000)
      #expect(level.amplitude > 5_000 && level.amplitude < 11_000, "\(level)")
      #expect(level.rest < level.amplitude / 3, "\(level)")
    }
  }

  @Test("A codec in common goes as it is, and one of ours beside it is turned") func common() throws {
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB)
    caller.description.payloadTypes = [0]
    callee.description.payloadTypes = [0, 8]
    let mu = SpeechStream(.g711(.mu), payloadType: 0)
    caller.description.speech = RelaySpeech(sends: [0: .g711(.mu)], takes: mu, isNeeded: false)
    callee.description.speech = RelaySpeech(sends: [0: .g711(.mu), 8: .g711(.a)], takes: mu, isNeeded: false)
    let (rig, _, _) = call(caller: caller, callee: callee)
    let payload = [UInt8](repeating: 0xD5, count: 160)
    #expect(caller.hear(rig.give(callee.packet(payload), from: callee.address, on: .callee))?.payload == payload)
    let turned = try #require(caller.hear(rig.give(callee.packet(payload, type: 8), from: callee.address, on: .callee)))
    #expect(turned.fields.payloadType == 0)
    #expect(turned.payload.count == 160)
    #expect(rig.give(callee.packet(payload, type: 9), from: callee.address, on: .callee).verdict == .drop(.payloadType))
  }

  @Test("Packets that are none of the codec, of any length, lead to nothing worse than silence") func garbage() {
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB)
    let opus = SpeechStream(.opus(), payloadType: 111), mu = SpeechStream(.g711(.mu), payloadType: 0)
    caller.description.speech = RelaySpeech(sends: [111: .opus()], takes: opus, isNeeded: true)
    callee.description.speech = RelaySpeech(sends: [0: .g711(.mu)], takes: mu, isNeeded: true)
    let (rig, _, _) = call(caller: caller, callee: callee)
    var random = SplitMix64(seed: 3)
    for _ in 0..<500 {
      let payload = (0..<Int(random.next() % 1_400)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let relayed = rig.give(caller.packet(payload, type: 111), from: caller.address, on: .caller)
      #expect(!relayed.isForwarded || relayed.bytes.count <= TranscoderLimits.maxPacketBytes)
      let other = rig.give(callee.packet(payload, type: 0), from: callee.address, on: .callee)
      #expect(!other.isForwarded || other.bytes.count <= TranscoderLimits.maxPacketBytes)
    }
  }
}
