import Codecs
import DTMF
import FuzzSupport
import Wire

/// Any bytes are refused as the body of an INFO request, or are a key that is written and read again as the same. Any
/// sequence of keys, by any way, with packets lost, repeated and late, goes over a bridge with each key once and in order:
/// see `Script`. A bridge that is told nonsense keeps to its limits.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count > 1, bytes.count <= 4096 else { return }
  for form in DTMFInfo.Form.allCases { checkBody(bytes.extracting(1..<bytes.count), form) }
  var script = Script(options: bytes[0])
  var reader = ByteReader(bytes.extracting(1..<bytes.count))
  while script.step(&reader) {}
  script.finish()
  checkNonsense(bytes)
}

private func checkBody(_ body: Span<UInt8>, _ form: DTMFInfo.Form) {
  guard let info = try? DTMFInfo(parsing: body, as: form) else { return }
  var written: [UInt8] = []
  info.write(into: &written)
  guard let again = try? DTMFInfo(parsing: written.span, as: form) else { return require(false, "ours is refused") }
  require(again.digit == info.digit, "another key")
  require(form == .plain || again == info, "another duration")
}

private func checkNonsense(_ bytes: Span<UInt8>) {
  var bridge = DTMFBridge(
    a: .telephoneEvent(clockRate: UInt32(bytes[0]) * 1_000, packetUnits: UInt32(bytes[1]) * 17), b: .signal)
  var now: Int64 = 0
  var told = 0
  for place in stride(from: 0, to: bytes.count - 12, by: 12) {
    let side: DTMFBridge.Side = bytes[place] & 1 == 0 ? .a : .b
    now += Int64(bytes[place + 1]) * 2_000_000
    let instant = Instant(nanoseconds: now)
    let word = bytes.bigEndianUInt32(at: place + 4)
    if bytes[place] & 6 == 0 {
      let input: UserInput =
        bytes[place] & 8 == 0
        ? .signalUpdate(milliseconds: UInt16(truncatingIfNeeded: word))
        : .signal(.flash, milliseconds: bytes[place] & 16 == 0 ? nil : UInt16(truncatingIfNeeded: word))
      bridge.received(input, from: side, now: instant)
    } else if let event = TelephoneEvent(bytes.extracting((place + 8)..<(place + 12))) {
      bridge.received(
        event, timestamp: word, isMarked: bytes[place] & 32 != 0, ssrc: UInt32(bytes[place] >> 6), from: side,
        now: instant)
    }
    while let message = bridge.nextMessage(to: .b) {
      told += 1
      if case .info = message { require(false, "an INFO request for H.245") }
    }
    let packet = bridge.nextPacket(to: .a, timestamp: word)
    require(packet == nil || (packet?.event.code ?? 99) < DTMFDigit.codeCount, "an event that is no key")
    bridge.advance(now: instant)
  }
  // One packet makes one press, or one end, of which the other leg hears at most two messages.
  require(told <= 2 * bytes.count / 12 + 2, "\(told) messages")
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
