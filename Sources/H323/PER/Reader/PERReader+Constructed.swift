import Wire

/// The first bits of a SEQUENCE: whether additions follow, and which of the optional components are there.
@frozen
public struct PERPreamble: Sendable {
  @usableFromInline let bits: UInt64
  @usableFromInline let count: Int

  /// Whether extension additions follow the root.
  public let isExtended: Bool

  @inlinable
  init(bits: UInt64, count: Int, isExtended: Bool) {
    self.bits = bits
    self.count = count
    self.isExtended = isExtended
  }

  /// Whether the optional component is there; the first OPTIONAL or DEFAULT component of the root is 0.
  @inlinable
  public func has(_ index: Int) -> Bool { bits >> UInt64(truncatingIfNeeded: count &- 1 &- index) & 1 != 0 }
}

extension PERReader {
  /// Reads the preamble of a SEQUENCE (X.691 §19.1 to 3) with at most 55 optional components.
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readPreamble(optionals: Int, isExtensible: Bool = true) throws(PERError) -> PERPreamble {
    let bits = try readBits(isExtensible ? optionals &+ 1 : optionals)
    let isExtended = isExtensible && bits >> UInt64(truncatingIfNeeded: optionals) != 0
    return PERPreamble(bits: bits, count: optionals, isExtended: isExtended)
  }

  /// Reads the index of a CHOICE (§23) or of an ENUMERATED (§14).
  ///
  /// Below `rootCount` it is one of the root. Those of the extension are numbered on from there: the first is
  /// `rootCount`. The value of such an alternative is an open type.
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readIndex(rootCount: Int, isExtensible: Bool = true) throws(PERError) -> Int {
    let width = PERWidth.bits(of: UInt64(truncatingIfNeeded: rootCount &- 1))
    guard isExtensible, width < 8 else {
      if isExtensible, try readBit() { return try readNormallySmall() &+ rootCount }
      return try readInteger(0...(rootCount &- 1))
    }
    // Both forms begin with as many bits as the shorter has.
    let bits = try Int(truncatingIfNeeded: readBits(width &+ 1))
    guard bits < rootCount else { return try readExtendedIndex(bits, width, rootCount) }
    return bits
  }

  /// The same where the first bits are no number of the root.
  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readExtendedIndex(_ bits: Int, _ width: Int, _ rootCount: Int) throws(PERError) -> Int {
    guard bits >> width != 0 else { throw error(.outOfRange) }
    bitOffset &-= width
    return try readNormallySmall() &+ rootCount
  }

  /// Reads a value in an open type (§11.2); octets after the value are passed over.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readOpenType<Value>(
    _ body: (inout PERReader) throws(PERError) -> Value
  ) throws(PERError) -> Value {
    guard depth < PERLimits.maxDepth else { throw error(.limitExceeded) }
    align()
    let start = bitOffset
    guard case .last(let length) = try readFragmentLength() else {
      bitOffset = start
      return try readFragmentedOpenType(body)
    }
    guard length <= (end &- bitOffset) >> 3 else { throw error(.truncated) }
    let outerEnd = end
    end = bitOffset &+ length &* 8
    depth &+= 1
    let value = try body(&self)
    depth &-= 1
    bitOffset = end
    end = outerEnd
    return value
  }

  @inlinable
  @_lifetime(self: copy self)
  mutating func readFragmentedOpenType<Value>(
    _ body: (inout PERReader) throws(PERError) -> Value
  ) throws(PERError) -> Value {
    let start = bitOffset
    let octets = try readOctets(maximum: PERLimits.maxOpenTypeOctets)
    var inner = PERReader(octets.span, base: base &+ start, depth: depth &+ 1)
    return try body(&inner)
  }

  /// Reads a value in an open type.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readOpenType<Value: PERValue>(_ type: Value.Type) throws(PERError) -> Value {
    try readOpenType { (inner: inout PERReader) throws(PERError) -> Value in try Value(from: &inner) }
  }

  /// Reads the octets of an open type as they are.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readOpenTypeOctets() throws(PERError) -> [UInt8] {
    try readOctets(maximum: PERLimits.maxOpenTypeOctets)
  }

  /// Reads a SEQUENCE OF whose size the type bounds below 65,536 (§20); more than `maximum` elements are refused.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readArray<Element>(
    _ bounds: ClosedRange<Int>, maximum: Int = PERLimits.maxSetElements,
    _ body: (inout PERReader) throws(PERError) -> Element
  ) throws(PERError) -> [Element] {
    try readElements(readLength(bounds), maximum: maximum, body)
  }

  /// Reads a SEQUENCE OF or SET OF whose size is not bounded by its type (§20, §22); more than `maximum` elements are
  /// refused.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readArray<Element>(
    maximum: Int = PERLimits.maxElements, _ body: (inout PERReader) throws(PERError) -> Element
  ) throws(PERError) -> [Element] {
    try readElements(readLength(maximum: maximum), maximum: maximum, body)
  }

  /// Reads a SEQUENCE OF with bounds.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readArray<Element: PERValue>(
    _ bounds: ClosedRange<Int>, maximum: Int = PERLimits.maxSetElements
  ) throws(PERError) -> [Element] {
    try readArray(bounds, maximum: maximum) { (inner: inout PERReader) throws(PERError) -> Element in
      try Element(from: &inner)
    }
  }

  /// Reads a SEQUENCE OF or SET OF without bounds.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readArray<Element: PERValue>(
    maximum: Int = PERLimits.maxElements
  ) throws(PERError) -> [Element] {
    try readArray(maximum: maximum) { (inner: inout PERReader) throws(PERError) -> Element in
      try Element(from: &inner)
    }
  }

  @inlinable
  @_lifetime(self: copy self)
  mutating func readElements<Element>(
    _ count: Int, maximum: Int, _ body: (inout PERReader) throws(PERError) -> Element
  ) throws(PERError) -> [Element] {
    guard count <= maximum else { throw error(.limitExceeded) }
    if count == 1 {
      // As most have: an array of the right size at once.
      let element = try body(&self)
      return [element]
    }
    var elements: [Element] = []
    // No more room than there can be elements: each takes a bit at least, or the type is empty.
    elements.reserveCapacity(min(count, remainingBits))
    for _ in 0..<count { try elements.append(body(&self)) }
    return elements
  }
}
