import Wire

/// The client's side of the upgrade (RFC 6455 §4.1).
public struct WebSocketClientHandshake: Sendable {
  /// What came of it.
  public enum Outcome: Sendable {
    /// The empty line is not here yet.
    case needMore
    /// Frames follow, `rest` is the beginning of the peer's.
    case accepted(deflate: DeflateParameters?, rest: [UInt8])
    /// The answer is not the one to our request: its status, 0 when it is none at all.
    case failed(status: Int)
  }

  private enum State {
    case reading
    case done
  }

  /// The request to send.
  public let request: [UInt8]

  /// What we offer; a server that keeps no context costs us no memory.
  static let deflateOffer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

  private let key: String
  private let offersDeflate: Bool
  private let limits: WebSocketLimits
  private var state = State.reading
  private var head: [UInt8] = []

  /// A handshake to begin with.
  ///
  /// - Parameters:
  ///   - host: with the port, as a URI has it.
  ///   - path: of the WebSocket there.
  ///   - nonce: 16 random bytes.
  public init(
    host: String, path: String, nonce: (UInt64, UInt64), origin: String? = nil, offersDeflate: Bool = true,
    limits: WebSocketLimits = WebSocketLimits()
  ) {
    var bytes: [UInt8] = []
    for word in [nonce.0, nonce.1] {
      for index in (0..<8).reversed() { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(index)))) }
    }
    key = Base64.encode(bytes)
    self.offersDeflate = offersDeflate
    self.limits = limits
    var text =
      "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Protocol: \(WebSocketHandshake.subprotocol)\r\n"
    if let origin { text += "Origin: \(origin)\r\n" }
    if offersDeflate { text += "Sec-WebSocket-Extensions: \(Self.deflateOffer)\r\n" }
    request = Array((text + "\r\n").utf8)
  }

  /// Takes in what the stream brought. After an outcome other than `needMore` nothing more belongs here.
  public mutating func receive(_ bytes: Span<UInt8>) -> Outcome {
    guard case .reading = state else { return .needMore }
    let searched = head.count
    head.append(copying: bytes)
    let limit = min(head.count, limits.handshakeBytes)
    guard let end = HTTPHead.end(in: head.span.extracting(0..<limit), from: searched) else {
      if head.count < limits.handshakeBytes { return .needMore }
      return finish(.failed(status: 0))
    }
    guard let response = try? HTTPHead(head.span.extracting(0..<end), maximumFields: limits.handshakeHeaders) else {
      return finish(.failed(status: 0))
    }
    let rest = [UInt8](copying: head.span.extracting(end..<head.count))
    return finish(outcome(of: response, rest))
  }

  private mutating func finish(_ outcome: Outcome) -> Outcome {
    state = .done
    head = []
    return outcome
  }

  private func outcome(of response: HTTPHead, _ rest: [UInt8]) -> Outcome {
    let words = response.firstLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]), (100...599).contains(status) else {
      return .failed(status: 0)
    }
    guard status == 101, response.lists("websocket", in: "upgrade"), response.lists("upgrade", in: "connection"),
      response.single("sec-websocket-accept") == WebSocketHandshake.accept(key),
      response.single("sec-websocket-protocol") == WebSocketHandshake.subprotocol
    else { return .failed(status: status) }
    guard response.has("sec-websocket-extensions") else { return .accepted(deflate: nil, rest: rest) }
    guard offersDeflate, let agreed = DeflateNegotiation.answered(response.joined("sec-websocket-extensions")) else {
      return .failed(status: status)
    }
    return .accepted(deflate: agreed, rest: rest)
  }
}
