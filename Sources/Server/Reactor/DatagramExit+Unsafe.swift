import CIfsipLinux
import Wire

// Why this file is sound: the address handed to C is a local value, borrowed for the length of the call. The descriptor is
// closed once, by the deinit of the value that opened it.

/// A UDP socket that only sends, with an outbox of its own: for copies that may get lost, which are not to stand between
/// the datagrams that matter (a batch is a run of one socket).
///
/// It never waits and never keeps anything: what the system does not take at once is counted and gone. Reports of hosts
/// that refuse are not asked for. What others send to it is never read; the kernel drops it when its small buffer is full.
package struct DatagramExit: ~Copyable {
  /// What became of the datagrams.
  package struct Counts: Sendable, Equatable {
    /// The system took it.
    package var sent: UInt64 = 0
    /// The system had no room for it.
    package var dropped: UInt64 = 0
    /// The system refused it: no route, no permission.
    package var failed: UInt64 = 0

    /// None yet.
    package init() {}
  }

  /// What became of what was sent so far.
  package private(set) var counts = Counts()
  private let descriptor: Int32
  private let isIPv4: Bool
  private var outbox: Outbox

  /// Opens a socket on any port that reaches addresses of one family.
  package init(isIPv4: Bool, limits: ReactorLimits = ReactorLimits()) throws(ReactorError) {
    let outbox = try Outbox(capacity: limits.sendBatch)
    let any = SocketAddress(ip: isIPv4 ? .anyIPv4 : .anyIPv6, port: 0)
    var system = any.system
    let descriptor = unsafe ifsip_udp_socket(
      &system, 0, DatagramExit.receiveBufferBytes, Int32(clamping: limits.sendBufferBytes))
    if descriptor < 0 { throw .bind(any, -descriptor) }
    self.descriptor = descriptor
    self.isIPv4 = isIPv4
    self.outbox = outbox
  }

  deinit { _ = ifsip_close(descriptor) }

  /// The kernel makes of it what its minimum is.
  private static let receiveBufferBytes: Int32 = 1

  /// Whether anything waits for ``flush()``.
  package var isEmpty: Bool { outbox.count == 0 }

  /// Copies a datagram, which leaves with the next ``flush()``, or now when there is no room for more.
  package mutating func send(_ bytes: Span<UInt8>, to destination: SocketAddress) {
    guard bytes.count <= Outbox.maximumDatagramBytes, destination.ip.isIPv4 == isIPv4 else {
      counts.failed += 1
      return
    }
    if outbox.append(bytes, to: destination, socket: 0) { return }
    flush()
    // An empty outbox has room for any datagram.
    _ = outbox.append(bytes, to: destination, socket: 0)
  }

  /// Gives the kernel what waits.
  package mutating func flush() {
    flush { outbox, first, descriptor in outbox.send(from: first, through: descriptor) }
  }

  /// The same through something that stands for the kernel, as ``ReactorIO/flush(by:)`` does it.
  package mutating func flush(by send: (inout Outbox, _ first: Int, _ descriptor: Int32) -> Int) {
    var next = 0
    let count = outbox.count
    loop: while next < count {
      let result = send(&outbox, next, descriptor)
      switch result {
      case 1...:
        counts.sent += UInt64(result)
        next += result
      case -SystemError.interrupted:
        break
      case -SystemError.again, -SystemError.noBuffers:
        counts.dropped += UInt64(count - next)
        break loop
      default:
        // They all go to one place: what is refused once is refused again.
        counts.failed += UInt64(count - next)
        break loop
      }
    }
    outbox.removeAll()
  }
}
