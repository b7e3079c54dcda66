/// A text in which `*` stands for any run of characters, also an empty one.
public struct WildcardPattern: Sendable, Hashable {
  /// The pattern as it was written.
  public let text: String
  private let bytes: [UInt8]

  /// The pattern of that text; every text is one.
  public init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  /// Whether the pattern has no `*` and so matches one text only.
  public var isExact: Bool { !bytes.contains(Self.star) }

  /// Whether the whole of `candidate` fits, byte by byte.
  public func matches(_ candidate: String) -> Bool {
    matches(Array(candidate.utf8)[...])
  }

  /// Walks both texts once, going back only to the last `*`: at worst the product of the two lengths, however many
  /// stars there are, so that nobody can make a match expensive by the name he calls.
  func matches(_ candidate: ArraySlice<UInt8>) -> Bool {
    var pattern = 0
    var position = candidate.startIndex
    var retry: (pattern: Int, position: Int)?
    while position < candidate.endIndex {
      if pattern < bytes.count, bytes[pattern] == Self.star {
        retry = (pattern + 1, position)
        pattern += 1
      } else if pattern < bytes.count, bytes[pattern] == candidate[position] {
        pattern += 1
        position += 1
      } else if let last = retry {
        pattern = last.pattern
        position = last.position + 1
        retry = (last.pattern, position)
      } else {
        return false
      }
    }
    return bytes[pattern...].allSatisfy { $0 == Self.star }
  }

  private static let star = UInt8(ascii: "*")
}
