extension [UInt8] {
  /// Appends ASCII that needs no escapes, in one copy.
  mutating func append(verbatim text: StaticString) {
    // Sound: a static string of more than one scalar has a pointer to its bytes, which live as long as the process.
    precondition(text.hasPointerRepresentation, "one scalar")
    unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
