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

/// Reads one line in one pass and accepts exactly the canonical form: what it takes needs no comparison with a rewritten
/// copy, which is what makes verifying fast.
struct RecordScanner: ~Escapable {
  private let bytes: Span<UInt8>
  private var index = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) {
    self.bytes = bytes
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
      guard let key = Self.key(bytes.extracting(keyRange)) else { throw .unknownKey(keyRange) }
      guard key.rawValue > last else { throw .form }
      last = key.rawValue
      seen |= 1 << UInt16(key.rawValue)
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
        guard isTime(record.time) else { throw .malformed(key) }
      }
      guard index < bytes.count else { throw .form }
      index += 1
      if bytes[index - 1] == UInt8(ascii: "}") { break }
      guard bytes[index - 1] == UInt8(ascii: ",") else { throw .form }
    }
    guard index == bytes.count else { throw .form }
    for key in ScanFailure.StaticKey.required where seen & 1 << UInt16(key.rawValue) == 0 { throw .malformed(key) }
    return record
  }

  private static func key(_ text: Span<UInt8>) -> ScanFailure.StaticKey? {
    guard text.count >= 3 else { return nil }
    let candidate: ScanFailure.StaticKey
    switch (text[0], text[1]) {
    case (UInt8(ascii: "c"), UInt8(ascii: "a")): candidate = .callID
    case (UInt8(ascii: "c"), _): candidate = .component
    case (UInt8(ascii: "d"), _): candidate = .details
    case (UInt8(ascii: "e"), _): candidate = .event
    case (UInt8(ascii: "h"), _): candidate = .hash
    case (UInt8(ascii: "m"), _): candidate = .method
    case (UInt8(ascii: "p"), UInt8(ascii: "e")): candidate = .peer
    case (UInt8(ascii: "p"), _): candidate = .previousHash
    case (UInt8(ascii: "s"), UInt8(ascii: "e")): candidate = .sequence
    case (UInt8(ascii: "s"), _): candidate = .status
    case (UInt8(ascii: "t"), UInt8(ascii: "i")): candidate = .time
    case (UInt8(ascii: "t"), _): candidate = .traceID
    default: return nil
    }
    return equals(text, candidate.text) ? candidate : nil
  }

  private static func equals(_ left: Span<UInt8>, _ right: String) -> Bool {
    let utf8 = right.utf8
    let other = utf8.span
    guard left.count == other.count else { return false }
    for index in 0..<left.count where left[index] != other[index] { return false }
    return true
  }

  /// `peer`: address and transport are required, TLS is not.
  private mutating func scanPeer() throws(ScanFailure) {
    guard index < bytes.count, bytes[index] == UInt8(ascii: "{") else { throw .malformed(.peer) }
    index += 1
    var last = -1
    var seen = 0
    let keys = ["address", "tls", "transport"]
    while true {
      let range = try scanString()
      let text = bytes.extracting(range)
      guard let position = keys.firstIndex(where: { Self.equals(text, $0) }) else { throw .unknownKey(range) }
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
      if Self.isWithheld(bytes.extracting(range)) { throw .forbiddenKey(range) }
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
    let first = bytes.extracting(left)
    let second = bytes.extracting(right)
    if Self.hasBackslash(first) || Self.hasBackslash(second) {
      return UTF16Order.compare(CanonicalText.unescaped(first).span, CanonicalText.unescaped(second).span) < 0
    }
    return UTF16Order.compare(first, second) < 0
  }

  private static func hasBackslash(_ text: Span<UInt8>) -> Bool {
    for index in 0..<text.count where text[index] == 0x5C { return true }
    return false
  }

  private static let withheld: [[UInt8]] = WitnessLimits.withheldDetails.map { Array($0.utf8) }

  private static func isWithheld(_ key: Span<UInt8>) -> Bool {
    next: for name in withheld where name.count == key.count {
      for index in 0..<name.count where name[index] != key[index] { continue next }
      return true
    }
    return false
  }
}

extension RecordScanner {
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

  /// `2026-01-02T03:04:05.000006Z` and nothing else: the one form that we write.
  private func isTime(_ range: Range<Int>) -> Bool {
    guard range.count == 27, bytes[range.upperBound - 1] == UInt8(ascii: "Z"),
      bytes[range.lowerBound + 10] == UInt8(ascii: "T"), bytes[range.lowerBound + 19] == UInt8(ascii: ".")
    else { return false }
    return UTCTimestamp(rfc3339: bytes.extracting(range)) != nil
  }
}
