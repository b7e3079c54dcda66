/// How much of everything one message may hold. What lies beyond is refused by name, never cut.
///
/// The defaults take every message of RFC 4475 and whatever phones and proxies send in practice, with room to spare.
public struct SIPLimits: Sendable, Hashable {
  /// Start line, headers and body together: 513 beyond. 65,535, what a datagram can carry.
  public var maxMessageBytes: Int = 65_535
  /// The request line or status line: 414 beyond. 8,192.
  public var maxStartLineBytes: Int = 8_192
  /// One header with its folds: 400 beyond. 16,384, so that certificates and tokens fit.
  public var maxHeaderLineBytes: Int = 16_384
  /// Header fields, each line once: 400 beyond. 256.
  public var maxHeaders: Int = 256
  /// Values of Via, Contact, Route or Record-Route that are looked at, over all lines of one name: 400 beyond. 128.
  public var maxValues: Int = 128
  /// Parameters behind one value: 400 beyond. 64.
  public var maxParameters: Int = 64
  /// Comments within comments: 400 beyond. 16.
  public var maxCommentDepth: Int = 16

  /// The default limits.
  public static let `default` = SIPLimits()

  /// The default limits, to be changed one by one.
  public init() {}
}
