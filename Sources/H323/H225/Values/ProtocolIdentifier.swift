import PER

/// ProtocolIdentifier: which version of H.225.0 a message is of.
public enum ProtocolIdentifier {
  /// The version we say: 4, whose additions every later one has.
  public static let ours = ObjectIdentifier(h225Version: 4)
}

extension ObjectIdentifier {
  /// `itu-t recommendation h 2250 version(0) N`, N being 0 to 127.
  public init(h225Version version: UInt8) {
    let contents: [UInt8] = [0, 8, 0x91, 0x4A, 0, version & 0x7F]
    // Well-formed whatever the version, so the other identifier is never taken.
    self = ObjectIdentifier(contents: contents.span) ?? .itu
  }
}
