import Wire

/// Decides how much of what is new is let in, from how long the sockets have not been empty (RFC 6357 calls this local
/// overload control; the signal is a standing queue, as in RFC 8289).
///
/// ```
///             behind for longer than `target`
///   all in ───────────────────────────────────► thinning: the kernel lets in less and less of what is new;
///     ▲                                         │   behind for twice as long: what got in gets 503
///     │  the share has grown back to 1          ▼ empty once
///     └──────────────────────────────────────── recovering: the share grows, fast once a second has passed
/// ```
///
/// Even a 503 has its price: receiving the request, sending the answer, receiving the ACK, a quarter of a whole call. At
/// three times the load that would leave little for calls. So while the queue stands, the share that the kernel lets in
/// shrinks step by step, and grows again while it does not; callers whose requests are dropped send them again.
public struct OverloadControl: Sendable {
  /// A queue that has stood for so long does not go away by itself.
  public let target: Duration
  /// Twice that: multiplying durations takes long, and every message is looked at.
  private let patience: Duration
  /// How often the share changes.
  public static let step = Duration.milliseconds(100)
  /// The least share: somebody always gets an answer.
  public static let floor = 1.0 / 64

  /// Which share of new requests the kernel is to let in, ``floor`` to 1.
  public private(set) var admitted = 1.0
  /// Whether what is new and got in nevertheless is refused.
  public private(set) var isShedding = false
  private var changedAt = Instant(nanoseconds: 0)
  private var shrunkAt = Instant(nanoseconds: 0)

  /// Lets all in at first.
  public init(target: Duration) {
    self.target = target
    patience = target + target
  }

  /// When ``look(behindSince:now:)`` has to be called although nothing happens; nil while all are let in.
  public var nextDeadline: Instant? { admitted < 1 ? changedAt + Self.step : nil }

  /// Looks at the queue; whether the share has changed.
  ///
  /// - Parameter behindSince: since when the sockets have not been empty; nil: they are.
  public mutating func look(behindSince: Instant?, now: Instant) -> Bool {
    let age = behindSince.map { now - $0 } ?? .zero
    isShedding = age > patience
    guard age > target || admitted < 1, now - changedAt >= Self.step else { return false }
    changedAt = now
    let before = admitted
    if age > target {
      shrunkAt = now
      admitted = max(Self.floor, admitted * 0.8)
    } else {
      admitted = min(1, admitted * (now - shrunkAt > .seconds(1) ? 1.25 : 1.03))
    }
    return admitted != before
  }
}
