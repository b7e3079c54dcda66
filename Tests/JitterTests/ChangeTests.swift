import Codecs
import Jitter
import RTP
import Testing
import Wire

/// Another source, another time line, pauses and keys.
struct ChangeTests {
  @Test func anotherSourceTakesOverWithItsSecondPacket() {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.ssrc = 8
    stream.sequence = 5
    stream.timestamp = 0x7000_0000
    #expect(stream.send(stream.noise(160)) == .suspect)
    stream.pull(milliseconds: 20)
    #expect(stream.send(stream.noise(160)) == .restarted)
    stream.pull(milliseconds: 20)
    let first = stream.frames.count
    stream.talk(milliseconds: 400)
    #expect(stream.buffer.statistics.restarts == 1)
    #expect(stream.count(.speech, from: first) >= 36)
  }

  /// Packets of a hundred sources that stray in change nothing.
  @Test func strangersDoNotDisturb() {
    var stream = Stream()
    stream.talk(milliseconds: 200)
    let (sequence, timestamp) = (stream.sequence, stream.timestamp)
    for number in 0..<100 {
      stream.ssrc = UInt32(1_000 + number)
      stream.sequence = UInt16(number * 7)
      #expect(stream.put([UInt8](repeating: 3, count: 160)) == .suspect)
    }
    (stream.ssrc, stream.sequence, stream.timestamp) = (7, sequence, timestamp)
    stream.talk(milliseconds: 200)
    #expect(stream.isExact(2_400))
    #expect(stream.buffer.statistics.suspects == 100)
  }

  @Test(arguments: [UInt32(160_000), 0x8000_0000, 0xFFFF_0000])
  func timestampsJump(by step: UInt32) {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.timestamp &+= step
    stream.talk(milliseconds: 40)
    let first = stream.frames.count
    stream.talk(milliseconds: 400)
    #expect(stream.buffer.statistics.restarts == 1)
    #expect(stream.count(.speech, from: first) >= 36)
    #expect(stream.frames.suffix(10).allSatisfy { $0.delay <= .milliseconds(60) })
  }

  /// A sender that pauses without its timestamps, or a way that is longer for good: heard again with the second packet.
  @Test(arguments: [300, 1_000, 1_900])
  func timestampsStandStill(milliseconds: Int) {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.pull(milliseconds: milliseconds)
    stream.talk(milliseconds: 80)
    let first = stream.frames.count
    stream.talk(milliseconds: 400)
    #expect(stream.buffer.statistics.restarts == 1)
    #expect(stream.count(.speech, from: first) >= 38)
  }

  /// What FuzzJitterBuffer found: timestamps that go back while the sequence goes on, played long after their time.
  @Test func timestampsFarBack() {
    var stream = Stream()
    for _ in 0..<20 {
      stream.talk(milliseconds: 60)
      stream.timestamp &-= 8_000
      stream.send(stream.noise(160))
      stream.timestamp &+= 8_000
      stream.pull(milliseconds: 20)
    }
    #expect(stream.frames.allSatisfy { $0.delay <= .milliseconds(250) })
    #expect(stream.count(.speech, from: 20) > 100)
  }

  /// Two seconds off may be a network's doing; a tick more is another time line.
  @Test(arguments: [0, 1])
  func timestampsAtTheLimit(beyond: UInt32) {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.timestamp &+= 16_000 + beyond
    #expect(stream.send(stream.noise(160)) == (beyond == 0 ? .queued : .suspect))
  }

  /// At the limit it is a gap, one beyond it another stream.
  @Test(arguments: [0, 1, 30_000])
  func sequenceNumbersJump(beyond: Int) {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.sequence &+= UInt16(3_000 - stream.buffer.waitingPackets + beyond)
    #expect(stream.send(stream.noise(160)) == (beyond == 0 ? .queued : .suspect))
    stream.pull(milliseconds: 20)
    stream.talk(milliseconds: 800)
    #expect(stream.count(.speech, from: stream.frames.count - 20) >= 18)
    #expect(stream.buffer.statistics.restarts == (beyond == 0 ? 0 : 1))
  }

  /// RFC 3389: noise from the packet that says so until speech goes on, and none of it is concealment.
  @Test func comfortNoise() {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.send([40], type: 13, ticks: 1_600)
    stream.pull(milliseconds: 200)
    #expect(stream.count(.comfortNoise, from: stream.frames.count - 10) == 10)
    #expect(stream.heard.suffix(80).contains { $0 != 0 })
    stream.send([60], type: 13, ticks: 1_600)
    stream.pull(milliseconds: 200)
    stream.send(stream.noise(160), marker: true)
    stream.pull(milliseconds: 20)
    stream.talk(milliseconds: 200)
    #expect(stream.buffer.statistics.concealedSamples == 0)
    #expect(stream.buffer.statistics.lost == 0)
    #expect(stream.buffer.statistics.pauseSamples > 2_800)
    #expect(stream.frames.last?.kind == .speech)
  }

  /// A pause that nothing announces is found by what follows it: the sequence goes on, or the marker says so.
  @Test(arguments: [false, true])
  func silenceSuppression(withLoss: Bool) {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.timestamp &+= 8 * 300
    stream.pull(milliseconds: 300)
    if withLoss { stream.sequence &+= 1 }
    stream.send(stream.noise(160), marker: true)
    stream.pull(milliseconds: 20)
    stream.talk(milliseconds: 200)
    #expect(stream.buffer.statistics.concealedSamples == 0)
    #expect(stream.frames.last?.kind == .speech)
    #expect((stream.frames.last?.delay ?? .zero) <= .milliseconds(55))
  }

  /// Keys in place of speech: no loss, no concealment, and speech goes on behind them.
  @Test func telephoneEvents() {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    for number in 0..<8 {
      let event = TelephoneEvent(code: 5, isEnd: number > 4, duration: UInt16(160 * min(number + 1, 5)))
      var payload = [UInt8](repeating: 0, count: 4)
      var span = payload.mutableSpan
      event.write(into: &span)
      #expect(stream.put(payload, type: 101, marker: number == 0) == .telephoneEvent)
      stream.sequence &+= 1
      stream.pull(milliseconds: 20)
    }
    stream.timestamp &+= 160 * 8
    stream.talk(milliseconds: 200)
    #expect(stream.buffer.statistics.lost == 0)
    #expect(stream.buffer.statistics.concealedSamples == 0)
    #expect(stream.frames.last?.kind == .speech)
  }

  /// Keys beside speech do not touch it.
  @Test func telephoneEventsBesideSpeech() {
    var stream = Stream()
    for number in 0..<40 {
      stream.send(stream.noise(160))
      if number % 4 == 3 {
        stream.put([5, 10, 0, 160], type: 101)
        stream.sequence &+= 1
      }
      stream.pull(milliseconds: 20)
    }
    #expect(stream.isExact(5_000))
    #expect(stream.buffer.statistics.concealedSamples == 0)
  }

  @Test func theEndOfAStreamIsNoConcealment() {
    var stream = Stream()
    stream.talk(milliseconds: 400)
    stream.pull(milliseconds: 5_000)
    #expect(stream.buffer.statistics.concealedSamples <= 8 * 520)
    #expect(stream.frames.suffix(100).allSatisfy { $0.kind == .silence })
    #expect(stream.heard.suffix(8_000).allSatisfy { $0 == 0 })
  }
}
