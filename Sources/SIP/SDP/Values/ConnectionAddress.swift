import Wire

/// `IP4` and `IP6` (RFC 8866 §5.7).
public enum AddressType: Sendable, Hashable, CaseIterable {
  case ip4, ip6

  /// `IP4` or `IP6`.
  public var text: String { self == .ip4 ? "IP4" : "IP6" }

  /// The type of an address.
  public init(of address: IPAddress) { self = address.isIPv4 ? .ip4 : .ip6 }
}

/// `c=` (RFC 8866 §5.7), and what stands behind the port in `a=rtcp` (RFC 3605 §2.1): `IN`, a type, an address.
///
/// An address has to be of its type: `IN IP4 2001:db8::1` is refused. An IPv4-mapped IPv6 address is the IPv4 address, as
/// `IPAddress` has it, and keeps its type.
public struct ConnectionAddress: Sendable, Hashable {
  /// Which family is meant, names included.
  public let type: AddressType
  /// The address or name.
  public let host: SDPHost
  /// The scope of IPv4 multicast: `224.2.1.1/127`.
  public let ttl: UInt8?
  /// How many addresses in a row, for layered multicast: `224.2.1.1/127/3`, `ff15::101/3`. 1 unless given.
  public let count: UInt16

  /// An address of its own type.
  public init(_ address: IPAddress) {
    type = AddressType(of: address)
    host = .address(address)
    ttl = nil
    count = 1
  }

  /// A host of a type; nil when an IPv6 address is said to be IP4.
  public init?(_ type: AddressType, _ host: SDPHost) {
    self.init(type, host, ttl: nil, count: 1)
  }

  private init?(_ type: AddressType, _ host: SDPHost, ttl: UInt8?, count: UInt16) {
    if let address = host.address, type == .ip4, !address.isIPv4 { return nil }
    self.type = type
    self.host = host
    self.ttl = ttl
    self.count = count
  }

  /// The address, when it is no name.
  public var address: IPAddress? { host.address }

  /// `0.0.0.0` or `::`: how phones before RFC 3264 put a call on hold (§8.4).
  public var isUnspecified: Bool { host.address?.isUnspecified ?? false }

  /// Appends `IN IP4 192.0.2.1`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(text: "IN ")
    bytes.append(text: type.text)
    bytes.append(UInt8(ascii: " "))
    // Mapped addresses are IPv4 to us and IPv6 in the text.
    if type == .ip6, host.address?.isIPv4 == true { bytes.append(text: "::ffff:") }
    host.write(into: &bytes)
    if let ttl {
      bytes.append(UInt8(ascii: "/"))
      bytes.append(number: ttl)
    }
    if count > 1 {
      bytes.append(UInt8(ascii: "/"))
      bytes.append(number: count)
    }
  }

  /// Reads `nettype SP addrtype SP connection-address`; nil, with the cursor at the end, for networks other than IP.
  @_lifetime(scanner: copy scanner)
  static func scan(_ scanner: inout SDPScanner) throws(SDPError) -> ConnectionAddress? {
    let network = try scanner.word()
    try scanner.expectBlank()
    let typeRange = try scanner.word()
    try scanner.expectBlank()
    guard scanner.matches(network, "in") else {
      _ = scanner.rest()
      return nil
    }
    let type: AddressType
    if scanner.matches(typeRange, "ip4") {
      type = .ip4
    } else if scanner.matches(typeRange, "ip6") {
      type = .ip6
    } else {
      _ = scanner.rest()
      return nil
    }
    let start = scanner.position
    let range = scanner.run { !$0.isBlank && $0 != UInt8(ascii: "/") }
    guard let host = SDPHost(parsing: scanner.bytes.extracting(range)) else {
      throw scanner.error(.malformedAddress, at: start)
    }
    var numbers: [UInt64] = []
    while numbers.count < 2, scanner.skip(UInt8(ascii: "/")) { numbers.append(try scanner.number(upTo: 65_535)) }
    let hasTTL = type == .ip4 && !numbers.isEmpty
    let count = hasTTL ? (numbers.count > 1 ? numbers[1] : 1) : numbers.first ?? 1
    guard count > 0, !hasTTL || numbers[0] <= 255, type == .ip4 || numbers.count < 2,
      let address = ConnectionAddress(
        type, host, ttl: hasTTL ? UInt8(truncatingIfNeeded: numbers[0]) : nil, count: UInt16(truncatingIfNeeded: count))
    else { throw scanner.error(.malformedAddress, at: start) }
    return address
  }
}

extension ConnectionAddress: CustomStringConvertible {
  /// `IN IP4 192.0.2.1`
  public var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
