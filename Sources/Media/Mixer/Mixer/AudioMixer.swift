/// Mixes legs so that each hears all others and never itself.
///
/// In each tick every leg that says something gives one frame (``add(_:from:)``), each may then ask for what it hears
/// (``mixed(for:into:)``), and ``advance()`` begins the next. What a leg hears is exactly the sum of the others' frames,
/// each times its gain and cut to 16 bits, the sum cut to 16 bits: saturated, no limiter that would change it over time.
///
/// A leg that gives no frame, is muted, or whose frame has no sample above ``silencePeak`` costs next to nothing, and all
/// such hear the same, which is computed once. Legs come and go at any time. Nothing is allocated after `init`.
public struct AudioMixer: Sendable {
  private struct Place: Sendable {
    var generation: UInt32 = 0
    var isTaken = false
    var isMuted = false
    /// In 4,096ths.
    var gain = MixKernels.unity
    /// Whether its frame is in the sum of this tick.
    var isIn = false
    /// Whether its frame has come in this tick.
    var hasGiven = false
  }

  /// Samples of a frame.
  public let frameSamples: Int
  /// The magnitude up to which a frame counts as silence. 8 is what A-law makes of silence; 0 lets everything through.
  public let silencePeak: Int
  /// The legs there are.
  public private(set) var legCount = 0
  /// The legs whose frames are in this tick's sum.
  public private(set) var speakingCount = 0

  private var places: [Place]
  /// What each leg added, one frame after the other.
  private var added: [Int16]
  private var sum: [Int32]
  private var shared: [Int16]
  private var isSharedMade = false
  private var activity: ActiveSpeaker

  /// A mixer without legs.
  ///
  /// - Parameters:
  ///   - frameSamples: samples of a frame: 80 or 160 are 10 and 20 ms at 8 kHz; held within 1 to
  ///     ``MixerLimits/maxFrameSamples``.
  ///   - samplesPerSecond: 8,000 or 16,000; only the active speaker depends on it.
  ///   - maxLegs: the most legs; held within 1 to ``MixerLimits/maxLegs``.
  public init(
    frameSamples: Int = 160, samplesPerSecond: Int = 8_000, maxLegs: Int = MixerLimits.maxLegs, silencePeak: Int = 8
  ) {
    self.frameSamples = min(max(frameSamples, 1), MixerLimits.maxFrameSamples)
    self.silencePeak = silencePeak
    let legs = min(max(maxLegs, 1), MixerLimits.maxLegs)
    places = [Place](repeating: Place(), count: legs)
    added = [Int16](repeating: 0, count: legs * self.frameSamples)
    sum = [Int32](repeating: 0, count: self.frameSamples)
    shared = [Int16](repeating: 0, count: self.frameSamples)
    activity = ActiveSpeaker(places: legs, ticksPerSecond: max(samplesPerSecond / self.frameSamples, 1))
  }

  /// Adds a leg, heard as it is from its next frame on.
  public mutating func addLeg() throws(MixerError) -> MixerLeg {
    guard let place = places.firstIndex(where: { !$0.isTaken }) else { throw .tooManyLegs }
    let generation = places[place].generation &+ 1
    places[place] = Place(generation: generation, isTaken: true)
    legCount += 1
    return MixerLeg(place: place, generation: generation)
  }

  /// Removes a leg; what it said in this tick is not heard by those who ask from now on. False when there is none.
  @discardableResult
  public mutating func removeLeg(_ leg: MixerLeg) -> Bool {
    guard isThere(leg) else { return false }
    takeBack(leg.place)
    places[leg.place].isTaken = false
    activity.remove(leg.place)
    legCount -= 1
    return true
  }

  /// Whether there is such a leg.
  public func isThere(_ leg: MixerLeg) -> Bool {
    leg.place < places.count && places[leg.place].isTaken && places[leg.place].generation == leg.generation
  }

  /// Makes a leg louder or softer from its next frame on: 1 is as it is. Held within 0 to ``MixerLimits/maxGain``, in
  /// steps of 1/4,096.
  public mutating func setGain(_ gain: Float, of leg: MixerLeg) {
    guard isThere(leg), !gain.isNaN else { return }
    places[leg.place].gain = Int32((min(max(gain, 0), MixerLimits.maxGain) * 4_096).rounded())
  }

  /// Mutes a leg or lets it be heard again, from its next frame on. It hears the others all the same.
  public mutating func setMuted(_ isMuted: Bool, of leg: MixerLeg) {
    guard isThere(leg) else { return }
    places[leg.place].isMuted = isMuted
  }

  /// Whether a leg is muted.
  public func isMuted(_ leg: MixerLeg) -> Bool { isThere(leg) && places[leg.place].isMuted }

  /// The leg that speaks, or spoke last.
  public var activeSpeaker: MixerLeg? {
    activity.speaker.map { MixerLeg(place: $0, generation: places[$0].generation) }
  }

  /// How loud a leg has been in the last moments: the root of the mean square of its samples, gain included.
  public func level(of leg: MixerLeg) -> Float { isThere(leg) ? activity.level(leg.place).squareRoot() : 0 }

  /// Takes what a leg says in this tick: one frame; a second one in the same tick is left out, and so are samples beyond
  /// the frame.
  ///
  /// - Returns: whether others will hear it.
  @discardableResult
  public mutating func add(_ frame: Span<Int16>, from leg: MixerLeg) -> Bool {
    guard isThere(leg), !places[leg.place].hasGiven else { return false }
    places[leg.place].hasGiven = true
    let frame = frame.extracting(0..<min(frame.count, frameSamples))
    let (gain, start) = (places[leg.place].gain, leg.place * frameSamples)
    guard !places[leg.place].isMuted, gain > 0, MixKernels.peak(frame) > silencePeak else { return false }
    let squares = AudioMixer.add(frame, gain, to: &sum, keeping: &added, from: start)
    activity.note(leg.place, meanSquare: Float(squares) * 256 / Float(frameSamples))
    places[leg.place].isIn = true
    speakingCount += 1
    isSharedMade = false
    return true
  }

  /// What a leg hears: writes one frame, and zeros behind it.
  public mutating func mixed(for leg: MixerLeg, into output: inout MutableSpan<Int16>) -> MixerOutput {
    let speaks = isThere(leg) && places[leg.place].isIn
    for index in min(frameSamples, output.count)..<output.count { output[index] = 0 }
    guard isThere(leg), speakingCount > (speaks ? 1 : 0) else {
      for index in output.indices { output[index] = 0 }
      return .silence
    }
    if speaks {
      AudioMixer.saturate(sum, without: added, from: leg.place * frameSamples, into: &output)
      return .own
    }
    makeShared()
    for index in 0..<min(frameSamples, output.count) { output[index] = shared[index] }
    return .shared
  }

  /// What those hear who say nothing, the same that ``mixed(for:into:)`` writes for them.
  public mutating func withShared<Result>(_ body: (Span<Int16>) -> Result) -> Result {
    makeShared()
    return body(shared.span)
  }

  /// What ``mixed(for:into:)`` would write for a leg, without writing it.
  public func output(for leg: MixerLeg) -> MixerOutput {
    let speaks = isThere(leg) && places[leg.place].isIn
    guard isThere(leg), speakingCount > (speaks ? 1 : 0) else { return .silence }
    return speaks ? .own : .shared
  }

  /// Whether what a leg said in this tick is heard.
  public func isSpeaking(_ leg: MixerLeg) -> Bool { isThere(leg) && places[leg.place].isIn }

  /// Ends the tick.
  public mutating func advance() {
    for place in places.indices where places[place].isTaken {
      if !places[place].isIn { activity.note(place, meanSquare: 0) }
      places[place].isIn = false
      places[place].hasGiven = false
    }
    activity.advance()
    if speakingCount > 0 {
      for index in sum.indices { sum[index] = 0 }
      isSharedMade = false
    }
    speakingCount = 0
  }

  private mutating func makeShared() {
    guard !isSharedMade else { return }
    AudioMixer.saturate(sum, into: &shared)
    isSharedMade = true
  }

  private mutating func takeBack(_ place: Int) {
    guard places[place].isIn else { return }
    AudioMixer.subtract(added, from: place * frameSamples, of: &sum)
    places[place].isIn = false
    speakingCount -= 1
    isSharedMade = false
  }

  // Of parts of the mixer, not of the whole: a span of one part would keep all of it busy.

  private static func add(
    _ frame: Span<Int16>, _ gain: Int32, to sum: inout [Int32], keeping added: inout [Int16], from start: Int
  ) -> UInt64 {
    var target = sum.mutableSpan
    var all = added.mutableSpan
    var kept = all._mutatingExtracting(start..<(start + target.count))
    let squares = MixKernels.add(frame, gain: gain, to: &target, keeping: &kept)
    for index in frame.count..<kept.count { kept[index] = 0 }
    return squares
  }

  private static func saturate(_ sum: [Int32], into output: inout [Int16]) {
    var target = output.mutableSpan
    MixKernels.saturate(sum.span, into: &target)
  }

  private static func saturate(
    _ sum: [Int32], without added: [Int16], from start: Int, into output: inout MutableSpan<Int16>
  ) {
    MixKernels.saturate(sum.span, without: added.span.extracting(start..<(start + sum.count)), into: &output)
  }

  private static func subtract(_ added: [Int16], from start: Int, of sum: inout [Int32]) {
    var target = sum.mutableSpan
    MixKernels.subtract(added.span.extracting(start..<(start + target.count)), from: &target)
  }
}
