import FuzzSupport
import RTP
import Wire

/// Any bytes are refused with a place inside them, or are packets that, written and read again, are the same. A whole
/// compound packet is a reduced-size one as well. A session that is told all of it keeps to its limits, and what it says
/// in turn can be read.
private func check(_ bytes: Span<UInt8>) {
  let compound: RTCPCompound
  do throws(RTCPParseError) {
    compound = try RTCPCompound(parsing: bytes, allowing: .reducedSize)
  } catch {
    require((0...bytes.count).contains(error.offset), "an error outside the bytes: \(error)")
    require((try? RTCPCompound(parsing: bytes)) == nil, "a compound packet, but no reduced-size one")
    return
  }
  require(compound.packets.count <= RTPLimits.maxCompoundPackets, "too many packets")
  do throws(WireError) {
    let written = try compound.bytes()
    require(written.count <= bytes.count, "it grew")
    require(
      (try? RTCPCompound(parsing: written.span, allowing: .reducedSize)) == compound, "written and read it differs")
  } catch {
    require(false, "what was read cannot be written: \(error)")
  }
  checkSession(bytes)
}

private func checkSession(_ bytes: Span<UInt8>) {
  guard let address = SocketAddress("192.0.2.1:4001"), let other = SocketAddress("192.0.2.2:4001") else { return }
  var session = RTPSession(
    RTPSessionConfiguration(
      ssrc: 1, cname: [0x41], clockRate: 8000, bandwidth: RTCPBandwidth(sessionBitsPerSecond: 64_000),
      form: .reducedSize, limits: RTPSessionLimits(maxSources: 4, maxConflicts: 2)), now: .zero, random: 0)
  session.sentRTP(timestamp: 0, payloadBytes: 160, now: .zero)
  var events: [RTPSessionEvent] = []
  var now = Instant.zero
  for round in 0..<6 {
    _ = try? session.receivedRTCP(bytes, from: round % 3 == 2 ? other : address, now: now, into: &events)
    require(session.sources.count <= 4, "too many sources")
    guard let deadline = session.nextDeadline else { return require(false, "no next report") }
    now = max(now, deadline)
    var writer = ByteWriter(maximum: 1500)
    if session.advance(now: now, wallClock: .epoch, random: UInt64(round) << 60, writer: &writer) != .none {
      require((try? RTCPCompound(parsing: writer.bytes.span)) != nil, "our own report is refused")
    }
  }
  for case .receptionReport(_, _, let roundTrip?) in events { require(roundTrip >= .zero, "a negative round trip") }
  var writer = ByteWriter(maximum: 1500)
  if session.leave(now: now, wallClock: .epoch, random: 0, writer: &writer) != .none {
    require((try? RTCPCompound(parsing: writer.bytes.span)) != nil, "our own BYE is refused")
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
