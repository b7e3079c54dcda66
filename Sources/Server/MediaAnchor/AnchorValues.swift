import OpenSSLCrypto
import Relay
import SDP
import SRTP
import Wire

/// A value for each of the two parties.
public struct BothSides<Value> {
  /// The caller's.
  public var caller: Value
  /// The callee's.
  public var callee: Value

  /// One for each.
  public init(caller: Value, callee: Value) {
    self.caller = caller
    self.callee = callee
  }

  /// The value of one of them.
  public subscript(side: RelaySide) -> Value {
    get { side == .caller ? caller : callee }
    set { if side == .caller { caller = newValue } else { callee = newValue } }
  }
}

extension BothSides: Sendable where Value: Sendable {}
extension BothSides: Equatable where Value: Equatable {}

/// Whether a call's media is encrypted on its way to and from us (DOMAIN §6 `media.srtp`).
public enum SRTPUse: Sendable, Hashable {
  /// It is, or the call is refused.
  case required
  /// Where a party can and its signalling may carry keys.
  case preferred
  /// Never.
  case off
}

/// How one party's messages reach us, or reach it: what may be said in them.
public struct AnchorLeg: Sendable, Hashable {
  /// Whether keys may stand in the description (DOMAIN §6): over TLS, secure WebSocket, or loopback.
  public var mayCarryKeys: Bool
  /// Whether the signalling is encrypted, so that whoever is there most likely knows SRTP.
  public var isSecure: Bool
  /// Where its messages come from, as the transport sees it.
  public var address: IPAddress
  /// Whether the party has said that it takes INFO requests (`Allow`), and so keys in them.
  public var takesInfo = false
  /// Whether there is another part of this node, the gateway, whose other side knows no SRTP of ours: its media is never
  /// encrypted, whatever is required of a phone's.
  public var isPlain: Bool

  /// A leg.
  public init(mayCarryKeys: Bool, isSecure: Bool, address: IPAddress, isPlain: Bool = false) {
    self.mayCarryKeys = mayCarryKeys
    self.isSecure = isSecure
    self.address = address
    self.isPlain = isPlain
  }
}

/// The transaction that a description travels in.
public struct AnchorCarrier: Sendable, Hashable {
  /// What a request of the dialog is, as far as it may carry a description (RFC 3264, RFC 6337 §2.2).
  public enum Method: UInt8, Sendable, Hashable { case invite, update, prack, other }

  /// Who sent the request.
  public var sender: RelaySide
  /// Its CSeq number.
  public var sequence: UInt32
  /// Its method; of an ACK, `invite`.
  public var method: Method

  /// A transaction.
  public init(_ method: Method, from sender: RelaySide, sequence: UInt32) {
    self.method = method
    self.sender = sender
    self.sequence = sequence
  }
}

/// A message with a description in it, or one that might have had one.
public enum AnchorMessage: Sendable, Hashable {
  /// The request of a transaction.
  case request(AnchorCarrier)
  /// A provisional or successful response to it.
  case response(AnchorCarrier, status: Int)
  /// The ACK of a successful INVITE.
  case ack(AnchorCarrier)

  /// The transaction.
  public var carrier: AnchorCarrier {
    switch self {
    case .request(let carrier), .response(let carrier, _), .ack(let carrier): carrier
    }
  }

  /// Whether it is a response.
  var isResponse: Bool { if case .response = self { true } else { false } }

  /// Who sent the message.
  public var sender: RelaySide {
    switch self {
    case .request(let carrier), .ack(let carrier): carrier.sender
    case .response(let carrier, _): carrier.sender.other
    }
  }
}

/// What a description is in the exchange.
public enum AnchorRole: Sendable, Equatable {
  /// An offer; these streams need ports before it can go on.
  case offer(missing: [Int])
  /// The answer to an offer that waits for one, or that answer once more.
  case answer
  /// Neither: it goes on with our addresses and changes nothing.
  case repetition
}

/// Why a description cannot go on.
public enum AnchorRefusal: Error, Sendable, Hashable {
  /// More streams than ``AnchorLimits/maxStreams``.
  case tooManyStreams
  /// More offers under way than ``AnchorLimits/maxExchanges``.
  case tooManyOffers
  /// SRTP is required, and no usable key was offered.
  case needsSRTP
  /// SRTP is required, and where the call goes no key may be said.
  case insecureNextHop
  /// A stream that is SRTP only has no key that may be used: none that is known, or said where everybody may listen.
  case noUsableKey
  /// A party that moves to the other address family.
  case addressFamily

  /// For the `Reason` header and records; nothing of the caller's is in it.
  public var text: String {
    switch self {
    case .tooManyStreams: "too many media streams"
    case .tooManyOffers: "too many offers at once"
    case .needsSRTP: "SRTP is required"
    case .insecureNextHop: "SRTP is required, and the next hop is not reached securely"
    case .noUsableKey: "no SRTP key that can be used here"
    case .addressFamily: "the address family of a stream cannot change"
    }
  }
}

/// Bounds of one call's media.
public enum AnchorLimits {
  /// `m=` lines with ports of ours.
  public static let maxStreams = 8
  /// Offers that wait for their answer: one of each party, and those of a few crossing transactions.
  public static let maxExchanges = 4
  /// Offerless INVITEs whose response may bring an offer.
  public static let maxOfferless = 4
}

/// Key and salt of one direction.
public struct AnchorKey: Sendable, Hashable {
  /// What it is for.
  public var suite: SRTPSuite
  /// Master key, then master salt.
  public var keySalt: SRTPKeySalt

  /// A key.
  public init(_ suite: SRTPSuite, _ keySalt: SRTPKeySalt) {
    self.suite = suite
    self.keySalt = keySalt
  }
}

/// Random bytes for the keys of one side of one stream: a key of its own for every suite.
public struct AnchorKeyMaterial: Sendable, CustomStringConvertible, CustomReflectable {
  /// How many bytes are needed.
  public static let byteCount = SRTPSuite.allCases.reduce(0) { $0 + $1.masterBytes }

  private var bytes: [UInt8]

  /// Takes ``byteCount`` random bytes; nil when there are fewer.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// Our key for a suite.
  func key(for suite: SRTPSuite) -> AnchorKey { AnchorKey(suite, SRTPKeySalt(Array(bytes[Self.range(of: suite)]))) }

  /// Our key for a suite is another one from now on. One that was in use and no longer is must not come back: whoever
  /// begins to send under it anew would number packets as before (RFC 3711 §9.1).
  mutating func replaceKey(for suite: SRTPSuite) {
    let range = Self.range(of: suite)
    let old = Array(bytes[range])
    let new = Digest.hash(.sha256, old + [0]) + Digest.hash(.sha256, old + [1])
    bytes.replaceSubrange(range, with: new.prefix(range.count))
  }

  private static func range(of suite: SRTPSuite) -> Range<Int> {
    var start = 0
    for each in SRTPSuite.allCases {
      if each == suite { break }
      start += each.masterBytes
    }
    return start..<(start + suite.masterBytes)
  }

  /// Always the same words.
  public var description: String { "(not shown)" }

  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The ports of one stream, opened.
public struct AnchorPorts: Sendable {
  /// Where each party is told to send to.
  public var endpoints: BothSides<SDP.RelayEndpoint>
  /// What our keys are made of.
  public var keys: BothSides<AnchorKeyMaterial>

  /// Ports.
  public init(endpoints: BothSides<SDP.RelayEndpoint>, keys: BothSides<AnchorKeyMaterial>) {
    self.endpoints = endpoints
    self.keys = keys
  }
}

/// One party of a stream, as the exchange has left it.
public struct AnchorPeer: Sendable, Equatable {
  /// Where it wants RTP; nil while it is on hold the old way (`0.0.0.0`), or named by a host name.
  public var rtp: SocketAddress?
  /// Where it wants RTCP; nil likewise.
  public var rtcp: SocketAddress?
  /// Whether RTCP shares RTP's port.
  public var isMultiplexed = false
  /// Which way media flows, as it said.
  public var direction = MediaDirection.sendrecv
  /// Its packets are protected by this key; nil: they are not.
  public var receiveKey: AnchorKey?
  /// What we send it is protected by this key; nil: it is not.
  public var sendKey: AnchorKey?
  /// Where its signalling comes from.
  public var signalledFrom: IPAddress?
  /// Its payload types, as far as it is known what they stand for.
  public var formats: [PayloadFormat] = []
  /// All of its payload types.
  public var payloadTypes: [UInt8] = []
  /// It speaks telephone events with us alone: the other party takes its keys by INFO.
  public var keyEvents: RelayKeyEvents?
  /// What it speaks, where the parties may have no codec in common.
  public var speech: RelaySpeech?

  /// Nobody yet.
  public init() {}

  /// The codec: what it likes best that is no companion of another.
  public var codec: RTPMap? { formats.first { !$0.isAuxiliary }?.map }
}

/// What the relay has to be told: the parties of a stream are these from now on.
public struct AnchorUpdate: Sendable, Equatable {
  /// Which `m=` line.
  public var stream: Int
  /// Its parties.
  public var peers: BothSides<AnchorPeer>

  /// An update.
  public init(stream: Int, peers: BothSides<AnchorPeer>) {
    self.stream = stream
    self.peers = peers
  }
}

extension RelayPeer {
  /// A party as the relay takes it. A key that makes no sense leaves a party that nothing is relayed to or from.
  public init(_ peer: AnchorPeer, learning: RelayLearning) {
    self.init(media: peer.rtp)
    control = peer.rtcp
    isMultiplexed = peer.isMultiplexed
    // Who has no address wants nothing: that is how phones of old held a call.
    direction = RelayDirection(sends: peer.direction.sends, receives: peer.direction.receives && peer.rtp != nil)
    signalledFrom = peer.signalledFrom
    self.learning = learning
    for type in peer.payloadTypes { payloadTypes.insert(type) }
    let clock = peer.codec?.clockRate
    let events = peer.formats.filter(\.isTelephoneEvent)
    if let event = events.first(where: { $0.map.clockRate == clock }) ?? events.first {
      telephoneEvent = event.payloadType
      telephoneEventClockRate = event.map.clockRate
    }
    keyEvents = peer.keyEvents
    speech = peer.speech
    if let codec = peer.codec { clockRate = codec.clockRate }
    guard let receive = peer.receiveKey, let send = peer.sendKey else { return }
    let keys = (try? SRTPMasterKey(receive)).flatMap { receive in
      (try? SRTPMasterKey(send)).map { RelayProtection(receive: receive, send: $0) }
    }
    protection = keys
    if keys == nil {
      media = nil
      direction = .inactive
    }
  }
}

extension SRTPMasterKey {
  fileprivate init(_ key: AnchorKey) throws(SRTPKeyError) {
    let bytes = key.keySalt.exposedBytes
    try self.init(key.suite, bytes: bytes.span)
  }
}
