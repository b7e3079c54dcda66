import Codecs
import Jitter
import RTP
import Wire

/// A sender of G.711 and a buffer, on virtual time.
struct Stream {
  var buffer: JitterBuffer
  var now: Int64 = 0
  var sequence: UInt16 = 10
  var timestamp: UInt32 = 1_000
  var ssrc: UInt32 = 7
  var random = SplitMix64(seed: 99)
  /// What was sent, decoded.
  private(set) var sent: [Int16] = []
  private(set) var heard: [Int16] = []
  private(set) var frames: [JitterFrame] = []

  init(_ configuration: JitterConfiguration = JitterConfiguration(payloadMeanings: .rfc3551(telephoneEvent: 101))) {
    buffer = JitterBuffer(configuration)
  }

  /// A packet of anything, in sequence, at this moment.
  @discardableResult
  mutating func send(
    _ payload: [UInt8], type: UInt8 = 0, ticks: Int? = nil, marker: Bool = false, isLost: Bool = false
  ) -> JitterOutcome? {
    defer {
      sequence &+= 1
      timestamp &+= UInt32(ticks ?? payload.count)
    }
    return isLost ? nil : put(payload, type: type, marker: marker)
  }

  /// A packet with the present numbers, which stay.
  @discardableResult
  mutating func put(_ payload: [UInt8], type: UInt8 = 0, marker: Bool = false) -> JitterOutcome {
    let fields = RTPPacketFields(
      marker: marker, payloadType: type, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc)
    return buffer.insert(fields, payload: payload.span, now: Instant(nanoseconds: now))
  }

  /// Loud noise: every octet matters.
  mutating func noise(_ count: Int, law: G711Law = .mu) -> [UInt8] {
    let octets = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    sent += octets.map { law.decode($0) }
    return octets
  }

  /// Pulls frames of 10 ms for so long; time passes.
  mutating func pull(milliseconds: Int, frame count: Int = 80) {
    for _ in 0..<(milliseconds * 8 / count) {
      var frame = [Int16](repeating: 1, count: count)
      var span = frame.mutableSpan
      frames.append(buffer.pull(into: &span, now: Instant(nanoseconds: now)))
      heard += frame
      now += Int64(count) * 125_000
    }
  }

  /// Sends and pulls packets of 20 ms in step.
  mutating func talk(milliseconds: Int, type: UInt8 = 0, law: G711Law = .mu) {
    for _ in 0..<(milliseconds / 20) {
      send(noise(160, law: law), type: type)
      pull(milliseconds: 20)
    }
  }

  /// Whether what was heard, from its first sound on, is what was sent, to the bit, for at least so many samples.
  func isExact(_ count: Int) -> Bool {
    guard let start = heard.firstIndex(where: { $0 != 0 }), let first = sent.firstIndex(where: { $0 != 0 }) else {
      return false
    }
    let length = min(heard.count - start, sent.count - first)
    return length >= count && heard[start..<(start + length)] == sent[first..<(first + length)]
  }

  /// Whether samples were sent in this order.
  func wasSent(_ samples: [Int16]) -> Bool {
    (0...max(0, sent.count - samples.count)).contains { sent[$0...].starts(with: samples) }
  }

  /// How often a kind was pulled.
  func count(_ kind: JitterFrame.Kind, from first: Int = 0) -> Int { frames[first...].count { $0.kind == kind } }
}
