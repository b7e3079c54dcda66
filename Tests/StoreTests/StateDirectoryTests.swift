import Files
import OpenSSLCrypto
import Store
import Testing
import Wire

@Suite("State directory")
struct StateDirectoryTests {
  private func bytes(of secret: SecretBytes) -> [UInt8] {
    let span = secret.span
    var bytes: [UInt8] = []
    for index in 0..<span.count { bytes.append(span[index]) }
    return bytes
  }

  @Test("the first start makes everything, for nobody else to read; the next finds the same keys")
  func firstStart() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("a/state")
    let cookie: [UInt8]
    let token: String
    do {
      let state = try StateDirectory(path: path, access: .exclusive)
      cookie = bytes(of: state.cookieKey)
      token = state.adminToken
      #expect(cookie.count == 32)
      #expect(state.nonceKey.count == 32)
      #expect(bytes(of: state.nonceKey) != cookie)
      #expect(token.utf8.count == 43)
    }
    #expect(try Files.permissions(path) == 0o700)
    #expect(try Files.permissions(path + "/keys") == 0o700)
    for file in ["keys/cookie.key", "keys/nonce.key", "keys/admin.token", "ifsip.sqlite", "format"] {
      #expect(try Files.permissions("\(path)/\(file)") == 0o600, "\(file)")
    }
    #expect(try Files.list(path + "/keys") == ["admin.token", "cookie.key", "nonce.key"])
    #expect(try Files.isDirectory(path + "/witness/records"))
    let again = try StateDirectory(path: path, access: .exclusive)
    #expect(bytes(of: again.cookieKey) == cookie)
    #expect(again.adminToken == token)
  }

  @Test("a second one that wants it alone is refused and told by whom; a shared one is not")
  func lock() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("state")
    do {
      let first = try StateDirectory(path: path, access: .exclusive)
      #expect(throws: StoreError.self) { try StateDirectory(path: path, access: .exclusive) }
      do {
        _ = try StateDirectory(path: path, access: .exclusive)
      } catch {
        #expect(error.reason == .inUse)
        #expect(error.message.contains("in use by another ifsip-proxy (process "))
      }
      let shared = try StateDirectory(path: path, access: .shared)
      #expect(shared.adminToken == first.adminToken)
      #expect(shared.isServed)
    }
    #expect(try !StateDirectory(path: path, access: .shared).isServed)
    _ = try StateDirectory(path: path, access: .exclusive)
  }

  @Test("a key that others can read, or that is damaged, is refused with what to do")
  func badKeys() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("state")
    _ = try StateDirectory(path: path, access: .shared)
    let key = path + "/keys/cookie.key"
    func message() -> String? {
      do {
        _ = try StateDirectory(path: path, access: .shared)
        return nil
      } catch { return error.message }
    }
    try Files.replace(key, with: Array("abc\n".utf8))
    #expect(message()?.contains("does not hold what was written there") == true)
    try Files.remove(key)
    #expect(message() == nil)
    let bytes = try Files.read(key, limit: 100)
    try Files.replace(key, with: bytes, permissions: 0o640)
    #expect(message()?.contains("chmod 600") == true)
  }

  @Test("the directory of a newer version is left alone")
  func newer() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    let path = temporary("state")
    try Files.makeDirectory(path, permissions: 0o700)
    try Files.replace(path + "/format", with: Array("2\n".utf8))
    do {
      _ = try StateDirectory(path: path, access: .exclusive)
      Issue.record("opened")
    } catch {
      #expect(error.reason == .tooNew)
    }
    try Files.replace(path + "/format", with: Array("soon\n".utf8))
    do {
      _ = try StateDirectory(path: path, access: .exclusive)
      Issue.record("opened")
    } catch {
      #expect(error.reason == .corrupt)
    }
    #expect(try Files.list(path) == ["format"])
  }

  @Test("a file in the directory's place is said to be one")
  func inTheWay() throws {
    let temporary = try TemporaryDirectory()
    defer { temporary.remove() }
    try Files.replace(temporary("state"), with: [])
    do {
      _ = try StateDirectory(path: temporary("state"), access: .exclusive)
      Issue.record("opened")
    } catch {
      #expect(error.reason == .fileSystem)
      #expect(error.message.contains("state_dir"))
    }
  }
}
