import Reactor
import Synchronization
import Testing
import Wire

@Suite("A group of reactors") struct GroupTests {
  @Test("One source always reaches the same reactor, and many sources reach both")
  func spread() async throws {
    try await withReactors(ReactorConfiguration(count: 2, sockets: [loopback4])) { server, seen in
      let sources = ReactorConfiguration(count: 1, sockets: [SocketAddress](repeating: loopback4, count: 48))
      try await withReactors(sources) { client, _ in
        for _ in 0..<3 {
          for socket in client.sockets.indices { client.send([9], to: server.sockets[0], socket: UInt16(socket)) }
        }
        #expect(await eventually { seen.datagrams.count == 144 })
        var reactors: [SocketAddress: Set<Int>] = [:]
        for datagram in seen.datagrams { reactors[datagram.from, default: []].insert(datagram.reactor) }
        #expect(reactors.count == 48)
        #expect(reactors.values.allSatisfy { $0.count == 1 })
        #expect(Set(reactors.values.flatMap { $0 }) == [0, 1])
      }
    }
  }

  @Test("What comes to the first reactor's own socket is the first reactor's, whoever sends it")
  func ownSocket() async throws {
    let configuration = ReactorConfiguration(count: 3, sockets: [loopback4], ownSockets: [loopback4])
    try await withReactors(configuration, answer: .echo) { server, seen in
      #expect(server.sockets.count == 2 && server.sockets[0] != server.sockets[1])
      let sources = ReactorConfiguration(count: 1, sockets: [SocketAddress](repeating: loopback4, count: 32))
      try await withReactors(sources) { client, answers in
        for socket in client.sockets.indices { client.send([9], to: server.sockets[1], socket: UInt16(socket)) }
        #expect(await eventually { answers.datagrams.count == 32 })
        #expect(answers.datagrams.allSatisfy { $0.from == server.sockets[1] })
        #expect(seen.datagrams.count == 32 && seen.datagrams.allSatisfy { $0.reactor == 0 })
        let isRight = seen.all.allSatisfy {
          if case .datagram(_, _, _, let socket, _, _) = $0 { socket == 1 } else { true }
        }
        #expect(isRight)
      }
      // The others do not have it, and say so.
      server.send([1], to: server.sockets[0], socket: 1, reactor: 1)
      #expect(await eventually { server.statistics[1].counters.dropped == 1 })
    }
  }

  @Test("A message handed over arrives at the other reactor in one hop")
  func handOver() async throws {
    try await withReactors(ReactorConfiguration(count: 2, sockets: [])) { group, seen in
      group.mailboxes[0].post(.control(1, payload: Array("forward".utf8)))
      #expect(
        await eventually {
          seen.count { if case .message(.control(1_001, _), reactor: 1) = $0 { true } else { false } } == 1
        })
    }
  }

  @Test("An address that somebody listens on is refused, by address")
  func addressInUse() async throws {
    let first = try ReactorGroup(ReactorConfiguration(count: 2, sockets: [loopback4]))
    let taken = first.sockets[0]
    #expect(throws: ReactorError.bind(taken, 98)) {
      try ReactorGroup(ReactorConfiguration(count: 1, sockets: [taken]))
    }
    #expect("\(ReactorError.bind(taken, 98))" == "cannot bind udp \(taken): Address already in use")
  }

  @Test("Port 0 is a port of one's own, although sockets may be shared")
  func ownPort() throws {
    // With SO_REUSEPORT set before binding the kernel gives some of these the same port: about three in 400.
    let sockets = [SocketAddress](repeating: loopback4, count: 400)
    let group = try ReactorGroup(ReactorConfiguration(count: 1, sockets: sockets))
    #expect(Set(group.sockets.map(\.port)).count == 400)
  }

  @Test("Configurations that make no sense are refused")
  func configuration() {
    func refused(_ change: (inout ReactorConfiguration) -> Void) -> Bool {
      var configuration = ReactorConfiguration(count: 1, sockets: [])
      change(&configuration)
      do throws(ReactorError) {
        _ = try ReactorGroup(configuration)
        return false
      } catch {
        if case .configuration = error { return true }
        return false
      }
    }
    #expect(!refused { _ in })
    #expect(refused { $0.count = 0 })
    #expect(!refused { $0.count = ReactorConfiguration.maximumCount })
    #expect(refused { $0.count = ReactorConfiguration.maximumCount + 1 })
    #expect(refused { $0.limits.receiveBatch = 0 })
    #expect(!refused { $0.limits.receiveBatch = 1024 })
    #expect(refused { $0.limits.receiveBatch = 1025 })
    #expect(refused { $0.limits.sendBatch = 0 })
    #expect(refused { $0.limits.slotBytes = 0 })
    #expect(refused { $0.limits.slotBytes = 65_536 })
    #expect(refused { $0.limits.messagesPerWakeUp = 0 })
  }

  @Test("Stopping ends every thread, closes the mailboxes and frees the address")
  func stop() async throws {
    let group = try ReactorGroup(ReactorConfiguration(count: 2, sockets: [loopback4]))
    let address = group.sockets[0]
    let recorder = Recorder()
    try group.start { TestDriver($0, recorder) }
    #expect(throws: ReactorError.self) { try group.start { TestDriver($0, recorder) } }
    await group.stop()
    #expect(recorder.count { if case .started = $0 { true } else { false } } == 2)
    #expect(recorder.count { if case .stopping = $0 { true } else { false } } == 2)
    #expect(!group.mailboxes[0].post(.control(1, payload: [])))
    #expect(group.mailboxes[1].post(.control(1, payload: []), whenRoom: {}) == .closed)
    let next = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [address]))
    #expect(next.sockets == [address])
  }

  @Test("What is sent while stopping still leaves")
  func lastWords() async throws {
    final class Farewell: ReactorDriver {
      let destination: SocketAddress
      init(_ destination: SocketAddress) { self.destination = destination }
      func received(
        datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
        io: inout ReactorIO
      ) {}
      func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {}
      func stopping(now: Instant, io: inout ReactorIO) { io.send(bytes: [42].span, to: destination, socket: 0) }
    }
    try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { server, seen in
      let address = server.sockets[0]
      let client = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [loopback4]))
      try client.start { _ in Farewell(address) }
      await client.stop()
      #expect(await eventually { seen.datagrams.map(\.bytes) == [[42]] })
    }
  }

  @Test("A call runs on the reactor's thread with its driver")
  func call() async throws {
    try await withReactors(ReactorConfiguration(count: 2, sockets: [])) { group, seen in
      let reactors = Mutex<[Int]>([])
      // The closure outlives this line but not the group, which the test stops before it returns.
      let box = Box(reactors: reactors)
      for mailbox in group.mailboxes {
        mailbox.post(.call { driver in box.add((driver as? TestDriver)?.context.reactor) })
      }
      #expect(await eventually { box.all == [0, 1] })
      #expect(seen.controls.isEmpty)
    }
  }

  private final class Box: Sendable {
    private let reactors: Mutex<[Int]>
    init(reactors: consuming sending Mutex<[Int]>) { self.reactors = reactors }
    func add(_ reactor: Int?) { if let reactor { reactors.withLock { $0.append(reactor) } } }
    var all: [Int] { reactors.withLock { $0.sorted() } }
  }
}
