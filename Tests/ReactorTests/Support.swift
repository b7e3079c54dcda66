import Reactor
import Synchronization
import Testing
import Wire

let loopback4 = SocketAddress(ip: IPAddress(v4: 0x7f00_0001), port: 0)
let loopback6 = SocketAddress(ip: IPAddress(high: 0, low: 1), port: 0)

/// One thing that happened to a driver.
enum Happening: Sendable {
  case started(reactor: Int)
  case datagram([UInt8], from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, reactor: Int)
  case message(ReactorMessage, reactor: Int)
  case timer(deadline: Instant, now: Instant)
  case failure(SendFailure)
  case batchEnded
  case stopping
}

/// What drivers on their threads tell a test.
final class Recorder: Sendable {
  private let happenings = Mutex<[Happening]>([])

  func record(_ happening: Happening) { happenings.withLock { $0.append(happening) } }

  var all: [Happening] { happenings.withLock { $0 } }

  var datagrams: [(bytes: [UInt8], from: SocketAddress, local: SocketAddress, truncated: Bool, reactor: Int)] {
    all.compactMap {
      if case .datagram(let bytes, let from, let local, _, let truncated, let reactor) = $0 {
        (bytes, from, local, truncated, reactor)
      } else {
        nil
      }
    }
  }

  var failures: [SendFailure] { all.compactMap { if case .failure(let failure) = $0 { failure } else { nil } } }

  /// Numbers of the control messages, in order.
  var controls: [UInt64] {
    all.compactMap { if case .message(.control(let number, _), _) = $0 { number } else { nil } }
  }

  func count(where matches: (Happening) -> Bool) -> Int { all.count(where: matches) }
}

/// Waits until something holds, for at most ten seconds; a machine under load is slow, not wrong.
func eventually(_ holds: @Sendable () -> Bool) async -> Bool {
  for _ in 0..<5_000 {
    if holds() { return true }
    try? await Task.sleep(for: .milliseconds(2))
  }
  return holds()
}

/// Records whatever happens. An echo answers datagrams, also those handed to it; others send what they are handed to
/// its `local` address, which is how tests make them send.
final class TestDriver: ReactorDriver {
  enum Answer { case none, echo, echoFromLocal }

  let context: ReactorContext
  let recorder: Recorder
  let answer: Answer
  var nextDeadline: Instant?

  init(_ context: ReactorContext, _ recorder: Recorder, answer: Answer = .none) {
    self.context = context
    self.recorder = recorder
    self.answer = answer
  }

  func started(now: Instant, io: inout ReactorIO) { recorder.record(.started(reactor: context.reactor)) }

  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {
    var bytes: [UInt8] = []
    for index in datagram.indices { bytes.append(datagram[index]) }
    recorder.record(
      .datagram(
        bytes, from: from, local: local, socket: socket, truncated: truncated, reactor: context.reactor))
    switch answer {
    case .none: break
    case .echo: io.send(bytes: datagram, to: from, socket: socket)
    case .echoFromLocal: io.send(bytes: datagram, to: from, socket: socket, from: local.ip)
    }
  }

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    recorder.record(.message(message, reactor: context.reactor))
    switch message {
    case .datagram(let parcel, let from, let local, let socket):
      let bytes = (parcel as? TestParcel)?.bytes ?? []
      io.send(bytes: bytes.span, to: answer == .echo ? from : local, socket: Int(socket))
    case .control(let reactor, let payload) where payload == Array("forward".utf8):
      io.post(to: Int(reactor), .control(1_000 + reactor, payload: []))
    default: break
    }
  }

  func sendFailed(_ failure: borrowing SendFailure, now: Instant, io: inout ReactorIO) {
    recorder.record(.failure(copy failure))
  }

  func timerFired(now: Instant, io: inout ReactorIO) {
    if let deadline = nextDeadline { recorder.record(.timer(deadline: deadline, now: now)) }
    nextDeadline = nil
  }

  func batchEnded(now: Instant, io: inout ReactorIO) { recorder.record(.batchEnded) }

  func stopping(now: Instant, io: inout ReactorIO) { recorder.record(.stopping) }
}

/// A datagram as these drivers hand it over.
final class TestParcel: DatagramParcel {
  let bytes: [UInt8]
  var byteCount: Int { bytes.count }

  init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// Starts reactors that record, runs a body, stops them.
func withReactors(
  _ configuration: ReactorConfiguration, answer: TestDriver.Answer = .none,
  _ body: (ReactorGroup, Recorder) async throws -> Void
) async throws {
  let group = try ReactorGroup(configuration)
  let recorder = Recorder()
  try group.start { TestDriver($0, recorder, answer: answer) }
  do {
    try await body(group, recorder)
  } catch {
    await group.stop()
    throw error
  }
  await group.stop()
  #expect(group.failure == nil)
}

extension ReactorGroup {
  /// Makes a reactor send a datagram from one of its sockets.
  func send(_ bytes: [UInt8], to destination: SocketAddress, socket: UInt16 = 0, reactor: Int = 0) {
    mailboxes[reactor].post(
      .datagram(TestParcel(bytes), from: destination, local: destination, socket: socket))
  }
}
