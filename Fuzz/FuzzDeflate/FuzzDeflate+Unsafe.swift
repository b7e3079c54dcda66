import FuzzSupport
import WebSocket
import Wire

/// The guard of permessage-deflate: whatever is inflated, no message is longer than the limit or than the ratio allows,
/// nothing is kept afterwards, and what we compress ourselves comes back as it was.
///
/// The first byte chooses limits and parameters, the next where the compressed bytes are cut into fragments.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count >= 2 else { return }
  var limits = WebSocketLimits()
  if bytes[0] & 1 == 0 { limits.messageBytes = 512 }
  if bytes[0] & 2 == 0 {
    limits.inflationRatio = 3
    limits.inflationAllowance = 64
  }
  var parameters = DeflateParameters()
  parameters.serverKeepsContext = bytes[0] & 4 == 0
  parameters.clientKeepsContext = bytes[0] & 8 == 0
  parameters.serverWindowBits = 9 + Int(bytes[0] >> 4) % 7
  parameters.clientWindowBits = parameters.serverWindowBits
  let cut = max(Int(bytes[1]), 1)
  let payload = [UInt8](copying: bytes.extracting(2..<bytes.count))
  inflate(payload, cut, parameters, limits)
  roundTrip(payload, parameters, limits)
}

private let now = Instant(nanoseconds: 0)

/// The bytes as compressed messages of a client, twice over, so that a kept context is used.
private func inflate(
  _ payload: [UInt8], _ cut: Int, _ parameters: DeflateParameters, _ limits: WebSocketLimits
) {
  var server = WebSocketConnection(role: .server, deflate: parameters, limits: limits, now: now)
  for _ in 0..<2 {
    var start = 0
    repeat {
      let end = min(start + cut, payload.count)
      let isLast = end == payload.count
      // With a key of zeros the payload stands there as it is.
      var frame: [UInt8] = [(isLast ? 0x80 : 0) | (start == 0 ? 0x42 : 0), 0x80 | UInt8(min(end - start, 125))]
      if end - start > 125 {
        frame[1] = 0x80 | 126
        frame += [UInt8((end - start) >> 8), UInt8((end - start) & 0xFF)]
      }
      frame += [0, 0, 0, 0] + payload[start..<end]
      server.append(frame.span, now: now)
      start = end
    } while start < payload.count
    while true {
      let event = server.next(now: now)
      if event == .needMore { break }
      guard case .message(let message) = event else { continue }
      require(message.count <= limits.messageBytes, "a message of \(message.count) bytes")
      let allowed = max(limits.inflationAllowance, payload.count * limits.inflationRatio)
      require(message.count <= allowed, "\(message.count) bytes out of \(payload.count)")
      require(server.keptByteCount == 0, "\(server.keptByteCount) bytes are kept")
    }
  }
}

/// The bytes as a message of ours, twice over, to the other end.
private func roundTrip(_ message: [UInt8], _ parameters: DeflateParameters, _ limits: WebSocketLimits) {
  // The ratio is for strangers: what compresses well by itself is refused as well.
  var generous = limits
  generous.inflationRatio = 100_000
  var server = WebSocketConnection(role: .server, deflate: parameters, limits: generous, now: now)
  var client = WebSocketConnection(role: .client, deflate: parameters, limits: generous, now: now)
  for mask in 0..<2 as Range<UInt32> {
    let toServer = client.send(message.span, mask: mask &* 0x5A6B_7C8D)
    server.append(toServer.span, now: now)
    let toClient = server.send(message.span)
    client.append(toClient.span, now: now)
    guard message.count <= limits.messageBytes, toServer.count <= limits.messageBytes else { return }
    require(server.next(now: now) == .message(message), "the server reads something else")
    require(client.next(now: now) == .message(message), "the client reads something else")
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
