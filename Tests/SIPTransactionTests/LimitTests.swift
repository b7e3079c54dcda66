import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("Limits")
struct LimitTests {
  let invite = TestMessage()

  func numbered(_ number: Int) -> TestMessage { invite.with { $0.branch = "z9hG4bK\(100 + number)" } }

  @Test("maxServerTransactions: the last one fits, the next is refused, and what runs goes on")
  func servers() throws {
    let harness = Harness(timers: SIPTimers(trying: nil), limits: TransactionLimits(maxServerTransactions: 3))
    let ids = try (0..<3).map { try harness.begin(numbered($0)) }
    #expect(try harness.receive(request: numbered(3)) == .overloaded)
    #expect(try harness.receive(request: numbered(0)) == .retransmission)
    #expect(try harness.receive(request: numbered(3).under("ACK")) == .ackForSuccess)
    #expect(harness.serverCount == 3)
    harness.respond(ids[0], numbered(0).response(200))
    harness.drain()
    _ = try harness.begin(numbered(3))
  }

  @Test("the CANCEL of a held INVITE is admitted beyond the limit, any other is not")
  func cancel() throws {
    let harness = Harness(limits: TransactionLimits(maxServerTransactions: 1))
    let id = try harness.begin(numbered(0))
    guard case .cancel(_, invite: id) = try harness.receive(request: numbered(0).under("CANCEL")) else {
      throw Harness.Unexpected()
    }
    #expect(try harness.receive(request: numbered(1).under("CANCEL")) == .overloaded)
    #expect(harness.serverCount == 2)
  }

  @Test("maxClientTransactions: the last one fits, the next is refused; a CANCEL is not counted against it")
  func clients() throws {
    let harness = Harness(limits: TransactionLimits(maxClientTransactions: 2))
    let id = try #require(harness.send(numbered(0)))
    _ = try #require(harness.send(numbered(1)))
    _ = harness.take()
    #expect(harness.send(numbered(2)) == nil)
    #expect(harness.take().isEmpty)
    _ = try harness.receive(response: numbered(0).response(180))
    guard case .sent = harness.cancel(id) else {
      throw Harness.Unexpected()
    }
    #expect(harness.clientCount == 3)
  }

  @Test("maxRetainedBytes: exactly full fits, one byte less does not")
  func bytes() throws {
    let one = invite.bytes.count + TransactionLimits.overheadPerTransaction
    let full = Harness(limits: TransactionLimits(maxRetainedBytes: 2 * one))
    _ = try full.begin(invite)
    #expect(full.retainedBytes == one)
    #expect(full.send(invite) != nil)
    #expect(full.retainedBytes == 2 * one)
    #expect(try full.receive(request: invite.with { $0.sentBy = "a.example" }) == .overloaded)

    let short = Harness(limits: TransactionLimits(maxRetainedBytes: 2 * one - 1))
    _ = try short.begin(invite)
    #expect(short.send(invite) == nil)
    let tiny = Harness(limits: TransactionLimits(maxRetainedBytes: one - 1))
    #expect(try tiny.receive(request: invite) == .overloaded)
    #expect(tiny.retainedBytes == 0)
  }

  @Test("retained bytes follow what is kept")
  func accounting() throws {
    let harness = Harness(timers: SIPTimers(trying: nil))
    let overhead = TransactionLimits.overheadPerTransaction
    let id = try harness.begin(invite)
    let ringing = invite.response(180)
    harness.respond(id, ringing)
    #expect(harness.retainedBytes == overhead + invite.bytes.count + ringing.bytes.count)
    let busy = invite.response(486)
    harness.respond(id, busy)
    #expect(harness.retainedBytes == overhead + busy.bytes.count)
    _ = try harness.receive(request: invite.under("ACK"))
    #expect(harness.retainedBytes == overhead)
    harness.drain()
    #expect(harness.retainedBytes == 0)

    let accepted = try harness.begin(invite)
    harness.respond(accepted, invite.response(200))
    #expect(harness.retainedBytes == overhead)
    harness.drain()

    let client = try #require(harness.send(invite))
    #expect(harness.retainedBytes == overhead + invite.bytes.count)
    #expect(try harness.receive(response: invite.response(200)) == .client(client))
    #expect(harness.retainedBytes == overhead)
    harness.drain()
    #expect(harness.retainedBytes == 0)
  }

  @Test("ten thousand transactions begin, end, and leave nothing behind")
  func many() throws {
    let harness = Harness(timers: SIPTimers(trying: nil))
    for number in 0..<10_000 {
      let message = numbered(number)
      let id = try harness.begin(message)
      harness.respond(id, message.response(number % 2 == 0 ? 200 : 500))
      #expect(harness.send(message) != nil)
      _ = try harness.receive(response: message.response(number % 3 == 0 ? 200 : 404))
      harness.sink.removeAll()
      if number % 16 == 0 { harness.advance(by: .milliseconds(5)) }
    }
    #expect(harness.serverCount == 10_000)
    harness.drain()
    #expect(harness.isEmpty)
    #expect(harness.retainedBytes == 0)
    #expect(harness.nextDeadline == nil)
    #expect(harness.slabChunks == 2)
  }
}
