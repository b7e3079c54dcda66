import Wire

/// Answers STUN Binding requests on a SIP socket: how a phone on UDP keeps its translator's door open and hears that the
/// door is still the same (RFC 5626 §4.4.2, §8; the message of RFC 5389).
///
/// Without state and without credentials, as that usage wants it. The answer has at most 48 bytes, whatever was asked, and
/// nothing but a well-formed request of a moderate size is answered.
public enum STUNKeepAlive {
  private static let cookie: UInt32 = 0x2112_A442
  private static let headerBytes = 20
  /// Requests that are longer are dropped: what fits an IPv4 datagram that every network takes (RFC 5389 §7.1).
  public static let maximumBytes = 548
  /// Of the attributes that we do not know, so many are named in the refusal.
  static let namedUnknown = 8

  /// The answer to a datagram; nil when it is no Binding request, so that it may be SIP.
  public static func answer(to datagram: Span<UInt8>, from: SocketAddress) -> [UInt8]? {
    // A SIP message begins with a letter or a line end, and has no such number in its fifth byte.
    guard datagram.count >= headerBytes, datagram.count <= maximumBytes, datagram.count % 4 == 0,
      word(datagram, 0, 2) == 0x0001, word(datagram, 4, 4) == cookie,
      Int(word(datagram, 2, 2)) == datagram.count - headerBytes
    else { return nil }
    guard let unknown = unknownAttributes(datagram) else { return nil }
    return unknown.isEmpty ? success(datagram, from) : refusal(datagram, unknown)
  }

  /// The attributes that must be understood and are not (§7.3.1); nil when they are no attributes.
  private static func unknownAttributes(_ datagram: Span<UInt8>) -> [UInt16]? {
    var unknown: [UInt16] = []
    var start = headerBytes
    while start < datagram.count {
      guard start + 4 <= datagram.count else { return nil }
      let type = UInt16(truncatingIfNeeded: word(datagram, start, 2))
      let length = Int(word(datagram, start + 2, 2))
      start += 4 + (length + 3) / 4 * 4
      guard start <= datagram.count else { return nil }
      if type < 0x8000, unknown.count < namedUnknown { unknown.append(type) }
    }
    return unknown
  }

  /// XOR-MAPPED-ADDRESS (§15.2): where the request came from, as we see it.
  private static func success(_ datagram: Span<UInt8>, _ from: SocketAddress) -> [UInt8] {
    let isIPv4 = from.ip.isIPv4
    var answer = header(0x0101, length: isIPv4 ? 12 : 24, of: datagram)
    append(0x0020, 2, to: &answer)
    append(isIPv4 ? 8 : 20, 2, to: &answer)
    append(isIPv4 ? 1 : 2, 2, to: &answer)
    append(UInt64(from.port) ^ UInt64(cookie >> 16), 2, to: &answer)
    if let bits = from.ip.v4 {
      append(UInt64(bits ^ cookie), 4, to: &answer)
    } else {
      append(from.ip.high ^ (UInt64(cookie) << 32 | word(datagram, 8, 4)), 8, to: &answer)
      append(from.ip.low ^ word(datagram, 12, 8), 8, to: &answer)
    }
    return answer
  }

  /// 420 with UNKNOWN-ATTRIBUTES (§15.6, §15.9).
  private static func refusal(_ datagram: Span<UInt8>, _ unknown: [UInt16]) -> [UInt8] {
    let padded = (unknown.count * 2 + 3) / 4 * 4
    var answer = header(0x0111, length: 8 + 4 + padded, of: datagram)
    append(0x0009, 2, to: &answer)
    append(4, 2, to: &answer)
    append(4 << 8 | 20, 4, to: &answer)
    append(0x000A, 2, to: &answer)
    append(UInt64(unknown.count * 2), 2, to: &answer)
    for type in unknown { append(UInt64(type), 2, to: &answer) }
    if unknown.count % 2 == 1 { append(0, 2, to: &answer) }
    return answer
  }

  private static func header(_ type: UInt64, length: Int, of request: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(headerBytes + length)
    append(type, 2, to: &bytes)
    append(UInt64(length), 2, to: &bytes)
    for index in 4..<headerBytes { bytes.append(request[index]) }
    return bytes
  }

  private static func append(_ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
    for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
  }

  private static func word(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in start..<start + count { value = value << 8 | UInt64(bytes[index]) }
    return value
  }
}
