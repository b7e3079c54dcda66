/// The three loops of a mixer over the samples of a frame. Their reads and writes are unchecked, so that the compiler makes
/// vector instructions of them: with checks it does not (Benchmarks/README.md has both).
///
/// Sound throughout: every loop ends at the smallest count of the spans it touches, so that each index is at least 0 and
/// below all of them.
enum MixKernels {
  /// A gain of 1.
  static let unity: Int32 = 4_096

  /// Adds one frame to the sum, and keeps what was added; returns the sum of its squares, each less its last four bits.
  ///
  /// 64 frames of 16 bits need 22.
  static func add(
    _ frame: Span<Int16>, gain: Int32, to sum: inout MutableSpan<Int32>, keeping added: inout MutableSpan<Int16>
  ) -> UInt64 {
    let count = min(frame.count, min(sum.count, added.count))
    var energy: UInt64 = 0
    if gain == unity {
      for index in 0..<count {
        let sample = unsafe frame[unchecked: index]
        unsafe added[unchecked: index] = sample
        unsafe sum[unchecked: index] = sum[unchecked: index] &+ Int32(sample)
      }
    } else {
      for index in 0..<count {
        // 16 bits times 4,096 times 8 fit; half a unit rounds.
        let scaled = unsafe (Int32(frame[unchecked: index]) &* gain &+ 2_048) &>> 12
        let sample = Int16(truncatingIfNeeded: min(max(scaled, -32_768), 32_767))
        unsafe added[unchecked: index] = sample
        unsafe sum[unchecked: index] = sum[unchecked: index] &+ Int32(sample)
      }
    }
    // 320 squares of 30 bits, less four, fit 35.
    var squares: UInt32 = 0
    for index in 0..<count {
      let sample = unsafe Int32(added[unchecked: index]) &>> 4
      squares = squares &+ UInt32(truncatingIfNeeded: sample &* sample)
    }
    energy = UInt64(squares)
    return energy
  }

  /// Takes back what was added.
  static func subtract(_ added: Span<Int16>, from sum: inout MutableSpan<Int32>) {
    for index in 0..<min(added.count, sum.count) {
      unsafe sum[unchecked: index] = sum[unchecked: index] &- Int32(added[unchecked: index])
    }
  }

  /// The sum, cut to 16 bits.
  static func saturate(_ sum: Span<Int32>, into output: inout MutableSpan<Int16>) {
    for index in 0..<min(sum.count, output.count) {
      let value = unsafe sum[unchecked: index]
      unsafe output[unchecked: index] = Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
    }
  }

  /// The sum without one that was added, cut to 16 bits.
  static func saturate(_ sum: Span<Int32>, without added: Span<Int16>, into output: inout MutableSpan<Int16>) {
    for index in 0..<min(sum.count, min(added.count, output.count)) {
      let value = unsafe sum[unchecked: index] &- Int32(added[unchecked: index])
      unsafe output[unchecked: index] = Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
    }
  }

  /// The largest magnitude.
  static func peak(_ frame: Span<Int16>) -> Int {
    var (least, most): (Int16, Int16) = (0, 0)
    for index in 0..<frame.count {
      unsafe least = min(least, frame[unchecked: index])
      unsafe most = max(most, frame[unchecked: index])
    }
    return max(Int(most), -Int(least))
  }
}
