/// The names of the council's rooms (DOMAIN §6, §9): `council`, or `council-` and as much as a trace_id may have.
public enum RoomName {
  private static let stem = Array("council".utf8)

  /// The most octets of a name.
  public static let maxBytes = stem.count + 1 + TraceID.maxBytes

  /// Whether a name is one of a room.
  public static func isRoom(_ name: some StringProtocol) -> Bool {
    guard name.utf8.starts(with: stem) else { return false }
    let rest = name.utf8.dropFirst(stem.count)
    guard let hyphen = rest.first else { return true }
    return hyphen == UInt8(ascii: "-") && TraceID.isTraceID(rest.dropFirst())
  }
}
