import OpenSSLCrypto
import Wire

/// What a line says about itself, when its form is right.
struct ScannedRecord {
  var sequence: UInt64
  var previous: Digest32
  var hash: Digest32
  /// Where `,"hash":"…"` stands: the bytes that the hash leaves out.
  var hashMember: Range<Int>
  /// The text of `time`, which sorts as time does.
  var time: Range<Int>
  /// The text of `event`.
  var event: Range<Int>
}

/// Why a line is no record: what the fast reading saw. ``WitnessVerifier`` finds the exact words by reading it slowly.
enum ScanFailure: Error, Equatable {
  case malformed(StaticKey)
  case unknownKey(Range<Int>)
  case forbiddenKey(Range<Int>)
  case form

  /// The members of a record.
  enum StaticKey: Int, CaseIterable {
    // In the order in which they stand; the raw values are that order.
    case callID, component, details, event, hash, method, peer, previousHash, sequence, status, time, traceID

    var text: String {
      switch self {
      case .callID: "call_id"
      case .component: "component"
      case .details: "details"
      case .event: "event"
      case .hash: "hash"
      case .method: "method"
      case .peer: "peer"
      case .previousHash: "prev_hash"
      case .sequence: "seq"
      case .status: "status"
      case .time: "time"
      case .traceID: "trace_id"
      }
    }

    static let required: [StaticKey] = [.component, .event, .hash, .previousHash, .sequence, .time]
  }
}

/// Reads one record in one pass and accepts exactly the canonical form: what it takes needs no comparison with a
/// rewritten copy, which is what makes verifying fast.
struct RecordScanner: ~Escapable {
  private let bytes: Span<UInt8>
  /// What comes next; behind a record, once that was read.
  private(set) var index: Int

  /// Reads what begins at `start`.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, from start: Int = 0) {
    self.bytes = bytes
    index = start
  }

  /// The whole record, or why not.
  mutating func scan() throws(ScanFailure) -> ScannedRecord {
    try expect(UInt8(ascii: "{"))
    var seen: UInt16 = 0
    var last = -1
    var record = ScannedRecord(
      sequence: 0, previous: .witnessStart, hash: .witnessStart, hashMember: 0..<0, time: 0..<0, event: 0..<0)
    while true {
      let member = last < 0 ? index : index - 1
      let keyRange = try scanString()
      guard let key = key(keyRange) else { throw .unknownKey(keyRange) }
      guard key.rawValue > last else { throw .form }
      last = key.rawValue
      seen |= Self.bit(key)
      try expect(UInt8(ascii: ":"))
      let value = index
      switch key {
      case .callID, .component, .event, .method, .traceID:
        guard value < bytes.count, bytes[value] == UInt8(ascii: "\"") else { throw .malformed(key) }
        let text = try scanString()
        if key == .event { record.event = text }
      case .details:
        guard value < bytes.count, bytes[value] == UInt8(ascii: "{") else { throw .malformed(key) }
        try scanDetails(depth: 1)
      case .hash, .previousHash:
        guard value < bytes.count, bytes[value] == UInt8(ascii: "\"") else { throw .malformed(key) }
        guard let hash = Digest32(recordText: bytes.extracting(try scanString())) else { throw .malformed(key) }
        if key == .hash {
          record.hash = hash
          record.hashMember = member..<index
        } else {
          record.previous = hash
        }
      case .peer:
        try scanPeer()
      case .sequence:
        guard let number = try scanInteger(), number >= 0 else { throw .malformed(key) }
        record.sequence = UInt64(number)
      case .status:
        guard try scanInteger() != nil else { throw .malformed(key) }
      case .time:
        guard value < bytes.count, bytes[value] == UInt8(ascii: "\"") else { throw .malformed(key) }
        record.time = try scanString()
        guard UTCTimestamp.isWrittenForm(bytes.extracting(record.time)) else { throw .malformed(key) }
      }
      guard index < bytes.count else { throw .form }
      index += 1
      if bytes[index - 1] == UInt8(ascii: "}") { break }
      guard bytes[index - 1] == UInt8(ascii: ",") else { throw .form }
    }
    if seen & Self.required != Self.required {
      for key in ScanFailure.StaticKey.required where seen & Self.bit(key) == 0 { throw .malformed(key) }
    }
    return record
  }

  /// ``ScanFailure/StaticKey/required`` as bits: written out, for the compiler to know them.
  private static var required: UInt16 {
    bit(.component) | bit(.event) | bit(.hash) | bit(.previousHash) | bit(.sequence) | bit(.time)
  }

  private static func bit(_ key: ScanFailure.StaticKey) -> UInt16 { 1 << UInt16(truncatingIfNeeded: key.rawValue) }

  /// The first eight bytes of a text as a number, the first in its lowest byte; fewer are filled up with zeros.
  @inline(__always)
  private func word(_ range: Range<Int>) -> UInt64 {
    guard bytes.count - range.lowerBound >= 8 else {
      return range.reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }
    let word = bytes.littleEndianUInt64(at: range.lowerBound)
    return range.count >= 8 ? word : word & (1 << UInt64(8 * range.count) - 1)
  }

  @inline(__always)
  private func key(_ range: Range<Int>) -> ScanFailure.StaticKey? {
    switch (range.count, word(range)) {
    case (7, 0x0064_695f_6c6c_6163): .callID
    case (9, 0x6e65_6e6f_706d_6f63) where bytes[range.upperBound - 1] == UInt8(ascii: "t"): .component
    case (7, 0x0073_6c69_6174_6564): .details
    case (5, 0x0000_0074_6e65_7665): .event
    case (4, 0x0000_0000_6873_6168): .hash
    case (6, 0x0000_646f_6874_656d): .method
    case (4, 0x0000_0000_7265_6570): .peer
    case (9, 0x7361_685f_7665_7270) where bytes[range.upperBound - 1] == UInt8(ascii: "h"): .previousHash
    case (3, 0x0000_0000_0071_6573): .sequence
    case (6, 0x0000_7375_7461_7473): .status
    case (4, 0x0000_0000_656d_6974): .time
    case (8, 0x6469_5f65_6361_7274): .traceID
    default: nil
    }
  }

  /// A member of `peer` by its place: address, tls, transport.
  private func peerKey(_ range: Range<Int>) -> Int? {
    switch (range.count, word(range)) {
    case (7, 0x0073_7365_7264_6461): 0
    case (3, 0x0000_0000_0073_6c74): 1
    case (9, 0x726f_7073_6e61_7274) where bytes[range.upperBound - 1] == UInt8(ascii: "t"): 2
    default: nil
    }
  }

  /// `peer`: address and transport are required, TLS is not.
  private mutating func scanPeer() throws(ScanFailure) {
    guard index < bytes.count, bytes[index] == UInt8(ascii: "{") else { throw .malformed(.peer) }
    index += 1
    var last = -1
    var seen = 0
    while true {
      let range = try scanString()
      guard let position = peerKey(range) else { throw .unknownKey(range) }
      guard position > last else { throw .form }
      last = position
      seen |= 1 << position
      try expect(UInt8(ascii: ":"))
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw .malformed(.peer) }
      _ = try scanString()
      guard index < bytes.count else { throw .form }
      index += 1
      if bytes[index - 1] == UInt8(ascii: "}") { break }
      guard bytes[index - 1] == UInt8(ascii: ",") else { throw .form }
    }
    guard seen & 0b101 == 0b101 else { throw .malformed(.peer) }
  }

  /// An object whose keys rise and are allowed.
  private mutating func scanDetails(depth: Int) throws(ScanFailure) {
    guard depth <= WitnessLimits.maxDetailDepth else { throw .malformed(.details) }
    index += 1
    if index < bytes.count, bytes[index] == UInt8(ascii: "}") {
      index += 1
      return
    }
    var previous: Range<Int>?
    while true {
      let range = try scanString()
      if let previous {
        guard try keyPrecedes(previous, range) else { throw .form }
      }
      previous = range
      if WithheldNames.contain(bytes.extracting(range)) { throw .forbiddenKey(range) }
      try expect(UInt8(ascii: ":"))
      try scanValue(depth: depth)
      guard index < bytes.count else { throw .form }
      index += 1
      if bytes[index - 1] == UInt8(ascii: "}") { return }
      guard bytes[index - 1] == UInt8(ascii: ",") else { throw .form }
    }
  }

  private mutating func scanList(depth: Int) throws(ScanFailure) {
    guard depth <= WitnessLimits.maxDetailDepth else { throw .malformed(.details) }
    index += 1
    if index < bytes.count, bytes[index] == UInt8(ascii: "]") {
      index += 1
      return
    }
    while true {
      try scanValue(depth: depth)
      guard index < bytes.count else { throw .form }
      index += 1
      if bytes[index - 1] == UInt8(ascii: "]") { return }
      guard bytes[index - 1] == UInt8(ascii: ",") else { throw .form }
    }
  }

  private mutating func scanValue(depth: Int) throws(ScanFailure) {
    guard index < bytes.count else { throw .form }
    switch bytes[index] {
    case UInt8(ascii: "\""): _ = try scanString()
    case UInt8(ascii: "{"): try scanDetails(depth: depth + 1)
    case UInt8(ascii: "["): try scanList(depth: depth + 1)
    case UInt8(ascii: "t"): try expect("true")
    case UInt8(ascii: "f"): try expect("false")
    default: guard try scanInteger() != nil else { throw .form }
    }
  }

  /// Keys as they stand may hold escapes, whose order is that of the characters they stand for; such keys are rare
  /// enough for the slow way.
  private func keyPrecedes(_ left: Range<Int>, _ right: Range<Int>) throws(ScanFailure) -> Bool {
    let (one, other) = (word(left).byteSwapped, word(right).byteSwapped)
    // Eight bytes of ASCII without a backslash decide nearly always.
    if one != other, Self.isPlain(one), Self.isPlain(other) { return one < other }
    let first = bytes.extracting(left)
    let second = bytes.extracting(right)
    if Self.hasBackslash(first) || Self.hasBackslash(second) {
      return UTF16Order.compare(CanonicalText.unescaped(first).span, CanonicalText.unescaped(second).span) < 0
    }
    return UTF16Order.compare(first, second) < 0
  }

  /// Whether no byte of a word is beyond ASCII or a backslash.
  @inline(__always)
  private static func isPlain(_ word: UInt64) -> Bool {
    let tops: UInt64 = 0x8080_8080_8080_8080
    let marks = word ^ 0x5c5c_5c5c_5c5c_5c5c
    return (word | (marks &- 0x0101_0101_0101_0101) & ~marks) & tops == 0
  }

  private static func hasBackslash(_ text: Span<UInt8>) -> Bool {
    for index in 0..<text.count where text[index] == 0x5C { return true }
    return false
  }
}

extension RecordScanner {
  @inline(__always)
  private mutating func expect(_ byte: UInt8) throws(ScanFailure) {
    guard index < bytes.count, bytes[index] == byte else { throw .form }
    index += 1
  }

  private mutating func expect(_ text: String) throws(ScanFailure) {
    for byte in text.utf8 { try expect(byte) }
  }

  /// A string in its one canonical form, valid UTF-8; the range between the quotes.
  private mutating func scanString() throws(ScanFailure) -> Range<Int> {
    try expect(UInt8(ascii: "\""))
    let start = index
    let bytes = self.bytes
    var index = self.index
    while true {
      index = CanonicalText.plainEnd(bytes, from: index, to: bytes.count)
      guard index < bytes.count else { break }
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        self.index = index + 1
        return start..<index
      }
      guard byte == 0x5C || byte >= 0x80 else { throw .form }
      let length =
        byte == 0x5C ? CanonicalText.escapeLength(bytes, at: index) : CanonicalText.scalarLength(bytes, at: index)
      guard let length else { throw .form }
      index += length
    }
    throw .form
  }

  /// A whole number without superfluous zeros or sign that a double holds exactly; nil: it is none.
  private mutating func scanInteger() throws(ScanFailure) -> Int64? {
    var position = index
    var isNegative = false
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") {
      isNegative = true
      position += 1
    }
    let start = position
    var value: Int64 = 0
    while position < bytes.count, bytes[position] &- 0x30 <= 9 {
      value = value * 10 + Int64(bytes[position] &- 0x30)
      guard value < 1 << 53 else { throw .form }
      position += 1
    }
    guard position > start else { return nil }
    guard bytes[start] != 0x30 || position == start + 1, !(isNegative && value == 0) else { throw .form }
    index = position
    return isNegative ? -value : value
  }
}
