import FuzzSupport
import ProxyProtocol
import Wire

/// Any bytes are refused, wait for more, or are a header that lies inside them. What was said of a part never contradicts
/// what is said of the whole: no byte that comes later makes a header of what was refused, or changes one that was read.
private func check(_ bytes: Span<UInt8>) {
  let whole = reading(bytes)
  if case .success(.header(let header)) = whole {
    require((16...bytes.count).contains(header.byteCount), "a header of \(header.byteCount) in \(bytes.count) bytes")
    require(
      reading(bytes.extracting(0..<header.byteCount)) == whole, "what follows a header changed it")
    if let addresses = header.addresses {
      require(addresses.source.port != 0 && !addresses.source.ip.isUnspecified, "a source that nobody has")
    }
  }
  var refusal: ProxyHeaderError?
  for count in 0..<min(bytes.count, 64) {
    switch reading(bytes.extracting(0..<count)) {
    case .failure(let error):
      require(refusal == nil || refusal == error, "refused for two reasons")
      refusal = error
    case .success(.needMore(let more)):
      require(refusal == nil && more > 0, "more is wanted of what was refused")
    case .success(.header):
      require(refusal == nil, "a header of what was refused")
    }
  }
  if let refusal { require(whole == .failure(refusal), "the whole is judged otherwise than its part") }
}

private func reading(_ bytes: Span<UInt8>) -> Result<ProxyHeader.Reading, ProxyHeaderError> {
  do throws(ProxyHeaderError) {
    return .success(try ProxyHeader.read(bytes))
  } catch {
    return .failure(error)
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
