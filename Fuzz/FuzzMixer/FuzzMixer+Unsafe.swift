import FuzzSupport
import Mixer

/// Legs that come, go, speak, fall silent and change their gain in any order: each hears exactly the others, which is
/// computed here in the plainest way.
private func check(_ bytes: Span<UInt8>) {
  var script = FuzzScript(bytes)
  let samples = script.pick([80, 160, 320, 1])
  var mixer = AudioMixer(frameSamples: samples, maxLegs: script.pick([4, 64]), silencePeak: script.pick([8, 0]))
  var legs: [Leg] = []
  var gone: [MixerLeg] = []
  while !script.isAtEnd {
    let place = legs.isEmpty ? 0 : script.below(legs.count)
    switch script.below(8) {
    case 0:
      if let added = try? mixer.addLeg() {
        require(!gone.contains(added), "a leg is there again")
        legs.append(Leg(id: added, frame: [Int](repeating: 0, count: samples)))
      } else {
        require(legs.count == 4 || legs.count == 64, "no room for \(legs.count)")
      }
    case 1 where !legs.isEmpty:
      require(mixer.removeLeg(legs[place].id), "it was not there")
      gone.append(legs.remove(at: place).id)
    case 2 where !legs.isEmpty:
      let gain = script.pick([0, 1, 4_096, 2_000, 32_768])
      legs[place].gain = gain
      mixer.setGain(Float(gain) / 4_096, of: legs[place].id)
    case 3 where !legs.isEmpty:
      legs[place].isMuted.toggle()
      mixer.setMuted(legs[place].isMuted, of: legs[place].id)
    case 4:
      mixer.advance()
      for each in legs.indices { legs[each].startTick(samples) }
    case 5:
      if let last = gone.last { require(!mixer.add([Int16](repeating: 9, count: samples).span, from: last), "gone") }
    default:
      if !legs.isEmpty { legs[place].speak(&script, samples, &mixer) }
    }
    compare(legs, samples, &mixer)
  }
}

private func compare(_ legs: [Leg], _ samples: Int, _ mixer: inout AudioMixer) {
  require(mixer.legCount == legs.count, "\(mixer.legCount) legs")
  if let speaker = mixer.activeSpeaker { require(legs.contains { $0.id == speaker }, "nobody is the speaker") }
  var sum = [Int](repeating: 0, count: samples)
  for leg in legs { for index in sum.indices { sum[index] += leg.frame[index] } }
  // Of many, every so many: all are the same to it.
  for place in stride(from: 0, to: legs.count, by: 1 + legs.count / 6) {
    let leg = legs[place]
    var heard = [Int16](repeating: 77, count: samples)
    var span = heard.mutableSpan
    _ = mixer.mixed(for: leg.id, into: &span)
    for index in sum.indices {
      let wanted = min(max(sum[index] - leg.frame[index], -32_768), 32_767)
      require(Int(heard[index]) == wanted, "\(heard[index]) is heard, not \(wanted)")
    }
  }
}

private struct Leg {
  var id: MixerLeg
  /// What it adds in this tick.
  var frame: [Int]
  var gain = 4_096
  var isMuted = false
  var hasSpoken = false

  mutating func startTick(_ samples: Int) {
    frame = [Int](repeating: 0, count: samples)
    hasSpoken = false
  }

  mutating func speak(_ script: inout FuzzScript, _ samples: Int, _ mixer: inout AudioMixer) {
    let (scale, step) = (script.pick([1, 100, 32_767, 0]), Int(script.byte()))
    let given = (0..<samples).map { Int16(((($0 &* 7_919 &+ step &* 31) % 65_535) - 32_767) * scale / 32_767) }
    let isHeard = mixer.add(given.span, from: id)
    let isLoud = given.contains { abs(Int($0)) > mixer.silencePeak }
    require(isHeard == (!hasSpoken && !isMuted && gain > 0 && isLoud), "it is heard when it should not be, or not")
    hasSpoken = true
    if isHeard { frame = given.map { min(max((Int($0) * gain + 2_048) >> 12, -32_768), 32_767) } }
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
