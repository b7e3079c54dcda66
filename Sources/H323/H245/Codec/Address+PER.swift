import PER
import Wire

extension TransportAddress: PERValue {
  private static let rootCount = 2
  private static let unicastRootCount = 5

  /// Reads a TransportAddress.
  public init(from reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.rootCount) {
    case 0: try self.init(unicast: &reader)
    case 1: self = try .other(KeptValue(.multicastAddress, from: &reader))
    case let index: self = try .unknown(UnknownAlternative(index, from: &reader))
    }
  }

  private init(unicast reader: inout PERReader) throws(PERError) {
    switch try reader.readIndex(rootCount: Self.unicastRootCount) {
    case 0: self = try .unicast(Self.readAddress(&reader, octets: 4))
    case 1: self = try .other(KeptValue(.iPXAddress, from: &reader))
    case 2: self = try .unicast(Self.readAddress(&reader, octets: 16))
    case 3: self = try .other(KeptValue(.netBios, from: &reader))
    case 4: self = try .other(KeptValue(.iPSourceRouteAddress, from: &reader))
    case let index: self = try .unknownUnicast(UnknownAlternative(index, from: &reader))
    }
  }

  /// An iPAddress or an iP6Address; what a later version adds to it is passed over.
  private static func readAddress(_ reader: inout PERReader, octets count: Int) throws(PERError) -> SocketAddress {
    let preamble = try reader.readPreamble(optionals: 0)
    let octets = try reader.readOctets(count: count)
    let port = try reader.readUInt16()
    _ = try reader.readKeptAdditions(preamble)
    if count == 4 { return SocketAddress(ip: IPAddress(v4: octets.span.bigEndianUInt32(at: 0)), port: port) }
    let ip = IPAddress(high: octets.span.bigEndianUInt64(at: 0), low: octets.span.bigEndianUInt64(at: 8))
    return SocketAddress(ip: ip, port: port)
  }

  /// Writes a TransportAddress.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .unicast(let address):
      try writer.writeIndex(0, rootCount: Self.rootCount)
      try writer.writeIndex(address.ip.isIPv4 ? 0 : 2, rootCount: Self.unicastRootCount)
      _ = writer.beginSequence(optionals: 0)
      try writer.writeOctets(address.ip.bytes, count: address.ip.isIPv4 ? 4 : 16)
      try writer.write(address.port)
    case .other(let value):
      let index: Int
      switch value.type {
      case .multicastAddress:
        try writer.writeIndex(1, rootCount: Self.rootCount)
        return try value.encode(into: &writer)
      case .iPXAddress: index = 1
      case .netBios: index = 3
      case .iPSourceRouteAddress: index = 4
      default: throw writer.error(.unknownValue)
      }
      try writer.writeIndex(0, rootCount: Self.rootCount)
      try writer.writeIndex(index, rootCount: Self.unicastRootCount)
      try value.encode(into: &writer)
    case .unknownUnicast(let alternative):
      try writer.writeIndex(0, rootCount: Self.rootCount)
      try alternative.encode(into: &writer, rootCount: Self.unicastRootCount)
    case .unknown(let alternative): try alternative.encode(into: &writer, rootCount: Self.rootCount)
    }
  }
}

extension TerminalLabel: PERValue {
  /// Reads a TerminalLabel.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let mcuNumber: UInt8 = try reader.readUInt8(0...192)
    let terminalNumber: UInt8 = try reader.readUInt8(0...192)
    let extensions: PERAdditions = try reader.readKeptAdditions(preamble)
    self.init(mcuNumber: mcuNumber, terminalNumber: terminalNumber, extensions: extensions)
  }

  /// Writes a TerminalLabel.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.write(mcuNumber, 0...192)
    try writer.write(terminalNumber, 0...192)
    try writer.writeKeptAdditions(extensions, sequence)
  }
}
