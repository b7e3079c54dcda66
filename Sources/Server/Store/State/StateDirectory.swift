import Files
import Glibc
import OpenSSLCrypto
import Wire

/// The one directory where state lives (DESIGN §4): `ifsip.sqlite`, `witness/`, `keys/`. Made at first start with mode
/// 0700, its keys 0600.
///
/// While an ``Access/exclusive`` one lives, no second process can open the directory so; the lock goes with the process,
/// however it ends.
public final class StateDirectory: Sendable {
  /// What the opener is going to do.
  public enum Access: Sendable {
    /// `serve`: alone.
    case exclusive
    /// `user add`, `key show`: beside a running node.
    case shared
  }

  /// The form of what lies in the directory; a directory of a higher one is left alone.
  static let formatVersion = 1

  /// Where it is.
  public let path: String
  /// 32 bytes that sign cookies in Via branches, Record-Routes, tags and Contacts. They outlive restarts, so that calls
  /// do.
  public let cookieKey: SecretBytes
  /// 32 bytes that sign digest nonces.
  public let nonceKey: SecretBytes
  /// The bearer token of the admin API: `keys/admin.token`.
  public let adminToken: String

  private let lock: LockFile?

  /// Opens the directory, and makes it and its keys when they are missing.
  public init(path: String, access: Access) throws(StoreError) {
    self.path = path
    do {
      try Files.makeDirectory(path, permissions: 0o700)
      try Self.checkFormat(path)
      lock = access == .exclusive ? try LockFile(directory: path) : nil
      try Files.makeDirectory(path + "/keys", permissions: 0o700)
      try Files.makeDirectory(path + "/witness/records", permissions: 0o700)
      // Made before SQLite does, with its own idea of permissions.
      _ = try OpenFile(path + "/ifsip.sqlite", .readWrite, permissions: 0o600)
      cookieKey = try KeyFile.bytes(path + "/keys/cookie.key")
      nonceKey = try KeyFile.bytes(path + "/keys/nonce.key")
      adminToken = try KeyFile.token(path + "/keys/admin.token")
    } catch let error as FileError {
      throw StoreError(
        .fileSystem,
        "\(error); the state directory must be one that this user may write (state_dir in the configuration)")
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  /// `ifsip.sqlite`.
  public var databasePath: String { path + "/ifsip.sqlite" }
  /// `witness/records`.
  public var witnessRecordsPath: String { path + "/witness/records" }
  /// `keys`.
  public var keysPath: String { path + "/keys" }

  /// Whether a process serves from the directory now (for one opened ``Access/shared``).
  public var isServed: Bool {
    guard let file = try? OpenFile(path + "/lock", .readWrite) else { return false }
    return (try? file.isLocked()) ?? false
  }

  private static func checkFormat(_ path: String) throws {
    let file = path + "/format"
    guard try Files.isRegular(file) else {
      return try Files.replace(file, with: Array("\(formatVersion)\n".utf8))
    }
    let text = String(decoding: try Files.read(file, limit: 64), as: UTF8.self)
    guard let version = Int(text.prefix { $0 != "\n" }), version > 0 else {
      throw StoreError(.corrupt, "\(file) holds no version; is \(path) a state directory of ifsip-proxy?")
    }
    guard version <= formatVersion else {
      throw StoreError(
        .tooNew,
        "\(path) was written by a newer ifsip-proxy (form \(version), this one knows \(formatVersion)); use that one")
    }
  }
}

/// The lock that one process holds while it serves.
private final class LockFile: Sendable {
  private let file: OpenFile

  init(directory: String) throws {
    let path = directory + "/lock"
    file = try OpenFile(path, .readWrite)
    guard try file.tryLock() else {
      let holder = (try? Files.read(path, limit: 64)).map { String(decoding: $0.prefix { $0 != 0x0A }, as: UTF8.self) }
      let who = holder.flatMap { $0.isEmpty ? nil : " (process \($0))" } ?? ""
      throw StoreError(
        .inUse,
        "\(directory) is in use by another ifsip-proxy\(who); stop it, or give this one another state_dir")
    }
    try file.truncate(to: 0)
    try file.write(Array("\(getpid())\n".utf8).span)
  }
}

/// Keys as files: made once, never shown to others.
enum KeyFile {
  static let keyBytes = 32

  /// 32 random bytes, kept as a line of hex.
  static func bytes(_ path: String) throws -> SecretBytes {
    let line = try line(path) { Hex.encode(SecureRandom.bytes(keyBytes)) }
    guard let bytes = try? Hex.decode(line), bytes.count == keyBytes else { throw damaged(path) }
    return SecretBytes(bytes.span)
  }

  /// A token of 256 bits, as it is sent.
  static func token(_ path: String) throws -> String {
    let token = try line(path) { Base64.encode(SecureRandom.bytes(keyBytes), .urlSafe) }
    guard token.utf8.count >= 32, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw damaged(path) }
    return token
  }

  /// The seed of an Ed25519 key, as `key generate` writes it.
  static func seed(_ path: String) throws -> String {
    try line(path) {
      let seed = Ed25519PrivateKey.generate().seed
      return Base64.encode(seed.span)
    }
  }

  private static func damaged(_ path: String) -> StoreError {
    StoreError(
      .corrupt,
      "\(path) does not hold what was written there; put back a copy, or remove it to have a new one made")
  }

  private static func line(_ path: String, make: () -> String) throws -> String {
    guard let permissions = try Files.permissions(path) else {
      let text = make()
      // Two processes at first start: the one that finds the name taken reads what the other wrote.
      if try !Files.create(path, with: Array("\(text)\n".utf8)) { return try line(path, make: make) }
      return text
    }
    guard permissions & 0o077 == 0 else {
      throw StoreError(.fileSystem, "\(path) can be read by others; run: chmod 600 \(path)")
    }
    let bytes = try Files.read(path, limit: 1_024)
    return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
  }
}
