import SIPLocation
import Testing
import Wire

@Suite("Answers to questions")
struct DNSAnswerTests {
  static let question = DNSQuestion(DNSName("www.example.com") ?? .root, .a)

  private func answer(_ bytes: MessageBytes, to question: DNSQuestion = question) throws -> DNSAnswer {
    try bytes.parsed().answer(to: question)
  }

  private func addresses(_ texts: String..., ttl: UInt32 = 60) -> DNSAnswer {
    .records(.addresses(texts.compactMap { IPAddress($0) }), timeToLive: ttl)
  }

  @Test("only the records of the name that was asked for, whatever else stands in the answer")
  func owners() throws {
    var bytes = MessageBytes("www.example.com", 1)
    bytes.address("bank.example", 203, 0, 113, 1)
    bytes.address("WWW.example.COM", 192, 0, 2, 1)
    bytes.address("example.com", 203, 0, 113, 2)
    bytes.address("x.www.example.com", 203, 0, 113, 3)
    bytes.record(MessageBytes.questionName, 1, in: .additional, [203, 0, 113, 4])
    #expect(try answer(bytes) == addresses("192.0.2.1"))
    var foreign = MessageBytes("www.example.com", 1)
    foreign.address("bank.example", 203, 0, 113, 1)
    #expect(try answer(foreign) == .absent(.noSuchRecord, timeToLive: nil))
  }

  @Test("aliases are followed within the answer, in any order of records; the least TTL holds (RFC 1034 §3.6.2)")
  func aliases() throws {
    var bytes = MessageBytes("www.example.com", 1)
    bytes.address("c.example.net", ttl: 300, 192, 0, 2, 1)
    bytes.alias("b.example.net", ttl: 20, "c.example.net")
    bytes.alias("www.example.com", ttl: 100, "b.example.net")
    bytes.address("d.example.net", 203, 0, 113, 1)
    #expect(try answer(bytes) == addresses("192.0.2.1", ttl: 20))
  }

  @Test("aliases that go round in a circle, or on for too long, are a failure")
  func aliasLimits() throws {
    var circle = MessageBytes("www.example.com", 1)
    circle.alias("www.example.com", "b.example.com")
    circle.alias("b.example.com", "www.example.com")
    circle.address("c.example.com", 192, 0, 2, 1)
    #expect(try answer(circle) == .failed(.tooManyAliases))
    var itself = MessageBytes("www.example.com", 1)
    itself.alias("www.example.com", "www.example.com")
    #expect(try answer(itself) == .failed(.tooManyAliases))
    for (count, expected) in [(8, addresses("192.0.2.1")), (9, .failed(.tooManyAliases))] {
      var chain = MessageBytes("www.example.com", 1)
      for index in 0..<count {
        chain.alias(index == 0 ? "www.example.com" : "n\(index).example.com", "n\(index + 1).example.com")
      }
      chain.address("n\(count).example.com", 192, 0, 2, 1)
      #expect(try answer(chain) == expected)
    }
  }

  @Test("a chain that leads nowhere has no records")
  func danglingAlias() throws {
    var bytes = MessageBytes("www.example.com", 1, flags: 0x8183)
    bytes.alias("www.example.com", ttl: 10, "gone.example.net")
    bytes.startOfAuthority("example.net", ttl: 60, minimum: 40)
    #expect(try answer(bytes) == .absent(.noSuchName, timeToLive: 10))
  }

  @Test("absences: NXDOMAIN and NODATA, for as long as the zone says, if it is the zone (RFC 2308)")
  func absences() throws {
    for (flags, absence) in [(0x8183, DNSAbsence.noSuchName), (0x8180, .noSuchRecord)] as [(UInt16, DNSAbsence)] {
      var bytes = MessageBytes("www.example.com", 1, flags: flags)
      #expect(try answer(bytes) == .absent(absence, timeToLive: nil))
      var stranger = bytes
      bytes.startOfAuthority("example.com", ttl: 60, minimum: 90)
      #expect(try answer(bytes) == .absent(absence, timeToLive: 60))
      stranger.startOfAuthority("example.net", ttl: 60, minimum: 90)
      #expect(try answer(stranger) == .absent(absence, timeToLive: nil))
    }
    var lower = MessageBytes("www.example.com", 1)
    lower.startOfAuthority("com", ttl: 90, minimum: 15)
    #expect(try answer(lower) == .absent(.noSuchRecord, timeToLive: 15))
  }

  @Test(
    "what is no answer to the question is a failure",
    arguments: [
      (0x0100, DNSFailure.malformed), (0x9180, .malformed), (0x8380, .malformed), (0x8182, .serverFailure),
      (0x8185, .refused), (0x8184, .serverFailure), (0x8181, .serverFailure),
    ] as [(UInt16, DNSFailure)])
  func failures(flags: UInt16, expected: DNSFailure) throws {
    var bytes = MessageBytes("www.example.com", 1, flags: flags)
    bytes.address("www.example.com", 192, 0, 2, 1)
    #expect(try answer(bytes) == .failed(expected))
  }

  @Test("an answer to another question is none to this one")
  func otherQuestions() throws {
    for (name, type) in [("example.com", 1), ("www.example.com", 28), ("www.example.com", 255)] as [(String, UInt16)] {
      var bytes = MessageBytes(name, type)
      bytes.address("www.example.com", 192, 0, 2, 1)
      #expect(try answer(bytes) == .failed(.malformed), "\(name) \(type)")
    }
  }

  @Test("records that contradict the code are not believed")
  func contradiction() throws {
    var bytes = MessageBytes("www.example.com", 1, flags: 0x8183)
    bytes.address("www.example.com", 192, 0, 2, 1)
    #expect(try answer(bytes) == .absent(.noSuchName, timeToLive: nil))
  }
}
