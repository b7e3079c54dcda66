import Glibc
import Wire

/// The system's clocks, and how many processors it has.
///
/// Sound: `clock_gettime` writes one `timespec`, which lives on this stack for the call.
enum SystemClock {
  /// Civil time.
  static func now() -> UTCTimestamp {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UTCTimestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// The reactors' clock.
  static func monotonic() -> Instant {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Processors that can run threads now.
  static var processorCount: Int { max(1, min(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 64)) }
}

/// Standard error, written in one call per line so that lines of several threads do not mix.
enum StandardError {
  static func write(_ line: String) {
    var line = line
    line.withUTF8 { bytes in
      _ = unsafe Glibc.write(2, bytes.baseAddress, bytes.count)
    }
  }
}
