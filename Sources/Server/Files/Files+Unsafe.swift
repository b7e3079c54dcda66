import Glibc
import Synchronization

// Every `unsafe` here is a call into libc with a path from a Swift string (NUL-terminated for the time of the call) or
// with a structure of our own; `DIR` is closed on every way out and its entries are copied before the next call.

/// What is done with whole files and directories.
public enum Files {
  /// Reads a whole file of at most `limit` bytes; a larger one is an error, a device or pipe too.
  public static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let file = try OpenFile(path, .read)
    guard try isRegular(path) else { throw FileError(path: path, operation: "read", message: "it is no regular file") }
    guard try file.size() <= limit else { throw tooLarge(path, limit) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = try file.read(into: &buffer)
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { throw tooLarge(path, limit) }
      bytes.append(contentsOf: buffer[..<count])
    }
  }

  private static func tooLarge(_ path: String, _ limit: Int) -> FileError {
    FileError(path: path, operation: "read", message: "it is larger than \(limit) bytes")
  }

  /// What must be on the disk before a function returns.
  public enum Durability: Sendable {
    /// The content and the name.
    case name
    /// The content: after a power cut the name leads to the new file or to the old one.
    case content
    /// Nothing: after a power cut the file may be anything. For what can be made again.
    case nothing
  }

  /// Puts a file in place whole or not at all: written beside it, synced, renamed, and the directory synced.
  public static func replace(
    _ path: String, with bytes: [UInt8], permissions: UInt32 = 0o600, durable: Durability = .name
  ) throws(FileError) {
    let temporary = try writeTemporary(path, bytes, permissions, isSynced: durable != .nothing)
    guard unsafe Glibc.rename(temporary, path) == 0 else {
      let code = errno
      _ = unsafe unlink(temporary)
      throw FileError(path: path, operation: "replace", code: code)
    }
    if durable == .name { try syncDirectory(directory(of: path)) }
  }

  /// Puts a new file in place whole or not at all; false: there is one of that name, and it stays as it is.
  public static func create(_ path: String, with bytes: [UInt8], permissions: UInt32 = 0o600) throws(FileError) -> Bool
  {
    let temporary = try writeTemporary(path, bytes, permissions)
    // A link fails where a rename would replace.
    let result = unsafe link(temporary, path)
    let code = errno
    _ = unsafe unlink(temporary)
    guard result == 0 else {
      if code == EEXIST { return false }
      throw FileError(path: path, operation: "make", code: code)
    }
    try syncDirectory(directory(of: path))
    return true
  }

  private static let temporaryCount = Atomic<Int>(0)

  /// The name holds the process and a number of its own, so that nobody else writes to it.
  private static func writeTemporary(
    _ path: String, _ bytes: [UInt8], _ permissions: UInt32, isSynced: Bool = true
  ) throws(FileError) -> String {
    let temporary = "\(path).\(getpid())-\(temporaryCount.add(1, ordering: .relaxed).newValue).new"
    _ = unsafe unlink(temporary)
    do {
      let file = try OpenFile(temporary, .createNew, permissions: permissions)
      try file.setPermissions(permissions)
      try file.write(bytes.span)
      if isSynced { try file.syncData() }
    } catch {
      _ = unsafe unlink(temporary)
      throw error
    }
    return temporary
  }

  /// Gives a file another name, in place of what has it, and makes that durable.
  public static func rename(_ path: String, to target: String) throws(FileError) {
    guard unsafe Glibc.rename(path, target) == 0 else {
      throw FileError(path: path, operation: "rename", code: errno)
    }
    try syncDirectory(directory(of: target))
  }

  /// Removes a file; one that is not there is no error.
  public static func remove(_ path: String) throws(FileError) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else {
      throw FileError(path: path, operation: "remove", code: errno)
    }
  }

  /// Makes a directory, and those above it, unless they are there.
  public static func makeDirectory(_ path: String, permissions: UInt32) throws(FileError) {
    if try isDirectory(path) { return }
    let above = directory(of: path)
    if above != path, try !isDirectory(above) { try makeDirectory(above, permissions: permissions) }
    guard unsafe mkdir(path, permissions) == 0 || errno == EEXIST else {
      throw FileError(path: path, operation: "make the directory", code: errno)
    }
    guard try isDirectory(path) else {
      throw FileError(path: path, operation: "make the directory", message: "a file is in its place")
    }
    try? syncDirectory(above)
  }

  /// Removes a file, or a directory with all that is in it; symbolic links are removed, not followed.
  package static func removeTree(_ path: String) throws(FileError) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
    for name in try list(path) { try removeTree("\(path)/\(name)") }
    guard unsafe rmdir(path) == 0 else { throw FileError(path: path, operation: "remove", code: errno) }
  }

  /// Whether there is a directory; false when there is nothing or something else.
  public static func isDirectory(_ path: String) throws(FileError) -> Bool {
    try kind(path).map { $0 & S_IFMT == S_IFDIR } ?? false
  }

  /// Whether there is a regular file.
  public static func isRegular(_ path: String) throws(FileError) -> Bool {
    try kind(path).map { $0 & S_IFMT == S_IFREG } ?? false
  }

  /// The permission bits; nil: there is nothing.
  public static func permissions(_ path: String) throws(FileError) -> UInt32? {
    try kind(path).map { $0 & 0o7777 }
  }

  /// A file's size and the time of its last change, for whoever waits for one.
  public struct Mark: Sendable, Equatable {
    /// Bytes; 0: there is no file.
    public var size: Int64 = 0
    /// Nanoseconds since 1970, as exact as the file system's clock, which moves every few milliseconds.
    public var changedAt: Int64 = 0
  }

  /// The mark of a file; that of nothing when it is not there or cannot be seen.
  public static func mark(_ path: String) -> Mark {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return Mark() }
    let (seconds, nanoseconds) = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
    return Mark(size: Int64(status.st_size), changedAt: seconds &* 1_000_000_000 &+ nanoseconds)
  }

  private static func kind(_ path: String) throws(FileError) -> UInt32? {
    var status = stat()
    if unsafe stat(path, &status) == 0 { return status.st_mode }
    guard errno == ENOENT || errno == ENOTDIR else { throw FileError(path: path, operation: "look at", code: errno) }
    return nil
  }

  /// The names in a directory, sorted, without `.` and `..`.
  public static func list(_ path: String) throws(FileError) -> [String] {
    guard let directory = unsafe opendir(path) else { throw FileError(path: path, operation: "list", code: errno) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// How many names are in a directory, without `.` and `..`; nil: it cannot be looked into.
  public static func entryCount(_ path: String) -> Int? {
    guard let directory = unsafe opendir(path) else { return nil }
    defer { unsafe closedir(directory) }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    return max(count - 2, 0)
  }

  /// The room of a file system, in bytes.
  public struct Space: Sendable, Equatable {
    /// What this user may still write.
    public var free: UInt64
    /// Everything.
    public var total: UInt64
  }

  /// The room of the file system that holds a path; nil: it does not say.
  public static func space(_ path: String) -> Space? {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return nil }
    let block = UInt64(status.f_frsize)
    return Space(
      free: UInt64(status.f_bavail).multipliedReportingOverflow(by: block).partialValue,
      total: UInt64(status.f_blocks).multipliedReportingOverflow(by: block).partialValue)
  }

  /// Makes renames and new names in a directory durable.
  public static func syncDirectory(_ path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(path: path, operation: "sync", code: errno) }
  }

  /// The directory that holds a path: `.` for a bare name.
  public static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
  }
}

/// `strerror`, thread-safe.
enum ErrorText {
  static func of(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // Sound: the GNU form is not exported to Swift; POSIX's writes at most `count` bytes, NUL included.
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
