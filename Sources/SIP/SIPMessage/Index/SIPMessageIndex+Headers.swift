import Wire

extension SIPMessageIndex {
  /// Indexes the header fields from `start` up to the empty line; the start of the body.
  ///
  /// A faulty line is noted, if it is the first, and left out.
  mutating func indexHeaders(_ bytes: Span<UInt8>, from start: Int, fault: inout SIPParseError?) -> Int {
    var position = start
    var seen = SIPHeaderSet()
    var repeated = SIPHeaderSet()
    var count = 0
    defer {
      entryCount = count
      head.present = seen
      head.repeated = repeated
    }
    let (limits, names) = (limits, names)
    while true {
      if count == entries.count { entries.append(contentsOf: repeatElement(SIPHeaderEntry(), count: count)) }
      var slots = entries.mutableSpan
      while count < slots.count {
        let word = bytes.word(at: position)
        if word & 0xFFFF == 0x0A0D {
          head.emptyLine = ByteRange(at: position, to: position &+ 2)
          return position &+ 2
        }
        let name: ScannedName
        do throws(SIPParseError) {
          guard let scanned = try ScannedName(bytes, at: position, word, names) else {
            Self.note(&fault, .missingEmptyLine, at: position)
            return bytes.count
          }
          name = scanned
        } catch {
          if fault == nil { fault = error }
          position = LineEnd(bytes, from: position).next
          continue
        }
        let line = LineEnd(bytes, from: name.colon &+ 1)
        if line.reason != nil || line.next &- position > limits.maxHeaderLineBytes || name.length > UInt16.max {
          let reason = line.reason ?? .headerLineTooLong
          Self.note(&fault, reason, at: line.reason == nil ? position : line.reasonOffset, in: name.name)
          position = line.next
          continue
        }
        if count == limits.maxHeaders {
          Self.note(&fault, .tooManyHeaders, at: position)
          return bytes.count
        }
        let value = Self.trim(bytes, name.colon &+ 1, line.end)
        slots[count] = SIPHeaderEntry(
          lineStart: UInt32(truncatingIfNeeded: position), lineEnd: UInt32(truncatingIfNeeded: line.next),
          valueStart: UInt32(truncatingIfNeeded: value.lowerBound),
          valueEnd: UInt32(truncatingIfNeeded: value.upperBound),
          nameLength: UInt16(truncatingIfNeeded: name.length), name: name.name, isFolded: line.isFolded)
        count &+= 1
        if seen.insert(name.name) { repeated.insert(name.name) }
        position = line.next
      }
    }
  }

  private static func note(
    _ fault: inout SIPParseError?, _ reason: SIPParseError.Reason, at offset: Int, in name: SIPHeaderName? = nil
  ) {
    if fault == nil { fault = SIPParseError(reason, at: offset, in: name) }
  }

  /// Takes white space and folds from both ends.
  @inline(__always)
  private static func trim(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int> {
    var lower = start
    if lower < end, bytes[lower] == UInt8(ascii: " ") { lower &+= 1 }
    while lower < end, bytes[lower] <= UInt8(ascii: " ") { lower &+= 1 }
    var upper = end
    while upper > lower, bytes[upper &- 1] <= UInt8(ascii: " ") { upper &-= 1 }
    return lower..<upper
  }
}

/// The name at the start of a header line: which header it is, how long it is, and where its colon stands.
private struct ScannedName {
  var name: SIPHeaderName
  var length: Int
  var colon: Int

  @inline(__always)
  private init(name: SIPHeaderName, length: Int, colon: Int) {
    self.name = name
    self.length = length
    self.colon = colon
  }

  /// Scans the name at `position`, whose first eight bytes are `word`; nil at the end of the bytes.
  ///
  /// Known names without white space are found by their words alone, since matching one proves that they are tokens.
  @inline(__always)
  init?(_ bytes: Span<UInt8>, at position: Int, _ word: UInt64, _ table: SIPHeaderNameTable) throws(SIPParseError) {
    let colon = UInt8(ascii: ":")
    var words = NameWords(first: word, middle: 0, last: 0)
    var length = (word.marks(of: colon) | word.controlMarks).firstMark
    if length < 8 {
      words.first &= (1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1
    } else {
      let second = bytes.word(at: position &+ 8)
      length = 8 &+ (second.marks(of: colon) | second.controlMarks).firstMark
      if length == 16 {
        let third = bytes.word(at: position &+ 16)
        length = 16 &+ (third.marks(of: colon) | third.controlMarks).firstMark
        if length > 16 { words.middle = second }
      }
      if length > 8 { words.last = bytes.word(at: position &+ length &- 8) }
    }
    if position &+ length < bytes.count, bytes[position &+ length] == colon,
      let known = table.name(of: words, length: length)
    {
      self.init(name: known, length: length, colon: position &+ length)
      return
    }
    guard position < bytes.count else { return nil }
    try self.init(slowly: bytes, at: position)
  }

  @inline(never)
  private init(slowly bytes: Span<UInt8>, at position: Int) throws(SIPParseError) {
    var scanner = FieldScanner(bytes, position..<bytes.count)
    let token = scanner.run(of: .token)
    if token.isEmpty { throw ScannedName.error(scanner, .malformedHeaderName) }
    _ = scanner.run(of: .blank)
    let colon = scanner.position
    guard scanner.skip(UInt8(ascii: ":")) else {
      throw ScannedName.error(scanner, colon > token.upperBound ? .missingColon : .malformedHeaderName)
    }
    self.init(name: SIPHeaderName(token: bytes, token), length: token.count, colon: colon)
  }

  private static func error(_ scanner: borrowing FieldScanner, _ other: SIPParseError.Reason) -> SIPParseError {
    switch scanner.peek() {
    case nil: scanner.error(.missingEmptyLine)
    case UInt8(ascii: "\r")?:
      scanner.error(scanner.bytes.word(at: scanner.position) & 0xFFFF == 0x0A0D ? .missingColon : .bareCarriageReturn)
    case UInt8(ascii: "\n")?: scanner.error(.bareLineFeed)
    case 0?: scanner.error(.nul)
    case .some(0x01..<0x20): scanner.error(.controlCharacter)
    default: scanner.error(other)
    }
  }
}
