import PER

/// Who decides when both sides want what excludes each other (H.245 Annex B).
public struct MasterSlaveDetermination: Sendable, Hashable {
  /// 50 for a terminal without an MC, 60 for a gateway without one, 190 and more for MCUs (H.323 table 1).
  public var terminalType: UInt8
  /// 24 random bits; they decide between equals.
  public var statusDeterminationNumber: UInt32
  /// Additions of later versions.
  public var extensions: PERAdditions
}

extension MasterSlaveDetermination {
  /// Only the low 24 bits of the number are taken.
  public init(terminalType: UInt8, statusDeterminationNumber: UInt32) {
    self.terminalType = terminalType
    self.statusDeterminationNumber = statusDeterminationNumber & 0xFF_FFFF
    extensions = PERAdditions()
  }
}

/// What somebody is: H.245 Annex B.
public enum MasterSlaveStatus: Int, Sendable, Hashable, CaseIterable {
  case master, slave

  /// What the other one is.
  public var opposite: MasterSlaveStatus { self == .master ? .slave : .master }
}

/// It is decided.
public struct MasterSlaveDeterminationAck: Sendable, Hashable {
  /// What the receiver of this message is.
  public var decision: MasterSlaveStatus
  /// Additions of later versions.
  public var extensions: PERAdditions
}

extension MasterSlaveDeterminationAck {
  /// The receiver is this.
  public init(decision: MasterSlaveStatus) {
    self.decision = decision
    extensions = PERAdditions()
  }
}

/// It could not be decided.
public struct MasterSlaveDeterminationReject: Sendable, Hashable {
  /// Why.
  public enum Cause: Int, NullAlternatives {
    case identicalNumbers
    /// Alternatives of the root.
    public static let rootCount = 1
  }

  /// Why.
  public var cause: Extensible<Cause>
  /// Additions of later versions.
  public var extensions: PERAdditions
}

extension MasterSlaveDeterminationReject {
  /// A rejection for this cause.
  public init(cause: Cause = .identicalNumbers) {
    self.cause = .known(cause)
    extensions = PERAdditions()
  }
}

/// No answer came in time.
public struct MasterSlaveDeterminationRelease: Sendable, Hashable {
  /// Additions of later versions.
  public var extensions = PERAdditions()

  /// The message without additions.
  public init() {}
}
