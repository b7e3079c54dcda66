/// The JSON Canonicalization Scheme, RFC 8785: one value, one sequence of bytes, so that it can be hashed and signed.
///
/// The pieces are open so that a hot writer (a witness record) can lay down its lines without building a `JSONValue`;
/// it then answers itself for the order of the names.
public enum CanonicalJSON {
  /// Appends the canonical bytes of a value.
  public static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
    switch value {
    case .null: append(ascii: "null", to: &bytes)
    case .bool(let value): append(ascii: value ? "true" : "false", to: &bytes)
    case .integer(let value): append(value, to: &bytes)
    case .number(let value): append(value, to: &bytes)
    case .string(let value): append(value, to: &bytes)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for index in elements.indices {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(elements[index], to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for index in object.indices {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(object[index].name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(object[index].value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// Appends a string in quotes, escaped as RFC 8785 §3.2.2.2 says.
  public static func append(_ string: String, to bytes: inout [UInt8]) {
    let utf8 = string.utf8
    append(utf8: utf8.span, to: &bytes)
  }

  /// Appends a string in quotes from its UTF-8 bytes, which must be valid.
  public static func append(utf8: Span<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var plainStart = 0
    while true {
      let index = JSONText.plainEnd(utf8, from: plainStart, to: utf8.count)
      bytes.append(copying: utf8.extracting(plainStart..<index))
      guard index < utf8.count else { break }
      let byte = utf8[index]
      plainStart = index + 1
      bytes.append(UInt8(ascii: "\\"))
      switch byte {
      case 0x08: bytes.append(UInt8(ascii: "b"))
      case 0x09: bytes.append(UInt8(ascii: "t"))
      case 0x0a: bytes.append(UInt8(ascii: "n"))
      case 0x0c: bytes.append(UInt8(ascii: "f"))
      case 0x0d: bytes.append(UInt8(ascii: "r"))
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
      default:
        append(ascii: "u00", to: &bytes)
        bytes.append(Hex.digit(byte >> 4))
        bytes.append(Hex.digit(byte & 0xf))
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends a whole number; beyond ±(2^53 − 1) it passes through double precision, as every JSON number does.
  public static func append(_ integer: Int64, to bytes: inout [UInt8]) {
    if integer.magnitude <= JSONValue.largestExactInteger.magnitude {
      Decimal.append(integer, to: &bytes)
    } else {
      append(Double(integer), to: &bytes)
    }
  }

  /// Appends a number in ECMAScript's form (RFC 8785 §3.2.2.3): the shortest digits that read back as this double.
  ///
  /// NaN and the infinities have no JSON text; passing one is a programming error.
  public static func append(_ number: Double, to bytes: inout [UInt8]) {
    precondition(number.isFinite, "JSON has no NaN and no infinity")
    guard number != 0 else {
      bytes.append(UInt8(ascii: "0"))  // also for −0
      return
    }
    ECMAScriptNumber(number).append(to: &bytes)
  }

  static func append(ascii text: StaticString, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: text.description.utf8)
  }
}

extension JSONValue {
  /// The canonical bytes of RFC 8785.
  public func canonicalBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)  // most messages and records fit, so the array need not grow step by step
    CanonicalJSON.append(self, to: &bytes)
    return bytes
  }
}

extension JSONValue: CustomStringConvertible {
  /// The canonical text.
  public var description: String { String(decoding: canonicalBytes(), as: UTF8.self) }
}
