import Files
import OpenSSLCrypto
import Witness

// The checkpoint as cosigners have signed it (C2SP tlog-cosignature): `witness/checkpoint.cosigned`.
extension WitnessDirectory {
  /// The last checkpoint that cosigners have signed; nil: there is none.
  public func cosignedCheckpoint() throws(StoreError) -> SignedNote? {
    try WitnessFolder(records: path).readCosigned()
  }

  /// Keeps a checkpoint with its cosignatures in place of the one before, durably: nothing older is to be shown again.
  public func keepCosigned(_ note: SignedNote) throws(StoreError) {
    do {
      try Files.replace(
        WitnessFolder(records: path).cosignedPath, with: note.bytes, permissions: 0o644, durable: .name)
    } catch {
      throw StoreError(.fileSystem, "the cosigned checkpoint cannot be written: \(error)")
    }
  }

  /// A cosigner's word under a checkpoint.
  public struct Cosignature: Sendable, Hashable {
    /// Whose it is.
    public var key: NoteVerifierKey
    /// When it was given, in seconds since 1970.
    public var time: UInt64
  }

  /// The cosignatures of these keys on a note, each of which must fit.
  static func cosignatures(_ note: SignedNote, _ keys: [NoteVerifierKey]) throws(NoteError) -> [Cosignature] {
    guard !keys.isEmpty else { return [] }
    var found: [Cosignature] = []
    // A note that none of them signed is no error here: who is missing is told by name.
    guard note.signatures.contains(where: { line in keys.contains { $0.made(line) } }) else { return [] }
    for key in try note.verify(with: keys) {
      guard let line = note.signatures.first(where: key.made), let time = line.cosignedAt else { continue }
      found.append(Cosignature(key: key, time: time))
    }
    return found
  }
}
