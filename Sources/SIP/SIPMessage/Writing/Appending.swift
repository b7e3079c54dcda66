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
    for index in 0..<bytes.count {
      let byte = bytes[index]
      append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: " ") : byte)
    }
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
