/// An IPv4 or IPv6 address.
///
/// Sixteen bytes inline. IPv4 is kept in its IPv4-mapped form (RFC 4291 §2.5.5.2, `::ffff:a.b.c.d`), and a mapped
/// address that comes from a dual-stack socket or from text *is* the IPv4 address: one host has one value, so an
/// allow list cannot be walked around by spelling. Zone identifiers (RFC 4007) have no place here and are refused.
@frozen
public struct IPAddress: Sendable, Hashable {
  /// The first eight bytes, most significant first.
  public let high: UInt64

  /// The last eight bytes, most significant first.
  public let low: UInt64

  @usableFromInline static var mappedPrefix: UInt64 { 0xffff }

  /// An IPv4 address from its 32 bits in host order: `0x7f00_0001` is 127.0.0.1.
  @inlinable
  public init(v4 bits: UInt32) {
    high = 0
    low = IPAddress.mappedPrefix << 32 | UInt64(bits)
  }

  /// An address from its 128 bits; IPv4-mapped ones are IPv4 addresses.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// `0.0.0.0`.
  @inlinable
  public static var anyIPv4: IPAddress { IPAddress(v4: 0) }

  /// `::`.
  @inlinable
  public static var anyIPv6: IPAddress { IPAddress(high: 0, low: 0) }

  /// Whether this is an IPv4 address.
  @inlinable
  public var isIPv4: Bool { high == 0 && low >> 32 == IPAddress.mappedPrefix }

  /// Whether this is an IPv6 address (and no mapped IPv4 one).
  @inlinable
  public var isIPv6: Bool { !isIPv4 }

  /// The 32 bits of an IPv4 address in host order; nil for IPv6.
  @inlinable
  public var v4: UInt32? { isIPv4 ? UInt32(truncatingIfNeeded: low) : nil }

  /// Whether this is `0.0.0.0` or `::`.
  @inlinable
  public var isUnspecified: Bool { high == 0 && (low == 0 || low == IPAddress.mappedPrefix << 32) }

  /// How this machine reaches a socket of its own that is bound to this address: an unspecified one by loopback.
  public var asReachedHere: IPAddress {
    guard isUnspecified else { return self }
    return isIPv4 ? IPAddress(v4: 0x7F00_0001) : IPAddress(high: 0, low: 1)
  }

  /// 127.0.0.0/8 (RFC 1122 §3.2.1.3) or `::1`.
  @inlinable
  public var isLoopback: Bool {
    isIPv4 ? (low >> 24) & 0xff == 127 : high == 0 && low == 1
  }

  /// Addresses that only mean something inside one network: 10/8, 172.16/12, 192.168/16 (RFC 1918),
  /// 100.64/10 (RFC 6598) and fc00::/7 (RFC 4193).
  @inlinable
  public var isPrivate: Bool {
    guard isIPv4 else { return high >> 57 == 0xfc >> 1 }
    let bits = UInt32(truncatingIfNeeded: low)
    return bits >> 24 == 10 || bits >> 20 == 0xac1 || bits >> 16 == 0xc0a8 || bits >> 22 == 0x6440 >> 6
  }

  /// 169.254/16 (RFC 3927) or fe80::/10 (RFC 4291 §2.5.6).
  @inlinable
  public var isLinkLocal: Bool {
    isIPv4 ? (low >> 16) & 0xffff == 0xa9fe : high >> 54 == 0xfe80 >> 6
  }

  /// 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 §2.7).
  @inlinable
  public var isMulticast: Bool {
    isIPv4 ? (low >> 28) & 0xf == 0xe : high >> 56 == 0xff
  }

  /// 4 bytes for IPv4, 16 for IPv6, in network order.
  public var bytes: [UInt8] {
    let count = isIPv4 ? 4 : 16
    return (0..<count).map { byte(16 - count + $0) }
  }

  /// Whether both are the same host. Written out, as the compiler's own could not be inlined elsewhere.
  @inlinable
  public static func == (left: IPAddress, right: IPAddress) -> Bool {
    (left.high ^ right.high) | (left.low ^ right.low) == 0
  }

  /// Hashes the 128 bits.
  @inlinable
  public func hash(into hasher: inout Hasher) {
    hasher.combine(high)
    hasher.combine(low)
  }

  /// Byte `index` (0 to 15) of the 128 bits, in network order.
  @inlinable
  public func byte(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64((7 - (index & 7)) * 8))
  }
}
