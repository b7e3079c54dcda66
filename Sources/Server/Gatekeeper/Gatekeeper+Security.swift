import Admissions
import Guard
import H225
import OpenSSLCrypto
import PER
import Wire

/// Whether a message is proven to be from whom it seems to be, by H.235.1.
enum Integrity: Sendable, Hashable {
  /// The entry has no password.
  case notWanted
  /// It is.
  case authentic
  /// It is not; why.
  case failed(String)

  var isFailed: Bool {
    if case .failed = self { return true }
    return false
  }

  var fault: String? {
    if case .failed(let fault) = self { return fault }
    return nil
  }
}

extension Gatekeeper {
  /// Checks H.235.1 where the entry has a password (H.235.1 §7, §14): the names of both sides, the time, the hash, and that it
  /// has not come before.
  mutating func integrity(of incoming: Incoming, _ entry: Guardian, knownAs identifier: String?) -> Integrity {
    guard let password = entry.h235Password else { return .notWanted }
    guard let token = H2351.hashedToken(in: incoming.message.cryptoTokens) else { return .failed("h235Missing") }
    let values = token.hashedVals
    guard let sender = values.sendersID?.text,
      sender == identifier || sender == entry.id || entry.aliases.contains(sender)
    else { return .failed("h235Sender") }
    var isDiscovery = false
    if case .gatekeeperRequest = incoming.message { isDiscovery = true }
    // Who asks whether there is a gatekeeper cannot know what it is called.
    guard isDiscovery || values.generalID == configuration.identifier else { return .failed("h235Receiver") }
    guard let seconds = values.timeStamp else { return .failed("h235Time") }
    let time = UTCTimestamp(seconds: Int64(seconds))
    guard time.distance(from: incoming.moment.clock) <= H2351Password.tolerance,
      time.seconds >= rememberingSince.seconds
    else { return .failed("h235Time") }
    guard H2351Password(password.exposedText).isAuthentic(incoming.octets.span, token: token) else {
      return .failed("h235Hash")
    }
    let digest = Digest.sha256(incoming.octets.span)
    guard !isSpent(digest, now: incoming.moment.now) else { return .failed("h235Replay") }
    guard spend(digest, now: incoming.moment.now) else { return .failed("memoryFull") }
    return .authentic
  }

  /// A message as it goes out: sealed for an entry that has a password. Nil when it cannot be written.
  mutating func encoded(
    _ message: RasMessage, sealedFor entry: Guardian?, to endpoint: String?, _ moment: Moment
  ) -> [UInt8]? {
    guard let entry, let password = entry.h235Password else { return try? message.encoded() }
    let first = draw()
    let second = draw()
    var placeholder: [UInt8] = []
    for word in [first.0, second.0] {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        placeholder.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    let receiver = BMPString(endpoint ?? entry.aliases.first ?? entry.id)
    return H2351Password(password.exposedText).seal(
      message, sendersID: configuration.identifier, generalID: receiver, time: moment.clock, random: drawnCount,
      placeholder: Array(placeholder.prefix(H2351.hashOctets)))
  }

  /// What is wrong with an admission token, for one entry; nil: it holds. It is not spent by this.
  mutating func fault(
    of token: SignedAdmissionToken, _ entry: Guardian, at moment: Moment
  ) -> String? {
    guard let key = entry.key else { return "tokenKey" }
    guard token.isFresh(at: moment.clock), token.token.timestamp.seconds >= rememberingSince.seconds else {
      return "tokenTime"
    }
    guard token.isSigned(by: key) else { return "tokenSignature" }
    return isSpent(token.digest, now: moment.now) ? "tokenReplay" : nil
  }

  mutating func isSpent(_ digest: Digest32, now: Instant) -> Bool {
    spent.turn(now: now)
    return spent.value(for: digest) != nil
  }

  /// Remembers it; false: there is no room, and what cannot be remembered may not be used.
  mutating func spend(_ digest: Digest32, now: Instant) -> Bool {
    spent.update(digest, now: now) { $0 = true } != nil
  }

  /// Where the answer to a request goes that names an address: there when it is on the host the datagram came from.
  func answerAddress(_ named: TransportAddress?, _ source: SocketAddress) -> SocketAddress {
    guard let address = named?.socketAddress, address.ip == source.ip, address.port != 0 else { return source }
    return address
  }

  /// The endpoint that a message is from: its identifier, and where it registered from.
  func endpoint(_ identifier: BMPString?, from source: SocketAddress) -> GatekeeperEndpoint? {
    guard let identifier, let endpoint = endpointsByIdentifier[identifier.text],
      source == endpoint.source || source == endpoint.rasAddress
    else { return nil }
    return endpoint
  }
}

extension Guardian {
  /// Whether it may come from there without proof: one of its networks, loopback when it has none.
  func mayCome(from ip: IPAddress) -> Bool {
    networks.isEmpty ? ip.isLoopback : networks.contains { $0.contains(ip) }
  }
}

extension Registry {
  /// The guardian with that alias or id.
  func guardian(named name: String) -> Guardian? { guardian(alias: name) ?? guardian(id: name) }
}

extension AliasAddress {
  /// Whether it is of a later version, or none that is read here.
  var isUnknown: Bool {
    if case .other = self { return true }
    return false
  }

  /// The alias as a text: digits, a name, the user of a URL or an e-mail address where the host is one of these domains.
  /// Nil for what is no text.
  func name(in domains: [String]) -> String? {
    switch self {
    case .dialledDigits(let digits): digits
    case .h323ID(let name): Self.user(of: name.text, domains)
    case .urlID(let url): Self.user(of: url, domains)
    case .emailID(let address): Self.user(of: address, domains)
    case .partyNumber(.e164Number(let number)): number.publicNumberDigits
    case .partyNumber(.privateNumber(let number)): number.privateNumberDigits
    case .partyNumber, .transportID, .other: nil
    }
  }

  private static func user(of text: String, _ domains: [String]) -> String {
    var rest = text[...]
    for scheme in ["h323:", "sip:", "sips:"] where rest.hasPrefix(scheme) {
      rest = rest.dropFirst(scheme.count)
      break
    }
    guard let at = rest.lastIndex(of: "@") else { return String(rest) }
    let host = rest[rest.index(after: at)...].lowercased()
    return domains.contains(host) ? String(rest[..<at]) : String(rest)
  }
}
