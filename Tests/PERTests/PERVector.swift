import PER
import Testing
import Wire

/// A value, its encoding after a BOOLEAN TRUE, and how both are made of each other.
///
/// The BOOLEAN stands in front so that nothing is on an octet boundary by luck.
struct PERVector: Sendable, CustomTestStringConvertible {
  typealias Write = @Sendable (inout PERWriter) throws(PERError) -> Void
  typealias Matches = @Sendable (inout PERReader) throws(PERError) -> Bool

  let testDescription: String
  let hex: String
  let write: Write
  let matches: Matches

  init(_ name: String, _ hex: String, _ write: @escaping Write, _ matches: @escaping Matches) {
    (testDescription, self.hex, self.write, self.matches) = (name, hex, write, matches)
  }

  static func integer(_ value: Int, _ bounds: ClosedRange<Int>, _ hex: String) -> PERVector {
    PERVector(
      "INTEGER \(bounds) \(value)", hex,
      { (writer) throws(PERError) in try writer.writeInteger(value, bounds) },
      { (reader) throws(PERError) in try reader.readInteger(bounds) == value })
  }

  static func integer(_ value: Int, from lower: Int, _ hex: String) -> PERVector {
    PERVector(
      "INTEGER \(lower)... \(value)", hex,
      { (writer) throws(PERError) in try writer.writeInteger(value, from: lower) },
      { (reader) throws(PERError) in try reader.readInteger(from: lower) == value })
  }

  static func integer(_ value: Int, _ hex: String) -> PERVector {
    PERVector(
      "INTEGER \(value)", hex,
      { (writer) throws(PERError) in writer.writeInteger(value) },
      { (reader) throws(PERError) in try reader.readInteger() == value })
  }

  static func octets(_ value: [UInt8], count: Int, _ hex: String) -> PERVector {
    PERVector(
      "OCTET STRING of \(count)", hex,
      { (writer) throws(PERError) in try writer.writeOctets(value, count: count) },
      { (reader) throws(PERError) in try reader.readOctets(count: count) == value })
  }

  static func octets(_ value: [UInt8], _ bounds: ClosedRange<Int>, _ hex: String) -> PERVector {
    PERVector(
      "OCTET STRING \(bounds), \(value.count)", hex,
      { (writer) throws(PERError) in try writer.writeOctets(value, bounds) },
      { (reader) throws(PERError) in try reader.readOctets(bounds) == value })
  }

  static func octets(_ value: [UInt8], _ hex: String) -> PERVector {
    PERVector(
      "OCTET STRING, \(value.count)", hex,
      { (writer) throws(PERError) in try writer.writeOctets(value) },
      { (reader) throws(PERError) in try reader.readOctets() == value })
  }

  static func bits(_ value: BitString, count: Int, _ hex: String) -> PERVector {
    PERVector(
      "BIT STRING of \(count)", hex,
      { (writer) throws(PERError) in try writer.writeBitString(value, count: count) },
      { (reader) throws(PERError) in try reader.readBitString(count: count) == value })
  }

  static func bits(_ value: BitString, _ bounds: ClosedRange<Int>, _ hex: String) -> PERVector {
    PERVector(
      "BIT STRING \(bounds), \(value.count)", hex,
      { (writer) throws(PERError) in try writer.writeBitString(value, bounds) },
      { (reader) throws(PERError) in try reader.readBitString(bounds) == value })
  }

  static func bits(_ value: BitString, _ hex: String) -> PERVector {
    PERVector(
      "BIT STRING, \(value.count)", hex,
      { (writer) throws(PERError) in try writer.writeBitString(value) },
      { (reader) throws(PERError) in try reader.readBitString() == value })
  }

  static func ia5(_ value: String, _ bounds: ClosedRange<Int>, _ hex: String) -> PERVector {
    PERVector(
      "IA5String \(bounds) \(value)", hex,
      { (writer) throws(PERError) in try writer.writeIA5String(value, bounds) },
      { (reader) throws(PERError) in try reader.readIA5String(bounds) == value })
  }

  static func ia5(_ value: String, _ hex: String) -> PERVector {
    PERVector(
      "IA5String \(value)", hex,
      { (writer) throws(PERError) in try writer.writeIA5String(value) },
      { (reader) throws(PERError) in try reader.readIA5String() == value })
  }

  static func text(_ value: String, _ alphabet: PERAlphabet, _ bounds: ClosedRange<Int>, _ hex: String) -> PERVector {
    PERVector(
      "alphabet, \(bounds) \(value)", hex,
      { (writer) throws(PERError) in try writer.writeString(value, alphabet, bounds) },
      { (reader) throws(PERError) in try reader.readString(alphabet, bounds) == value })
  }

  static func bmp(_ value: BMPString, _ bounds: ClosedRange<Int>, _ hex: String) -> PERVector {
    PERVector(
      "BMPString \(bounds) \(value)", hex,
      { (writer) throws(PERError) in try writer.writeBMPString(value, bounds) },
      { (reader) throws(PERError) in try reader.readBMPString(bounds) == value })
  }

  static func bmp(_ value: BMPString, _ hex: String) -> PERVector {
    PERVector(
      "BMPString \(value)", hex,
      { (writer) throws(PERError) in try writer.writeBMPString(value) },
      { (reader) throws(PERError) in try reader.readBMPString() == value })
  }

  static func identifier(_ value: ObjectIdentifier, _ hex: String) -> PERVector {
    PERVector(
      "OBJECT IDENTIFIER \(value)", hex,
      { (writer) throws(PERError) in try writer.writeObjectIdentifier(value) },
      { (reader) throws(PERError) in try reader.readObjectIdentifier() == value })
  }

  static func index(_ value: Int, rootCount: Int, _ hex: String) -> PERVector {
    PERVector(
      "index \(value)", hex,
      { (writer) throws(PERError) in try writer.writeIndex(value, rootCount: rootCount) },
      { (reader) throws(PERError) in try reader.readIndex(rootCount: rootCount) == value })
  }

  static func small(_ value: Int, _ hex: String) -> PERVector {
    PERVector(
      "normally small \(value)", hex,
      { (writer) throws(PERError) in try writer.writeNormallySmall(value) },
      { (reader) throws(PERError) in try reader.readNormallySmall() == value })
  }
}
