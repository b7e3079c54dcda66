/// Writes the additions of one SEQUENCE, in the order of the type: for every addition of the type in the standard, one of
/// the methods with `next` in its name is called; then ``finish(_:)`` writes what was kept of a later version.
///
///     var additions = writer.beginAdditions(sequence, known: 3, kept: unknown)
///     try additions.next(&writer, callIdentifier)
///     try additions.keepNext(&writer)
///     try additions.nextPresence(&writer, fastConnectRefused)
///     try additions.finish(&writer)
///
/// The bitmap has one bit for each addition of the type (X.691 §19.7), and more when later ones were kept.
@frozen
public struct PERAdditionWriter: Sendable {
  @usableFromInline let extensionBit: Int
  @usableFromInline let count: Int
  @usableFromInline let kept: [PERAdditions.Addition]
  /// Where the bitmap stands; negative before the first addition.
  @usableFromInline var bitmap = -1
  @usableFromInline var index = 0
  @usableFromInline var nextKept = 0

  @inlinable
  init(extensionBit: Int, count: Int, kept: [PERAdditions.Addition]) {
    self.extensionBit = extensionBit
    self.count = count
    self.kept = kept
  }

  /// Says that the next addition is there.
  @inlinable
  mutating func mark(_ writer: inout PERWriter) throws(PERError) {
    if bitmap < 0 { try begin(&writer) }
    writer.setBit(at: bitmap &+ index)
  }

  @usableFromInline
  mutating func begin(_ writer: inout PERWriter) throws(PERError) {
    writer.setBit(at: extensionBit)
    if count <= 64 {
      writer.writeBits(UInt64(count - 1), 7)
    } else {
      writer.writeBit(true)
      try writer.writeLength(count, maximum: PERLimits.maxAdditions)
    }
    bitmap = writer.bitOffset
    var left = count
    while left > 0 {
      writer.writeBits(0, min(left, 64))
      left -= 64
    }
  }

  /// Writes the next addition if it is there.
  @inlinable
  public mutating func next(
    _ writer: inout PERWriter, isPresent: Bool, _ body: (inout PERWriter) throws(PERError) -> Void
  ) throws(PERError) {
    if isPresent {
      try mark(&writer)
      try writer.writeOpenType(body)
    }
    index &+= 1
  }

  /// Writes the next addition if it is there.
  @inlinable
  public mutating func next<Value: PERValue>(_ writer: inout PERWriter, _ value: Value?) throws(PERError) {
    if let value {
      try mark(&writer)
      try writer.writeOpenType(value)
    }
    index &+= 1
  }

  /// Writes the next addition, a SEQUENCE OF without bounds, if it is there.
  @inlinable
  public mutating func next<Element: PERValue>(
    _ writer: inout PERWriter, _ elements: [Element]?
  ) throws(PERError) {
    if let elements {
      try mark(&writer)
      try writer.writeOpenType { (inner: inout PERWriter) throws(PERError) in try inner.writeArray(elements) }
    }
    index &+= 1
  }

  /// Writes the next addition, a NULL, if it is there.
  @inlinable
  public mutating func nextPresence(_ writer: inout PERWriter, _ isPresent: Bool) throws(PERError) {
    if isPresent {
      try mark(&writer)
      try writer.writeOpenType { (_: inout PERWriter) in }
    }
    index &+= 1
  }

  /// Writes what was kept of the next addition.
  @inlinable
  public mutating func keepNext(_ writer: inout PERWriter) throws(PERError) {
    try keepNext(1, &writer)
  }

  /// Writes what was kept of so many additions.
  @inlinable
  public mutating func keepNext(_ number: Int, _ writer: inout PERWriter) throws(PERError) {
    if nextKept < kept.count { try writeKept(upTo: index &+ number, &writer) }
    index &+= number
  }

  @usableFromInline
  mutating func writeKept(upTo end: Int, _ writer: inout PERWriter) throws(PERError) {
    let start = index
    defer { index = start }
    while nextKept < kept.count, kept[nextKept].index < end {
      let addition = kept[nextKept]
      nextKept += 1
      // One that the type knows is written from its own property; whatever else stands here is no addition.
      guard addition.index >= start else { continue }
      index = addition.index
      try mark(&writer)
      try writer.writeOpenType(octets: addition.octets)
    }
  }

  /// Writes what was kept of all further additions.
  @inlinable
  public mutating func finish(_ writer: inout PERWriter) throws(PERError) {
    if nextKept < kept.count { try writeKept(upTo: .max, &writer) }
  }
}

extension PERWriter {
  /// Begins the additions of a SEQUENCE after its root. `known` is the number of additions of the type in the standard.
  @inlinable
  public mutating func beginAdditions(
    _ sequence: PERSequence, known: Int, kept: PERAdditions
  ) -> PERAdditionWriter {
    let later = kept.kept.last.map { $0.index &+ 1 } ?? 0
    return PERAdditionWriter(extensionBit: sequence.extensionBit, count: max(known, later), kept: kept.kept)
  }
}
