import Wire

/// What one thread says to a reactor through its ``Mailbox``.
///
/// A concrete enum on purpose: handing it over costs about 170 instructions where `any Sendable` costs 1,100 and an
/// actor hop 1,700 to 2,600.
package enum ReactorMessage: Sendable {
  /// A datagram that another reactor received but this one owns, as far as it has been looked at there.
  case datagram(any DatagramParcel, from: SocketAddress, local: SocketAddress, socket: UInt16)
  /// One whole message from a stream.
  case streamMessage([UInt8], connection: UInt64)
  /// A stream this reactor will hear from, or asked for, is ready. Comes before its first message.
  case streamOpened(connection: UInt64, StreamFacts)
  /// A stream this reactor asked for could not be opened; what was queued on it is lost.
  case streamFailed(connection: UInt64, StreamFailure)
  /// A stream this reactor waits for: where its peer has to come to.
  case streamListening(connection: UInt64, at: SocketAddress)
  /// A stream this reactor has heard of is gone; the last message that names it.
  case streamClosed(connection: UInt64, StreamCloseReason)
  /// Whatever the drivers agree upon.
  case control(UInt64, payload: [UInt8])
  /// Rare work on the reactor's thread; the reactor performs it, the driver does not see it.
  case call(@Sendable (any ReactorDriver) -> Void)
  /// Ends the reactor after this wake-up; the driver is asked by ``ReactorDriver/stopping(now:io:)``.
  case stop
}

extension ReactorMessage {
  /// Bytes that count against ``MailboxLimits/bytes``.
  var payloadBytes: Int {
    switch self {
    case .datagram(let parcel, _, _, _): parcel.byteCount
    case .streamMessage(let bytes, _), .control(_, let bytes): bytes.count
    case .streamOpened, .streamFailed, .streamListening, .streamClosed, .call, .stop: 0
    }
  }

  /// Messages whose loss would leave state behind for ever pass a full mailbox. There is one of each per stream
  /// and a handful per process, so what bounds those bounds them.
  var mustArrive: Bool {
    switch self {
    case .streamOpened, .streamFailed, .streamListening, .streamClosed, .call, .stop: true
    case .datagram, .streamMessage, .control: false
    }
  }
}

/// A datagram on its way between reactors, in whatever form their drivers want it: parsed once is enough.
package protocol DatagramParcel: AnyObject, Sendable {
  /// What it counts for against ``MailboxLimits/bytes``.
  var byteCount: Int { get }
}

/// What carries a stream.
package enum StreamTransport: UInt8, Sendable, Hashable {
  case tcp
  case tls
  case webSocket
  case secureWebSocket
  /// Packets of RFC 1006 over TCP: H.323's call signalling and H.245.
  case tpkt

  /// Whether TLS protects it.
  package var isSecure: Bool { self == .tls || self == .secureWebSocket }

  /// Whether one stream serves whatever goes to a peer. One of H.323 belongs to a single call.
  package var isShared: Bool { self != .tpkt }
}

/// What the socket itself says about a stream; never taken from a message.
package struct StreamFacts: Sendable, Equatable {
  /// Our end.
  package var local: SocketAddress
  /// Their end.
  package var remote: SocketAddress
  /// What carries it.
  package var transport: StreamTransport
  /// Which listener accepted it (its index), or `nil` when we opened it.
  package var listener: UInt16?
  /// What TLS found out; nil without TLS.
  package var tls: TLSFacts?

  /// Makes a set of facts.
  package init(
    local: SocketAddress, remote: SocketAddress, transport: StreamTransport, listener: UInt16?, tls: TLSFacts? = nil
  ) {
    self.local = local
    self.remote = remote
    self.transport = transport
    self.listener = listener
    self.tls = tls
  }
}

/// Why a stream could not be opened.
package enum StreamFailure: Error, Sendable, Equatable {
  /// Nobody listens there, no route, and the like: the system's error number.
  case system(Int32)
  /// No answer within the time allowed.
  case timedOut
  /// TLS failed: no common ground, or the other end is not whom it was to be.
  case tls
  /// More was to be sent on it than may wait for an opening.
  case tooMuchWaiting
  /// Our own limit on connections is reached.
  case tooManyConnections
  /// There are too many of that address.
  case tooManyOfAddress
  /// It does not come from where streams to that listener may come from.
  case notAllowed
  /// The node is stopping.
  case shuttingDown
}

/// Why a stream ended.
package enum StreamCloseReason: Sendable, Equatable {
  /// The peer closed it.
  case closedByPeer
  /// The system reported an error: its number, 0 when there is none.
  case system(Int32)
  /// Nothing was received for too long, or nothing at all after opening.
  case idle
  /// The peer's bytes could not be divided into messages.
  case badFraming
  /// TLS failed.
  case tls
  /// The peer did not read what we sent.
  case outboundFull
  /// It had ended before what was sent on it got there. Its real reason may have been told already.
  case gone
  /// We were told to close it.
  case requested
  /// The node is stopping.
  case shuttingDown
}
