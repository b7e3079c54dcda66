import AudioTraces
import Codecs
import Jitter
import Mixer
import RTP
import Wire

/// A conference whose legs all send all the time, and of whom some speak at once: by turns of 5 s.
///
/// The network is mild: packets take up to 8 ms more than the fastest and come in order.
struct Room {
  private static let tick: Int64 = 20_000_000

  private var conference: Conference
  private let legs: [ConferenceLeg]
  private let payloadTypes: [UInt8]
  /// Packets of each leg's speech and of its silence, that are sent over and over.
  private let speech: [[[UInt8]]]
  private let silence: [[UInt8]]
  private let speakers: Int
  private var random = SplitMix64(seed: 25)
  private var number = 0
  /// Milliseconds from when a packet could have been there, if the network took no time, to when its first sample went out.
  private(set) var delays: [Double] = []

  /// A room; nil for G.711 of both laws by turns.
  init(legs count: Int, encoding: AudioEncoding?, speakers: Int) {
    self.speakers = speakers
    var conference = Conference(maxLegs: count)
    var (legs, types, speech, silence): ([ConferenceLeg], [UInt8], [[[UInt8]]], [[UInt8]]) = ([], [], [], [])
    for place in 0..<count {
      let encoding = encoding ?? .g711(place % 2 == 0 ? .mu : .a)
      let configuration = ConferenceLegConfiguration(
        encoding: encoding, ssrc: UInt32(place), firstSequenceNumber: 0, firstTimestamp: 0)
      guard let leg = try? conference.join(configuration) else { continue }
      legs.append(leg)
      types.append(configuration.payloadType)
      var voice = Voice(seed: UInt64(place))
      speech.append((0..<110).map { _ in Room.encode(voice.next(160), encoding) })
      silence.append(Room.encode([Int16](repeating: 0, count: 160), encoding))
    }
    self.conference = conference
    self.legs = legs
    payloadTypes = types
    self.speech = speech
    self.silence = silence
  }

  private static func encode(_ samples: [Int16], _ encoding: AudioEncoding) -> [UInt8] {
    var octets = [UInt8](repeating: 0, count: samples.count)
    var span = octets.mutableSpan
    switch encoding {
    case .g711(let law): law.encode(samples.span, into: &span)
    case .g722:
      var encoder = G722Encoder()
      _ = encoder.encodeNarrowband(samples.span, into: &span)
    }
    return octets
  }

  /// Holds the conference for so many ticks; returns the seconds of CPU that the conference itself took.
  mutating func hold(ticks: Int) -> Double {
    var packet = [UInt8](repeating: 0, count: Conference.maxPacketBytes)
    var spent = 0.0
    for _ in 0..<ticks {
      let packets = legs.indices.map { incoming($0) }
      let start = BenchmarkAudio.threadSeconds()
      for (place, incoming) in packets.enumerated() {
        conference.received(incoming.bytes.span, from: legs[place], now: Instant(nanoseconds: incoming.time))
      }
      // Packets of this period have come within 8 ms of its beginning; the tick is at its end.
      let now = Int64(number) * Room.tick + 8_500_000
      conference.tick(now: Instant(nanoseconds: now))
      var span = packet.mutableSpan
      for leg in legs { _ = conference.writePacket(for: leg, into: &span) }
      spent += BenchmarkAudio.threadSeconds() - start
      for leg in legs {
        guard let timestamp = conference.lastFrame(of: leg)?.timestamp else { continue }
        delays.append(Double(now - Int64(timestamp) * 125_000) / 1e6)
      }
      number += 1
    }
    return spent
  }

  private mutating func incoming(_ place: Int) -> (bytes: [UInt8], time: Int64) {
    let turn = number / 250
    let isSpeaking = (place + legs.count - turn % legs.count) % legs.count < speakers
    let payload = isSpeaking ? speech[place][(number + place) % 110] : silence[place]
    var bytes = [UInt8](repeating: 0, count: RTPHeader.fixedByteCount) + payload
    var span = bytes.mutableSpan
    let fields = RTPPacketFields(
      payloadType: payloadTypes[place], sequenceNumber: UInt16(truncatingIfNeeded: number),
      timestamp: UInt32(truncatingIfNeeded: number * 160), ssrc: UInt32(place))
    _ = try? fields.writeHeader(into: &span)
    return (bytes, Int64(number) * Room.tick + Int64(random.next() % 8_000_000))
  }
}
