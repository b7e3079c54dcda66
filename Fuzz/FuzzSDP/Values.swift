import FuzzSupport
import SDP
import Wire

/// Every accessor runs, and every value's text parses to an equal value.
func checkValues(_ description: SessionDescription) {
  let origin = try? SessionDescription("v=0\r\no=\(description.origin)\r\n").origin
  require(origin == description.origin, "the origin \(description.origin) does not survive")
  _ = (description.sessionName, description.information, description.uri, description.emailAddresses)
  _ = (description.phoneNumbers, description.times, description.timeZoneAdjustments, description.hasKeyField)
  check(description.connection)
  checkAttributes(description.attributes)
  checkHidden("\(description)")
  for attribute in description.attributes { checkHidden(attribute) }
  for media in description.media {
    check(media.connection)
    checkAttributes(media.attributes)
    for attribute in media.attributes { checkHidden(attribute) }
    require(media.payloadFormats.count <= media.formats.count, "more payload types than formats")
    require(Set(media.payloadFormats.map(\.payloadType)).count == media.payloadFormats.count, "a payload type twice")
    for format in media.payloadFormats {
      _ = (format.isAuxiliary, format["mode"], TelephoneEvents(format.parameters)?.description)
    }
    _ = (media.rtcp, media.packetTime, media.maximumPacketTime, media.ice, media.mid, media.direction)
    _ = (media.connections, media.bandwidths, media.information, media.typeText, media.transportText)
  }
  try? description.checkAttributes()
}

private func check(_ connection: ConnectionAddress?) {
  guard let connection else { return }
  let text = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nc=\(connection)\r\n"
  require((try? SessionDescription(text))?.connection == connection, "\(connection) does not survive")
}

/// Keys and passwords are in no description.
private func checkHidden(_ attribute: Attribute) {
  guard attribute.value != nil, attribute.kind == .crypto || attribute.kind == .icePwd else { return }
  require("\(attribute)" == attribute.name + ":(not shown)", "a key is shown by its attribute")
}

private func checkHidden(_ text: String) {
  for line in text.split(separator: "\n") where line.hasPrefix("a=crypto:") || line.hasPrefix("a=ice-pwd:") {
    require(line.hasSuffix(":(not shown)"), "a key is shown")
  }
  require(!text.lowercased().contains("inline:"), "a key under another name is shown")
}

private func checkAttributes(_ attributes: AttributeList) {
  roundTrip(RTPMap.self, attributes)
  roundTrip(FormatParameters.self, attributes)
  roundTrip(PacketTime.self, attributes)
  roundTrip(RTCPAddress.self, attributes)
  roundTrip(RTCPFeedback.self, attributes)
  roundTrip(PacketRate.self, attributes)
  roundTrip(SourceAttribute.self, attributes)
  roundTrip(SourceGroup.self, attributes)
  roundTrip(ExtensionMap.self, attributes)
  roundTrip(MediaStreamID.self, attributes)
  roundTrip(MediaGroup.self, attributes)
  roundTrip(TokenAttribute.self, attributes)
  roundTrip(MediaContent.self, attributes)
  roundTrip(DTLSSetup.self, attributes)
  roundTrip(Fingerprint.self, attributes)
  roundTrip(TLSID.self, attributes)
  roundTrip(ICECandidate.self, attributes)
  roundTrip(RemoteCandidates.self, attributes)
  roundTrip(ICEUsernameFragment.self, attributes)
  roundTrip(ICEPassword.self, attributes)
  roundTrip(ICEOptions.self, attributes)
  roundTrip(CryptoAttribute.self, attributes)
  roundTrip(SCTPPort.self, attributes)
  roundTrip(NumberAttribute.self, attributes)
}

private func roundTrip<Value: SDPAttributeValue>(_ type: Value.Type, _ attributes: AttributeList) {
  for value in attributes.valid(type) {
    let text = value.text
    require(text.utf8.allSatisfy { $0 != 0x0A && $0 != 0x0D && $0 != 0 }, "\(type): a line break in \(text)")
    do throws(SDPError) {
      let again = try Value(text)
      require(again == value, "\(type): \(text) means something else")
    } catch {
      require(false, "\(type): \(text) is refused: \(error)")
    }
  }
}
