import FuzzSupport
import SIPMessage
import Wire

/// One stream, whole and in pieces.
///
/// The first byte chooses the limits, the next three how the rest is cut. However it is cut, the same messages,
/// keep-alives and error come out, what waits stays within the limits, and each message is one for the index, too.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count >= 4 else { return }
  var limits = SIPLimits()
  if bytes[0] & 1 == 0 { limits.maxMessageBytes = 256 }
  if bytes[0] & 2 == 0 { limits.maxHeaders = 10 }
  if bytes[0] & 4 == 0 { limits.maxHeaderLineBytes = 96 }
  let seed = UInt32(bytes[1]) | UInt32(bytes[2]) << 8 | UInt32(bytes[3]) << 16
  let stream = bytes.extracting(4..<bytes.count)

  var whole = Reading(limits: limits)
  whole.feed(stream)
  checkEvents(whole, stream)

  var pieces = Reading(limits: limits)
  var cuts = Cuts(state: seed)
  var start = 0
  while start < stream.count {
    let end = min(start + cuts.next(), stream.count)
    pieces.feed(stream.extracting(start..<end))
    start = end
  }
  requireSame(pieces, whole, "in pieces by \(seed)")

  var bytewise = Reading(limits: limits)
  for place in 0..<stream.count { bytewise.feed(stream.extracting(place..<place + 1)) }
  requireSame(bytewise, whole, "byte by byte")
}

private func requireSame(_ reading: Reading, _ whole: Reading, _ how: String) {
  require(reading.events == whole.events, "\(how): \(reading.events) and not \(whole.events)")
  require(reading.error == whole.error, "\(how): \(String(describing: reading.error))")
  require(reading.framer.rejected == whole.framer.rejected, "\(how): other headers are rejected")
  require(reading.framer.pendingByteCount == whole.framer.pendingByteCount, "\(how): another count waits")
  require(reading.framer.isInsideMessage == whole.framer.isInsideMessage, "\(how): inside and outside a message")
}

/// A framer and what came out of it.
private struct Reading {
  var framer: SIPStreamFramer
  var events: [SIPStreamFramer.Event] = []
  var error: SIPParseError?

  init(limits: SIPLimits) { framer = SIPStreamFramer(limits: limits) }

  mutating func feed(_ bytes: Span<UInt8>) {
    framer.append(bytes)
    do throws(SIPParseError) {
      while true {
        let event = try framer.next()
        require(error == nil, "\(event) behind an error")
        if event == .needMore { break }
        events.append(event)
      }
      require(framer.pendingByteCount < framer.limits.maxMessageBytes, "\(framer.pendingByteCount) bytes wait")
      let again = try framer.next()
      require(again == .needMore, "\(again) without more bytes")
    } catch {
      require(self.error == nil || self.error == error, "\(error) behind another error")
      require(framer.pendingByteCount == 0 && !framer.isInsideMessage, "bytes are kept behind an error")
      self.error = error
    }
  }
}

/// Pieces of 1 to 64 bytes, short ones more often: a linear congruential generator's high bits.
private struct Cuts {
  var state: UInt32

  mutating func next() -> Int {
    state = state &* 1_664_525 &+ 1_013_904_223
    let bits = Int(state >> 20)
    return bits & 3 == 0 ? 1 + bits >> 6 : 1 + (bits >> 2) & 7
  }
}

// MARK: - What came out

/// Messages stand in the stream in their order with nothing but CRLFs between, and the index reads them as the framer
/// did; of the headers that were rejected an answer can be made where the error says so.
private func checkEvents(_ reading: Reading, _ stream: Span<UInt8>) {
  var index = SIPMessageIndex(limits: reading.framer.limits)
  var position = 0
  for event in reading.events {
    guard case .message(let bytes) = event else { continue }
    while position < stream.count, stream[position] == 0x0D || stream[position] == 0x0A { position += 1 }
    require(bytes.count <= min(reading.framer.limits.maxMessageBytes, stream.count - position), "too long a message")
    for place in 0..<bytes.count { require(bytes[place] == stream[position + place], "a message of other bytes") }
    position += bytes.count
    checkMessage(&index, bytes.span)
  }
  guard let error = reading.error, error.isAnswerable else { return }
  let rejected = reading.framer.rejected
  require(!rejected.isEmpty, "nothing to answer")
  let isFaulty = (try? index.index(rejected.span, framing: .stream)) == nil
  require(isFaulty || error.reason == .messageTooLarge, "\(error): the index finds nothing wrong")
  let view = index.view(of: rejected.span)
  require(view.canBeAnswered, "an answer was promised: \(error)")
  var answer: [UInt8] = []
  SIPResponseWriter(answering: error).write(answering: view, into: &answer)
  let isRead = (try? SIPMessage(parsing: answer)) != nil
  require(isRead, "the answer to \(error) cannot be read")
}

private func checkMessage(_ index: inout SIPMessageIndex, _ bytes: Span<UInt8>) {
  do throws(SIPParseError) {
    try index.index(bytes, framing: .stream)
  } catch {
    let isFraming: Bool =
      switch error.reason {
      case .emptyMessage, .keepAlive, .messageTooLarge, .missingEmptyLine, .bodyTooShort, .missingContentLength,
        .conflictingContentLength:
        true
      default: false
      }
    require(!isFraming, "the index frames it otherwise: \(error)")
    return
  }
  let extent = index.view(of: bytes).extent
  let isWhole = extent.lowerBound == 0 && extent.upperBound == bytes.count
  require(isWhole, "the index sees \(extent) of \(bytes.count) bytes")
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
