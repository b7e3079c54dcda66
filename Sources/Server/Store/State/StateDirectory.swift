import OpenSSLCrypto

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

  /// Where it is.
  public let path: String

  /// Opens the directory, and makes it and its keys when they are missing.
  public init(path: String, access: Access) throws(StoreError) {
    preconditionFailure("declared, not built yet")
  }

  /// `ifsip.sqlite`.
  public var databasePath: String { path + "/ifsip.sqlite" }
  /// `witness/records`.
  public var witnessRecordsPath: String { path + "/witness/records" }

  /// 32 bytes that sign cookies in Via branches, Record-Routes, tags and Contacts. They outlive restarts, so that calls
  /// do.
  public var cookieKey: SecretBytes { preconditionFailure("declared, not built yet") }
  /// 32 bytes that sign digest nonces.
  public var nonceKey: SecretBytes { preconditionFailure("declared, not built yet") }
  /// The bearer token of the admin API: `keys/admin.token`.
  public var adminToken: String { preconditionFailure("declared, not built yet") }
}
