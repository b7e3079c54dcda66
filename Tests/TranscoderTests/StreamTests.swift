import Codecs
import Opus
import RTP
import Testing
import ToneSupport
import Transcoder
import Wire

struct StreamTests {
  static let streams: [SpeechStream] = [
    SpeechStream(.g711(.mu), payloadType: 0), SpeechStream(.g711(.a), payloadType: 8, packetMilliseconds: 30),
    SpeechStream(.g722, payloadType: 9, packetMilliseconds: 10), SpeechStream(.opus(), payloadType: 111),
    SpeechStream(.opus(), payloadType: 111, packetMilliseconds: 60),
    SpeechStream(.l16(isWideband: false), payloadType: 96),
  ]

  /// Every codec to every other and back to samples: the tone is there, its level within 1 dB, and the timestamps and
  /// sequence numbers of the stream in between have no gap.
  @Test(arguments: streams, streams)
  func tones(input: SpeechStream, output: SpeechStream) throws {
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 65_500, timestamp: 0xFFFF_F000)
    let ear = try Ear(output)
    for _ in 0..<(1_800 / input.packetMilliseconds) {
      let packet = try phone.next()
      let outcome = try transcoder.receive(packet.span)
      #expect(outcome == .speech)
      try ear.drain(&transcoder)
    }
    #expect(ear.gaps == 0)
    #expect(ear.marks == 1)
    #expect(ear.samples.count >= 8_000 * 17 / 10)
    let level = Tone.level(ear.samples[6_000..<12_000], hertz: 440, rate: 8_000)
    #expect(level.amplitude > 8_000 * 0.891 && level.amplitude < 8_000 * 1.122, "amplitude \(level.amplitude)")
    #expect(level.rest < 0.25 * level.amplitude, "noise \(level.rest)")
  }

  /// Both sides have 16 kHz: a tone above 4 kHz goes over.
  @Test(arguments: [
    (
      SpeechStream(.g722, payloadType: 9),
      SpeechStream(.opus(OpusEncoderConfiguration(bitsPerSecond: 40_000)), payloadType: 111)
    ),
    (SpeechStream(.l16(isWideband: true), payloadType: 97), SpeechStream(.g722, payloadType: 9)),
  ])
  func wideband(input: SpeechStream, output: SpeechStream) throws {
    var phone = Phone(input, hertz: 5_500, isWideband: true)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 1)
    let ear = try Ear(output, isWideband: true)
    for _ in 0..<50 {
      _ = try feed(&transcoder, try phone.next())
      try ear.drain(&transcoder)
    }
    #expect(ear.gaps == 0)
    let level = Tone.level(ear.samples[8_000..<14_000], hertz: 5_500, rate: 16_000)
    #expect(level.amplitude > 5_500, "amplitude \(level.amplitude)")
  }

  /// Lost packets are made up for: the stream that goes has no gap, and the tone goes on.
  @Test(arguments: [0, 2, 3])
  func losses(place: Int) throws {
    let input = SpeechStream(StreamTests.streams[place].codec, payloadType: 10)
    let output = SpeechStream(.l16(isWideband: false), payloadType: 96)
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 1)
    let ear = try Ear(output)
    for number in 0..<80 {
      let packet = try phone.next()
      if number % 20 == 19 || number == 50 || number == 51 { continue }
      _ = try transcoder.receive(packet.span)
      try ear.drain(&transcoder)
    }
    #expect(ear.gaps == 0)
    #expect(ear.marks == 1)
    #expect(ear.samples.count == 79 * 160)
    for lost in [19, 39, 50, 59] {
      let level = Tone.level(ear.samples[(lost * 160)..<(lost * 160 + 160)], hertz: 440, rate: 8_000)
      #expect(level.amplitude > (place == 3 ? 1_500 : 4_000), "amplitude \(level.amplitude) in packet \(lost)")
    }
  }

  /// What is lost beyond 60 ms is a pause: the timestamps keep time, the next packet is marked.
  @Test func aLongLoss() throws {
    let (input, output) = (StreamTests.streams[0], StreamTests.streams[3])
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 0)
    let ear = try Ear(output)
    for number in 0..<30 {
      let packet = try phone.next()
      if (10..<20).contains(number) { continue }
      _ = try transcoder.receive(packet.span)
      try ear.drain(&transcoder)
    }
    #expect(ear.marks == 2)
    #expect(ear.gaps == 1)
    // 140 ms of 48 kHz, for 60 of the 200 were made up.
    #expect(ear.skipped == 140 * 48)
    #expect(ear.packets == 23)
    #expect(ear.lastTimestamp == 29 * 960)
  }

  /// Silence suppression: no packet is lost, the timestamps jump.
  @Test func aPause() throws {
    let (input, output) = (StreamTests.streams[1], StreamTests.streams[4])
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 0)
    let ear = try Ear(output)
    for number in 0..<20 {
      if number == 11 { phone.pause(milliseconds: 990) }
      _ = try feed(&transcoder, try phone.next())
      try ear.drain(&transcoder)
    }
    #expect(ear.marks == 2)
    #expect(ear.gaps == 1)
    // 330 ms were spoken, which were padded to 360.
    #expect(ear.skipped == (990 - 30) * 48)
  }

  @Test func comfortNoiseGoesOver() throws {
    let input = SpeechStream(.g711(.mu), payloadType: 0, comfortNoise: 13)
    let output = SpeechStream(.g711(.a), payloadType: 8, comfortNoise: 13)
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 0)
    let ear = try Ear(output)
    _ = try feed(&transcoder, try phone.next())
    try ear.drain(&transcoder)
    let outcome = try feed(&transcoder, try phone.packet([0x46, 200], type: 13))
    #expect(outcome == .comfortNoise)
    let wantsFilling = transcoder.wantsFilling
    #expect(!wantsFilling)
    try ear.drain(&transcoder)
    #expect(ear.others == [RTPPacketFields(payloadType: 13, sequenceNumber: 2, timestamp: 160, ssrc: 7)])
    #expect(ear.payloads == [[0x46]])
    phone.pause(milliseconds: 500)
    _ = try feed(&transcoder, try phone.next())
    try ear.drain(&transcoder)
    #expect(ear.marks == 2)
    #expect(ear.lastTimestamp == 160 + 4_000)
  }

  /// Where the other side has no comfort noise it hears it, as long as the driver fills.
  @Test func comfortNoiseIsHeard() throws {
    let input = SpeechStream(.g711(.mu), payloadType: 0, comfortNoise: 13)
    let output = SpeechStream(.l16(isWideband: false), payloadType: 96)
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 0)
    let ear = try Ear(output)
    _ = try feed(&transcoder, try phone.next())
    try ear.drain(&transcoder)
    _ = try feed(&transcoder, try phone.packet([40], type: 13))
    for _ in 0..<25 {
      let wantsFilling = transcoder.wantsFilling
      #expect(wantsFilling)
      transcoder.fill()
      try ear.drain(&transcoder)
    }
    #expect(ear.samples.count == 26 * 160)
    let power = ear.samples.suffix(4_000).reduce(0.0) { $0 + Double($1) * Double($1) } / 4_000
    #expect(abs(power.squareRoot() - 327) < 60, "noise of \(power.squareRoot())")
    // 500 ms were filled; the pause was 520.
    phone.pause(milliseconds: 520)
    _ = try feed(&transcoder, try phone.next())
    let isStillSilent = transcoder.wantsFilling
    #expect(!isStillSilent)
    try ear.drain(&transcoder)
    #expect(ear.skipped == 160)
  }

  /// A key of 100 ms in the midst of speech, to another clock: its packets have the timestamp of its beginning, the
  /// durations are of the new clock.
  @Test func telephoneEvents() throws {
    let input = SpeechStream(.g711(.mu), payloadType: 0, telephoneEvent: 101)
    let output = SpeechStream(.opus(), payloadType: 111, telephoneEvent: 110)
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 0)
    let ear = try Ear(output)
    for _ in 0..<10 {
      _ = try feed(&transcoder, try phone.next())
      try ear.drain(&transcoder)
    }
    let five = try #require(DTMFDigit(code: 5))
    var keys = TelephoneEventSender()
    let isPressed = keys.press(five, at: phone.timestamp)
    #expect(isPressed)
    while let key = keys.next() {
      var payload = [UInt8](repeating: 0, count: 4)
      var span = payload.mutableSpan
      key.event.write(into: &span)
      let packet = try phone.packet(payload, type: 101, timestamp: key.timestamp, isMarked: key.isFirst)
      let outcome = try transcoder.receive(packet.span)
      #expect(outcome == .telephoneEvent(key.event, isPassed: true))
      try ear.drain(&transcoder)
    }
    #expect(ear.others.map(\.timestamp) == [UInt32](repeating: 10 * 960, count: 7))
    #expect(ear.others.map(\.marker) == [true] + [Bool](repeating: false, count: 6))
    #expect(ear.payloads.map { UInt16($0[2]) << 8 | UInt16($0[3]) } == [960, 1_920, 2_880, 3_840, 4_800, 4_800, 4_800])
    phone.pause(milliseconds: 140)
    _ = try feed(&transcoder, try phone.next())
    try ear.drain(&transcoder)
    #expect(ear.lastTimestamp == 17 * 960)
    #expect(ear.marks == 2)
  }

  @Test func eventsThatTheOtherSideDoesNotHave() throws {
    let input = SpeechStream(.g711(.mu), payloadType: 0, telephoneEvent: 101)
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(
      from: input, to: StreamTests.streams[3], ssrc: 7, sequenceNumber: 1, timestamp: 0)
    let packet = try phone.packet([5, 0, 0, 160], type: 101)
    let outcome = try transcoder.receive(packet.span)
    #expect(outcome == .telephoneEvent(TelephoneEvent(code: 5, volume: 0, duration: 160), isPassed: false))
    let isDrained = transcoder.isDrained
    #expect(isDrained)
  }

  @Test func lateRepeatedAndAnew() throws {
    let (input, output) = (StreamTests.streams[0], StreamTests.streams[5])
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 0)
    let ear = try Ear(output)
    var packets: [[UInt8]] = []
    for _ in 0..<5 { packets.append(try phone.next()) }
    for (place, outcome) in [(1, Transcoder.Outcome.speech), (0, .late), (1, .late), (2, .speech), (1, .late)] {
      let seen = try feed(&transcoder, packets[place])
      #expect(seen == outcome)
      try ear.drain(&transcoder)
    }
    // The source begins anew, and then another does: no gap either time.
    for change in [UInt16(30_000), 0] {
      var other = Phone(input, hertz: 440)
      other.sequence = change
      other.timestamp = 0x1234_5678
      other.ssrc = change == 0 ? 99 : 1
      let seen = try feed(&transcoder, try other.next())
      #expect(seen == .speech)
      try ear.drain(&transcoder)
    }
    #expect(ear.gaps == 0)
    #expect(ear.packets == 4)
  }

  @Test func refusals() throws {
    let input = StreamTests.streams[0]
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(
      from: input, to: StreamTests.streams[3], ssrc: 7, sequenceNumber: 1, timestamp: 0)
    func refusal(_ packet: [UInt8]) -> TranscoderError? {
      do throws(TranscoderError) {
        _ = try transcoder.receive(packet.span)
        return nil
      } catch { return error }
    }
    #expect(refusal([0x80, 0]) == .malformed)
    #expect(refusal(try phone.packet([1], type: 77)) == .payloadType(77))
    // The limit: 120 ms, and one beyond.
    #expect(refusal(try phone.packet([UInt8](repeating: 0, count: 961), type: 0)) == .tooLong)
    #expect(refusal(try phone.packet([UInt8](repeating: 0, count: 960), type: 0)) == nil)
    #expect(refusal(try phone.next()) == .notDrained)
    var small = [UInt8](repeating: 0, count: 12)
    var span = small.mutableSpan
    do throws(TranscoderError) {
      _ = try transcoder.next(into: &span)
      Issue.record("a packet in twelve bytes")
    } catch { #expect(error == .noRoom) }
  }

  @Test func whatCannotBe() {
    func refusal(_ input: SpeechStream, _ output: SpeechStream) -> TranscoderError? {
      do throws(TranscoderError) {
        _ = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 0)
        return nil
      } catch { return error }
    }
    let mu = SpeechStream(.g711(.mu), payloadType: 0)
    #expect(refusal(SpeechStream(.l16(isWideband: true), payloadType: 97), mu) == .noCommonRate)
    for (milliseconds, isGood) in [(9, false), (10, true), (25, false), (50, true), (60, true), (70, false)] {
      let output = SpeechStream(.g711(.a), payloadType: 8, packetMilliseconds: milliseconds)
      #expect(refusal(mu, output) == (isGood ? nil : .packetTime(milliseconds)))
    }
    #expect(refusal(mu, SpeechStream(.opus(), payloadType: 111, packetMilliseconds: 30)) == .packetTime(30))
    let none = SpeechStream(.opus(OpusEncoderConfiguration(bitsPerSecond: 1)), payloadType: 111)
    #expect(refusal(mu, none) == .opus(.configuration))
  }

  /// Random payloads, losses, pauses and events: errors as values, at most 180 ms for each packet that came.
  @Test(arguments: 0..<12)
  func storm(seed: UInt64) throws {
    var chaos = SplitMix64(seed: seed)
    var input = StreamTests.streams[Int(seed) % 6]
    var output = StreamTests.streams[Int(seed / 2) % 6]
    (input.comfortNoise, input.telephoneEvent) = (13, 101)
    (output.comfortNoise, output.telephoneEvent) = (seed & 1 == 0 ? 13 : nil, 101)
    var phone = Phone(input, hertz: 440)
    var transcoder = try Transcoder(from: input, to: output, ssrc: 7, sequenceNumber: 1, timestamp: 0)
    let ear = try Ear(output)
    for _ in 0..<400 {
      let type: UInt8 = chaos.chance(80) ? input.payloadType : chaos.chance(50) ? 13 : 101
      let payload = (0..<Int.random(in: 0...400, using: &chaos)).map { _ in UInt8.random(in: 0...255, using: &chaos) }
      let packet = chaos.chance(50) ? try phone.next() : try phone.packet(payload, type: type)
      if chaos.chance(20) { continue }
      if chaos.chance(5) { phone.timestamp = UInt32.random(in: 0...UInt32.max, using: &chaos) }
      if chaos.chance(5) { phone.sequence = UInt16.random(in: 0...UInt16.max, using: &chaos) }
      let before = ear.packets
      do throws(TranscoderError) {
        _ = try transcoder.receive(packet.span)
      } catch {
        #expect(error == .payload || error == .tooLong)
      }
      if chaos.chance(50) { transcoder.fill() }
      try ear.drain(&transcoder)
      #expect(ear.packets - before <= 240 / output.packetMilliseconds + 2)
    }
  }
}
