/// The extension additions of a SEQUENCE that its Swift type does not know, as they came.
///
/// They are written again where they stood, so that what a peer of a later version says goes through us unharmed.
@frozen
public struct PERAdditions: Sendable, Hashable {
  /// One addition: the octets of its open type.
  @frozen
  public struct Addition: Sendable, Hashable {
    /// Which addition of the type it is; the first is 0.
    public var index: Int

    /// The encoding of its value.
    public var octets: [UInt8]

    /// An addition of an encoded value.
    public init(index: Int, octets: [UInt8]) {
      self.index = index
      self.octets = octets
    }
  }

  /// In order of their indices.
  public internal(set) var kept: [Addition] = []

  /// None.
  @inlinable
  public init() {}

  /// Whether there are none.
  @inlinable public var isEmpty: Bool { kept.isEmpty }

  /// The octets of an addition; setting them keeps the order.
  public subscript(index: Int) -> [UInt8]? {
    get { kept.first { $0.index == index }?.octets }
    set {
      kept.removeAll { $0.index == index }
      guard let newValue else { return }
      let place = kept.firstIndex { $0.index > index } ?? kept.endIndex
      kept.insert(Addition(index: index, octets: newValue), at: place)
    }
  }
}

/// Walks through the additions of one SEQUENCE, in the order of the type: for every addition that the Swift type knows,
/// one of the methods with `next` in its name is called; then ``finish(_:)`` takes what is left.
///
///     var additions = try reader.readAdditions(preamble)
///     callIdentifier = try additions.next(&reader)
///     try additions.keepNext(&reader)
///     fastConnectRefused = try additions.nextPresence(&reader)
///     unknown = try additions.finish(&reader)
@frozen
public struct PERAdditionReader: Sendable {
  /// The bits of the bitmap from the next addition's on, in front; the rest of a word at most.
  @usableFromInline var bits: UInt64
  @usableFromInline var index = 0
  /// Where the bitmap stands, and how long it is; more than a word is nearly never used.
  @usableFromInline let bitmap: Int
  @usableFromInline let count: Int
  @usableFromInline var kept = PERAdditions()

  @inlinable
  init(bits: UInt64, bitmap: Int, count: Int) {
    self.bits = bits
    self.bitmap = bitmap
    self.count = count
  }

  /// Whether the next addition is there; steps on.
  @inlinable
  @inline(__always)
  mutating func step(_ reader: borrowing PERReader) -> Bool {
    let isPresent = bits >> 63 != 0
    bits <<= 1
    index &+= 1
    if index & 63 == 0 { refill(reader) }
    return isPresent
  }

  @usableFromInline
  mutating func refill(_ reader: borrowing PERReader) {
    guard index < count else { return }
    bits = reader.bitmap(at: bitmap &+ index, count: min(64, count &- index))
  }

  /// The next addition, if it is there.
  @inlinable
  @inline(__always)
  public mutating func next<Value>(
    _ reader: inout PERReader, _ body: (inout PERReader) throws(PERError) -> Value
  ) throws(PERError) -> Value? {
    guard step(reader) else { return nil }
    return try reader.readOpenType(body)
  }

  /// The next addition, if it is there.
  @inlinable
  @inline(__always)
  public mutating func next<Value: PERValue>(_ reader: inout PERReader) throws(PERError) -> Value? {
    guard step(reader) else { return nil }
    return try reader.readOpenType(Value.self)
  }

  /// The next addition, a SEQUENCE OF without bounds, if it is there.
  @inlinable
  @inline(__always)
  public mutating func next<Element: PERValue>(_ reader: inout PERReader) throws(PERError) -> [Element]? {
    guard step(reader) else { return nil }
    return try reader.readOpenType { (inner: inout PERReader) throws(PERError) -> [Element] in
      try inner.readArray()
    }
  }

  /// Whether the next addition, a NULL, is there.
  @inlinable
  @inline(__always)
  public mutating func nextPresence(_ reader: inout PERReader) throws(PERError) -> Bool {
    guard step(reader) else { return false }
    try reader.readOpenType { (_: inout PERReader) in }
    return true
  }

  /// Keeps the next addition as it is.
  @inlinable
  @inline(__always)
  public mutating func keepNext(_ reader: inout PERReader) throws(PERError) {
    try keepNext(1, &reader)
  }

  /// Keeps so many additions as they are.
  @inlinable
  @inline(__always)
  public mutating func keepNext(_ count: Int, _ reader: inout PERReader) throws(PERError) {
    // Nearly always none of them is there.
    if count < 64 &- (index & 63), bits >> UInt64(truncatingIfNeeded: 64 &- count) == 0 {
      bits <<= UInt64(truncatingIfNeeded: count)
      index &+= count
      return
    }
    try keepSome(count, &reader)
  }

  @usableFromInline
  mutating func keepSome(_ count: Int, _ reader: inout PERReader) throws(PERError) {
    for _ in 0..<count { try keepOne(&reader) }
  }

  @usableFromInline
  mutating func keepOne(_ reader: inout PERReader) throws(PERError) {
    let place = index
    guard step(reader) else { return }
    try keep(place, reader.readOpenTypeOctets())
  }

  @usableFromInline
  mutating func keep(_ place: Int, _ octets: [UInt8]) {
    kept.kept.append(PERAdditions.Addition(index: place, octets: octets))
  }

  /// Takes all that is left, and hands over what was kept.
  @inlinable
  public mutating func finish(_ reader: inout PERReader) throws(PERError) -> PERAdditions {
    while bits != 0 || (index | 63) &+ 1 < count { try keepOne(&reader) }
    return kept
  }
}

extension PERReader {
  /// Reads the bitmap of the additions (X.691 §19.7 and 8) when the preamble says that there are any.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readAdditions(_ preamble: PERPreamble) throws(PERError) -> PERAdditionReader {
    guard preamble.isExtended else { return PERAdditionReader(bits: 0, bitmap: 0, count: 0) }
    return try readAdditionBitmap()
  }

  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readAdditionBitmap() throws(PERError) -> PERAdditionReader {
    // A normally small length (§11.9.3.4): one less than it in six bits, or a length of its own.
    let head = try readBits(7)
    var count = Int(truncatingIfNeeded: head) &+ 1
    if head >= 64 {
      bitOffset &-= 6
      count = try readLength(maximum: PERLimits.maxAdditions)
    }
    guard count <= end &- bitOffset else { throw error(.truncated) }
    let bitmap = bitOffset
    bitOffset &+= count
    return PERAdditionReader(bits: self.bitmap(at: bitmap, count: min(64, count)), bitmap: bitmap, count: count)
  }

  /// At most 64 bits of a bitmap that was read already, the first in front, followed by zeros.
  @inlinable
  func bitmap(at offset: Int, count: Int) -> UInt64 {
    let first = offset >> 3
    let skipped = UInt64(truncatingIfNeeded: offset & 7)
    var word = word(at: first) &<< skipped
    // The last of 64 bits that begin inside an octet lie in a ninth.
    if Int(skipped) &+ count > 64 { word |= UInt64(bytes[first &+ 8]) >> (8 &- skipped) }
    return count == 0 ? 0 : word & ~0 << UInt64(truncatingIfNeeded: 64 &- count)
  }
}
