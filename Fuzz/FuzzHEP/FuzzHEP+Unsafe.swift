import FuzzSupport
import HEP
import Wire

/// Any bytes are refused or are a packet; a packet, written and read again, is the same packet, and no longer than it was.
/// Any bytes can be the payload of a packet, too, with a part of them tying it to others.
private func check(_ bytes: Span<UInt8>) {
  if let packet = try? HEPPacket(decoding: bytes) {
    if let again = written(packet) {
      // Microseconds and their chunk are always written.
      require(again.count <= bytes.count + 10, "\(bytes.count) bytes become \(again.count)")
      require((try? HEPPacket(decoding: again.span)) == packet, "another packet")
    } else {
      require(bytes.count > HEPLimits.maxPacketBytes - 10, "\(bytes.count) bytes cannot be written again")
    }
  }
  let split = min(bytes.count, bytes.count == 0 ? 0 : Int(bytes[0]))
  carry(bytes.extracting(split..<bytes.count), correlation: bytes.extracting(0..<split))
}

/// Nil: too long, which only microseconds that were not there before can make it.
private func written(_ packet: HEPPacket) -> [UInt8]? {
  do throws(HEPError) {
    return try packet.encoded()
  } catch {
    require(error == .tooLong(.payload) || error == .tooLong(.compressedPayload), "cannot be written: \(error)")
    return nil
  }
}

private func carry(_ payload: Span<UInt8>, correlation: Span<UInt8>) {
  guard let agent = try? HEPAgent(id: 1, nodeName: Array("n".utf8)) else { return }
  let end = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5060)
  let envelope = HEPEnvelope(
    source: end, destination: end, protocolID: .udp, time: UTCTimestamp(microseconds: 1), protocolType: .sip)
  var output: [UInt8] = []
  do throws(HEPError) {
    try HEPEncoder(agent).append(envelope, correlationID: correlation, payload: payload, to: &output)
    let packet = try HEPPacket(decoding: output.span)
    require(packet.payload == .captured([UInt8](copying: payload)), "another payload")
    require((packet.correlationID ?? []) == [UInt8](copying: correlation), "another correlation id")
    require(packet.envelope == envelope && packet.agent == agent, "another envelope or agent")
  } catch {
    require(error == .tooLong(.payload) && payload.count + correlation.count > 65_000, "refused: \(error)")
    require(output.isEmpty, "something is left behind")
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
