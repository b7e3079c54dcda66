import FuzzSupport
import Wire
import Witness

/// Any bytes are a log with faults, the same ones however they are cut into pieces; a log without faults consists of
/// canonical JSON and has one leaf for each line. Its records make a ladder that no terminal obeys.
private func check(_ bytes: Span<UInt8>) {
  let whole = faults(bytes, piece: .max)
  let pieces = faults(bytes, piece: 7)
  require(whole.faults == pieces.faults && whole.leaves == pieces.leaves, "pieces change what is found")
  var values: [JSONValue] = []
  var lines = 0
  var start = 0
  for index in 0..<bytes.count where bytes[index] == 0x0A {
    let line = bytes.extracting(start..<index)
    start = index + 1
    lines += 1
    guard let value = try? JSONValue(parsing: line) else { continue }
    values.append(value)
    if whole.faults.isEmpty { require(value.canonicalBytes() == [UInt8](copying: line), "not canonical, and no fault") }
  }
  require(whole.leaves == lines, "\(whole.leaves) leaves of \(lines) lines")
  for line in CallLadder(values).lines(width: 80) {
    require(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, "a control character: \(line)")
  }
}

private func faults(_ bytes: Span<UInt8>, piece: Int) -> (faults: [WitnessFault], leaves: Int) {
  var verifier = WitnessVerifier()
  verifier.collectsLeaves = true
  var found: [WitnessFault] = []
  var leaves = 0
  var start = 0
  while start < bytes.count {
    let end = piece < bytes.count - start ? start + piece : bytes.count
    verifier.feed(bytes.extracting(start..<end)) { found.append($0) }
    leaves += verifier.takeLeaves().count
    start = end
  }
  verifier.finish { found.append($0) }
  return (found, leaves)
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
