import Wire

/// Writes descriptions of ours line by line, in the order of RFC 8866 §5.
struct DescriptionWriter {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(1_024) }

  mutating func line(_ letter: String, _ text: String) {
    bytes.append(text: letter)
    bytes.append(UInt8(ascii: "="))
    bytes.append(text: text)
    bytes.append(text: "\r\n")
  }

  mutating func attribute(_ flag: AttributeName) { line("a", flag.text) }

  mutating func attribute(_ value: some SDPAttributeValue, named name: AttributeName? = nil) {
    bytes.append(text: "a=")
    bytes.append(text: (name ?? type(of: value).attribute).text)
    bytes.append(UInt8(ascii: ":"))
    value.write(into: &bytes)
    bytes.append(text: "\r\n")
  }

  // MARK: Parts of a description

  /// Everything before the first `m=`. `times` are lines of an offer to be repeated (RFC 3264 §6).
  mutating func session(
    _ origin: Origin, connection: IPAddress, times: [String] = ["t=0 0"], groups: [MediaGroup], isICELite: Bool
  ) {
    line("v", "0")
    line("o", origin.description)
    line("s", "-")
    line("c", ConnectionAddress(connection).description)
    for time in times {
      bytes.append(text: time)
      bytes.append(text: "\r\n")
    }
    if isICELite { attribute(.iceLite) }
    for group in groups { attribute(group) }
  }

  /// What of a stream does not depend on whether it is offered or answered.
  mutating func transport(_ stream: LocalStream, sharesPort: Bool, isOffer: Bool) {
    for bandwidth in stream.bandwidths { line("b", "\(bandwidth.type):\(bandwidth.value)") }
    if let rtcpPort = stream.rtcpPort, rtcpPort != stream.port &+ 1, !sharesPort || isOffer {
      attribute(RTCPAddress(port: rtcpPort))
    }
    if sharesPort {
      attribute(.rtcpMux)
      if stream.rtcpMux == .required, isOffer { attribute(.rtcpMuxOnly) }
    }
  }

  /// `a=rtpmap` and `a=fmtp` of one format.
  mutating func format(_ map: RTPMap, _ parameters: String) {
    attribute(map)
    if let parameters = FormatParameters("\(map.payloadType)", parameters), !parameters.parameters.isEmpty {
      attribute(parameters)
    }
  }

  mutating func packetTimes(_ stream: LocalStream) {
    if let time = stream.packetTime { attribute(time) }
    if let time = stream.maximumPacketTime { attribute(time, named: .maxptime) }
  }

  mutating func ice(_ ice: ICEDescription) {
    attribute(ice.fragment)
    attribute(ice.password)
    if let options = ICEOptions(tags: ice.options) { attribute(options) }
    for candidate in ice.candidates { attribute(candidate) }
    if ice.hasEnded { attribute(.endOfCandidates) }
  }

  mutating func dtls(_ parameters: DTLSParameters, setup: DTLSSetup) {
    for fingerprint in parameters.fingerprints { attribute(fingerprint) }
    attribute(setup)
    if let tlsID = parameters.tlsID { attribute(tlsID) }
  }

  mutating func further(_ attributes: [String]) {
    for text in attributes where !text.isEmpty && text.isLineText { line("a", text) }
  }
}
