import Files
import OpenSSLCrypto
import Testing
import Wire

/// A directory of its own for one test, which removes it in a `defer`: a deinit could run as soon as the last path was
/// asked for.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = "/tmp/ifsip-test-" + Hex.encode(SecureRandom.bytes(8))
    try Files.makeDirectory(path, permissions: 0o700)
  }

  func remove() { try? Files.removeTree(path) }

  /// A path inside.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

let someTime = UTCTimestamp(microseconds: 1_767_323_045_000_006)

/// Looks into every file of a directory.
func expectNoFile(in directory: TemporaryDirectory, holds text: String) throws {
  let needle = Array(text.utf8)
  for name in try Files.list(directory.path) {
    let bytes = try Files.read(directory(name), limit: 1 << 24)
    #expect(bytes.firstRange(of: needle) == nil, "\(name)")
  }
}
