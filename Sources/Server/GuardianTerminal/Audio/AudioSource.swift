/// What a guardian says, at 8,000 samples a second.
public enum AudioSource: Sendable {
  /// Nothing; silence is sent.
  case silence
  /// A tone.
  case tone(ToneGenerator)
  /// Samples, again and again from their beginning.
  case samples([Int16], next: Int)

  /// A tone of so many turns a second.
  public static func tone(hertz: Int) -> AudioSource { .tone(ToneGenerator(hertz: hertz)) }

  /// Samples from their beginning; none are silence.
  public static func samples(_ samples: [Int16]) -> AudioSource {
    samples.isEmpty ? .silence : .samples(samples, next: 0)
  }

  /// Fills a frame with what comes next.
  public mutating func fill(_ frame: inout [Int16]) {
    switch self {
    case .silence:
      for place in frame.indices { frame[place] = 0 }
    case .tone(var tone):
      for place in frame.indices { frame[place] = tone.next() }
      self = .tone(tone)
    case .samples(let samples, var next):
      for place in frame.indices {
        frame[place] = samples[next]
        next = next + 1 < samples.count ? next + 1 : 0
      }
      self = .samples(samples, next: next)
    }
  }
}
