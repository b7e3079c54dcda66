public import Wire

/// The header by which a load balancer says on whose behalf it opens a stream: PROXY protocol version 2 (binary, HAProxy's
/// `proxy-protocol.txt` §2.2). It comes before everything else, TLS included.
///
///      0               12   13    14      16
///     ┌────────────────┬────┬─────┬───────┬───────────────────┬─────────────┐
///     │ signature (12) │ver │ fam │ length│ addresses         │ TLVs        │
///     │                │cmd │ tr. │ (BE)  │ 12 v4 / 36 v6     │ T L L V…    │
///     └────────────────┴────┴─────┴───────┴───────────────────┴─────────────┘
///
/// Version 1 (text) is not read. Whether the sender is one who may say so is the driver's to check before it asks.
public struct ProxyHeader: Sendable, Hashable {
  /// The far side of the balancer's client, and where it had connected to; nil when the balancer speaks for itself
  /// (`LOCAL`: a health check) or does not know (`UNSPEC`). Then the socket's own addresses hold.
  public let addresses: Addresses?
  /// Bytes of the header; what follows is the stream's own.
  public let byteCount: Int

  /// The two ends.
  public struct Addresses: Sendable, Hashable {
    /// Who connected.
    public var source: SocketAddress
    /// To what.
    public var destination: SocketAddress

    /// Two ends of one family.
    public init(source: SocketAddress, destination: SocketAddress) {
      self.source = source
      self.destination = destination
    }
  }

  /// What reading has come to.
  public enum Reading: Sendable, Hashable {
    /// So many bytes more, at least, are needed to go on.
    case needMore(Int)
    /// The header.
    case header(ProxyHeader)
  }

  /// Reads the header at the beginning of a stream.
  ///
  /// - Throws: as soon as the bytes cannot be the beginning of one.
  public static func read(_ bytes: Span<UInt8>, limits: ProxyHeaderLimits = .default) throws(ProxyHeaderError)
    -> Reading
  {
    for index in 0..<min(bytes.count, signature.count) where bytes[index] != signature[index] { throw .signature }
    guard bytes.count >= fixedCount else { return .needMore(fixedCount - bytes.count) }
    guard bytes[12] >> 4 == 2 else { throw .version }
    let length = Int(bytes[14]) << 8 | Int(bytes[15])
    guard length <= limits.maxLength else { throw .tooLong }
    let end = fixedCount + length
    guard bytes.count >= end else { return .needMore(end - bytes.count) }
    let header = bytes.extracting(0..<end)
    let addresses: Addresses?
    let addressCount: Int
    switch (bytes[12] & 15, bytes[13]) {
    case (0, _):
      // §2.2: whatever the rest says is to be skipped.
      return .header(ProxyHeader(addresses: nil, byteCount: end))
    case (1, 0x00): (addresses, addressCount) = (nil, 0)
    case (1, 0x11): (addresses, addressCount) = (try Self.addresses(header, wordCount: 4), 12)
    case (1, 0x21): (addresses, addressCount) = (try Self.addresses(header, wordCount: 16), 36)
    case (1, _): throw .family
    default: throw .command
    }
    try checkTLVs(header, from: fixedCount + addressCount, limits: limits)
    return .header(ProxyHeader(addresses: addresses, byteCount: end))
  }

  /// Signature, version and command, family, length.
  static let fixedCount = 16
  /// No other protocol begins so: the two line ends and the NUL see to that.
  static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
  private static let checksumType: UInt8 = 0x03

  private static func addresses(_ header: Span<UInt8>, wordCount: Int) throws(ProxyHeaderError) -> Addresses {
    let count = 2 * wordCount + 4
    guard header.count >= fixedCount + count else { throw .addresses }
    let source = address(header.extracting(fixedCount..<fixedCount + wordCount))
    let destination = address(header.extracting(fixedCount + wordCount..<fixedCount + 2 * wordCount))
    let ports = fixedCount + 2 * wordCount
    let found = Addresses(
      source: SocketAddress(ip: source, port: port(header, ports)),
      destination: SocketAddress(ip: destination, port: port(header, ports + 2)))
    // Nobody calls from nowhere. (A mapped IPv4 address is that IPv4 address here as everywhere.)
    guard !found.source.ip.isUnspecified, found.source.port != 0 else { throw .addresses }
    return found
  }

  private static func address(_ bytes: Span<UInt8>) -> IPAddress {
    guard bytes.count == 16 else { return IPAddress(v4: number(bytes, 0..<4)) }
    return IPAddress(high: bytes.bigEndianUInt64(at: 0), low: bytes.bigEndianUInt64(at: 8))
  }

  private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32 {
    var number: UInt32 = 0
    for index in range { number = number << 8 | UInt32(bytes[index]) }
    return number
  }

  private static func port(_ bytes: Span<UInt8>, _ offset: Int) -> UInt16 {
    UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  /// §2.2.1 to §2.2.3: every TLV must lie inside the header; a checksum, if there is one, must be right. What TLVs say of
  /// TLS is not believed: facts of a connection come from its socket or from `trusted_from`.
  private static func checkTLVs(
    _ header: Span<UInt8>, from start: Int, limits: ProxyHeaderLimits
  ) throws(ProxyHeaderError) {
    var position = start
    var count = 0
    var checksum: Int?
    while position < header.count {
      count += 1
      guard count <= limits.maxTLVs else { throw .tooManyTLVs }
      guard header.count - position >= 3 else { throw .tlv }
      let length = Int(port(header, position + 1))
      guard header.count - position - 3 >= length else { throw .tlv }
      if header[position] == checksumType {
        guard length == 4, checksum == nil else { throw .tlv }
        checksum = position + 3
      }
      position += 3 + length
    }
    guard let checksum else { return }
    let place = checksum..<checksum + 4
    guard CRC32C.of(header, zeroed: place) == number(header, place) else { throw .checksum }
  }
}

/// Bounds of a header.
public struct ProxyHeaderLimits: Sendable, Equatable {
  /// Bytes behind the fixed part. Balancers with every TLV of the standard need some hundred.
  public var maxLength = 4_096
  /// TLVs.
  public var maxTLVs = 64

  /// The bounds that hold unless somebody sets others.
  public static let `default` = ProxyHeaderLimits()

  /// The default bounds, to be changed field by field.
  public init() {}
}

/// Why bytes are no header.
public enum ProxyHeaderError: Error, Sendable, Hashable, CaseIterable {
  /// They begin otherwise.
  case signature
  /// Another version than 2.
  case version
  /// Neither LOCAL nor PROXY.
  case command
  /// Neither a stream over IPv4 or IPv6 nor unknown.
  case family
  /// Fewer bytes than two addresses need, or a source that nobody can have.
  case addresses
  /// Longer than allowed.
  case tooLong
  /// More TLVs than allowed.
  case tooManyTLVs
  /// A TLV that does not end inside the header, or a checksum of another size or twice.
  case tlv
  /// A checksum that does not hold.
  case checksum
}

/// CRC-32C (Castagnoli), bit by bit: a header has some hundred bytes and comes once in the life of a stream.
enum CRC32C {
  /// The checksum of `bytes` with zeros at `zeroed`.
  static func of(_ bytes: Span<UInt8>, zeroed: Range<Int> = 0..<0) -> UInt32 {
    var crc = UInt32.max
    for index in bytes.indices {
      crc ^= zeroed.contains(index) ? 0 : UInt32(bytes[index])
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
    return ~crc
  }
}
