import Glibc

/// Runs files through a fuzz target's check without libFuzzer: a crash file once more, or a whole corpus as a test.
public enum Replay {
  /// Replays every file named on the command line, and every file of every folder named there, not deeper.
  ///
  /// Each file's name goes to standard error first, so that the last name is the culprit's when the check traps.
  /// Ends with one line on standard output that counts the inputs; status 2 when nothing was named, 1 when something
  /// could not be read.
  public static func run(_ check: (Span<UInt8>) -> Void) {
    let paths = CommandLine.arguments.dropFirst()
    guard !paths.isEmpty else {
      print("usage: \(CommandLine.arguments.first ?? "fuzz target") FILE_OR_FOLDER ...")
      exit(2)
    }
    var count = 0
    var isComplete = true
    for path in paths {
      let files = files(in: path) ?? [path]
      for file in files {
        let line = "\(file)\n"
        _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
        guard let bytes = read(file) else {
          print("cannot read \(file)")
          isComplete = false
          continue
        }
        check(bytes.span)
        count += 1
      }
    }
    print("replayed \(count) inputs")
    if !isComplete { exit(1) }
  }

  /// The files of a folder in order of their names, hidden ones left out; nil when it is no folder.
  private static func files(in path: String) -> [String]? {
    // Sound: the directory is closed before returning; an entry is read before the next call that overwrites it, and
    // its name ends with a zero byte inside the entry.
    guard let directory = unsafe opendir(path) else { return nil }
    defer { unsafe closedir(directory) }
    var files: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { files.append("\(path)/\(name)") }
    }
    return files.sorted()
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = unsafe fopen(path, "rb") else { return nil }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Sound: at most `chunk.count` bytes are written to it.
      let count = unsafe fread(&chunk, 1, chunk.count, file)
      bytes.append(contentsOf: chunk[..<count])
      if count < chunk.count { return unsafe ferror(file) == 0 ? bytes : nil }
    }
  }
}
