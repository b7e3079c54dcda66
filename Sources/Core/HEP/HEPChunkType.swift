/// The generic chunk types (vendor 0x0000) that are read and written here (HEP3 rev. 37, "Generic chunk types").
public enum HEPChunkType: UInt16, Sendable, Hashable, CaseIterable {
  /// IP protocol family: 2 for IPv4, 10 for IPv6.
  case protocolFamily = 0x0001
  /// IP protocol ID.
  case protocolID = 0x0002
  /// IPv4 source address.
  case sourceIPv4 = 0x0003
  /// IPv4 destination address.
  case destinationIPv4 = 0x0004
  /// IPv6 source address.
  case sourceIPv6 = 0x0005
  /// IPv6 destination address.
  case destinationIPv6 = 0x0006
  /// Source port.
  case sourcePort = 0x0007
  /// Destination port.
  case destinationPort = 0x0008
  /// Seconds since 1970.
  case seconds = 0x0009
  /// Microseconds to be added.
  case microseconds = 0x000A
  /// Protocol type.
  case protocolType = 0x000B
  /// Capture agent ID.
  case agentID = 0x000C
  /// Keep alive timer, seconds.
  case keepAliveTimer = 0x000D
  /// Authenticate key.
  case authenticateKey = 0x000E
  /// Captured packet payload.
  case payload = 0x000F
  /// Captured compressed payload.
  case compressedPayload = 0x0010
  /// Internal correlation id.
  case correlationID = 0x0011
  /// Capture agent ID as a name.
  case nodeName = 0x0013

  /// Bytes of its payload; nil: any number.
  var payloadBytes: Int? {
    switch self {
    case .protocolFamily, .protocolID, .protocolType: 1
    case .sourcePort, .destinationPort, .keepAliveTimer: 2
    case .sourceIPv4, .destinationIPv4, .seconds, .microseconds, .agentID: 4
    case .sourceIPv6, .destinationIPv6: 16
    case .authenticateKey, .payload, .compressedPayload, .correlationID, .nodeName: nil
    }
  }
}

/// The numbers of address families that stand in chunk 0x0001.
enum HEPFamily {
  static let ipv4: UInt8 = 2
  static let ipv6: UInt8 = 10
}

/// Bounds of packets.
public struct HEPLimits: Sendable, Hashable {
  /// Bytes of a packet, its header included: the length has 16 bits.
  public static let maxPacketBytes = 65_535
  /// Bytes of a node name and of an authenticate key.
  public static let maxTextBytes = 255
  /// Chunks of a packet that is read. There are some twenty-five generic types, and vendors' own.
  public var maxChunks = 64

  /// The bounds that hold unless somebody sets others.
  public static let `default` = HEPLimits()

  /// The default bounds, to be changed field by field.
  public init() {}

  /// `HEP3` and the length.
  static let headerBytes = 6
  /// Vendor, type and length of a chunk.
  static let chunkHeaderBytes = 6
}

/// Why something is no packet, or cannot become one.
public enum HEPError: Error, Sendable, Hashable {
  /// It begins otherwise.
  case identifier
  /// The length in the header is not that of the packet.
  case length
  /// A chunk does not end inside the packet, or is shorter than its own header.
  case truncated
  /// More chunks than allowed.
  case tooManyChunks
  /// A chunk whose payload has a length that its type does not have.
  case chunkLength(HEPChunkType)
  /// A generic chunk that is there twice.
  case duplicate(HEPChunkType)
  /// A chunk without which nobody knows who sent what to whom, when, or who saw it.
  case missing(HEPChunkType)
  /// A family that is neither IPv4 nor IPv6, or addresses of another one than it says.
  case family
  /// Microseconds that are a second or more.
  case microseconds
  /// A payload both as it was and compressed.
  case twoPayloads
  /// Longer than a packet, a name or a key can be.
  case tooLong(HEPChunkType)
  /// A time before 1970 or after 2106.
  case time
}
