import Wire

/// Why a file is not one that can be played.
public enum WAVError: Error, Sendable, Hashable {
  /// It does not begin with `RIFF` and `WAVE`.
  case notWAV
  /// A chunk is cut short, or one that is needed is missing.
  case broken
  /// Its samples are not linear: the code of its format (RFC 2361).
  case encoding(UInt16)
  /// Not one channel.
  case channels(UInt16)
  /// Not 8,000 samples a second.
  case sampleRate(UInt32)
  /// Not 16 bits a sample.
  case sampleBits(UInt16)
  /// No sample in it.
  case empty
  /// More than ``WAVSamples/maxSamples``.
  case tooLong
}

extension WAVError: CustomStringConvertible {
  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .notWAV: "this is no WAV file (it does not begin with RIFF and WAVE)"
    case .broken: "the WAV file is cut short or its chunks make no sense"
    case .encoding(let code): "its samples are coded (format \(code)); linear ones of 16 bits are needed"
    case .channels(let channels): "it has \(channels) channels; one is needed"
    case .sampleRate(let rate): "it has \(rate) samples a second; 8000 are needed"
    case .sampleBits(let bits): "its samples have \(bits) bits; 16 are needed"
    case .empty: "there is no sound in it"
    case .tooLong: "it is longer than \(WAVSamples.maxSamples / 8_000) seconds"
    }
  }
}

/// The samples of a WAV file of one channel, 8,000 samples a second, linear in 16 bits; everything else is refused.
public struct WAVSamples: Sendable, Hashable {
  /// The most samples that are taken: ten minutes.
  public static let maxSamples = 10 * 60 * 8_000
  /// The most chunks that are looked at.
  public static let maxChunks = 64

  /// The samples.
  public let samples: [Int16]

  /// Reads a whole file.
  public init(parsing file: Span<UInt8>) throws(WAVError) {
    guard file.count >= 12, Self.isNamed("RIFF", file, 0), Self.isNamed("WAVE", file, 8) else { throw .notWAV }
    var (place, hasFormat, chunks) = (12, false, 0)
    // A chunk: its name, how long it is, and so many octets, and one more where that is odd.
    while place + 8 <= file.count, chunks < Self.maxChunks {
      chunks += 1
      let count = Int(Self.word32(file, place + 4))
      let body = place + 8
      if Self.isNamed("fmt ", file, place) {
        guard count >= 16, count <= file.count - body else { throw .broken }
        try Self.checkFormat(file, body, count)
        hasFormat = true
      } else if Self.isNamed("data", file, place) {
        guard hasFormat else { throw .broken }
        // Who was killed while writing has left a count that is too small or, as some do, none at all.
        let octets = min(count, file.count - body)
        guard octets >= 2 else { throw .empty }
        guard octets / 2 <= Self.maxSamples else { throw .tooLong }
        samples = (0..<(octets / 2)).map { Int16(bitPattern: Self.word16(file, body + 2 * $0)) }
        return
      }
      guard count <= file.count - body else { throw .broken }
      place = body + count + (count & 1)
    }
    throw .broken
  }

  private static func checkFormat(_ file: Span<UInt8>, _ body: Int, _ count: Int) throws(WAVError) {
    var encoding = word16(file, body)
    // WAVE_FORMAT_EXTENSIBLE names the real one at the beginning of its identifier.
    if encoding == 0xFFFE, count >= 26 { encoding = word16(file, body + 24) }
    guard encoding == WAVEncoding.pcm16.rawValue else { throw .encoding(encoding) }
    let (channels, rate, bits) = (word16(file, body + 2), word32(file, body + 4), word16(file, body + 14))
    guard channels == 1 else { throw .channels(channels) }
    guard rate == 8_000 else { throw .sampleRate(rate) }
    guard bits == 16 else { throw .sampleBits(bits) }
  }

  private static func isNamed(_ name: StaticString, _ file: Span<UInt8>, _ place: Int) -> Bool {
    let letters = Array(name.description.utf8)
    for index in 0..<4 where file[place + index] != letters[index] { return false }
    return true
  }

  private static func word16(_ file: Span<UInt8>, _ place: Int) -> UInt16 {
    UInt16(file[place]) | UInt16(file[place + 1]) << 8
  }

  private static func word32(_ file: Span<UInt8>, _ place: Int) -> UInt32 {
    UInt32(word16(file, place)) | UInt32(word16(file, place + 2)) << 16
  }
}
