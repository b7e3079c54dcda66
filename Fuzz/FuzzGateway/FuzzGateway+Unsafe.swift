import FuzzSupport
import Wire

/// Any sequence of what a phone, a room, the network between them and time can do: see `Script` for what has to hold.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count > 0, bytes.count <= 1024 else { return }
  var script = Script(options: bytes[0])
  var reader = ByteReader(bytes.extracting(1..<bytes.count))
  while script.step(&reader) {}
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
