import Wire

/// Where media goes or comes from: an address, or a name that has to be resolved (RFC 8866 §9 `unicast-address`).
///
/// IPv4 is four decimal numbers without leading zeros; `127.1` or `300.1.1.1` are neither addresses nor names (the last
/// label of a name starts with a letter), so nothing can be smuggled past an address check.
public enum SDPHost: Sendable, Hashable {
  /// An IPv4 or IPv6 address.
  case address(IPAddress)
  /// A fully qualified domain name, or a name under `.local`, in lower case.
  case name(String)

  /// The longest name (RFC 1035 §2.3.4).
  public static let maxNameBytes = 253

  /// Reads an address without brackets, or a name; nil when it is neither.
  public init?(_ text: String) {
    let utf8 = text.utf8
    self.init(parsing: utf8.span)
  }

  /// Reads an address or a name from ASCII bytes, as `init(_:)` does.
  public init?(parsing bytes: Span<UInt8>) {
    if let address = IPAddress(parsing: bytes) {
      self = .address(address)
    } else if SDPHost.isName(bytes), let text = String(ascii: bytes) {
      self = .name(text.lowercased())
    } else {
      return nil
    }
  }

  /// The address, when it is one.
  public var address: IPAddress? {
    if case .address(let address) = self { address } else { nil }
  }

  /// Appends the text.
  func write(into bytes: inout [UInt8]) {
    switch self {
    case .address(let address): address.appendText(to: &bytes)
    case .name(let name): bytes.append(text: name)
    }
  }

  /// Labels of letters, digits, `-` and `_`, 63 bytes at most, with a dot at the end or without.
  private static func isName(_ bytes: Span<UInt8>) -> Bool {
    var end = bytes.count
    if end > 0, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
    guard end > 0, end <= maxNameBytes else { return false }
    var label = 0
    for index in 0...end {
      if index < end, bytes[index] != UInt8(ascii: ".") {
        let byte = bytes[index]
        guard byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else { return false }
        continue
      }
      guard index > label, index - label <= 63, bytes[label] != UInt8(ascii: "-"), bytes[index - 1] != UInt8(ascii: "-")
      else { return false }
      if index == end { return bytes[label].isLetter }
      label = index + 1
    }
    return false
  }
}

extension SDPHost: CustomStringConvertible {
  /// The address without brackets, or the name.
  public var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
