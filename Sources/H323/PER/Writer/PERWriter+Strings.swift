extension PERWriter {
  /// Writes an OCTET STRING of a fixed size below 65,536 (X.691 §17.5 to 7).
  @inlinable
  public mutating func writeOctets(_ octets: [UInt8], count: Int) throws(PERError) {
    guard octets.count == count else { throw error(.outOfRange) }
    if count <= 2 {
      for octet in octets { writeBits(UInt64(octet), 8) }
    } else {
      writeAligned(octets)
    }
  }

  /// Writes an OCTET STRING whose size the type bounds below 65,536 (§17.8).
  @inlinable
  public mutating func writeOctets(_ octets: [UInt8], _ bounds: ClosedRange<Int>) throws(PERError) {
    try writeLength(octets.count, bounds)
    writeAligned(octets)
  }

  /// Writes an OCTET STRING whose size is not bounded by its type (§17.8), in fragments if it is long.
  @inlinable
  public mutating func writeOctets(_ octets: [UInt8], maximum: Int = PERLimits.maxStringLength) throws(PERError) {
    guard octets.count <= maximum else { throw error(.limitExceeded) }
    guard octets.count >= PERFragment.unit else {
      writeFragmentLength(octets.count)
      writeAligned(octets)
      return
    }
    writeFragments(octets)
  }

  @usableFromInline
  mutating func writeFragments(_ octets: [UInt8]) {
    var start = 0
    while octets.count - start >= PERFragment.unit {
      let multiple = min(4, (octets.count - start) / PERFragment.unit)
      writeAlignedUInt(UInt64(0xC0 | multiple), octets: 1)
      let end = start + multiple * PERFragment.unit
      writeAligned(Array(octets[start..<end]))
      start = end
    }
    writeFragmentLength(octets.count - start)
    writeAligned(Array(octets[start...]))
  }

  /// Writes a BIT STRING of a fixed size below 65,536 (§16.8 to 10).
  public mutating func writeBitString(_ string: BitString, count: Int) throws(PERError) {
    guard string.count == count else { throw error(.outOfRange) }
    if count > 16 { align() }
    writeBitContents(string)
  }

  /// Writes a BIT STRING whose size the type bounds below 65,536 (§16.11).
  public mutating func writeBitString(_ string: BitString, _ bounds: ClosedRange<Int>) throws(PERError) {
    try writeLength(string.count, bounds)
    if string.count > 0 { align() }
    writeBitContents(string)
  }

  /// Writes a BIT STRING whose size is not bounded by its type (§16.11); at most 16,383 bits.
  public mutating func writeBitString(_ string: BitString) throws(PERError) {
    try writeLength(string.count, maximum: PERLimits.maxStringLength)
    writeBitContents(string)
  }

  private mutating func writeBitContents(_ string: BitString) {
    var left = string.count
    for octet in string.octets {
      let bits = min(8, left)
      writeBits(UInt64(octet) >> UInt64(8 - bits), bits)
      left -= bits
    }
  }

  /// Writes an IA5String, VisibleString or PrintableString whose size the type bounds below 65,536 (§30.5).
  public mutating func writeIA5String(_ text: String, _ bounds: ClosedRange<Int>) throws(PERError) {
    let characters = try ascii(text)
    try writeLength(characters.count, bounds)
    if bounds.upperBound >= 2, bounds.upperBound > 2 || bounds.lowerBound < 2 {
      writeAligned(characters)
    } else {
      for character in characters { writeBits(UInt64(character), 8) }
    }
  }

  /// Writes an IA5String, VisibleString or PrintableString whose size is not bounded by its type.
  public mutating func writeIA5String(_ text: String) throws(PERError) {
    let characters = try ascii(text)
    try writeLength(characters.count, maximum: PERLimits.maxStringLength)
    writeAligned(characters)
  }

  private func ascii(_ text: String) throws(PERError) -> [UInt8] {
    let characters = Array(text.utf8)
    for character in characters where character >= 0x80 { throw error(.invalidCharacter) }
    return characters
  }

  /// Writes a known-multiplier string with a permitted alphabet of its own (§30.5).
  public mutating func writeString(
    _ text: String, _ alphabet: PERAlphabet, _ bounds: ClosedRange<Int>
  ) throws(PERError) {
    try writeLength(text.utf8.count, bounds)
    if alphabet.isAligned(bounds), !text.isEmpty { align() }
    let width = alphabet.bitsPerCharacter
    for character in text.utf8 {
      guard let code = alphabet.code(character) else { throw error(.invalidCharacter) }
      writeBits(UInt64(code), width)
    }
  }

  /// Writes a BMPString whose size the type bounds below 65,536 (§30.5).
  public mutating func writeBMPString(_ string: BMPString, _ bounds: ClosedRange<Int>) throws(PERError) {
    try writeLength(string.units.count, bounds)
    if bounds == 1...1 {
      for unit in string.units { writeBits(UInt64(unit), 16) }
    } else {
      writeAlignedUnits(string.units)
    }
  }

  /// Writes a BMPString whose size is not bounded by its type.
  public mutating func writeBMPString(_ string: BMPString) throws(PERError) {
    try writeLength(string.units.count, maximum: PERLimits.maxStringLength)
    writeAlignedUnits(string.units)
  }

  private mutating func writeAlignedUnits(_ units: [UInt16]) {
    guard !units.isEmpty else { return }
    for unit in units {
      octets.append(UInt8(truncatingIfNeeded: unit >> 8))
      octets.append(UInt8(truncatingIfNeeded: unit))
    }
    align()
  }

  /// Writes a GeneralString, or another string type without a known multiplier: octets with a length (§30.6).
  @inlinable
  public mutating func writeGeneralString(_ string: OctetString) throws(PERError) {
    try writeOctets(string.octets)
  }

  /// Writes an OBJECT IDENTIFIER (§24).
  @inlinable
  public mutating func writeObjectIdentifier(_ identifier: ObjectIdentifier) throws(PERError) {
    try identifier.encode(into: &self)
  }
}
