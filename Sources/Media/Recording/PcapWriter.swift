import Wire

/// Writes datagrams as a pcap file (draft-ietf-opsawg-pcap), which tshark and tcpdump read: bytes; whoever owns the file
/// puts them there. A process that dies leaves a file that is whole but for its last packet.
///
/// Packets get the headers they would have had: IPv4 or IPv6, and UDP, with their checksums.
public struct PcapWriter: Sendable {
  /// What a packet begins with.
  public enum LinkType: UInt32, Sendable, Hashable {
    /// An Ethernet header, of addresses that are made up.
    case ethernet = 1
    /// The IP header.
    case raw = 101
  }

  private let linkType: LinkType
  /// Identifications of IPv4 packets (RFC 6864).
  private var identification: UInt16 = 0

  /// The bytes of a file's head.
  public static let headBytes = 24
  private static let snapLength: UInt32 = 262_144

  /// A writer of an empty file.
  public init(_ linkType: LinkType = .raw) { self.linkType = linkType }

  /// The head of the file: version 2.4, times in microseconds since 1970.
  public var head: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0xA1B2_C3D4))
    bytes.append(littleEndian: UInt16(2))
    bytes.append(littleEndian: UInt16(4))
    bytes.append(littleEndian: UInt64(0))
    bytes.append(littleEndian: PcapWriter.snapLength)
    bytes.append(littleEndian: linkType.rawValue)
    return bytes
  }

  /// Appends a UDP datagram. Addresses of two families become two of IPv6, IPv4 in its mapped form (RFC 4291 §2.5.5.2).
  ///
  /// - Parameters:
  ///   - bytes: what belongs to the end of the file is appended to it.
  public mutating func append(
    _ payload: Span<UInt8>, from source: SocketAddress, to destination: SocketAddress, at time: UTCTimestamp,
    into bytes: inout [UInt8]
  ) throws(RecordingError) {
    guard payload.count <= RecordingLimits.maxPayloadBytes else { throw .tooLong }
    let isIPv4 = source.ip.isIPv4 && destination.ip.isIPv4
    let linkBytes = linkType == .ethernet ? 14 : 0
    let udpBytes = 8 + payload.count
    let count = UInt32(linkBytes + (isIPv4 ? 20 : 40) + udpBytes)
    // Before 1970 and behind 2106 the clock stands still.
    let seconds = min(max(time.seconds, 0), Int64(UInt32.max))
    let rest = time.microseconds % 1_000_000
    let microseconds = rest < 0 ? rest + 1_000_000 : rest
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: seconds))
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: microseconds))
    bytes.append(littleEndian: count)
    bytes.append(littleEndian: count)
    if linkType == .ethernet {
      // Addresses that are administered locally: 02-00-00-00-00-02 from 02-00-00-00-00-01.
      bytes.append(contentsOf: [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1])
      bytes.append(bigEndian: UInt16(isIPv4 ? 0x0800 : 0x86DD))
    }
    let addresses = bytes.count + (isIPv4 ? 12 : 8)
    if isIPv4 {
      appendIPv4(udpBytes, source.ip, destination.ip, into: &bytes)
    } else {
      appendIPv6(udpBytes, source.ip, destination.ip, into: &bytes)
    }
    let udp = bytes.count
    bytes.append(bigEndian: source.port)
    bytes.append(bigEndian: destination.port)
    bytes.append(bigEndian: UInt16(udpBytes))
    bytes.append(bigEndian: UInt16(0))
    bytes.append(copying: payload)
    // The pseudo-header (RFC 768, RFC 8200 §8.1): both addresses, which stand right before, the length, the protocol.
    var checksum = Checksum()
    checksum.add(bytes.span.extracting(addresses..<udp))
    checksum.add(UInt64(udpBytes) + 17)
    checksum.add(bytes.span.extracting(udp..<bytes.count))
    // 0 would mean that there is none.
    bytes.put(checksum.value == 0 ? 0xFFFF : checksum.value, at: udp + 6)
  }

  private mutating func appendIPv4(
    _ payload: Int, _ source: IPAddress, _ destination: IPAddress, into bytes: inout [UInt8]
  ) {
    let start = bytes.count
    bytes.append(contentsOf: [0x45, 0])
    bytes.append(bigEndian: UInt16(20 + payload))
    bytes.append(bigEndian: identification)
    identification &+= 1
    // Not to be fragmented, 64 hops, UDP, and a checksum that comes later.
    bytes.append(contentsOf: [0x40, 0, 64, 17, 0, 0])
    bytes.append(contentsOf: source.bytes)
    bytes.append(contentsOf: destination.bytes)
    var checksum = Checksum()
    checksum.add(bytes.span.extracting(start..<bytes.count))
    bytes.put(checksum.value, at: start + 10)
  }

  private func appendIPv6(
    _ payload: Int, _ source: IPAddress, _ destination: IPAddress, into bytes: inout [UInt8]
  ) {
    bytes.append(contentsOf: [0x60, 0, 0, 0])
    bytes.append(bigEndian: UInt16(payload))
    bytes.append(contentsOf: [17, 64])
    for address in [source, destination] {
      bytes.append(bigEndian: address.high)
      bytes.append(bigEndian: address.low)
    }
  }
}

/// The checksum of the internet protocols (RFC 1071): the one's complement of a one's complement sum of 16-bit words.
private struct Checksum {
  private var sum: UInt64 = 0

  mutating func add(_ bytes: Span<UInt8>) {
    var place = 0
    while place + 1 < bytes.count {
      sum += UInt64(bytes.bigEndianUInt16(at: place))
      place += 2
    }
    if place < bytes.count { sum += UInt64(bytes[place]) << 8 }
  }

  mutating func add(_ number: UInt64) { sum += number }

  var value: UInt16 {
    var folded = sum
    while folded > 0xFFFF { folded = (folded & 0xFFFF) + (folded >> 16) }
    return ~UInt16(truncatingIfNeeded: folded)
  }
}

extension [UInt8] {
  fileprivate mutating func put(_ word: UInt16, at place: Int) {
    self[place] = UInt8(truncatingIfNeeded: word >> 8)
    self[place + 1] = UInt8(truncatingIfNeeded: word)
  }
}
