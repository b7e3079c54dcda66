/// Finds the header a name stands for without looking for its end.
///
/// The first two bytes choose a bucket of candidates; each knows its own length and compares itself, colon included, with
/// the line in two or three words. Names compare without case but exactly otherwise: a candidate remembers which of its
/// bytes are letters, and only there may bit 0x20 differ (folding everything would take the CR in `Call\rID` for the
/// hyphen). Built once from `SIPHeaderName` itself, so a new header is a new case and nothing else.
struct SIPHeaderNameTable: Sendable {
  /// The table, built at first use.
  static let shared = SIPHeaderNameTable()

  /// A name that was found at the start of a line.
  struct Match {
    /// How long the name is, without its colon; 0 when no candidate is it.
    var length: Int
    var name: SIPHeaderName
  }

  private static let bucketCount = 256
  /// The first candidate of each bucket; those of one bucket stand together and the last one says so.
  private let buckets: [UInt8]
  private let candidates: [Candidate]

  /// A name with the colon behind it, as the words that are compared.
  private struct Candidate: Sendable {
    /// A word, and the bits that must agree: all but bit 0x20 of letters, and nothing beyond the colon.
    struct Word: Sendable {
      var value: UInt64 = 0
      var bits: UInt64 = 0
    }

    /// Bytes 0 to 7.
    var first: Word
    /// Bytes 8 to 15 of a name of 16 and more.
    var middle = Word()
    /// The last eight bytes, colon included, of a name of 8 and more.
    var last = Word()
    var length: Int
    var name: SIPHeaderName
    var isLast = true

    init(_ text: String, _ name: SIPHeaderName) {
      let bytes = Array((text + ":").utf8)
      precondition(bytes.count >= 2 && bytes.count <= 25, "no room for this name")
      length = bytes.count - 1
      self.name = name
      func word(from start: Int, to end: Int) -> Word {
        let value = bytes.span.extracting(start..<min(end, bytes.count)).word(at: 0)
        let count = min(end, bytes.count) - start
        return Word(
          value: value.lowered, bits: ~value.letterBits & (count < 8 ? (1 << UInt64(count * 8)) - 1 : .max))
      }
      first = word(from: 0, to: 8)
      if length >= 8 { last = word(from: length - 7, to: length + 1) }
      if length >= 16 { middle = word(from: 8, to: 16) }
    }
  }

  private init() {
    var chains = [[Candidate]](repeating: [], count: SIPHeaderNameTable.bucketCount)
    func insert(_ text: String, _ name: SIPHeaderName) {
      let candidate = Candidate(text, name)
      chains[SIPHeaderNameTable.bucket(of: candidate.first.value)].append(candidate)
    }
    for name in SIPHeaderName.allCases where name != .other && name != .otherXIF {
      insert(name.canonicalName, name)
      if let letter = name.compactForm { insert(String(letter), name) }
    }
    // Place 0 is for the buckets without a candidate; a line that starts with eight NULs is equal to it, and not found.
    var nothing = Candidate("-", .other)
    (nothing.first, nothing.length) = (Candidate.Word(value: 0, bits: .max), 0)
    var candidates = [nothing]
    var buckets: [UInt8] = []
    for chain in chains {
      buckets.append(chain.isEmpty ? 0 : UInt8(candidates.count))
      for (place, candidate) in chain.enumerated() {
        var candidate = candidate
        candidate.isLast = place == chain.count - 1
        candidates.append(candidate)
      }
    }
    self.buckets = buckets
    self.candidates = candidates
  }

  /// The known name that stands at `position` with a colon behind it; `word` is the first eight bytes.
  ///
  /// That the name is a token and ends within its line needs no check: being equal to a known one proves it.
  @inline(__always)
  func match(_ bytes: Span<UInt8>, at position: Int, _ word: UInt64) -> Match {
    var place = Int(buckets[SIPHeaderNameTable.bucket(of: word)])
    while true {
      let length = candidates[place].length
      if (word ^ candidates[place].first.value) & candidates[place].first.bits == 0 {
        if length < 8 { return Match(length: length, name: candidates[place].name) }
        let last = bytes.word(at: position &+ length &- 7)
        if (last ^ candidates[place].last.value) & candidates[place].last.bits == 0 {
          if length < 16 { return Match(length: length, name: candidates[place].name) }
          let middle = bytes.word(at: position &+ 8)
          if (middle ^ candidates[place].middle.value) & candidates[place].middle.bits == 0 {
            return Match(length: length, name: candidates[place].name)
          }
        }
      }
      if candidates[place].isLast { return Match(length: 0, name: .other) }
      place &+= 1
    }
  }

  /// The bucket of a name's first two bytes, letters without case.
  @inline(__always)
  private static func bucket(of word: UInt64) -> Int {
    let pair = (word | 0x2020) & 0xFFFF
    return Int(truncatingIfNeeded: (pair &* 0x9E37) &>> 8 & 0xFF)
  }
}

extension SIPHeaderName {
  /// The header that `bytes` name, in any case and any of its forms; nil when they are no token.
  public init?(parsing bytes: Span<UInt8>) {
    var scanner = FieldScanner(bytes)
    let range = scanner.run(while: .token)
    guard !range.isEmpty, scanner.isAtEnd else { return nil }
    self.init(token: bytes, range)
  }

  /// The header that the token at `range` names, whatever follows it; the caller has scanned it.
  init(token bytes: Span<UInt8>, _ range: Range<Int>) {
    if range.count < 32 {
      // The table wants the colon right behind the name.
      var copy = InlineArray<32, UInt8>(repeating: 0)
      for offset in 0..<range.count { copy[offset] = bytes[range.lowerBound + offset] }
      copy[range.count] = UInt8(ascii: ":")
      let match = SIPHeaderNameTable.shared.match(copy.span, at: 0, copy.span.word(at: 0))
      if match.length == range.count {
        self = match.name
        return
      }
    }
    let prefix = range.lowerBound..<min(range.lowerBound + 5, range.upperBound)
    self = bytes.matchesIgnoringCase(prefix, "x-if-") ? .otherXIF : .other
  }
}
