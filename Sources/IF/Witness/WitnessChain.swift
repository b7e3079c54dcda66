/// A record's place in the log.
public struct WitnessPosition: Sendable, Hashable {
  /// The record's number, from 0.
  public var sequence: UInt64
  /// Its hash: 64 lower-case hex digits in the record.
  public var hash: WitnessHash

  /// A place.
  public init(sequence: UInt64, hash: WitnessHash) {
    self.sequence = sequence
    self.hash = hash
  }
}

/// A SHA-256 value in four words, most significant byte first.
public struct WitnessHash: Sendable, Hashable {
  /// The words.
  public var words: (UInt64, UInt64, UInt64, UInt64)

  /// What stands before the first record.
  public static let zero = WitnessHash(words: (0, 0, 0, 0))

  /// A hash of these words.
  public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// The same words.
  public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

  /// The words.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}
