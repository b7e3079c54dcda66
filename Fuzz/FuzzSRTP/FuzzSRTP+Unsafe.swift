import FuzzSupport
import RTP
import SRTP
import Wire

/// The input's first byte chooses the suite, whether packets carry an identifier, and whether they are RTP or RTCP. The
/// rest is the packet, and its first 64 bytes say what is changed about it.
///
/// What is protected and let through is what it was. A packet that was changed in any way is refused and leaves no trace:
/// the one that was sent is let through after it, once. Bytes that are no packet of ours are refused. Nothing traps.
///
/// A tag of 32 bits can be guessed by a fuzzer that runs for an hour, so of those suites nothing is said of changed RTP.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count > 1 else { return }
  let suite = SRTPSuite.allCases[Int(bytes[0] & 0x0F) % SRTPSuite.allCases.count]
  let identifier: [UInt8] = bytes[0] & 0x10 == 0 ? [] : [1, 2, 3]
  let secret = [UInt8](repeating: bytes[0] | 1, count: suite.masterBytes)
  guard let key = try? SRTPMasterKey(suite, bytes: secret.span, identifier: identifier) else {
    return require(false, "the key is refused")
  }
  let rest = bytes.extracting(1..<bytes.count)
  var pair = Pair(key, bytes[0] & 0x20 != 0)
  var packet = [UInt8](copying: rest)
  // Bytes that nobody with the key has made.
  if case .success = pair.unprotect(packet) { require(pair.hasShortTag, "a stranger's packet is let through") }
  pair.exchange(packet, changes: rest)
  // The same bytes with a header that is one.
  if packet.count >= 12 {
    packet[0] = 0x80 | packet[0] & 0x1F
    packet[3] &+= 1
    pair.exchange(packet, changes: rest)
  }
}

private struct Pair: ~Copyable {
  var sender: SRTPSender
  var receiver: SRTPReceiver
  let isRTCP: Bool
  let hasShortTag: Bool

  init(_ key: SRTPMasterKey, _ isRTCP: Bool) {
    hasShortTag = !isRTCP && key.suite.rtpTagBytes < 10
    sender = SRTPSender(key)
    receiver = SRTPReceiver(key)
    self.isRTCP = isRTCP
  }

  mutating func protect(_ packet: [UInt8]) -> [UInt8]? {
    var buffer = packet + [UInt8](repeating: 0xEE, count: sender.maxTrailerBytes)
    var span = buffer.mutableSpan
    do throws(SRTPError) {
      let count =
        isRTCP ? try sender.protectRTCP(&span, count: packet.count) : try sender.protect(&span, count: packet.count)
      return Array(buffer.prefix(count))
    } catch {
      return nil
    }
  }

  mutating func unprotect(_ packet: [UInt8]) -> Result<[UInt8], SRTPError> {
    var buffer = packet
    var span = buffer.mutableSpan
    do throws(SRTPError) {
      let count =
        isRTCP
        ? try receiver.unprotectRTCP(&span, count: packet.count) : try receiver.unprotect(&span, count: packet.count)
      return .success(Array(buffer.prefix(count)))
    } catch {
      return .failure(error)
    }
  }

  mutating func exchange(_ packet: [UInt8], changes: Span<UInt8>) {
    guard let protected = protect(packet) else { return }
    for place in stride(from: 0, to: hasShortTag ? 0 : min(64, changes.count - 1), by: 2) {
      var changed = protected
      switch changes[place] & 3 {
      case 0:
        if changed.isEmpty { continue }
        changed.removeLast(min(changed.count, 1 + Int(changes[place + 1])))
      case 1: changed.append(changes[place + 1])
      default:
        let at = (Int(changes[place]) >> 2 + Int(changes[place + 1]) &* 7) % changed.count
        changed[at] ^= changes[place + 1] | 1
      }
      if case .success = unprotect(changed) { require(false, "a changed packet is let through") }
    }
    require(unprotect(protected) == .success(packet), "it does not come back")
    require(unprotect(protected) == .failure(.replayed), "it is let through twice")
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
