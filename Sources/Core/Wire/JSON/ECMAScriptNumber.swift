/// A finite double other than zero as decimal digits and an exponent, and ECMAScript's way of writing them
/// (ECMA-262 Number::toString, which RFC 8785 §3.2.2.3 adopts).
///
/// The digits are the standard library's: its `description` is the shortest text that reads back as the same double
/// and, of several such, the closest to it, which is what ECMA-262 asks for. Only their lay-out differs.
struct ECMAScriptNumber {
  private var isNegative: Bool
  private var digits: [UInt8] = []
  /// The value is 0.d1d2d3… × 10^point.
  private var point: Int

  init(_ number: Double) {
    isNegative = number < 0
    var exponent = 0
    var pointSeen: Int?
    let text = number.magnitude.description.utf8
    var index = text.startIndex
    digits.reserveCapacity(20)
    while index != text.endIndex {
      let byte = text[index]
      index = text.index(after: index)
      switch byte {
      case UInt8(ascii: "."): pointSeen = digits.count
      case UInt8(ascii: "e"):
        let isDown = text[index] == UInt8(ascii: "-")
        while index != text.endIndex {
          let digit = text[index] &- 0x30
          if digit <= 9 { exponent = exponent * 10 + Int(digit) }
          index = text.index(after: index)
        }
        if isDown { exponent = -exponent }
      default: digits.append(byte)
      }
    }
    point = (pointSeen ?? digits.count) + exponent
    let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    digits.removeFirst(leadingZeros)
    point -= leadingZeros
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
  }

  func append(to bytes: inout [UInt8]) {
    if isNegative { bytes.append(UInt8(ascii: "-")) }
    let count = digits.count
    switch point {
    case count...21 where count <= 21:
      bytes.append(contentsOf: digits)
      for _ in count..<point { bytes.append(UInt8(ascii: "0")) }
    case 1...21:
      bytes.append(contentsOf: digits[..<point])
      bytes.append(UInt8(ascii: "."))
      bytes.append(contentsOf: digits[point...])
    case -5...0:
      bytes.append(UInt8(ascii: "0"))
      bytes.append(UInt8(ascii: "."))
      for _ in point..<0 { bytes.append(UInt8(ascii: "0")) }
      bytes.append(contentsOf: digits)
    default:
      bytes.append(digits[0])
      if count > 1 {
        bytes.append(UInt8(ascii: "."))
        bytes.append(contentsOf: digits[1...])
      }
      bytes.append(UInt8(ascii: "e"))
      let exponent = point - 1
      bytes.append(exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
      Decimal.append(UInt64(exponent.magnitude), to: &bytes)
    }
  }
}
