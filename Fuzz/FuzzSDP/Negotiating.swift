import FuzzSupport
import SDP
import Wire

private let address = IPAddress(v4: 0x7F00_0001)
private let origin = Origin(sessionID: 1, address: address)

/// An answer to one description, made of streams that can do what another one says.
func negotiate(offer: SessionDescription, capabilities: SessionDescription) {
  var session = SessionNegotiation(origin: origin)
  do throws(NegotiationFault) { try session.receivedOffer(offer) } catch {
    require(false, "a first offer is refused: \(error)")
  }
  let streams = capabilities.media.map(stream)
  let agreement: SessionAgreement
  do throws(NegotiationFault) {
    agreement = try session.answer(streams)
  } catch {
    if case .description = error { return }
    require(false, "our own answer is none: \(error)")
    return
  }
  checkAnswer(agreement.local, to: offer)
  require(session.remoteOffer == nil && session.agreement == agreement, "the exchange is not over")

  // The other side comes to the same, and so does a second exchange with nothing new.
  var other = SessionNegotiation(origin: offer.origin)
  guard let sent = try? other.offer(offer) else {
    require(false, "an offer cannot be made of a description")
    return
  }
  do throws(NegotiationFault) {
    let theirs = try other.receivedAnswer(agreement.local)
    require(sent != offer || mirrors(agreement, theirs), "the two sides have agreed on different things")
  } catch {
    require(false, "our own answer is refused: \(error)")
  }
  if (try? session.receivedOffer(offer)) != nil, let again = try? session.answer(streams) {
    require(again.local == agreement.local, "the same answer has another version")
  }
  if let renewed = try? session.offer(streams) {
    require(renewed.media.count >= agreement.media.count, "a stream is missing in a new offer")
    session.rollBack()
    require(session.agreement?.remote == offer, "a refused offer has changed what was agreed")
  }
  // A foreign description as answer: whatever it is, it never traps.
  if (try? session.receivedOffer(offer)) != nil { _ = try? session.answer(capabilities) }
}

/// A format by its number, if it is a payload type: `011` is answered as 11.
private func number(_ format: String) -> String { UInt8(format).map { String($0) } ?? format }

/// RFC 3264 §6: as many streams, of the same kinds and protocols, refused ones refused, formats out of the offer.
private func checkAnswer(_ answer: SessionDescription, to offer: SessionDescription) {
  require(answer.media.count == offer.media.count, "an answer with another number of streams")
  for (ours, theirs) in zip(answer.media, offer.media) {
    require(ours.typeText == theirs.typeText, "another kind of media")
    require(ours.transportText == theirs.transportText, "other protocols")
    require(ours.port == 0 || theirs.port != 0 || theirs.attributes.contains(.bundleOnly), "a refused stream revived")
    require(Set(ours.formats.map(number)).isSubset(of: theirs.formats.map(number)), "formats that were not offered")
    guard ours.port != 0 else { continue }
    require(!ours.formats.isEmpty, "a stream without formats")
    let allowed = theirs.direction.reversed
    require(ours.direction.intersection(allowed) == ours.direction, "\(ours.direction) to \(theirs.direction)")
    require(!ours.attributes.contains(.rtcpMux) || theirs.offersRTCPMux, "a shared port that was not offered")
    require(
      !ours.transport.isSecure || ours.attributes.contains(.crypto) || ours.attributes.contains(.fingerprint),
      "SRTP without keys")
    for crypto in ours.attributes.valid(CryptoAttribute.self) {
      let isOffered = theirs.attributes.valid(CryptoAttribute.self).contains {
        $0.tag == crypto.tag && $0.suite == crypto.suite
      }
      require(isOffered, "keys for what was not offered")
    }
  }
}

private func mirrors(_ ours: SessionAgreement, _ theirs: SessionAgreement) -> Bool {
  zip(ours.media, theirs.media).allSatisfy { ours, theirs in
    guard let ours, let theirs else { return ours == nil && theirs == nil }
    return ours.direction == theirs.direction.reversed && ours.formats.map(\.local) == theirs.formats.map(\.remote)
      && ours.formats.map(\.remote) == theirs.formats.map(\.local) && ours.remote == theirs.local
      && ours.remoteRTCP == theirs.localRTCP && ours.sharesPort == theirs.sharesPort
  }
}

/// A stream of ours that can do what a media description says.
private func stream(_ media: MediaDescription) -> LocalStream {
  var stream = LocalStream(
    media.type, address: address, port: UInt16(20_000 + media.index * 2), codecs: media.payloadFormats.map(Codec.init))
  stream.direction = media.direction
  stream.transport = media.transport
  stream.formats = media.transport.isRTP ? [] : media.formats
  stream.rtcpMux = media.offersRTCPMux ? .negotiated : .off
  stream.packetTime = media.packetTime
  stream.maximumPacketTime = media.maximumPacketTime
  stream.bandwidths = media.bandwidths
  stream.ice = media.ice
  stream.mid = media.mid
  stream.feedback = media.attributes.valid(RTCPFeedback.self)
  stream.extensions = media.attributes.valid(ExtensionMap.self).map(\.uri)
  let fingerprints = (try? media.inherited(Fingerprint.self)) ?? []
  stream.security = MediaSecurity(
    sdes: media.attributes.valid(CryptoAttribute.self),
    dtls: fingerprints.isEmpty ? nil : DTLSParameters(fingerprints: fingerprints), allowsPlain: media.index & 1 == 0,
    allowsOpportunistic: media.index & 2 == 0)
  return stream
}
