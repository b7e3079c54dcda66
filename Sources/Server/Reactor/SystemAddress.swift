import CIfsipLinux
import Wire

// sockaddr_in and sockaddr_in6 in one structure of plain integers, so no pointer is cast anywhere.

extension SocketAddress {
  /// From the kernel's form; `nil` for a family that is neither IPv4 nor IPv6.
  @inline(__always)
  init?(system: ifsip_sockaddr) {
    if system.family == UInt16(IFSIP_AF_INET) {
      self.init(ip: IPAddress(v4: UInt32(bigEndian: system.v4)), port: UInt16(bigEndian: system.port))
    } else if system.family == UInt16(IFSIP_AF_INET6) {
      self.init(
        ip: IPAddress(high: UInt64(bigEndian: system.v6_high), low: UInt64(bigEndian: system.v6_low)),
        port: UInt16(bigEndian: system.port))
    } else {
      return nil
    }
  }

  /// The kernel's form.
  @inline(__always)
  var system: ifsip_sockaddr {
    var system = ifsip_sockaddr()
    system.port = port.bigEndian
    if let bits = ip.v4 {
      system.family = UInt16(IFSIP_AF_INET)
      system.v4 = bits.bigEndian
    } else {
      system.family = UInt16(IFSIP_AF_INET6)
      system.v6_high = ip.high.bigEndian
      system.v6_low = ip.low.bigEndian
    }
    return system
  }
}
