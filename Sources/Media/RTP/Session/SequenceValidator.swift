/// The bounds of what counts as one stream (RFC 3550 appendix A.1).
public struct SequenceLimits: Sendable, Hashable {
  /// MAX_DROPOUT: a gap of so many packets or more is no loss, but another stream.
  public var maxDropout: UInt16
  /// MAX_MISORDER: a packet later than so many is no reordering.
  public var maxMisorder: UInt16
  /// MIN_SEQUENTIAL: packets in sequence before a source is believed; at least 1.
  public var minSequential: Int

  /// Bounds of these values.
  public init(maxDropout: UInt16 = 3000, maxMisorder: UInt16 = 100, minSequential: Int = 2) {
    self.maxDropout = maxDropout
    self.maxMisorder = maxMisorder
    self.minSequential = max(1, minSequential)
  }

  /// RFC 3550's.
  public static let rfc3550 = SequenceLimits()

  /// For packets that are authenticated before they come here: the first counts.
  public static let authenticated = SequenceLimits(minSequential: 1)
}

/// What a sequence number says of a packet.
public enum SequenceOutcome: Sendable, Hashable {
  /// The source is still on probation; the packet is not to be played.
  case probation
  /// In sequence, or behind a gap; the number with its cycles.
  case inOrder(UInt32)
  /// Late or a duplicate; the number with its cycles.
  case misordered(UInt32)
  /// The second in sequence after a jump: the source has started anew, and statistics with it.
  case restarted(UInt32)
  /// Far from where it should be: dropped, unless the next one follows it.
  case jump
}

/// Whether packets of a source belong together, by their sequence numbers (RFC 3550 appendix A.1).
///
/// ```
///                 minSequential in a row
///   +-----------+ -----------------------> +---------+  near: counted
///   | Probation |                          |  Valid  |  far: the number that would follow is remembered
///   +-----------+                          +---------+  that number: all begins anew
///     |       ^                               |   ^
///     +-------+ not in a row: again           +---+
/// ```
public struct SequenceValidator: Sendable, Hashable {
  private enum State: Sendable, Hashable {
    /// So many more in a row are wanted. To `valid`.
    case probation(remaining: Int)
    /// `restart` is the number behind a jump. Ends here.
    case valid(restart: UInt16?)
  }

  private var state: State
  private let limits: SequenceLimits
  /// The highest number seen, without cycles.
  private var highest: UInt16
  /// How often the numbers began anew, times 65,536, modulo 2³².
  private var cycles: UInt32 = 0
  /// The first number, with cycles 0.
  private var base: UInt32
  /// Packets that counted.
  public private(set) var received: UInt32 = 0

  /// A source whose first packet has this number; give that packet to ``update(_:)`` as well.
  public init(first sequenceNumber: UInt16, limits: SequenceLimits = .rfc3550) {
    self.limits = limits
    state = .probation(remaining: limits.minSequential)
    highest = sequenceNumber &- 1
    base = UInt32(sequenceNumber)
  }

  /// Whether the source is believed.
  public var isValid: Bool {
    if case .valid = state { true } else { false }
  }

  /// The highest number seen, with its cycles.
  public var extendedHighest: UInt32 { cycles &+ UInt32(highest) }

  /// Packets that should have come, modulo 2³² (appendix A.3); 0 on probation.
  public var expected: UInt32 { isValid ? extendedHighest &- base &+ 1 : 0 }

  /// Looks at a packet's number.
  public mutating func update(_ sequenceNumber: UInt16) -> SequenceOutcome {
    switch state {
    case .probation(let remaining):
      let follows = sequenceNumber == highest &+ 1
      highest = sequenceNumber
      let rest = follows ? remaining - 1 : limits.minSequential - 1
      guard rest <= 0 else {
        state = .probation(remaining: rest)
        return .probation
      }
      begin(at: sequenceNumber)
      return .inOrder(extendedHighest)
    case .valid(let restart):
      let distance = sequenceNumber &- highest
      if distance < limits.maxDropout {
        if distance == 0 { return counted(.misordered(extendedHighest)) }
        if sequenceNumber < highest { cycles &+= 0x1_0000 }
        highest = sequenceNumber
        return counted(.inOrder(extendedHighest))
      }
      if distance > 0 &- limits.maxMisorder {
        return counted(.misordered(extendedHighest &- UInt32(0 &- distance)))
      }
      if sequenceNumber == restart {
        begin(at: sequenceNumber)
        return .restarted(extendedHighest)
      }
      state = .valid(restart: sequenceNumber &+ 1)
      return .jump
    }
  }

  private mutating func counted(_ outcome: SequenceOutcome) -> SequenceOutcome {
    received &+= 1
    return outcome
  }

  private mutating func begin(at sequenceNumber: UInt16) {
    state = .valid(restart: nil)
    highest = sequenceNumber
    base = UInt32(sequenceNumber)
    cycles = 0
    received = 1
  }
}
