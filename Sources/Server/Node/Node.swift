import Admin
import Guard
public import Logging
import Media
import NIOPosix
import OpenSSLCrypto
import Proxy
import Reactor
import Resolver
import SIPMessage
import SIPTransaction
public import ServiceLifecycle
public import Settings
import Store
import Synchronization
public import Telemetry
import Transport
public import Wire
import Witness

/// One running node: its reactors, streams, store, witness log and admin listener.
///
///     let node = try await Node.start(configuration, logger: logger)
///     try await node.run()        // until graceful shutdown; drains, then stops
public final class Node: Service {
  /// Where the configuration comes from, at start and at every reload.
  public struct Configuration: Sendable {
    /// The file.
    public var path: String
    /// Its content and the registry's, read and checked.
    public var load: @Sendable (_ path: String) throws -> (Settings, Registry)
    /// What `/metrics` says that runs.
    public var version: String
    /// What libraries and the embedder count with swift-metrics, if it is to stand on `/metrics`: the collector that
    /// `MetricsSystem` was bootstrapped with.
    public var collector: MetricsCollector?

    /// A file and how to read it.
    public init(
      path: String, version: String = "unknown", collector: MetricsCollector? = nil,
      load: @escaping @Sendable (_ path: String) throws -> (Settings, Registry)
    ) {
      self.path = path
      self.version = version
      self.collector = collector
      self.load = load
    }
  }

  /// The addresses that were bound, as URLs, for people and scripts.
  public let addresses: [String]
  let configuration: Configuration
  let settings: Settings
  let logger: Logger
  let state: StateDirectory
  let witness: WitnessLog
  /// Who signs the log; nil: nothing is recorded.
  let witnessIdentity: WitnessIdentity?
  let bindings: BindingTable
  private let users: UserCache
  let tokens: TokenDatabase
  let reactors: ReactorGroup
  private let loops: MultiThreadedEventLoopGroup
  let hub: StreamHub
  /// What reactors share of H.323; nil: there is none.
  let h323: H323Shared?
  private let bound: [SocketAddress]
  let tls: NodeTLS
  let upgrades: WebSocketCounters
  let appends = Mutex(Histogram(bounds: Histogram.appendBounds))
  let isDraining = Mutex(false)
  /// Whether the reactors answer.
  let pulse: Mutex<Pulse>
  /// The posture of IF.guard, and the alerts that may have raised it.
  let alerts: Mutex<AlertBook>
  private let store: NodeStore
  private let callLog: CallLog?
  /// Has checkpoints cosigned; nil: nobody is asked.
  let cosigning: Cosigning?
  /// Writes recordings of calls.
  let recorder: Recorder

  private init(
    addresses: [String], configuration: Configuration, settings: Settings, logger: Logger, state: StateDirectory,
    witness: WitnessLog, witnessIdentity: WitnessIdentity?, bindings: BindingTable, users: UserCache,
    tokens: TokenDatabase,
    reactors: ReactorGroup, loops: MultiThreadedEventLoopGroup, hub: StreamHub, h323: H323Shared?,
    bound: [SocketAddress], tls: NodeTLS,
    upgrades: WebSocketCounters, store: NodeStore, alerts: AlertBook, callLog: CallLog?, cosigning: Cosigning?,
    recorder: Recorder
  ) {
    self.recorder = recorder
    self.store = store
    self.callLog = callLog
    self.cosigning = cosigning
    self.alerts = Mutex(alerts)
    pulse = Mutex(Pulse(count: reactors.mailboxes.count))
    self.addresses = addresses
    self.configuration = configuration
    self.settings = settings
    self.logger = logger
    self.state = state
    self.witness = witness
    self.witnessIdentity = witnessIdentity
    self.bindings = bindings
    self.users = users
    self.tokens = tokens
    self.reactors = reactors
    self.loops = loops
    self.hub = hub
    self.h323 = h323
    self.bound = bound
    self.tls = tls
    self.upgrades = upgrades
  }

  // MARK: Start

  /// Opens the state, binds every address and starts the reactors. What it throws is for a person to read.
  public static func start(_ configuration: Configuration, logger: Logger) async throws -> Node {
    let (settings, registry) = try configuration.load(configuration.path)
    let state = try StateDirectory(path: settings.stateDirectory, access: .exclusive)
    let now = SystemClock.now()
    let tls = try NodeTLS(settings, logger: logger)
    let memory = GuardMemory(state)
    let alerts = try memory.alerts(settings.guardSettings.alerts, now: SystemClock.monotonic())
    let spent = try memory.callIDs(now: SystemClock.monotonic(), clock: now)
    let identity =
      settings.witness.mode == .off
      ? nil : try WitnessIdentity(keysPath: state.keysPath, origin: settings.witness.origin)
    let witness = try WitnessLog(
      directory: state.witnessRecordsPath, options: WitnessLog.Options(settings.witness, identity: identity), now: now)
    let bindings = try BindingTable(
      databasePath: state.databasePath, limits: BindingTable.Limits(settings.calls),
      durability: BindingTable.Durability(settings.registrar.durability), now: now)
    let users = try UserCache(databasePath: state.databasePath)
    let tokens = try TokenDatabase(path: state.databasePath)

    // Besides streams: files, datagram sockets, the admin listener's connections.
    let openFiles = OpenFiles.raise(to: settings.tcp.maxConnections + 1_024)
    if openFiles < settings.tcp.maxConnections + 128 {
      logger.warning(
        "fewer connections are possible than tcp.max_connections: raise the hard limit of open files",
        metadata: ["open_files": "\(openFiles)", "max_connections": "\(settings.tcp.maxConnections)"])
    }
    let datagrams = settings.listeners.enumerated().filter { $0.element.transport == .udp }
    let count = settings.reactors ?? SystemClock.processorCount
    let reactors = try ReactorGroup(
      ReactorConfiguration(
        count: count, sockets: datagrams.map(\.element.address),
        ownSockets: settings.council.isOn ? [settings.council.ras] : []))
    let hashKey = (SecureRandom.uint64(), SecureRandom.uint64())
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: min(count, 2))
    let h323 =
      settings.council.isOn
      ? H323Shared(settings.council, key: hashKey, mailboxes: reactors.mailboxes) : nil
    let hub = StreamHub(
      group: loops, mailboxes: reactors.mailboxes, limits: StreamLimits(settings),
      fronts: Self.fronts(settings, tls), logger: logger, callOwner: { h323?.owner(of: $0) }
    ) { bytes in
      owner(ofMessage: bytes, key: hashKey, count: count)
    }
    let streams = settings.listeners.enumerated().compactMap { offset, listener in
      StreamTransport(SIPTransportKind(listener.transport)).map { (offset: offset, listener: listener, transport: $0) }
    }
    let upgrades = WebSocketCounters()
    var streamAddresses: [SocketAddress]
    do {
      var listeners = streams.map {
        StreamListener($0.listener, $0.transport, number: $0.offset, settings, tls, upgrades)
      }
      if h323 != nil { listeners.append(StreamListener(h323: settings)) }
      streamAddresses = try await hub.listen(listeners)
    } catch {
      try? await loops.shutdownGracefully()
      throw error
    }
    let gatekeeperPassword = try SecretFile.gatekeeperPassword(settings)
    let plan = h323.flatMap { h323 in
      streamAddresses.popLast().map {
        H323Plan(
          settings, registry, h323, gatekeeperPassword: gatekeeperPassword, rasSocket: datagrams.count,
          ras: reactors.sockets[datagrams.count], signalling: $0)
      }
    }
    var bound = settings.listeners.map(\.address)
    for (index, listener) in datagrams.enumerated() { bound[listener.offset] = reactors.sockets[index] }
    for (index, listener) in streams.enumerated() { bound[listener.offset] = streamAddresses[index] }

    var sockets = [Int?](repeating: nil, count: settings.listeners.count)
    for (index, listener) in datagrams.enumerated() { sockets[listener.offset] = index }
    let capture = try settings.hep.map {
      try CapturePlan($0, key: SecretFile.captureKey(settings), listeners: bound, reactors: count)
    }
    let callLog = CallLog(logger)
    let recorder = Recorder(logger: logger) { [witness, logger] recording, result in
      Node.tell(of: recording, result, witness, logger)
    }
    let store = NodeStore(users: users, bindings: bindings, settings: settings, hashKey: hashKey, spent: spent)
    let resolver = try Resolver(ResolverConfiguration(settings.dns, listeners: settings.listeners))
    let shared = NodeShared(
      reactorCount: count,
      store: store, resolver: resolver, overload: settings.overload, witness: witness,
      isStrict: settings.witness.mode == .strict, hub: hub,
      datagramListeners: datagrams.map { UInt16(truncatingIfNeeded: $0.offset) }, sockets: sockets,
      streamListeners: streams.map {
        (UInt16(truncatingIfNeeded: $0.offset), $0.transport, $0.listener.address.ip.isIPv4)
      }, ownerKey: hashKey, aliasTransports: settings.aliasTransports, capture: capture, callLog: callLog,
      media: MediaConfiguration(settings), recorder: recorder, h323: plan)
    let (cookieKey, nonceKey) = (state.cookieKey, state.nonceKey)
    let keys = ProxyCore.Keys(
      cookie: [UInt8](copying: cookieKey.span), nonce: [UInt8](copying: nonceKey.span), hash: hashKey)
    var policy = ProxyPolicy(settings, registry: registry, bound: bound)
    policy.guardPolicy.posture = alerts.posture
    let timers = SIPTimers(t1: settings.calls.t1, timerC: settings.calls.ring, trying: nil)
    var limits = ProxyLimits()
    limits.calls = max(settings.calls.maxActive / count, 1)
    let memoryBytes = max(settings.calls.memoryBytes / count, 1 << 20)
    // Events for the capture server are records, too, whether or not they are written down.
    let isWitnessed = settings.witness.mode != .off || capture?.hasEvents == true
    try reactors.start { [limits, policy] context in
      var core = ProxyCore(
        reactor: UInt8(truncatingIfNeeded: context.reactor), policy: policy, keys: keys, limits: limits,
        timers: timers, transactionLimits: TransactionLimits(maxRetainedBytes: memoryBytes))
      core.isWitnessed = isWitnessed
      core.stopwatch = SystemClock.monotonic
      if let plan, plan.settings.mode == .builtin {
        core.rooms = { room in
          RoomState(
            participants: plan.shared.admissions.withLock { $0.occupancy(of: room) },
            capacity: plan.settings.capacity)
        }
      }
      return NodeDriver(context, shared: shared, core: core, now: SystemClock.monotonic())
    }
    var addresses = zip(settings.listeners, bound).map { "\($0.transport.rawValue)://\($1)" }
    if let plan { addresses += ["ras://\(plan.ras)", "h323://\(plan.signalling)"] }
    let node = Node(
      addresses: addresses, configuration: configuration, settings: settings, logger: logger, state: state,
      witness: witness, witnessIdentity: identity, bindings: bindings, users: users, tokens: tokens, reactors: reactors,
      loops: loops, hub: hub, h323: h323, bound: bound, tls: tls, upgrades: upgrades, store: store, alerts: alerts,
      callLog: callLog,
      cosigning: Cosigning(
        settings.witness, directory: WitnessDirectory(path: state.witnessRecordsPath), on: loops, tls: tls,
        logger: logger), recorder: recorder)
    witness.onBatch { [node] _, took in node.appends.withLock { $0.observe(took.seconds) } }
    node.record(.processStarted, [WitnessDetail("listen", .list(addresses.map(WitnessValue.text)))])
    logger.info("started", metadata: ["listen": .string(addresses.joined(separator: " ")), "reactors": "\(count)"])
    if let hep = settings.hep {
      logger.notice(
        "every SIP message is copied to a capture server, unencrypted",
        metadata: ["server": .string(hep.url), "capture_id": "\(hep.captureID)"])
    }
    return node
  }

  /// The reactor a message from a stream belongs to; what cannot be read goes to the first, which refuses it.
  private static func owner(ofMessage bytes: Span<UInt8>, key: (UInt64, UInt64), count: Int) -> Int {
    guard count > 1 else { return 0 }
    var index = SIPMessageIndex()
    // Not every stream needs a Content-Length (RFC 7118 §4.2), and where one does its framer has seen to it.
    guard (try? index.index(bytes, framing: .datagram)) != nil else { return 0 }
    let view = index.view(of: bytes)
    guard let callID = try? view.callID() else { return 0 }
    return NodeShared.owner(of: view.slice(callID), key: key, count: count)
  }

  // MARK: Run

  /// Serves until graceful shutdown begins, then drains and stops.
  public func run() async throws {
    let sweeper = Task { [bindings, tls] in
      var memory = MemoryWatch()
      var seconds = 0
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(1))
        bindings.sweep(now: SystemClock.now())
        tls.rotateTickets(now: SystemClock.monotonic())
        forgetSilentAlerts()
        seconds += 1
        if seconds % 3_600 == 5 { tendRecords() }
        guard seconds % 5 == 0 else { continue }
        if memory.isPeakOver(await transactionCount()) { SystemMemory.giveBack() }
      }
    }
    let watcher = Task { await watch() }
    let cosigner = Task { [cosigning] in await cosigning?.run() }
    try? await gracefulShutdown()
    sweeper.cancel()
    cosigner.cancel()
    await drain()
    watcher.cancel()
    await stop()
  }

  /// The admin listener, when the configuration has one.
  public func adminServer(onRunning: @escaping @Sendable (_ port: Int) async -> Void) -> (any Service)? {
    guard let endpoint = settings.admin else { return nil }
    return AdminServer(
      host: endpoint.address.ip.description, port: Int(endpoint.address.port),
      views: AdminServer.Views(
        metrics: { await self.metricsPage($0) },
        illness: { self.readiness.illness },
        refusal: { self.readiness.refusal },
        checkpoint: { await self.witnessCheckpoint() },
        tile: { await self.witnessTile($0) }),
      api: api, logger: logger, onRunning: onRunning)
  }

  /// Reads the configuration and the registry again. On any problem everything stays as it is; the problems, each a
  /// sentence for a person, are returned.
  ///
  /// - Parameter trace: the trace in which somebody asked for it by HTTP.
  @discardableResult
  public func reload(trace: TraceParent? = nil) async -> [String] { apply(trace: trace).problems }

  /// What a reload came to: the problems for which nothing changed, or the keys that count from the next start on.
  struct ReloadOutcome {
    var problems: [String] = []
    var keysForRestart: [String] = []
  }

  func apply(trace: TraceParent?) -> ReloadOutcome {
    do {
      let (settings, registry) = try configuration.load(configuration.path)
      try tls.reload(settings)
      alerts.withLock { $0.policy = settings.guardSettings.alerts }
      let policy = ProxyPolicy(settings, registry: registry, bound: bound)
      for mailbox in reactors.mailboxes {
        _ = mailbox.post(
          .call {
            ($0 as? NodeDriver)?.change(registry)
            ($0 as? NodeDriver)?.change { core in
              // The posture is not the file's; what was set last stays, however the two changes cross.
              var policy = policy
              policy.guardPolicy.posture = core.policy.guardPolicy.posture
              core.policy = policy
            }
          })
      }
      record(.configReloaded, [WitnessDetail("result", "accepted")], trace: trace)
      logger.notice("configuration reloaded", metadata: Self.metadata([:], trace))
      let keys = self.settings.keysForRestart(settings)
      if !keys.isEmpty {
        logger.warning(
          "what was changed here counts from the next start on",
          metadata: Self.metadata(["keys": .string(keys.joined(separator: ", "))], trace))
      }
      return ReloadOutcome(keysForRestart: keys)
    } catch {
      record(.configReloaded, [WitnessDetail("result", "refused")], trace: trace)
      logger.error(
        "configuration not reloaded, the old one stays", metadata: Self.metadata(["problem": "\(error)"], trace))
      return ReloadOutcome(problems: (error as? SettingsError)?.problems.map(\.description) ?? ["\(error)"])
    }
  }

  private func drain() async {
    isDraining.withLock { $0 = true }
    for mailbox in reactors.mailboxes {
      _ = mailbox.post(.call { ($0 as? NodeDriver)?.change { $0.isDraining = true } })
      _ = mailbox.post(.call { ($0 as? NodeDriver)?.closeCouncil(endingAll: false) })
    }
    let limit = ContinuousClock.now + settings.drain
    var active = await runningCalls()
    if active > 0 {
      logger.notice("draining", metadata: ["calls": "\(active)", "seconds": "\(settings.drain.components.seconds)"])
    }
    while active > 0, ContinuousClock.now < limit {
      try? await Task.sleep(for: .milliseconds(100))
      active = await runningCalls()
    }
    if active > 0 { logger.warning("ending the calls that are still up", metadata: ["calls": "\(active)"]) }
    await hangUpAll()
    for mailbox in reactors.mailboxes { await ask(mailbox) { $0.closeCouncil(endingAll: true) } }
  }

  private func stop() async {
    await cosigning?.stop()
    await hub.stop()
    await reactors.stop()
    recorder.stop(now: SystemClock.monotonic(), clock: SystemClock.now())
    do {
      try GuardMemory(state).keep(store.keptCallIDs(now: SystemClock.monotonic()))
    } catch {
      // Then the next start refuses what was signed before it.
      logger.warning("spent Call-IDs could not be kept", metadata: ["problem": "\(error)"])
    }
    try? await loops.shutdownGracefully()
    record(.processStopped, [])
    witness.stop()
    bindings.stop()
    users.stop()
    tokens.close()
    callLog?.flush()
    logger.info("stopped")
  }

  // MARK: What it knows of itself

  private func runningCalls() async -> Int {
    var sum = 0
    for mailbox in reactors.mailboxes { sum += await ask(mailbox) { $0.runningCalls } ?? 0 }
    return sum
  }

  private func transactionCount() async -> Int {
    var sum = 0
    for mailbox in reactors.mailboxes { sum += await ask(mailbox) { $0.transactionCount } ?? 0 }
    return sum
  }

  /// Asks one reactor's driver something; nil when the reactor is gone.
  func ask<Answer: Sendable>(
    _ mailbox: Mailbox, _ question: @escaping @Sendable (NodeDriver) -> Answer
  ) async -> Answer? {
    await withCheckedContinuation { continuation in
      let isPosted = mailbox.post(
        .call { driver in continuation.resume(returning: (driver as? NodeDriver).map(question)) })
      if !isPosted { continuation.resume(returning: nil) }
    }
  }

  func record(
    _ name: WitnessEventName, component: String = "process", _ details: [WitnessDetail], trace: TraceParent? = nil
  ) {
    witness.post(
      WitnessEvent(
        time: SystemClock.now(), name: name, component: component, traceID: trace?.traceID, details: details))
  }

  /// A log line's values with the trace in which somebody asked for it by HTTP.
  static func metadata(_ values: Logger.Metadata, _ trace: TraceParent?) -> Logger.Metadata {
    guard let trace else { return values }
    return values.merging(["trace_id": .string(trace.traceID)]) { own, _ in own }
  }
}
