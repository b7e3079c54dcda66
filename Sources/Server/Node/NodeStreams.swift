import Proxy
import SIPMessage
import SIPTransaction
import Settings
import Transport
import Wire

extension StreamLimits {
  /// As the operator wants them.
  init(_ settings: Settings.TCP) {
    self.init()
    connections = settings.maxConnections
    connectionsPerAddress = settings.maxPerAddress
    idle = settings.idle
    firstMessage = settings.firstMessage
    messageCompletion = settings.message
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

/// What a message says about the streams that it and its answers take.
enum StreamWord {
  /// The address whose requests the sender wants over the stream by which this one came: a Via with `alias` and an
  /// address, not a name (RFC 5923 §8.1; a name would have to be resolved first, and proves no more).
  static func alias(_ view: SIPMessageView) -> SocketAddress? {
    guard view.isRequest, let via = try? view.topmostVia(), via.hasAlias,
      let address = SIPHost.address(view.slice(via.host))
    else { return nil }
    return SocketAddress(ip: address, port: via.port ?? SIPTransportKind.tcp.defaultPort)
  }

  /// Where a response goes whose stream is gone: the address it came from, and the port of its Via (RFC 3261 §18.2.2).
  /// Nil for what is no response.
  static func returnPort(of message: [UInt8], _ transport: SIPTransportKind) -> UInt16? {
    guard message.starts(with: "SIP/2.0 ".utf8), let message = try? SIPMessage(parsing: message),
      let via = try? message.view.topmostVia()
    else { return nil }
    return via.port ?? transport.defaultPort
  }
}
