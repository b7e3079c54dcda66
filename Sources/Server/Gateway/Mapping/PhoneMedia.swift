import H245
import H323Endpoint
import SDP
import Wire

/// What a phone says of its audio, as far as H.323 can be told of it: its address, its codecs, how much a packet may
/// hold, its telephone events, whether it listens.
struct PhoneMedia: Sendable, Hashable {
  /// Which `m=` of the description it is.
  var index: Int
  /// Where it takes RTP.
  var media: SocketAddress
  /// Where it takes RTCP.
  var control: SocketAddress
  /// Its codecs, in its order, with the frames that it takes in a packet.
  var audio: [AudioCapability]
  /// The number under which it takes telephone events.
  var telephoneEvent: UInt8?
  /// Which way, as the phone sees it. An address of zeros says that it does not listen.
  var direction: MediaDirection

  /// Whether it wants to hear something.
  var isListening: Bool { direction.receives }

  /// The first stream of a description that H.323 can have: audio in plain RTP, to an address, with a codec that both
  /// know. Nil where there is none.
  ///
  /// - Parameter codecs: those that may be agreed on.
  init?(_ description: SessionDescription, codecs: [AudioCapability.Codec]) {
    for media in description.media {
      guard media.type == .audio, media.port != 0, media.transport.isRTP, !media.transport.isSecure,
        let connection = media.connection, let ip = connection.address
      else { continue }
      let milliseconds = Self.packetMilliseconds(media)
      var audio: [AudioCapability] = []
      var telephoneEvent: UInt8?
      for format in media.payloadFormats {
        if format.isTelephoneEvent, format.map.clockRate == 8_000 {
          telephoneEvent = telephoneEvent ?? format.payloadType
        } else if let known = AudioFormat.of(format), codecs.contains(known.codec) {
          audio.append(known.capability(milliseconds: milliseconds))
        }
      }
      guard !audio.isEmpty else { continue }
      index = media.index
      self.audio = audio
      self.telephoneEvent = telephoneEvent
      self.media = SocketAddress(ip: ip, port: media.port)
      let rtcp = media.rtcp
      control = SocketAddress(
        ip: rtcp?.address?.address ?? ip, port: rtcp.map(\.port) ?? (media.port == .max ? media.port : media.port + 1))
      direction = MediaDirection(
        sends: media.direction.sends, receives: media.direction.receives && !connection.isUnspecified)
      return
    }
    return nil
  }

  /// What a packet to the phone may hold: `maxptime`, else `ptime`, else 20 ms. More than that many phones cannot take.
  private static func packetMilliseconds(_ media: MediaDescription) -> UInt16 {
    let time = media.maximumPacketTime ?? media.packetTime
    guard let time else { return 20 }
    return UInt16(min(max(time.microseconds / 1_000, 1), 256))
  }

  /// What the H.323 side is told.
  ///
  /// - Parameter only: the one codec that may be received, where the two directions are to be made alike.
  func local(only: AudioCapability.Codec? = nil) -> H323LocalMedia {
    var audio = audio
    if let only, audio.contains(where: { $0.codec == only }) { audio.removeAll { $0.codec != only } }
    return H323LocalMedia(
      media: media, mediaControl: control,
      capabilities: LocalCapabilities(audio: audio, telephoneEventPayloadType: telephoneEvent))
  }

  /// What the H.323 side is told of an answer: of several codecs in it the phone sends the first.
  var first: H323LocalMedia { local(only: audio.first?.codec) }

  /// Whether channels that are open are of codecs that the phone has named, and lead to it.
  func suits(_ media: H323Media) -> Bool {
    guard let outgoing = media.outgoing, let incoming = media.incoming, incoming.media == self.media else {
      return false
    }
    return has(outgoing.audio) && has(incoming.audio)
  }

  func has(_ capability: AudioCapability) -> Bool {
    guard let codec = capability.codec else { return false }
    return audio.contains { $0.codec == codec }
  }
}
