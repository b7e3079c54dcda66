import CoreMetrics
import FuzzSupport
import Telemetry
import Wire

/// Whatever a scraper asks for, the answer does not depend on the case of letters; whatever a library calls a metric, its
/// labels and their values, the page is made of lines that are comments or samples, and none more than there should be.
///
/// The input is texts between zero bytes: `Accept`, `Accept-Encoding`, a label, then names and values of dimensions.
private func check(_ bytes: Span<UInt8>) {
  let texts = [UInt8](copying: bytes).split(separator: 0, omittingEmptySubsequences: false)
  func text(_ index: Int) -> String { index < texts.count ? String(decoding: texts[index], as: UTF8.self) : "" }
  for field in [text(0), text(1)] {
    let upper = String(decoding: field.utf8.map { (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
    require(MetricsFormat(accept: field) == MetricsFormat(accept: upper), "the case of Accept counts")
    require(
      ContentCoding(acceptEncoding: field) == ContentCoding(acceptEncoding: upper), "the case of Accept-Encoding counts"
    )
  }

  let dimensions = stride(from: 3, to: min(texts.count, 25), by: 2).map { (text($0), text($0 + 1)) }
  // Of one counter, of a histogram with 16 buckets, of one gauge.
  check(samples: 1) { $0.makeCounter(label: text(2), dimensions: dimensions).increment(by: 1) }
  check(samples: 18) { $0.makeTimer(label: text(2), dimensions: dimensions).recordNanoseconds(1) }
  check(samples: 1) { $0.makeMeter(label: text(2), dimensions: dimensions).set(1.5) }
}

private func check(samples expected: Int, _ make: (MetricsCollector) -> Void) {
  let collector = MetricsCollector()
  make(collector)
  let isTaken = collector.seriesCount == 1
  require(isTaken == collector.refusals.isEmpty, "taken and refused, or neither")
  for format in MetricsFormat.allCases {
    var page = MetricsPage(format)
    collector.write(to: &page)
    let lines = page.text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    for line in lines {
      require(isLine(line, format), "no line: \(String(decoding: line, as: UTF8.self))")
    }
    let samples = lines.count { $0.first != UInt8(ascii: "#") } - 1 - MetricsCollector.Refusal.allCases.count
    // A name that the page has itself is left out, and that is said.
    let isHidden = collector.refusals == [.nameTaken: 1]
    require(samples == (isTaken && !isHidden ? expected : 0), "\(samples) samples")
  }
}

/// A comment of ours, or a name, perhaps labels, a blank and a number.
private func isLine(_ line: Substring.UTF8View, _ format: MetricsFormat) -> Bool {
  if line.first == UInt8(ascii: "#") {
    return line.elementsEqual("# EOF".utf8)
      ? format == .openMetrics
      : ["# HELP ", "# TYPE ", "# UNIT "].contains { line.starts(with: $0.utf8) }
  }
  var rest = line.drop { isNameByte($0) }
  guard let first = line.first, isNameByte(first), !isDigit(first) else { return false }
  if rest.first == UInt8(ascii: "{") {
    rest = rest.dropFirst()
    while true {
      guard let start = rest.first, isNameByte(start), !isDigit(start), !rest.starts(with: "__".utf8) else {
        return false
      }
      rest = rest.drop { isNameByte($0) }
      guard rest.starts(with: "=\"".utf8) else { return false }
      rest = rest.dropFirst(2)
      while let byte = rest.first, byte != UInt8(ascii: "\"") {
        if byte == UInt8(ascii: "\\") {
          guard let escaped = rest.dropFirst().first, "\\\"n".utf8.contains(escaped) else { return false }
          rest = rest.dropFirst()
        }
        rest = rest.dropFirst()
      }
      guard rest.first == UInt8(ascii: "\"") else { return false }
      rest = rest.dropFirst()
      guard rest.first == UInt8(ascii: ",") else { break }
      rest = rest.dropFirst()
    }
    guard rest.first == UInt8(ascii: "}") else { return false }
    rest = rest.dropFirst()
  }
  guard rest.first == UInt8(ascii: " ") else { return false }
  return Double(String(decoding: rest.dropFirst(), as: UTF8.self)) != nil
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

private func isNameByte(_ byte: UInt8) -> Bool {
  isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
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
