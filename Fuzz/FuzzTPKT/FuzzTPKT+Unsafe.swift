import FuzzSupport
import H225
import Wire

/// However a stream is cut into segments, the same packets come out of it and the same error; packets written are read.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count > 1 else { return }
  let step = Int(bytes[0] % 37) + 1
  let limit = Int(bytes[1]) * 256 + 16
  let stream = bytes.extracting(2..<bytes.count)
  let whole = packets(stream, step: max(1, stream.count), limit)
  let cut = packets(stream, step: step, limit)
  require(whole.payloads == cut.payloads, "cut into \(step), other packets")
  require(whole.error == cut.error, "cut into \(step), another error")
  for payload in whole.payloads {
    require(payload.count <= limit, "beyond the limit")
    guard let packet = try? TPKT.packet(payload) else { fatalError("a payload that was read cannot be written") }
    let again = packets(packet.span, step: 1, TPKTLimits.maxPayload)
    require(again.payloads == [payload] && again.error == nil, "another payload")
  }
}

private func packets(_ stream: Span<UInt8>, step: Int, _ limit: Int) -> (payloads: [[UInt8]], error: TPKTError?) {
  var framer = TPKTFramer(maxPayload: limit)
  var payloads: [[UInt8]] = []
  var offset = 0
  while offset < stream.count {
    let end = min(stream.count, offset + step)
    do throws(TPKTError) {
      try framer.receive(stream.extracting(offset..<end)) { payloads.append([UInt8](copying: $0)) }
    } catch {
      return (payloads, error)
    }
    require(framer.pendingCount < limit + TPKTLimits.headerOctets, "more is kept than one packet")
    offset = end
  }
  return (payloads, nil)
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
