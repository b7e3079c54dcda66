/// One element of `Accept` or `Accept-Encoding` with its weight (RFC 9110 §12.4.2): `text/plain;version=0.0.4;q=0.5`.
struct QualityValue: Equatable {
  /// Of one field so many elements are read; those behind them are as if they were not there.
  static let maxElements = 32
  /// Of one element so many parameters.
  static let maxParameters = 8

  /// What is accepted, in lower case.
  var value: String
  /// The parameters before the weight, names in lower case, values without quotes.
  var parameters: [(name: String, value: String)] = []
  /// Thousandths, 0 to 1,000; 0: not acceptable.
  var weight = 1_000

  static func == (one: QualityValue, other: QualityValue) -> Bool {
    one.value == other.value && one.weight == other.weight
      && one.parameters.elementsEqual(other.parameters) { $0.name == $1.name && $0.value == $1.value }
  }

  /// The elements of a field, in order. One whose weight is none is left out.
  static func list(_ field: String) -> [QualityValue] {
    pieces(of: Substring(field), at: UInt8(ascii: ","), limit: maxElements).compactMap(QualityValue.init)
  }

  private init?(_ element: Substring) {
    let pieces = Self.pieces(of: element, at: UInt8(ascii: ";"), limit: Self.maxParameters + 1)
    guard let first = pieces.first else { return nil }
    value = first.lowercased()
    for piece in pieces.dropFirst() {
      let sides = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else { continue }
      let name = Self.trimmed(sides[0]).lowercased()
      var text = Self.trimmed(sides[1])
      if text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
      if name == "q" {
        guard let weight = Self.weight(text) else { return nil }
        self.weight = weight
        // What follows the weight are extensions that nobody has defined.
        return
      }
      parameters.append((name, String(text)))
    }
  }

  /// `0`, `0.5`, `1.000`: at most three decimals, at most 1.
  static func weight(_ text: Substring) -> Int? {
    let bytes = Array(text.utf8)
    guard let whole = bytes.first, whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1"), bytes.count <= 5 else {
      return nil
    }
    var thousandths = Int(whole - UInt8(ascii: "0")) * 1_000
    guard bytes.count == 1 || bytes[1] == UInt8(ascii: ".") else { return nil }
    var place = 100
    for digit in bytes.dropFirst(2) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      thousandths += Int(digit - UInt8(ascii: "0")) * place
      place /= 10
    }
    return thousandths <= 1_000 ? thousandths : nil
  }

  /// What stands between separators that are not in quotes, trimmed, without empty pieces.
  private static func pieces(of text: Substring, at separator: UInt8, limit: Int) -> [Substring] {
    var pieces: [Substring] = []
    var start = text.startIndex
    var isQuoted = false
    func take(_ end: String.Index) {
      let piece = trimmed(text[start..<end])
      if !piece.isEmpty { pieces.append(piece) }
    }
    var index = text.startIndex
    while index < text.endIndex, pieces.count < limit {
      let byte = text.utf8[index]
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == separator, !isQuoted {
        take(index)
        start = text.utf8.index(after: index)
      }
      index = text.utf8.index(after: index)
    }
    if pieces.count < limit { take(text.endIndex) }
    return pieces
  }

  /// Without blanks and tabs around.
  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.utf8.first, first == 0x20 || first == 0x09 { text.removeFirst() }
    while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
    return text
  }
}
