import OpenSSLCrypto
import Wire

/// The server's side of the upgrade from HTTP/1.1 to WebSocket (RFC 6455 §4.2) with the subprotocol `sip` (RFC 7118 §4).
///
/// ```
///                     the empty line      ┌──► accepted
///   .reading ─────────────────────────────┤
///      │ too many bytes                   └──► refused
///      └──────────────────────────────────────────┘
/// ```
public struct WebSocketHandshake: Sendable {
  /// What a request must fit.
  public struct Policy: Sendable {
    /// The path of the request's target; what stands behind a `?` is not looked at.
    public var path = "/sip"
    /// Whose pages may.
    public var origins = WebSocketOrigins()
    /// What we want of permessage-deflate; `nil` when we do not do it.
    public var deflate: DeflatePolicy? = DeflatePolicy()
    /// How long the request may be.
    public var limits = WebSocketLimits()

    /// The defaults.
    public init() {}
  }

  /// What came of it.
  public enum Outcome: Sendable {
    /// The empty line is not here yet.
    case needMore
    /// Send the response; frames follow, `rest` is the beginning of the peer's.
    case accepted(response: [UInt8], deflate: DeflateParameters?, rest: [UInt8])
    /// Send the response and close.
    case refused(response: [UInt8], WebSocketRefusal)
  }

  private enum State {
    case reading
    case done
  }

  /// The subprotocol's name.
  public static let subprotocol = "sip"

  private let policy: Policy
  private var state = State.reading
  private var head: [UInt8] = []

  /// A handshake that has seen nothing.
  public init(_ policy: Policy) { self.policy = policy }

  /// Takes in what the stream brought. After an outcome other than `needMore` nothing more belongs here.
  public mutating func receive(_ bytes: Span<UInt8>) -> Outcome {
    guard case .reading = state else { return .needMore }
    let searched = head.count
    head.append(copying: bytes)
    let limit = min(head.count, policy.limits.handshakeBytes)
    guard let end = HTTPHead.end(in: head.span.extracting(0..<limit), from: searched) else {
      if head.count < policy.limits.handshakeBytes { return .needMore }
      return finish(.refused(.tooLong))
    }
    let rest = [UInt8](copying: head.span.extracting(end..<head.count))
    do throws(WebSocketRefusal) {
      let (response, deflate) = try answer(head.span.extracting(0..<end))
      return finish(.accepted(response: response, deflate: deflate, rest: rest))
    } catch {
      return finish(.refused(error))
    }
  }

  private mutating func finish(_ outcome: Outcome) -> Outcome {
    state = .done
    head = []
    return outcome
  }

  // MARK: The request

  private func answer(_ bytes: Span<UInt8>) throws(WebSocketRefusal) -> ([UInt8], DeflateParameters?) {
    let request: HTTPHead
    do throws(HTTPHead.Fault) {
      request = try HTTPHead(bytes, maximumFields: policy.limits.handshakeHeaders)
    } catch {
      switch error {
      case .malformed: throw .malformed
      case .tooManyFields: throw .tooManyFields
      }
    }
    let host = try checkRequestLine(request)
    let key = try checkUpgrade(request)
    guard request.fields.filter({ $0.name == "origin" }).count <= 1,
      policy.origins.allows(request.single("origin"), host: host)
    else { throw .origin }
    guard HeaderText.list(request.joined("sec-websocket-protocol")).contains(Self.subprotocol) else {
      throw .subprotocol
    }
    let agreed = policy.deflate.flatMap {
      DeflateNegotiation.accept(
        offers: request.joined("sec-websocket-extensions"), $0, maximumOffers: policy.limits.extensionOffers)
    }
    var response =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Accept: \(Self.accept(key))\r\nSec-WebSocket-Protocol: \(Self.subprotocol)\r\n"
    if let agreed { response += "Sec-WebSocket-Extensions: \(agreed.answer)\r\n" }
    return (Array((response + "\r\n").utf8), agreed?.0)
  }

  /// The request line, Host, and that there is no body. Returns the host.
  private func checkRequestLine(_ request: HTTPHead) throws(WebSocketRefusal) -> String {
    let words = request.firstLine.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2].hasPrefix("HTTP/") else {
      throw .malformed
    }
    guard words[2] == "HTTP/1.1" else {
      throw .httpVersion
    }
    guard words[0] == "GET" else {
      throw .method
    }
    guard words[1].prefix(while: { $0 != "?" }) == policy.path else {
      throw .path
    }
    guard let host = request.single("host"), !host.isEmpty else {
      throw .host
    }
    guard !request.has("transfer-encoding"), !request.has("content-length") || request.single("content-length") == "0"
    else { throw .content }
    return host
  }

  /// The header fields of the upgrade (§4.2.1). Returns the key as it was written.
  private func checkUpgrade(_ request: HTTPHead) throws(WebSocketRefusal) -> String {
    guard request.lists("websocket", in: "upgrade"), request.lists("upgrade", in: "connection") else {
      throw .upgrade
    }
    guard request.single("sec-websocket-version") == "13" else {
      throw .version
    }
    guard let key = request.single("sec-websocket-key"), let bytes = try? Base64.decode(key), bytes.count == 16 else {
      throw .key
    }
    return key
  }

  /// The answer to a key (§4.2.2 item 5.4).
  static func accept(_ key: String) -> String {
    Base64.encode(Digest.hash(.sha1, Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
  }
}

extension WebSocketHandshake.Outcome {
  fileprivate static func refused(_ refusal: WebSocketRefusal) -> Self {
    .refused(response: refusal.response, refusal)
  }
}
