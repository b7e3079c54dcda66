import Files
import OpenSSLCrypto
import Witness

/// Who signs a log's checkpoints: its origin and its Ed25519 key (`keys/witness`, made at first start).
public final class WitnessIdentity: Sendable {
  let signer: NoteSigner
  private let publicPath: String

  /// The log's name.
  public var origin: String { signer.verifierKey.name }
  /// What others verify the checkpoints with.
  public var verifierKey: NoteVerifierKey { signer.verifierKey }

  /// Reads the key in `keysPath`, or makes it. `origin` is the log's name and the key's.
  public init(keysPath: String, origin: String) throws(StoreError) {
    publicPath = keysPath + "/witness.pub"
    let path = keysPath + "/witness"
    do {
      try Files.makeDirectory(keysPath, permissions: 0o700)
      let text = try KeyFile.seed(path)
      signer = try NoteSigner(name: origin, key: try Ed25519PrivateKey(seedText: text))
    } catch let error as KeyError {
      throw StoreError(.corrupt, "\(path) holds no private key: \(error)")
    } catch let error as NoteError {
      throw StoreError(.invalid, "witness.origin: \(error)")
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  /// Whether checkpoints were signed under this name and key before: the public half is published with the first.
  var hasSigned: Bool {
    guard let bytes = try? Files.read(publicPath, limit: 4_096) else { return false }
    return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self) == verifierKey.description
  }

  /// Writes `keys/witness.pub`.
  func publish() throws(FileError) {
    guard !hasSigned else { return }
    try Files.replace(publicPath, with: Array("\(verifierKey)\n".utf8), permissions: 0o644)
  }
}
