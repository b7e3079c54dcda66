import Wire

/// What a receiver says of one source (RFC 3550 §6.4.1).
public struct ReceptionReport: Sendable, Hashable {
  /// The bytes of a block.
  static let byteCount = 24

  /// The source this is about.
  public var ssrc: UInt32
  /// The part of packets lost since the last report, in units of 1/256.
  public var fractionLost: UInt8
  /// Packets lost since the beginning, in 24 bits: −8,388,608 to 8,388,607; duplicates can make it negative.
  public var cumulativeLost: Int32
  /// The highest sequence number received, with how often it began anew in the upper 16 bits.
  public var extendedHighestSequenceNumber: UInt32
  /// The interarrival jitter, in units of the timestamp.
  public var jitter: UInt32
  /// The middle 32 bits of the NTP timestamp of the last SR from the source; 0 without one.
  public var lastSR: UInt32
  /// The time from receiving that SR to sending this, in units of 1/65,536 s; 0 without one.
  public var delaySinceLastSR: UInt32

  /// A block of these values; `cumulativeLost` is held within 24 bits.
  public init(
    ssrc: UInt32, fractionLost: UInt8 = 0, cumulativeLost: Int32 = 0, extendedHighestSequenceNumber: UInt32 = 0,
    jitter: UInt32 = 0, lastSR: UInt32 = 0, delaySinceLastSR: UInt32 = 0
  ) {
    self.ssrc = ssrc
    self.fractionLost = fractionLost
    self.cumulativeLost = min(max(cumulativeLost, -0x80_0000), 0x7F_FFFF)
    self.extendedHighestSequenceNumber = extendedHighestSequenceNumber
    self.jitter = jitter
    self.lastSR = lastSR
    self.delaySinceLastSR = delaySinceLastSR
  }

  init(_ reader: inout RTCPBodyReader) throws(RTCPParseError) {
    ssrc = try reader.uint32()
    let lost = try reader.uint32()
    fractionLost = UInt8(truncatingIfNeeded: lost >> 24)
    // The low 24 bits, with their sign.
    cumulativeLost = Int32(bitPattern: lost << 8) >> 8
    extendedHighestSequenceNumber = try reader.uint32()
    jitter = try reader.uint32()
    lastSR = try reader.uint32()
    delaySinceLastSR = try reader.uint32()
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    try writer.write(ssrc)
    try writer.write(UInt32(fractionLost) << 24 | UInt32(bitPattern: cumulativeLost) & 0xFF_FFFF)
    try writer.write(extendedHighestSequenceNumber)
    try writer.write(jitter)
    try writer.write(lastSR)
    try writer.write(delaySinceLastSR)
  }

  static func list(_ reader: inout RTCPBodyReader, count: UInt8) throws(RTCPParseError) -> [ReceptionReport] {
    guard reader.remaining >= Int(count) * byteCount else { throw reader.error(.malformed) }
    var reports: [ReceptionReport] = []
    reports.reserveCapacity(Int(count))
    for _ in 0..<count { reports.append(try ReceptionReport(&reader)) }
    return reports
  }
}

/// A sender report (RFC 3550 §6.4.1).
public struct SenderReport: Sendable, Hashable {
  /// Who sends it.
  public var ssrc: UInt32
  /// When it was sent.
  public var ntpTimestamp: NTPTimestamp
  /// The same instant in units of the media's clock.
  public var rtpTimestamp: UInt32
  /// Packets sent since the beginning, modulo 2³².
  public var packetCount: UInt32
  /// Payload bytes sent since the beginning, modulo 2³².
  public var octetCount: UInt32
  /// What it received of others; at most 31.
  public var reports: [ReceptionReport]
  /// What a profile adds, whole words (§6.4.3).
  public var profileExtension: [UInt8]

  /// A report of these values.
  public init(
    ssrc: UInt32, ntpTimestamp: NTPTimestamp, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32,
    reports: [ReceptionReport] = [], profileExtension: [UInt8] = []
  ) {
    self.ssrc = ssrc
    self.ntpTimestamp = ntpTimestamp
    self.rtpTimestamp = rtpTimestamp
    self.packetCount = packetCount
    self.octetCount = octetCount
    self.reports = reports
    self.profileExtension = profileExtension
  }

  init(_ reader: inout RTCPBodyReader, count: UInt8) throws(RTCPParseError) {
    ssrc = try reader.uint32()
    ntpTimestamp = NTPTimestamp(bits: try reader.uint64())
    rtpTimestamp = try reader.uint32()
    packetCount = try reader.uint32()
    octetCount = try reader.uint32()
    reports = try ReceptionReport.list(&reader, count: count)
    profileExtension = reader.rest()
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    try writer.writeRTCPHeader(
      RTCPPacketType.senderReport, count: reports.count,
      bodyBytes: 24 + reports.count * ReceptionReport.byteCount + profileExtension.count)
    try writer.write(ssrc)
    try writer.write(ntpTimestamp.bits)
    try writer.write(rtpTimestamp)
    try writer.write(packetCount)
    try writer.write(octetCount)
    for report in reports { try report.write(to: &writer) }
    try writer.write(profileExtension)
  }
}

/// A receiver report (RFC 3550 §6.4.2).
public struct ReceiverReport: Sendable, Hashable {
  /// Who sends it.
  public var ssrc: UInt32
  /// What it received of others; at most 31, and none is a report as well.
  public var reports: [ReceptionReport]
  /// What a profile adds, whole words (§6.4.3).
  public var profileExtension: [UInt8]

  /// A report of these values.
  public init(ssrc: UInt32, reports: [ReceptionReport] = [], profileExtension: [UInt8] = []) {
    self.ssrc = ssrc
    self.reports = reports
    self.profileExtension = profileExtension
  }

  init(_ reader: inout RTCPBodyReader, count: UInt8) throws(RTCPParseError) {
    ssrc = try reader.uint32()
    reports = try ReceptionReport.list(&reader, count: count)
    profileExtension = reader.rest()
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    try writer.writeRTCPHeader(
      RTCPPacketType.receiverReport, count: reports.count,
      bodyBytes: 4 + reports.count * ReceptionReport.byteCount + profileExtension.count)
    try writer.write(ssrc)
    for report in reports { try report.write(to: &writer) }
    try writer.write(profileExtension)
  }
}
