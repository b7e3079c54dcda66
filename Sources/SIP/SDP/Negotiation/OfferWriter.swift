import Wire

/// The payload types that a stream has used so far: a number keeps its meaning as long as the session lasts (RFC 3264
/// §8.3.2).
struct PayloadHistory: Sendable, Hashable {
  private var formats: [PayloadFormat] = []

  mutating func note(_ used: [PayloadFormat]) {
    for format in used {
      formats.removeAll { $0.payloadType == format.payloadType }
      formats.append(format)
    }
  }

  /// A number for every codec, in their order; nil when there are not enough.
  ///
  /// A number that was given is kept, then one that the codec had before, then the static one, then the lowest free
  /// dynamic one (RFC 3551 §3), from 96 on and then from 35.
  func assign(_ codecs: [Codec]) -> [UInt8]? {
    var taken = Set(codecs.compactMap(\.payloadType))
    let used = Set(formats.map(\.payloadType))
    var numbers: [UInt8] = []
    for codec in codecs {
      if let number = codec.payloadType {
        numbers.append(number)
        continue
      }
      let known = formats.first { codec.matches($0) && !taken.contains($0.payloadType) }?.payloadType
      let fixed = codec.staticPayloadType.flatMap { taken.contains($0) ? nil : $0 }
      // 64 to 95 would look like RTCP on a shared port (RFC 5761 §4).
      let free = (Array(96...127) + Array(35...63)).first { !taken.contains($0) && !used.contains($0) }
      guard let number = known ?? fixed ?? free else { return nil }
      taken.insert(number)
      numbers.append(number)
    }
    return numbers
  }
}

/// Writes offers (RFC 3264 §5, §8).
struct OfferWriter {
  /// What was said before; nil in a first offer.
  let previous: SessionDescription?
  let histories: [PayloadHistory]

  /// An offer of these streams, one for each place; nil is a stream that is not or no longer wanted.
  func write(_ streams: [LocalStream?], origin: Origin) throws(NegotiationFault) -> SessionDescription {
    var writer = DescriptionWriter()
    let shared = streams.lazy.compactMap { $0?.address }.first ?? origin.address.address ?? .anyIPv4
    writer.session(
      origin, connection: shared, groups: bundle(streams),
      isICELite: streams.contains { $0?.ice?.isLite == true })
    for index in 0..<max(streams.count, previous?.media.count ?? 0) {
      if index < streams.count, let stream = streams[index] {
        try write(stream, at: index, shared: shared, &writer)
      } else {
        writer.unused(previous.flatMap { index < $0.media.count ? $0.media[index] : nil })
      }
    }
    do throws(SDPError) {
      return try SessionDescription(parsing: writer.bytes)
    } catch {
      throw .description(error)
    }
  }

  private func write(
    _ stream: LocalStream, at index: Int, shared: IPAddress, _ writer: inout DescriptionWriter
  ) throws(NegotiationFault) {
    guard stream.port != 0, stream.type != .other, stream.transport != .other else { throw .invalidStream(index) }
    let isRTP = stream.transport.isRTP
    var maps: [RTPMap] = []
    if isRTP {
      let history = index < histories.count ? histories[index] : PayloadHistory()
      guard let numbers = history.assign(stream.codecs) else { throw .noPayloadType(index) }
      for (codec, number) in zip(stream.codecs, numbers) {
        guard let map = codec.map(number), !maps.contains(where: { $0.payloadType == number }) else {
          throw .invalidStream(index)
        }
        maps.append(map)
      }
    }
    let formats = isRTP ? maps.map { "\($0.payloadType)" } : stream.formats
    guard !formats.isEmpty, formats.allSatisfy({ $0.consists(of: \.isSDPToken) }) else { throw .invalidStream(index) }
    let security = stream.security
    guard !stream.transport.usesDTLS && !stream.transport.isDTLSSCTP || security.dtls != nil,
      !stream.transport.isSecure || security.dtls != nil || !security.sdes.isEmpty
    else { throw .noKeys(index) }

    writer.line(
      "m", "\(stream.type.text) \(stream.port) \(stream.transport.text) \(formats.joined(separator: " "))")
    if stream.address != shared { writer.line("c", ConnectionAddress(stream.address).description) }
    writer.transport(stream, sharesPort: isRTP && stream.rtcpMux != .off, isOffer: true)
    for (map, codec) in zip(maps, stream.codecs) { writer.format(map, codec.parameters) }
    if stream.transport.hasFeedback {
      if stream.rtcpReducedSize { writer.attribute(.rtcpReducedSize) }
      for feedback in stream.feedback { writer.attribute(feedback) }
    }
    for (number, uri) in stream.extensions.enumerated() {
      if let map = ExtensionMap(UInt16(truncatingIfNeeded: number + 1), uri) { writer.attribute(map) }
    }
    writer.packetTimes(stream)
    if let mid = stream.mid.flatMap(TokenAttribute.init(token:)) { writer.attribute(mid) }
    if isRTP, !stream.transport.usesDTLS {
      for crypto in security.sdes { writer.attribute(crypto) }
    }
    if let dtls = security.dtls { writer.dtls(dtls, setup: .actpass) }
    if let ice = stream.ice { writer.ice(ice) }
    writer.attribute(stream.direction.attribute)
    writer.further(stream.attributes)
  }

  /// Streams with a name that share an address and port are a bundle (RFC 9143 §7.2).
  private func bundle(_ streams: [LocalStream?]) -> [MediaGroup] {
    let named = streams.compactMap { $0 }.filter { $0.mid != nil }
    guard let first = named.first else { return [] }
    let mids = named.filter { $0.address == first.address && $0.port == first.port }.compactMap(\.mid)
    return mids.count > 1 ? [MediaGroup("BUNDLE", mids)].compactMap { $0 } : []
  }
}

extension DescriptionWriter {
  /// A stream that is refused or gone: port 0, and otherwise as it was.
  mutating func unused(_ media: MediaDescription?) {
    guard let media else {
      line("m", "audio 0 RTP/AVP 0")
      return
    }
    let formats = media.formats.joined(separator: " ")
    line("m", "\(media.typeText) 0 \(media.transportText)\(formats.isEmpty ? "" : " ")\(formats)")
    if let mid = media.mid.flatMap(TokenAttribute.init(token:)) { attribute(mid) }
  }
}
