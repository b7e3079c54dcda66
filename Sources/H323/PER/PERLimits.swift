/// How much of one encoding is believed, whatever it says of itself.
public enum PERLimits {
  /// The most elements of a SEQUENCE OF whose type sets no bound.
  public static let maxElements = 128
  /// The most elements of a SET OF whose type sets no bound, and of a SEQUENCE OF that says so itself.
  public static let maxSetElements = 512
  /// The most octets of a string, and the most characters, whose type sets no bound.
  public static let maxStringLength = 16_384
  /// The most octets of an open type: an extension addition, an alternative of a later version.
  public static let maxOpenTypeOctets = 65_535
  /// The most octets of an integer whose type sets no upper bound.
  public static let maxIntegerOctets = 8
  /// The most octets of an object identifier.
  public static let maxObjectIdentifierOctets = 128
  /// The most extension additions a SEQUENCE may announce, known or not.
  public static let maxAdditions = 256
  /// The largest index of an alternative, enumeration value or addition.
  public static let maxIndex = 65_535
  /// How deep open types and types that contain themselves may be nested.
  public static let maxDepth = 16
}
