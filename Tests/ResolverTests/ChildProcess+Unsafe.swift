import Glibc

// Why this file is sound: the strings are copied for the length of the call and freed after it; attributes and actions are
// local values, initialised and destroyed once; the child is waited for once, by whoever stops it first.

/// A program started by a test. Not Foundation's Process, which hands the starting thread's blocked signals on to the
/// child and leaks a little with every one.
final class ChildProcess {
  private var id: pid_t

  /// Starts a program without environment and with nothing to read or write; nil when it cannot be.
  init?(_ path: String, _ arguments: [String]) {
    var attributes = posix_spawnattr_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawn_file_actions_init(&actions)
    var noSignals = sigset_t()
    unsafe sigemptyset(&noSignals)
    unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    for descriptor in 0..<Int32(3) {
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var words: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map { unsafe strdup($0) }
    unsafe words.append(nil)
    var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
    var id: pid_t = 0
    let error = unsafe posix_spawn(&id, path, &actions, &attributes, &words, &environment)
    let count = unsafe words.count
    for index in 0..<count { unsafe free(words[index]) }
    unsafe posix_spawn_file_actions_destroy(&actions)
    unsafe posix_spawnattr_destroy(&attributes)
    self.id = id
    guard error == 0 else { return nil }
  }

  /// Whether it still runs.
  var isRunning: Bool {
    guard id > 0 else { return false }
    guard waitpid(id, nil, WNOHANG) == 0 else {
      id = 0
      return false
    }
    return true
  }

  /// Ends it at once, and waits for that.
  func stop() {
    guard isRunning else { return }
    kill(id, SIGKILL)
    _ = waitpid(id, nil, 0)
    id = 0
  }
}
