import Wire

/// Packets that are missing: one, and any of the sixteen behind it (RFC 4585 §6.2.1).
public struct GenericNACK: Sendable, Hashable {
  /// The first that is missing.
  public var packetID: UInt16
  /// Bit i, from 0 for the least: the packet `packetID` + i + 1 is missing as well.
  public var followingLost: UInt16

  /// An entry of these values.
  public init(packetID: UInt16, followingLost: UInt16 = 0) {
    self.packetID = packetID
    self.followingLost = followingLost
  }

  /// The entries that name these sequence numbers, which come in ascending order modulo 2¹⁶.
  public static func entries(naming sequenceNumbers: some Sequence<UInt16>) -> [GenericNACK] {
    var entries: [GenericNACK] = []
    for number in sequenceNumbers {
      if let last = entries.last {
        let distance = number &- last.packetID
        if distance == 0 { continue }
        if distance <= 16 {
          entries[entries.count - 1].followingLost |= 1 << (distance - 1)
          continue
        }
      }
      entries.append(GenericNACK(packetID: number))
    }
    return entries
  }

  /// The sequence numbers it names, in ascending order modulo 2¹⁶.
  public var sequenceNumbers: [UInt16] {
    [packetID] + (0..<16).compactMap { followingLost >> $0 & 1 == 1 ? packetID &+ UInt16($0) &+ 1 : nil }
  }
}

/// A limit that a receiver sets to a sender's bit rate (RFC 5104 §4.2.1, §4.2.2).
public struct TMMBREntry: Sendable, Hashable {
  /// The sender that is to keep to it; in a TMMBN the owner of the limit.
  public var ssrc: UInt32
  /// The exponent of the bit rate, six bits.
  public var exponent: UInt8
  /// The mantissa of the bit rate, 17 bits.
  public var mantissa: UInt32
  /// The measured overhead in bytes per packet, nine bits.
  public var overhead: UInt16

  /// An entry of these values, each cut to its bits.
  public init(ssrc: UInt32, exponent: UInt8, mantissa: UInt32, overhead: UInt16) {
    self.ssrc = ssrc
    self.exponent = exponent & 0x3F
    self.mantissa = mantissa & 0x1_FFFF
    self.overhead = overhead & 0x1FF
  }

  /// The limit: mantissa · 2^exponent bits per second, held within 64 bits.
  public var bitsPerSecond: UInt64 {
    let mantissa = UInt64(mantissa)
    guard mantissa != 0 else { return 0 }
    return mantissa.leadingZeroBitCount >= Int(exponent) ? mantissa << UInt64(exponent) : .max
  }
}

/// Wants a picture that needs no other (RFC 5104 §4.3.1).
public struct FullIntraRequest: Sendable, Hashable {
  /// The sender of the picture.
  public var ssrc: UInt32
  /// The command's number; the same again is a repetition.
  public var sequenceNumber: UInt8

  /// A command of these values.
  public init(ssrc: UInt32, sequenceNumber: UInt8) {
    self.ssrc = ssrc
    self.sequenceNumber = sequenceNumber
  }
}

/// Feedback about the transport (RFC 4585 §6.2).
public struct TransportFeedback: Sendable, Hashable {
  /// What it says.
  public enum Message: Sendable, Hashable {
    /// Packets are missing (format 1); at least one entry.
    case nack([GenericNACK])
    /// Limits to be kept (format 3); at least one entry.
    case tmmbr([TMMBREntry])
    /// Limits that are kept (format 4); perhaps none.
    case tmmbn([TMMBREntry])
    /// Any other format: its number and its words as they came.
    case other(format: UInt8, [UInt8])
  }

  /// Who sends it.
  public var sender: UInt32
  /// The source it is about; 0 where the entries name it.
  public var media: UInt32
  /// What it says.
  public var message: Message

  /// Feedback of these parts.
  public init(sender: UInt32, media: UInt32, _ message: Message) {
    self.sender = sender
    self.media = media
    self.message = message
  }

  init(_ reader: inout RTCPBodyReader, format: UInt8) throws(RTCPParseError) {
    sender = try reader.uint32()
    media = try reader.uint32()
    switch format {
    case 1:
      var entries: [GenericNACK] = []
      repeat {
        entries.append(GenericNACK(packetID: try reader.uint16(), followingLost: try reader.uint16()))
      } while reader.remaining > 0
      message = .nack(entries)
    case 3:
      guard reader.remaining > 0 else { throw reader.error(.malformed) }
      message = .tmmbr(try Self.limits(&reader))
    case 4: message = .tmmbn(try Self.limits(&reader))
    default: message = .other(format: format, reader.rest())
    }
  }

  private static func limits(_ reader: inout RTCPBodyReader) throws(RTCPParseError) -> [TMMBREntry] {
    var entries: [TMMBREntry] = []
    while reader.remaining > 0 {
      let ssrc = try reader.uint32()
      let word = try reader.uint32()
      entries.append(
        TMMBREntry(
          ssrc: ssrc, exponent: UInt8(truncatingIfNeeded: word >> 26), mantissa: word >> 9,
          overhead: UInt16(truncatingIfNeeded: word)))
    }
    return entries
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    switch message {
    case .nack(let entries):
      try writeHeader(1, 4 * entries.count, to: &writer)
      for entry in entries {
        try writer.write(entry.packetID)
        try writer.write(entry.followingLost)
      }
    case .tmmbr(let entries):
      try writeHeader(3, 8 * entries.count, to: &writer)
      try Self.write(entries, to: &writer)
    case .tmmbn(let entries):
      try writeHeader(4, 8 * entries.count, to: &writer)
      try Self.write(entries, to: &writer)
    case .other(let format, let words):
      try writeHeader(format, words.count, to: &writer)
      try writer.write(words)
    }
  }

  private func writeHeader(_ format: UInt8, _ bytes: Int, to writer: inout ByteWriter) throws(WireError) {
    try writer.writeRTCPHeader(RTCPPacketType.transportFeedback, count: Int(format), bodyBytes: 8 + bytes)
    try writer.write(sender)
    try writer.write(media)
  }

  private static func write(_ entries: [TMMBREntry], to writer: inout ByteWriter) throws(WireError) {
    for entry in entries {
      try writer.write(entry.ssrc)
      try writer.write(
        UInt32(entry.exponent & 0x3F) << 26 | (entry.mantissa & 0x1_FFFF) << 9 | UInt32(entry.overhead & 0x1FF))
    }
  }
}

/// Feedback about the payload (RFC 4585 §6.3).
public struct PayloadFeedback: Sendable, Hashable {
  /// What it says.
  public enum Message: Sendable, Hashable {
    /// A picture was lost (format 1).
    case pictureLossIndication
    /// A picture that needs no other is wanted (format 4); at least one entry.
    case fullIntraRequest([FullIntraRequest])
    /// A message of an application (format 15), REMB among them: its words as they came.
    case applicationLayer([UInt8])
    /// Any other format: its number and its words as they came.
    case other(format: UInt8, [UInt8])
  }

  /// Who sends it.
  public var sender: UInt32
  /// The source it is about; 0 where the entries name it.
  public var media: UInt32
  /// What it says.
  public var message: Message

  /// Feedback of these parts.
  public init(sender: UInt32, media: UInt32, _ message: Message) {
    self.sender = sender
    self.media = media
    self.message = message
  }

  init(_ reader: inout RTCPBodyReader, format: UInt8) throws(RTCPParseError) {
    sender = try reader.uint32()
    media = try reader.uint32()
    switch format {
    case 1:
      try reader.requireEnd()
      message = .pictureLossIndication
    case 4:
      var entries: [FullIntraRequest] = []
      repeat {
        let ssrc = try reader.uint32()
        entries.append(FullIntraRequest(ssrc: ssrc, sequenceNumber: UInt8(try reader.uint32() >> 24)))
      } while reader.remaining > 0
      message = .fullIntraRequest(entries)
    case 15: message = .applicationLayer(reader.rest())
    default: message = .other(format: format, reader.rest())
    }
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    switch message {
    case .pictureLossIndication: try writeHeader(1, 0, to: &writer)
    case .fullIntraRequest(let entries):
      try writeHeader(4, 8 * entries.count, to: &writer)
      for entry in entries {
        try writer.write(entry.ssrc)
        try writer.write(UInt32(entry.sequenceNumber) << 24)
      }
    case .applicationLayer(let words):
      try writeHeader(15, words.count, to: &writer)
      try writer.write(words)
    case .other(let format, let words):
      try writeHeader(format, words.count, to: &writer)
      try writer.write(words)
    }
  }

  private func writeHeader(_ format: UInt8, _ bytes: Int, to writer: inout ByteWriter) throws(WireError) {
    try writer.writeRTCPHeader(RTCPPacketType.payloadFeedback, count: Int(format), bodyBytes: 8 + bytes)
    try writer.write(sender)
    try writer.write(media)
  }
}
