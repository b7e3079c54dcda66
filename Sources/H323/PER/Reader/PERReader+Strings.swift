import Wire

extension PERReader {
  /// Reads an OCTET STRING of a fixed size below 65,536 (X.691 §17.5 to 7).
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readOctets(count: Int) throws(PERError) -> [UInt8] {
    guard count <= 2 else { return try [UInt8](copying: readAlignedSpan(octets: count)) }
    var octets: [UInt8] = []
    for _ in 0..<count { try octets.append(UInt8(truncatingIfNeeded: readBits(8))) }
    return octets
  }

  /// Reads an OCTET STRING whose size the type bounds below 65,536 (§17.8).
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readOctets(_ bounds: ClosedRange<Int>) throws(PERError) -> [UInt8] {
    let count = try readLength(bounds)
    return try [UInt8](copying: readAlignedSpan(octets: count))
  }

  /// Reads an OCTET STRING whose size is not bounded by its type (§17.8), in fragments if it is long.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readOctets(maximum: Int = PERLimits.maxStringLength) throws(PERError) -> [UInt8] {
    var octets: [UInt8] = []
    while true {
      let length: Int
      let isLast: Bool
      switch try readFragmentLength() {
      case .last(let count): (length, isLast) = (count, true)
      case .more(let count): (length, isLast) = (count, false)
      }
      guard length <= maximum &- octets.count else { throw error(.limitExceeded) }
      let span = try readAlignedSpan(octets: length)
      if isLast, octets.isEmpty { return [UInt8](copying: span) }
      octets.append(copying: span)
      if isLast { return octets }
    }
  }

  /// Reads a BIT STRING of a fixed size below 65,536 (§16.8 to 10).
  @_lifetime(self: copy self)
  public mutating func readBitString(count: Int) throws(PERError) -> BitString {
    if count > 16 { align() }
    return try readBitContents(count)
  }

  /// Reads a BIT STRING whose size the type bounds below 65,536 (§16.11).
  @_lifetime(self: copy self)
  public mutating func readBitString(_ bounds: ClosedRange<Int>) throws(PERError) -> BitString {
    let count = try readLength(bounds)
    if count > 0 { align() }
    return try readBitContents(count)
  }

  /// Reads a BIT STRING whose size is not bounded by its type (§16.11); at most 16,383 bits, so never in fragments.
  @_lifetime(self: copy self)
  public mutating func readBitString() throws(PERError) -> BitString {
    try readBitContents(readLength(maximum: PERLimits.maxStringLength))
  }

  @_lifetime(self: copy self)
  private mutating func readBitContents(_ count: Int) throws(PERError) -> BitString {
    guard count <= remainingBits else { throw error(.truncated) }
    var octets: [UInt8] = []
    octets.reserveCapacity((count &+ 7) >> 3)
    var left = count
    while left > 0 {
      let bits = min(8, left)
      try octets.append(UInt8(truncatingIfNeeded: readBits(bits) << UInt64(8 &- bits)))
      left &-= bits
    }
    return BitString(octets: octets, count: count)
  }

  /// Reads an IA5String, VisibleString or PrintableString whose size the type bounds below 65,536 (§30.5): eight bits a
  /// character. Any ASCII character is taken.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readIA5String(_ bounds: ClosedRange<Int>) throws(PERError) -> String {
    let count = try readLength(bounds)
    if bounds.upperBound >= 2, bounds.upperBound > 2 || bounds.lowerBound < 2 {
      return try readASCII(count)
    }
    return try readUnalignedASCII(count)
  }

  /// Reads an IA5String, VisibleString or PrintableString whose size is not bounded by its type.
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readIA5String() throws(PERError) -> String {
    // 16,384 characters would come in two fragments, and nobody sends that.
    try readASCII(readLength(maximum: PERLimits.maxStringLength))
  }

  @inlinable
  @_lifetime(self: copy self)
  mutating func readASCII(_ count: Int) throws(PERError) -> String {
    let characters = try readAlignedSpan(octets: count)
    return try checked(characters)
  }

  @inlinable
  func checked(_ characters: Span<UInt8>) throws(PERError) -> String {
    guard let text = String(ascii: characters) else { throw error(.invalidCharacter) }
    return text
  }

  /// The few characters of a string that is too short to be aligned.
  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readUnalignedASCII(_ count: Int) throws(PERError) -> String {
    var text = ""
    for _ in 0..<count {
      let value = try readBits(8)
      guard value < 0x80 else { throw error(.invalidCharacter) }
      text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: value)))
    }
    return text
  }

  /// Reads a known-multiplier string with a permitted alphabet of its own (§30.5).
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readString(
    _ alphabet: PERAlphabet, _ bounds: ClosedRange<Int>
  ) throws(PERError) -> String {
    try readContents(alphabet, bounds, readLength(bounds))
  }

  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readContents(
    _ alphabet: PERAlphabet, _ bounds: ClosedRange<Int>, _ count: Int
  ) throws(PERError) -> String {
    if alphabet.isAligned(bounds), count > 0 { align() }
    guard count &* alphabet.bitsPerCharacter <= remainingBits else { throw error(.truncated) }
    guard count <= 16 else { return try readLongString(alphabet, count) }
    // The few characters of a number, gathered where nothing has to be allocated.
    var text = InlineArray<16, UInt8>(repeating: 0)
    for place in 0..<count { text[place] = try readCharacter(alphabet) }
    return try checked(text.span.extracting(0..<count))
  }

  @_lifetime(self: copy self)
  private mutating func readLongString(_ alphabet: PERAlphabet, _ count: Int) throws(PERError) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(count)
    for _ in 0..<count { try text.append(readCharacter(alphabet)) }
    return try checked(text.span)
  }

  @_lifetime(self: copy self)
  private mutating func readCharacter(_ alphabet: PERAlphabet) throws(PERError) -> UInt8 {
    guard let character = try alphabet.character(readBits(alphabet.bitsPerCharacter)) else {
      throw error(.invalidCharacter)
    }
    return character
  }

  /// Reads a BMPString whose size the type bounds below 65,536 (§30.5): sixteen bits a character.
  @inlinable
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readBMPString(_ bounds: ClosedRange<Int>) throws(PERError) -> BMPString {
    let count = try readLength(bounds)
    // A single character is not aligned where the size is fixed (§30.5.6).
    if bounds != 1...1, count > 0 { align() }
    return try readBMPContents(count)
  }

  /// Reads a BMPString whose size is not bounded by its type.
  @_lifetime(self: copy self)
  public mutating func readBMPString() throws(PERError) -> BMPString {
    try readBMPContents(readLength(maximum: PERLimits.maxStringLength))
  }

  @usableFromInline
  @_lifetime(self: copy self)
  mutating func readBMPContents(_ count: Int) throws(PERError) -> BMPString {
    guard count &* 16 <= remainingBits else { throw error(.truncated) }
    guard bitOffset & 7 == 0 else { return try readUnalignedUnits(count) }
    let bytes = bytes
    let first = bitOffset >> 3
    bitOffset &+= count &* 16
    var units: [UInt16] = []
    units.reserveCapacity(count)
    for place in 0..<count { units.append(bytes.bigEndianUInt16(at: first &+ place &* 2)) }
    return BMPString(units: units)
  }

  /// The characters of a string that is too short to be aligned.
  @_lifetime(self: copy self)
  private mutating func readUnalignedUnits(_ count: Int) throws(PERError) -> BMPString {
    var units: [UInt16] = []
    for _ in 0..<count { try units.append(UInt16(truncatingIfNeeded: readBits(16))) }
    return BMPString(units: units)
  }

  /// Reads a GeneralString, or another string type without a known multiplier: octets with a length (§30.6).
  @inlinable
  @_lifetime(self: copy self)
  public mutating func readGeneralString() throws(PERError) -> OctetString {
    try OctetString(readOctets())
  }

  /// Reads an OBJECT IDENTIFIER (§24): the contents octets of the basic encoding rules with a length.
  @_lifetime(self: copy self)
  public mutating func readObjectIdentifier() throws(PERError) -> ObjectIdentifier {
    let count = try readLength(maximum: PERLimits.maxObjectIdentifierOctets)
    let identifier =
      if count > 0, count <= 8 {
        ObjectIdentifier(word: try readAlignedUInt(octets: count) << UInt64(64 &- count &* 8), count: count)
      } else {
        ObjectIdentifier(contents: try readAlignedSpan(octets: count))
      }
    guard let identifier else { throw error(.invalidObjectIdentifier) }
    return identifier
  }
}
