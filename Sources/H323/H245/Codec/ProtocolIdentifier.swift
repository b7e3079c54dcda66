import PER

extension ObjectIdentifier {
  /// H.245 version 7, which is what this code writes: every peer takes it, and nothing here needs a later one.
  public static let h245Version7 = h245(version: 7)

  /// `{itu-t(0) recommendation(0) h(8) 245 version(0) n}`.
  private static func h245(version: UInt64) -> ObjectIdentifier {
    guard let identifier = ObjectIdentifier(arcs: [0, 0, 8, 245, 0, version]) else {
      preconditionFailure("these arcs are an identifier")
    }
    return identifier
  }
}
