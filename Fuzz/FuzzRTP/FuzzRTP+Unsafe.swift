import FuzzSupport
import RTP
import Wire

/// Any bytes are refused with a place inside them, or are a packet that is written again as it was, but for the padding's
/// content. The elements of its extension lie inside the extension, in order. A receiver that is given the packet, its
/// neighbours and whatever else the bytes say keeps to its limits.
private func check(_ bytes: Span<UInt8>) {
  _ = DatagramKind(bytes)
  let view: RTPPacketView
  do throws(RTPParseError) {
    view = try RTPPacketView(bytes)
  } catch {
    require((0...bytes.count).contains(error.offset), "an error outside the bytes: \(error)")
    return
  }
  let header = view.header
  require(
    header.byteCount + view.payload.count + header.paddingCount == bytes.count, "the parts are not the whole")
  checkElements(view)
  checkWriting(view)
  checkReceiving(header, bytes)
  // What SRTP sees of it is the same, but for the padding.
  guard let protected = try? RTPHeader(protected: bytes) else { return require(false, "SRTP does not see it") }
  require(
    protected.byteCount == header.byteCount && protected.payload.upperBound == bytes.count, "SRTP sees another")
}

private func checkElements(_ view: borrowing RTPPacketView) {
  var elements = view.extensionElements
  var position = view.header.extensionRange.lowerBound
  while let element = elements.next() {
    require(element.id != 0, "an element without identifier")
    require(element.data.lowerBound > position, "elements overlap")
    require(element.data.upperBound <= view.header.extensionRange.upperBound, "an element outside")
    position = element.data.upperBound
    require(view.extensionElement(element.id) != nil, "an element that is not found")
    _ = RTPAudioLevel(view.bytes.extracting(element.data))
  }
}

private func checkWriting(_ view: borrowing RTPPacketView) {
  let header = view.header
  var sources: [UInt32] = []
  for place in 0..<header.contributingSourceCount { sources.append(view.contributingSource(at: place)) }
  let `extension` = header.extensionProfile.flatMap {
    RTPHeaderExtension(profile: $0, data: [UInt8](copying: view.extensionData))
  }
  var written = [UInt8](repeating: 0xEE, count: view.bytes.count)
  var span = written.mutableSpan
  do throws(RTPWriteError) {
    let fields = RTPPacketFields(header)
    let start = try fields.writeHeader(into: &span, contributingSources: sources.span, extension: `extension`)
    require(start == header.byteCount, "the header has another length")
    for place in 0..<view.payload.count { span[start + place] = view.payload[place] }
    let count = try RTPPacketFields.pad(&span, count: start + view.payload.count, by: header.paddingCount)
    require(count == view.bytes.count, "the packet has another length")
    for place in 0..<header.payload.upperBound {
      require(span[place] == view.bytes[place], "byte \(place) differs")
    }
    // In place it stays what it is.
    var copy = [UInt8](copying: view.bytes)
    var copySpan = copy.mutableSpan
    try fields.rewrite(&copySpan)
    require(copy.span.isEqual(to: view.bytes), "rewriting the same fields changed the packet")
  } catch {
    require(false, "it cannot be written: \(error)")
  }
}

private func checkReceiving(_ header: RTPHeader, _ bytes: Span<UInt8>) {
  var session = RTPSession(
    RTPSessionConfiguration(
      ssrc: 1, cname: [], clockRate: 8000, bandwidth: RTCPBandwidth(sessionBitsPerSecond: 64_000),
      limits: RTPSessionLimits(maxSources: 3)), now: .zero, random: 0)
  guard let source = SocketAddress("192.0.2.1:4000") else { return }
  var now: Int64 = 0
  // Each pair of bytes: a step of the sequence number, and which source.
  for place in stride(from: 0, to: bytes.count - 1, by: 2) {
    var packet = [UInt8](repeating: 0, count: 12)
    var span = packet.mutableSpan
    let step = UInt16(bytes[place]) &* UInt16(bytes[place])
    let fields = RTPPacketFields(
      payloadType: 0, sequenceNumber: header.sequenceNumber &+ step, timestamp: header.timestamp &+ UInt32(step) * 160,
      ssrc: header.ssrc &+ UInt32(bytes[place + 1] & 7))
    _ = try? fields.writeHeader(into: &span)
    now += Int64(bytes[place + 1]) * 1_000_000
    guard let next = try? RTPHeader(packet.span) else { return require(false, "our own packet is refused") }
    _ = session.receivedRTP(next, from: source, now: Instant(nanoseconds: now))
    require(session.sources.count <= 3, "too many sources")
    var writer = ByteWriter(maximum: 1500)
    let action = session.advance(
      now: Instant(nanoseconds: now), wallClock: .epoch, random: UInt64(step) << 40, writer: &writer)
    if action != .none {
      require((try? RTCPCompound(parsing: writer.bytes.span)) != nil, "our own report is refused")
    }
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
