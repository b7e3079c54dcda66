import Wire

/// One payload type of a media description, with what it stands for.
public struct PayloadFormat: Sendable, Hashable {
  /// Number, name, clock rate, channels.
  public let map: RTPMap
  /// What `a=fmtp` says; empty without one.
  public let parameters: String

  /// The number.
  public var payloadType: UInt8 { map.payloadType }

  /// The value of a parameter, as ``FormatParameters/subscript(_:)`` has it.
  public subscript(name: String) -> String? { FormatParameters.value(of: name, in: parameters) }

  /// Keys and other events on their way as RTP (RFC 4733).
  public var isTelephoneEvent: Bool { map.encodingName.equalsIgnoringCase("telephone-event") }

  /// Something that accompanies a codec and is none itself: events, comfort noise, redundancy, retransmission.
  public var isAuxiliary: Bool { MediaDescription.isAuxiliary(map.encodingName) }
}

extension MediaDescription {
  /// The formats of `m=` as they stand there: payload types where RTP is spoken, else words of the protocol.
  public var formats: [String] {
    let bytes = storage.bytes
    var scanner = SDPScanner(bytes.span, entry.formatsText.range)
    var list: [String] = []
    list.reserveCapacity(entry.formatCount)
    while let range = try? scanner.word() {
      list.append(storage.text(range))
      scanner.skipBlanks()
    }
    return list
  }

  /// The payload types of `m=`, in order of preference and each once, as far as it is known what they stand for.
  ///
  /// That is said by `a=rtpmap`, or by RFC 3551 where there is none. Empty where RTP is not spoken.
  public var payloadFormats: [PayloadFormat] {
    guard transport.isRTP else { return [] }
    let attributes = attributes
    let maps = attributes.valid(RTPMap.self)
    let parameters = attributes.valid(FormatParameters.self)
    let bytes = storage.bytes
    var scanner = SDPScanner(bytes.span, entry.formatsText.range)
    var seen: SIMD2<UInt64> = .zero
    var list: [PayloadFormat] = []
    list.reserveCapacity(entry.formatCount)
    while let range = try? scanner.word() {
      scanner.skipBlanks()
      guard let number = Decimal.parse(bytes.span.extracting(range), maximum: 127) else { continue }
      let bit: UInt64 = 1 << (number & 63)
      guard seen[Int(number >> 6)] & bit == 0 else { continue }
      seen[Int(number >> 6)] |= bit
      let payloadType = UInt8(truncatingIfNeeded: number)
      guard let map = maps.first(where: { $0.payloadType == payloadType }) ?? RTPMap.staticMap(of: payloadType) else {
        continue
      }
      let format = "\(payloadType)"
      list.append(
        PayloadFormat(map: map, parameters: parameters.first { $0.format == format }?.parameters ?? ""))
    }
    return list
  }

  static func isAuxiliary(_ encodingName: String) -> Bool {
    switch encodingName.lowercased() {
    case "telephone-event", "tone", "cn", "red", "rtx", "ulpfec", "flexfec-03": true
    default: false
    }
  }

  /// ICE credentials and candidates, the credentials from the session where they stand there (RFC 8839 §5.4); nil when
  /// there are none or they are malformed.
  public var ice: ICEDescription? {
    guard let fragment = try? inherited(ICEUsernameFragment.self).first,
      let password = try? inherited(ICEPassword.self).first
    else { return nil }
    return ICEDescription(
      fragment: fragment, password: password, candidates: attributes.valid(ICECandidate.self),
      options: ((try? inherited(ICEOptions.self)) ?? []).flatMap(\.tags),
      isLite: AttributeList(storage, storage.index.sessionLines).contains(.iceLite),
      hasEnded: attributes.contains(.endOfCandidates)
        || AttributeList(storage, storage.index.sessionLines).contains(.endOfCandidates))
  }
}

/// What a side says about ICE in one media description (RFC 8839 §5).
public struct ICEDescription: Sendable, Hashable {
  /// `a=ice-ufrag`
  public var fragment: ICEUsernameFragment
  /// `a=ice-pwd`
  public var password: ICEPassword
  /// `a=candidate`, the well-formed ones in order.
  public var candidates: [ICECandidate]
  /// `a=ice-options`
  public var options: [String]
  /// `a=ice-lite`, of the session.
  public var isLite: Bool
  /// `a=end-of-candidates`: no more will come (RFC 8840 §8.2).
  public var hasEnded: Bool

  /// Credentials, and what else there is to say.
  public init(
    fragment: ICEUsernameFragment, password: ICEPassword, candidates: [ICECandidate] = [], options: [String] = [],
    isLite: Bool = false, hasEnded: Bool = false
  ) {
    self.fragment = fragment
    self.password = password
    self.candidates = candidates
    self.options = options
    self.isLite = isLite
    self.hasEnded = hasEnded
  }
}
