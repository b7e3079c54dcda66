import Wire

/// Sources that leave (RFC 3550 §6.6).
public struct Goodbye: Sendable, Hashable {
  /// The sources; at most 31, and perhaps none.
  public var sources: [UInt32]
  /// Why, in UTF-8, at most 255 bytes; nil when it is not said.
  public var reason: [UInt8]?

  /// A farewell of these sources.
  public init(_ sources: [UInt32], reason: [UInt8]? = nil) {
    self.sources = sources
    self.reason = reason
  }

  init(_ reader: inout RTCPBodyReader, count: UInt8) throws(RTCPParseError) {
    sources = []
    for _ in 0..<count { sources.append(try reader.uint32()) }
    guard reader.remaining > 0 else { return }
    let length = Int(try reader.uint8())
    reason = try reader.bytes(length)
    // What is left up to the next word; RFC 3550 wants zeros, and nothing depends on them.
    guard reader.remaining < 4 else { throw reader.error(.trailingBytes) }
    _ = reader.rest()
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    let reasonBytes = reason.map { ($0.count + 4) / 4 * 4 } ?? 0
    try writer.writeRTCPHeader(
      RTCPPacketType.goodbye, count: sources.count, bodyBytes: 4 * sources.count + reasonBytes)
    for source in sources { try writer.write(source) }
    guard let reason else { return }
    let start = writer.count
    try writer.writePrefixed(reason.span, lengthBytes: 1)
    try writer.alignToWord(from: start)
  }
}

/// A packet that an application has defined (RFC 3550 §6.7).
public struct ApplicationPacket: Sendable, Hashable {
  /// The application's subtype, 0 to 31.
  public var subtype: UInt8
  /// Who sends it.
  public var ssrc: UInt32
  /// The application's name, four ASCII characters as a number in network order.
  public var name: UInt32
  /// What it says, whole words.
  public var data: [UInt8]

  /// A packet of these parts.
  public init(subtype: UInt8, ssrc: UInt32, name: UInt32, data: [UInt8]) {
    self.subtype = subtype
    self.ssrc = ssrc
    self.name = name
    self.data = data
  }

  init(_ reader: inout RTCPBodyReader, subtype: UInt8) throws(RTCPParseError) {
    self.subtype = subtype
    ssrc = try reader.uint32()
    name = try reader.uint32()
    data = reader.rest()
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    try writer.writeRTCPHeader(RTCPPacketType.application, count: Int(subtype), bodyBytes: 8 + data.count)
    try writer.write(ssrc)
    try writer.write(name)
    try writer.write(data)
  }
}
