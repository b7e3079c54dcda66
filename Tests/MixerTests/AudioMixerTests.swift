import Mixer
import Testing
import Wire

struct AudioMixerTests {
  private func frame(_ random: inout SplitMix64, amplitude: Int = 32_767, count: Int = 160) -> [Int16] {
    (0..<count).map { _ in Int16(Int.random(in: -amplitude...amplitude, using: &random)) }
  }

  private func heard(_ mixer: inout AudioMixer, _ leg: MixerLeg, count: Int = 160) -> ([Int16], MixerOutput) {
    var samples = [Int16](repeating: 77, count: count)
    var span = samples.mutableSpan
    let output = mixer.mixed(for: leg, into: &span)
    return (samples, output)
  }

  private func cut(_ value: Int) -> Int16 { Int16(min(max(value, -32_768), 32_767)) }

  /// Each of 25 hears exactly the 24 others, at any gain, some of them muted, some silent.
  @Test(arguments: [80, 160, 320], [500, 32_767])
  func everyoneHearsExactlyTheOthers(samples: Int, amplitude: Int) throws {
    var random = SplitMix64(seed: 25)
    var mixer = AudioMixer(frameSamples: samples, silencePeak: 0)
    var legs: [MixerLeg] = []
    for _ in 0..<25 { legs.append(try mixer.addLeg()) }
    var gains = [Int](repeating: 4_096, count: 25)
    for (place, gain) in [(3, 2_048), (7, 32_768), (9, 0), (11, 4_097)] {
      gains[place] = gain
      mixer.setGain(Float(gain) / 4_096, of: legs[place])
    }
    for tick in 0..<20 {
      mixer.setMuted(tick % 3 == 0, of: legs[5])
      var contributions = [[Int16]](repeating: [Int16](repeating: 0, count: samples), count: 25)
      for place in 0..<25 where (place + tick) % 4 != 0 {
        let given = frame(&random, amplitude: amplitude, count: samples)
        mixer.add(given.span, from: legs[place])
        if place == 5, tick % 3 == 0 { continue }
        contributions[place] = given.map { cut((Int($0) * gains[place] + 2_048) >> 12) }
      }
      for place in 0..<25 {
        var wanted = [Int](repeating: 0, count: samples)
        for other in 0..<25 where other != place {
          for index in 0..<samples { wanted[index] += Int(contributions[other][index]) }
        }
        let (got, _) = heard(&mixer, legs[place], count: samples)
        #expect(got == wanted.map(cut), "leg \(place) in tick \(tick)")
      }
      mixer.advance()
    }
  }

  @Test func whoIsSilentHearsWhatAllSilentHear() throws {
    var mixer = AudioMixer()
    let (first, second, third) = (try mixer.addLeg(), try mixer.addLeg(), try mixer.addLeg())
    #expect(heard(&mixer, first) == ([Int16](repeating: 0, count: 160), .silence))
    let loud = [Int16](repeating: 1_000, count: 160)
    let answer1 = mixer.add(loud.span, from: first)
    #expect(answer1)
    #expect(heard(&mixer, first) == ([Int16](repeating: 0, count: 160), .silence))
    #expect(heard(&mixer, second) == (loud, .shared))
    #expect(heard(&mixer, third) == (loud, .shared))
    let answer2 = mixer.add(loud.span, from: second)
    #expect(answer2)
    #expect(heard(&mixer, first) == (loud, .own))
    #expect(heard(&mixer, third).0.allSatisfy { $0 == 2_000 })
  }

  /// What A-law makes of silence is silence; one step more is not.
  @Test func silencePeak() throws {
    var mixer = AudioMixer()
    let (first, second) = (try mixer.addLeg(), try mixer.addLeg())
    let (faint, louder) = ([Int16](repeating: -8, count: 160), [Int16](repeating: -9, count: 160))
    let answer3 = mixer.add(faint.span, from: first)
    #expect(!answer3)
    #expect(mixer.output(for: second) == .silence)
    mixer.advance()
    let answer4 = mixer.add(louder.span, from: first)
    #expect(answer4)
    #expect(mixer.output(for: second) == .shared)
  }

  @Test func oneFrameForEachTick() throws {
    var mixer = AudioMixer()
    let (first, second) = (try mixer.addLeg(), try mixer.addLeg())
    let (one, other) = ([Int16](repeating: 100, count: 200), [Int16](repeating: 900, count: 40))
    let answer5 = mixer.add(one.span, from: first)
    #expect(answer5)
    let answer6 = mixer.add(other.span, from: first)
    #expect(!answer6)
    #expect(heard(&mixer, second, count: 200).0 == Array(one.prefix(160)) + [Int16](repeating: 0, count: 40))
    mixer.advance()
    let answer7 = mixer.add(other.span, from: first)
    #expect(answer7)
    #expect(heard(&mixer, second).0 == other + [Int16](repeating: 0, count: 120))
  }

  /// Whoever leaves in the middle of a tick is not heard in it, and whoever takes the place is somebody else.
  @Test func legsComeAndGo() throws {
    var random = SplitMix64(seed: 1)
    var mixer = AudioMixer()
    let (first, second, third) = (try mixer.addLeg(), try mixer.addLeg(), try mixer.addLeg())
    let (one, two) = (frame(&random), frame(&random))
    mixer.add(one.span, from: first)
    mixer.add(two.span, from: second)
    let answer8 = mixer.removeLeg(first)
    #expect(answer8)
    let answer9 = mixer.removeLeg(first)
    #expect(!answer9)
    #expect(heard(&mixer, third).0 == two)
    #expect(heard(&mixer, second).1 == .silence)
    let fourth = try mixer.addLeg()
    #expect(fourth.place == first.place && fourth != first)
    let answer10 = mixer.add(one.span, from: first)
    #expect(!answer10)
    mixer.setMuted(true, of: first)
    #expect(!mixer.isMuted(fourth))
    #expect(heard(&mixer, fourth).0 == two)
    #expect(heard(&mixer, first).1 == .silence)
    #expect(mixer.legCount == 3)
  }

  @Test func limits() throws {
    var mixer = AudioMixer()
    var legs: [MixerLeg] = []
    for _ in 0..<MixerLimits.maxLegs { legs.append(try mixer.addLeg()) }
    #expect(throws: MixerError.tooManyLegs) { try mixer.addLeg() }
    // Full scale from all of them is still cut, not wrapped.
    let loud = [Int16](repeating: .min, count: 160)
    for leg in legs {
      mixer.setGain(100, of: leg)
      mixer.add(loud.span, from: leg)
    }
    #expect(heard(&mixer, legs[0]).0.allSatisfy { $0 == .min })
    #expect(AudioMixer(frameSamples: 100_000).frameSamples == MixerLimits.maxFrameSamples)
    mixer.setGain(.nan, of: legs[1])
    mixer.setGain(-1, of: legs[1])
  }

  /// Nobody becomes the speaker by a cough, nor by speaking into another's sentence as loud as it.
  @Test func activeSpeaker() throws {
    var mixer = AudioMixer()
    let (first, second) = (try mixer.addLeg(), try mixer.addLeg())
    var random = SplitMix64(seed: 3)
    func speak(_ ticks: Int, _ one: Int, _ two: Int) {
      for _ in 0..<ticks {
        let frames = (frame(&random, amplitude: one), frame(&random, amplitude: two))
        mixer.add(frames.0.span, from: first)
        mixer.add(frames.1.span, from: second)
        mixer.advance()
      }
    }
    #expect(mixer.activeSpeaker == nil)
    speak(20, 3_000, 0)
    #expect(mixer.activeSpeaker == first)
    // A cough of 100 ms, and 2 s of the same loudness.
    speak(5, 3_000, 12_000)
    #expect(mixer.activeSpeaker == first)
    speak(100, 3_000, 3_000)
    #expect(mixer.activeSpeaker == first)
    // Silence changes nothing, and then somebody else begins.
    speak(100, 0, 0)
    #expect(mixer.activeSpeaker == first)
    speak(15, 0, 3_000)
    #expect(mixer.activeSpeaker == second)
    #expect(mixer.level(of: second) > 1_000)
    // Loud enough for long enough.
    speak(40, 12_000, 3_000)
    #expect(mixer.activeSpeaker == first)
    mixer.removeLeg(first)
    #expect(mixer.activeSpeaker == nil)
  }
}
