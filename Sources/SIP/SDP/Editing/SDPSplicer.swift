import Wire

/// Copies a description with parts of it replaced, from the front to the back; what is not replaced is copied in runs.
struct SDPSplicer: ~Escapable {
  private let source: Span<UInt8>
  private var copied = 0
  private var output: [UInt8] = []

  /// A splicer that expects to write about so many bytes more than there are.
  @_lifetime(copy source)
  init(_ source: Span<UInt8>, growth: Int) {
    self.source = source
    output.reserveCapacity(source.count + growth)
  }

  /// Copies up to a place, writes what `body` writes, and goes on behind `range`. Ranges come in order.
  @_lifetime(self: copy self)
  mutating func replace(_ range: Range<Int>, _ body: (inout [UInt8]) -> Void) {
    copy(upTo: range.lowerBound)
    body(&output)
    copied = max(copied, range.upperBound)
  }

  /// Writes whole lines in front of the line that starts at a place, with the line end that is in use there.
  @_lifetime(self: copy self)
  mutating func insert(at place: Int, _ body: (inout [UInt8], _ lineEnd: String) -> Void) {
    copy(upTo: place)
    if output.last != 0x0A { output.append(text: "\r\n") }
    let hasCR = output.count < 2 || output[output.count - 2] == 0x0D
    body(&output, hasCR ? "\r\n" : "\n")
  }

  /// The result.
  consuming func finish() -> [UInt8] {
    copy(upTo: source.count)
    return output
  }

  @_lifetime(self: copy self)
  private mutating func copy(upTo place: Int) {
    guard place > copied else { return }
    output.append(copying: source.extracting(copied..<place))
    copied = place
  }
}
