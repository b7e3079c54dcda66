import CertificateSupport
import TLSEngine
import Testing
import Wire

@Suite("TLS: peers that do wrong")
struct FaultTests {
  @Test("Plain text, HTTP and noise are no TLS, whoever gets them")
  func notTLS() throws {
    let (server, client) = (try serverContext(), try clientContext())
    for text in ["OPTIONS sip:a SIP/2.0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n\r\n"] {
      var engine = TLSEngine(accepting: server, now: now)
      engine.receive(Array(text.utf8).span)
      #expect(engine.state == .failed(.notTLS), "\(text)")
      var other = TLSEngine(connecting: client, to: .domain("if.internal"), now: now)
      other.start()
      other.receive(Array(text.utf8).span)
      #expect(other.state == .failed(.notTLS), "\(text)")
    }
  }

  @Test("Random bytes end in a failure or wait for more; nothing traps")
  func noise() throws {
    let (server, client) = (try serverContext(), try clientContext())
    var random = Xorshift(7)
    for _ in 0..<2_000 {
      let isServer = random.next() & 1 == 0
      var engine =
        isServer
        ? TLSEngine(accepting: server, now: now) : TLSEngine(connecting: client, to: .domain("x.test"), now: now)
      engine.start()
      var bytes = (0..<Int(random.next() % 400)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      if random.next() & 1 == 0, bytes.count > 5 { bytes.replaceSubrange(0..<3, with: [0x16, 3, 1]) }
      engine.receive(bytes.span)
      #expect(engine.takePlaintext().isEmpty && engine.facts == nil)
    }
  }

  @Test("A flipped bit anywhere in a record is found", arguments: TLSVersion.allCases)
  func tampering(_ version: TLSVersion) throws {
    let (server, client) = (try serverContext { $0.maximumVersion = version }, try clientContext())
    for place in 0..<40 {
      let pair = Pair(server, client)
      pair.pump()
      pair.client.write(Array("something secret".utf8).span)
      var record = pair.client.takeCiphertext()
      guard place < record.count else { break }
      record[place] ^= 0x04
      pair.server.receive(record.span)
      #expect(pair.server.takePlaintext().isEmpty)
      // A length that says more makes it wait for the rest.
      if place == 3 || place == 4, pair.serverState == .open { continue }
      guard case .failed = pair.serverState else {
        Issue.record("byte \(place): \(pair.serverState)")
        continue
      }
      #expect(!pair.server.takeCiphertext().isEmpty, "an alert says so")
    }
  }

  @Test("Flipped bits in handshakes never trap and never give a wrong connection")
  func flippedHandshakes() throws {
    let (server, client) = (try serverContext(), try clientContext())
    var random = Xorshift(99)
    for _ in 0..<600 {
      let pair = Pair(server, client)
      pair.client.start()
      var hello = pair.client.takeCiphertext()
      let isFirst = random.next() & 1 == 0
      if isFirst { hello[Int(random.next() % UInt64(hello.count))] ^= UInt8(1 << (random.next() & 7)) }
      pair.server.receive(hello.span)
      var answer = pair.server.takeCiphertext()
      if !isFirst, !answer.isEmpty {
        answer[Int(random.next() % UInt64(answer.count))] ^= UInt8(1 << (random.next() & 7))
      }
      pair.client.receive(answer.span)
      pair.pump()
      // What belongs to the transcript differs at both ends, so the two cannot both be open; the version in a record's
      // head belongs to nothing, and where only that was flipped all is as it should be.
      guard pair.clientState == .open, pair.serverState == .open else { continue }
      pair.client.write(Array("ping".utf8).span)
      pair.pump()
      #expect(pair.serverHeard == Array("ping".utf8))
      #expect(pair.clientFacts?.cipher == pair.serverFacts?.cipher && pair.clientFacts?.version == .tls13)
    }
  }

  @Test("An end without close_notify is told from one with it")
  func truncation() throws {
    let (server, client) = (try serverContext(), try clientContext())
    let cut = Pair(server, client)
    cut.pump()
    cut.server.receivedEnd()
    #expect(cut.serverState == .failed(.truncated))

    var early = TLSEngine(accepting: server, now: now)
    early.receivedEnd()
    #expect(early.state == .failed(.truncated))

    let proper = Pair(server, client)
    proper.pump()
    proper.client.closeNotify()
    let wroteLate = proper.client.write(Array("late".utf8).span)
    #expect(!wroteLate)
    proper.pump()
    #expect(proper.serverState == .ended)
    proper.server.receivedEnd()
    #expect(proper.serverState == .ended)
    // The other direction is still open (RFC 8446 §6.1).
    let answered = proper.server.write(Array("answer".utf8).span)
    #expect(answered)
    proper.server.closeNotify()
    proper.client.receive(proper.server.takeCiphertext().span)
    #expect(proper.client.takePlaintext() == Array("answer".utf8) && proper.clientState == .ended)
  }

  @Test("Nothing is taken or written after the end")
  func afterTheEnd() throws {
    let pair = Pair(try serverContext(), try clientContext())
    let early: [UInt8] = [1]
    let wroteEarly = pair.client.write(early.span)
    #expect(!wroteEarly, "before the handshake")
    pair.pump()
    pair.server.receive(Array(repeating: UInt8(0), count: 100).span)
    #expect(pair.serverState.isFailure)
    let wroteLate = pair.server.write(early.span)
    #expect(!wroteLate)
    _ = pair.server.takeCiphertext()
    pair.client.write(early.span)
    pair.server.receive(pair.client.takeCiphertext().span)
    #expect(pair.server.takePlaintext().isEmpty)
  }

  @Test("A record that claims more than a record may hold")
  func tooLong() throws {
    let pair = Pair(try serverContext(), try clientContext())
    pair.pump()
    let record: [UInt8] = [0x17, 3, 3, 0x48, 0]
    pair.server.receive(record.span)
    #expect(pair.serverState.isFailure)
  }
}

@Suite("TLS: records and memory")
struct CostTests {
  @Test(
    "What is written at once is as few records as it takes",
    arguments: [(1, 1), (1_200, 1), (16_384, 1), (16_385, 2), (40_000, 3)])
  func records(_ bytes: Int, _ records: Int) throws {
    let pair = Pair(try serverContext(), try clientContext())
    pair.pump()
    pair.client.write([UInt8](repeating: 7, count: bytes).span)
    let sent = pair.client.takeCiphertext()
    var (place, count) = (0, 0)
    while place + 5 <= sent.count {
      place += 5 + Int(sent[place + 3]) << 8 + Int(sent[place + 4])
      count += 1
    }
    #expect(count == records && place == sent.count)
  }

  @Test("An idle connection holds less than 40 kB", arguments: TLSVersion.allCases)
  func memory(_ version: TLSVersion) throws {
    let (server, client) = (try serverContext { $0.maximumVersion = version }, try clientContext())
    var pairs: [Pair] = []
    func open(_ count: Int) {
      for _ in 0..<count {
        let pair = Pair(server, client)
        pair.pump()
        // As after a call: both have written and read.
        pair.client.write([UInt8](repeating: 1, count: 3_000).span)
        pair.server.write([UInt8](repeating: 2, count: 3_000).span)
        pair.pump()
        pair.clientHeard = []
        pair.serverHeard = []
        pairs.append(pair)
      }
    }
    open(50)
    let before = residentBytes()
    open(1_000)
    let each = (residentBytes() - before) / 2_000
    print("TLS \(version.rawValue): \(each) bytes for an idle engine")
    #expect(each < 40_000)
    #expect(pairs.count == 1_050)
  }
}
