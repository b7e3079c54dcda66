import Reactor
import Testing
import Wire

@Suite("A socket that only sends") struct DatagramExitTests {
  private let destination = SocketAddress(ip: IPAddress(v4: 0x7f00_0001), port: 9)

  private func counts(_ sent: UInt64, _ dropped: UInt64, _ failed: UInt64) -> DatagramExit.Counts {
    var counts = DatagramExit.Counts()
    counts.sent = sent
    counts.dropped = dropped
    counts.failed = failed
    return counts
  }

  @Test("What the system has no room for is counted and gone; nothing waits for another time")
  func noRoom() throws {
    var exit = try DatagramExit(isIPv4: true)
    for (error, answers) in [(11, [2, -11]), (105, [1, 1, -105])] {
      let before = exit.counts
      for number in 0..<5 as Range<UInt8> { exit.send([number].span, to: destination) }
      #expect(exit.isEmpty == false)
      var left = answers
      exit.flush { _, _, _ in left.removeFirst() }
      #expect(left.isEmpty && exit.isEmpty)
      #expect(exit.counts.sent == before.sent + 2 && exit.counts.dropped == before.dropped + 3, "error \(error)")
      exit.flush { _, _, _ in
        Issue.record("something waits")
        return 1
      }
    }
    #expect(exit.counts == counts(4, 6, 0))
  }

  @Test("What the system refuses is counted apart, once for all that goes there; a signal is none of it")
  func refused() throws {
    var exit = try DatagramExit(isIPv4: true)
    for number in 0..<4 as Range<UInt8> { exit.send([number].span, to: destination) }
    var answers = [-4, 1, -101]
    exit.flush { _, _, _ in answers.removeFirst() }
    #expect(answers.isEmpty)
    #expect(exit.counts == counts(1, 0, 3))
  }

  @Test("A full outbox leaves at once; what cannot be a datagram does not")
  func full() throws {
    var limits = ReactorLimits()
    limits.sendBatch = 4
    limits.sendBufferBytes = 4 << 20
    var exit = try DatagramExit(isIPv4: true, limits: limits)
    for number in 0..<5 as Range<UInt8> { exit.send([number].span, to: destination) }
    #expect(exit.counts == counts(4, 0, 0))
    exit.flush()
    #expect(exit.counts == counts(5, 0, 0))
    let long = [UInt8](repeating: 0, count: Outbox.maximumDatagramBytes + 1)
    exit.send(long.span, to: destination)
    exit.send([1].span, to: SocketAddress(ip: IPAddress(high: 0, low: 1), port: 9))
    #expect(exit.counts == counts(5, 0, 2))
    exit.send(long.span.extracting(first: Outbox.maximumDatagramBytes), to: destination)
    exit.flush()
    #expect(exit.counts == counts(6, 0, 2))
  }
}
