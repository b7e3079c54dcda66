#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the environment asks of the tests.
///
/// Sound: `getenv` returns nil or a string that lives until somebody changes the environment, which no test does.
enum Environment {
  /// `IFSIP_FULL=1` asks for the long run.
  static let isFullRun = unsafe getenv("IFSIP_FULL").map { unsafe String(cString: $0) } == "1"
}
