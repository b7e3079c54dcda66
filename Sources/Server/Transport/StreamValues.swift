import NIOCore
import Reactor
import SIPTransaction
import Wire

extension StreamTransport {
  /// The stream that carries a kind of transport; `nil` for UDP.
  package init?(_ kind: SIPTransportKind) {
    switch kind {
    case .udp: return nil
    case .tcp: self = .tcp
    case .tls: self = .tls
    case .ws: self = .webSocket
    case .wss: self = .secureWebSocket
    }
  }

  /// As transactions call it; nil for what carries no SIP.
  package var kind: SIPTransportKind? {
    switch self {
    case .tcp: .tcp
    case .tls: .tls
    case .webSocket: .ws
    case .secureWebSocket: .wss
    case .tpkt: nil
    }
  }

  /// How messages are found where no front stands before them.
  var framing: StreamFront.Framing { self == .tpkt ? .packets : .contentLength }
}

extension Wire.SocketAddress {
  /// Of a peer that has yet to come.
  static let unknown = Wire.SocketAddress(ip: .anyIPv4, port: 0)

  /// From NIO's form; `nil` for a Unix socket.
  init?(_ address: NIOCore.SocketAddress) {
    guard let text = address.ipAddress, let port = address.port else { return nil }
    // A link-local address names its zone, which has no place in ours.
    guard let ip = IPAddress(String(text.prefix { $0 != "%" })) else { return nil }
    self.init(ip: ip, port: UInt16(truncatingIfNeeded: port))
  }

  /// NIO's form.
  var nio: NIOCore.SocketAddress {
    get throws { try NIOCore.SocketAddress(packedIPAddress: ByteBuffer(bytes: ip.bytes), port: Int(port)) }
  }
}

extension StreamLimits {
  /// A channel is "not writable" from the limit on, and again writable at half of it.
  var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
    ChannelOptions.Types.WriteBufferWaterMark(low: outboundBytes / 2, high: outboundBytes)
  }
}

extension Duration {
  /// For NIO's clocks.
  var timeAmount: TimeAmount { .nanoseconds(saturatingNanoseconds) }
}
