/// Where the first bits of a SEQUENCE stand, which are set when its components are written.
@frozen
public struct PERSequence: Sendable {
  @usableFromInline let extensionBit: Int
  @usableFromInline let optionalBit: Int

  @inlinable
  init(extensionBit: Int, optionalBit: Int) {
    self.extensionBit = extensionBit
    self.optionalBit = optionalBit
  }
}

extension PERWriter {
  /// Begins a SEQUENCE (X.691 §19.1 to 3): room for the extension bit and for one bit for each of at most 56 optional
  /// components.
  @inlinable
  public mutating func beginSequence(optionals: Int, isExtensible: Bool = true) -> PERSequence {
    let start = bitOffset
    let extensionBits = isExtensible ? 1 : 0
    writeBits(0, extensionBits &+ optionals)
    return PERSequence(extensionBit: start, optionalBit: start &+ extensionBits)
  }

  /// Says that an optional component of the root is there, which is written next.
  @inlinable
  public mutating func markPresent(_ index: Int, in sequence: PERSequence) {
    setBit(at: sequence.optionalBit &+ index)
  }

  /// Writes an optional component of the root if it is there.
  @inlinable
  public mutating func writeOptional<Value: PERValue>(
    _ value: Value?, _ index: Int, in sequence: PERSequence
  ) throws(PERError) {
    guard let value else { return }
    markPresent(index, in: sequence)
    try value.encode(into: &self)
  }

  /// Writes an optional component of the root, a SEQUENCE OF without bounds, if it is there.
  @inlinable
  public mutating func writeOptional<Element: PERValue>(
    _ elements: [Element]?, _ index: Int, in sequence: PERSequence
  ) throws(PERError) {
    guard let elements else { return }
    markPresent(index, in: sequence)
    try writeArray(elements)
  }

  /// Writes the index of a CHOICE (§23) or of an ENUMERATED (§14), numbered as ``PERReader/readIndex(rootCount:isExtensible:)``
  /// has it.
  @inlinable
  public mutating func writeIndex(_ index: Int, rootCount: Int, isExtensible: Bool = true) throws(PERError) {
    guard index < rootCount else {
      guard isExtensible else { throw error(.outOfRange) }
      writeBit(true)
      return try writeNormallySmall(index &- rootCount)
    }
    if isExtensible { writeBit(false) }
    try writeInteger(index, 0...(rootCount &- 1))
  }

  /// Writes an open type (§11.2) around what `body` writes.
  @inlinable
  public mutating func writeOpenType(_ body: (inout PERWriter) throws(PERError) -> Void) throws(PERError) {
    guard depth < PERLimits.maxDepth else { throw error(.limitExceeded) }
    align()
    // Most are shorter than 128 octets: room for a length of one octet, and what is longer is moved.
    let start = octets.count
    writeBits(0, 8)
    depth &+= 1
    try body(&self)
    depth &-= 1
    align()
    if octets.count == start &+ 1 { writeBits(0, 8) }
    let length = octets.count &- start &- 1
    if length < 0x80 {
      octets[start] = UInt8(truncatingIfNeeded: length)
    } else {
      try moveOpenType(start, length)
    }
  }

  @usableFromInline
  mutating func moveOpenType(_ start: Int, _ length: Int) throws(PERError) {
    guard length <= PERLimits.maxOpenTypeOctets else { throw error(.limitExceeded) }
    if length < PERFragment.unit {
      octets[start] = UInt8(truncatingIfNeeded: 0x80 | length >> 8)
      octets.insert(UInt8(truncatingIfNeeded: length), at: start + 1)
      align()
      return
    }
    let content = Array(octets[(start + 1)...])
    octets.removeLast(octets.count - start)
    align()
    writeFragments(content)
  }

  /// Writes an open type around a value.
  @inlinable
  public mutating func writeOpenType<Value: PERValue>(_ value: Value) throws(PERError) {
    try writeOpenType { (inner: inout PERWriter) throws(PERError) in try value.encode(into: &inner) }
  }

  /// Writes an open type that is encoded already.
  @inlinable
  public mutating func writeOpenType(octets: [UInt8]) throws(PERError) {
    try writeOctets(octets, maximum: PERLimits.maxOpenTypeOctets)
  }

  /// Writes a SEQUENCE OF whose size the type bounds below 65,536 (§20).
  @inlinable
  public mutating func writeArray<Element>(
    _ elements: [Element], _ bounds: ClosedRange<Int>, maximum: Int = PERLimits.maxSetElements,
    _ body: (Element, inout PERWriter) throws(PERError) -> Void
  ) throws(PERError) {
    guard elements.count <= maximum else { throw error(.limitExceeded) }
    try writeLength(elements.count, bounds)
    for element in elements { try body(element, &self) }
  }

  /// Writes a SEQUENCE OF or SET OF whose size is not bounded by its type (§20, §22).
  @inlinable
  public mutating func writeArray<Element>(
    _ elements: [Element], maximum: Int = PERLimits.maxElements,
    _ body: (Element, inout PERWriter) throws(PERError) -> Void
  ) throws(PERError) {
    try writeLength(elements.count, maximum: maximum)
    for element in elements { try body(element, &self) }
  }

  /// Writes a SEQUENCE OF with bounds.
  @inlinable
  public mutating func writeArray<Element: PERValue>(
    _ elements: [Element], _ bounds: ClosedRange<Int>, maximum: Int = PERLimits.maxSetElements
  ) throws(PERError) {
    try writeArray(elements, bounds, maximum: maximum) { (element, inner: inout PERWriter) throws(PERError) in
      try element.encode(into: &inner)
    }
  }

  /// Writes a SEQUENCE OF or SET OF without bounds.
  @inlinable
  public mutating func writeArray<Element: PERValue>(
    _ elements: [Element], maximum: Int = PERLimits.maxElements
  ) throws(PERError) {
    try writeArray(elements, maximum: maximum) { (element, inner: inout PERWriter) throws(PERError) in
      try element.encode(into: &inner)
    }
  }
}
