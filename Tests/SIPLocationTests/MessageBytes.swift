import SIPLocation

/// Writes DNS messages for tests, right ones and wrong ones.
struct MessageBytes {
  var bytes: [UInt8]

  /// A header and one question; counts are written by `finish`.
  init(
    _ name: String, _ type: UInt16, id: UInt16 = 0x1234, flags: UInt16 = 0x8180, isInternet: Bool = true
  ) {
    bytes = []
    append(id)
    append(flags)
    append(1)
    append(0)
    append(0)
    append(0)
    append(name: name)
    append(type)
    append(isInternet ? 1 : 3)
  }

  mutating func append(_ value: UInt16) {
    bytes.append(UInt8(value >> 8))
    bytes.append(UInt8(value & 0xFF))
  }

  /// Labels, uncompressed.
  mutating func append(name: String) { bytes.append(contentsOf: MessageBytes.encoded(name)) }

  static func encoded(_ name: String) -> [UInt8] {
    var encoded: [UInt8] = []
    for label in name.split(separator: ".") {
      encoded.append(UInt8(label.utf8.count))
      encoded.append(contentsOf: Array(label.utf8))
    }
    return encoded + [0]
  }

  enum SectionKind: Int {
    case answer = 6
    case authority = 8
    case additional = 10
  }

  /// One record more in a section; records are to be appended in the sections' order.
  mutating func record(
    _ owner: [UInt8], _ type: UInt16, ttl: UInt32 = 60, in section: SectionKind = .answer, recordClass: UInt16 = 1,
    length: UInt16? = nil, _ data: [UInt8]
  ) {
    bytes[section.rawValue + 1] += 1
    bytes.append(contentsOf: owner)
    append(type)
    append(recordClass)
    append(UInt16(ttl >> 16))
    append(UInt16(ttl & 0xFFFF))
    append(length ?? UInt16(data.count))
    bytes.append(contentsOf: data)
  }

  mutating func address(_ owner: String, ttl: UInt32 = 60, _ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
    record(MessageBytes.encoded(owner), 1, ttl: ttl, [a, b, c, d])
  }

  mutating func alias(_ owner: String, ttl: UInt32 = 60, _ target: String) {
    record(MessageBytes.encoded(owner), 5, ttl: ttl, MessageBytes.encoded(target))
  }

  mutating func startOfAuthority(_ zone: String, ttl: UInt32, minimum: UInt32) {
    let numbers: [UInt32] = [1, 2, 3, 4, minimum]
    let data =
      MessageBytes.encoded("ns.example") + MessageBytes.encoded("root.example")
      + numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) } }
    record(MessageBytes.encoded(zone), 6, ttl: ttl, in: .authority, data)
  }

  /// A pointer to the question's name.
  static let questionName: [UInt8] = [0xC0, 0x0C]

  func parsed(limits: DNSLimits = .default) throws(DNSParseError) -> DNSMessage {
    try DNSMessage(parsing: bytes.span, limits: limits)
  }
}
