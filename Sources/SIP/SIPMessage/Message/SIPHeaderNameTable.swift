/// Finds the header a name stands for, eight bytes at a time.
///
/// An open hash over the first and the last eight bytes of a name. Names compare without case but exactly otherwise: a
/// slot remembers which of its bytes are letters, and only there may bit 0x20 differ (folding everything would take a
/// CR in `Call\rID` for the hyphen). Built once from `SIPHeaderName` itself, so a new header is a new case and nothing
/// else.
struct SIPHeaderNameTable: Sendable {
  /// The table, built at first use.
  static let shared = SIPHeaderNameTable()

  /// Names up to here can be known; `X-IF-Authenticated-User` is the longest.
  static let longestName = 24

  private static let slotCount = 256
  private let slots: [Slot]

  private struct Slot: Sendable {
    var first: UInt64 = 0, firstLetters: UInt64 = 0
    var middle: UInt64 = 0, middleLetters: UInt64 = 0
    var last: UInt64 = 0, lastLetters: UInt64 = 0
    var length = 0
    var name = SIPHeaderName.other
  }

  private init() {
    var slots = [Slot](repeating: Slot(), count: SIPHeaderNameTable.slotCount)
    func insert(_ text: String, _ name: SIPHeaderName) {
      let bytes = Array(text.utf8)
      precondition(!bytes.isEmpty && bytes.count <= SIPHeaderNameTable.longestName, "no room for this name")
      let words = NameWords(bytes.span, 0, bytes.count)
      var slot = Slot()
      (slot.first, slot.middle, slot.last) = (words.first.lowered, words.middle.lowered, words.last.lowered)
      slot.firstLetters = words.first.letterBits
      slot.middleLetters = words.middle.letterBits
      slot.lastLetters = words.last.letterBits
      slot.length = bytes.count
      slot.name = name
      var place = words.hash(length: bytes.count)
      while slots[place].length != 0 { place = (place + 1) & (SIPHeaderNameTable.slotCount - 1) }
      slots[place] = slot
    }
    for name in SIPHeaderName.allCases where name != .other && name != .otherXIF {
      insert(name.canonicalName, name)
      if let letter = name.compactForm { insert(String(letter), name) }
    }
    self.slots = slots
  }

  /// The header these words name; nil when the table has none.
  @inline(__always)
  func name(of words: NameWords, length: Int) -> SIPHeaderName? {
    var place = words.hash(length: length)
    while true {
      let slot = slots[place & (SIPHeaderNameTable.slotCount - 1)]
      if slot.length == length, (words.first ^ slot.first) & ~slot.firstLetters == 0,
        (words.last ^ slot.last) & ~slot.lastLetters == 0, (words.middle ^ slot.middle) & ~slot.middleLetters == 0
      {
        return slot.name
      }
      if slot.length == 0 { return nil }
      place &+= 1
    }
  }
}

/// A name of at most 24 bytes as three words: its first eight bytes, its last eight (when there are more than eight) and
/// bytes 8 to 15 (when there are more than sixteen). Unused bytes are zero.
struct NameWords {
  var first: UInt64
  var middle: UInt64 = 0
  var last: UInt64 = 0

  /// The words of `count` bytes at `position`.
  init(_ bytes: Span<UInt8>, _ position: Int, _ count: Int) {
    first = bytes.word(at: position)
    if count < 8 {
      first &= (1 &<< UInt64(count * 8)) &- 1
    } else if count > 8 {
      last = bytes.word(at: position + count - 8)
      if count > 16 { middle = bytes.word(at: position + 8) }
    }
  }

  @inline(__always)
  init(first: UInt64, middle: UInt64, last: UInt64) {
    self.first = first
    self.middle = middle
    self.last = last
  }

  /// A slot number; the same for both cases of every letter.
  @inline(__always)
  func hash(length: Int) -> Int {
    let folded =
      (first | .everyByte(0x20)) &* 0x9E37_79B9_7F4A_7C15 ^ (last | .everyByte(0x20)) &* 0xC2B2_AE3D_27D4_EB4F
    return Int(truncatingIfNeeded: (folded &+ UInt64(truncatingIfNeeded: length) &* 0x1656_67B1_9E37_79F9) &>> 56)
  }
}

extension SIPHeaderName {
  /// The header that `bytes` name, in any case and any of its forms; nil when they are no token.
  public init?(parsing bytes: Span<UInt8>) {
    var scanner = FieldScanner(bytes)
    let range = scanner.run(of: .token)
    guard !range.isEmpty, scanner.isAtEnd else { return nil }
    self.init(token: bytes, range)
  }

  /// The header that the token at `range` names; the caller has scanned it.
  init(token bytes: Span<UInt8>, _ range: Range<Int>) {
    if range.count <= SIPHeaderNameTable.longestName {
      let words = NameWords(bytes, range.lowerBound, range.count)
      if let name = SIPHeaderNameTable.shared.name(of: words, length: range.count) {
        self = name
        return
      }
    }
    let prefix = range.lowerBound..<min(range.lowerBound + 5, range.upperBound)
    self = bytes.matchesIgnoringCase(prefix, "x-if-") ? .otherXIF : .other
  }
}
