import Files
import Wire
import Witness

// Records by their time, as near as the files' names allow.
extension WitnessDirectory {
  /// Records may stand a little behind others that happened after them: every thread tells its own.
  private static let disorder = Duration.seconds(2)

  /// A record with nothing of that time or later before it: the first of the last file that begins earlier.
  public func firstSequence(since time: UTCTimestamp) throws(StoreError) -> UInt64 {
    let all = try segments()
    let bound = time.advanced(by: .zero - Self.disorder)
    // The first file that begins at that time or later.
    var (low, high) = (0, all.count)
    while low < high {
      let middle = (low + high) / 2
      if let begin = try beginning(of: all[middle]), begin < bound { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? all[low - 1].firstSequence : all.first?.firstSequence ?? 0
  }

  /// The time of a file's first record; nil: it holds none.
  private func beginning(of segment: Segment) throws(StoreError) -> UTCTimestamp? {
    var splitter = LineSplitter()
    var time: UTCTimestamp?
    var isFound = false
    try read(segment) { bytes in
      try splitter.feed(bytes) { line in
        guard !isFound else { return }
        isFound = true
        guard let record = RecordLine(line) else { return }
        time = UTCTimestamp(rfc3339: line.extracting(record.time))
      }
      return !isFound
    }
    return time
  }
}
