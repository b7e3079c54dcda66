import Codecs
import FuzzSupport
import Wire

/// A payload is written as it was read. A sender's keys, over a stream that loses, repeats and delays packets and perhaps
/// changes its clock, are heard once each when one packet of them arrived, and with their length when the last one did.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count > 2, bytes.count <= 2048 else { return }
  checkPayload(bytes)
  checkStream(bytes)
}

private func checkPayload(_ bytes: Span<UInt8>) {
  guard let event = TelephoneEvent(bytes) else { return require(bytes.count < 4, "four bytes are refused") }
  var written = [UInt8](repeating: 0, count: 4)
  var span = written.mutableSpan
  let isWritten = event.write(into: &span)
  require(isWritten, "no room in four bytes")
  require(written[0] == bytes[0] && written[2] == bytes[2] && written[3] == bytes[3], "another payload")
  require(written[1] == bytes[1] & 0xBF, "other bits than the reserved one")
}

private struct Flying {
  var packet: TelephoneEventSender.Packet
  var key: Int
  var left: UInt8
}

private struct Stream {
  var receiver: TelephoneEventReceiver
  var converter: TelephoneEventConverter
  var isConverted: Bool
  var heard: [Int: Int] = [:]
  var arrived: Set<Int> = []

  mutating func take(_ flying: Flying) {
    arrived.insert(flying.key)
    var (event, timestamp, isFirst) = (flying.packet.event, flying.packet.timestamp, flying.packet.isFirst)
    if isConverted {
      let packet = converter.convert(event, timestamp: timestamp, isMarked: isFirst)
      (event, timestamp, isFirst) = (packet.event, packet.start &* 6 &+ packet.offset, isFirst)
    }
    switch receiver.received(event, timestamp: timestamp, isMarked: isFirst) {
    case .pressed(let digit), .tapped(let digit, _):
      require(digit.code == flying.packet.event.code, "another key")
      heard[flying.key, default: 0] += 1
    case .released, .held, .none: break
    case .other: require(flying.packet.event.code >= DTMFDigit.codeCount, "a key that is none")
    }
  }
}

private func checkStream(_ bytes: Span<UInt8>) {
  let isConverted = bytes[0] & 1 != 0
  let packetUnits: UInt32 = [160, 80, 240, 480][Int(bytes[0] >> 1 & 3)]
  var stream = Stream(
    receiver: TelephoneEventReceiver(clockRate: isConverted ? 48_000 : 8_000),
    converter: TelephoneEventConverter(from: 8_000, to: 48_000), isConverted: isConverted)
  var sender = TelephoneEventSender(packetUnits: packetUnits)
  var timestamp = UInt32(bytes[1]) << 24 | 0x00FF_0000
  // A converter that starts in the midst of a wrapped timestamp has nothing to do with this.
  if isConverted { timestamp &= 0x0FFF_FFFF }
  var flying: [Flying] = []
  var key = 0
  var place = 2
  while place + 1 < bytes.count, key < 64 {
    let (step, detail) = (bytes[place], bytes[place + 1])
    place += 2
    if !sender.isSending, let digit = DTMFDigit(code: step % DTMFDigit.codeCount) {
      timestamp &+= packetUnits * 4
      key += 1
      let isHeld = sender.hold(digit, at: timestamp)
      require(isHeld, "an idle sender is busy")
    }
    // A few packets, or a few hundred, and then perhaps the end.
    for count in 0..<(detail & 0x40 == 0 ? 1 : 60) {
      if count == 0, detail & 0x80 != 0 { sender.release() }
      guard let packet = sender.next() else { break }
      timestamp &+= packetUnits
      let isLost = detail & 3 == 3
      // Segments may be lost whole, but not many in a row.
      if !isLost || count > 50 {
        flying.append(Flying(packet: packet, key: key, left: isConverted ? 0 : step >> 5 & 3))
      }
      if detail & 4 != 0, !isLost { flying.append(Flying(packet: packet, key: key, left: isConverted ? 0 : 1)) }
      for index in flying.indices.reversed() {
        if flying[index].left == 0 {
          stream.take(flying.remove(at: index))
        } else {
          flying[index].left -= 1
        }
      }
    }
  }
  for one in flying { stream.take(one) }
  for key in stream.arrived { require(stream.heard[key] == 1, "key \(key) was heard \(stream.heard[key] ?? 0) times") }
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
