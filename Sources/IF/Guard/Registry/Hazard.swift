/// What makes a decision need a human outside the organisation: one of the six hazards of `X-IF-Hazard`.
public enum Hazard: String, Sendable, Hashable, CaseIterable {
  /// Harm to people or things.
  case safety
  /// Agents pursuing something other than what was asked.
  case alignment
  /// A decision that may be wrong although it is lawful.
  case ethics
  /// Unequal treatment.
  case bias
  /// An attack, or a way in for one.
  case security
  /// Personal data going where it must not.
  case privacy

  /// The hazard of that exact lower-case name, or nil: names are compared byte by byte, `Safety` is none of them.
  public init?(token: String) {
    self.init(rawValue: token)
  }

  /// All names in one line, for messages that have to say what would have been right.
  public static var allowedNames: String {
    allCases.map(\.rawValue).joined(separator: ", ")
  }
}

/// A set of hazards in one byte: what an expert speaks for, or what the whole registry covers.
public struct HazardSet: OptionSet, Sendable, Hashable {
  /// One bit per case of `Hazard`, in the order of their declaration.
  public let rawValue: UInt8

  /// The set whose bits are given.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The set of the hazards given.
  public init(_ hazards: some Sequence<Hazard>) {
    rawValue = hazards.reduce(0) { $0 | Self.bit(of: $1) }
  }

  /// Whether the hazard is in the set.
  public func covers(_ hazard: Hazard) -> Bool {
    rawValue & Self.bit(of: hazard) != 0
  }

  /// The members, in the order of their declaration.
  public var hazards: [Hazard] {
    Hazard.allCases.filter(covers)
  }

  private static func bit(of hazard: Hazard) -> UInt8 {
    switch hazard {
    case .safety: 1 << 0
    case .alignment: 1 << 1
    case .ethics: 1 << 2
    case .bias: 1 << 3
    case .security: 1 << 4
    case .privacy: 1 << 5
    }
  }
}
