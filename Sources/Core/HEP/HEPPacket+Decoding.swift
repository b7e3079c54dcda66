import Wire

extension HEPPacket {
  /// Reads one packet, which must be all of `bytes`: a datagram.
  ///
  /// Chunks of vendors, and generic ones that are not known here, are passed over, as the standard wants it. `EEP3` is
  /// read for `HEP3`.
  public init(decoding bytes: Span<UInt8>, limits: HEPLimits = .default) throws(HEPError) {
    guard bytes.count >= HEPLimits.headerBytes else { throw .truncated }
    let identifier = bigEndian(bytes.extracting(0..<4))
    guard identifier == HEPChunks.hep3 || identifier == HEPChunks.eep3 else { throw .identifier }
    guard bigEndian(bytes.extracting(4..<6)) == bytes.count else { throw .length }
    var chunks = HEPChunks()
    var offset = HEPLimits.headerBytes
    var count = 0
    while offset < bytes.count {
      count += 1
      guard count <= limits.maxChunks else { throw .tooManyChunks }
      let rest = bytes.count - offset
      guard rest >= HEPLimits.chunkHeaderBytes else { throw .truncated }
      let vendor = bigEndian(bytes.extracting(offset..<offset + 2))
      let type = bigEndian(bytes.extracting(offset + 2..<offset + 4))
      let length = Int(bigEndian(bytes.extracting(offset + 4..<offset + 6)))
      guard length >= HEPLimits.chunkHeaderBytes, length <= rest else { throw .truncated }
      let payload = bytes.extracting(offset + HEPLimits.chunkHeaderBytes..<offset + length)
      offset += length
      guard vendor == 0, let known = HEPChunkType(rawValue: UInt16(truncatingIfNeeded: type)) else { continue }
      try chunks.take(known, payload)
    }
    self = try chunks.packet()
  }
}

/// At most eight bytes as a number in network order.
private func bigEndian(_ bytes: Span<UInt8>) -> UInt64 {
  var number: UInt64 = 0
  for index in bytes.indices { number = number << 8 | UInt64(bytes[index]) }
  return number
}

/// What has been read of a packet so far: each generic chunk once.
private struct HEPChunks {
  static let hep3: UInt64 = 0x4845_5033
  static let eep3: UInt64 = 0x4545_5033

  private var numbers: [HEPChunkType: UInt64] = [:]
  private var addresses: [HEPChunkType: IPAddress] = [:]
  private var strings: [HEPChunkType: [UInt8]] = [:]

  mutating func take(_ type: HEPChunkType, _ payload: Span<UInt8>) throws(HEPError) {
    if let bytes = type.payloadBytes, payload.count != bytes { throw .chunkLength(type) }
    guard numbers[type] == nil, addresses[type] == nil, strings[type] == nil else { throw .duplicate(type) }
    switch type {
    case .protocolFamily, .protocolID, .sourcePort, .destinationPort, .seconds, .microseconds, .protocolType, .agentID,
      .keepAliveTimer:
      numbers[type] = bigEndian(payload)
    case .sourceIPv4, .destinationIPv4:
      addresses[type] = IPAddress(v4: UInt32(truncatingIfNeeded: bigEndian(payload)))
    case .sourceIPv6, .destinationIPv6:
      addresses[type] = IPAddress(high: payload.bigEndianUInt64(at: 0), low: payload.bigEndianUInt64(at: 8))
    case .authenticateKey, .nodeName:
      guard payload.count <= HEPLimits.maxTextBytes else { throw .tooLong(type) }
      strings[type] = [UInt8](copying: payload)
    case .payload, .compressedPayload, .correlationID:
      strings[type] = [UInt8](copying: payload)
    }
  }

  func packet() throws(HEPError) -> HEPPacket {
    let (source, destination) = try ends()
    let microseconds = numbers[.microseconds] ?? 0
    guard microseconds < 1_000_000 else { throw .microseconds }
    // 32 bits of seconds: far from overflowing.
    let time = UTCTimestamp(microseconds: Int64(try number(.seconds)) * 1_000_000 + Int64(microseconds))
    return HEPPacket(
      envelope: HEPEnvelope(
        source: source, destination: destination,
        protocolID: IPProtocolID(rawValue: UInt8(truncatingIfNeeded: try number(.protocolID))), time: time,
        protocolType: HEPProtocolType(rawValue: UInt8(truncatingIfNeeded: try number(.protocolType)))),
      agent: try HEPAgent(
        id: UInt32(truncatingIfNeeded: try number(.agentID)), nodeName: strings[.nodeName],
        authenticateKey: strings[.authenticateKey]),
      keepAliveTimer: numbers[.keepAliveTimer].map { UInt16(truncatingIfNeeded: $0) },
      correlationID: strings[.correlationID], payload: try payload())
  }

  private func number(_ type: HEPChunkType) throws(HEPError) -> UInt64 {
    guard let number = numbers[type] else { throw .missing(type) }
    return number
  }

  /// Both ends, of the family that the packet names and of no other.
  private func ends() throws(HEPError) -> (source: SocketAddress, destination: SocketAddress) {
    let types: (source: HEPChunkType, destination: HEPChunkType)
    switch try number(.protocolFamily) {
    case UInt64(HEPFamily.ipv4): types = (.sourceIPv4, .destinationIPv4)
    case UInt64(HEPFamily.ipv6): types = (.sourceIPv6, .destinationIPv6)
    default: throw .family
    }
    guard let source = addresses[types.source] else { throw .missing(types.source) }
    guard let destination = addresses[types.destination] else { throw .missing(types.destination) }
    guard addresses.count == 2 else { throw .family }
    return (
      SocketAddress(ip: source, port: UInt16(truncatingIfNeeded: try number(.sourcePort))),
      SocketAddress(ip: destination, port: UInt16(truncatingIfNeeded: try number(.destinationPort)))
    )
  }

  private func payload() throws(HEPError) -> HEPPayload {
    switch (strings[.payload], strings[.compressedPayload]) {
    case (let bytes?, nil): return .captured(bytes)
    case (nil, let bytes?): return .compressed(bytes)
    case (nil, nil): throw .missing(.payload)
    case (.some, .some): throw .twoPayloads
    }
  }
}
