import PER
import Wire

/// GloballyUniqueID and ConferenceIdentifier: sixteen octets.
public struct GloballyUniqueID: PERValue {
  /// The first eight octets, in network order.
  public var high: UInt64

  /// The last eight octets, in network order.
  public var low: UInt64

  /// The identifier of two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The identifier of sixteen octets; nil when there are more or fewer.
  public init?(octets: Span<UInt8>) {
    guard octets.count == 16 else { return nil }
    self.init(high: octets.bigEndianUInt64(at: 0), low: octets.bigEndianUInt64(at: 8))
  }

  /// The sixteen octets.
  public var octets: [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64((7 - $0 % 8) * 8)) }
  }

  /// Reads an OCTET STRING (SIZE(16)).
  public init(from reader: inout PERReader) throws(PERError) {
    let high: UInt64 = try reader.readAlignedUInt(octets: 8)
    let low: UInt64 = try reader.readAlignedUInt(octets: 8)
    self.init(high: high, low: low)
  }

  /// Writes an OCTET STRING (SIZE(16)).
  public func encode(into writer: inout PERWriter) throws(PERError) {
    writer.writeAlignedUInt(high, octets: 8)
    writer.writeAlignedUInt(low, octets: 8)
  }
}

/// CallIdentifier.
public struct CallIdentifier: PERValue {
  /// `guid GloballyUniqueID`
  public var guid: GloballyUniqueID

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension CallIdentifier {
  /// The identifier of a call.
  public init(guid: GloballyUniqueID) {
    self.guid = guid
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let guid: GloballyUniqueID = try GloballyUniqueID(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(guid: guid, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try guid.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 0, kept: unknown)
    try additions.finish(&writer)
  }
}
