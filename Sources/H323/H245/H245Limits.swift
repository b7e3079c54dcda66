/// How much of a message, and of a session, is believed.
public enum H245Limits {
  /// The most elements of a list whose type sets no bound, or a large one: capability tables may have 256 entries.
  public static let maxListElements = 512
  /// How deep generic parameters may hold generic parameters: H.239 and H.241 need one level.
  public static let maxParameterDepth = 4
  /// The most generic parameters of one list.
  public static let maxParameters = 128
  /// The most octets of a message: what TPKT can carry.
  public static let maxMessageOctets = 65_531
  /// The most entries that all of a peer's sets together may have left in its table.
  public static let maxCapabilities = 512
  /// The most channels open or opening in one direction.
  public static let maxChannels = 32
  /// The most octets of a message that is sent back as unreadable.
  public static let maxReturnedOctets = 1024
  /// The most proposals of a fast connect that are looked at.
  public static let maxFastStartProposals = 64
}
