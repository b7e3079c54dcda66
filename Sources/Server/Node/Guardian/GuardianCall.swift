public import GuardianTerminal
public import Logging
import NIOPosix
import OpenSSLCrypto
import Reactor
import Synchronization
import Transport
public import Wire

/// A guardian's call on real sockets: one reactor with a RAS socket and a pair of media sockets, and streams beside it, as
/// a node has them.
///
///     let call = try await GuardianCall.start(on: address, logger: logger, make: { GuardianConfiguration(…) }) { … }
///     let report = try await call.report()
public final class GuardianCall: Sendable {
  /// Where its sockets were bound, for ``GuardianConfiguration``.
  public struct Addresses: Sendable {
    /// RAS.
    public var ras: SocketAddress
    /// Where calls to it would come.
    public var signalling: SocketAddress
    /// RTP.
    public var media: SocketAddress
    /// RTCP.
    public var control: SocketAddress
  }

  /// Why it could not begin.
  public enum Failure: Error, Sendable, CustomStringConvertible {
    /// An address or a port could not be had.
    case sockets(String)
    /// It ended without a word.
    case lost

    /// What is wrong.
    public var description: String {
      switch self {
      case .sockets(let text): text
      case .lost: "the call's thread ended without a report"
      }
    }
  }

  private let reactors: ReactorGroup
  private let hub: StreamHub
  private let loops: MultiThreadedEventLoopGroup
  private let outcome: GuardianOutcome

  private init(
    _ reactors: ReactorGroup, _ hub: StreamHub, _ loops: MultiThreadedEventLoopGroup, _ outcome: GuardianOutcome
  ) {
    self.reactors = reactors
    self.hub = hub
    self.loops = loops
    self.outcome = outcome
  }

  /// Binds sockets at an address and begins.
  ///
  /// - Parameters:
  ///   - make: what it is to be, once its addresses are known.
  ///   - tell: is told what is heard and how far it has come, on the reactor's thread: it has to be quick.
  public static func start(
    on host: IPAddress, logger: Logger, make: @escaping @Sendable (Addresses) -> GuardianConfiguration,
    tell: @escaping @Sendable (GuardianAction) -> Void
  ) async throws -> GuardianCall {
    let any = SocketAddress(ip: host, port: 0)
    let reactors = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [any]))
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let hub = StreamHub(
      group: loops, mailboxes: reactors.mailboxes, logger: logger, callOwner: { _ in 0 }, owner: { _ in 0 })
    let outcome = GuardianOutcome()
    do {
      let bound = try await hub.listen([StreamListener(address: any, transport: .tpkt, number: 0)])
      let signalling = bound.first ?? any
      try reactors.start { context in
        GuardianDriver(context, hub: hub, signalling: signalling, outcome: outcome, make: make, tell: tell)
      }
    } catch {
      await hub.stop()
      try? await loops.shutdownGracefully()
      throw error
    }
    return GuardianCall(reactors, hub, loops, outcome)
  }

  /// Hangs up; the report comes soon.
  public func hangUp() {
    _ = reactors.mailboxes[0].post(.call { ($0 as? GuardianDriver)?.wantsToGo = true })
  }

  /// Waits for the end.
  public func report() async throws -> GuardianReport {
    await reactors.waitUntilStopped()
    // What was said last has left by then.
    await hub.stop()
    try? await loops.shutdownGracefully()
    switch outcome.result.withLock({ $0 }) {
    case .report(let report)?: return report
    case .failure(let failure)?: throw failure
    case nil: throw reactors.failure ?? Failure.lost
    }
  }
}

/// What has come of it.
final class GuardianOutcome: Sendable {
  enum Result: Sendable {
    case report(GuardianReport)
    case failure(GuardianCall.Failure)
  }

  let result = Mutex<Result?>(nil)
}

/// Drives a ``GuardianTerminal`` on a reactor.
private final class GuardianDriver: ReactorDriver {
  /// Even ports that are tried for RTP, from 40,000 on, in an order nobody knows.
  private static let portTries = 64

  private let context: ReactorContext
  private let signalling: SocketAddress
  private let outcome: GuardianOutcome
  private let make: @Sendable (GuardianCall.Addresses) -> GuardianConfiguration
  private let tell: @Sendable (GuardianAction) -> Void
  private var terminal: GuardianTerminal?
  private var sink = GuardianSink()
  private var streams: H323Streams
  private var sockets: (rtp: MediaSocketID, rtcp: MediaSocketID)?
  /// Set from the mailbox.
  var wantsToGo = false

  init(
    _ context: ReactorContext, hub: StreamHub, signalling: SocketAddress, outcome: GuardianOutcome,
    make: @escaping @Sendable (GuardianCall.Addresses) -> GuardianConfiguration,
    tell: @escaping @Sendable (GuardianAction) -> Void
  ) {
    self.context = context
    self.signalling = signalling
    self.outcome = outcome
    self.make = make
    self.tell = tell
    streams = H323Streams(hub: hub, reactor: context.reactor, address: context.sockets[0].ip)
  }

  func started(now: Instant, io: inout ReactorIO) {
    guard let media = openMedia(&io) else {
      outcome.result.withLock { $0 = .failure(.sockets("no two ports for media could be had")) }
      context.mailboxes[0].post(.stop)
      return
    }
    let addresses = GuardianCall.Addresses(
      ras: context.sockets[0], signalling: signalling, media: media,
      control: SocketAddress(ip: media.ip, port: media.port + 1))
    var made = GuardianTerminal(
      make(addresses), at: Moment(now: now, clock: SystemClock.now()), random: SecureRandom.uint64())
    made.start(now: now, into: &sink)
    terminal = consume made
    perform(now, &io)
  }

  private func openMedia(_ io: inout ReactorIO) -> SocketAddress? {
    for _ in 0..<Self.portTries {
      let port = UInt16(40_000 + 2 * (SecureRandom.uint64() % 5_000))
      let address = SocketAddress(ip: context.sockets[0].ip, port: port)
      guard let rtp = try? io.openMedia(address, tag: 0, trafficClass: 46 << 2) else { continue }
      let next = SocketAddress(ip: address.ip, port: port + 1)
      guard let rtcp = try? io.openMedia(next, tag: 1, trafficClass: 46 << 2) else {
        io.closeMedia(rtp)
        continue
      }
      sockets = (rtp, rtcp)
      return address
    }
    return nil
  }

  // MARK: What comes

  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {
    terminal?.received(ras: datagram, from: from, now: now, into: &sink)
    perform(now, &io)
  }

  func received(
    media packet: inout MutableSpan<UInt8>, count: Int, from: SocketAddress, socket: MediaSocketID, tag: UInt32,
    now: Instant, io: inout ReactorIO
  ) -> MediaVerdict {
    let bytes = packet.span.extracting(0..<count)
    if tag == 0 {
      terminal?.received(rtp: bytes, from: from, now: now, into: &sink)
    } else {
      terminal?.received(rtcp: bytes, from: from, now: now, into: &sink)
    }
    perform(now, &io)
    return .drop
  }

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    guard let news = streams.received(message), var terminal = terminal.take() else { return }
    switch news {
    case .none: break
    case .call(let call): streams.give(call, to: .guardian, &terminal, now: now, into: &sink)
    case .of(_, let happening): streams.tell(happening, to: .guardian, &terminal, now: now, into: &sink)
    }
    self.terminal = consume terminal
    perform(now, &io)
  }

  var nextDeadline: Instant? { terminal?.nextDeadline }

  func timerFired(now: Instant, io: inout ReactorIO) {
    terminal?.advance(now: now, into: &sink)
    perform(now, &io)
  }

  func batchEnded(now: Instant, io: inout ReactorIO) {
    guard wantsToGo else { return }
    wantsToGo = false
    terminal?.hangUp(now: now, into: &sink)
    perform(now, &io)
  }

  // MARK: What it wants

  private func perform(_ now: Instant, _ io: inout ReactorIO) {
    while !sink.actions.isEmpty {
      for action in sink.take() {
        switch action {
        case .link(let wanted):
          guard case .failed(let happening) = streams.perform(wanted, of: .guardian), var terminal = terminal.take()
          else { continue }
          streams.tell(happening, to: .guardian, &terminal, now: now, into: &sink)
          self.terminal = consume terminal
        case .ras(let bytes, let address): io.send(bytes: bytes.span, to: address, socket: 0)
        case .rtp(let bytes, let address): if let sockets { io.sendMedia(bytes.span, to: address, by: sockets.rtp) }
        case .rtcp(let bytes, let address): if let sockets { io.sendMedia(bytes.span, to: address, by: sockets.rtcp) }
        case .heard, .progress: tell(action)
        case .ended(let report):
          outcome.result.withLock { $0 = .report(report) }
          context.mailboxes[0].post(.stop)
        }
      }
    }
  }
}

extension H323Streams.User {
  fileprivate static let guardian = Self(0)
}
