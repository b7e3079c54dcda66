import AudioTraces
import Codecs
import Jitter
import Mixer
import RTP
import Testing
import Wire

/// A phone beside a conference: sends what it says, decodes what it gets.
private struct Phone {
  var leg: ConferenceLeg
  var encoding: AudioEncoding
  var sequence: UInt16 = 1
  var ssrc: UInt32
  var heard: [Int16] = []
  var headers: [RTPHeader] = []
  private var encoder = G722Encoder()
  private var decoder = G722Decoder()

  init(_ conference: inout Conference, _ encoding: AudioEncoding, ssrc: UInt32, comfortNoise: UInt8? = nil) throws {
    self.encoding = encoding
    self.ssrc = ssrc
    leg = try conference.join(
      ConferenceLegConfiguration(
        encoding: encoding, payloadMeanings: .rfc3551(telephoneEvent: 101), comfortNoise: comfortNoise,
        ssrc: ssrc &+ 1_000, firstSequenceNumber: 65_530, firstTimestamp: 0xFFFF_FF00))
  }

  private var payloadType: UInt8 {
    switch encoding {
    case .g711(.mu): 0
    case .g711(.a): 8
    case .g722: 9
    }
  }

  @discardableResult
  mutating func say(_ samples: [Int16], to conference: inout Conference, now: Int64) -> ConferenceArrival {
    var payload = [UInt8](repeating: 0, count: samples.count)
    var span = payload.mutableSpan
    switch encoding {
    case .g711(let law): law.encode(samples.span, into: &span)
    case .g722: _ = encoder.encodeNarrowband(samples.span, into: &span)
    }
    return send(payload, payloadType, to: &conference, now: now)
  }

  @discardableResult
  mutating func send(
    _ payload: [UInt8], _ type: UInt8, to conference: inout Conference, now: Int64
  ) -> ConferenceArrival {
    var packet = [UInt8](repeating: 0, count: 12) + payload
    var span = packet.mutableSpan
    let fields = RTPPacketFields(
      payloadType: type, sequenceNumber: sequence, timestamp: UInt32(sequence) * 160, ssrc: ssrc)
    _ = try? fields.writeHeader(into: &span)
    sequence &+= 1
    return conference.received(packet.span, from: leg, now: Instant(nanoseconds: now))
  }

  mutating func listen(to conference: inout Conference) throws {
    var packet = [UInt8](repeating: 0, count: Conference.maxPacketBytes)
    var span = packet.mutableSpan
    guard let count = conference.writePacket(for: leg, into: &span) else { return }
    packet.removeSubrange(count...)
    let view = try RTPPacketView(packet.span)
    headers.append(view.header)
    guard view.header.payloadType == payloadType else { return }
    var samples = [Int16](repeating: 0, count: view.payload.count)
    var target = samples.mutableSpan
    switch encoding {
    case .g711(let law): law.decode(view.payload, into: &target)
    case .g722: _ = decoder.decodeNarrowband(view.payload, into: &target)
    }
    heard += samples
  }
}

struct ConferenceTests {
  private static let tick: Int64 = 20_000_000

  /// A tone for each of 25 in three encodings: each hears the tones of the others at their level, and not its own.
  @Test func everyoneHearsTheOthersAndNotItself() throws {
    var conference = Conference(maxLegs: 25)
    var phones: [Phone] = []
    var tones: [Harmonic] = []
    for number in 0..<25 {
      let encoding: AudioEncoding = [.g711(.mu), .g711(.a), .g722][number % 3]
      phones.append(try Phone(&conference, encoding, ssrc: UInt32(number + 1)))
      // Whole periods in a second, so that one does not leak into another.
      tones.append(Harmonic(hertz: 300 + 110 * number, amplitude: 900))
    }
    #expect(throws: MixerError.tooManyLegs) { try Phone(&conference, .g722, ssrc: 99) }
    for number in 0..<120 {
      let now = Int64(number) * ConferenceTests.tick
      for place in phones.indices { phones[place].say(tones[place].next(160), to: &conference, now: now) }
      conference.tick(now: Instant(nanoseconds: now + 3_000_000))
      for place in phones.indices { try phones[place].listen(to: &conference) }
    }
    for place in phones.indices {
      let last = phones[place].heard.suffix(8_000)
      for other in phones.indices {
        let level = tones[other].level(in: last)
        if other == place {
          // G.722 of 25 tones at once has noise of its own.
          #expect(level < 120, "\(place) hears itself, \(level)")
        } else {
          #expect(level > 700 && level < 1_050, "\(place) hears \(other) at \(level)")
        }
      }
      #expect(phones[place].headers.count == 120)
      #expect(phones[place].headers.last?.contributingSourceCount == 15)
      #expect(conference.statistics(of: phones[place].leg)?.concealedSamples == 0)
    }
  }

  /// The packets of a leg are in sequence, with or without anybody speaking; without comfort noise none is left out.
  @Test func numbersAndContributors() throws {
    var conference = Conference()
    var one = try Phone(&conference, .g711(.mu), ssrc: 1)
    var two = try Phone(&conference, .g711(.a), ssrc: 2)
    var voice = Harmonic(hertz: 400, amplitude: 8_000)
    for number in 0..<40 {
      let now = Int64(number) * ConferenceTests.tick
      if number >= 20 { one.say(voice.next(160), to: &conference, now: now) }
      conference.tick(now: Instant(nanoseconds: now))
      try one.listen(to: &conference)
      try two.listen(to: &conference)
    }
    #expect(two.headers.map(\.sequenceNumber) == (0..<40).map { 65_530 &+ UInt16($0) })
    #expect(two.headers.map(\.timestamp) == (0..<40).map { 0xFFFF_FF00 &+ UInt32($0) * 160 })
    #expect(two.headers[10].contributingSourceCount == 0)
    #expect(two.headers[39].contributingSourceCount == 1)
    #expect(one.headers[39].contributingSourceCount == 0)
    #expect(two.headers.allSatisfy { !$0.marker })
    // Nobody speaks, and whoever speaks does not hear itself: zeros.
    #expect(two.heard.prefix(3_200).allSatisfy { abs(Int($0)) <= 8 })
    #expect(one.heard.allSatisfy { $0 == 0 })
  }

  /// Silence suppression: one comfort-noise packet, then nothing, then a marker.
  @Test func silenceSuppression() throws {
    var conference = Conference()
    var one = try Phone(&conference, .g711(.mu), ssrc: 1)
    var two = try Phone(&conference, .g711(.mu), ssrc: 2, comfortNoise: 13)
    var voice = Harmonic(hertz: 400, amplitude: 8_000)
    for number in 0..<200 {
      let now = Int64(number) * ConferenceTests.tick
      if !(40..<140).contains(number) {
        one.say(voice.next(160), to: &conference, now: now)
      } else {
        one.sequence &+= 1
        one.say([Int16](repeating: 0, count: 160), to: &conference, now: now)
        one.sequence &-= 1
      }
      conference.tick(now: Instant(nanoseconds: now))
      try two.listen(to: &conference)
    }
    let noise = two.headers.indices.filter { two.headers[$0].payloadType == 13 }
    #expect(noise.count == 1)
    #expect(two.headers.count { $0.marker } == 2, "at the beginning, and behind the pause")
    let place = try #require(noise.first)
    #expect(two.headers[place + 1].marker)
    #expect(two.headers[place + 1].sequenceNumber == two.headers[place].sequenceNumber &+ 1)
    #expect(two.headers[place + 1].timestamp &- two.headers[place].timestamp > 160 * 50)
  }

  @Test func keysAreHandedUpAndGarbageIsRefused() throws {
    var conference = Conference()
    var one = try Phone(&conference, .g711(.mu), ssrc: 1)
    let event: [UInt8] = [5, 10, 0, 160]
    #expect(
      one.send(event, 101, to: &conference, now: 0)
        == .telephoneEvent(TelephoneEvent(code: 5, volume: 10, duration: 160), timestamp: 160))
    let garbage: [UInt8] = [1, 2, 3]
    guard case .malformed = conference.received(garbage.span, from: one.leg, now: .zero) else {
      Issue.record("it was taken for a packet")
      return
    }
    let hasLeft = conference.leave(one.leg)
    #expect(hasLeft)
    #expect(one.send(event, 101, to: &conference, now: 0) == .unknownLeg)
    var packet = [UInt8](repeating: 0, count: 400)
    var span = packet.mutableSpan
    let nothing = conference.writePacket(for: one.leg, into: &span)
    #expect(nothing == nil)
  }

  /// No room for a packet: none is written, nothing traps.
  @Test func shortBuffers() throws {
    var conference = Conference()
    let one = try Phone(&conference, .g711(.mu), ssrc: 1)
    conference.tick(now: .zero)
    for count in [0, 11, 12, 171] {
      var packet = [UInt8](repeating: 0, count: count)
      var span = packet.mutableSpan
      let written = conference.writePacket(for: one.leg, into: &span)
      #expect(written == nil)
    }
    var packet = [UInt8](repeating: 0, count: 172)
    var span = packet.mutableSpan
    let written = conference.writePacket(for: one.leg, into: &span)
    #expect(written == 172)
  }

  @Test func whoLeavesIsNotHeardAnyMore() throws {
    var conference = Conference()
    var one = try Phone(&conference, .g711(.mu), ssrc: 1)
    var two = try Phone(&conference, .g711(.mu), ssrc: 2)
    var voice = Harmonic(hertz: 400, amplitude: 8_000)
    for number in 0..<30 {
      let now = Int64(number) * ConferenceTests.tick
      one.say(voice.next(160), to: &conference, now: now)
      conference.tick(now: Instant(nanoseconds: now))
      if number == 20 { conference.leave(one.leg) }
      try two.listen(to: &conference)
    }
    #expect(two.heard[(19 * 160)..<(20 * 160)].contains { abs(Int($0)) > 4_000 })
    #expect(two.heard[(20 * 160)...].allSatisfy { abs(Int($0)) <= 8 })
    #expect(conference.legCount == 1)
  }
}
