import Relay
import SDP
import SRTP
import Wire

// What descriptions become.
extension MediaAnchor {
  /// What becomes of one `m=` line.
  private enum Treatment {
    /// It goes past the relay, or is out of use.
    case leave
    /// It goes over the relay.
    case relay(SDP.RelayEndpoint, transport: String?, crypto: [CryptoAttribute])
    /// It is taken out of use.
    case refuse
  }

  /// The description as it goes on to the other party, and what has come of it: an answer changes what the relay is told.
  ///
  /// May be called several times for one offer: once for every place it goes to.
  ///
  /// - Parameters:
  ///   - role: what ``receive(_:_:from:)`` said, all ports opened.
  ///   - leg: how it goes on.
  /// - Throws: why it cannot go there.
  public mutating func rewrite(
    _ description: SessionDescription, _ role: AnchorRole, _ message: AnchorMessage, toward leg: AnchorLeg,
    from source: AnchorLeg
  ) throws(AnchorRefusal) -> [UInt8] {
    let receiver = message.sender.other
    switch role {
    case .offer:
      guard let index = exchange(offeredBy: message), exchanges[index].offer == description else { break }
      return try rewriteOffer(description, of: index, toward: leg, receiver)
    case .answer:
      guard let index = exchange(answeredBy: message) else { break }
      return rewriteAnswer(description, to: index, message, from: source, receiver)
    case .repetition: break
    }
    let treatments = description.media.map { media -> Treatment in
      guard isRelayed(media) else { return .leave }
      return endpoint(media.index, receiver).map { .relay($0, transport: nil, crypto: []) } ?? .refuse
    }
    return rewritten(description, treatments, receiver)
  }

  // MARK: Offers

  private mutating func rewriteOffer(
    _ offer: SessionDescription, of index: Int, toward leg: AnchorLeg, _ receiver: RelaySide
  ) throws(AnchorRefusal) -> [UInt8] {
    if srtp == .required, !leg.mayCarryKeys, !leg.isPlain, offer.media.contains(where: isRelayed) {
      throw .insecureNextHop
    }
    var treatments: [Treatment] = []
    for media in offer.media {
      guard isRelayed(media) else {
        treatments.append(.leave)
        continue
      }
      guard let endpoint = endpoint(media.index, receiver), let ports = streams[media.index].ports else {
        treatments.append(.refuse)
        continue
      }
      let profile = self.profile(of: media, for: receiver, leg)
      exchanges[index].forwarded[media.index] = profile
      let crypto = profile == .plain ? [] : offered(ports.keys[receiver])
      treatments.append(
        .relay(endpoint, transport: Self.transport(of: media, profile), crypto: crypto))
    }
    return rewritten(withEvents(withCodecs(offer, of: index), of: index), treatments, receiver)
  }

  /// How a stream is offered to a party: as it has spoken before, else as well as its signalling allows.
  private func profile(of media: MediaDescription, for receiver: RelaySide, _ leg: AnchorLeg) -> Profile {
    guard srtp != .off, leg.mayCarryKeys, !leg.isPlain else { return .plain }
    if srtp == .required { return .secure }
    if let known = streams[media.index].profiles[receiver] { return known }
    // Who insists on SRTP and speaks over TLS meets others that do. Elsewhere nobody is to fail for its sake (RFC 8643).
    return media.transport.isSecure && leg.isSecure ? .secure : .opportunistic
  }

  /// Our keys in an offer, the suite that every phone knows first.
  private func offered(_ material: AnchorKeyMaterial) -> [CryptoAttribute] {
    let suites: [SRTPSuite] = [.aesCM128HMACSHA1Tag80, .aeadAES256GCM, .aesCM256HMACSHA1Tag80]
    return suites.enumerated().compactMap { place, suite in
      CryptoAttribute(
        tag: UInt32(place + 1), suite: CryptoSuite(suite.name), key: material.key(for: suite).keySalt)
    }
  }

  /// The words for the protocol where they change.
  private static func transport(of media: MediaDescription, _ profile: Profile) -> String? {
    let wanted: TransportProtocol =
      if profile == .secure {
        media.transport.hasFeedback ? .rtpSAVPF : .rtpSAVP
      } else {
        media.transport.hasFeedback ? .rtpAVPF : .rtpAVP
      }
    return wanted == media.transport ? nil : wanted.text
  }

  // MARK: Answers

  private mutating func rewriteAnswer(
    _ answer: SessionDescription, to index: Int, _ message: AnchorMessage, from leg: AnchorLeg, _ receiver: RelaySide
  ) -> [UInt8] {
    let exchange = exchanges[index]
    let counts = !exchange.isSettled
    if counts, exchange.before == nil { exchanges[index].before = streams }
    let isFinal =
      switch message {
      case .response(_, let status): status >= 200
      case .request, .ack: true
      }
    var treatments: [Treatment] = []
    var closing: [Int] = []
    var taken: [Int: BothSides<AnchorPeer>] = [:]
    for media in answer.media {
      let number = media.index
      // An answer has a line for each of the offer's; what is beyond was never asked for.
      guard number < exchange.offer.media.count else {
        treatments.append(media.port == 0 ? .leave : .refuse)
        continue
      }
      let offered = exchange.offer.media[number]
      guard isRelayed(offered) else {
        // What was not offered as a stream of RTP, or not at all, cannot be taken as one.
        treatments.append(isRelayed(media) ? .refuse : .leave)
        continue
      }
      guard isRelayed(media), let endpoint = endpoint(number, receiver), let ports = streams[number].ports,
        let peers = agreed(media, offered, ports, exchange, leg)
      else {
        treatments.append(media.port == 0 ? .leave : .refuse)
        if isFinal { closing.append(number) }
        continue
      }
      var crypto: [CryptoAttribute] = []
      if let chosen = exchange.chosen[number], let suite = SRTPSuite(sdp: chosen.suite),
        let own = CryptoAttribute(
          tag: chosen.tag, suite: chosen.suite, key: ports.keys[exchange.offerer].key(for: suite).keySalt)
      {
        crypto = [own]
      }
      treatments.append(.relay(endpoint, transport: offered.transportText, crypto: crypto))
      taken[number] = peers
      guard counts else { continue }
      note(peers, offered, exchange, number)
    }
    if counts, isFinal {
      exchanges[index].settledBy = message.carrier
      offerless.removeAll { $0 == exchange.carrier }
      // A line of the offer that the answer lacks is refused as well.
      for number in answer.media.count..<max(answer.media.count, exchange.offer.media.count) { closing.append(number) }
      for number in closing { clear(number) }
      for (number, media) in exchange.offer.media.enumerated() where media.port == 0 { clear(number) }
    }
    return rewritten(
      withEvents(withCodecs(answer, to: exchange, taken), to: exchange, taken), treatments, receiver)
  }

  /// The parties of a stream by offer and answer; nil when the answerer does not take what it was offered.
  private func agreed(
    _ answer: MediaDescription, _ offer: MediaDescription, _ ports: AnchorPorts, _ exchange: Exchange, _ leg: AnchorLeg
  ) -> BothSides<AnchorPeer>? {
    let answerer = exchange.offerer.other
    var offering = Self.peer(offer, exchange.leg)
    var answering = Self.peer(answer, leg)
    let isMultiplexed = offer.offersRTCPMux && answer.offersRTCPMux
    offering.isMultiplexed = isMultiplexed
    answering.isMultiplexed = isMultiplexed
    if let chosen = exchange.chosen[offer.index], let suite = SRTPSuite(sdp: chosen.suite), let key = chosen.keys.first
    {
      offering.receiveKey = AnchorKey(suite, key.keySalt)
      offering.sendKey = ports.keys[exchange.offerer].key(for: suite)
    }
    // Of several places that an offer went to, those without secure signalling got no keys.
    let forwarded = leg.mayCarryKeys ? exchange.forwarded[offer.index] ?? .plain : .plain
    if forwarded != .plain {
      let ours = offered(ports.keys[answerer])
      let taken = answer.attributes.valid(CryptoAttribute.self).first { crypto in
        crypto.isPlain && ours.contains { $0.tag == crypto.tag && $0.suite == crypto.suite.canonical }
      }
      if let taken, let suite = SRTPSuite(sdp: taken.suite), let key = taken.keys.first {
        answering.receiveKey = AnchorKey(suite, key.keySalt)
        answering.sendKey = ports.keys[answerer].key(for: suite)
      }
    }
    if answering.receiveKey == nil, srtp == .required && !leg.isPlain || answer.transport.isSecure { return nil }
    if offer.type == .audio {
      bridgeKeys(&offering, &answering, exchange, offer.index)
      transcode(&offering, &answering, exchange, offer.index)
    }
    return exchange.offerer == .caller
      ? BothSides(caller: offering, callee: answering) : BothSides(caller: answering, callee: offering)
  }

  private mutating func note(
    _ peers: BothSides<AnchorPeer>, _ offered: MediaDescription, _ exchange: Exchange, _ number: Int
  ) {
    let answerer = exchange.offerer.other
    streams[number].profiles[exchange.offerer] =
      offered.transport.isSecure ? .secure : peers[exchange.offerer].receiveKey == nil ? .plain : .opportunistic
    streams[number].profiles[answerer] =
      peers[answerer].receiveKey == nil ? .plain : exchange.forwarded[number] ?? .plain
    setPeers(peers, of: number)
  }

  /// What a description says of one party.
  private static func peer(_ media: MediaDescription, _ leg: AnchorLeg) -> AnchorPeer {
    var peer = AnchorPeer()
    peer.signalledFrom = leg.address
    peer.direction = media.direction
    peer.formats = media.payloadFormats
    peer.payloadTypes = media.formats.compactMap { UInt8($0) }.filter { $0 < 128 }
    guard let address = media.connection?.address, !address.isUnspecified else { return peer }
    peer.rtp = SocketAddress(ip: address, port: media.port)
    if let rtcp = media.rtcp, rtcp.port != 0 {
      peer.rtcp = SocketAddress(ip: rtcp.address?.address ?? address, port: rtcp.port)
    }
    return peer
  }

  // MARK: Lines

  /// Where a party is to send to.
  private func endpoint(_ stream: Int, _ side: RelaySide) -> SDP.RelayEndpoint? {
    guard streams.indices.contains(stream) else { return nil }
    return streams[stream].ports?.endpoints[side]
  }

  private func rewritten(
    _ description: SessionDescription, _ treatments: [Treatment], _ receiver: RelaySide
  ) -> [UInt8] {
    let ours =
      treatments.lazy.compactMap { treatment -> IPAddress? in
        if case .relay(let endpoint, _, _) = treatment { endpoint.address } else { nil }
      }.first ?? streams.lazy.compactMap { $0.ports?.endpoints[receiver].address }.first
    var editor = SDPEditor(description)
    var endpoints: [SDP.RelayEndpoint?] = []
    // Whether a stream goes past the relay, so that what the session says of addresses is still needed.
    var passes = false
    for (media, treatment) in zip(description.media, treatments) {
      let isOutOfUse = media.port == 0
      var endpoint: SDP.RelayEndpoint?
      switch treatment {
      case .relay(let own, let transport, let crypto):
        endpoint = own
        if let transport, transport != media.transportText { editor.setTransport(transport, media: media.index) }
        editor.remove(.crypto, media: media.index)
        for key in crypto { editor.append(key, media: media.index) }
      case .refuse: editor.setPort(0, media: media.index)
      case .leave:
        if !isOutOfUse { passes = true }
      }
      endpoints.append(endpoint)
      if endpoint == nil, !isOutOfUse, case .leave = treatment { continue }
      for name in Self.iceLines { editor.remove(name, media: media.index) }
      guard endpoint == nil else { continue }
      // Out of use: nothing is sent there, and nobody needs to know where it was.
      editor.remove(.crypto, media: media.index)
      editor.remove(.rtcp, media: media.index)
      if let ours, !media.connections.isEmpty { editor.setConnection(ConnectionAddress(ours), media: media.index) }
    }
    if !passes {
      // Each stream has ports of its own here, so that none can share another's (RFC 9143).
      if description.groups.contains(where: { $0.semantics.uppercased() == "BUNDLE" }) {
        editor.remove(.group, media: nil)
        for media in description.media { editor.remove(.bundleOnly, media: media.index) }
      }
      for name in Self.iceLines + [.iceLite, .icePacing] { editor.remove(name, media: nil) }
      if let ours, let session = description.connection, !session.isUnspecified,
        !endpoints.contains(where: { $0 != nil })
      {
        editor.setConnection(ConnectionAddress(ours), media: nil)
      }
    }
    // Lines of ours that would break a limit: one with all its keys is far below it.
    guard let edited = try? editor.finish(limits: .unlimited) else { return [] }
    return edited.relayedBytes(to: endpoints, origin: ours)
  }

  /// ICE ends here: the relay is what both parties reach (RFC 8839 §4.2.5: without these lines there is no ICE).
  private static let iceLines: [AttributeName] = [
    .candidate, .remoteCandidates, .endOfCandidates, .iceUfrag, .icePwd, .iceOptions, .iceMismatch,
  ]
}
