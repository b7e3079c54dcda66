import Opus
import Relay
import SDP
import Transcoder
import Wire

// Parties without a common codec: towards who is called our own codecs stand behind those of the offer. Where the answer
// takes one of the offer's, nothing else happens. Where it takes only ours, the offerer is told that one of its own was
// taken, and the relay turns one into the other.
extension MediaAnchor {
  /// What can be turned into one another, what needs least first.
  private static let codecs: [RTPMap] = [
    RTPMap(0, "PCMU", 8_000), RTPMap(8, "PCMA", 8_000), RTPMap(9, "G722", 8_000),
    RTPMap(127, "opus", 48_000, channels: 2),
  ].compactMap { $0 }

  /// The offer as it goes on: with our codecs behind its own.
  mutating func withCodecs(_ offer: SessionDescription, of index: Int) -> SessionDescription {
    exchanges[index].addedCodecs = [[RTPMap]](repeating: [], count: offer.media.count)
    guard transcodes else { return offer }
    var editor = SDPEditor(offer)
    for media in offer.media where isRelayed(media) && media.type == .audio {
      let formats = media.payloadFormats
      guard formats.contains(where: { SpeechCodec($0) != nil }) else { continue }
      var added: [(map: RTPMap, parameters: String)] = []
      for codec in Self.codecs where !formats.contains(where: { $0.map.isSame(as: codec) }) {
        guard let type = codec.payloadType < 96 ? codec.payloadType : Self.freeType(media),
          let map = RTPMap(type, codec.encodingName, codec.clockRate, channels: codec.channels)
        else { continue }
        added.append((map, codec.clockRate == 48_000 ? "useinbandfec=1" : ""))
      }
      exchanges[index].addedCodecs[media.index] = added.map(\.map)
      editor.changeFormats(adding: added, media: media.index)
    }
    return (try? editor.finish(limits: .unlimited)) ?? offer
  }

  /// The answer as it goes on to the offerer: without codecs that it has not offered, and where it has offered none of
  /// them, with one that it has.
  func withCodecs(
    _ answer: SessionDescription, to exchange: Exchange, _ agreed: [Int: BothSides<AnchorPeer>]
  ) -> SessionDescription {
    var editor = SDPEditor(answer)
    var isChanged = false
    for (number, peers) in agreed {
      let (offering, answering) = (peers[exchange.offerer], peers[exchange.offerer.other])
      guard let speech = offering.speech else { continue }
      let foreign = answering.formats.filter { format in
        !format.isAuxiliary && !offering.formats.contains { $0.map.isSame(as: format.map) }
      }
      guard !foreign.isEmpty else { continue }
      isChanged = true
      let own =
        speech.isNeeded ? offering.formats.first { $0.payloadType == speech.takes.payloadType } : nil
      editor.changeFormats(
        removing: foreign.map(\.payloadType), adding: own.map { [($0.map, $0.parameters)] } ?? [], isFirst: true,
        media: number)
    }
    return isChanged ? (try? editor.finish(limits: .unlimited)) ?? answer : answer
  }

  /// Notes what both parties speak, where our codecs were offered.
  func transcode(
    _ offering: inout AnchorPeer, _ answering: inout AnchorPeer, _ exchange: Exchange, _ stream: Int
  ) {
    guard stream < exchange.addedCodecs.count, !exchange.addedCodecs[stream].isEmpty else { return }
    let speaking = answering.formats.filter { !$0.isAuxiliary }
    let isCommon = speaking.contains { format in
      offering.formats.contains { !$0.isAuxiliary && $0.map.isSame(as: format.map) }
    }
    guard let one = offering.formats.first(where: { SpeechCodec($0) != nil }),
      let other = speaking.first(where: { SpeechCodec($0) != nil })
    else { return }
    var sends = Self.table(offering.formats.map(\.map))
    offering.speech = RelaySpeech(sends: sends, takes: Self.stream(one, offering), isNeeded: !isCommon)
    sends.merge(Self.table(exchange.addedCodecs[stream])) { own, _ in own }
    answering.speech = RelaySpeech(sends: sends, takes: Self.stream(other, answering), isNeeded: !isCommon)
  }

  private static func table(_ maps: [RTPMap]) -> [UInt8: SpeechCodec] {
    var table: [UInt8: SpeechCodec] = [:]
    for map in maps { table[map.payloadType] = table[map.payloadType] ?? SpeechCodec(map) }
    return table
  }

  /// What a party is sent: packets of 20 ms, which everybody takes.
  private static func stream(_ format: PayloadFormat, _ peer: AnchorPeer) -> SpeechStream {
    let event =
      peer.formats.first { $0.isTelephoneEvent && $0.map.clockRate == format.map.clockRate }
      ?? peer.formats.first(where: \.isTelephoneEvent)
    let noise = peer.formats.first { $0.map.encodingName.lowercased() == "cn" && $0.map.clockRate == 8_000 }
    return SpeechStream(
      SpeechCodec(format) ?? .g711(.mu), payloadType: format.payloadType, comfortNoise: noise?.payloadType,
      telephoneEvent: event?.payloadType, telephoneEventClockRate: event?.map.clockRate)
  }
}

extension SpeechCodec {
  fileprivate init?(_ map: RTPMap) {
    self.init(name: map.encodingName, clockRate: map.clockRate, channels: map.channels)
  }

  /// What a party wants of Opus, its `a=fmtp` says (RFC 7587 §6.1).
  fileprivate init?(_ format: PayloadFormat) {
    self.init(format.map)
    guard case .opus = self else { return }
    self = .opus(OpusEncoderConfiguration().limited(by: OpusParameters(format.parameters)))
  }
}

extension RTPMap {
  fileprivate func isSame(as other: RTPMap) -> Bool {
    clockRate == other.clockRate && channels == other.channels
      && encodingName.lowercased() == other.encodingName.lowercased()
  }
}
