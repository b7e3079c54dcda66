import FuzzSupport
import Wire

/// Any sequence of what endpoints, strangers, the operator and time can do to a gatekeeper: see `Script` for what has to hold.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count > 0, bytes.count <= 4_096 else { return }
  var script = Script(FuzzScript(bytes))
  while script.step() {}
  script.finish()
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
