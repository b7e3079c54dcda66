import Glibc

/// How many files and sockets this process may have open.
enum OpenFiles {
  /// Raises the soft limit as far as the hard one lets it, and says what it is then.
  static func raise(to wanted: Int) -> Int {
    var limit = rlimit()
    // Sound: the call fills the struct it is given and keeps no pointer to it.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
    let soft = min(max(rlim_t(clamping: wanted), limit.rlim_cur), limit.rlim_max)
    if soft > limit.rlim_cur {
      var raised = limit
      raised.rlim_cur = soft
      // Sound: the call reads the struct it is given and keeps no pointer to it.
      if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }
  /// What the soft limit is now; nil: not known.
  static var limit: Int? {
    var limit = rlimit()
    // Sound: as above.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_cur)
  }
}
