import Files
import OpenSSLCrypto
import Wire
import Witness

// Deleting old records. Their leaves stay in the tiles, so that the tree still leads to every checkpoint, and the first
// record that is left holds the last hash of the chain before it. That they were deleted is itself a record.
extension WitnessDirectory {
  /// Old record files, from the first record there is on.
  public struct Deletion: Sendable, Equatable {
    /// The first of their records.
    public var first: UInt64
    /// The last of their records.
    public var through: UInt64
    /// Its hash.
    public var lastHash: Digest32
    /// The files.
    public var names: [String]

    /// What the log has to hold before ``WitnessDirectory/delete(_:)``.
    public func event(at time: UTCTimestamp) -> WitnessEvent {
      WitnessEvent(
        time: time, name: .witnessDeleted, component: "witness",
        details: [
          WitnessDetail("files", .integer(Int64(names.count))),
          WitnessDetail("first", .integer(Int64(clamping: first))),
          WitnessDetail("last_hash", .text(lastHash.hex)), WitnessDetail("through", .integer(Int64(clamping: through))),
        ])
    }
  }

  /// The record files all of whose records are older than `time`, if they verify and all their leaves are in tiles; nil:
  /// there are none. Never the two newest: the log goes on from those. Throws when a file that is old enough is not
  /// whole: what was altered is not put out of sight.
  public func deletable(before time: UTCTimestamp, signed size: UInt64) throws(StoreError) -> Deletion? {
    let all = try segments()
    var found: Deletion?
    for (index, segment) in all.dropLast(2).enumerated() {
      let next = all[index + 1]
      // What lies in tiles that are files, and signed.
      guard next.firstSequence <= size / 256 * 256, let head = try head(of: next), head.time < time else { break }
      let last = try verify(segment)
      guard last.sequence + 1 == next.firstSequence, last.hash.hex == head.previous else {
        throw StoreError(
          .corrupt, "\(path)/\(segment.name) is old, and not deleted: \(next.name) does not go on from it")
      }
      found = Deletion(
        first: found?.first ?? segment.firstSequence, through: last.sequence, lastHash: last.hash,
        names: (found?.names ?? []) + [segment.name])
    }
    return found
  }

  /// Removes the files. The record of it is on the disk by then, and signed.
  public func delete(_ deletion: Deletion) throws(StoreError) {
    do {
      for name in deletion.names {
        // The plain form too, when packing was interrupted.
        let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        try Files.remove("\(path)/\(plain)")
        try Files.remove("\(path)/\(plain).gz")
      }
      try Files.syncDirectory(path)
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  /// When the first record of a segment was made, which those before it are older than, and what it says of the one
  /// before it.
  private func head(of segment: Segment) throws(StoreError) -> (time: UTCTimestamp, previous: String)? {
    var first: [UInt8]?
    try records(from: segment.firstSequence, count: 1) { _, line in first = [UInt8](copying: line) }
    guard let first, case .object(let members)? = try? JSONValue(parsing: first),
      case .string(let text)? = members["time"], let time = UTCTimestamp(rfc3339: text),
      case .string(let previous)? = members["prev_hash"]
    else { return nil }
    return (time, previous)
  }

  /// Verifies one segment, and that its leaves are in the tiles.
  private func verify(_ segment: Segment) throws(StoreError) -> WitnessPosition {
    let folder = WitnessFolder(records: path)
    var verifier = WitnessVerifier(from: segment.firstSequence)
    var faults: [WitnessFault] = []
    var count = segment.firstSequence
    var tile: MerkleTile?
    try feed(
      [segment], to: &verifier,
      leaves: { leaves in
        for leaf in leaves {
          if tile == nil || count % 256 == 0 { tile = folder.readTile(level: 0, index: count / 256) }
          if !(tile?.holds(leaf, at: Int(count % 256)) ?? false), faults.isEmpty {
            faults.append(WitnessFault(record: count, kind: .tile, segment: segment.name, line: 0))
          }
          count += 1
        }
      }
    ) { faults.append($0) }
    verifier.finish { faults.append($0) }
    if let fault = faults.first {
      throw StoreError(.corrupt, "\(path)/\(segment.name) is old, and not deleted since it does not verify: \(fault)")
    }
    guard let last = verifier.summary.last else {
      throw StoreError(.corrupt, "\(path)/\(segment.name) holds no record")
    }
    return last
  }
}
