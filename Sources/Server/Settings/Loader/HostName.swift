import Wire

/// Host names and addresses as they stand in a configuration.
enum HostName {
  /// Lower case, without a trailing dot; an IPv6 address in brackets, in its shortest form. Nil: it is no host.
  static func normalised(_ text: String) -> String? {
    if text.hasPrefix("["), text.hasSuffix("]") {
      return IPAddress(String(text.dropFirst().dropLast())).map { $0.isIPv4 ? "\($0)" : "[\($0)]" }
    }
    if let address = IPAddress(text) { return address.isIPv4 ? "\(address)" : "[\(address)]" }
    var name = text.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    guard (1...253).contains(name.utf8.count) else { return nil }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let isName = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
        && label.utf8.last != UInt8(ascii: "-")
        && label.utf8.allSatisfy {
          switch $0 {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
          default: false
          }
        }
    }
    // RFC 1123 §2.1: the last label is never all digits, so that 300.1.2.3 is no name.
    let endsInNumber = labels.last?.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true
    return isName && !endsInNumber ? name : nil
  }

  /// The same for a name with `*.` before it, which stands for every host below the name, or without.
  static func normalisedPattern(_ text: String) -> String? {
    guard text.hasPrefix("*.") else { return normalised(text) }
    return normalised(String(text.dropFirst(2))).map { "*.\($0)" }
  }

  /// `host`, `host:port`, `[address]:port`; the host normalised. Nil: it is neither.
  static func withPort(_ text: String) -> (host: String, port: UInt16?)? {
    let colon: String.Index?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let after = text.index(after: end)
      guard after == text.endIndex || text[after] == ":" else { return nil }
      colon = after == text.endIndex ? nil : after
    } else {
      colon = text.firstIndex(of: ":")
    }
    guard let host = normalised(String(text[..<(colon ?? text.endIndex)])) else { return nil }
    guard let colon else { return (host, nil) }
    let digits = text[text.index(after: colon)...]
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = UInt16(digits)
    else { return nil }
    return (host, port)
  }
}
