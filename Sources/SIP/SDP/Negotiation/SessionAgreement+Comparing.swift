import Wire

extension SessionAgreement {
  /// What an offer and its answer come to (RFC 3264 §6, §7), seen from one side.
  ///
  /// Strict where the streams would not work, lenient where they would: an answer of `RTP/AVP` to `RTP/AVPF` is taken,
  /// and so is one whose direction goes beyond the offer's, or that revives a stream the offer has refused; what both
  /// allow counts.
  static func comparing(
    offer: SessionDescription, answer: SessionDescription, isOfferer: Bool
  ) throws(NegotiationFault) -> SessionAgreement {
    guard offer.media.count == answer.media.count else { throw .mediaCount }
    var media: [NegotiatedMedia?] = []
    media.reserveCapacity(offer.media.count)
    for index in offer.media.indices {
      media.append(try NegotiatedMedia.comparing(offer.media[index], answer.media[index], isOfferer: isOfferer))
    }
    return SessionAgreement(
      local: isOfferer ? offer : answer, remote: isOfferer ? answer : offer, isOfferer: isOfferer, media: media)
  }
}

extension NegotiatedMedia {
  fileprivate static func comparing(
    _ offer: MediaDescription, _ answer: MediaDescription, isOfferer: Bool
  ) throws(NegotiationFault) -> NegotiatedMedia? {
    let index = offer.index
    guard offer.type == answer.type, offer.type != .other || offer.typeText.equalsIgnoringCase(answer.typeText) else {
      throw .mediaType(index)
    }
    guard haveSameTransport(offer, answer) else { throw .transport(index) }
    // A stream in a bundle may have no port of its own in the offer (RFC 9143 §6).
    guard answer.port != 0, offer.port != 0 || offer.attributes.contains(.bundleOnly) else { return nil }
    let local = isOfferer ? offer : answer
    let remote = isOfferer ? answer : offer
    guard let localConnection = local.connection, let remoteConnection = remote.connection else {
      throw .noConnection(index)
    }
    let formats = commonFormats(offer, answer, isOfferer: isOfferer)
    if answer.transport.isRTP {
      guard !formats.isEmpty else { throw .noCommonFormat(index) }
    } else {
      let offered = offer.formats
      guard answer.formats.contains(where: { format in offered.contains { $0.equalsIgnoringCase(format) } }) else {
        throw .noCommonFormat(index)
      }
    }
    let sharesPort = answer.transport.isRTP && offer.offersRTCPMux && answer.offersRTCPMux
    let allowed = local.direction.intersection(remote.direction.reversed)
    let direction = MediaDirection(
      sends: allowed.sends && !remoteConnection.isUnspecified,
      receives: allowed.receives && !localConnection.isUnspecified)
    return NegotiatedMedia(
      index: index, type: answer.type, transport: answer.transport,
      local: MediaEndpoint(host: localConnection.host, port: local.port),
      localRTCP: rtcpEndpoint(local, localConnection, sharesPort),
      remote: MediaEndpoint(host: remoteConnection.host, port: remote.port),
      remoteRTCP: rtcpEndpoint(remote, remoteConnection, sharesPort), sharesPort: sharesPort,
      hasReducedSizeRTCP: offer.attributes.contains(.rtcpReducedSize) && answer.attributes.contains(.rtcpReducedSize),
      direction: direction, formats: formats,
      keying: try keying(offer, answer, isOfferer: isOfferer), packetTime: remote.packetTime,
      maximumPacketTime: remote.maximumPacketTime, remoteICE: local.ice == nil ? nil : remote.ice)
  }

  /// The same protocols; profiles may differ in feedback, and in how DTLS is spelt, as long as SRTP stays SRTP.
  private static func haveSameTransport(_ offer: MediaDescription, _ answer: MediaDescription) -> Bool {
    if offer.transport.isRTP, answer.transport.isRTP { return offer.transport.isSecure == answer.transport.isSecure }
    if offer.transport == .other || answer.transport == .other {
      return offer.transportText.equalsIgnoringCase(answer.transportText)
    }
    return offer.transport == answer.transport
  }

  private static func rtcpEndpoint(
    _ media: MediaDescription, _ connection: ConnectionAddress, _ sharesPort: Bool
  ) -> MediaEndpoint? {
    guard media.transport.isRTP else { return nil }
    if sharesPort { return MediaEndpoint(host: connection.host, port: media.port) }
    return media.rtcp.map { MediaEndpoint(host: $0.address?.host ?? connection.host, port: $0.port) }
  }

  /// The answer's formats that the offer has, in the answer's order. The same number is tried first: two formats may be
  /// one codec with different parameters.
  private static func commonFormats(
    _ offer: MediaDescription, _ answer: MediaDescription, isOfferer: Bool
  ) -> [NegotiatedCodec] {
    var offered = offer.payloadFormats
    var common: [NegotiatedCodec] = []
    for format in answer.payloadFormats {
      func matches(_ other: PayloadFormat) -> Bool {
        Codec.areCompatible(other.map, other.parameters, format.map, format.parameters)
      }
      guard
        let place = offered.firstIndex(where: { $0.payloadType == format.payloadType && matches($0) })
          ?? offered.firstIndex(where: matches)
      else { continue }
      let other = offered.remove(at: place)
      common.append(
        NegotiatedCodec(local: isOfferer ? other : format, remote: isOfferer ? format : other))
    }
    return common
  }

  // MARK: Keys

  private static func keying(
    _ offer: MediaDescription, _ answer: MediaDescription, isOfferer: Bool
  ) throws(NegotiationFault) -> NegotiatedKeying {
    let local = isOfferer ? offer : answer
    let remote = isOfferer ? answer : offer
    let remotePrints = fingerprints(remote)
    if !remotePrints.isEmpty, !fingerprints(local).isEmpty {
      let answererIsClient = isAnswererClient(offer, answer)
      return .dtls(
        isClient: isOfferer ? !answererIsClient : answererIsClient, remote: remotePrints,
        tlsID: (try? remote.attributes.first(TLSID.self)) ?? nil)
    }
    guard answer.transport.isRTP, !answer.transport.usesDTLS else {
      if answer.transport.isRTP || answer.transport.isDTLSSCTP { throw .noKeys(offer.index) }
      return .none
    }
    let offered = offer.attributes.valid(CryptoAttribute.self)
    for chosen in answer.attributes.valid(CryptoAttribute.self) {
      guard
        let match = offered.first(where: { $0.tag == chosen.tag && $0.suite.canonical == chosen.suite.canonical })
      else { continue }
      return .sdes(
        suite: chosen.suite.canonical, send: isOfferer ? match : chosen, receive: isOfferer ? chosen : match)
    }
    if answer.transport.isSecure { throw .noKeys(offer.index) }
    return .none
  }

  private static func fingerprints(_ media: MediaDescription) -> [Fingerprint] {
    (try? media.inherited(Fingerprint.self)) ?? []
  }

  /// RFC 8842 §5: what the answer says, as far as the offer leaves it the choice. Where nothing is said the answerer
  /// begins, as it would have to after `actpass`.
  private static func isAnswererClient(_ offer: MediaDescription, _ answer: MediaDescription) -> Bool {
    let offered = try? offer.inherited(DTLSSetup.self).first
    let answered = try? answer.inherited(DTLSSetup.self).first
    switch (offered, answered) {
    case (.active?, _): return false
    case (.passive?, _): return true
    case (_, .passive?): return false
    default: return true
    }
  }
}

extension TransportProtocol {
  /// Data channels, whose DTLS cannot do without fingerprints (RFC 8841).
  var isDTLSSCTP: Bool { self == .udpDTLSSCTP || self == .tcpDTLSSCTP || self == .dtlsSCTP }
}
