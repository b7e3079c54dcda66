/// What was wrong with a Q.931 message.
public enum Q931Error: Error, Sendable, Hashable {
  /// The message ends before its header does.
  case truncated
  /// The protocol discriminator is not 8 (§4.2).
  case protocolDiscriminator(UInt8)
  /// A call reference that is not of two octets (H.225.0 §7.2.1); its length.
  case callReference(Int)
  /// An information element goes beyond the end of the message.
  case elementTruncated(UInt8)
  /// The contents of an information element are shorter than its type allows, or otherwise none of it.
  case element(UInt8)
  /// More elements than ``Q931Limits/maxElements``.
  case tooManyElements
  /// Contents that are longer than the element's length can say, or a whole message beyond
  /// ``Q931Limits/maxMessageOctets``.
  case tooLong
}

/// How much of one message is believed.
public enum Q931Limits {
  /// The most information elements in a message.
  public static let maxElements = 64
  /// The most octets of a message: what a TPKT packet holds.
  public static let maxMessageOctets = 65_531
  /// The most digits of a number that is written.
  public static let maxDigits = 128
  /// The most octets of a Display that is written (§4.5.16).
  public static let maxDisplayOctets = 80
}
