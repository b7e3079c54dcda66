import FuzzSupport
import Wire

/// Any bytes either are refused at an offset inside them, or parse to a value whose canonical form parses to the same
/// value and is its own canonical form (RFC 8785).
private func check(_ bytes: Span<UInt8>) {
  let value: JSONValue
  do {
    value = try JSONValue(parsing: bytes)
  } catch {
    require((0...bytes.count).contains(error.offset), "an error outside the text: \(error)")
    return
  }
  let canonical = value.canonicalBytes()
  do {
    // `1e20` grows when it is written out, so the canonical form may be longer than the limit on input.
    let again = try JSONValue(parsing: canonical, limits: JSONLimits(maxBytes: .max))
    require(again == value, "the canonical form means something else: \(value) is not \(again)")
    require(again.canonicalBytes() == canonical, "the canonical form is not stable: \(value)")
  } catch {
    require(false, "the canonical form is refused: \(error)")
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
