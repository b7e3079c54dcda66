import Glibc
import RTP
import SRTP
import Wire

/// SRTP contexts behind a pipe, for tests that set them beside another implementation.
///
/// On standard input and standard output there are frames: a length of four bytes in network order and so many bytes. Every
/// frame that comes in is answered by one. The first byte of a command says what it is:
///
///     C direction suite flags ssrc identifierBytes identifier key   makes a context; the answer is its number
///     B context ssrc rolloverCounter   a source begins with that counter; the answer is a status
///     P context kind packet   protects or unprotects; the answer is a status and the packet
///
/// Direction: 0 sends, 1 receives. Suite: the place in `SRTPSuite.allCases`. Flags: 1 leaves RTCP unencrypted. The source is
/// for libsrtp2, which wants to know it before a counter is set; 0 for any. Kind: 0 RTP, 1 RTCP. Numbers are four bytes in network order. Status: 0 fine, 1 not authentic, 2 replayed, 3 too old, 4 anything else.
/// `Tests/Interop/srtp-peer.c` speaks the same with libsrtp2 behind it.
@main
enum SRTPPipe {
  final class Context {
    var sender: SRTPSender?
    var receiver: SRTPReceiver?

    init(_ direction: UInt8, _ key: SRTPMasterKey, encryptsRTCP: Bool) {
      if direction == 0 {
        sender = SRTPSender(key, encryptsRTCP: encryptsRTCP)
      } else {
        receiver = SRTPReceiver(key)
      }
    }

    func begin(_ ssrc: UInt32, _ rolloverCounter: UInt32) throws(SRTPError) {
      if sender != nil { try sender?.begin(ssrc, rolloverCounter: rolloverCounter) }
      if receiver != nil { try receiver?.begin(ssrc, rolloverCounter: rolloverCounter) }
    }

    func process(_ packet: inout MutableSpan<UInt8>, count: Int, isRTCP: Bool) throws(SRTPError) -> Int {
      if sender != nil {
        return try (isRTCP ? sender?.protectRTCP(&packet, count: count) : sender?.protect(&packet, count: count)) ?? 0
      }
      return try (isRTCP ? receiver?.unprotectRTCP(&packet, count: count) : receiver?.unprotect(&packet, count: count))
        ?? 0
    }
  }

  static func main() {
    var contexts: [Context] = []
    while let command = readFrame() {
      do throws(WireError) {
        writeFrame(try answer(command, &contexts))
      } catch {
        print("a command that is cut short")
        exit(1)
      }
    }
  }

  static func answer(_ command: [UInt8], _ contexts: inout [Context]) throws(WireError) -> [UInt8] {
    try answer(command.span, &contexts)
  }

  static func answer(_ command: Span<UInt8>, _ contexts: inout [Context]) throws(WireError) -> [UInt8] {
    var reader = ByteReader(command)
    switch try reader.readUInt8() {
    case UInt8(ascii: "C"):
      let direction = try reader.readUInt8()
      let suite = SRTPSuite.allCases[Int(try reader.readUInt8()) % SRTPSuite.allCases.count]
      let flags = try reader.readUInt8()
      try reader.skip(4)
      let identifier = [UInt8](copying: try reader.readPrefixed(lengthBytes: 1, maximum: 128))
      let bytes = try reader.readBytes(reader.remaining)
      guard let key = try? SRTPMasterKey(suite, bytes: bytes, identifier: identifier) else { return [4] }
      contexts.append(Context(direction, key, encryptsRTCP: flags & 1 == 0))
      return word(UInt32(contexts.count - 1))
    case UInt8(ascii: "B"):
      let context = contexts[Int(try reader.readUInt32())]
      let ssrc = try reader.readUInt32()
      let rolloverCounter = try reader.readUInt32()
      return [status { () throws(SRTPError) in try context.begin(ssrc, rolloverCounter) }]
    default:
      let context = contexts[Int(try reader.readUInt32())]
      let isRTCP = try reader.readUInt8() == 1
      var packet = [UInt8](copying: try reader.readBytes(reader.remaining))
      let count = packet.count
      packet += [UInt8](repeating: 0, count: 256)
      var length = 0
      var span = packet.mutableSpan
      let result = status { () throws(SRTPError) in
        length = try context.process(&span, count: count, isRTCP: isRTCP)
      }
      return [result] + packet.prefix(length)
    }
  }

  static func status(_ body: () throws(SRTPError) -> Void) -> UInt8 {
    do throws(SRTPError) {
      try body()
      return 0
    } catch {
      switch error {
      case .authenticationFailed: return 1
      case .replayed: return 2
      case .tooOld: return 3
      case .malformed, .noRoom, .otherMasterKey, .tooManySources, .keyExpired: return 4
      }
    }
  }

  static func word(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static func readFrame() -> [UInt8]? {
    guard let head = read(4) else { return nil }
    return read(Int(head.span.bigEndianUInt32(at: 0)))
  }

  static func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      // Sound: at most what is left of the array is written.
      let result = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe buffer.baseAddress.map { unsafe Glibc.read(0, $0 + done, count - done) } ?? 0
      }
      guard result > 0 else { return nil }
      done += result
    }
    return bytes
  }

  static func writeFrame(_ bytes: [UInt8]) {
    let frame = word(UInt32(bytes.count)) + bytes
    var done = 0
    while done < frame.count {
      // Sound: at most what is left of the array is read.
      let result = unsafe frame.withUnsafeBytes { buffer in
        unsafe buffer.baseAddress.map { unsafe write(1, $0 + done, frame.count - done) } ?? 0
      }
      guard result > 0 else { exit(1) }
      done += result
    }
  }
}
