/// What one WebSocket connection may cost.
public struct WebSocketLimits: Sendable, Hashable {
  /// Bytes of the upgrade request or response up to the empty line, which is among them.
  public var handshakeBytes = 8_192
  /// Header lines of the upgrade.
  public var handshakeHeaders = 64
  /// Offers of permessage-deflate that are looked at.
  public var extensionOffers = 8
  /// Bytes of one message, all its fragments together, after inflating (and of each frame before).
  public var messageBytes = 65_535
  /// Frames of one message.
  public var fragments = 1_024
  /// How many times longer a message may become by inflating, once it is longer than ``inflationAllowance``.
  public var inflationRatio = 100
  /// Bytes that inflating may always make.
  public var inflationAllowance = 4_096
  /// Pings that are answered in ``controlWindow``; those beyond are not (RFC 6455 §5.5.3 allows leaving some out).
  public var answeredPings = 10
  /// Control frames in ``controlWindow``; one more ends the connection.
  public var controlFrames = 100
  /// The time over which control frames are counted.
  public var controlWindow = Duration.seconds(10)
  /// From a message's first frame to its last.
  public var messageCompletion = Duration.seconds(30)
  /// Without a byte received, after which a ping is sent; as long again without one, and the peer counts as gone.
  /// `nil` for no pings.
  public var pingInterval: Duration? = .seconds(30)
  /// From our Close to the peer's.
  public var closing = Duration.seconds(2)

  /// The defaults.
  public init() {}

  /// The most bytes that may stand behind so many compressed ones.
  func inflatedBytes(from compressed: Int) -> Int {
    let (product, overflow) = compressed.multipliedReportingOverflow(by: inflationRatio)
    return min(messageBytes, max(inflationAllowance, overflow ? messageBytes : product))
  }
}
