/// Text that strangers may have chosen, without what a terminal or a reader of logs would obey: control characters, and
/// those that turn the writing direction or end a line. Each becomes U+FFFD.
public enum HarmlessText {
  /// The text, cleaned.
  ///
  /// - Parameter keepsLines: whether line feeds stay.
  public static func of(_ text: String, keepsLines: Bool = false) -> String {
    func isKept(_ scalar: Unicode.Scalar) -> Bool { !scalar.isUnsafeToShow || keepsLines && scalar == "\n" }
    guard !text.unicodeScalars.allSatisfy(isKept) else { return text }
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { clean.append(isKept(scalar) ? scalar : "\u{FFFD}") }
    return String(clean)
  }

  /// The text, cleaned, and cut between two scalars when it has more UTF-8 bytes than that; `…` then ends it.
  public static func of(_ text: String, maxBytes: Int) -> String {
    let clean = of(text)
    guard clean.utf8.count > maxBytes else { return clean }
    let ellipsis: Unicode.Scalar = "…"
    var room = maxBytes - UTF8.width(ellipsis)
    var cut = String.UnicodeScalarView()
    for scalar in clean.unicodeScalars {
      room -= UTF8.width(scalar)
      guard room >= 0 else { break }
      cut.append(scalar)
    }
    if maxBytes >= UTF8.width(ellipsis) { cut.append(ellipsis) }
    return String(cut)
  }
}

extension Unicode.Scalar {
  /// Whether a terminal or a log would obey it, or a reader be misled by it.
  public var isUnsafeToShow: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
