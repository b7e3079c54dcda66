import Codecs
import Testing
import ToneSupport

struct ComfortNoiseTests {
  @Test func payload() throws {
    let bytes: [UInt8] = [0xC8, 127, 200] + [UInt8](repeating: 1, count: 20)
    let read = ComfortNoise(bytes.span)
    let noise = try #require(read)
    #expect(noise.level == 0x48)
    #expect(noise.coefficients.count == ComfortNoise.maxCoefficients)
    var written: [UInt8] = []
    ComfortNoise(level: 60, coefficients: [1, 2]).write(into: &written)
    #expect(written == [60, 1, 2])
    let none: [UInt8] = []
    let nothing = ComfortNoise(none.span)
    #expect(nothing == nil)
  }

  /// The level is that of the packet, white or coloured: within 1.5 dB.
  @Test(arguments: [
    ComfortNoise(level: 30), ComfortNoise(level: 50), ComfortNoise(level: 40, coefficients: [190, 100]),
    ComfortNoise(level: 40, coefficients: [60, 160, 127, 140]),
  ])
  func level(noise: ComfortNoise) {
    var generator = ComfortNoiseGenerator(seed: 4_711)
    generator.update(noise)
    var samples = [Int16](repeating: 0, count: 16_000)
    var span = samples.mutableSpan
    generator.generate(into: &span)
    let mean = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
    var wanted = 32_767.0
    for _ in 0..<noise.level { wanted *= 0.891_250_938 }
    #expect(mean.squareRoot() / wanted > 0.84 && mean.squareRoot() / wanted < 1.19, "\(mean.squareRoot()) of \(wanted)")
  }

  @Test func silenceBeforeTheFirstPacket() {
    var generator = ComfortNoiseGenerator(seed: 1)
    var samples = [Int16](repeating: 9, count: 160)
    var span = samples.mutableSpan
    generator.generate(into: &span)
    #expect(samples.allSatisfy { $0 == 0 })
  }
}

struct ConcealmentTests {
  /// A lost packet of a steady tone is filled with something of the same level that goes on smoothly.
  @Test(arguments: [100, 200, 440, 1_000])
  func aToneGoesOn(hertz: Int) {
    var samples = Tone(hertz: hertz, rate: 8_000, amplitude: 8_000).samples(1_600)
    var concealment = PacketLossConcealment()
    run(&concealment, &samples, losing: [6])
    let filled = Tone.level(samples[960..<1_120], hertz: hertz, rate: 8_000)
    #expect(filled.amplitude > 5_500, "amplitude \(filled.amplitude)")
    var largest = 0
    for index in 900..<1_300 { largest = max(largest, abs(Int(samples[index]) - Int(samples[index - 1]))) }
    let steepest = Int(8_000 * 2 * Double.pi * Double(hertz) / 8_000)
    #expect(largest <= steepest + 3_000, "a step of \(largest), the tone's own is \(steepest)")
  }

  @Test func aToneGoesOnAt16kHz() {
    var samples = Tone(hertz: 440, rate: 16_000, amplitude: 8_000).samples(3_200)
    var concealment = PacketLossConcealment(isWideband: true)
    run(&concealment, &samples, losing: [12])
    #expect(Tone.level(samples[1_920..<2_080], hertz: 440, rate: 16_000).amplitude > 5_500)
  }

  /// In two steps, with the samples played later, it is the same.
  @Test func blendedFirstAndRememberedLater() {
    var (one, other) = (PacketLossConcealment(), PacketLossConcealment())
    var samples = Tone(hertz: 300, rate: 8_000, amplitude: 8_000).samples(160)
    var lost = [Int16](repeating: 0, count: 160)
    for _ in 0..<4 {
      one.remember(samples.span)
      other.remember(samples.span)
    }
    var lostSpan = lost.mutableSpan
    let isSound = one.conceal(into: &lostSpan)
    other.conceal(into: &lostSpan)
    #expect(isSound)
    var copy = samples
    var span = samples.mutableSpan
    one.received(&span)
    var copySpan = copy.mutableSpan
    other.blend(&copySpan)
    #expect(!other.isConcealing)
    other.remember(copySpan.span)
    #expect(copy == samples)
  }

  /// Fades out, and is silent after 60 ms; then sound comes back whole.
  @Test func aLongGapEndsInSilence() {
    var samples = Tone(hertz: 440, rate: 8_000, amplitude: 8_000).samples(3_200)
    var concealment = PacketLossConcealment()
    run(&concealment, &samples, losing: [6, 7, 8, 9, 10, 11])
    #expect(samples[1_440..<1_920].allSatisfy { $0 == 0 })
    #expect(Tone.level(samples[2_240..<2_400], hertz: 440, rate: 8_000).amplitude > 7_900)
    #expect(!concealment.isConcealing)
  }

  @Test func nothingHeardIsSilence() {
    var concealment = PacketLossConcealment()
    var samples = [Int16](repeating: 5, count: 160)
    var span = samples.mutableSpan
    concealment.conceal(into: &span)
    #expect(samples.allSatisfy { $0 == 0 })
  }

  private func run(_ concealment: inout PacketLossConcealment, _ samples: inout [Int16], losing lost: Set<Int>) {
    for packet in 0..<(samples.count / 160) {
      var frame = Array(samples[packet * 160..<(packet + 1) * 160])
      var span = frame.mutableSpan
      if lost.contains(packet) {
        concealment.conceal(into: &span)
      } else {
        concealment.received(&span)
      }
      samples.replaceSubrange(packet * 160..<(packet + 1) * 160, with: frame)
    }
  }
}
