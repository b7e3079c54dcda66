import FuzzSupport
import SDP
import Wire

/// Two descriptions, cut apart at the first NUL, which neither may hold.
///
/// What parses is its own bytes; every well-formed attribute has a text that parses to an equal value; a canonical form
/// is its own; a relay changes ports and addresses and nothing else; and an answer of ours to the first, made of what the
/// second can do, keeps to RFC 3264.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count <= 65_536 else { return }
  var cut = 0
  while cut < bytes.count, bytes[cut] != 0 { cut += 1 }
  let first = parse(bytes.extracting(0..<cut))
  let second = parse(bytes.extracting(min(cut + 1, bytes.count)..<bytes.count))
  if let first {
    checkValues(first)
    checkRelay(first)
    checkEditing(first)
  }
  if let first, let second {
    negotiate(offer: first, capabilities: second)
    negotiate(offer: second, capabilities: first)
  } else if let first {
    negotiate(offer: first, capabilities: first)
  }
}

private func parse(_ bytes: Span<UInt8>) -> SessionDescription? {
  let description: SessionDescription
  do throws(SDPError) {
    description = try SessionDescription(parsing: bytes)
  } catch {
    require((0...bytes.count).contains(error.offset), "an error outside the bytes: \(error)")
    require(error.line >= 1 && error.line <= bytes.count + 1, "an error in no line: \(error)")
    return nil
  }
  require(description.bytes == [UInt8](copying: bytes), "the bytes are not what was parsed")
  let canonical = description.canonical()
  require(canonical.canonical() == canonical, "a canonical form has another one")
  require(canonical.media.count == description.media.count, "streams are lost in the canonical form")
  require(canonical.origin == description.origin, "the canonical form has another origin")
  return description
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
