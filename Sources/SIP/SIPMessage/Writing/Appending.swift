import Wire

// Writing messages: bytes are appended, nothing is formatted through String on the way.

extension [UInt8] {
  /// CRLF
  mutating func appendLineEnd() {
    append(UInt8(ascii: "\r"))
    append(UInt8(ascii: "\n"))
  }

  /// Text that goes into a line: a control character, which could end the line and start another, becomes a space.
  mutating func appendText(_ text: String) {
    let utf8 = text.utf8
    appendText(utf8.span)
  }

  /// The same for bytes.
  mutating func appendText(_ bytes: Span<UInt8>) {
    let start = count
    append(copying: bytes)
    // Nearly all text is clean, which eight bytes at a time show.
    var index = 0
    while index &+ 8 <= bytes.count {
      if bytes.littleEndianUInt64(at: index).hasControlByte { return replaceControls(from: start) }
      index &+= 8
    }
    while index < bytes.count {
      if bytes[index].isControl { return replaceControls(from: start) }
      index &+= 1
    }
  }

  private mutating func replaceControls(from start: Int) {
    for index in start..<count where self[index].isControl { self[index] = UInt8(ascii: " ") }
  }

  /// `Name: value` and the line's end.
  mutating func appendHeader(_ name: StaticString, _ value: Span<UInt8>) {
    append(contentsOf: name)
    append(UInt8(ascii: ":"))
    append(UInt8(ascii: " "))
    appendText(value)
    appendLineEnd()
  }

  /// `Name: value` and the line's end.
  mutating func appendHeader(_ name: StaticString, _ value: String) {
    let utf8 = value.utf8
    appendHeader(name, utf8.span)
  }

  /// `Name: number` and the line's end.
  mutating func appendHeader(_ name: StaticString, _ value: Int) {
    append(contentsOf: name)
    append(UInt8(ascii: ":"))
    append(UInt8(ascii: " "))
    Decimal.append(UInt64(clamping: value), to: &self)
    appendLineEnd()
  }

  /// `Content-Length`, the empty line, and the body.
  mutating func appendBody(_ body: [UInt8], type: String?) {
    if let type, !body.isEmpty { appendHeader("Content-Type", type) }
    appendHeader("Content-Length", body.count)
    appendLineEnd()
    append(contentsOf: body)
  }

  /// An address as it stands in a URI: IPv6 in brackets.
  mutating func appendHost(_ address: IPAddress) {
    if address.isIPv4 { return address.appendText(to: &self) }
    append(UInt8(ascii: "["))
    address.appendText(to: &self)
    append(UInt8(ascii: "]"))
  }
}

extension UInt8 {
  /// Whether it is an ASCII control character.
  fileprivate var isControl: Bool { self < 0x20 || self == 0x7F }
}

extension UInt64 {
  /// Whether one of its eight bytes is an ASCII control character.
  ///
  /// Each term leaves the top bit of a byte set where the byte, which must be below 0x80 itself, is below 0x20 or is
  /// 0x7F: below the lowest such byte nothing is borrowed, so one is never overlooked and none is made up.
  fileprivate var hasControlByte: Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let isBelowSpace = (self &- 0x20 &* ones) & ~self
    let isDelete = ((self ^ 0x7F &* ones) &- ones) & ~(self ^ 0x7F &* ones)
    return (isBelowSpace | isDelete) & (0x80 &* ones) != 0
  }
}
