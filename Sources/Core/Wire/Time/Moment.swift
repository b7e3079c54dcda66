/// The present, as the driver tells it: the monotonic clock for timers, civil time for what people and peers see.
public struct Moment: Sendable, Hashable {
  /// For timers.
  public var now: Instant
  /// For nonces, tokens, timestamps and records.
  public var clock: UTCTimestamp

  /// A moment.
  public init(now: Instant, clock: UTCTimestamp) {
    self.now = now
    self.clock = clock
  }
}
