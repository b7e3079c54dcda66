import Wire

/// What both ends agreed upon for permessage-deflate (RFC 7692 §7.1).
public struct DeflateParameters: Sendable, Hashable {
  /// Whether the server compresses a message with what it remembers of those before.
  public var serverKeepsContext = true
  /// The same for the client.
  public var clientKeepsContext = true
  /// How far back the server refers: 2 to that many bytes.
  public var serverWindowBits = 15
  /// The same for the client.
  public var clientWindowBits = 15

  /// The parameters of an extension without parameters.
  public init() {}

  /// Whether either end keeps its context, so that a codec cannot be shared.
  var keepsContext: Bool { serverKeepsContext || clientKeepsContext }
}

/// What a server wants of permessage-deflate.
public struct DeflatePolicy: Sendable, Hashable {
  /// Whether contexts are kept: better compression, for some 300 kB of memory per connection.
  public var keepsContext = false
  /// How far back anybody may refer, 9 to 15.
  public var windowBits = 15

  /// Contexts are not kept, so that idle connections cost nothing.
  public init() {}
}

/// Reads offers and answers of extensions (RFC 6455 §9.1).
enum DeflateNegotiation {
  /// Accepts the first offer of permessage-deflate that we can do (RFC 7692 §5, §7.1).
  ///
  /// - Returns: what is agreed upon, and the value of `Sec-WebSocket-Extensions` that says so; `nil` for none.
  static func accept(
    offers: String, _ policy: DeflatePolicy, maximumOffers: Int
  ) -> (DeflateParameters, answer: String)? {
    for offer in HeaderText.list(offers).prefix(maximumOffers) {
      if let accepted = accept(offer: offer, policy) { return accepted }
    }
    return nil
  }

  private static func accept(
    offer: String, _ policy: DeflatePolicy
  ) -> (DeflateParameters, answer: String)? {
    guard let offered = parameters(offer) else { return nil }
    var agreed = DeflateParameters()
    var answer = ["permessage-deflate"]
    agreed.serverKeepsContext = policy.keepsContext
    agreed.clientKeepsContext = policy.keepsContext
    var clientMayBeLimited = false
    for (name, value) in offered {
      switch name {
      case "server_no_context_takeover":
        guard value == nil else { return nil }
        agreed.serverKeepsContext = false
      case "client_no_context_takeover":
        guard value == nil else { return nil }
        agreed.clientKeepsContext = false
      case "server_max_window_bits":
        // zlib cannot keep to 8 bits.
        guard let bits = windowBits(value), bits >= 9 else { return nil }
        agreed.serverWindowBits = bits
      case "client_max_window_bits":
        if value != nil {
          guard let bits = windowBits(value) else { return nil }
          agreed.clientWindowBits = bits
        }
        clientMayBeLimited = true
      default: return nil
      }
    }
    let wasServerLimited = agreed.serverWindowBits < 15
    agreed.serverWindowBits = min(agreed.serverWindowBits, policy.windowBits)
    // A client that did not offer it may use a whole window (§7.1.2.2), which our inflater always has.
    if clientMayBeLimited { agreed.clientWindowBits = min(agreed.clientWindowBits, policy.windowBits) }
    if !agreed.serverKeepsContext { answer.append("server_no_context_takeover") }
    if !agreed.clientKeepsContext { answer.append("client_no_context_takeover") }
    if wasServerLimited || agreed.serverWindowBits < 15 {
      answer.append("server_max_window_bits=\(agreed.serverWindowBits)")
    }
    if clientMayBeLimited, agreed.clientWindowBits < 15 {
      answer.append("client_max_window_bits=\(agreed.clientWindowBits)")
    }
    return (agreed, answer.joined(separator: "; "))
  }

  /// What a server answered to the offer of ours, which is ``WebSocketClientHandshake/deflateOffer``.
  ///
  /// - Returns: `nil` when it is no answer to that.
  static func answered(_ answer: String) -> DeflateParameters? {
    guard HeaderText.list(answer).count == 1, let parameters = parameters(answer) else { return nil }
    var agreed = DeflateParameters()
    // What we keep is ours to decide; the server has to grant what we asked of it (RFC 7692 §7.1.1.1).
    agreed.clientKeepsContext = false
    for (name, value) in parameters {
      switch name {
      case "server_no_context_takeover" where value == nil: agreed.serverKeepsContext = false
      case "client_no_context_takeover" where value == nil: break
      case "server_max_window_bits":
        guard let bits = windowBits(value) else { return nil }
        agreed.serverWindowBits = bits
      case "client_max_window_bits":
        guard let bits = windowBits(value), bits >= 9 else { return nil }
        agreed.clientWindowBits = bits
      default: return nil
      }
    }
    return agreed.serverKeepsContext ? nil : agreed
  }

  /// The parameters of an offer of permessage-deflate, none of them twice; `nil` for another extension.
  private static func parameters(_ offer: String) -> [(name: String, value: String?)]? {
    let parts = offer.split(separator: ";", omittingEmptySubsequences: false).map(HeaderText.trimmed)
    guard let first = parts.first, HeaderText.lowercased(first) == "permessage-deflate" else { return nil }
    var found: [(name: String, value: String?)] = []
    for part in parts.dropFirst() {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = HeaderText.lowercased(HeaderText.trimmed(sides.first ?? ""))
      guard !found.contains(where: { $0.name == name }) else { return nil }
      var value = sides.count > 1 ? HeaderText.trimmed(sides[1]) : nil
      if let quoted = value, quoted.count >= 2, quoted.hasPrefix("\""), quoted.hasSuffix("\"") {
        value = String(quoted.dropFirst().dropLast())
      }
      found.append((name, value))
    }
    return found
  }

  /// 8 to 15, without leading zeros.
  private static func windowBits(_ value: String?) -> Int? {
    guard let value, !value.hasPrefix("0"), let bits = Decimal.parse(Array(value.utf8).span, maximum: 15), bits >= 8
    else { return nil }
    return Int(bits)
  }
}
