/// A text that is equal only to the same bytes, as a key.
///
/// To Swift's strings the Kelvin sign is a K and `e` with an accent is `é`; to a digest, a URI and SQLite they are not. The
/// hash may be the string's own: the same bytes are the same string.
struct ExactText: Sendable, Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: Self, right: Self) -> Bool { left.text.isSame(as: right.text) }

  func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension String {
  /// Whether both are the same bytes.
  func isSame(as other: String) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
  }
}
