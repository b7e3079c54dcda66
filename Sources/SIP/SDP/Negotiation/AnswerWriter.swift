import Wire

/// Writes answers (RFC 3264 §6).
struct AnswerWriter {
  let offer: SessionDescription

  /// An answer that takes up what our streams can; each of them serves one media description of its kind at most, the
  /// first that it suits.
  func write(_ capabilities: [LocalStream], origin: Origin) throws(NegotiationFault) -> SessionDescription {
    var free = capabilities.map(Optional.some)
    return try write(origin: origin) { media in
      for index in free.indices {
        guard let stream = free[index], let plan = AnswerPlan(media, stream) else { continue }
        free[index] = nil
        return plan
      }
      return nil
    }
  }

  /// An answer with one stream of ours for each media description; nil refuses it.
  func write(slots: [LocalStream?], origin: Origin) throws(NegotiationFault) -> SessionDescription {
    try write(origin: origin) { media in
      guard media.index < slots.count, let stream = slots[media.index] else { return nil }
      return AnswerPlan(media, stream)
    }
  }

  private func write(
    origin: Origin, _ plan: (MediaDescription) -> AnswerPlan?
  ) throws(NegotiationFault) -> SessionDescription {
    var plans = offer.media.map(plan)
    let groups = bundles(&plans)
    let shared = plans.lazy.compactMap { $0?.stream.address }.first ?? origin.address.address ?? .anyIPv4
    var writer = DescriptionWriter()
    writer.session(
      origin, connection: shared, times: times, groups: groups,
      isICELite: plans.contains { $0?.stream.ice?.isLite == true })
    for (media, plan) in zip(offer.media, plans) {
      if let plan {
        plan.write(shared: shared, into: &writer)
      } else {
        writer.unused(media)
      }
    }
    do throws(SDPError) {
      return try SessionDescription(parsing: writer.bytes)
    } catch {
      throw .description(error)
    }
  }

  /// The bundles of the offer, each with those of its streams that go to one port of ours (RFC 9143 §7.3). A stream
  /// without a port of its own that is in none of them is refused.
  private func bundles(_ plans: inout [AnswerPlan?]) -> [MediaGroup] {
    var groups: [MediaGroup] = []
    var bundled: Set<String> = []
    for group in offer.groups where group.semantics == "BUNDLE" {
      var first: LocalStream?
      var mids: [String] = []
      for mid in group.mids where !bundled.contains(mid) {
        guard let plan = plans.lazy.compactMap({ $0 }).first(where: { $0.media.mid == mid }) else { continue }
        guard first == nil || first?.address == plan.stream.address && first?.port == plan.stream.port else { continue }
        first = first ?? plan.stream
        mids.append(mid)
        bundled.insert(mid)
      }
      if !mids.isEmpty, let group = MediaGroup("BUNDLE", mids) { groups.append(group) }
    }
    for index in plans.indices {
      guard let media = plans[index]?.media, media.port == 0 else { continue }
      if media.mid.map(bundled.contains) != true { plans[index] = nil }
    }
    return groups
  }

  /// `t=`, `r=` and `z=` of the offer (RFC 3264 §6).
  private var times: [String] {
    let storage = offer.storage
    let lines = storage.index.lines.filter {
      [UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "z")].contains($0.letter)
    }
    guard lines.contains(where: { $0.letter == UInt8(ascii: "t") }) else { return ["t=0 0"] }
    return lines.map { storage.text($0.start..<$0.value.upperBound) }
  }
}

/// What is answered to one media description of an offer.
struct AnswerPlan {
  let media: MediaDescription
  let stream: LocalStream
  /// The offer's format, and our codec for it.
  private let formats: [(offered: PayloadFormat, codec: Codec)]
  private let otherFormats: [String]
  private let keying: Keying
  private let sharesPort: Bool

  private enum Keying {
    case none
    case sdes(CryptoAttribute)
    case dtls(DTLSParameters, DTLSSetup)
  }

  /// A plan; nil when our stream does not suit: refused in the offer, another kind, no codec or no protection in common.
  init?(_ media: MediaDescription, _ stream: LocalStream) {
    guard media.port != 0 || media.attributes.contains(.bundleOnly), media.connection != nil, stream.port != 0,
      media.type == stream.type, media.type != .other
    else { return nil }
    self.media = media
    self.stream = stream
    sharesPort = media.transport.isRTP && media.offersRTCPMux && stream.rtcpMux != .off
    if media.transport.isRTP {
      guard stream.rtcpMux != .required || sharesPort, let formats = Self.common(media, stream),
        let keying = Self.keying(media, stream.security)
      else { return nil }
      self.formats = formats
      otherFormats = []
      self.keying = keying
    } else {
      let offered = media.formats
      let common = offered.filter { format in stream.formats.contains { $0.equalsIgnoringCase(format) } }
      guard media.transport == stream.transport, media.transport != .other, !common.isEmpty else { return nil }
      var keying = Keying.none
      if media.transport.isDTLSSCTP {
        guard let dtls = Self.dtls(media, stream.security) else { return nil }
        keying = dtls
      }
      formats = []
      otherFormats = common
      self.keying = keying
    }
  }

  /// Our codecs among the offer's formats, in the offer's order (§6.1) and under its numbers.
  ///
  /// Events stay for the clock rates of the codecs that are taken, or all of them when they are for none (RFC 4733 §2.1).
  /// Where a codec was offered, one has to be in common: events and comfort noise alone are no call.
  private static func common(_ media: MediaDescription, _ stream: LocalStream) -> [(PayloadFormat, Codec)]? {
    let offered = media.payloadFormats
    var codecs = stream.codecs
    var common: [(offered: PayloadFormat, codec: Codec)] = []
    for format in offered where !format.map.encodingName.equalsIgnoringCase("rtx") {
      guard let place = codecs.firstIndex(where: { $0.matches(format) }) else { continue }
      common.append((format, codecs.remove(at: place)))
    }
    let rates = Set(common.filter { !$0.offered.isAuxiliary }.map(\.offered.map.clockRate))
    if rates.isEmpty, offered.contains(where: { !$0.isAuxiliary }) { return nil }
    let suits = common.contains { $0.offered.isTelephoneEvent && rates.contains($0.offered.map.clockRate) }
    if suits { common.removeAll { $0.offered.isTelephoneEvent && !rates.contains($0.offered.map.clockRate) } }
    return common.isEmpty ? nil : common
  }

  // MARK: Keys

  /// Nil when there is no protection that both allow.
  private static func keying(_ media: MediaDescription, _ security: MediaSecurity) -> Keying? {
    let mayBeSecure = media.transport.isSecure || security.allowsOpportunistic
    if mayBeSecure, let dtls = dtls(media, security) { return dtls }
    if media.transport.usesDTLS { return nil }
    if mayBeSecure, let crypto = sdes(media, security) { return .sdes(crypto) }
    return media.transport.isSecure || !security.allowsPlain ? nil : Keying.none
  }

  private static func dtls(_ media: MediaDescription, _ security: MediaSecurity) -> Keying? {
    guard let ours = security.dtls, !ours.fingerprints.isEmpty, let theirs = try? media.inherited(Fingerprint.self),
      !theirs.isEmpty
    else { return nil }
    switch try? media.inherited(DTLSSetup.self).first {
    case .active: return .dtls(ours, .passive)
    case .passive: return .dtls(ours, .active)
    case .holdconn: return nil
    case .actpass, nil: return .dtls(ours, ours.answers == .passive ? .passive : .active)
    }
  }

  /// The first offered attribute that we have a key for (RFC 4568 §5.1.2).
  private static func sdes(_ media: MediaDescription, _ security: MediaSecurity) -> CryptoAttribute? {
    for offered in media.attributes.valid(CryptoAttribute.self) where offered.isPlain {
      if let ours = security.sdes.first(where: { $0.suite.canonical == offered.suite.canonical }) {
        return ours.answering(offered)
      }
    }
    return nil
  }

  // MARK: Text

  func write(shared: IPAddress, into writer: inout DescriptionWriter) {
    let words = formats.isEmpty ? otherFormats : formats.map { "\($0.offered.payloadType)" }
    writer.line("m", "\(media.typeText) \(stream.port) \(media.transportText) \(words.joined(separator: " "))")
    if stream.address != shared { writer.line("c", ConnectionAddress(stream.address).description) }
    writer.transport(stream, sharesPort: sharesPort, isOffer: false)
    for (offered, codec) in formats { writer.format(offered.map, parameters(offered, codec)) }
    if media.transport.hasFeedback { feedback(into: &writer) }
    for map in media.attributes.valid(ExtensionMap.self) where stream.extensions.contains(map.uri) && map.id < 256 {
      if let answer = ExtensionMap(map.id, map.uri, direction: map.direction?.reversed) { writer.attribute(answer) }
    }
    writer.packetTimes(stream)
    if let mid = media.mid.flatMap(TokenAttribute.init(token:)) { writer.attribute(mid) }
    switch keying {
    case .none: break
    case .sdes(let crypto): writer.attribute(crypto)
    case .dtls(let parameters, let setup): writer.dtls(parameters, setup: setup)
    }
    if let ice = stream.ice, media.ice != nil { writer.ice(ice) }
    writer.attribute(stream.direction.intersection(media.direction.reversed).attribute)
    writer.further(stream.attributes)
  }

  /// Our parameters; of events those that both take (RFC 4733 §2.4.1).
  private func parameters(_ offered: PayloadFormat, _ codec: Codec) -> String {
    guard offered.isTelephoneEvent else { return codec.parameters }
    let theirs = TelephoneEvents(offered.parameters) ?? .dtmf
    let ours = TelephoneEvents(codec.parameters) ?? .dtmf
    return theirs.intersection(ours).description
  }

  /// The offer's feedback that we take, for formats that are taken (RFC 4585 §4.2).
  private func feedback(into writer: inout DescriptionWriter) {
    if stream.rtcpReducedSize, media.attributes.contains(.rtcpReducedSize) { writer.attribute(.rtcpReducedSize) }
    for offered in media.attributes.valid(RTCPFeedback.self) {
      if let number = offered.payloadType, !formats.contains(where: { $0.offered.payloadType == number }) { continue }
      let isOurs = stream.feedback.contains { $0.kind == offered.kind && $0.parameters == offered.parameters }
      if isOurs { writer.attribute(offered) }
    }
  }
}
