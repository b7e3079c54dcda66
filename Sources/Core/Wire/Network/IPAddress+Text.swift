// Text forms: RFC 4291 §2.2 in, RFC 5952 out.

extension IPAddress {
  /// Reads `192.0.2.1` or any IPv6 spelling of RFC 4291 §2.2, without brackets; nil when it is no address.
  ///
  /// IPv4 is four decimal numbers without leading zeros (RFC 3986 §3.2.2): `010.0.0.1` means different hosts to
  /// different readers and is refused. Zone identifiers are refused.
  public init?(_ text: String) {
    let utf8 = text.utf8
    self.init(parsing: utf8.span)
  }

  /// Reads an address from ASCII bytes, as `init(_:)` does.
  public init?(parsing bytes: Span<UInt8>) {
    guard bytes.count >= 2, bytes.count <= IPAddress.maximumTextBytes else { return nil }
    if let bits = IPAddress.dottedQuad(bytes, from: 0) {
      self.init(v4: bits)
    } else if let (high, low) = IPAddress.colonHex(bytes) {
      self.init(high: high, low: low)
    } else {
      return nil
    }
  }

  /// The canonical text of RFC 5952: lower case, no leading zeros, the longest (first) run of zero groups as `::`.
  public var description: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(IPAddress.maximumTextBytes)
    appendText(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the canonical text; at most 39 bytes.
  public func appendText(to bytes: inout [UInt8]) {
    if isIPv4 {
      bytes.append(addingCapacity: 15) { (output: inout OutputSpan<UInt8>) in
        for index in 12..<16 {
          let value = byte(index)
          if index > 12 { output.append(UInt8(ascii: ".")) }
          if value >= 100 { output.append(0x30 &+ value / 100) }
          if value >= 10 { output.append(0x30 &+ value / 10 % 10) }
          output.append(0x30 &+ value % 10)
        }
      }
      return
    }
    func group(_ index: Int) -> UInt16 {
      UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64((3 - (index & 3)) * 16))
    }
    var run = 0..<0  // RFC 5952 §4.2: never a single group, the first of equals
    var start = 0
    for index in 0...8 where index == 8 || group(index) != 0 {
      if index - start > max(run.count, 1) { run = start..<index }
      start = index + 1
    }
    var index = 0
    while index < 8 {
      if !run.isEmpty, index == run.lowerBound {
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: ":"))
        index = run.upperBound
        continue
      }
      if index > 0, index != run.upperBound || run.isEmpty { bytes.append(UInt8(ascii: ":")) }
      Hex.appendTrimmed(UInt64(group(index)), to: &bytes)
      index += 1
    }
  }

  /// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`, the longest spelling of RFC 4291 §2.2.
  static let maximumTextBytes = 45

  private static func dottedQuad(_ bytes: Span<UInt8>, from start: Int) -> UInt32? {
    guard bytes.count - start >= 7, bytes.count - start <= 15 else { return nil }
    var bits: UInt32 = 0
    var position = start
    for part in 0..<4 {
      if part > 0 {
        guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { return nil }
        position += 1
      }
      let first = position
      var value: UInt32 = 0
      while position < bytes.count, position - first < 3, bytes[position] &- 0x30 <= 9 {
        value = value * 10 + UInt32(bytes[position] &- 0x30)
        position += 1
      }
      let digits = position - first
      guard digits > 0, value <= 255, digits == 1 || bytes[first] != UInt8(ascii: "0") else { return nil }
      bits = bits << 8 | value
    }
    return position == bytes.count ? bits : nil
  }

  private static func colonHex(_ bytes: Span<UInt8>) -> (high: UInt64, low: UInt64)? {
    // Groups before `::` fill from the left, those after it from the right; 128 bits in two halves are shifted by
    // whole groups only.
    var groups = InlineArray<8, UInt16>(repeating: 0)
    var count = 0
    var gap: Int?
    var position = 0
    let end = bytes.count
    let colon = UInt8(ascii: ":")
    if bytes[0] == colon {
      guard bytes[1] == colon else { return nil }
      gap = 0
      position = 2
    }
    while position < end {
      guard count < 8 else { return nil }
      let first = position
      var value: UInt16 = 0
      while position < end, position - first < 4, let digit = Hex.value(of: bytes[position]) {
        value = value << 4 | UInt16(digit)
        position += 1
      }
      guard position > first else { return nil }
      if position < end, bytes[position] == UInt8(ascii: ".") {
        guard count <= 6, let bits = dottedQuad(bytes, from: first) else { return nil }
        groups[count] = UInt16(truncatingIfNeeded: bits >> 16)
        groups[count + 1] = UInt16(truncatingIfNeeded: bits)
        count += 2
        position = end
        break
      }
      groups[count] = value
      count += 1
      guard position < end else { break }
      guard bytes[position] == colon, position + 1 < end else { return nil }
      position += 1
      if bytes[position] == colon {
        guard gap == nil else { return nil }
        gap = count
        position += 1
      }
    }
    guard gap == nil ? count == 8 : count <= 7 else { return nil }
    let zeros = 8 - count
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in 0..<count {
      let place = index < (gap ?? 8) ? index : index + zeros
      let bits = UInt64(groups[index]) << UInt64((3 - (place & 3)) * 16)
      if place < 4 { high |= bits } else { low |= bits }
    }
    return (high, low)
  }
}

extension IPAddress: CustomStringConvertible {}
