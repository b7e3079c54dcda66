import Codecs
import Glibc
import Wire

/// Something like speech: harmonics of a pitch that wanders between 100 and 160 Hz, for 1.6 s, and 0.6 s of faint noise.
public struct Voice {
  private var random: SplitMix64
  private var phase = 0.0
  private var place = 0

  /// A voice; each seed begins elsewhere.
  public init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    place = Int(random.next() % 17_600)
  }

  /// The next samples at 8 kHz.
  public mutating func next(_ count: Int) -> [Int16] {
    (0..<count).map { _ in
      defer { place += 1 }
      let pitch = 130 + 30 * sin(Double(place) / 4_000)
      phase += 2 * Double.pi * pitch / 8_000
      let noise = Double(Int64(bitPattern: random.next()) >> 40) / 8_388_608
      guard place % 17_600 < 12_800 else { return Int16(20 * noise) }
      let shape = sin(phase) + 0.6 * sin(2 * phase) + 0.3 * sin(3 * phase) + 0.2 * sin(5 * phase)
      return Int16(4_000 * shape + 100 * noise)
    }
  }

  /// The next octets of G.711.
  public mutating func next(_ count: Int, _ law: G711Law) -> [UInt8] { next(count).map { law.encode($0) } }
}
