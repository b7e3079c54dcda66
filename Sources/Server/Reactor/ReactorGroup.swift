import Synchronization
import Wire

/// All reactors of a node: bound first, started with a driver each, stopped together.
///
/// ```swift
/// let group = try ReactorGroup(ReactorConfiguration(count: 2, sockets: [address]))
/// let hub = StreamHub(mailboxes: group.mailboxes, …)      // whoever posts to the reactors
/// try group.start { context in Driver(context, hub) }
/// …
/// await group.stop()
/// ```
package final class ReactorGroup: Sendable {
  /// The way to every reactor, by number.
  package let mailboxes: [Mailbox]
  /// The sockets' addresses with the ports that were bound, in the order of the configuration: those of all reactors,
  /// then those of the first one.
  package let sockets: [SocketAddress]
  /// What each reactor counts, by number.
  package let statistics: [ReactorStatistics]

  private enum Phase {
    case bound
    case running(reactors: Int)
    case stopped(ReactorError?)
  }

  private struct State: ~Copyable {
    var phase = Phase.bound
    var error: ReactorError?
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let configuration: ReactorConfiguration
  private let seats: [ReactorSeat]
  private let state = Mutex(State())

  /// Binds every socket on every reactor; nothing is received before ``start(makeDriver:)``.
  ///
  /// An address that another process listens on is an error, although SO_REUSEPORT would allow to share it.
  package init(_ configuration: ReactorConfiguration) throws(ReactorError) {
    guard (1...ReactorConfiguration.maximumCount).contains(configuration.count) else {
      throw .configuration("from 1 to \(ReactorConfiguration.maximumCount) reactors, not \(configuration.count)")
    }
    let limits = configuration.limits
    guard (1...1024).contains(limits.receiveBatch), (1...1024).contains(limits.sendBatch) else {
      throw .configuration("a batch is from 1 to 1024 datagrams")
    }
    guard (1...65_535).contains(limits.slotBytes) else { throw .configuration("a slot is from 1 to 65535 bytes") }
    guard limits.messagesPerWakeUp > 0, limits.errorsPerWakeUp > 0 else {
      throw .configuration("a wake-up must do some work")
    }
    guard configuration.sockets.count + configuration.ownSockets.count <= Int(UInt16.max) else {
      throw .configuration("too many sockets")
    }

    var mailboxes: [Mailbox] = []
    for _ in 0..<configuration.count { mailboxes.append(try Mailbox(limits: configuration.mailbox)) }
    self.mailboxes = mailboxes
    self.statistics = mailboxes.map { _ in ReactorStatistics() }
    self.configuration = configuration

    var addresses: [SocketAddress] = []
    var first = SocketTable(capacity: configuration.sockets.count + configuration.ownSockets.count)
    for address in configuration.sockets + configuration.ownSockets {
      addresses.append(try first.bind(address, isFirst: true, limits: limits))
    }
    var seats = [
      ReactorSeat(
        try Reactor(
          reactor: 0, sockets: first, mailboxes: mailboxes, limits: limits, statistics: statistics[0]))
    ]
    for reactor in 1..<configuration.count {
      var table = SocketTable(capacity: configuration.sockets.count)
      for address in addresses.prefix(configuration.sockets.count) {
        _ = try table.bind(address, isFirst: false, limits: limits)
      }
      seats.append(
        ReactorSeat(
          try Reactor(
            reactor: reactor, sockets: table, mailboxes: mailboxes, limits: limits, statistics: statistics[reactor])))
    }
    self.sockets = addresses
    self.seats = seats
  }

  /// Starts every reactor's thread; each makes its driver there. Once only.
  package func start(
    makeDriver: @escaping @Sendable (ReactorContext) -> any ReactorDriver
  ) throws(ReactorError) {
    let mayStart = state.withLock { state in
      guard case .bound = state.phase else { return false }
      state.phase = .running(reactors: configuration.count)
      return true
    }
    guard mayStart else { throw .configuration("reactors start once") }
    for reactor in 0..<configuration.count {
      let context = ReactorContext(reactor: reactor, mailboxes: mailboxes, sockets: sockets)
      let seat = seats[reactor]
      do {
        try startThread(
          name: "reactor \(reactor)", processor: configuration.pinsThreads ? reactor % processorCount : nil
        ) {
          self.ended(seat.run(makeDriver(context)))
        }
      } catch {
        for _ in reactor..<configuration.count { ended(error) }
        requestStop()
        throw error
      }
    }
  }

  /// Asks every reactor to stop; returns at once.
  package func requestStop() {
    for mailbox in mailboxes { mailbox.post(.stop) }
  }

  /// Stops every reactor and waits until their threads have let go of their drivers and sockets.
  package func stop() async {
    requestStop()
    await waitUntilStopped()
  }

  /// Waits until every reactor has ended, for whatever reason.
  package func waitUntilStopped() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if case .running = state.phase {
          state.waiters.append(continuation)
          return false
        }
        return true
      }
      if isOver { continuation.resume() }
    }
  }

  /// Why a reactor ended without being asked to, if one did.
  package var failure: ReactorError? {
    state.withLock { state in
      if case .stopped(let error) = state.phase { error } else { nil }
    }
  }

  /// A reactor's thread is about to end. When one fails, all stop: half a node would lose half the calls in silence.
  private func ended(_ error: ReactorError?) {
    if error != nil { requestStop() }
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard case .running(let reactors) = state.phase else { return [] }
      if let error, state.error == nil { state.error = error }
      guard reactors == 1 else {
        state.phase = .running(reactors: reactors - 1)
        return []
      }
      state.phase = .stopped(state.error)
      let waiters = state.waiters
      state.waiters = []
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}

/// Where a reactor waits, bound and ready, for the thread that will own it.
private final class ReactorSeat: Sendable {
  private let reactor: Mutex<Reactor?>

  init(_ reactor: consuming sending Reactor) { self.reactor = Mutex(reactor) }

  /// Takes the reactor out and runs it; returns why it ended when that was not by request.
  func run(_ driver: any ReactorDriver) -> ReactorError? {
    guard var reactor = reactor.withLock({ $0.take() }) else { return nil }
    do {
      try reactor.run(driver)
      return nil
    } catch {
      return error
    }
  }
}
