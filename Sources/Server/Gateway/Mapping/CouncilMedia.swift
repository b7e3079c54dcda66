import H245
import H323Endpoint
import SDP
import Wire

/// What the H.323 side has agreed to, as a phone is told it: an address, one codec or two, telephone events, which way.
struct CouncilMedia: Sendable, Hashable {
  /// Where the phone is to send.
  var media: SocketAddress
  var control: SocketAddress
  /// The codecs: the first is the one to send with.
  var formats: [AudioFormat]
  /// What the phone is to put into a packet, at most.
  var milliseconds: UInt16
  /// The number under which telephone events are taken.
  var telephoneEvent: UInt8?
  /// Whether the H.323 side listens.
  var isListening: Bool

  /// What open channels come to; nil while there has never been one to send to.
  ///
  /// - Parameter former: what the phone was told before, for a side that listens no more.
  init?(_ agreed: H323Media, former: CouncilMedia?) {
    guard let outgoing = agreed.outgoing, let format = AudioFormat.of(outgoing.audio) else {
      guard var former else { return nil }
      former.isListening = false
      self = former
      return
    }
    media = outgoing.media
    control =
      outgoing.mediaControl
      ?? SocketAddress(ip: media.ip, port: media.port == .max ? media.port : media.port + 1)
    formats = [format]
    if let incoming = agreed.incoming.flatMap({ AudioFormat.of($0.audio) }), incoming != format {
      formats.append(incoming)
    }
    milliseconds = min(outgoing.audio.framesPerPacket ?? 20, 20)
    telephoneEvent = agreed.telephoneEventPayloadType
    isListening = true
  }

  /// What a caller's fastStart says: where it takes media, and in which codecs (H.323 §8.1.7). Nil where it offers none
  /// that both know.
  init?(fastStart elements: [[UInt8]], codecs: [AudioCapability.Codec]) {
    var first: FastStartProposal?
    var formats: [AudioFormat] = []
    var least: UInt16 = 20
    for octets in elements.prefix(H245Limits.maxFastStartProposals) {
      guard let proposal = try? FastStartProposal(octets), proposal.direction == .outgoing,
        let address = proposal.parameters.mediaChannel?.socketAddress, let format = AudioFormat.of(proposal.audio),
        codecs.contains(format.codec), !formats.contains(format),
        first == nil || first?.parameters.mediaChannel?.socketAddress == address
      else { continue }
      first = first ?? proposal
      least = min(least, proposal.audio.framesPerPacket ?? 20)
      formats.append(format)
    }
    guard let first, let media = first.parameters.mediaChannel?.socketAddress else { return nil }
    self.media = media
    control =
      first.parameters.mediaControlChannel?.socketAddress
      ?? SocketAddress(ip: media.ip, port: media.port == .max ? media.port : media.port + 1)
    self.formats = formats
    milliseconds = max(least, 1)
    telephoneEvent = nil
    isListening = true
  }

  /// A description to begin with where nothing is known of the H.323 side yet: every codec, and nobody there (RFC 3725
  /// §4.3); another offer follows.
  static func unknown(_ codecs: [AudioCapability.Codec]) -> CouncilMedia {
    CouncilMedia(formats: AudioFormat.all.filter { codecs.contains($0.codec) })
  }

  private init(formats: [AudioFormat]) {
    media = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 9)
    control = media
    self.formats = formats
    milliseconds = 20
    telephoneEvent = nil
    isListening = false
  }

  // MARK: Words

  /// As a description of one stream among others.
  ///
  /// - Parameters:
  ///   - places: the description that says how many streams there are; all but one are refused.
  ///   - index: the place of ours.
  ///   - direction: which way, as we see it.
  ///   - events: whether telephone events are named.
  func description(
    among places: SessionDescription?, at index: Int, direction: MediaDirection, events: UInt8?
  ) -> SessionDescription? {
    var text = "v=0\r\no=- 0 0 \(Self.address(media.ip))\r\ns=-\r\nc=\(Self.address(media.ip))\r\nt=0 0\r\n"
    let count = max(places?.media.count ?? 0, index + 1)
    for place in 0..<count {
      if place == index {
        append(to: &text, transport: places?.media[safely: place]?.transportText, direction, events)
      } else if let other = places?.media[safely: place] {
        text += "m=\(other.typeText) 0 \(other.transportText) \(other.formats.first ?? "0")\r\n"
      } else {
        text += "m=audio 0 RTP/AVP 0\r\n"
      }
    }
    return try? SessionDescription(text)
  }

  private func append(to text: inout String, transport: String?, _ direction: MediaDirection, _ events: UInt8?) {
    var numbers = formats.map { "\($0.payloadType)" }
    if let events { numbers.append("\(events)") }
    text += "m=audio \(media.port) \(transport ?? "RTP/AVP") \(numbers.joined(separator: " "))\r\n"
    if control != SocketAddress(ip: media.ip, port: media.port &+ 1), media.port != 9 {
      text += "a=rtcp:\(control.port)\(control.ip == media.ip ? "" : " \(Self.address(control.ip))")\r\n"
    }
    for format in formats { text += "a=rtpmap:\(format.payloadType) \(format.name)/8000\r\n" }
    if let events { text += "a=rtpmap:\(events) telephone-event/8000\r\na=fmtp:\(events) 0-16\r\n" }
    text += "a=ptime:\(max(milliseconds, 1))\r\na=\(direction.attribute.text)\r\n"
  }

  private static func address(_ ip: IPAddress) -> String { "IN \(ip.isIPv4 ? "IP4" : "IP6") \(ip)" }
}

extension RandomAccessCollection where Index == Int {
  fileprivate subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
