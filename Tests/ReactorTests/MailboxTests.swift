import Reactor
import Synchronization
import Testing
import Wire

@Suite("The mailbox") struct MailboxTests {
  private func group(messages: Int = 4096, bytes: Int = 16 << 20, perWakeUp: Int = 256) throws -> ReactorGroup {
    var configuration = ReactorConfiguration(count: 1, sockets: [])
    configuration.mailbox = MailboxLimits(messages: messages, bytes: bytes)
    configuration.limits.messagesPerWakeUp = perWakeUp
    return try ReactorGroup(configuration)
  }

  @Test("A message wakes a sleeping reactor, again and again")
  func wakeUp() async throws {
    let group = try group()
    let seen = Recorder()
    try group.start { TestDriver($0, seen) }
    for number in 0..<20 as Range<UInt64> {
      #expect(group.mailboxes[0].post(.control(number, payload: [])))
      #expect(await eventually { seen.controls.count == Int(number) + 1 })
    }
    #expect(seen.controls == Array(0..<20))
    await group.stop()
  }

  @Test("A full mailbox refuses, except what must arrive")
  func full() async throws {
    let group = try group(messages: 4)
    let mailbox = group.mailboxes[0]
    for number in 0..<4 as Range<UInt64> { #expect(mailbox.post(.control(number, payload: []))) }
    #expect(!mailbox.post(.control(4, payload: [])))
    #expect(!mailbox.post(.streamMessage([], connection: 1)))
    #expect(mailbox.post(.streamClosed(connection: 1, .idle)))
    #expect(mailbox.post(.streamFailed(connection: 1, .timedOut)))
    let seen = Recorder()
    try group.start { TestDriver($0, seen) }
    #expect(await eventually { seen.count { if case .message = $0 { true } else { false } } == 6 })
    #expect(seen.controls == [0, 1, 2, 3])
    #expect(mailbox.post(.control(5, payload: [])))
    #expect(await eventually { seen.controls.last == 5 })
    await group.stop()
  }

  @Test("Bytes count as well, but an empty mailbox takes any one message")
  func bytes() throws {
    let mailbox = try group(bytes: 10).mailboxes[0]
    #expect(mailbox.post(.control(0, payload: [1, 2, 3, 4])))
    #expect(mailbox.post(.streamMessage([1, 2, 3, 4, 5, 6], connection: 1)))
    #expect(!mailbox.post(.streamMessage([1], connection: 1)))
    #expect(mailbox.post(.control(1, payload: [])))
    let other = try group(bytes: 10).mailboxes[0]
    #expect(other.post(.control(0, payload: [UInt8](repeating: 0, count: 11))))
    #expect(!other.post(.control(1, payload: [1])))
  }

  @Test("Whoever found it full is called once there is room")
  func whenRoom() async throws {
    let group = try group(messages: 2)
    let mailbox = group.mailboxes[0]
    let calls = Recorder()
    #expect(mailbox.post(.control(0, payload: []), whenRoom: {}) == .accepted)
    #expect(mailbox.post(.control(1, payload: []), whenRoom: {}) == .accepted)
    for number in 10..<12 as Range<UInt64> {
      #expect(
        mailbox.post(
          .control(2, payload: []), whenRoom: { calls.record(.message(.control(number, payload: []), reactor: 0)) })
          == .full)
    }
    #expect(calls.controls.isEmpty)
    let seen = Recorder()
    try group.start { TestDriver($0, seen) }
    #expect(await eventually { calls.controls == [10, 11] })
    #expect(await eventually { seen.controls == [0, 1] })
    await group.stop()
    #expect(calls.controls == [10, 11])
  }

  @Test("However many wait for room, all are called in the end, and nothing has to arrive for that")
  func manyWaiting() async throws {
    let group = try group(messages: 1)
    let mailbox = group.mailboxes[0]
    #expect(mailbox.post(.control(0, payload: [])))
    let calls = Recorder()
    for _ in 0..<1000 {
      #expect(mailbox.post(.control(1, payload: []), whenRoom: { calls.record(.batchEnded) }) == .full)
    }
    try group.start { TestDriver($0, Recorder()) }
    #expect(await eventually { calls.all.count == 1000 })
    await group.stop()
    #expect(calls.all.count == 1000)
  }

  @Test("A reactor that stops lets go of those who wait for room")
  func closing() async throws {
    let group = try group(messages: 1)
    let mailbox = group.mailboxes[0]
    let calls = Recorder()
    mailbox.post(.stop)
    #expect(mailbox.post(.control(1, payload: []), whenRoom: { calls.record(.batchEnded) }) == .full)
    try group.start { TestDriver($0, Recorder()) }
    await group.waitUntilStopped()
    #expect(calls.all.count == 1)
    #expect(mailbox.post(.control(1, payload: []), whenRoom: {}) == .closed)
  }

  @Test("A thousand messages are spread over many wake-ups and keep their order")
  func fairness() async throws {
    let group = try group(perWakeUp: 10)
    for number in 0..<1000 as Range<UInt64> { group.mailboxes[0].post(.control(number, payload: [])) }
    let seen = Recorder()
    try group.start { TestDriver($0, seen) }
    #expect(await eventually { seen.controls.count == 1000 })
    #expect(seen.controls == Array(0..<1000))
    var inWakeUp = 0
    for happening in seen.all {
      switch happening {
      case .message: inWakeUp += 1
      case .batchEnded:
        #expect(inWakeUp <= 10)
        inWakeUp = 0
      default: break
      }
    }
    await group.stop()
  }

  @Test("Many threads post at once, nothing is lost")
  func concurrent() async throws {
    let group = try group(messages: 100_000)
    let seen = Recorder()
    try group.start { TestDriver($0, seen) }
    await withTaskGroup(of: Void.self) { tasks in
      for task in 0..<8 as Range<UInt64> {
        tasks.addTask {
          for number in 0..<500 as Range<UInt64> {
            _ = group.mailboxes[0].post(.control(task * 1000 + number, payload: []))
          }
        }
      }
    }
    #expect(await eventually { seen.controls.count == 4000 })
    // Each poster's own order is kept.
    for task in 0..<8 as Range<UInt64> {
      let own = seen.controls.filter { $0 / 1000 == task }
      #expect(own == own.sorted() && own.count == 500)
    }
    await group.stop()
  }
}
