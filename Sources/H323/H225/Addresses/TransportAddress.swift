import PER
import Wire

/// TransportAddress.
public enum TransportAddress: PERValue {
  /// `ipAddress` and `ip6Address`: which of them it is, the address says.
  case ipAddress(IPAddress, port: UInt16)
  // Behind a reference, as whatever is rare and large is: every optional address would be as large as the largest.
  indirect case ipSourceRoute(IPSourceRoute)
  indirect case ipxAddress(IPXAddress)
  case netBios([UInt8])
  case nsap([UInt8])
  indirect case nonStandardAddress(NonStandardParameter)
  /// An `ip6Address` that is more than an address and a port.
  indirect case ip6Address(IP6Address)
  /// One of a later version.
  indirect case other(H225Alternative)

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let index = try reader.readIndex(rootCount: 7)
    switch index {
    case 0:
      let ip = try UInt32(truncatingIfNeeded: reader.readAlignedUInt(octets: 4))
      let port = try UInt16(truncatingIfNeeded: reader.readAlignedUInt(octets: 2))
      self = .ipAddress(IPAddress(v4: ip), port: port)
    case 1: self = .ipSourceRoute(try IPSourceRoute(from: &reader))
    case 2: self = .ipxAddress(try IPXAddress(from: &reader))
    case 3:
      let address = try IP6Address(from: &reader)
      if address.unknown.isEmpty, let ip = address.plain {
        self = .ipAddress(ip, port: address.port)
      } else {
        self = .ip6Address(address)
      }
    case 4: self = .netBios(try reader.readOctets(count: 16))
    case 5: self = .nsap(try reader.readOctets(1...20))
    case 6: self = .nonStandardAddress(try NonStandardParameter(from: &reader))
    default: self = .other(try H225Alternative(index, from: &reader))
    }
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    switch self {
    case .ipAddress(let ip, let port):
      if let v4 = ip.v4 {
        try writer.writeIndex(0, rootCount: 7)
        writer.writeAlignedUInt(UInt64(v4), octets: 4)
        writer.writeAlignedUInt(UInt64(port), octets: 2)
      } else {
        try writer.writeIndex(3, rootCount: 7)
        try IP6Address(high: ip.high, low: ip.low, port: port).encode(into: &writer)
      }
    case .ipSourceRoute(let value):
      try writer.writeIndex(1, rootCount: 7)
      try value.encode(into: &writer)
    case .ipxAddress(let value):
      try writer.writeIndex(2, rootCount: 7)
      try value.encode(into: &writer)
    case .ip6Address(let value):
      try writer.writeIndex(3, rootCount: 7)
      try value.encode(into: &writer)
    case .netBios(let value):
      try writer.writeIndex(4, rootCount: 7)
      try writer.writeOctets(value, count: 16)
    case .nsap(let value):
      try writer.writeIndex(5, rootCount: 7)
      try writer.writeOctets(value, 1...20)
    case .nonStandardAddress(let value):
      try writer.writeIndex(6, rootCount: 7)
      try value.encode(into: &writer)
    case .other(let alternative): try alternative.encode(into: &writer, rootCount: 7)
    }
  }

  /// The address and port; nil for what is not IP, or routed by its source.
  public var socketAddress: SocketAddress? {
    switch self {
    case .ipAddress(let ip, let port): SocketAddress(ip: ip, port: port)
    case .ip6Address(let address):
      SocketAddress(ip: IPAddress(high: address.high, low: address.low), port: address.port)
    case .ipSourceRoute, .ipxAddress, .netBios, .nsap, .nonStandardAddress, .other: nil
    }
  }
}

/// `ip6Address` of TransportAddress.
public struct IP6Address: PERValue {
  /// The first eight octets of `ip OCTET STRING (SIZE(16))`, in network order.
  public var high: UInt64

  /// The last eight octets.
  public var low: UInt64

  /// `port INTEGER (0..65535)`
  public var port: UInt16

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension IP6Address {
  init(high: UInt64, low: UInt64, port: UInt16) {
    self.high = high
    self.low = low
    self.port = port
  }

  /// The address, unless it is an IPv4 address in disguise, which would be written as one.
  var plain: IPAddress? {
    let address = IPAddress(high: high, low: low)
    return address.isIPv4 ? nil : address
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let high: UInt64 = try reader.readAlignedUInt(octets: 8)
    let low: UInt64 = try reader.readAlignedUInt(octets: 8)
    let port: UInt16 = try UInt16(truncatingIfNeeded: reader.readAlignedUInt(octets: 2))
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(high: high, low: low, port: port, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    writer.writeAlignedUInt(high, octets: 8)
    writer.writeAlignedUInt(low, octets: 8)
    writer.writeAlignedUInt(UInt64(port), octets: 2)
    var additions = writer.beginAdditions(sequence, known: 0, kept: unknown)
    try additions.finish(&writer)
  }
}

/// `ipSourceRoute` of TransportAddress.
public struct IPSourceRoute: PERValue {
  /// `ip OCTET STRING (SIZE(4))`
  public var ip: [UInt8]

  /// `port INTEGER (0..65535)`
  public var port: Int

  /// `route SEQUENCE OF OCTET STRING (SIZE(4))`
  public var route: [[UInt8]]

  /// `routing`: 0 strict, 1 loose.
  public var routing: H225Alternative

  /// Additions that are not read here.
  public var unknown = PERAdditions()
}

extension IPSourceRoute {
  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 0)
    let ip: [UInt8] = try reader.readOctets(count: 4)
    let port: Int = try reader.readInteger(0...65_535)
    let route: [[UInt8]] = try reader.readArray { (reader: inout PERReader) throws(PERError) in
      try reader.readOctets(count: 4)
    }
    let index = try reader.readIndex(rootCount: 2)
    let routing: H225Alternative = index < 2 ? H225Alternative(index: index) : try H225Alternative(index, from: &reader)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(ip: ip, port: port, route: route, routing: routing, unknown: unknown)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 0)
    try writer.writeOctets(ip, count: 4)
    try writer.writeInteger(port, 0...65_535)
    try writer.writeArray(route) { (element, writer: inout PERWriter) throws(PERError) in
      try writer.writeOctets(element, count: 4)
    }
    try routing.encode(into: &writer, rootCount: 2)
    var additions = writer.beginAdditions(sequence, known: 0, kept: unknown)
    try additions.finish(&writer)
  }
}

/// `ipxAddress` of TransportAddress.
public struct IPXAddress: PERValue {
  /// `node OCTET STRING (SIZE(6))`
  public var node: [UInt8]

  /// `netnum OCTET STRING (SIZE(4))`
  public var netnum: [UInt8]

  /// `port OCTET STRING (SIZE(2))`
  public var port: [UInt8]
}

extension IPXAddress {
  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let node: [UInt8] = try reader.readOctets(count: 6)
    let netnum: [UInt8] = try reader.readOctets(count: 4)
    let port: [UInt8] = try reader.readOctets(count: 2)
    self.init(node: node, netnum: netnum, port: port)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    try writer.writeOctets(node, count: 6)
    try writer.writeOctets(netnum, count: 4)
    try writer.writeOctets(port, count: 2)
  }
}
