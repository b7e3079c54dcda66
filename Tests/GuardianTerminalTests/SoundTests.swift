import GuardianTerminal
import Testing
import Wire

@Suite struct SoundTests {
  static func tone(_ hertz: Int, _ count: Int, amplitude: Double = ToneGenerator.usualAmplitude) -> [Int16] {
    var tone = ToneGenerator(hertz: hertz, amplitude: amplitude)
    return (0..<count).map { _ in tone.next() }
  }

  @Test(arguments: [50, 425, 440, 697, 1_000, 1_004, 2_345, 3_400]) func aToneIsFound(hertz: Int) throws {
    var analyzer = SoundAnalyzer()
    analyzer.hear(Self.tone(hertz, 8_000))
    let tones = analyzer.tones
    #expect(tones.count == 1)
    let found = try #require(tones.first)
    #expect(abs(found.hertz - Double(hertz)) < 1.5)
    // Its amplitude is −10 dBov as a sine: 6.99 dB below full scale, and 3.01 for the sine.
    #expect(abs(found.level + 10) < 0.5)
    #expect(abs(analyzer.level + 10) < 0.1)
    #expect(abs(analyzer.peakLevel + 6.99) < 0.1)
    #expect(analyzer.sampleCount == 8_000)
  }

  @Test func severalTonesAreToldTheLoudestFirst() {
    let (a, b) = (Self.tone(440, 8_000, amplitude: 8_000), Self.tone(660, 8_000, amplitude: 4_000))
    var analyzer = SoundAnalyzer()
    analyzer.hear(zip(a, b).map { $0 + $1 })
    let tones = analyzer.tones
    #expect(tones.count == 2)
    #expect(tones.map { $0.hertz.rounded() / 10 }.map { $0.rounded() * 10 } == [440, 660])
    #expect(abs(tones[0].level - tones[1].level - 6.02) < 0.5)
  }

  @Test func silenceHasNoTone() {
    var analyzer = SoundAnalyzer()
    #expect(analyzer.level == -127 && analyzer.tones.isEmpty)
    analyzer.hear([Int16](repeating: 0, count: 4_096))
    #expect(analyzer.level == -127 && analyzer.peakLevel == -127 && analyzer.tones.isEmpty)
    var noise = SplitMix64(seed: 1)
    analyzer.hear((0..<8_192).map { _ in Int16(truncatingIfNeeded: noise.next() % 21) - 10 })
    #expect(analyzer.tones.isEmpty)
  }

  @Test func sourcesGoOn() {
    var frame = [Int16](repeating: 7, count: 4)
    var silence = AudioSource.silence
    silence.fill(&frame)
    #expect(frame == [0, 0, 0, 0])
    var samples = AudioSource.samples([1, 2, 3])
    samples.fill(&frame)
    #expect(frame == [1, 2, 3, 1])
    samples.fill(&frame)
    #expect(frame == [2, 3, 1, 2])
    var nothing = AudioSource.samples([])
    nothing.fill(&frame)
    #expect(frame == [0, 0, 0, 0])
    var tone = AudioSource.tone(hertz: 1_000)
    tone.fill(&frame)
    let first = frame
    tone.fill(&frame)
    #expect(first == Array(Self.tone(1_000, 8)[..<4]) && frame == Array(Self.tone(1_000, 8)[4...]))
  }
}
