import SIPMessage
import Wire

/// Reads integers and names of a DNS message; every read is checked against the end.
///
/// Not a `ByteReader`, because names jump: a compression pointer continues a name at an earlier place (RFC 1035 §4.1.4).
struct DNSReader: ~Escapable {
  let bytes: Span<UInt8>
  let limits: DNSLimits
  var offset = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, limits: DNSLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  @_lifetime(self: copy self)
  mutating func uint8() throws(DNSParseError) -> UInt8 {
    guard offset < bytes.count else { throw DNSParseError(.truncated, at: offset) }
    offset += 1
    return bytes[offset - 1]
  }

  @_lifetime(self: copy self)
  mutating func uint16() throws(DNSParseError) -> UInt16 {
    guard bytes.count - offset >= 2 else { throw DNSParseError(.truncated, at: offset) }
    offset += 2
    return UInt16(bytes[offset - 2]) << 8 | UInt16(bytes[offset - 1])
  }

  @_lifetime(self: copy self)
  mutating func uint32() throws(DNSParseError) -> UInt32 {
    guard bytes.count - offset >= 4 else { throw DNSParseError(.truncated, at: offset) }
    let high = try uint16()
    return UInt32(high) << 16 | UInt32(try uint16())
  }

  @_lifetime(self: copy self)
  mutating func uint64() throws(DNSParseError) -> UInt64 {
    guard bytes.count - offset >= 8 else { throw DNSParseError(.truncated, at: offset) }
    let high = try uint32()
    return UInt64(high) << 32 | UInt64(try uint32())
  }

  @_lifetime(self: copy self)
  mutating func skip(_ count: Int) throws(DNSParseError) {
    guard count >= 0, count <= bytes.count - offset else { throw DNSParseError(.truncated, at: offset) }
    offset += count
  }

  /// A character-string (RFC 1035 §3.3), every byte through `change`; nil when it is not printable ASCII.
  @_lifetime(self: copy self)
  mutating func characterString(_ change: (UInt8) -> UInt8) throws(DNSParseError) -> String? {
    let count = Int(try uint8())
    let start = offset
    try skip(count)
    var text: [UInt8] = []
    for index in start..<offset {
      guard (0x20...0x7E).contains(bytes[index]) else { return nil }
      text.append(change(bytes[index]))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A name, and the offset behind it; nil when it is well-formed but no `DNSName`.
  ///
  /// Every pointer must lead to before the place where the labels that it ends began. So no name can go round in a
  /// circle, whatever the limit.
  @_lifetime(self: copy self)
  mutating func name() throws(DNSParseError) -> DNSName? {
    var text: [UInt8] = []
    var isPlain = true
    var encodedBytes = 1
    var position = offset
    var barrier = offset
    var end: Int?
    var pointers = 0
    while true {
      guard position < bytes.count else { throw DNSParseError(.truncated, at: position) }
      let length = Int(bytes[position])
      switch length >> 6 {
      case 0 where length == 0:
        offset = end ?? position + 1
        return isPlain ? DNSName(checked: String(decoding: text, as: UTF8.self)) : nil
      case 0:
        guard bytes.count - position > length else { throw DNSParseError(.truncated, at: position) }
        encodedBytes += length + 1
        guard encodedBytes <= 255 else { throw DNSParseError(.nameTooLong, at: position) }
        if !text.isEmpty { text.append(UInt8(ascii: ".")) }
        for index in (position + 1)...(position + length) {
          let byte = bytes[index].asciiLowercased
          if !DNSName.isLabelByte(byte) { isPlain = false }
          text.append(byte)
        }
        position += length + 1
      case 3:
        guard bytes.count - position >= 2 else { throw DNSParseError(.truncated, at: position) }
        let target = (length & 0x3F) << 8 | Int(bytes[position + 1])
        pointers += 1
        guard target < barrier, pointers <= limits.maxPointers else { throw DNSParseError(.badPointer, at: position) }
        if end == nil { end = position + 2 }
        barrier = target
        position = target
      default:
        throw DNSParseError(.reservedLabel, at: position)
      }
    }
  }
}
