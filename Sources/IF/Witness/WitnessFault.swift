/// One thing that is wrong in a log, and with which record.
public struct WitnessFault: Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  public enum Kind: Sendable, Hashable {
    /// The line is no JSON object; the offset in the line where reading stopped.
    case notJSON(offset: Int)
    /// It is JSON, but not in the form of RFC 8785 with whole numbers and without null.
    case notCanonical
    /// A member that a record must have is missing, or has another form than DOMAIN §8 gives it.
    case malformed(key: String)
    /// A member that DOMAIN §8 does not know.
    case unknownKey(String)
    /// A member of `details` that could hold a secret.
    case forbiddenKey(String)
    /// The line is longer than ``WitnessLimits/maxRecordBytes``; its size so far.
    case tooLarge(bytes: Int)
    /// Another number was due: records are missing, doubled or swapped.
    case sequence(expected: UInt64, found: UInt64)
    /// `prev_hash` is not the hash of the record before.
    case previousHash
    /// `hash` is not the hash of this record.
    case hash
    /// The file ends within a line of this many bytes: the process died while writing, or the tail was cut.
    case tornTail(bytes: Int)
    /// The file's name says it begins with another record.
    case segmentName(expected: UInt64, found: UInt64)
    /// The record is whole, but not the one that a tile of the tree holds at this place: it was replaced, and with it
    /// the chain from there on.
    case tile
    /// The records up to here do not have the root that the checkpoint of this size signs.
    case root(size: UInt64)
    /// The checkpoint counts more records than there are.
    case truncated(checkpoint: UInt64)
    /// The checkpoint is missing, or not one of this log.
    case checkpoint(String)
    /// The checkpoint that cosigners signed is missing, or one of them has not signed it.
    case cosignature(String)
    /// The record was deleted, and its hash is missing, too.
    case hashes
  }

  /// The number of the record: its own when it can be trusted, else the number that was due at this place.
  public var record: UInt64
  /// What is wrong with it.
  public var kind: Kind
  /// The segment (file) that was being read.
  public var segment: String
  /// The line in it, from 1; 0 for a fault of the tree, which has none.
  public var line: Int

  /// A fault.
  public init(record: UInt64, kind: Kind, segment: String, line: Int) {
    self.record = record
    self.kind = kind
    self.segment = segment
    self.line = line
  }

  /// `record 17 (0.jsonl:18): …`.
  public var description: String {
    line == 0
      ? "record \(record): \(kind)"
      : "record \(record) (\(segment.isEmpty ? "line " : segment + ":")\(line)): \(kind)"
  }
}

extension WitnessFault.Kind: CustomStringConvertible {
  /// A short name for scripts: `hash`, `prev_hash`, `sequence`, ….
  public var name: String {
    switch self {
    case .notJSON: "not_json"
    case .notCanonical: "not_canonical"
    case .malformed: "malformed"
    case .unknownKey: "unknown_key"
    case .forbiddenKey: "forbidden_key"
    case .tooLarge: "too_large"
    case .sequence: "sequence"
    case .previousHash: "prev_hash"
    case .hash: "hash"
    case .tornTail: "torn_tail"
    case .segmentName: "segment_name"
    case .tile: "tile"
    case .root: "root"
    case .truncated: "truncated"
    case .checkpoint: "checkpoint"
    case .cosignature: "cosignature"
    case .hashes: "hashes"
    }
  }

  /// What a person reads.
  public var description: String {
    switch self {
    case .notJSON(let offset): "not JSON at byte \(offset) of the line"
    case .notCanonical: "not in canonical form (RFC 8785, whole numbers, no null)"
    case .malformed(let key): "\"\(key)\" is missing or has a wrong form"
    case .unknownKey(let key): "\"\(key)\" is no member of a record"
    case .forbiddenKey(let key): "details hold \"\(key)\", which could be a secret"
    case .tooLarge(let bytes): "\(bytes) bytes or more; a record has at most \(WitnessLimits.maxRecordBytes)"
    case .sequence(let expected, let found): "number \(expected) was due, \(found) stands here"
    case .previousHash: "prev_hash is not the hash of the record before"
    case .hash: "hash does not fit the record: it was altered"
    case .tornTail(let bytes): "the file ends within this record, after \(bytes) bytes"
    case .segmentName(let expected, let found): "the file begins with record \(expected), its name says \(found)"
    case .tile: "not the record that the tree holds here: it was replaced, with all that came after"
    case .root(let size): "the first \(size) records do not have the root that the checkpoint signs"
    case .truncated(let size): "this record is missing: the checkpoint counts \(size), the end was cut off"
    case .checkpoint(let reason): "the checkpoint is wrong: \(reason)"
    case .cosignature(let reason): "the cosigned checkpoint is wrong: \(reason)"
    case .hashes: "this record was deleted, and the tile that holds its hash is missing or damaged"
    }
  }
}
