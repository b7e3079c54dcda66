/// The members of a JSON object, in the order of RFC 8785 §3.2.3: by the UTF-16 code units of their names.
///
/// Not a Swift dictionary: that would take `é` written as one scalar and as two for one name, which JSON does not,
/// and would have to be sorted for every canonical text.
public struct JSONObject: Sendable {
  @usableFromInline var members: [(name: String, value: JSONValue)]

  /// No members.
  public init() {
    members = []
  }

  /// The members of a dictionary.
  public init(_ dictionary: [String: JSONValue]) {
    members = dictionary.map { (name: $0.key, value: $0.value) }
    members.sort { UTF16Order.compare($0.name, $1.name) < 0 }
  }

  /// The value of that name; assigning nil removes the member.
  public subscript(name: String) -> JSONValue? {
    get {
      let (index, found) = position(of: name)
      return found ? members[index].value : nil
    }
    set {
      let (index, found) = position(of: name)
      switch (newValue, found) {
      case (let value?, true): members[index].value = value
      case (let value?, false): members.insert((name: name, value: value), at: index)
      case (nil, true): members.remove(at: index)
      case (nil, false): break
      }
    }
  }

  /// Removes a member and returns its value; nil when there is none.
  @discardableResult
  public mutating func removeValue(forKey name: String) -> JSONValue? {
    let (index, found) = position(of: name)
    return found ? members.remove(at: index).value : nil
  }

  /// The names, in canonical order.
  public var keys: [String] { members.map(\.name) }

  /// A member of that name, if it is not there yet; false when it is.
  mutating func insertNew(_ name: String, _ value: JSONValue) -> Bool {
    // Canonical input arrives in order, so the end is tried first.
    if let last = members.last, UTF16Order.compare(last.name, name) >= 0 {
      let (index, found) = position(of: name)
      guard !found else { return false }
      members.insert((name: name, value: value), at: index)
    } else {
      if members.isEmpty { members.reserveCapacity(8) }
      members.append((name: name, value: value))
    }
    return true
  }

  private func position(of name: String) -> (index: Int, found: Bool) {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      let order = UTF16Order.compare(members[middle].name, name)
      if order == 0 { return (middle, true) }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return (low, false)
  }
}

extension JSONObject: Equatable {
  /// Whether both have the same names with equal values.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.members.count == right.members.count else { return false }
    for index in left.members.indices {
      guard UTF16Order.compare(left.members[index].name, right.members[index].name) == 0,
        left.members[index].value == right.members[index].value
      else { return false }
    }
    return true
  }
}

extension JSONObject: RandomAccessCollection {
  /// The first position.
  public var startIndex: Int { 0 }
  /// The position after the last.
  public var endIndex: Int { members.count }
  /// The member at a position, in canonical order.
  public subscript(position: Int) -> (name: String, value: JSONValue) { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// An object; a repeated name is a programming error.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init()
    for (name, value) in elements {
      precondition(insertNew(name, value), "a member name twice in a literal")
    }
  }
}

/// The order of RFC 8785 §3.2.3.
package enum UTF16Order {
  /// Less than, equal to or greater than zero as `left` comes before, is, or comes after `right`.
  ///
  /// UTF-8 sorts as code points do, and UTF-16 differs from that in one place only: supplementary characters
  /// (lead bytes f0 to f4) come before U+E000 to U+FFFF (lead bytes ee and ef), because surrogates lie below them.
  package static func compare(_ left: String, _ right: String) -> Int {
    let leftUTF8 = left.utf8
    let rightUTF8 = right.utf8
    return compare(leftUTF8.span, rightUTF8.span)
  }

  /// The same for texts in UTF-8.
  package static func compare(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
    let count = min(left.count, right.count)
    for index in 0..<count {
      let (first, second) = (left[index], right[index])
      if first != second { return rank(first) - rank(second) }
    }
    return left.count - right.count
  }

  private static func rank(_ byte: UInt8) -> Int {
    byte == 0xee || byte == 0xef ? Int(byte) + 0x10 : Int(byte)
  }
}
