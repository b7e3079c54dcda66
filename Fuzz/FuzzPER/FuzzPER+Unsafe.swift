import FuzzSupport
import PER
import Wire

/// The first octets choose a sequence of types; the rest is read as that sequence. What was read is written, and read
/// again as the same values.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count > 8 else { return }
  var script = FuzzScript(bytes.extracting(0..<8))
  let kinds = (0..<8).map { _ in Kind.allCases[script.below(Kind.allCases.count)] }
  var reader = PERReader(bytes.extracting(8..<bytes.count))
  var values: [Value] = []
  for kind in kinds {
    guard let value = try? Value(kind, from: &reader) else { break }
    values.append(value)
  }
  var writer = PERWriter()
  do throws(PERError) {
    for value in values { try value.encode(into: &writer) }
    let written = writer.finish()
    var again = PERReader(written.span)
    for (value, kind) in zip(values, kinds) {
      let second = try Value(kind, from: &again)
      require(second == value, "another \(kind)")
    }
  } catch {
    fatalError("cannot be written or read again: \(error)")
  }
}

private enum Kind: CaseIterable {
  case bit, small, index, tiny, octet, wide, any, lower, free, fixed, bounded, long, bits, boundedBits
  case ascii, digits, bmp, identifier, open, array, sequence
}

private enum Value: Equatable {
  case bit(Bool)
  case number(Kind, Int)
  case octets(Kind, [UInt8])
  case bits(Kind, BitString)
  case text(Kind, String)
  case bmp(BMPString)
  case identifier(ObjectIdentifier)
  case array([Bool])
  case sequence(Bool, PERAdditions)

  init(_ kind: Kind, from reader: inout PERReader) throws(PERError) {
    switch kind {
    case .bit: self = .bit(try reader.readBit())
    case .small: self = .number(kind, try reader.readNormallySmall())
    case .index: self = .number(kind, try reader.readIndex(rootCount: 5))
    case .tiny: self = .number(kind, try reader.readInteger(-3...7))
    case .octet: self = .number(kind, try reader.readInteger(1...256))
    case .wide: self = .number(kind, try reader.readInteger(1...65_536))
    case .any: self = .number(kind, try reader.readInteger(1...4_294_967_295))
    case .lower: self = .number(kind, try reader.readInteger(from: -5))
    case .free: self = .number(kind, try reader.readInteger())
    case .fixed: self = .octets(kind, try reader.readOctets(count: 2))
    case .bounded: self = .octets(kind, try reader.readOctets(0...300))
    case .long: self = .octets(kind, try reader.readOctets())
    case .bits: self = .bits(kind, try reader.readBitString())
    case .boundedBits: self = .bits(kind, try reader.readBitString(0...2_048))
    case .ascii: self = .text(kind, try reader.readIA5String(0...512))
    case .digits: self = .text(kind, try reader.readString(.dialledDigits, 1...128))
    case .bmp: self = .bmp(try reader.readBMPString(1...128))
    case .identifier: self = .identifier(try reader.readObjectIdentifier())
    case .open: self = .octets(kind, try reader.readOpenTypeOctets())
    case .array: self = .array(try reader.readArray())
    case .sequence:
      let preamble = try reader.readPreamble(optionals: 1)
      var additions = try reader.readAdditions(preamble)
      self = .sequence(preamble.has(0), try additions.finish(&reader))
    }
  }

  func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .bit(let bit): writer.writeBit(bit)
    case .number(.small, let value): try writer.writeNormallySmall(value)
    case .number(.index, let value): try writer.writeIndex(value, rootCount: 5)
    case .number(.tiny, let value): try writer.writeInteger(value, -3...7)
    case .number(.octet, let value): try writer.writeInteger(value, 1...256)
    case .number(.wide, let value): try writer.writeInteger(value, 1...65_536)
    case .number(.any, let value): try writer.writeInteger(value, 1...4_294_967_295)
    case .number(.lower, let value): try writer.writeInteger(value, from: -5)
    case .number(_, let value): writer.writeInteger(value)
    case .octets(.fixed, let value): try writer.writeOctets(value, count: 2)
    case .octets(.bounded, let value): try writer.writeOctets(value, 0...300)
    case .octets(.open, let value): try writer.writeOpenType(octets: value)
    case .octets(_, let value): try writer.writeOctets(value)
    case .bits(.bits, let value): try writer.writeBitString(value)
    case .bits(_, let value): try writer.writeBitString(value, 0...2_048)
    case .text(.ascii, let value): try writer.writeIA5String(value, 0...512)
    case .text(_, let value): try writer.writeString(value, .dialledDigits, 1...128)
    case .bmp(let value): try writer.writeBMPString(value, 1...128)
    case .identifier(let value): try writer.writeObjectIdentifier(value)
    case .array(let value): try writer.writeArray(value)
    case .sequence(let isPresent, let kept):
      let sequence = writer.beginSequence(optionals: 1)
      if isPresent { writer.markPresent(0, in: sequence) }
      var additions = writer.beginAdditions(sequence, known: 0, kept: kept)
      try additions.finish(&writer)
    }
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
