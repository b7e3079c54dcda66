import Codecs
import GuardianTerminal
import Jitter
import Testing
import Wire

/// Two legs that send to each other, on virtual time.
final class LegPair {
  static let a = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 4_000)
  static let b = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5_000)

  var one: AudioLeg
  var other: AudioLeg
  var now = Instant(milliseconds: 1_000)
  var heard = SoundAnalyzer()
  var digits = ""
  private var random = SplitMix64(seed: 7)

  static func stream(_ encoding: AudioEncodingName, to address: SocketAddress, samples: Int = 160) -> LegStream {
    LegStream(
      encoding: encoding.encoding, payloadType: encoding.payloadType, packetSamples: samples, media: address,
      control: SocketAddress(ip: address.ip, port: address.port + 1))
  }

  init(_ encoding: AudioEncodingName, _ source: AudioSource, samples: Int = 160) {
    one = AudioLeg(source, cname: "one", keyPayloadType: 101, now: now, random: 1)
    other = AudioLeg(.silence, cname: "other", keyPayloadType: 101, now: now, random: 2)
    one.set(
      outgoing: Self.stream(encoding, to: Self.b, samples: samples), incoming: Self.stream(encoding, to: Self.a),
      peersKeys: 101)
    other.set(
      outgoing: Self.stream(encoding, to: Self.a), incoming: Self.stream(encoding, to: Self.b), peersKeys: 101)
  }

  /// So many ticks, of whose packets one in `dropping` is lost.
  func run(ticks: Int, dropping: Int = 0) {
    for tick in 0..<ticks {
      var (forth, back): ([[UInt8]], [[UInt8]]) = ([], [])
      _ = one.tick(now: now, packets: &forth)
      let samples = other.tick(now: now, packets: &back)
      if samples.isSpeech { heard.hear(samples.samples) }
      for packet in forth where dropping == 0 || tick % dropping != 0 {
        if let digit = other.received(packet.span, from: Self.a, now: now) { digits += digit.description }
      }
      for packet in back { _ = one.received(packet.span, from: Self.b, now: now) }
      let clock = UTCTimestamp(seconds: 1_700_000_000) + (now - .zero)
      let control = SocketAddress(ip: Self.a.ip, port: 4_001)
      let farControl = SocketAddress(ip: Self.a.ip, port: 5_001)
      if let report = one.report(now: now, clock: clock, random: random.next()) {
        other.received(control: report.span, from: control, now: now)
      }
      if let report = other.report(now: now, clock: clock, random: random.next()) {
        one.received(control: report.span, from: farControl, now: now + .milliseconds(3))
      }
      now += AudioLeg.tickTime
    }
  }
}

enum AudioEncodingName: CaseIterable, Sendable {
  case pcmu, pcma, g722

  var encoding: AudioEncoding {
    switch self {
    case .pcmu: .g711(.mu)
    case .pcma: .g711(.a)
    case .g722: .g722
    }
  }
  var payloadType: UInt8 { self == .pcmu ? 0 : self == .pcma ? 8 : 9 }
}

@Suite struct LegTests {
  @Test(arguments: AudioEncodingName.allCases) func aToneIsHeard(encoding: AudioEncodingName) throws {
    let pair = LegPair(encoding, .tone(hertz: 1_000))
    pair.run(ticks: 700)
    let tones = pair.heard.tones
    let tone = try #require(tones.first)
    #expect(abs(tone.hertz - 1_000) < 2 && abs(tone.level + 10) < 1)
    let (sent, received) = (pair.one.counted(), pair.other.counted())
    #expect(sent.packetsSent == 700 && sent.octetsSent == 112_000)
    // The source has to prove itself with two packets.
    #expect(received.packetsReceived == 700 && received.lost == 0 && received.dropped == 0)
    #expect(received.buffer.concealedSamples == 0)
    // Reports every five seconds, on the average; the way back took 3 ms.
    #expect(sent.reportedLost == 0)
    let roundTrip = try #require(sent.roundTrip)
    #expect(roundTrip <= .milliseconds(4))
  }

  @Test func lossIsCounted() {
    let pair = LegPair(.pcmu, .tone(hertz: 500))
    pair.run(ticks: 1_000, dropping: 10)
    let counted = pair.other.counted()
    #expect(counted.lost == 99 || counted.lost == 100)
    #expect(counted.buffer.concealedSamples > 0)
    let sent = pair.one.counted()
    #expect((sent.reportedLost ?? 0) > 0)
  }

  @Test(arguments: [(80, 2), (40, 4)]) func shortPackets(samples: Int, each: UInt64) throws {
    let pair = LegPair(.pcma, .tone(hertz: 1_000), samples: samples)
    pair.run(ticks: 200)
    let (sent, tones) = (pair.one.counted().packetsSent, pair.heard.tones)
    #expect(sent == 200 * each)
    #expect(try #require(tones.first).hertz.rounded() == 1_000)
  }

  @Test func keysTakeTheirTurn() {
    let pair = LegPair(.pcmu, .tone(hertz: 500))
    pair.run(ticks: 20)
    for character in Array("1*#A".utf8) {
      let isTaken = DTMFDigit(character).map { pair.one.press($0) } ?? false
      #expect(isTaken)
    }
    let isBusy = pair.one.isSendingKeys
    pair.run(ticks: 100)
    let (digits, isStillBusy, concealed) = (
      pair.digits, pair.one.isSendingKeys, pair.other.counted().buffer.concealedSamples
    )
    #expect(isBusy && digits == "1*#A" && !isStillBusy && concealed < 8_000)
  }

  @Test func keysHaveTheirBound() throws {
    let pair = LegPair(.pcmu, .silence)
    let digit = try #require(DTMFDigit(UInt8(ascii: "5")))
    for _ in 0..<AudioLeg.maxKeys {
      let isTaken = pair.one.press(digit)
      #expect(isTaken)
    }
    let isOneMore = pair.one.press(digit)
    #expect(!isOneMore)
    pair.one.set(outgoing: nil, incoming: nil, peersKeys: 101)
    let isOnHold = pair.one.press(digit)
    #expect(!isOnHold)
  }

  @Test func strangersAreNotHeard() {
    let pair = LegPair(.pcmu, .tone(hertz: 500))
    pair.run(ticks: 10)
    let before = pair.other.counted()
    for junk: [UInt8] in [[], [0x80], [UInt8](repeating: 0, count: 40)] {
      _ = pair.other.received(junk.span, from: LegPair.a, now: pair.now)
      pair.other.received(control: junk.span, from: LegPair.a, now: pair.now)
    }
    let after = pair.other.counted()
    #expect(after.packetsReceived == before.packetsReceived && after.dropped == before.dropped + 6)
  }
}
