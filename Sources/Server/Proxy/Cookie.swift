import OpenSSLCrypto
import Wire

/// The 64-bit cookie that our Record-Route carries: HMAC-SHA-256 over the Call-ID and the caller's tag, cut to eight
/// bytes. A request with a To-tag that brings a valid one belongs to a call that this node (or one with the same key)
/// has let in, even when nothing else is known of it any more.
struct CookieMint: ~Copyable {
  private var key: HMACKey
  private var scratch: [UInt8] = []

  init(key: [UInt8]) {
    self.key = HMACKey(key.span)
    scratch.reserveCapacity(256)
  }

  mutating func cookie(callID: Span<UInt8>, tag: Span<UInt8>) -> UInt64 {
    scratch.removeAll(keepingCapacity: true)
    for index in callID.indices { scratch.append(callID[index]) }
    scratch.append(0)
    for index in tag.indices { scratch.append(tag[index]) }
    let mac = key.authenticate(scratch.span).bytes
    var cookie: UInt64 = 0
    for index in 0..<8 { cookie = cookie << 8 | UInt64(mac[index]) }
    return cookie
  }
}

/// Reads sixteen lower-case hex digits, the wire form of a 64-bit value: ours are never upper case.
enum HexWord {
  /// The value of exactly sixteen lower-case hex digits.
  static func parse(_ text: Span<UInt8>) -> UInt64? {
    guard text.count == 16 else { return nil }
    var value: UInt64 = 0
    for index in text.indices {
      guard let digit = self.value(text[index]) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return value
  }

  /// The value of a lower-case digit.
  static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit &- 48
    case 97...102: digit &- 87
    default: nil
    }
  }
}
