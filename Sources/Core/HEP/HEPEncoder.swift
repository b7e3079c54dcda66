import Wire

/// Writes the packets of one capture agent. What is the same in all of them is made once.
///
///     let encoder = HEPEncoder(try HEPAgent(id: 2001, nodeName: Array("edge-1".utf8)))
///     try encoder.append(envelope, correlationID: callID.span, payload: message.span, to: &writer)
public struct HEPEncoder: Sendable {
  /// The agent's number, name and key as chunks.
  private let agentChunks: [UInt8]

  /// An encoder for an agent.
  public init(_ agent: HEPAgent) {
    var chunks: [UInt8] = []
    Self.append(.agentID, UInt64(agent.id), count: 4, to: &chunks)
    if let name = agent.nodeName { Self.append(.nodeName, name.span, to: &chunks) }
    if let key = agent.authenticateKey { Self.append(.authenticateKey, key.span, to: &chunks) }
    agentChunks = chunks
  }

  /// Appends a packet, or nothing when it throws.
  ///
  /// - Parameters:
  ///   - correlationID: what ties it to other packets; empty: nothing does.
  ///   - payload: as it was captured.
  /// - Throws: ``HEPError/tooLong(_:)`` for the payload, ``HEPError/time``.
  public func append(
    _ envelope: HEPEnvelope, correlationID: Span<UInt8>, payload: Span<UInt8>, to output: inout [UInt8]
  ) throws(HEPError) {
    try append(
      envelope, keepAliveTimer: nil, correlationID: correlationID, .payload, payload, to: &output)
  }

  func append(
    _ envelope: HEPEnvelope, keepAliveTimer: UInt16?, correlationID: Span<UInt8>, _ type: HEPChunkType,
    _ payload: Span<UInt8>, to output: inout [UInt8]
  ) throws(HEPError) {
    let (second, microsecond) = try Self.time(envelope.time)
    let isIPv4 = envelope.source.ip.isIPv4 && envelope.destination.ip.isIPv4
    var length = HEPLimits.headerBytes + agentChunks.count + (isIPv4 ? Self.envelopeBytesIPv4 : Self.envelopeBytesIPv6)
    if keepAliveTimer != nil { length += HEPLimits.chunkHeaderBytes + 2 }
    if !correlationID.isEmpty { length += HEPLimits.chunkHeaderBytes + correlationID.count }
    length += HEPLimits.chunkHeaderBytes
    guard payload.count <= HEPLimits.maxPacketBytes - length else { throw .tooLong(type) }
    length += payload.count
    output.reserveCapacity(output.count + length)
    output.append(contentsOf: Self.identifier)
    Self.append(UInt64(length), count: 2, to: &output)
    Self.append(.protocolFamily, UInt64(isIPv4 ? HEPFamily.ipv4 : HEPFamily.ipv6), count: 1, to: &output)
    Self.append(.protocolID, UInt64(envelope.protocolID.rawValue), count: 1, to: &output)
    if isIPv4 {
      Self.append(.sourceIPv4, envelope.source.ip.low & 0xFFFF_FFFF, count: 4, to: &output)
      Self.append(.destinationIPv4, envelope.destination.ip.low & 0xFFFF_FFFF, count: 4, to: &output)
    } else {
      Self.append(.sourceIPv6, envelope.source.ip, to: &output)
      Self.append(.destinationIPv6, envelope.destination.ip, to: &output)
    }
    Self.append(.sourcePort, UInt64(envelope.source.port), count: 2, to: &output)
    Self.append(.destinationPort, UInt64(envelope.destination.port), count: 2, to: &output)
    Self.append(.seconds, second, count: 4, to: &output)
    Self.append(.microseconds, microsecond, count: 4, to: &output)
    Self.append(.protocolType, UInt64(envelope.protocolType.rawValue), count: 1, to: &output)
    output.append(contentsOf: agentChunks)
    if let keepAliveTimer { Self.append(.keepAliveTimer, UInt64(keepAliveTimer), count: 2, to: &output) }
    if !correlationID.isEmpty { Self.append(.correlationID, correlationID, to: &output) }
    Self.append(type, payload, to: &output)
  }

  private static let identifier = Array("HEP3".utf8)
  /// Family, protocol, addresses, ports, time and type with their headers.
  private static let envelopeBytesIPv4 = 9 * HEPLimits.chunkHeaderBytes + 1 + 1 + 4 + 4 + 2 + 2 + 4 + 4 + 1
  private static let envelopeBytesIPv6 = envelopeBytesIPv4 + 24

  private static func time(_ time: UTCTimestamp) throws(HEPError) -> (second: UInt64, microsecond: UInt64) {
    let second = time.seconds
    guard second >= 0, second <= Int64(UInt32.max) else { throw .time }
    return (UInt64(second), UInt64(time.microseconds % 1_000_000))
  }

  // MARK: Chunks

  private static func append(_ type: HEPChunkType, _ value: UInt64, count: Int, to output: inout [UInt8]) {
    append(header: type, count, to: &output)
    append(value, count: count, to: &output)
  }

  /// An IPv4 address beside an IPv6 one is written in its mapped form.
  private static func append(_ type: HEPChunkType, _ ip: IPAddress, to output: inout [UInt8]) {
    append(header: type, 16, to: &output)
    append(ip.high, count: 8, to: &output)
    append(ip.low, count: 8, to: &output)
  }

  private static func append(_ type: HEPChunkType, _ bytes: Span<UInt8>, to output: inout [UInt8]) {
    append(header: type, bytes.count, to: &output)
    output.append(copying: bytes)
  }

  private static func append(header type: HEPChunkType, _ payloadBytes: Int, to output: inout [UInt8]) {
    append(UInt64(type.rawValue) << 16 | UInt64(payloadBytes + HEPLimits.chunkHeaderBytes), count: 6, to: &output)
  }

  /// The low bytes of a number in network order.
  private static func append(_ value: UInt64, count: Int, to output: inout [UInt8]) {
    var shift = count * 8
    while shift > 0 {
      shift -= 8
      output.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }
}

extension HEPPacket {
  /// The packet's bytes.
  public func encoded() throws(HEPError) -> [UInt8] {
    var output: [UInt8] = []
    let correlation = correlationID ?? []
    switch payload {
    case .captured(let bytes):
      try HEPEncoder(agent).append(
        envelope, keepAliveTimer: keepAliveTimer, correlationID: correlation.span, .payload, bytes.span, to: &output)
    case .compressed(let bytes):
      try HEPEncoder(agent).append(
        envelope, keepAliveTimer: keepAliveTimer, correlationID: correlation.span, .compressedPayload, bytes.span,
        to: &output)
    }
    return output
  }
}
