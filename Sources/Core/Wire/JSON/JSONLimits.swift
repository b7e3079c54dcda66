/// What a JSON text may cost before it is refused.
public struct JSONLimits: Sendable, Hashable {
  /// The most bytes of a text.
  public var maxBytes: Int

  /// The deepest nesting of arrays and objects: `[]` is 1. Values above `JSONLimits.deepest` count as that.
  public var maxDepth: Int

  /// The most values in a text, containers and members counted one by one.
  public var maxValues: Int

  /// The most UTF-8 bytes of one string or member name after unescaping.
  public var maxStringBytes: Int

  /// The most characters of one number.
  public var maxNumberBytes: Int

  /// Limits for messages and records: 1 MiB, 64 deep, 65,536 values, strings of 256 KiB, numbers of 1,024 characters.
  public static let `default` = JSONLimits()

  /// No text is parsed deeper than this, whatever `maxDepth` says: the parser recurses on a thread's stack.
  public static let deepest = 512

  /// Limits; every one has the default's value unless given.
  public init(
    maxBytes: Int = 1 << 20, maxDepth: Int = 64, maxValues: Int = 65_536, maxStringBytes: Int = 256 << 10,
    maxNumberBytes: Int = 1024
  ) {
    self.maxBytes = maxBytes
    self.maxDepth = maxDepth
    self.maxValues = maxValues
    self.maxStringBytes = maxStringBytes
    self.maxNumberBytes = maxNumberBytes
  }
}
