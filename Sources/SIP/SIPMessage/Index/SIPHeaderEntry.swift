import Wire

/// One header field of an indexed message: which header it is, and where its parts stand.
///
/// Twenty bytes, made of offsets alone: it is valid for every copy of the same bytes.
public struct SIPHeaderEntry: Sendable, Hashable {
  var lineStart: UInt32 = 0
  var lineEnd: UInt32 = 0
  var valueStart: UInt32 = 0
  var valueEnd: UInt32 = 0
  var nameLength: UInt16 = 0
  /// Which header it is, whatever the spelling.
  public internal(set) var name = SIPHeaderName.other
  /// Whether the field is continued over more than one line.
  public internal(set) var isFolded = false

  /// The name as it was written, without the white space behind it.
  public var nameRange: ByteRange { ByteRange(at: lineStart, to: lineStart + UInt32(nameLength)) }

  /// The value without the white space around it; folds within it are still there.
  public var valueRange: ByteRange { ByteRange(at: valueStart, to: valueEnd) }

  /// The whole field, from the name's first byte to the CRLF that ends it, inclusive.
  public var line: ByteRange { ByteRange(at: lineStart, to: lineEnd) }
}

extension ByteRange {
  /// The range between two offsets that are known to be in order.
  @inline(__always)
  init(at lower: UInt32, to upper: UInt32) {
    self = .zero
    self.lower = lower
    self.upper = upper
  }

  /// The range between two offsets that are known to be in order and within a message.
  @inline(__always)
  init(at lower: Int, to upper: Int) {
    self.init(at: UInt32(truncatingIfNeeded: lower), to: UInt32(truncatingIfNeeded: upper))
  }

  /// The same as a range that is known to lie within a message.
  @inline(__always)
  init(within range: Range<Int>) { self.init(at: range.lowerBound, to: range.upperBound) }
}
