import Wire

/// Why something cannot be recorded any more.
public enum RecordingError: Error, Sendable, Hashable {
  /// The file has the most bytes that its format can say: the next samples belong into another one.
  case full
  /// A number of samples that is no multiple of the channels.
  case channels
  /// A packet longer than a datagram can be.
  case tooLong
}

/// The limits of recordings.
public enum RecordingLimits {
  /// How long a sample of a call waits to be written, for packets that are late.
  public static let delay = Duration.milliseconds(500)
  /// The most by which a side's own clock may differ from when its packets come, before it begins anew.
  public static let maxOffset = Duration.milliseconds(400)
  /// The most bytes of a WAV file's samples: sizes have 32 bits (four gigabytes, 149 hours of G.711), and the headers
  /// count too.
  public static let maxWAVDataBytes: UInt64 = UInt64(UInt32.max) - 64
  /// Seconds of sound after which the sizes in a WAV file's head are written anew.
  public static let secondsBetweenPatches = 1
  /// The most bytes of a UDP payload (RFC 768, RFC 791).
  public static let maxPayloadBytes = 65_507
}

extension [UInt8] {
  /// Appends a number, least significant byte first.
  mutating func append<Word: FixedWidthInteger>(littleEndian word: Word) {
    var rest = word
    for _ in 0..<(Word.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Appends a number in network order.
  mutating func append<Word: FixedWidthInteger>(bigEndian word: Word) {
    for shift in stride(from: Word.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: word >> Word(shift)))
    }
  }
}
