import Wire

/// What a reactor drives: the protocol machines of one core, fed with datagrams, messages and the passing of time.
///
/// A driver is made on its reactor's thread by the closure given to ``ReactorGroup/start(makeDriver:)``, is called on
/// that thread only and never leaves it. It is therefore not `Sendable` and needs no lock. Every call must be short:
/// whatever waits for something belongs elsewhere and answers through the reactor's ``Mailbox``.
///
/// One wake-up of the reactor calls, in this order: `received(datagram:…)` or `received(media:…)` for at most one batch
/// per ready socket, `sendFailed`, `received(message:…)` for a bounded number of messages, `timerFired` when `nextDeadline` has come,
/// and `batchEnded` once; then everything sent meanwhile leaves in as few system calls as possible.
package protocol ReactorDriver: AnyObject {
  /// The first call, before anything is received.
  func started(now: Instant, io: inout ReactorIO)

  /// A datagram, in place in the receive ring: valid during this call only.
  ///
  /// - Parameters:
  ///   - from: where it came from.
  ///   - local: the address it was sent to (on a wildcard socket the one the sender used).
  ///   - socket: index into ``ReactorConfiguration/sockets``.
  ///   - truncated: the datagram was longer than a slot of the ring, its end is missing.
  ///   - now: the time of this wake-up.
  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO)

  /// A datagram of a media socket: the first `count` bytes of its slot in the ring, to be worked on where it lies. What is
  /// to go on leaves from there.
  ///
  /// - Parameters:
  ///   - packet: the whole slot, ``MediaRing/slotBytes``; valid during this call only.
  ///   - socket: the socket, and the tag that it was opened with.
  func received(
    media packet: inout MutableSpan<UInt8>, count: Int, from: SocketAddress, socket: MediaSocketID, tag: UInt32,
    now: Instant, io: inout ReactorIO
  ) -> MediaVerdict

  /// A message from another thread, or from another reactor. `call` and `stop` never arrive here.
  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO)

  /// A datagram could not be sent, or a router or host on the way reported that it did not arrive.
  ///
  /// Such a report reaches the reactor that datagrams from this destination would reach, which is not always the one
  /// that sent. Anyone on the path can forge it; the quoted payload is what a driver can check.
  func sendFailed(_ failure: borrowing SendFailure, now: Instant, io: inout ReactorIO)

  /// The end of a wake-up: the place to hand over what was collected during it.
  func batchEnded(now: Instant, io: inout ReactorIO)

  /// `nextDeadline` has come. Called once per wake-up, so a driver may leave work for the next.
  func timerFired(now: Instant, io: inout ReactorIO)

  /// The last call: the reactor stops after what is sent here has left.
  func stopping(now: Instant, io: inout ReactorIO)

  /// When ``timerFired(now:io:)`` wants to be called, asked once per wake-up; `nil` for never.
  var nextDeadline: Instant? { get }
}

extension ReactorDriver {
  package func received(
    media packet: inout MutableSpan<UInt8>, count: Int, from: SocketAddress, socket: MediaSocketID, tag: UInt32,
    now: Instant, io: inout ReactorIO
  ) -> MediaVerdict { .drop }
  package func started(now: Instant, io: inout ReactorIO) {}
  package func sendFailed(_ failure: borrowing SendFailure, now: Instant, io: inout ReactorIO) {}
  package func batchEnded(now: Instant, io: inout ReactorIO) {}
  package func timerFired(now: Instant, io: inout ReactorIO) {}
  package func stopping(now: Instant, io: inout ReactorIO) {}
  package var nextDeadline: Instant? { nil }
}

/// Why a datagram did not reach its destination, as far as the system knows.
package struct SendFailure: Sendable, Equatable {
  /// Where the datagram was going.
  package var destination: SocketAddress
  /// Index into ``ReactorConfiguration/sockets``.
  package var socket: Int
  /// The system's error number (`ECONNREFUSED`, `EHOSTUNREACH`, `EMSGSIZE` …).
  package var error: Int32
  /// The beginning of the datagram that failed: what the report quotes, at most ``maximumPayloadBytes``.
  package var payload: [UInt8]

  /// Enough of a SIP message to hold its topmost Via.
  package static let maximumPayloadBytes = 1024

  /// Makes a failure.
  package init(destination: SocketAddress, socket: Int, error: Int32, payload: [UInt8]) {
    self.destination = destination
    self.socket = socket
    self.error = error
    self.payload = payload
  }
}
