import Relay
import SDP
import SRTP
import Wire

/// The media of one call that is relayed: what every description becomes on its way, and what the relay is told
/// (RFC 3264; RFC 6337 for which message may carry which).
///
///     idle ──offer(S)──▶ offered(S) ──answer(other)──▶ agreed ──offer──▶ …
///                            │  ▲                         │
///                            │  └── further answers of forks and 18x: the newest counts until the first 2xx
///                            └── failed(transaction): back to what was agreed before
///
/// Offers of both parties may cross; each is named by its transaction, so that the one that gets 491 takes nothing of
/// the other one along. Ports are opened by the driver between ``receive(_:_:from:)`` and ``rewrite(_:_:_:toward:)``, and
/// stay until the call ends: a stream that is refused keeps them for an offer that takes it up again.
///
/// Streams of RTP are relayed, in the clear or with keys from `a=crypto`. Streams with keys from DTLS and streams that are
/// no RTP go past the relay: their lines stay as they came, ICE and all.
public struct MediaAnchor: Sendable {
  /// One `m=` line that has, or had, ports of ours.
  struct Stream: Sendable {
    var ports: AnchorPorts?
    var peers = BothSides(caller: AnchorPeer(), callee: AnchorPeer())
    /// What each party has shown to speak, once it has.
    var profiles = BothSides<Profile?>(caller: nil, callee: nil)
    /// Suites under which something may have been sent with the keys that are offered now.
    var used = BothSides<[SRTPSuite]>(caller: [], callee: [])
  }

  /// How a party speaks of SRTP.
  enum Profile: Sendable {
    /// Not at all.
    case plain
    /// Keys in a description that says RTP/AVP (RFC 8643).
    case opportunistic
    /// RTP/SAVP.
    case secure
  }

  /// An offer and what has come of it.
  struct Exchange: Sendable {
    let carrier: AnchorCarrier
    /// Whether the offer came in a response.
    let isInResponse: Bool
    let offerer: RelaySide
    /// How the offer came.
    var leg: AnchorLeg
    var offer: SessionDescription
    /// The key that was chosen of those that the offerer offers, for each stream.
    var chosen: [CryptoAttribute?]
    /// What went on to the other party, for each stream.
    var forwarded: [Profile?]
    /// The telephone events that were added to what went on, for each stream.
    var addedEvents: [UInt8?] = []
    /// The codecs that were added to what went on, for each stream.
    var addedCodecs: [[RTPMap]] = []
    /// Streams whose ports were opened for it.
    var opened: [Int] = []
    /// What was agreed before its first answer.
    var before: [Stream]?
    /// The transaction whose 2xx, ACK or PRACK has brought the answer, so that later ones change nothing.
    var settledBy: AnchorCarrier?
    var isSettled: Bool { settledBy != nil }
  }

  /// Whether media is encrypted.
  public let srtp: SRTPUse
  var streams: [Stream] = []
  var exchanges: [Exchange] = []
  var offerless: [AnchorCarrier] = []
  var updates: [AnchorUpdate] = []
  /// Who takes keys by INFO: once said, it holds.
  var takesInfo = BothSides(caller: false, callee: false)

  /// Whether parties without a common codec are helped by transcoding.
  public let transcodes: Bool

  /// A call without media so far.
  public init(srtp: SRTPUse, transcodes: Bool = false) {
    self.srtp = srtp
    self.transcodes = transcodes
  }

  /// The streams that have ports.
  public var openStreams: [Int] { streams.indices.filter { streams[$0].ports != nil } }

  /// What is agreed of a stream; nil when it has no ports.
  public func peers(of stream: Int) -> BothSides<AnchorPeer>? {
    guard streams.indices.contains(stream), streams[stream].ports != nil else { return nil }
    return streams[stream].peers
  }

  /// What the relay has to be told, in this order; asked for after every event.
  public mutating func takeUpdates() -> [AnchorUpdate] {
    guard !updates.isEmpty else { return [] }
    defer { updates.removeAll() }
    return updates
  }

  // MARK: Events

  /// A message without a description: an INVITE whose response will bring the offer.
  public mutating func receivedNothing(_ message: AnchorMessage) {
    guard case .request(let carrier) = message, carrier.method == .invite, !offerless.contains(carrier) else { return }
    if offerless.count >= AnchorLimits.maxOfferless { offerless.removeFirst() }
    offerless.append(carrier)
  }

  /// A message with a description has come.
  ///
  /// - Parameter leg: how it came.
  /// - Returns: what it is. Before an offer goes on, the missing ports are to be opened (``opened(_:_:)``).
  /// - Throws: why the offer cannot go on; then nothing has changed.
  public mutating func receive(
    _ description: SessionDescription, _ message: AnchorMessage, from leg: AnchorLeg
  ) throws(AnchorRefusal) -> AnchorRole {
    if leg.takesInfo { takesInfo[message.sender] = true }
    if isAnswer(message) { return .answer }
    guard isOffer(message) else { return .repetition }
    guard description.media.count(where: isRelayed) == 0 || description.media.count <= AnchorLimits.maxStreams else {
      throw .tooManyStreams
    }
    let chosen = try chooseKeys(description, from: leg)
    let offerer = message.sender
    for media in description.media where isRelayed(media) {
      guard let family = Self.family(of: media), streams.indices.contains(media.index),
        let ports = streams[media.index].ports
      else { continue }
      guard ports.endpoints[offerer].address.isIPv4 == family else { throw .addressFamily }
    }
    if let index = exchange(offeredBy: message) {
      // The same offer once more: a retransmission, a 2xx after a reliable 18x, or another fork's.
      if exchanges[index].offer.media.count != description.media.count {
        exchanges[index].forwarded = [Profile?](repeating: nil, count: description.media.count)
      }
      exchanges[index].offer = description
      exchanges[index].leg = leg
      exchanges[index].chosen = chosen
    } else {
      // What has been settled is over when the next one begins.
      exchanges.removeAll { $0.isSettled }
      if exchanges.isEmpty { replaceFormerKeys() }
      guard exchanges.count < AnchorLimits.maxExchanges else { throw .tooManyOffers }
      exchanges.append(
        Exchange(
          carrier: message.carrier, isInResponse: message.isResponse, offerer: offerer, leg: leg, offer: description,
          chosen: chosen,
          forwarded: [Profile?](repeating: nil, count: description.media.count)))
    }
    let missing = description.media.filter(isRelayed).map(\.index).filter {
      !streams.indices.contains($0) || streams[$0].ports == nil
    }
    return .offer(missing: missing)
  }

  /// Whether a party's stream is reached over IPv4; nil when it does not say by an address.
  public static func family(of media: MediaDescription) -> Bool? { media.connection?.address?.isIPv4 }

  /// The ports of a stream are open.
  public mutating func opened(_ stream: Int, _ ports: AnchorPorts, for message: AnchorMessage) {
    guard stream >= 0, stream < AnchorLimits.maxStreams else { return }
    while streams.count <= stream { streams.append(Stream()) }
    streams[stream] = Stream()
    streams[stream].ports = ports
    if let index = exchange(offeredBy: message) {
      exchanges[index].opened.append(stream)
    }
  }

  /// The transaction has failed: what its offer wanted is forgotten (RFC 3261 §14.1, RFC 3311 §5.1).
  public mutating func failed(_ carrier: AnchorCarrier) {
    offerless.removeAll { $0 == carrier }
    while let index = exchanges.firstIndex(where: { $0.carrier == carrier && !$0.isSettled }) {
      let exchange = exchanges.remove(at: index)
      if let before = exchange.before {
        for (number, stream) in before.enumerated() where stream.ports != nil {
          guard streams.indices.contains(number), streams[number].ports != nil else { continue }
          streams[number].profiles = stream.profiles
          setPeers(stream.peers, of: number)
        }
      }
      for stream in exchange.opened { clear(stream) }
    }
  }

  // MARK: Within

  /// Whether a description answers an offer of the other party.
  func isAnswer(_ message: AnchorMessage) -> Bool { exchange(answeredBy: message) != nil }

  /// The offer that a message has brought.
  func exchange(offeredBy message: AnchorMessage) -> Int? {
    exchanges.lastIndex { $0.carrier == message.carrier && $0.isInResponse == message.isResponse }
  }

  /// The offer that a message answers.
  func exchange(answeredBy message: AnchorMessage) -> Int? {
    switch message {
    case .response(let carrier, _):
      exchanges.lastIndex { $0.carrier == carrier && !$0.isInResponse }
    case .ack(let carrier):
      exchanges.lastIndex { $0.carrier == carrier && $0.isInResponse }
    case .request(let carrier):
      // A PRACK answers what the reliable 18x of an INVITE without offer has offered (RFC 3262 §5).
      carrier.method == .prack
        ? exchanges.lastIndex {
          $0.isInResponse && $0.offerer != carrier.sender && $0.carrier.sender == carrier.sender
            && (!$0.isSettled || $0.settledBy == carrier)
        } : nil
    }
  }

  private func isOffer(_ message: AnchorMessage) -> Bool {
    switch message {
    case .request: true
    case .response(let carrier, _): offerless.contains(carrier)
    case .ack: false
    }
  }

  /// Whether a stream goes over the relay.
  func isRelayed(_ media: MediaDescription) -> Bool {
    media.port != 0 && media.transport.isRTP && !media.transport.usesDTLS
  }

  mutating func setPeers(_ peers: BothSides<AnchorPeer>, of stream: Int) {
    guard streams[stream].peers != peers else { return }
    streams[stream].peers = peers
    for side in RelaySide.allCases {
      guard let suite = peers[side].sendKey?.suite, !streams[stream].used[side].contains(suite) else { continue }
      streams[stream].used[side].append(suite)
    }
    updates.append(AnchorUpdate(stream: stream, peers: peers))
  }

  /// Before another offer: keys that are in use no more make room for others.
  private mutating func replaceFormerKeys() {
    for number in streams.indices {
      for side in RelaySide.allCases {
        let current = streams[number].peers[side].sendKey?.suite
        for suite in streams[number].used[side] where suite != current {
          streams[number].ports?.keys[side].replaceKey(for: suite)
        }
        streams[number].used[side].removeAll { $0 != current }
      }
    }
  }

  /// A stream is out of use. Its ports stay, for an offer that takes it up again.
  mutating func clear(_ stream: Int) {
    guard streams.indices.contains(stream), streams[stream].ports != nil else { return }
    var nobody = AnchorPeer()
    nobody.direction = .inactive
    streams[stream].profiles = BothSides(caller: nil, callee: nil)
    setPeers(BothSides(caller: nobody, callee: nobody), of: stream)
  }

  /// The keys to answer the offerer with, for each stream.
  private func chooseKeys(
    _ offer: SessionDescription, from leg: AnchorLeg
  ) throws(AnchorRefusal) -> [CryptoAttribute?] {
    var chosen: [CryptoAttribute?] = []
    for media in offer.media {
      var key: CryptoAttribute?
      if isRelayed(media) {
        if srtp != .off, leg.mayCarryKeys, !leg.isPlain {
          key = media.attributes.valid(CryptoAttribute.self).first { $0.isPlain && SRTPSuite(sdp: $0.suite) != nil }
        }
        if key == nil, srtp == .required, !leg.isPlain { throw .needsSRTP }
        if key == nil, media.transport.isSecure { throw .noUsableKey }
      }
      chosen.append(key)
    }
    return chosen
  }
}

extension SRTPSuite {
  /// The suite that an `a=crypto` names; nil for one that is not spoken here.
  init?(sdp suite: CryptoSuite) { self.init(name: suite.canonical.name) }
}
