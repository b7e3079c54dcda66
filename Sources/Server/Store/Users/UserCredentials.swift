import DigestAuth

/// A digest user as the database holds it: never a password.
public struct UserCredentials: Sendable, Equatable {
  /// The digest user name, compared byte by byte.
  public let name: String
  /// The realm that the hashes are for.
  public let realm: String

  private let md5: HA1
  private let sha256: HA1
  private let sha512t256: HA1

  /// From a password.
  init(name: String, realm: String, password: String) {
    self.name = name
    self.realm = realm
    md5 = HA1(.md5, username: name, realm: realm, password: password)
    sha256 = HA1(.sha256, username: name, realm: realm, password: password)
    sha512t256 = HA1(.sha512_256, username: name, realm: realm, password: password)
  }

  /// From a row; nil: the row is damaged.
  init?(name: String, realm: String, md5: String, sha256: String, sha512t256: String) {
    guard let md5 = HA1(.md5, storedHex: md5), let sha256 = HA1(.sha256, storedHex: sha256),
      let sha512t256 = HA1(.sha512_256, storedHex: sha512t256)
    else { return nil }
    self.name = name
    self.realm = realm
    self.md5 = md5
    self.sha256 = sha256
    self.sha512t256 = sha512t256
  }

  /// H(user:realm:password) by that function.
  public func ha1(_ hash: DigestHash) -> HA1 {
    switch hash {
    case .md5: md5
    case .sha256: sha256
    case .sha512_256: sha512t256
    }
  }
}
