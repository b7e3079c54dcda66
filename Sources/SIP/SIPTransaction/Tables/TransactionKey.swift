import SIPMessage
import Wire

/// What two messages of one transaction have in common, as a 128-bit keyed hash.
///
/// Equal keys are taken for equal input: without the layer's secret nobody can make two inputs meet, and by chance they
/// do so once in 2^64 transactions.
public struct TransactionKey: Sendable, Hashable {
  var high: UInt64
  var low: UInt64

  package init(_ halves: (UInt64, UInt64)) {
    high = halves.0
    low = halves.1
  }
}

/// Makes the keys of one layer, straight over the message's bytes.
///
/// The branch is compared byte by byte, as its makers expect, though §7.3.1 calls tokens case-insensitive: everybody
/// copies it, nobody rewrites it. Host names are compared without case, and a missing port is the transport's default.
struct TransactionKeyMaker: Sendable {
  private let key: (UInt64, UInt64)

  init(key: (UInt64, UInt64)) {
    self.key = key
  }

  // A domain byte starts each kind of key, so that no two kinds can meet.
  private enum Domain {
    static let server: UInt64 = 1
    static let client: UInt64 = 2
    static let legacy: UInt64 = 3
    static let legacyAck: UInt64 = 4
    static let merge: UInt64 = 5
  }

  /// §17.2.3 with the magic cookie: branch, sent-by, and the method, where ACK counts as INVITE.
  func server(branch: Span<UInt8>, host: Span<UInt8>, port: UInt16, method: SIPMethod) -> TransactionKey {
    var hash = SipHash(key: key)
    hash.combine(
      Domain.server | Self.code(of: method) << 8 | UInt64(port) << 16 | UInt64(truncatingIfNeeded: host.count) << 32)
    // The host in whole words, so that the branch behind it starts at one, too.
    Self.combine(lowercasing: host, into: &hash)
    hash.combine(branch)
    Self.combineName(of: method, into: &hash)
    return TransactionKey(hash.finalize128())
  }

  /// §17.1.3: branch and the method of CSeq.
  func client(branch: Span<UInt8>, method: SIPMethod) -> TransactionKey {
    var hash = SipHash(key: key)
    hash.combine(Domain.client | Self.code(of: method) << 8)
    hash.combine(branch)
    Self.combineName(of: method, into: &hash)
    return TransactionKey(hash.finalize128())
  }

  /// §17.2.3 without the magic cookie: what an RFC 2543 client repeats in every message of a transaction.
  ///
  /// `toTag` is the request's, or for the ACK the one of the response that it acknowledges. An absent tag is an empty
  /// one, which the grammar does not know otherwise.
  func legacy(
    requestURI: Span<UInt8>, toTag: Span<UInt8>, fromTag: Span<UInt8>, callID: Span<UInt8>, sequence: UInt32,
    topmostVia: Span<UInt8>, method: SIPMethod
  ) -> TransactionKey {
    var hash = SipHash(key: key)
    let domain = method == .ack ? Domain.legacyAck : Domain.legacy
    hash.combine(domain | Self.code(of: method) << 8 | UInt64(sequence) << 32)
    Self.combine(field: requestURI, into: &hash)
    Self.combine(field: toTag, into: &hash)
    Self.combine(field: fromTag, into: &hash)
    Self.combine(field: callID, into: &hash)
    Self.combine(field: topmostVia, into: &hash)
    Self.combineName(of: method, into: &hash)
    return TransactionKey(hash.finalize128())
  }

  /// §8.2.2.2: what two copies of one request have in common that came by different ways.
  func merge(fromTag: Span<UInt8>, callID: Span<UInt8>, sequence: UInt32, method: SIPMethod) -> TransactionKey {
    var hash = SipHash(key: key)
    hash.combine(Domain.merge | Self.code(of: method) << 8 | UInt64(sequence) << 32)
    Self.combine(field: fromTag, into: &hash)
    Self.combine(field: callID, into: &hash)
    Self.combineName(of: method, into: &hash)
    return TransactionKey(hash.finalize128())
  }

  /// A number for each method that has a case of its own; ACK has INVITE's.
  private static func code(of method: SIPMethod) -> UInt64 {
    switch method {
    case .invite, .ack: 1
    case .bye: 2
    case .cancel: 3
    case .register: 4
    case .options: 5
    case .info: 6
    case .prack: 7
    case .update: 8
    case .refer: 9
    case .subscribe: 10
    case .notify: 11
    case .message: 12
    case .publish: 13
    case .other: 0
    }
  }

  private static func combineName(of method: SIPMethod, into hash: inout SipHash) {
    guard case .other(let name) = method else { return }
    // What stands before it is of any length, so a byte that no branch can hold parts the two.
    hash.combine(byte: 0)
    for byte in name.utf8 { hash.combine(byte: byte) }
  }

  private static func combine(field: Span<UInt8>, into hash: inout SipHash) {
    hash.combine(UInt64(truncatingIfNeeded: field.count))
    hash.combine(field)
  }

  private static func combine(lowercasing host: Span<UInt8>, into hash: inout SipHash) {
    var offset = 0
    while offset &+ 8 <= host.count {
      hash.combine(lowercased(host.littleEndianUInt64(at: offset)))
      offset &+= 8
    }
    guard offset < host.count else { return }
    var rest: UInt64 = 0
    while offset < host.count {
      rest = rest << 8 | UInt64(host[offset])
      offset &+= 1
    }
    hash.combine(lowercased(rest))
  }

  /// Eight letters at once: those from A to Z get the bit that makes them small.
  private static func lowercased(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (0x7f &* ones)
    let notBelowA = low &+ (0x80 - 0x41) &* ones
    let beyondZ = low &+ (0x7f - 0x5a) &* ones
    let isUpper = (notBelowA ^ beyondZ) & ~word & (0x80 &* ones)
    return word | isUpper >> 2
  }
}
