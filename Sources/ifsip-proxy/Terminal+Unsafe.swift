import Glibc
import Wire

// Every `unsafe` here is a call into libc on memory of our own for the length of the call. `environ` is read once at a
// time before any thread of ours changes it: nothing in this process calls setenv.

/// The person at the other end.
enum Terminal {
  /// Writes a line to standard error.
  static func complain(_ text: String) {
    var rest = Array((text + "\n").utf8)[...]
    while !rest.isEmpty {
      let wrote = unsafe rest.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard wrote > 0 else { return }
      rest = rest.dropFirst(wrote)
    }
  }

  /// Whether standard input is a terminal.
  static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

  /// Asks for a line on the terminal without showing what is typed; nil: the input ended.
  static func askHidden(_ prompt: String) -> String? {
    var before = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    // An interrupt while nothing is shown would leave the terminal that way: make it a character that ends the line
    // (VEOL, the twelfth of them on Linux), and take it for what it means.
    silent.c_lflag &= ~tcflag_t(ISIG)
    silent.c_cc.11 = interrupt
    _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer {
      _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
      complain("")
    }
    let bytes = Array(prompt.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    // A terminal gives one line at a time, at most 4,096 bytes.
    var line = [UInt8](repeating: 0, count: 4_096)
    let capacity = line.count
    let count = unsafe read(STDIN_FILENO, &line, capacity)
    guard count > 0, line[count - 1] == 0x0A else { return nil }
    return String(validating: line[..<(count - 1)], as: UTF8.self)
  }

  private static let interrupt: cc_t = 3

  /// Civil time.
  static func now() -> UTCTimestamp {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UTCTimestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// The environment.
  static func environment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let pair = unsafe String(cString: text)
      if let equals = pair.firstIndex(of: "=") {
        variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
      }
      unsafe entry += 1
    }
    return variables
  }
}
