// What Wire does for spans, for literals; and text that need not be UTF-8.
//
// Why this is sound: each pointer lives for its closure only, or is a literal's and lives for ever, and is read within the
// count that comes with it.

extension [UInt8] {
  /// Appends a literal.
  package mutating func append(contentsOf text: StaticString) {
    text.withUTF8Buffer { buffer in unsafe append(contentsOf: buffer) }
  }
}

extension String {
  /// The bytes of the span as UTF-8; what is not UTF-8 becomes U+FFFD.
  package init(copying span: Span<UInt8>) {
    self = unsafe span.withUnsafeBufferPointer { buffer in unsafe String(decoding: buffer, as: UTF8.self) }
  }
}
