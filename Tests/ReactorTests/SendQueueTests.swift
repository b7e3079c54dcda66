import Reactor
import Testing
import Wire

@Suite("When the system takes no more") struct SendQueueTests {
  private let destination = SocketAddress(ip: IPAddress(v4: 0x7f00_0001), port: 9)

  private func datagram(_ number: Int, length: Int = 1) -> SendQueue.Datagram {
    SendQueue.Datagram(
      bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length), destination: destination)
  }

  @Test("The queue holds as many datagrams and bytes as it may, oldest first")
  func queue() {
    var queue = SendQueue(datagrams: 3, bytes: 10)
    var accepted = [queue.append(datagram(1, length: 4)), queue.append(datagram(2, length: 6))]
    accepted.append(queue.append(datagram(3, length: 1)))
    #expect(accepted == [true, true, false])
    queue.removeFirst(1)
    accepted = [queue.append(datagram(3)), queue.append(datagram(4)), queue.append(datagram(5, length: 0))]
    #expect(accepted == [true, true, false])
    #expect((0..<queue.count).map { queue[$0].bytes[0] } == [2, 3, 4])
    queue.removeFirst(3)
    #expect(queue.isEmpty)
  }

  @Test("The queue forgets what it has given away, however long it is never empty")
  func longLived() {
    var queue = SendQueue(datagrams: 1000, bytes: 1000)
    for number in 0..<500 { _ = queue.append(datagram(number)) }
    for number in 500..<5000 {
      _ = queue.append(datagram(number))
      #expect(queue[0].bytes[0] == UInt8(truncatingIfNeeded: number - 500))
      queue.removeFirst(1)
    }
    #expect(queue.count == 500)
  }

  /// A kernel that answers as it is told and remembers what it took.
  private final class Kernel {
    var answers: [Int]
    var taken: [[UInt8]] = []

    init(_ answers: [Int]) { self.answers = answers }

    func send(_ outbox: borrowing Outbox, _ first: Int) -> Int {
      let answer = answers.isEmpty ? outbox.count - first : answers.removeFirst()
      if answer > 0 { for index in first..<(first + answer) { taken.append(outbox.copy(index)) } }
      return answer
    }
  }

  private func io(queued: Int = 100) throws -> ReactorIO {
    var limits = ReactorLimits()
    limits.queuedDatagrams = queued
    var sockets = SocketTable(capacity: 1)
    _ = try sockets.bind(loopback4, isFirst: true, limits: limits)
    return try ReactorIO(reactor: 0, mailboxes: [], sockets: sockets, limits: limits)
  }

  @Test("Would block: the rest waits, later datagrams wait behind it, all leave in order")
  func wouldBlock() throws {
    var io = try io()
    let kernel = Kernel([2, -11])
    for number in 0..<5 as Range<UInt8> { io.send(bytes: [number].span, to: destination, socket: 0) }
    io.flush { outbox, first, _ in kernel.send(outbox, first) }
    #expect(kernel.taken == [[0], [1]])
    #expect(io.sockets[0].queue.count == 3)
    io.send(bytes: [5].span, to: destination, socket: 0)
    #expect(io.outbox.count == 0 && io.sockets[0].queue.count == 4)
    kernel.answers = [1, -4, -11]
    io.drainQueue(of: 0) { outbox, first, _ in kernel.send(outbox, first) }
    #expect(io.sockets[0].queue.count == 3)
    io.drainQueue(of: 0) { outbox, first, _ in kernel.send(outbox, first) }
    #expect(kernel.taken == [[0], [1], [2], [3], [4], [5]])
    #expect(io.sockets[0].queue.isEmpty)
    #expect(io.counters.sent == 6 && io.counters.dropped == 0)
  }

  @Test("A full queue drops the newest and counts it")
  func fullQueue() throws {
    var io = try io(queued: 2)
    let kernel = Kernel([-11])
    for number in 0..<3 as Range<UInt8> { io.send(bytes: [number].span, to: destination, socket: 0) }
    io.flush { outbox, first, _ in kernel.send(outbox, first) }
    #expect(io.counters.dropped == 1)
    let accepted = io.send(bytes: [9].span, to: destination, socket: 0)
    #expect(!accepted)
    #expect(io.counters.dropped == 2)
    io.drainQueue(of: 0) { outbox, first, _ in kernel.send(outbox, first) }
    #expect(kernel.taken == [[0], [1]])
  }

  @Test("An error that goes away by being read costs nothing; one that stays is this datagram's")
  func errors() throws {
    var io = try io()
    let kernel = Kernel([-111, 1, -101, -101, 1])
    for number in 0..<3 as Range<UInt8> { io.send(bytes: [number].span, to: destination, socket: 0) }
    io.flush { outbox, first, _ in kernel.send(outbox, first) }
    #expect(kernel.taken == [[0], [2]])
    #expect(io.failures == [SendFailure(destination: destination, socket: 0, error: 101, payload: [1])])
    #expect(io.counters.failed == 1 && io.counters.sent == 2)
  }

  @Test("A full device queue is loss, not a failure")
  func noBuffers() throws {
    var io = try io()
    let kernel = Kernel([-105])
    for number in 0..<2 as Range<UInt8> { io.send(bytes: [number].span, to: destination, socket: 0) }
    io.flush { outbox, first, _ in kernel.send(outbox, first) }
    #expect(kernel.taken == [[1]])
    #expect(io.failures.isEmpty && io.counters.dropped == 1)
  }

  @Test("Failures beyond the limit are counted only, and quote a bounded part of the datagram")
  func manyFailures() throws {
    var io = try io()
    let long = [UInt8](repeating: 1, count: 2000)
    for _ in 0..<(ReactorIO.maximumFailures + 1) {
      io.send(bytes: long.span, to: destination, socket: 0)
      io.flush { _, _, _ in -101 }
    }
    #expect(io.failures.count == ReactorIO.maximumFailures)
    #expect(io.counters.failed == ReactorIO.maximumFailures + 1)
    #expect(io.failures.allSatisfy { $0.payload.count == SendFailure.maximumPayloadBytes })
  }
}
