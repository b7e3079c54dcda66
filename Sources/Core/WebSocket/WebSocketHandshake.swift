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
    case refused(response: [UInt8], status: Int)
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
      return finish(.refused(Refusal(431, "Request Header Fields Too Large", "The request is too long.")))
    }
    let rest = [UInt8](copying: head.span.extracting(end..<head.count))
    do throws(Refusal) {
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

  private func answer(_ bytes: Span<UInt8>) throws(Refusal) -> ([UInt8], DeflateParameters?) {
    let request: HTTPHead
    do throws(HTTPHead.Fault) {
      request = try HTTPHead(bytes, maximumFields: policy.limits.handshakeHeaders)
    } catch {
      switch error {
      case .malformed: throw Refusal(400, "Bad Request", "This is no HTTP/1.1 request.")
      case .tooManyFields:
        throw Refusal(431, "Request Header Fields Too Large", "The request has too many header fields.")
      }
    }
    let host = try checkRequestLine(request)
    let key = try checkUpgrade(request)
    guard request.fields.filter({ $0.name == "origin" }).count <= 1,
      policy.origins.allows(request.single("origin"), host: host)
    else { throw Refusal(403, "Forbidden", "Pages of this origin may not connect here.") }
    guard HeaderText.list(request.joined("sec-websocket-protocol")).contains(Self.subprotocol) else {
      throw Refusal(400, "Bad Request", "Only the subprotocol sip is spoken here (Sec-WebSocket-Protocol).")
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
  private func checkRequestLine(_ request: HTTPHead) throws(Refusal) -> String {
    let words = request.firstLine.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2].hasPrefix("HTTP/") else {
      throw Refusal(400, "Bad Request", "This is no HTTP/1.1 request.")
    }
    guard words[2] == "HTTP/1.1" else {
      throw Refusal(505, "HTTP Version Not Supported", "Only HTTP/1.1 is spoken here.")
    }
    guard words[0] == "GET" else {
      throw Refusal(405, "Method Not Allowed", "Only GET can be upgraded.", headers: ["Allow: GET"])
    }
    guard words[1].prefix(while: { $0 != "?" }) == policy.path else {
      throw Refusal(404, "Not Found", "There is no WebSocket at this path.")
    }
    guard let host = request.single("host"), !host.isEmpty else {
      throw Refusal(400, "Bad Request", "The header field Host is missing, or there are two.")
    }
    guard !request.has("transfer-encoding"), !request.has("content-length") || request.single("content-length") == "0"
    else { throw Refusal(400, "Bad Request", "A request for an upgrade has no content.") }
    return host
  }

  /// The header fields of the upgrade (§4.2.1). Returns the key as it was written.
  private func checkUpgrade(_ request: HTTPHead) throws(Refusal) -> String {
    guard request.lists("websocket", in: "upgrade"), request.lists("upgrade", in: "connection") else {
      throw Refusal(
        426, "Upgrade Required", "Only WebSocket is spoken here.",
        headers: ["Upgrade: websocket", "Connection: Upgrade"])
    }
    guard request.single("sec-websocket-version") == "13" else {
      throw Refusal(
        426, "Upgrade Required", "Only version 13 of WebSocket is spoken here.",
        headers: ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"])
    }
    guard let key = request.single("sec-websocket-key"), let bytes = try? Base64.decode(key), bytes.count == 16 else {
      throw Refusal(400, "Bad Request", "Sec-WebSocket-Key is not 16 bytes in base64.")
    }
    return key
  }

  /// The answer to a key (§4.2.2 item 5.4).
  static func accept(_ key: String) -> String {
    Base64.encode(Digest.hash(.sha1, Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
  }
}

/// A refusal of an upgrade.
private struct Refusal: Error {
  let status: Int
  let response: [UInt8]

  init(_ status: Int, _ phrase: String, _ sentence: String, headers: [String] = []) {
    self.status = status
    var text = "HTTP/1.1 \(status) \(phrase)\r\n"
    for header in headers { text += "\(header)\r\n" }
    if !headers.contains(where: { $0.hasPrefix("Connection:") }) { text += "Connection: close\r\n" }
    text += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(sentence.utf8.count + 1)\r\n\r\n\(sentence)\n"
    response = Array(text.utf8)
  }
}

extension WebSocketHandshake.Outcome {
  fileprivate static func refused(_ refusal: Refusal) -> Self {
    .refused(response: refusal.response, status: refusal.status)
  }
}
