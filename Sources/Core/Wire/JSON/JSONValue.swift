/// A JSON value, as RFC 8785 sees it: numbers are IEEE 754 doubles, names are unique, strings are Unicode scalars.
///
/// Equality is that of the canonical form: `.integer(1)` equals `.number(1.0)`, and strings are compared by their
/// bytes (Swift's own `==` would call two normalisation forms of one text equal; JSON does not).
public enum JSONValue: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number. The parser makes one for every number whose double is whole and within ±(2^53 − 1).
  ///
  /// Larger magnitudes can be made by hand but pass through double precision when written (RFC 8785 §3.2.2.3);
  /// what must stay exact beyond 2^53 belongs in a string.
  case integer(Int64)
  /// Any other number; finite, or writing it traps.
  case number(Double)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object(JSONObject)

  /// The largest whole number that a double holds together with all its smaller neighbours (RFC 7493 §2.2).
  public static let largestExactInteger: Int64 = 9_007_199_254_740_991
}

extension JSONValue {
  /// The member of that name; nil when this is no object or has none.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[name]
  }

  /// The string; nil for any other kind.
  public var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  /// The whole number; nil for any other kind, for fractions and for doubles beyond ±(2^53 − 1).
  public var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): JSONValue.wholeNumber(value)
    case .null, .bool, .string, .array, .object: nil
    }
  }

  /// The whole number that a double within ±(2^53 − 1) is; nil for fractions and larger magnitudes.
  ///
  /// Not `Int64(exactly:)`: that calls `trunc`, and Wire would need the C mathematics library for it alone.
  static func wholeNumber(_ value: Double) -> Int64? {
    guard value.magnitude <= Double(largestExactInteger) else { return nil }
    let whole = Int64(value)
    return Double(whole) == value ? whole : nil
  }

  /// The number, whole or not; nil for any other kind.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .null, .bool, .string, .array, .object: nil
    }
  }

  /// The truth value; nil for any other kind.
  public var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The elements; nil for any other kind.
  public var array: [JSONValue]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  /// The members; nil for any other kind.
  public var object: JSONObject? {
    guard case .object(let value) = self else { return nil }
    return value
  }
}

extension JSONValue: Equatable {
  /// Whether both have the same canonical form.
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .integer(let right)):
      // Exact numbers differ where their doubles do; the others are what they are written as.
      left == right
        || left.magnitude > largestExactInteger.magnitude && Double(left) == Double(right)
    case (.number(let left), .number(let right)): left == right
    case (.integer(let whole), .number(let double)), (.number(let double), .integer(let whole)):
      Double(whole) == double
    case (.string(let left), .string(let right)): UTF16Order.compare(left, right) == 0
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object; a repeated name is a programming error.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (name, value) in elements {
      precondition(object[name] == nil, "a member name twice in a literal")
      object[name] = value
    }
    self = .object(object)
  }
}
