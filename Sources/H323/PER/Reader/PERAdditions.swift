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
  /// The first 64 bits of the bitmap, the next addition's in front.
  @usableFromInline var bits: UInt64
  /// The bits after those, each as one element; nearly always empty.
  @usableFromInline var further: [Bool]
  @usableFromInline var index = 0
  @usableFromInline var kept = PERAdditions()

  @inlinable
  init(bits: UInt64, further: [Bool]) {
    self.bits = bits
    self.further = further
  }

  /// Whether the next addition is there; steps on.
  @inlinable
  mutating func step() -> Bool {
    defer { index &+= 1 }
    if index >= 64 {
      let place = index &- 64
      return place < further.count && further[place]
    }
    let isPresent = bits >> 63 != 0
    bits <<= 1
    return isPresent
  }

  /// The next addition, if it is there.
  @inlinable
  public mutating func next<Value>(
    _ reader: inout PERReader, _ body: (inout PERReader) throws(PERError) -> Value
  ) throws(PERError) -> Value? {
    guard step() else { return nil }
    return try reader.readOpenType(body)
  }

  /// The next addition, if it is there.
  @inlinable
  public mutating func next<Value: PERValue>(_ reader: inout PERReader) throws(PERError) -> Value? {
    guard step() else { return nil }
    return try reader.readOpenType(Value.self)
  }

  /// The next addition, a SEQUENCE OF without bounds, if it is there.
  @inlinable
  public mutating func next<Element: PERValue>(_ reader: inout PERReader) throws(PERError) -> [Element]? {
    guard step() else { return nil }
    return try reader.readOpenType { (inner: inout PERReader) throws(PERError) -> [Element] in
      try inner.readArray()
    }
  }

  /// Whether the next addition, a NULL, is there.
  @inlinable
  public mutating func nextPresence(_ reader: inout PERReader) throws(PERError) -> Bool {
    guard step() else { return false }
    try reader.readOpenType { (_: inout PERReader) in }
    return true
  }

  /// Keeps the next addition as it is.
  @inlinable
  public mutating func keepNext(_ reader: inout PERReader) throws(PERError) {
    try keepOne(&reader)
  }

  /// Keeps so many additions as they are.
  @inlinable
  public mutating func keepNext(_ count: Int, _ reader: inout PERReader) throws(PERError) {
    for _ in 0..<count { try keepOne(&reader) }
  }

  @inlinable
  mutating func keepOne(_ reader: inout PERReader) throws(PERError) {
    let place = index
    guard step() else { return }
    try keep(place, reader.readOpenTypeOctets())
  }

  @usableFromInline
  mutating func keep(_ place: Int, _ octets: [UInt8]) {
    kept.kept.append(PERAdditions.Addition(index: place, octets: octets))
  }

  /// Takes all that is left, and hands over what was kept.
  @inlinable
  public mutating func finish(_ reader: inout PERReader) throws(PERError) -> PERAdditions {
    while index < 64, bits != 0 { try keepOne(&reader) }
    if !further.isEmpty {
      index = max(index, 64)
      while index &- 64 < further.count { try keepOne(&reader) }
    }
    return kept
  }
}

extension PERReader {
  /// Reads the bitmap of the additions (X.691 §19.7 and 8) when the preamble says that there are any.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readAdditions(_ preamble: PERPreamble) throws(PERError) -> PERAdditionReader {
    guard preamble.isExtended else { return PERAdditionReader(bits: 0, further: []) }
    return try readAdditionBitmap()
  }

  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readAdditionBitmap() throws(PERError) -> PERAdditionReader {
    // A normally small length (§11.9.3.4): one less than it in six bits, or a length of its own.
    let count: Int
    if try readBit() {
      count = try readLength(maximum: PERLimits.maxAdditions)
    } else {
      count = try Int(readBits(6)) + 1
    }
    let head = min(count, 56)
    let tail = min(count, 64) - head
    var bits = try readBits(head) << UInt64(64 - head)
    bits |= try readBits(tail) << UInt64(8 - tail)
    var further: [Bool] = []
    for _ in 64..<max(64, count) { try further.append(readBit()) }
    return PERAdditionReader(bits: bits, further: further)
  }
}
