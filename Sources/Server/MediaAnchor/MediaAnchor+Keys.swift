import Relay
import SDP
import Wire

// Keys where one party speaks telephone events (RFC 4733) and the other does not, but takes INFO: the first is told that
// the other does, and what it sends ends at the relay, from where it goes on as INFO, and back.
extension MediaAnchor {
  /// What is told of telephone events in place of their `a=fmtp`: the sixteen keys.
  private static let keys = "0-15"

  /// The offer as it goes on: with telephone events where the offerer has none and takes INFO.
  mutating func withEvents(_ offer: SessionDescription, of index: Int) -> SessionDescription {
    exchanges[index].addedEvents = [UInt8?](repeating: nil, count: offer.media.count)
    guard takesInfo[exchanges[index].offerer] else { return offer }
    var editor = SDPEditor(offer)
    for media in offer.media where isRelayed(media) && media.type == .audio {
      let formats = media.payloadFormats
      guard let codec = formats.first(where: { !$0.isAuxiliary }), !formats.contains(where: \.isTelephoneEvent),
        let type = Self.freeType(media), let map = RTPMap(type, "telephone-event", codec.map.clockRate)
      else { continue }
      exchanges[index].addedEvents[media.index] = type
      editor.changeFormats(adding: [(map, Self.keys)], media: media.index)
    }
    return (try? editor.finish(limits: .unlimited)) ?? offer
  }

  /// The answer as it goes on to the offerer: without the events that it has not offered, and with those that it has.
  func withEvents(
    _ answer: SessionDescription, to exchange: Exchange, _ agreed: [Int: BothSides<AnchorPeer>]
  ) -> SessionDescription {
    var editor = SDPEditor(answer)
    var isChanged = false
    for (number, peers) in agreed {
      if let events = peers[exchange.offerer.other].keyEvents {
        editor.changeFormats(removing: [events.send], media: number)
        isChanged = true
      } else if let events = peers[exchange.offerer].keyEvents,
        let map = RTPMap(events.receive, "telephone-event", events.clockRate)
      {
        editor.changeFormats(adding: [(map, Self.keys)], media: number)
        isChanged = true
      }
    }
    return isChanged ? (try? editor.finish(limits: .unlimited)) ?? answer : answer
  }

  /// Notes which of the two speaks telephone events with us alone.
  func bridgeKeys(
    _ offering: inout AnchorPeer, _ answering: inout AnchorPeer, _ exchange: Exchange, _ stream: Int
  ) {
    let answered = answering.formats.filter(\.isTelephoneEvent)
    if stream < exchange.addedEvents.count, let added = exchange.addedEvents[stream] {
      guard let taken = answered.first else { return }
      answering.keyEvents = RelayKeyEvents(
        receive: added, send: taken.payloadType, clockRate: taken.map.clockRate)
    } else if answered.isEmpty, takesInfo[exchange.offerer.other] {
      let clock = answering.codec?.clockRate
      guard let offered = offering.formats.first(where: { $0.isTelephoneEvent && $0.map.clockRate == clock }),
        !answering.payloadTypes.contains(offered.payloadType)
      else { return }
      offering.keyEvents = RelayKeyEvents(
        receive: offered.payloadType, send: offered.payloadType, clockRate: offered.map.clockRate)
    }
  }

  /// 101, which most phones use, or another dynamic payload type that the description does not.
  static func freeType(_ media: MediaDescription) -> UInt8? {
    let taken = Set(media.formats.compactMap { UInt8($0) } + media.attributes.valid(RTPMap.self).map(\.payloadType))
    return ([101] + Array(96...127)).first { !taken.contains($0) }
  }
}
