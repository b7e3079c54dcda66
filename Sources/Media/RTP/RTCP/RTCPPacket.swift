import Wire

/// One RTCP packet, taken apart.
public enum RTCPPacket: Sendable, Hashable {
  /// SR (RFC 3550 §6.4.1).
  case senderReport(SenderReport)
  /// RR (RFC 3550 §6.4.2).
  case receiverReport(ReceiverReport)
  /// SDES (RFC 3550 §6.5).
  case sourceDescription(SourceDescription)
  /// BYE (RFC 3550 §6.6).
  case goodbye(Goodbye)
  /// APP (RFC 3550 §6.7).
  case application(ApplicationPacket)
  /// RTPFB (RFC 4585 §6.2).
  case transportFeedback(TransportFeedback)
  /// PSFB (RFC 4585 §6.3).
  case payloadFeedback(PayloadFeedback)
  /// Any other kind, XR (RFC 3611) among them: kept as it came.
  case unknown(UnknownRTCPPacket)

  /// Takes one packet of a datagram apart.
  public init(_ header: RTCPHeader, in datagram: Span<UInt8>) throws(RTCPParseError) {
    var reader = RTCPBodyReader(datagram, header.body)
    switch header.packetType {
    case RTCPPacketType.senderReport: self = .senderReport(try SenderReport(&reader, count: header.count))
    case RTCPPacketType.receiverReport: self = .receiverReport(try ReceiverReport(&reader, count: header.count))
    case RTCPPacketType.sourceDescription:
      self = .sourceDescription(try SourceDescription(&reader, count: header.count))
    case RTCPPacketType.goodbye: self = .goodbye(try Goodbye(&reader, count: header.count))
    case RTCPPacketType.application: self = .application(try ApplicationPacket(&reader, subtype: header.count))
    case RTCPPacketType.transportFeedback:
      self = .transportFeedback(try TransportFeedback(&reader, format: header.count))
    case RTCPPacketType.payloadFeedback: self = .payloadFeedback(try PayloadFeedback(&reader, format: header.count))
    default:
      self = .unknown(
        UnknownRTCPPacket(packetType: header.packetType, count: header.count, body: reader.rest()))
    }
  }

  /// Appends the packet in its written form; it is an error, and nothing whole is written, when a list is longer than
  /// its count can say or the writer's limit is reached.
  public func write(to writer: inout ByteWriter) throws(WireError) {
    switch self {
    case .senderReport(let packet): try packet.write(to: &writer)
    case .receiverReport(let packet): try packet.write(to: &writer)
    case .sourceDescription(let packet): try packet.write(to: &writer)
    case .goodbye(let packet): try packet.write(to: &writer)
    case .application(let packet): try packet.write(to: &writer)
    case .transportFeedback(let packet): try packet.write(to: &writer)
    case .payloadFeedback(let packet): try packet.write(to: &writer)
    case .unknown(let packet): try packet.write(to: &writer)
    }
  }
}

/// The packets of one datagram (RFC 3550 §6.1, RFC 5506).
public struct RTCPCompound: Sendable, Hashable {
  /// The packets, in order.
  public var packets: [RTCPPacket]

  /// These packets. Whether the first is a report, as a compound packet's must be, is the caller's to see to.
  public init(_ packets: [RTCPPacket]) {
    self.packets = packets
  }

  /// Checks a datagram and takes all its packets apart; one that is broken breaks the whole.
  public init(parsing datagram: Span<UInt8>, allowing form: RTCPForm = .compound) throws(RTCPParseError) {
    packets = []
    var reader = try RTCPReader(datagram, allowing: form)
    while let header = reader.next() { packets.append(try RTCPPacket(header, in: datagram)) }
  }

  /// Appends the packets in their written form.
  public func write(to writer: inout ByteWriter) throws(WireError) {
    for packet in packets { try packet.write(to: &writer) }
  }

  /// The written form; an error when it is longer than `maximum` bytes.
  public func bytes(maximum: Int = RTPLimits.maxPacketBytes) throws(WireError) -> [UInt8] {
    var writer = ByteWriter(maximum: maximum, reserving: min(maximum, 256))
    try write(to: &writer)
    return writer.bytes
  }
}

/// A packet of a kind that is not taken apart.
public struct UnknownRTCPPacket: Sendable, Hashable {
  /// What kind of packet it is, by its number.
  public var packetType: UInt8
  /// The five bits behind the padding bit.
  public var count: UInt8
  /// What follows the header, whole words.
  public var body: [UInt8]

  /// A packet of these parts.
  public init(packetType: UInt8, count: UInt8, body: [UInt8]) {
    self.packetType = packetType
    self.count = count
    self.body = body
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    try writer.writeRTCPHeader(packetType, count: Int(count), bodyBytes: body.count)
    try writer.write(body)
  }
}
