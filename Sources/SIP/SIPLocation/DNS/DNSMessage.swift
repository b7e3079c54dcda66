import SIPMessage
import Wire

/// A DNS message (RFC 1035 §4.1), as far as an answer to one of our questions goes.
///
/// Read from bytes of a stranger: every length, count and pointer is checked, and records of types that we do not ask
/// for are stepped over. What a message may say is another matter, and `answer(to:)`'s.
public struct DNSMessage: Sendable, Hashable {
  /// RCODE (§4.1.1), those that we tell apart.
  public enum ResponseCode: Sendable, Hashable {
    /// 0
    case noError
    /// 2
    case serverFailure
    /// 3, NXDOMAIN
    case noSuchName
    /// 5
    case refused
    /// Any other.
    case other(UInt8)
  }

  /// The number that ties an answer to its question.
  public var id: UInt16
  /// QR.
  public var isResponse: Bool
  /// OPCODE; 0 is a standard query.
  public var opcode: UInt8
  /// TC: there is more than fitted.
  public var isTruncated: Bool
  /// RCODE.
  public var responseCode: ResponseCode
  /// What was asked; nil for a name, type or class that we never ask for.
  public var question: DNSQuestion?
  /// The records of the answer section that we know, in their order.
  public var answers: [DNSRecord]
  /// How long an absence may be kept: from the authority section's first SOA record.
  public var startOfAuthority: StartOfAuthority?

  /// What an SOA record says about names that do not exist (RFC 2308 §5).
  public struct StartOfAuthority: Sendable, Hashable {
    /// The zone that it speaks for.
    public var zone: DNSName
    /// The lesser of the record's own TTL and its last field, in seconds.
    public var negativeTimeToLive: UInt32
  }

  /// Reads a message.
  ///
  /// The additional section is not looked at: addresses that come along unasked are not to be believed.
  public init(parsing bytes: Span<UInt8>, limits: DNSLimits = .default) throws(DNSParseError) {
    guard bytes.count <= limits.maxMessageBytes else { throw DNSParseError(.tooLarge, at: limits.maxMessageBytes) }
    var reader = DNSReader(bytes, limits: limits)
    id = try reader.uint16()
    let flags = try reader.uint16()
    isResponse = flags & 0x8000 != 0
    opcode = UInt8(truncatingIfNeeded: flags >> 11) & 0xF
    isTruncated = flags & 0x0200 != 0
    responseCode =
      switch flags & 0xF {
      case 0: .noError
      case 2: .serverFailure
      case 3: .noSuchName
      case 5: .refused
      default: .other(UInt8(truncatingIfNeeded: flags & 0xF))
      }
    let questionCount = try reader.uint16()
    let answerCount = Int(try reader.uint16())
    let authorityCount = Int(try reader.uint16())
    let additionalCount = Int(try reader.uint16())
    guard questionCount == 1 else { throw DNSParseError(.badQuestionCount, at: 4) }
    guard answerCount + authorityCount + additionalCount <= limits.maxMessageRecords else {
      throw DNSParseError(.tooLarge, at: 6)
    }

    let asked = try reader.name()
    let type = DNSRecordType(rawValue: try reader.uint16())
    let isInternet = try reader.uint16() == DNSMessage.classInternet
    question = if let asked, let type, isInternet { DNSQuestion(asked, type) } else { nil }

    answers = []
    startOfAuthority = nil
    for _ in 0..<answerCount {
      if let record = try DNSMessage.record(&reader) { answers.append(record) }
    }
    for _ in 0..<authorityCount {
      let found = try DNSMessage.startOfAuthority(&reader)
      startOfAuthority = startOfAuthority ?? found
    }
  }

  static let classInternet: UInt16 = 1
  private static let typeAlias: UInt16 = 5
  private static let typeStartOfAuthority: UInt16 = 6

  /// What stands before a record's data (§4.1.3).
  private struct Head {
    var owner: DNSName?
    var type: UInt16
    var isInternet: Bool
    var timeToLive: UInt32
    var end: Int
  }

  private static func head(_ reader: inout DNSReader) throws(DNSParseError) -> Head {
    let owner = try reader.name()
    let type = try reader.uint16()
    let isInternet = try reader.uint16() == classInternet
    let timeToLive = try reader.uint32()
    let length = Int(try reader.uint16())
    guard length <= reader.bytes.count - reader.offset else { throw DNSParseError(.truncated, at: reader.offset) }
    return Head(
      owner: owner, type: type, isInternet: isInternet,
      // RFC 2181 §8: a TTL with its highest bit set is zero.
      timeToLive: timeToLive >> 31 == 0 ? timeToLive : 0, end: reader.offset + length)
  }

  /// Reads one record; nil for one that we do not know or cannot name.
  private static func record(_ reader: inout DNSReader) throws(DNSParseError) -> DNSRecord? {
    let head = try head(&reader)
    let content: DNSRecord.Content?
    switch head.type {
    case _ where !head.isInternet:
      content = nil
      reader.offset = head.end
    case DNSRecordType.a.rawValue:
      content = .address(IPAddress(v4: try reader.uint32()))
    case DNSRecordType.aaaa.rawValue:
      let high = try reader.uint64()
      let address = IPAddress(high: high, low: try reader.uint64())
      // An IPv4 address that calls itself IPv6 would pass for the other family.
      content = address.isIPv6 ? .address(address) : nil
    case typeAlias:
      content = try reader.name().map { .alias($0) }
    case DNSRecordType.srv.rawValue:
      let priority = try reader.uint16()
      let weight = try reader.uint16()
      let port = try reader.uint16()
      content = try reader.name().map {
        .service(SRVRecord(priority: priority, weight: weight, port: port, target: $0))
      }
    case DNSRecordType.naptr.rawValue:
      content = try pointer(&reader)
    default:
      content = nil
      reader.offset = head.end
    }
    guard reader.offset == head.end else { throw DNSParseError(.badRecordLength, at: reader.offset) }
    guard let owner = head.owner, let content else { return nil }
    return DNSRecord(owner: owner, timeToLive: head.timeToLive, content: content)
  }

  private static func pointer(_ reader: inout DNSReader) throws(DNSParseError) -> DNSRecord.Content? {
    let order = try reader.uint16()
    let preference = try reader.uint16()
    let flags = try reader.characterString { $0.asciiLowercased }
    let service = try reader.characterString { $0 &- UInt8(ascii: "a") < 26 ? $0 & 0xDF : $0 }
    let expressionBytes = Int(try reader.uint8())
    try reader.skip(expressionBytes)
    guard let replacement = try reader.name(), let flags, let service else { return nil }
    return .pointer(
      NAPTRRecord(
        order: order, preference: preference, flags: flags, service: service, hasExpression: expressionBytes > 0,
        replacement: replacement))
  }

  /// Reads one record of the authority section; nil for anything but SOA.
  private static func startOfAuthority(_ reader: inout DNSReader) throws(DNSParseError) -> StartOfAuthority? {
    let head = try head(&reader)
    guard head.type == typeStartOfAuthority, head.isInternet else {
      reader.offset = head.end
      return nil
    }
    _ = try reader.name()
    _ = try reader.name()
    try reader.skip(16)
    let minimum = try reader.uint32()
    guard reader.offset == head.end else { throw DNSParseError(.badRecordLength, at: reader.offset) }
    return head.owner.map { StartOfAuthority(zone: $0, negativeTimeToLive: min(minimum, head.timeToLive)) }
  }
}
