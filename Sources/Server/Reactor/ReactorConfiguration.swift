import Wire

/// What a ``ReactorGroup`` is made of.
package struct ReactorConfiguration: Sendable {
  /// How many reactors, each with a thread of its own. A reactor's number fits a byte in a Via branch.
  package var count: Int
  /// UDP addresses every reactor binds by SO_REUSEPORT. Port 0: any port, the same for all.
  package var sockets: [SocketAddress]
  /// UDP addresses that the first reactor alone binds, for what has one state for the whole node; their indices follow
  /// those of `sockets`.
  package var ownSockets: [SocketAddress]
  /// Ties reactor n to the process's nth processor.
  package var pinsThreads: Bool
  /// Datagrams received and sent by one system call, and messages taken from the mailbox per wake-up.
  package var limits: ReactorLimits
  /// What may wait in each reactor's mailbox.
  package var mailbox: MailboxLimits

  /// The most reactors a group can have.
  package static let maximumCount = 64

  /// Makes a configuration.
  package init(
    count: Int, sockets: [SocketAddress], ownSockets: [SocketAddress] = [], pinsThreads: Bool = false,
    limits: ReactorLimits = ReactorLimits(),
    mailbox: MailboxLimits = MailboxLimits()
  ) {
    self.count = count
    self.sockets = sockets
    self.ownSockets = ownSockets
    self.pinsThreads = pinsThreads
    self.limits = limits
    self.mailbox = mailbox
  }
}

/// The sizes of one reactor's buffers and the work it does per wake-up.
package struct ReactorLimits: Sendable {
  /// Datagrams taken from one socket per wake-up, by one system call.
  package var receiveBatch = 64
  /// Longest datagram received whole. Memory is mapped, and costs nothing where no datagram has been.
  package var slotBytes = 65_535
  /// Datagrams that wait for one system call; more make it happen earlier.
  package var sendBatch = 64
  /// Messages taken from the mailbox per wake-up.
  package var messagesPerWakeUp = 256
  /// Datagrams taken from one media socket per turn, by one system call.
  package var mediaBatch = 32
  /// Error reports taken from one socket per wake-up.
  package var errorsPerWakeUp = 32
  /// Datagrams kept per socket while the system takes no more; beyond that they are dropped and counted.
  package var queuedDatagrams = 1024
  /// Bytes of those datagrams together.
  package var queuedBytes = 4 << 20
  /// What the system is asked for as each socket's receive buffer; it may give less.
  package var receiveBufferBytes = 4 << 20
  /// What the system is asked for as each socket's send buffer; it may give less.
  package var sendBufferBytes = 1 << 20

  /// The defaults.
  package init() {}
}

/// What a driver is told when it is made.
package struct ReactorContext: Sendable {
  /// This reactor's number, from 0.
  package let reactor: Int
  /// The way to every reactor, by number; one of them is this one's own.
  package let mailboxes: [Mailbox]
  /// The sockets' addresses with the ports that were bound; the last ones may be the first reactor's own.
  package let sockets: [SocketAddress]
}

/// Why a reactor could not be made.
package enum ReactorError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The configuration makes no sense; says which part.
  case configuration(String)
  /// An address could not be bound: the system's error number.
  case bind(SocketAddress, Int32)
  /// The system refused a resource: the call and its error number.
  case system(String, Int32)

  package var description: String {
    switch self {
    case .configuration(let what): "reactor configuration: \(what)"
    case .bind(let address, let error): "cannot bind udp \(address): \(systemErrorText(error))"
    case .system(let call, let error): "\(call): \(systemErrorText(error))"
    }
  }
}
