/// What libFuzzer hands to a target: a pointer and a count, made into a span.
///
/// Every fuzz target is an executable with one file, `FuzzX+Unsafe.swift` (a file called main.swift would bring a
/// `main` of its own, and libFuzzer has one):
///
///     private func check(_ bytes: Span<UInt8>) { … `require` the invariant … }
///
///     /// libFuzzer's entry.
///     @_cdecl("LLVMFuzzerTestOneInput")
///     public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
///       unsafe FuzzInput.run(data, count, check)
///     }
///
///     #if !FUZZING
///       @main enum Replayer { static func main() { Replay.run(check) } }
///     #endif
///
/// `IFSIP_FUZZ=1 swift build` makes the replayer; `tools/fuzz` builds with `--sanitize fuzzer -Xswiftc -DFUZZING`.
public enum FuzzInput {
  /// Runs `check` over the input; the result is the 0 that libFuzzer wants.
  public static func run(_ data: UnsafePointer<UInt8>?, _ count: Int, _ check: (Span<UInt8>) -> Void) -> CInt {
    // Sound: libFuzzer keeps `count` readable bytes at `data` for the length of the call, and the span ends with it.
    let buffer = unsafe UnsafeBufferPointer(start: data, count: data == nil ? 0 : count)
    check(unsafe buffer.span)
    return 0
  }
}
