import RTP
import Wire

/// The bytes of hex digits with spaces between them.
func bytes(_ hex: String) -> [UInt8] { (try? Hex.decode(hex.filter { $0 != " " && $0 != "\n" })) ?? [] }

/// The header of a packet with these values.
func header(_ sequenceNumber: UInt16, timestamp: UInt32 = 0, ssrc: UInt32 = 1) throws -> RTPHeader {
  var packet = [UInt8](repeating: 0, count: 172)
  var span = packet.mutableSpan
  let fields = RTPPacketFields(payloadType: 0, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: ssrc)
  try fields.writeHeader(into: &span)
  return try RTPHeader(packet.span)
}

/// `192.0.2.x:port`.
func address(_ last: Int, _ port: UInt16 = 40_000) -> SocketAddress {
  SocketAddress("192.0.2.\(last):\(port)") ?? SocketAddress(ip: IPAddress(v4: 0), port: port)
}

/// What parsing came to: the compound, or why not.
func parsed(_ bytes: [UInt8], _ form: RTCPForm = .reducedSize) -> Result<RTCPCompound, RTCPParseError> {
  do throws(RTCPParseError) {
    return .success(try RTCPCompound(parsing: bytes.span, allowing: form))
  } catch {
    return .failure(error)
  }
}
