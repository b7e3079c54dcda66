import Wire

/// The `host` of a URI, a Via or a Warning: a name or an address (RFC 3261 §25.1).
///
/// - An IPv6 address stands in brackets. Addresses are values, so `[2001:DB8::0:1]` and `[2001:db8::1]` are equal.
/// - IPv4 is four decimal numbers without leading zeros; `127.1`, `0x7f.0.0.1` and `300.1.1.1` are neither addresses
///   nor names (the last label of a name starts with a letter), so nothing can be smuggled past an address check.
/// - `[2001:db8:::192.0.2.1]`, which the grammar of RFC 3261 produces by mistake, is read as the address that was
///   meant (RFC 5118 §4.10) and written with two colons.
public enum SIPHost: Sendable, Hashable {
  /// A host name.
  case name(HostName)
  /// An IPv4 or IPv6 address.
  case address(IPAddress)
}

/// A host name, in lower case (RFC 3261 §25.1 `hostname`).
///
/// Beyond the grammar a `_` is taken wherever a letter may stand, except as the first character of the last label:
/// names of containers and Windows machines have it, and no other reading of it exists. The limits are those of DNS
/// (RFC 1035 §2.3.4).
public struct HostName: Sendable, Hashable {
  /// The name in lower case, with the final dot if it was written.
  public let text: String

  /// The longest name, the final dot not counted.
  public static let maxBytes = 253

  /// The longest label.
  public static let maxLabelBytes = 63

  /// Reads a name; nil when it is none.
  public init?(_ text: String) {
    let utf8 = text.utf8
    self.init(parsing: utf8.span)
  }

  /// Reads a name from ASCII bytes; nil when it is none.
  public init?(parsing bytes: Span<UInt8>) {
    guard HostName.isValid(bytes) else { return nil }
    text = String(copying: bytes).asciiLowercased
  }

  /// The name without its final dot: `example.com.` and `example.com` are one domain in DNS.
  public var withoutFinalDot: String {
    text.utf8.last == UInt8(ascii: ".") ? String(text.dropLast()) : text
  }

  private static func isValid(_ bytes: Span<UInt8>) -> Bool {
    var end = bytes.count
    if end > 0, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
    guard end > 0, end <= maxBytes else { return false }
    var label = 0
    for index in 0...end {
      if index < end, bytes[index] != UInt8(ascii: ".") {
        guard ByteSet.hostName.contains(bytes[index]) else { return false }
        continue
      }
      guard index > label, index - label <= maxLabelBytes, bytes[label] != UInt8(ascii: "-"),
        bytes[index - 1] != UInt8(ascii: "-")
      else { return false }
      if index == end { return ByteSet.alpha.contains(bytes[label]) }
      label = index + 1
    }
    return false
  }
}

extension SIPHost {
  /// Reads a host: a name, an IPv4 address, or an IPv6 address in brackets; nil when it is none of them.
  public init?(_ text: String) {
    let utf8 = text.utf8
    self.init(parsing: utf8.span)
  }

  /// Reads a host from bytes, as `init(_:)` does.
  public init?(parsing bytes: Span<UInt8>) {
    guard bytes.count > 0 else { return nil }
    if bytes[0] == UInt8(ascii: "[") {
      guard bytes.count > 2, bytes[bytes.count - 1] == UInt8(ascii: "]"),
        let address = SIPHost.ipv6(bytes.extracting(1..<bytes.count - 1))
      else { return nil }
      self = .address(address)
    } else if bytes[0] &- 0x30 <= 9, let address = IPAddress(parsing: bytes), address.isIPv4,
      !bytes.contains(UInt8(ascii: ":"))
    {
      self = .address(address)
    } else if let name = HostName(parsing: bytes) {
      self = .name(name)
    } else {
      return nil
    }
  }

  /// As `init(parsing:)`, and IPv6 without brackets too, as `received=` and `maddr=` of many stacks have it
  /// (RFC 5118 §4.5).
  package init?(lenient bytes: Span<UInt8>) {
    if bytes.contains(UInt8(ascii: ":")), let address = SIPHost.ipv6(bytes) {
      self = .address(address)
    } else {
      self.init(parsing: bytes)
    }
  }

  private static func ipv6(_ bytes: Span<UInt8>) -> IPAddress? {
    guard bytes.contains(UInt8(ascii: ":")) else { return nil }
    return IPAddress(parsing: bytes) ?? threeColons(bytes)
  }

  /// `2001:db8:::192.0.2.1` with one colon less (RFC 5118 §4.10); only where dotted IPv4 follows.
  private static func threeColons(_ bytes: Span<UInt8>) -> IPAddress? {
    guard bytes.count <= 64, bytes.contains(UInt8(ascii: ".")) else { return nil }
    var fixed: [UInt8] = []
    var colons = 0
    var dropped = 0
    for index in 0..<bytes.count {
      colons = bytes[index] == UInt8(ascii: ":") ? colons + 1 : 0
      if colons == 3 {
        dropped += 1
        continue
      }
      guard colons <= 3, dropped == 0 || colons == 0 else { return nil }
      fixed.append(bytes[index])
    }
    return dropped == 1 ? IPAddress(parsing: fixed.span) : nil
  }

  /// The name, or the address with brackets if it is IPv6.
  public var text: String {
    switch self {
    case .name(let name): name.text
    case .address(let address): address.isIPv4 ? address.description : "[\(address.description)]"
    }
  }

  /// Appends `text`.
  public func write(into bytes: inout [UInt8]) {
    switch self {
    case .name(let name):
      bytes.append(ascii: name.text)
    case .address(let address) where address.isIPv4:
      address.appendText(to: &bytes)
    case .address(let address):
      bytes.append(UInt8(ascii: "["))
      address.appendText(to: &bytes)
      bytes.append(UInt8(ascii: "]"))
    }
  }

  /// The address, when it is one.
  public var address: IPAddress? {
    if case .address(let address) = self { address } else { nil }
  }
}

extension SIPHost: CustomStringConvertible {
  /// The name, or the address with brackets if it is IPv6.
  public var description: String { text }
}

extension Span where Element == UInt8 {
  /// Whether the byte is among these.
  package func contains(_ byte: UInt8) -> Bool {
    for index in 0..<count where self[index] == byte { return true }
    return false
  }
}

extension FieldScanner {
  /// `host [ COLON port ]`; `spaced` allows white space around the colon, as Via's sent-by has it (§25.1).
  ///
  /// A colon must be followed by a port, 1 to 65,535 (an empty one is a fault, leading zeros are not).
  @_lifetime(self: copy self)
  package mutating func hostPort(spaced: Bool = false) throws(SIPParseError) -> (host: SIPHost, port: UInt16?) {
    let range = try self.host()
    guard let host = SIPHost(parsing: bytes.extracting(range)) else {
      throw error(.malformedHost, at: range.lowerBound)
    }
    guard spaced ? skipSeparator(UInt8(ascii: ":")) : skip(UInt8(ascii: ":")) else { return (host, nil) }
    let digits = position
    let port = try self.port()
    guard port > 0 else { throw error(.malformedPort, at: digits) }
    return (host, port)
  }
}
