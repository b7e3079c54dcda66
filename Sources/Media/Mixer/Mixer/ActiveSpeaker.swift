/// Who speaks: the loudest over the last moments, without jumping at every cough.
///
/// Each leg has a level that rises and falls within some 150 ms. Another leg takes over when it has been twice as strong
/// (6 dB in power: four times) for 300 ms on end, or for 60 ms when the one before is silent. Who spoke last stays the
/// speaker while nobody speaks.
struct ActiveSpeaker: Sendable {
  private var levels: [Float]
  private(set) var speaker: Int?
  private var challenger: Int?
  private var ticks = 0
  /// Ticks of a take-over, from one who speaks and from one who is silent.
  private let (hold, brief): (Int, Int)
  /// What part of the new level counts.
  private let share: Float
  /// Mean squares below which nobody speaks: an amplitude of 100, −50 dB.
  private static let silence: Float = 10_000

  init(places: Int, ticksPerSecond: Int) {
    levels = [Float](repeating: 0, count: places)
    hold = max(ticksPerSecond * 3 / 10, 1)
    brief = max(ticksPerSecond * 6 / 100, 1)
    share = min(1, 8 / Float(ticksPerSecond))
  }

  /// The level of a leg, a mean square.
  func level(_ place: Int) -> Float { levels[place] }

  mutating func remove(_ place: Int) {
    levels[place] = 0
    if speaker == place { speaker = nil }
    if challenger == place { challenger = nil }
  }

  mutating func note(_ place: Int, meanSquare: Float) { levels[place] += (meanSquare - levels[place]) * share }

  /// At the end of each tick.
  mutating func advance() {
    var loudest = 0
    for place in levels.indices where levels[place] > levels[loudest] { loudest = place }
    let before = speaker.map { levels[$0] } ?? 0
    let isSilent = before < ActiveSpeaker.silence
    guard loudest != speaker, levels[loudest] >= ActiveSpeaker.silence, isSilent || levels[loudest] > 4 * before else {
      challenger = nil
      return
    }
    ticks = challenger == loudest ? ticks + 1 : 1
    challenger = loudest
    guard ticks >= (isSilent ? brief : hold) else { return }
    speaker = loudest
    challenger = nil
  }
}
