public import Guard

extension Settings {
  /// `guard`: what IF.guard is told beside calls.
  public struct GuardSettings: Sendable, Hashable {
    /// `alerts`: `raise_posture_to`, `severities`, `forget_after_seconds` (0: nil).
    public var alerts = AlertPolicy()

    /// The defaults.
    public init() {}
  }
}
