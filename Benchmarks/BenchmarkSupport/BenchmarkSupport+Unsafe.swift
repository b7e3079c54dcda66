import Glibc

/// What the programs that measure have in common.
public enum BenchmarkSupport {
  /// The seconds of processor time that this thread has taken.
  public static func threadSeconds() -> Double {
    var time = timespec()
    // Sound: the time is written before the call returns.
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// How often the work is to be done and nothing printed, from the variable ITER: for instruction counts. nil where it is
  /// not set.
  public static var exactRuns: Int? {
    // Sound: the environment is not changed by these programs.
    guard let text = unsafe getenv("ITER") else { return nil }
    return Int(unsafe String(cString: text))
  }

  /// The first 65,536 bytes of a file; ends the process when it cannot be read.
  public static func read(_ path: String) -> [UInt8] {
    guard let file = unsafe fopen(path, "rb") else {
      print("cannot read \(path)")
      exit(2)
    }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    // Sound: at most `bytes.count` bytes are written.
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Memory of the process that is there now: what it holds, and what the allocator keeps. Good for differences of many
  /// megabytes.
  public static var residentBytes: Int {
    let fields = String(decoding: read("/proc/self/statm"), as: UTF8.self).split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4_096
  }

  /// Rounded to so many thousandths, as text.
  public static func rounded(_ value: Double) -> String { "\((value * 1_000).rounded() / 1_000)" }
}
