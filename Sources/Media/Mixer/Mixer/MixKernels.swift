/// The loops of a mixer over the samples of a frame. Each counts from zero to the smallest count of the spans it touches:
/// so the compiler leaves out the checks and makes vector instructions of them (unchecked ones come to the same
/// instruction count, by callgrind).
enum MixKernels {
  /// A gain of 1.
  static let unity: Int32 = 4_096

  /// Adds one frame to the sum, and keeps what was added; returns the sum of its squares, each less its last eight bits.
  ///
  /// The sum of 64 frames of 16 bits has 22.
  static func add(
    _ frame: Span<Int16>, gain: Int32, to sum: inout MutableSpan<Int32>, keeping added: inout MutableSpan<Int16>
  ) -> UInt64 {
    let count = min(frame.count, min(sum.count, added.count))
    if gain == unity {
      for index in 0..<count {
        let sample = frame[index]
        added[index] = sample
        sum[index] = sum[index] &+ Int32(sample)
      }
    } else {
      for index in 0..<count {
        // 16 bits times 4,096 times 8 fit; half a unit rounds.
        let scaled = (Int32(frame[index]) &* gain &+ 2_048) &>> 12
        let sample = Int16(truncatingIfNeeded: min(max(scaled, -32_768), 32_767))
        added[index] = sample
        sum[index] = sum[index] &+ Int32(sample)
      }
    }
    // 320 squares of 12 bits' magnitude fit 31.
    var squares: UInt32 = 0
    for index in 0..<count {
      let sample = Int32(added[index]) &>> 4
      squares = squares &+ UInt32(truncatingIfNeeded: sample &* sample)
    }
    return UInt64(squares)
  }

  /// Takes back what was added.
  static func subtract(_ added: Span<Int16>, from sum: inout MutableSpan<Int32>) {
    for index in 0..<min(added.count, sum.count) {
      sum[index] = sum[index] &- Int32(added[index])
    }
  }

  /// The sum, cut to 16 bits.
  static func saturate(_ sum: Span<Int32>, into output: inout MutableSpan<Int16>) {
    for index in 0..<min(sum.count, output.count) {
      let value = sum[index]
      output[index] = Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
    }
  }

  /// The sum without one that was added, cut to 16 bits.
  static func saturate(_ sum: Span<Int32>, without added: Span<Int16>, into output: inout MutableSpan<Int16>) {
    for index in 0..<min(sum.count, min(added.count, output.count)) {
      let value = sum[index] &- Int32(added[index])
      output[index] = Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
    }
  }

  /// The largest magnitude.
  static func peak(_ frame: Span<Int16>) -> Int {
    var (least, most): (Int16, Int16) = (0, 0)
    for index in 0..<frame.count {
      least = min(least, frame[index])
      most = max(most, frame[index])
    }
    return max(Int(most), -Int(least))
  }
}
