import Files
import OpenSSLCrypto
import Witness

/// The files of the tree beside `records`: `checkpoint`, `checkpoint.cosigned` and `tile/…` (C2SP tlog-tiles).
///
/// Only full tiles are files. They never change, and are not waited for: what a power cut leaves of them is compared
/// with the records at the next start and made again. Partial tiles are computed when somebody asks (``WitnessReader``):
/// at fifty checkpoints a second there would be more of them than records.
struct WitnessFolder: Sendable {
  let path: String

  /// The folder that holds the directory `records`.
  init(records: String) { path = Files.directory(of: records) }

  var checkpointPath: String { path + "/checkpoint" }
  /// The last checkpoint that cosigners have signed, too.
  var cosignedPath: String { path + "/checkpoint.cosigned" }
  var hasTiles: Bool { (try? Files.isDirectory(path + "/tile")) ?? false }

  /// The checkpoint as it is on the disk; nil: there is none.
  func readCheckpoint() throws(StoreError) -> SignedNote? { try readNote(checkpointPath) }

  /// The same for the one that is cosigned.
  func readCosigned() throws(StoreError) -> SignedNote? { try readNote(cosignedPath) }

  private func readNote(_ path: String) throws(StoreError) -> SignedNote? {
    let bytes: [UInt8]
    do {
      guard try Files.isRegular(path) else { return nil }
      bytes = try Files.read(path, limit: NoteLimits.maxNoteBytes)
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
    do {
      return try SignedNote(parsing: bytes.span)
    } catch {
      throw StoreError(.corrupt, "\(path) is no signed checkpoint: \(error)")
    }
  }

  func write(_ checkpoint: SignedNote, durable: Files.Durability) throws(FileError) {
    try Files.replace(checkpointPath, with: checkpoint.bytes, permissions: 0o644, durable: durable)
  }

  /// Removes what a process that was killed had begun to write in place of the checkpoint.
  func removeLeftovers() throws(FileError) {
    for name in try Files.list(path) where name.hasPrefix("checkpoint.") && name.hasSuffix(".new") {
      try Files.remove("\(path)/\(name)")
    }
  }

  /// A full tile; nil: it is not there, or not whole.
  func readTile(level: Int, index: UInt64) -> MerkleTile? {
    let place = TilePlace(level: level, index: index)
    guard let bytes = try? Files.read("\(path)/\(place.path)", limit: TilePlace.fullBytes) else { return nil }
    return MerkleTile(place, bytes: bytes)
  }

  func write(_ tile: MerkleTile) throws(FileError) {
    let file = "\(path)/\(tile.place.path)"
    // The first of a thousand makes the directory; a file that is there already is replaced by the same bytes.
    if tile.place.index % 1_000 == 0 { try Files.makeDirectory(Files.directory(of: file), permissions: 0o700) }
    do {
      try Files.replace(file, with: tile.bytes, permissions: 0o644, durable: .nothing)
    } catch  where error.isNotFound {
      try Files.makeDirectory(Files.directory(of: file), permissions: 0o700)
      try Files.replace(file, with: tile.bytes, permissions: 0o644, durable: .nothing)
    }
  }
}
