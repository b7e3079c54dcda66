import Glibc

// Every `unsafe` here is a call into libc. Pointers to paths come from Swift strings, which bridge to NUL-terminated
// bytes for the time of the call; pointers to buffers come from spans and are passed with the span's own count, so the
// kernel cannot read or write beyond it; none is kept. `errno` is read straight after the call that set it, on the
// same thread.

/// An open file. Closed when it goes; one owner.
public struct OpenFile: ~Copyable, Sendable {
  /// What the file is opened for.
  public enum Mode: Sendable {
    /// Read what is there.
    case read
    /// Write at the end of what is there; made when missing.
    case append
    /// Read and write; made when missing.
    case readWrite
    /// Make it; a file that is there is an error.
    case createNew
  }

  /// Where it is.
  public let path: String
  private let descriptor: Int32

  /// Opens or makes a file. New files get `permissions` exactly, whatever the umask.
  public init(_ path: String, _ mode: Mode, permissions: UInt32 = 0o600) throws(FileError) {
    let flags: Int32 =
      switch mode {
      case .read: O_RDONLY
      case .append: O_WRONLY | O_CREAT | O_APPEND
      case .readWrite: O_RDWR | O_CREAT
      case .createNew: O_RDWR | O_CREAT | O_EXCL
      }
    var opened: Int32
    repeat {
      opened = unsafe open(path, flags | O_CLOEXEC, permissions)
    } while opened < 0 && errno == EINTR
    guard opened >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    self.path = path
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// The size in bytes; a directory is an error.
  public func size() throws(FileError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw failure("stat") }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileError(path: path, operation: "read", message: "it is a directory")
    }
    return Int(status.st_size)
  }

  /// Reads what comes at the current place into `buffer`, from `start` on, as much as fits; 0: the end.
  public func read(into buffer: inout [UInt8], from start: Int = 0) throws(FileError) -> Int {
    precondition(start >= 0 && start <= buffer.count, "a place outside the buffer")
    while true {
      // Sound: the line above keeps the place inside; what is asked for is what there is behind it.
      let got = unsafe buffer.withUnsafeMutableBytes { target in
        let rest = unsafe target[start...]
        return unsafe Glibc.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      }
      if got >= 0 { return got }
      guard errno == EINTR else { throw failure("read") }
    }
  }

  /// Writes all bytes at the current place (at the end, in append mode).
  public func write(_ bytes: Span<UInt8>) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = bytes.extracting(done..<bytes.count)
      let wrote = unsafe rest.withUnsafeBufferPointer { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if wrote < 0 {
        guard errno == EINTR else { throw failure("write") }
      } else {
        done += wrote
      }
    }
  }

  /// Writes all bytes over those at a place, and leaves the current place where it is. Not in append mode.
  public func write(_ bytes: Span<UInt8>, at place: Int) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = bytes.extracting(done..<bytes.count)
      let wrote = unsafe rest.withUnsafeBufferPointer {
        unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(place + done))
      }
      if wrote < 0 {
        guard errno == EINTR else { throw failure("write") }
      } else {
        done += wrote
      }
    }
  }

  /// Waits until the bytes, and the size that finds them, are on the disk.
  public func syncData() throws(FileError) {
    guard fdatasync(descriptor) == 0 else { throw failure("sync") }
  }

  /// Cuts the file off.
  public func truncate(to size: Int) throws(FileError) {
    guard ftruncate(descriptor, size) == 0 else { throw failure("truncate") }
  }

  /// Takes the file's lock, at once or not at all. The kernel gives it back when this file is closed, however the
  /// process ends.
  public func tryLock() throws(FileError) -> Bool {
    var lock = wholeFile
    if unsafe fcntl(descriptor, Self.setOpenFileLock, &lock) == 0 { return true }
    guard errno == EAGAIN || errno == EACCES else { throw failure("lock") }
    return false
  }

  /// Whether somebody holds the file's lock. Only looks: taking it to see would keep others from it.
  public func isLocked() throws(FileError) -> Bool {
    var lock = wholeFile
    guard unsafe fcntl(descriptor, Self.getOpenFileLock, &lock) == 0 else { throw failure("look at the lock of") }
    return lock.l_type != Int16(F_UNLCK)
  }

  private var wholeFile: flock {
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    return lock
  }

  // Locks of the open file, not of the process (Linux, F_OFD_…): closing another descriptor of the same file does not
  // give them back. glibc declares them for GNU sources only, which Swift's module is not.
  private static let getOpenFileLock: Int32 = 36
  private static let setOpenFileLock: Int32 = 37

  /// Sets the permissions of a file that is there.
  public func setPermissions(_ permissions: UInt32) throws(FileError) {
    guard fchmod(descriptor, permissions) == 0 else { throw failure("set the permissions of") }
  }

  private func failure(_ operation: String) -> FileError {
    FileError(path: path, operation: operation, code: errno)
  }
}
