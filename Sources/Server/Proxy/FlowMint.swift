import OpenSSLCrypto
import SIPTransaction
import Wire

/// Makes and reads flow tokens (RFC 5626 §5.2): which socket of ours faces which far end, over which connection, in a form
/// that a peer can carry and cannot change.
///
///     base64url( listener 2 ‖ connection 8 ‖ port 2 ‖ address 16 ‖ HMAC-SHA-256 cut to 10 )
///
/// It stands in our Record-Route, since a phone behind a translator, or one that asked for it by `ob`, can be reached
/// inside a dialog over its flow only. The connection's number means something in this process only; a driver that finds
/// another far end under it must not send there.
struct FlowMint: ~Copyable {
  private let key: HMACKey

  /// How long a token is, in characters.
  static let characters = 51
  private static let contentBytes = 28
  private static let macBytes = 10

  init(key: [UInt8]) { self.key = TextSeal.derived(key, "flow") }

  /// The token of a flow.
  func token(for hop: Hop) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(40)
    Self.append(UInt64(hop.listener), 2, to: &bytes)
    Self.append(hop.connection.rawValue, 8, to: &bytes)
    Self.append(UInt64(hop.remote.port), 2, to: &bytes)
    Self.append(hop.remote.ip.high, 8, to: &bytes)
    Self.append(hop.remote.ip.low, 8, to: &bytes)
    let mac = key.authenticate(bytes.span)
    for index in 0..<Self.macBytes { bytes.append(mac.bytes[index]) }
    var token: [UInt8] = []
    Base64.append(bytes.span, .urlSafe, to: &token)
    return token
  }

  /// The flow of a token; nil when we have not made it, or the listener is gone.
  func hop(of token: Span<UInt8>, _ policy: ProxyPolicy) -> Hop? {
    guard token.count == Self.characters, let bytes = try? Base64.decode(token, .urlSafe),
      bytes.count == Self.contentBytes + Self.macBytes
    else { return nil }
    let content = bytes.span.extracting(0..<Self.contentBytes)
    let mac = key.authenticate(content)
    guard
      constantTimeEquals(
        mac.span.extracting(0..<Self.macBytes), bytes.span.extracting(Self.contentBytes..<bytes.count))
    else { return nil }
    let number = UInt16(truncatingIfNeeded: Self.word(content, 0, 2))
    guard let listener = policy[number] else { return nil }
    let address = IPAddress(high: Self.word(content, 12, 8), low: Self.word(content, 20, 8))
    var hop = Hop(
      transport: listener.transport,
      remote: SocketAddress(ip: address, port: UInt16(truncatingIfNeeded: Self.word(content, 10, 2))),
      connection: ConnectionID(Self.word(content, 2, 8)), listener: number)
    hop.isFlow = true
    return hop
  }

  private static func append(_ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
    for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
  }

  private static func word(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in start..<start + count { value = value << 8 | UInt64(bytes[index]) }
    return value
  }
}
