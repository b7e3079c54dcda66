import Proxy
import Reactor
import SIPMessage
import SIPTransaction
import Settings
import Telemetry
import Transport
import WebSocket
import Wire

extension StreamLimits {
  /// As the operator wants them.
  init(_ settings: Settings) {
    self.init()
    connections = settings.tcp.maxConnections
    connectionsPerAddress = settings.tcp.maxPerAddress
    callSignalling = settings.council.maxConnections
    callSignallingPerAddress = settings.council.maxPerAddress
    idle = settings.tcp.idle
    firstMessage = settings.tcp.firstMessage
    messageCompletion = settings.tcp.message
  }
}

extension StreamStatistics {
  /// How often each limit of streams was reached.
  var reached: [(NodeLimit, UInt64)] {
    [
      (.connections, UInt64(refused)), (.connectionsPerAddress, UInt64(refusedPerAddress)),
      (.firstMessage, UInt64(mute)), (.messageCompletion, UInt64(stuck)), (.idle, UInt64(idle)),
      (.outbound, UInt64(outboundFull)),
    ]
  }
}

extension StreamStatistics {
  /// What `/metrics` says of streams of H.323.
  func writeCalls(to page: inout MetricsPage) {
    page.family("h323_open_connections", .gauge, help: "H.323 streams that are open, being opened or waited for.")
    page.sample("h323_open_connections", UInt64(open))
    page.family("h323_connections_total", .counter, help: "H.323 streams, by who opened them and what became of that.")
    for (result, count) in [
      ("accepted", accepted), ("opened", opened), ("failed", failed), ("stranger", strangers), ("no_call", badFraming),
    ] {
      page.sample("h323_connections_total", [("result", result)], UInt64(count))
    }
  }
}

extension StreamListener {
  /// A listener of the configuration, with what stands in front of SIP there.
  init(
    _ listener: Settings.Listener, _ transport: StreamTransport, number: Int, _ settings: Settings, _ tls: NodeTLS,
    _ upgrades: WebSocketCounters
  ) {
    let secure = StreamFront.tls(accepting: { tls.server }, options: tls.options)
    var webSocket = WebSocketFront.Configuration(settings)
    webSocket.counters = upgrades
    let front: StreamFront? =
      switch transport {
      case .tcp: nil
      case .tls: secure
      case .webSocket: WebSocketFront.listening(webSocket)
      case .secureWebSocket: WebSocketFront.listening(webSocket, over: secure)
      case .tpkt: nil
      }
    self.init(
      address: listener.address, transport: transport, number: UInt16(truncatingIfNeeded: number), front: front,
      balancers: listener.balancers)
  }
}

extension WebSocketCounters {
  /// What `/metrics` says of upgrades.
  func write(to page: inout MetricsPage) {
    page.family("websocket_upgrades_total", .counter, help: "Upgrades to WebSocket that were asked for, by their end.")
    for (name, count) in snapshot { page.sample("websocket_upgrades_total", [("result", name)], UInt64(count)) }
  }
}

extension Node {
  /// What stands in front of SIP on streams that we open, by their kind.
  static func fronts(_ settings: Settings, _ tls: NodeTLS) -> [StreamTransport: StreamFront] {
    let secure = StreamFront.tls(connecting: { tls.client }, options: tls.options)
    let webSocket = WebSocketFront.Configuration(settings)
    return [
      .tls: secure, .webSocket: WebSocketFront.connecting(webSocket),
      .secureWebSocket: WebSocketFront.connecting(webSocket, over: secure),
    ]
  }
}

extension WebSocketFront.Configuration {
  /// As the operator wants it.
  init(_ settings: Settings) {
    self.init()
    policy.path = settings.webSocket.path
    policy.origins = WebSocketOrigins(allowed: settings.webSocket.origins)
    if !settings.webSocket.compresses { policy.deflate = nil }
    policy.limits.pingInterval = settings.webSocket.ping
    upgrade = min(upgrade, settings.tcp.firstMessage)
  }
}

/// What a message says about the streams that it and its answers take.
enum StreamWord {
  /// The address whose requests the sender wants over the stream by which this one came: a Via with `alias` (RFC 5923
  /// §8.1). A name there stands for the address that the stream came from, over TLS, where the certificate says who that
  /// is; over TCP it says nothing.
  static func alias(_ view: SIPMessageView, from hop: Hop) -> SocketAddress? {
    guard view.isRequest, let via = try? view.topmostVia(), via.hasAlias else { return nil }
    let named = SIPHost.address(view.slice(via.host))
    guard let address = named ?? (hop.transport.isSecure ? hop.remote.ip : nil) else { return nil }
    return SocketAddress(ip: address, port: via.port ?? hop.transport.defaultPort)
  }

  /// Where a response goes whose stream is gone: the address it came from, and the port of its Via (RFC 3261 §18.2.2),
  /// whose host is to prove over TLS that it is there (RFC 5922 §7.3). Nil for what is no response.
  static func returnAddress(of message: [UInt8], _ transport: SIPTransportKind) -> (host: SIPHost, port: UInt16)? {
    guard message.starts(with: "SIP/2.0 ".utf8), let message = try? SIPMessage(parsing: message),
      let via = try? message.view.topmostVia(), let host = SIPHost(parsing: message.view.slice(via.host))
    else { return nil }
    return (host, via.port ?? transport.defaultPort)
  }
}
