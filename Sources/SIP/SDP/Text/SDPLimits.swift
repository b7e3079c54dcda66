/// How much of everything one description may hold. What lies beyond is refused by name, never cut.
///
/// The defaults take what browsers offer for a room of a hundred streams.
public struct SDPLimits: Sendable, Hashable {
  /// The whole description. 65,536; never more than 2³⁰ whatever is asked for.
  public var maxBytes: Int = 65_536
  /// One line without its line end. 8,192; never more than 65,535.
  public var maxLineBytes: Int = 8_192
  /// Media descriptions (`m=`). 128.
  public var maxMedia: Int = 128
  /// Lines other than attributes, in all. 1,024.
  public var maxLines: Int = 1_024
  /// Attributes (`a=`) of the session, and of each media description. 1,024.
  public var maxAttributes: Int = 1_024
  /// Formats of one media description. 128, as many as there are payload types.
  public var maxFormats: Int = 128
  /// ICE candidates (`a=candidate`) of one media description. 128.
  public var maxCandidates: Int = 128

  /// The default limits.
  public static let `default` = SDPLimits()

  /// The default limits, to be changed one by one.
  public init() {}
}
