import Files
import Glibc
import Telemetry

/// Asks Linux about this process.
enum ProcessProbe {
  /// The figures of now; nil without `/proc`.
  static func figures() -> ProcessFigures? {
    guard let stat = text("/proc/self/stat"),
      var figures = ProcessFigures(
        stat: stat, machine: machine, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)),
        pageBytes: sysconf(Int32(_SC_PAGESIZE)))
    else { return nil }
    // One of them is the directory that is being looked at.
    figures.openFiles = Files.entryCount("/proc/self/fd").map { UInt64(max($0 - 1, 0)) }
    figures.maxFiles = OpenFiles.limit.map { UInt64($0) }
    return figures
  }

  /// What does not change while the machine runs, but for its counters, which nobody looks at.
  private static let machine = text("/proc/stat") ?? ""

  private static func text(_ path: String) -> String? {
    (try? Files.read(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
  }
}
