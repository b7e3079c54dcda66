/// An IP address and a port: where a datagram came from or goes to.
@frozen
public struct SocketAddress: Sendable, Hashable {
  /// The host.
  public var ip: IPAddress

  /// The port.
  public var port: UInt16

  /// The pair of these.
  @inlinable
  public init(ip: IPAddress, port: UInt16) {
    self.ip = ip
    self.port = port
  }

  /// Whether host and port are the same.
  @inlinable
  public static func == (left: SocketAddress, right: SocketAddress) -> Bool {
    left.ip == right.ip && left.port == right.port
  }

  /// Hashes host and port.
  @inlinable
  public func hash(into hasher: inout Hasher) {
    hasher.combine(ip)
    hasher.combine(port)
  }

  /// Reads `192.0.2.1:5060` or `[2001:db8::1]:5060`; nil when it is neither. The port is required.
  public init?(_ text: String) {
    let utf8 = text.utf8
    self.init(parsing: utf8.span)
  }

  /// Reads an address and port from ASCII bytes, as `init(_:)` does.
  public init?(parsing bytes: Span<UInt8>) {
    var colon = bytes.count - 1
    while colon >= 0, bytes[colon] != UInt8(ascii: ":") { colon -= 1 }
    guard colon > 0, let port = Decimal.parse(bytes.extracting((colon + 1)..<bytes.count), maximum: 65_535) else {
      return nil
    }
    if bytes[0] == UInt8(ascii: "[") {
      guard colon >= 2, bytes[colon - 1] == UInt8(ascii: "]"),
        let ip = IPAddress(parsing: bytes.extracting(1..<(colon - 1))), IPAddress.hasColon(bytes, upTo: colon - 1)
      else { return nil }
      self.init(ip: ip, port: UInt16(port))
    } else {
      guard let ip = IPAddress(parsing: bytes.extracting(0..<colon)), !IPAddress.hasColon(bytes, upTo: colon) else {
        return nil
      }
      self.init(ip: ip, port: UInt16(port))
    }
  }

  /// Appends `192.0.2.1:5060` or `[2001:db8::1]:5060`.
  public func appendText(to bytes: inout [UInt8]) {
    if ip.isIPv4 {
      ip.appendText(to: &bytes)
    } else {
      bytes.append(UInt8(ascii: "["))
      ip.appendText(to: &bytes)
      bytes.append(UInt8(ascii: "]"))
    }
    bytes.append(UInt8(ascii: ":"))
    Decimal.append(UInt64(port), to: &bytes)
  }
}

extension SocketAddress: CustomStringConvertible {
  /// `192.0.2.1:5060` or `[2001:db8::1]:5060` (RFC 5952 §6).
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(48)
    appendText(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension IPAddress {
  /// Whether a text is written as IPv6: an IPv4-mapped address in brackets is, though its value is IPv4.
  static func hasColon(_ bytes: Span<UInt8>, upTo end: Int) -> Bool {
    for index in 0..<end where bytes[index] == UInt8(ascii: ":") { return true }
    return false
  }
}
