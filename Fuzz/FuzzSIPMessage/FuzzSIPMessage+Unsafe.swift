import FuzzSupport
import SIPMessage
import Wire

/// One message, as a datagram, as a part of a stream, and under limits that are soon reached.
///
/// All three agree on what is wrong with it. What `validate()` accepts survives being kept (`checkCopy`), asked
/// (`checkFields`), spelled otherwise (`checkSpellings`), rewritten (`checkRewriting`) and answered (`checkAnswers`);
/// what is refused can be answered where the error says so.
private func check(_ bytes: Span<UInt8>) {
  var index = SIPMessageIndex()
  let onStream = fault(&index, bytes, .stream)
  // Once more in the same index: nothing of the last message may be left.
  let fault = fault(&index, bytes, .datagram)
  checkSmallLimits(bytes, fault)
  if let fault {
    require(onStream == fault, "\(fault) in a datagram, \(String(describing: onStream)) on a stream")
    // A message that is too large is not indexed at all.
    if fault.reason != .messageTooLarge { checkRefused(index.view(of: bytes), fault) }
    return
  }
  let view = index.view(of: bytes)
  if let onStream {
    require(onStream.reason == .missingContentLength && !view.contains(.contentLength), "\(onStream) on a stream only")
  }
  do throws(SIPParseError) {
    checkAccepted(view, try view.validate())
  } catch {
    checkRefused(view, error)
  }
}

private func fault(_ index: inout SIPMessageIndex, _ bytes: Span<UInt8>, _ framing: SIPFraming) -> SIPParseError? {
  do throws(SIPParseError) {
    try index.index(bytes, framing: framing)
    return nil
  } catch {
    require((0...bytes.count).contains(error.offset), "an error outside the message: \(error)")
    return error
  }
}

/// Tighter limits refuse more, and change nothing in what they accept.
private func checkSmallLimits(_ bytes: Span<UInt8>, _ expected: SIPParseError?) {
  var limits = SIPLimits()
  limits.maxMessageBytes = 700
  limits.maxStartLineBytes = 60
  limits.maxHeaderLineBytes = 100
  limits.maxHeaders = 12
  limits.maxValues = 3
  limits.maxParameters = 3
  var index = SIPMessageIndex(limits: limits)
  guard let fault = fault(&index, bytes, .datagram) else {
    require(expected == nil, "accepted under tight limits only")
    let view = index.view(of: bytes)
    require(view.headerCount <= limits.maxHeaders, "more headers than the limit")
    checkAccessors(view)
    if (try? view.validate()) != nil {
      let message = parsed([UInt8](copying: bytes), "a message that tight limits accept")
      require(message != nil, "accepted under tight limits only")
    }
    return
  }
  if fault.reason != .messageTooLarge { checkRefused(index.view(of: bytes), fault) }
}

/// A request or response that went through everything a proxy checks.
private func checkAccepted(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  checkAccessors(view)
  checkPlaces(view)
  checkFields(view, fields)
  checkCopy(view, fields)
  checkSpellings(view)
  checkRewriting(view, fields)
  if view.isRequest { checkAnswers(view) }
}

/// A message that was refused: nothing traps, and an answer can be read where there can be one.
private func checkRefused(_ view: SIPMessageView, _ error: SIPParseError) {
  require((0...view.bytes.count).contains(error.offset), "an error outside the message: \(error)")
  require(error.phrase.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } || error.header == .otherXIF, "\(error.phrase)")
  checkAccessors(view)
  guard error.isAnswerable else { return }
  require(view.canBeAnswered, "\(error) is answerable and its message is not")
  var writer = SIPResponseWriter(answering: error)
  writer.toTag = "fuzz"
  checkAnswer(view, writer)
  writer.received = IPAddress("2001:db8::9")
  writer.port = 40_000
  checkAnswer(view, writer)
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
