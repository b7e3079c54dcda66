import FuzzSupport
import H225
import PER
import Wire

/// Any octets are refused or are a value; a value is written, or is one that only reading allows; what is written is read
/// as the same value.
private func check(_ bytes: Span<UInt8>) {
  guard let value = try? RasMessage(decoding: bytes) else { return }
  do throws(PERError) {
    let written = try value.encoded()
    let again = try RasMessage(decoding: written)
    require(again == value, "another value")
    let twice = try again.encoded()
    require(twice == written, "other octets")
  } catch {
    fatalError("cannot be written: \(error)")
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
