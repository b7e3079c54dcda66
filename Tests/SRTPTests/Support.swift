import OpenSSLCrypto
import RTP
import SRTP
import Wire

/// The bytes of hex digits with spaces between them.
func bytes(_ hex: String) -> [UInt8] { (try? Hex.decode(hex.filter { $0 != " " && $0 != "\n" })) ?? [] }

/// A key whose bytes are 1, 2, 3 and so on.
func key(_ suite: SRTPSuite, identifier: [UInt8] = [], lifetime: UInt64 = SRTPLimits.maxPackets) throws -> SRTPMasterKey
{
  let bytes = (1...suite.masterBytes).map { UInt8($0) }
  return try SRTPMasterKey(suite, bytes: bytes.span, identifier: identifier, lifetime: lifetime)
}

/// An RTP packet with a payload of `count` bytes.
func rtp(_ sequenceNumber: UInt16, ssrc: UInt32 = 0xCAFE_BABE, count: Int = 160) -> [UInt8] {
  var packet = [UInt8](repeating: 0, count: 12 + count)
  var span = packet.mutableSpan
  let fields = RTPPacketFields(payloadType: 0, sequenceNumber: sequenceNumber, timestamp: 0x1234_5678, ssrc: ssrc)
  _ = try? fields.writeHeader(into: &span)
  for place in 12..<packet.count { packet[place] = UInt8(truncatingIfNeeded: place &* 7 &+ Int(sequenceNumber)) }
  return packet
}

/// A receiver report with a name.
func rtcp(ssrc: UInt32 = 0xCAFE_BABE) -> [UInt8] {
  let compound = RTCPCompound([
    .receiverReport(ReceiverReport(ssrc: ssrc, reports: [ReceptionReport(ssrc: 1, jitter: 7)])),
    .sourceDescription(SourceDescription(ssrc: ssrc, cname: Array("a@example".utf8))),
  ])
  return (try? compound.bytes()) ?? []
}

extension SRTPSender {
  mutating func protected(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] {
    var buffer = packet + [UInt8](repeating: 0xEE, count: maxTrailerBytes)
    var span = buffer.mutableSpan
    let count = try protect(&span, count: packet.count)
    return Array(buffer.prefix(count))
  }

  mutating func protectedRTCP(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] {
    var buffer = packet + [UInt8](repeating: 0xEE, count: maxTrailerBytes)
    var span = buffer.mutableSpan
    let count = try protectRTCP(&span, count: packet.count)
    return Array(buffer.prefix(count))
  }
}

extension SRTPReceiver {
  mutating func unprotected(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] {
    var buffer = packet
    var span = buffer.mutableSpan
    let count = try unprotect(&span, count: packet.count)
    return Array(buffer.prefix(count))
  }

  mutating func unprotectedRTCP(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] {
    var buffer = packet
    var span = buffer.mutableSpan
    let count = try unprotectRTCP(&span, count: packet.count)
    return Array(buffer.prefix(count))
  }
}

/// What an attempt came to: the packet, or why not.
func outcome(_ body: () throws(SRTPError) -> [UInt8]) -> Result<[UInt8], SRTPError> {
  do throws(SRTPError) {
    return .success(try body())
  } catch {
    return .failure(error)
  }
}
