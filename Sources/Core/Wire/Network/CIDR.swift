/// A network: an address prefix (RFC 4632 §3.1, RFC 4291 §2.3).
@frozen
public struct CIDR: Sendable, Hashable {
  /// The network's first address: every bit after the prefix is zero.
  public let network: IPAddress

  /// Leading bits that count: 0 to 32 for IPv4, 0 to 128 for IPv6.
  public let prefixLength: Int

  @usableFromInline let highMask: UInt64
  @usableFromInline let lowMask: UInt64

  /// The network of this address and prefix length; nil when the length is out of range or the address has bits set
  /// beyond the prefix, which is more often a slip than a wish.
  public init?(_ address: IPAddress, prefixLength: Int) {
    guard prefixLength >= 0, prefixLength <= (address.isIPv4 ? 32 : 128) else { return nil }
    let bits = address.isIPv4 ? prefixLength + 96 : prefixLength
    highMask = CIDR.mask(bits)
    lowMask = CIDR.mask(bits - 64)
    guard address.high & ~highMask == 0, address.low & ~lowMask == 0 else { return nil }
    network = address
    self.prefixLength = prefixLength
  }

  /// Reads `10.0.0.0/8`, `2001:db8::/32` or a bare address, which is a network of one; nil when it is none.
  public init?(_ text: String) {
    let utf8 = text.utf8
    let bytes = utf8.span
    var slash = 0
    while slash < bytes.count, bytes[slash] != UInt8(ascii: "/") { slash += 1 }
    guard let address = IPAddress(parsing: bytes.extracting(0..<slash)) else { return nil }
    guard slash < bytes.count else {
      self.init(address, prefixLength: address.isIPv4 ? 32 : 128)
      return
    }
    let digits = bytes.extracting((slash + 1)..<bytes.count)
    guard digits.count <= 3, digits.count == 1 || digits.count > 1 && digits[0] != UInt8(ascii: "0"),
      var length = Decimal.parse(digits, maximum: 128)
    else { return nil }
    if address.isIPv4, IPAddress.hasColon(bytes, upTo: slash) {
      // `::ffff:10.0.0.0/104` is 10.0.0.0/8; a shorter prefix would mix the two families.
      guard length >= 96 else { return nil }
      length -= 96
    }
    self.init(address, prefixLength: Int(length))
  }

  /// Whether the address lies in this network. IPv4 networks hold IPv4 addresses only, IPv6 networks IPv6 ones:
  /// `::/0` does not hold 192.0.2.1.
  @inlinable
  public func contains(_ ip: IPAddress) -> Bool {
    (ip.high ^ network.high) & highMask == 0 && (ip.low ^ network.low) & lowMask == 0
      && ip.isIPv4 == network.isIPv4
  }

  private static func mask(_ bits: Int) -> UInt64 {
    bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
  }
}

extension CIDR: CustomStringConvertible {
  /// `10.0.0.0/8`.
  public var description: String { "\(network)/\(prefixLength)" }
}
