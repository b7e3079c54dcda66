import Reactor
import Synchronization
import Testing
import Wire

@Suite("Datagrams on loopback") struct DatagramTests {
  @Test("A datagram comes back, on IPv4 and IPv6", arguments: [loopback4, loopback6])
  func echo(address: SocketAddress) async throws {
    try await withReactors(ReactorConfiguration(count: 1, sockets: [address]), answer: .echo) { server, seen in
      try await withReactors(ReactorConfiguration(count: 1, sockets: [address])) { client, answers in
        client.send(Array("OPTIONS".utf8), to: server.sockets[0])
        #expect(await eventually { answers.datagrams.count == 1 })
        let request = try #require(seen.datagrams.first)
        #expect(request.bytes == Array("OPTIONS".utf8))
        #expect(request.from == client.sockets[0])
        #expect(request.local == server.sockets[0])
        #expect(!request.truncated)
        let answer = try #require(answers.datagrams.first)
        #expect(answer.bytes == Array("OPTIONS".utf8))
        #expect(answer.from == server.sockets[0])
      }
    }
  }

  @Test("Two sockets of one reactor, each answers in its own family")
  func twoSockets() async throws {
    let both = ReactorConfiguration(count: 1, sockets: [loopback4, loopback6])
    try await withReactors(both, answer: .echo) { server, seen in
      try await withReactors(both) { client, answers in
        client.send([4], to: server.sockets[0], socket: 0)
        client.send([6], to: server.sockets[1], socket: 1)
        #expect(await eventually { answers.datagrams.count == 2 })
        #expect(Set(answers.datagrams.map(\.from)) == Set(server.sockets))
        #expect(Set(seen.datagrams.map(\.local)) == Set(server.sockets))
      }
    }
  }

  @Test("A wildcard socket knows the address it was asked at, and answers from it")
  func wildcard() async throws {
    let any = ReactorConfiguration(count: 1, sockets: [SocketAddress(ip: .anyIPv4, port: 0)])
    let second = try #require(IPAddress("127.0.0.2"))
    try await withReactors(any, answer: .echoFromLocal) { server, seen in
      try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { client, answers in
        let asked = SocketAddress(ip: second, port: server.sockets[0].port)
        client.send([1], to: asked)
        client.send([2], to: SocketAddress(ip: loopback4.ip, port: server.sockets[0].port))
        #expect(await eventually { answers.datagrams.count == 2 })
        #expect(seen.datagrams.map(\.local.ip) == [second, loopback4.ip])
        #expect(answers.datagrams.map(\.from.ip) == [second, loopback4.ip])
      }
    }
  }

  @Test("It does so by itself, also on a reactor that the datagram was handed to")
  func wildcardMemory() async throws {
    let any = ReactorConfiguration(count: 2, sockets: [SocketAddress(ip: .anyIPv4, port: 0)])
    let second = try #require(IPAddress("127.0.0.2"))
    try await withReactors(any, answer: .echo) { server, seen in
      try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { client, answers in
        let asked = SocketAddress(ip: second, port: server.sockets[0].port)
        client.send([1], to: asked)
        #expect(await eventually { answers.datagrams.map(\.from) == [asked] })
        let received = try #require(seen.datagrams.first)
        let other = 1 - received.reactor
        server.mailboxes[other].post(
          .datagram(TestParcel([2]), from: client.sockets[0], local: asked, socket: 0))
        #expect(await eventually { answers.datagrams.map(\.from) == [asked, asked] })
      }
    }
  }

  @Test("An IPv6 wildcard socket answers from the address it was asked at")
  func wildcard6() async throws {
    let any = ReactorConfiguration(count: 1, sockets: [SocketAddress(ip: .anyIPv6, port: 0)])
    try await withReactors(any, answer: .echoFromLocal) { server, seen in
      try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback6])) { client, answers in
        let asked = SocketAddress(ip: loopback6.ip, port: server.sockets[0].port)
        client.send([1], to: asked)
        #expect(await eventually { answers.datagrams.count == 1 })
        #expect(seen.datagrams.first?.local == asked)
        #expect(answers.datagrams.first?.from == asked)
      }
    }
  }

  @Test("A datagram as long as a slot is whole, one byte more is marked as truncated")
  func truncation() async throws {
    var configuration = ReactorConfiguration(count: 1, sockets: [loopback4])
    configuration.limits.slotBytes = 100
    try await withReactors(configuration) { server, seen in
      try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { client, _ in
        for length in [100, 101, 5] { client.send([UInt8](repeating: 7, count: length), to: server.sockets[0]) }
        #expect(await eventually { seen.datagrams.count == 3 })
        #expect(seen.datagrams.map(\.bytes.count) == [100, 100, 5])
        #expect(seen.datagrams.map(\.truncated) == [false, true, false])
        #expect(await eventually { server.statistics[0].counters.truncated == 1 })
      }
    }
  }

  @Test("The longest datagram of all arrives whole; one byte more, the wrong family and port 0 are refused")
  func longest() async throws {
    let longest = (0..<Outbox.maximumDatagramBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { server, seen in
      try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { client, answers in
        client.send(longest + [0], to: server.sockets[0])
        client.send([1], to: SocketAddress(ip: loopback6.ip, port: server.sockets[0].port))
        client.send([1], to: loopback4)
        client.send([1], to: server.sockets[0], socket: 1)
        client.send(longest, to: server.sockets[0])
        #expect(await eventually { seen.datagrams.count == 1 })
        #expect(seen.datagrams.first?.bytes == longest)
        #expect(await eventually { client.statistics[0].counters.dropped == 3 })
        #expect(client.statistics[0].counters.sent == 1)
        // Port 0 is for the system to refuse, which says so.
        #expect(answers.failures.map(\.error) == [22])
        #expect(answers.failures.map(\.destination) == [loopback4])
      }
    }
  }

  @Test("A thousand datagrams through rings of thirty-two, none lost, none twice, in order")
  func thousand() async throws {
    try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4]), answer: .echo) { server, seen in
      try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { client, answers in
        for burst in 0..<10 {
          // A burst of a hundred fits any receive buffer.
          for index in 0..<100 {
            let number = burst * 100 + index
            client.send(
              [UInt8(number >> 8), UInt8(number & 0xff)] + [UInt8](repeating: 1, count: 500), to: server.sockets[0])
          }
          #expect(await eventually { answers.datagrams.count == (burst + 1) * 100 })
        }
        let numbers = answers.datagrams.map { Int($0.bytes[0]) << 8 | Int($0.bytes[1]) }
        #expect(numbers == Array(0..<1000))
        #expect(seen.datagrams.count == 1000)
        #expect(await eventually { server.statistics[0].counters.sent == 1000 })
        #expect(server.statistics[0].counters.received == 1000)
      }
    }
  }

  @Test("An empty datagram is a datagram")
  func empty() async throws {
    try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4]), answer: .echo) { server, _ in
      try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { client, answers in
        client.send([], to: server.sockets[0])
        #expect(await eventually { answers.datagrams.count == 1 })
        #expect(answers.datagrams.first?.bytes == [])
      }
    }
  }

  @Test("Nobody at the destination: the driver hears of it, with the datagram's beginning")
  func refused() async throws {
    for address in [loopback4, loopback6] {
      let gone = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [address]))
      let nowhere = gone.sockets[0]
      try gone.start { TestDriver($0, Recorder()) }
      await gone.stop()
      try await withReactors(ReactorConfiguration(count: 1, sockets: [address, address])) { client, seen in
        client.send(Array("BYE sip:x".utf8), to: nowhere)
        #expect(await eventually { !seen.failures.isEmpty })
        let failure = try #require(seen.failures.first)
        #expect(failure.destination == nowhere)
        #expect(failure.error == 111)
        #expect(failure.socket == 0)
        #expect(failure.payload == Array("BYE sip:x".utf8))
        // The socket is as good as before.
        client.send([1], to: client.sockets[1])
        #expect(await eventually { seen.datagrams.count == 1 })
      }
    }
  }

  @Test("What waits before the start, and more than a batch of it, is all received")
  func backlog() async throws {
    var configuration = ReactorConfiguration(count: 1, sockets: [loopback4, loopback4])
    configuration.limits.receiveBatch = 4
    let server = try ReactorGroup(configuration)
    try await withReactors(ReactorConfiguration(count: 1, sockets: [loopback4])) { client, _ in
      for number in 0..<50 as Range<UInt8> {
        client.send([number], to: server.sockets[0])
        client.send([number + 100], to: server.sockets[1])
      }
      #expect(await eventually { client.statistics[0].counters.sent == 100 })
      let seen = Recorder()
      try server.start { TestDriver($0, seen) }
      #expect(await eventually { seen.datagrams.count == 100 })
      // Each socket's own order is kept, and neither waits for the other to be empty.
      let numbers = seen.datagrams.map { Int($0.bytes[0]) }
      #expect(numbers.filter { $0 < 100 } == Array(0..<50))
      #expect(numbers.filter { $0 >= 100 } == Array(100..<150))
      #expect(numbers.prefix(8).contains { $0 < 100 } && numbers.prefix(8).contains { $0 >= 100 })
      await server.stop()
    }
  }

  @Test("More error reports than one wake-up takes all arrive")
  func manyRefused() async throws {
    let gone = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [loopback4]))
    let nowhere = gone.sockets[0]
    try gone.start { TestDriver($0, Recorder()) }
    await gone.stop()
    var configuration = ReactorConfiguration(count: 1, sockets: [loopback4])
    configuration.limits.errorsPerWakeUp = 2
    try await withReactors(configuration) { client, seen in
      for number in 0..<10 as Range<UInt8> { client.send([number], to: nowhere) }
      #expect(await eventually { seen.failures.count == 10 })
      #expect(seen.failures.map { $0.payload[0] } == Array(0..<10))
      #expect(client.statistics[0].counters.failed == 10)
    }
  }
}
