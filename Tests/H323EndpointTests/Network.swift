import H225
import H245
import H323Endpoint
import PER
import Wire

/// One host: an endpoint, its user, its listeners.
final class Host {
  let ip: UInt32
  var endpoint: H323Endpoint
  var events: [H323EndpointEvent] = []
  /// Messages it has sent, with the connections they went on.
  var sent: [(H323Link, [UInt8])] = []
  /// H.245 listeners, by port.
  var listeners: [UInt16: H323Link] = [:]
  var nextPort: UInt16 = 30_000
  /// Whether listeners can be had.
  var canListen = true
  /// What the user does about an event, at once.
  var user: (Host, H323EndpointEvent, inout H323EndpointSink, Instant) -> Void = { _, _, _, _ in }
  /// The call, once there is one.
  var call: H323CallHandle?

  init(ip: UInt32, _ configuration: H323EndpointConfiguration, limits: H323EndpointLimits = .default, seed: UInt64) {
    self.ip = ip
    endpoint = H323Endpoint(configuration: configuration, limits: limits, seed: seed)
  }

  var media: H323Media? { call.flatMap { endpoint.media(of: $0) } }

  var releases: [H323Release] {
    events.compactMap { if case .released(_, let release) = $0 { release } else { nil } }
  }

  var isEmpty: Bool { endpoint.callCount == 0 && endpoint.linkCount == 0 && endpoint.nextDeadline == nil }
}

/// Two hosts and the connections between them, on virtual time. What is on one connection stays in order; which connection
/// moves next is drawn.
final class Network {
  private enum Item {
    case open(SocketAddress)
    case message([UInt8])
    case close
  }

  private final class Connection {
    var ends: [(host: Int, link: H323Link?)]
    /// What is under way to each end.
    var queues: [[Item]] = [[], []]
    var isCut = false

    init(_ host: Int, _ link: H323Link) {
      ends = [(host, link), (1 - host, nil)]
    }
  }

  let hosts: [Host]
  var now = beginning
  var random: SplitMix64
  private var connections: [Connection] = []
  /// Connections that nobody answers.
  var isUnreachable = false
  /// Looks at every message on its way; nil loses the connection it is on.
  var tamper: ([UInt8]) -> [UInt8]? = { $0 }

  var caller: Host { hosts[0] }
  var callee: Host { hosts[1] }

  init(_ caller: Options = Options(), _ callee: Options = Options(), seed: UInt64 = 1) {
    hosts = [
      Host(ip: callerHost, caller.configuration, seed: seed),
      Host(ip: calleeHost, callee.configuration, seed: seed + 7),
    ]
    random = SplitMix64(seed: seed)
  }

  init(_ hosts: [Host], seed: UInt64 = 1) {
    self.hosts = hosts
    random = SplitMix64(seed: seed)
  }

  /// Does something to an endpoint, and what it wants.
  func with(_ host: Int, _ body: (inout H323Endpoint, inout H323EndpointSink, Instant) -> Void) {
    var sink = H323EndpointSink()
    body(&hosts[host].endpoint, &sink, now)
    perform(sink.take(), host)
  }

  private func perform(_ actions: [H323EndpointAction], _ index: Int) {
    let host = hosts[index]
    for action in actions {
      switch action {
      case .connect(let link, let address):
        let connection = Connection(index, link)
        connection.queues[1].append(.open(address))
        connections.append(connection)
      case .send(let octets, let link):
        host.sent.append((link, octets))
        guard let (connection, end) = find(index, link) else { continue }
        connection.queues[1 - end].append(.message(octets))
      case .close(let link):
        host.listeners = host.listeners.filter { $0.value != link }
        guard let (connection, end) = find(index, link) else { continue }
        connection.ends[end].link = nil
        connection.queues[1 - end].append(.close)
        connection.queues[end] = []
      case .listen(let link):
        let port = host.nextPort
        host.nextPort += 1
        let at = host.canListen ? address(port, host: host.ip) : nil
        if host.canListen { host.listeners[port] = link }
        with(index) { $0.listening(link, at: at, now: $2, into: &$1) }
      case .event(let event):
        host.events.append(event)
        if case .incoming(let call, _) = event { host.call = call }
        var sink = H323EndpointSink()
        host.user(host, event, &sink, now)
        perform(sink.take(), index)
      }
    }
  }

  private func find(_ host: Int, _ link: H323Link) -> (Connection, Int)? {
    for connection in connections {
      for end in 0..<2 where connection.ends[end].host == host && connection.ends[end].link == link {
        return (connection, end)
      }
    }
    return nil
  }

  /// Moves one thing on one connection; false when nothing is under way.
  @discardableResult
  func step() -> Bool {
    var choices: [(Connection, Int)] = []
    for connection in connections where !connection.isCut {
      for end in 0..<2 where !connection.queues[end].isEmpty { choices.append((connection, end)) }
    }
    guard let (connection, end) = choices.randomElement(using: &random) else { return false }
    let item = connection.queues[end].removeFirst()
    let host = connection.ends[end].host
    switch item {
    case .open(let to): open(connection, to)
    case .message(let octets):
      guard let link = connection.ends[end].link else { break }
      guard let changed = tamper(octets) else {
        cut(connection)
        break
      }
      with(host) { $0.received(changed.span, on: link, now: $2, into: &$1) }
    case .close:
      guard let link = connection.ends[end].link else { break }
      connection.ends[end].link = nil
      with(host) { $0.closed(link, now: $2, into: &$1) }
    }
    return true
  }

  private func open(_ connection: Connection, _ to: SocketAddress) {
    let (from, other) = (connection.ends[0].host, connection.ends[1].host)
    let listening = hosts[other].listeners[to.port]
    var (link, sink): (H323Link?, H323EndpointSink) = (nil, H323EndpointSink())
    if !isUnreachable, to.ip == IPAddress(v4: hosts[other].ip), to.port == 1720 || listening != nil {
      let remote = address(50_000, host: hosts[from].ip)
      link = hosts[other].endpoint.accepted(from: remote, local: to, to: listening, now: now, into: &sink)
    }
    // What is said on it at once is said after it is known.
    connection.ends[1].link = link
    perform(sink.take(), other)
    guard let ours = connection.ends[0].link else { return }
    if link == nil {
      connection.ends[0].link = nil
      connection.queues = [[], []]
      with(from) { $0.closed(ours, now: $2, into: &$1) }
    } else {
      let local = address(50_000, host: hosts[from].ip)
      with(from) { $0.opened(ours, local: local, now: $2, into: &$1) }
    }
  }

  /// Loses a connection for both ends, with all that is on it.
  private func cut(_ connection: Connection) {
    connection.isCut = true
    for end in 0..<2 {
      guard let link = connection.ends[end].link else { continue }
      connection.ends[end].link = nil
      with(connection.ends[end].host) { $0.closed(link, now: $2, into: &$1) }
    }
  }

  /// Loses the connection that was opened as the n-th; false when there is none.
  @discardableResult
  func cut(_ number: Int) -> Bool {
    guard connections.indices.contains(number), !connections[number].isCut else { return false }
    cut(connections[number])
    return true
  }

  var connectionCount: Int { connections.count }

  /// Moves until nothing is under way; false if that never ends.
  @discardableResult
  func run() -> Bool {
    for _ in 0..<5_000 where !step() { return true }
    return false
  }

  /// Lets time pass, firing what is due at its moment.
  func advance(_ duration: Duration) {
    let end = now + duration
    run()
    for _ in 0..<5_000 {
      let deadlines = hosts.compactMap { $0.endpoint.nextDeadline }.filter { $0 <= end }
      guard let next = deadlines.min() else { break }
      now = max(now, next)
      for index in hosts.indices { with(index) { $0.advance(now: $2, into: &$1) } }
      run()
    }
    now = end
  }

  // MARK: A call

  func call(media: H323LocalMedia? = localMedia(4000, host: callerHost)) {
    with(0) { endpoint, sink, now in hosts[0].call = endpoint.call(calling(media: media), now: now, into: &sink) }
  }

  /// The called user takes every call: at once, or after it has rung, with early media or without.
  func answers(alerts: Bool = true, early: Bool = false, media: H323LocalMedia = localMedia(6000, host: calleeHost)) {
    callee.user = { host, event, sink, now in
      guard case .incoming(let call, _) = event else { return }
      if alerts {
        host.endpoint.proceed(call, now: now, into: &sink)
        host.endpoint.alert(call, media: early ? media : nil, now: now, into: &sink)
      }
      host.endpoint.answer(call, media: media, now: now, into: &sink)
    }
  }

  /// A call with media both ways.
  func connect() {
    answers()
    call()
    run()
  }

  func release(_ host: Int, cause: UInt8 = 16) {
    guard let call = hosts[host].call else { return }
    with(host) { $0.release(call, cause: cause, now: $2, into: &$1) }
  }

  func setMedia(_ host: Int, _ media: H323LocalMedia?) {
    guard let call = hosts[host].call else { return }
    with(host) { $0.setMedia(call, media, now: $2, into: &$1) }
  }

  func press(_ host: Int, _ digits: String) {
    guard let call = hosts[host].call else { return }
    for digit in digits.utf8 { with(host) { $0.send(digit: digit, milliseconds: 120, to: call, now: $2, into: &$1) } }
  }

  func digits(_ host: Int) -> String {
    String(
      decoding: hosts[host].events.compactMap { event -> UInt8? in
        if case .digit(_, let digit, _) = event { digit } else { nil }
      }, as: UTF8.self)
  }
}
