import SIPLocation
import Testing
import Wire

@Suite("DNS messages")
struct DNSMessageTests {
  private func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

  private func reason(_ message: MessageBytes, limits: DNSLimits = .default) -> DNSParseError.Reason? {
    do throws(DNSParseError) {
      _ = try message.parsed(limits: limits)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test("header and question (RFC 1035 §4.1.1, §4.1.2)")
  func header() throws {
    let message = try MessageBytes("Example.COM", 33, id: 0xBEEF, flags: 0x8183).parsed()
    #expect(message.id == 0xBEEF && message.isResponse && message.opcode == 0 && !message.isTruncated)
    #expect(message.responseCode == .noSuchName)
    #expect(message.question == DNSQuestion(try name("example.com"), .srv))
    #expect(try MessageBytes("a.example", 1, flags: 0x0100).parsed().isResponse == false)
    #expect(try MessageBytes("a.example", 1, flags: 0x8200).parsed().isTruncated)
    #expect(try MessageBytes("a.example", 1, flags: 0xA005).parsed().opcode == 4)
    #expect(try MessageBytes("a.example", 1, flags: 0x8005).parsed().responseCode == .refused)
    #expect(try MessageBytes("a.example", 1, flags: 0x8009).parsed().responseCode == .other(9))
    #expect(try MessageBytes("a.example", 15).parsed().question == nil)
    #expect(try MessageBytes("a.example", 1, isInternet: false).parsed().question == nil)
  }

  @Test("each type, and a type that is stepped over")
  func types() throws {
    var bytes = MessageBytes("example.com", 1)
    bytes.record(MessageBytes.questionName, 1, [192, 0, 2, 1])
    bytes.record(MessageBytes.questionName, 28, [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1])
    bytes.record(MessageBytes.questionName, 16, [3, 0x61, 0x62, 0x63])
    bytes.record(MessageBytes.questionName, 5, [3, 0x57, 0x57, 0x77] + MessageBytes.questionName)
    bytes.record(MessageBytes.questionName, 33, [0, 1, 0, 2, 0x13, 0xC4] + MessageBytes.encoded("Host.example"))
    bytes.record(
      MessageBytes.questionName, 35,
      [0, 50, 0, 10, 1, 0x53, 7] + Array("sip+d2u".utf8) + [0] + MessageBytes.encoded("_sip._udp.example.com"))
    let answers = try bytes.parsed().answers
    #expect(
      answers.map(\.content) == [
        .address(try #require(IPAddress("192.0.2.1"))), .address(try #require(IPAddress("2001:db8::1"))),
        .alias(try name("www.example.com")),
        .service(SRVRecord(priority: 1, weight: 2, port: 5060, target: try name("host.example"))),
        .pointer(
          NAPTRRecord(
            order: 50, preference: 10, flags: "s", service: "SIP+D2U", replacement: try name("_sip._udp.example.com"))),
      ])
    #expect(answers.allSatisfy { $0.owner.text == "example.com" && $0.timeToLive == 60 })
  }

  @Test("the root as target, an expression, a TTL with its highest bit (RFC 2181 §8), another class, a mapped address")
  func oddities() throws {
    var bytes = MessageBytes("example.com", 1)
    bytes.record(MessageBytes.questionName, 33, ttl: 0x8000_0001, [0, 0, 0, 0, 0, 0, 0])
    bytes.record(MessageBytes.questionName, 35, [0, 1, 0, 1, 1, 0x75, 0, 3, 0x21, 0x21, 0x21, 0])
    bytes.record(MessageBytes.questionName, 1, recordClass: 3, [1, 2, 3, 4])
    bytes.record(MessageBytes.questionName, 28, [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127, 0, 0, 1])
    let answers = try bytes.parsed().answers
    #expect(answers.count == 2)
    #expect(answers.first?.timeToLive == 0)
    #expect(answers.first?.content == .service(SRVRecord(priority: 0, weight: 0, port: 0, target: .root)))
    guard case .pointer(let pointer) = answers.last?.content else {
      Issue.record("no NAPTR")
      return
    }
    #expect(pointer.hasExpression && pointer.replacement.isRoot)
  }

  @Test("names with bytes that no host has are no names, and their records are not there")
  func strangeNames() throws {
    var bytes = MessageBytes("example.com", 1)
    bytes.record([3, 0x61, 0x2E, 0x62, 0], 1, [192, 0, 2, 1])  // one label "a.b", which is not a.b
    bytes.record([2, 0xC3, 0xA4, 0], 1, [192, 0, 2, 2])
    bytes.record(MessageBytes.questionName, 5, [1, 0x00, 0])
    bytes.record(MessageBytes.questionName, 1, [192, 0, 2, 3])
    #expect(try bytes.parsed().answers.count == 1)
  }

  @Test("names at their limits: 63 and 64 bytes in a label, 255 and 256 encoded")
  func nameLimits() throws {
    func message(_ lengths: [Int]) -> MessageBytes {
      MessageBytes(lengths.map { String(repeating: "a", count: $0) }.joined(separator: "."), 1)
    }
    #expect(try message([63]).parsed().question?.name.text.utf8.count == 63)
    #expect(reason(message([64])) == .reservedLabel)  // its length byte has a reserved bit
    #expect(try message([63, 63, 63, 61]).parsed().question?.name.text.utf8.count == DNSName.maxBytes)
    #expect(reason(message([63, 63, 63, 62])) == .nameTooLong)
    let longest = [63, 63, 63, 61].map { String(repeating: "a", count: $0) }.joined(separator: ".")
    #expect(DNSName(longest) != nil && DNSName(longest + ".") != nil && DNSName(longest + "a") == nil)
    #expect(DNSName(String(repeating: "a", count: 63)) != nil && DNSName(String(repeating: "a", count: 64)) == nil)
    for wrong in ["", ".", "a..b", ".a", "a b", "ä.example", "a\u{0}"] { #expect(DNSName(wrong) == nil, "\(wrong)") }
  }

  @Test("zones: a name is within itself, its parents and the root, not within a name that merely ends like it")
  func zones() throws {
    let name = try name("a.example.com")
    for zone in ["a.example.com", "example.com", "com"] { #expect(name.isWithin(try #require(DNSName(zone)))) }
    #expect(name.isWithin(.root))
    for other in ["ample.com", "b.example.com", "x.a.example.com"] {
      #expect(!name.isWithin(try #require(DNSName(other))))
    }
  }

  @Test(
    "pointers must lead backwards: to themselves, forwards, in a circle, at the end",
    arguments: [
      ([0xC0, 0x1D], DNSParseError.Reason.badPointer),  // to itself: the owner of the first record is at 29
      ([0xC0, 0x1E], .badPointer), ([0xC0, 0xFF], .badPointer), ([0xFF, 0xFF], .badPointer),
      ([0x01, 0x61, 0xC0, 0x1D], .badPointer),  // a label, then back to it: for ever
      ([0x40], .reservedLabel), ([0x80], .reservedLabel), ([0xC0], .truncated),
      ([0x3F, 0x61], .truncated),
    ] as [([UInt8], DNSParseError.Reason)])
  func pointers(owner: [UInt8], expected: DNSParseError.Reason) throws {
    var bytes = MessageBytes("example.com", 1)
    #expect(bytes.bytes.count == 29)
    bytes.bytes[7] = 1
    bytes.bytes.append(contentsOf: owner)
    #expect(reason(bytes) == expected)
  }

  @Test("chains of pointers end at the limit, and count for one name only")
  func pointerChains() throws {
    func message(_ pointers: Int) -> MessageBytes {
      // An opaque record holds a chain in which every pointer leads to the one before; the first to the question.
      var bytes = MessageBytes("example.com", 1)
      var data: [UInt8] = [0xC0, 0x0C]
      let start = bytes.bytes.count + 12
      for index in 1..<pointers {
        let target = start + 2 * (index - 1)
        data += [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)]
      }
      bytes.record(MessageBytes.questionName, 99, data)
      let last = start + 2 * (pointers - 1)
      bytes.record([0xC0 | UInt8(last >> 8), UInt8(last & 0xFF)], 1, [192, 0, 2, 1])
      return bytes
    }
    #expect(try message(15).parsed().answers.first?.owner.text == "example.com")
    #expect(reason(message(16)) == .badPointer)
  }

  @Test("every prefix of a message is refused, and no byte of it can trap")
  func prefixes() throws {
    var bytes = MessageBytes("example.com", 35)
    bytes.record(
      MessageBytes.questionName, 35,
      [0, 50, 0, 10, 1, 0x53, 7] + Array("SIP+D2U".utf8) + [0] + MessageBytes.encoded("_sip._udp.example.com"))
    bytes.record(MessageBytes.questionName, 33, [0, 1, 0, 2, 0x13, 0xC4] + MessageBytes.questionName)
    bytes.startOfAuthority("example.com", ttl: 60, minimum: 30)
    let whole = bytes.bytes
    #expect(try DNSMessage(parsing: whole.span).answers.count == 2)
    for count in 0..<whole.count {
      let part = Array(whole[..<count])
      #expect(throws: DNSParseError.self) { try DNSMessage(parsing: part.span) }
    }
    for index in whole.indices {
      for value in [0, 1, 0x3F, 0x40, 0xC0, 0xFF] as [UInt8] {
        var changed = whole
        changed[index] = value
        _ = try? DNSMessage(parsing: changed.span)
      }
    }
  }

  @Test(
    "a record's data is exactly as long as its type has it",
    arguments: [
      (1, 3), (1, 5), (28, 15), (28, 17), (33, 6), (33, 8), (35, 7), (35, 9), (5, 2),
    ] as [(UInt16, Int)])
  func recordLengths(type: UInt16, count: Int) {
    var bytes = MessageBytes("example.com", 1)
    bytes.record(MessageBytes.questionName, type, [UInt8](repeating: 0, count: count))
    bytes.bytes.append(contentsOf: [UInt8](repeating: 0, count: 32))
    #expect(reason(bytes) == .badRecordLength)
    bytes = MessageBytes("example.com", 1)
    bytes.record(MessageBytes.questionName, 99, length: 5, [1, 2, 3, 4])
    #expect(reason(bytes) == .truncated)
  }

  @Test("limits: questions, records, bytes")
  func limits() throws {
    var bytes = MessageBytes("example.com", 1)
    bytes.bytes[5] = 2
    #expect(reason(bytes) == .badQuestionCount)
    bytes.bytes[5] = 0
    #expect(reason(bytes) == .badQuestionCount)
    func message(_ records: Int) -> MessageBytes {
      var bytes = MessageBytes("example.com", 1)
      for index in 0..<records { bytes.record(MessageBytes.questionName, 1, [192, 0, 2, UInt8(index)]) }
      return bytes
    }
    var limits = DNSLimits()
    limits.maxMessageRecords = 20
    limits.maxAnswerRecords = 20
    #expect(try message(20).parsed(limits: limits).answers.count == 20)
    #expect(reason(message(21), limits: limits) == .tooLarge)
    var additional = message(20)
    additional.record(MessageBytes.questionName, 1, in: .additional, [192, 0, 2, 99])
    #expect(reason(additional, limits: limits) == .tooLarge)
    limits.maxMessageBytes = message(20).bytes.count
    #expect(reason(message(20), limits: limits) == nil)
    limits.maxMessageBytes -= 1
    #expect(reason(message(20), limits: limits) == .tooLarge)
    limits = DNSLimits()
    limits.maxAnswerRecords = 5
    let question = try #require(DNSName("example.com"))
    for (records, kept) in [(5, 5), (6, 5)] {
      guard
        case .records(let found, _) = try message(records).parsed().answer(
          to: DNSQuestion(question, .a), limits: limits)
      else {
        Issue.record("no records")
        return
      }
      #expect(found.count == kept)
    }
  }
}
